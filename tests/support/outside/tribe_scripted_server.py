"""A loopback Tribe that answers what a test says: for what no well-behaved simulator would ever send."""

import atexit
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

from simulators.shared import Request, Response, Simulator, SimulatorServer, json_response
from tribe_yuki.adapters.tribe import Grant, TribeApplication, TribeClient, TribeEndpoints, TribeOptions

type Script = Callable[[Request], Response]

CLIENT_SECRET = "canary-client-secret"
TOKEN = {"access_token": "canary-access-1", "expires_in": 3599, "token_type": "bearer"}


def html(status: int) -> Response:
    return Response(status, b"<html>canary page</html>", "text/html")


class ScriptedTribe(Simulator):
    """Gives tokens by `token`, and answers every other request by `answer`; keeps all requests."""

    def __init__(self, answer: Script, token: Script = lambda _: json_response(TOKEN)) -> None:
        super().__init__()
        self._answer = answer
        self._token = token
        self._lock = Lock()
        self.requests: list[Request] = []

    @property
    def api_requests(self) -> list[Request]:
        """Return the requests other than for tokens."""
        return [request for request in self.requests if request.path != "/oauth2/token"]

    def operation(self, request: Request) -> str:
        return f"{request.method} {request.path}"

    def handle(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
        return self._token(request) if request.path == "/oauth2/token" else self._answer(request)

    def state(self) -> dict[str, Any]:
        return {}

    def load_seed(self) -> None:
        self.requests.clear()


class RotatingIdentityServer:
    """Hands out refresh tokens that work once; a second use revokes the whole consent, as Hydra does."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.issued = 0
        self.is_revoked = False

    def __call__(self, request: Request) -> Response:
        form = parse_qs(request.body.decode())
        with self._lock:
            if self.is_revoked or form["refresh_token"] != [f"canary-refresh-{self.issued}"]:
                self.is_revoked = True
                return json_response({"error": "invalid_grant", "error_description": "canary text"}, 400)
            self.issued += 1
            return json_response(
                {
                    "access_token": f"canary-access-{self.issued}",
                    "refresh_token": f"canary-refresh-{self.issued}",
                    "expires_in": 3599,
                }
            )


class MovableClock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


def listing(*rows: dict[str, Any], **members: Any) -> Response:
    return Response(200, json.dumps({"@odata.context": "$metadata", "value": list(rows), **members}).encode())


def guid(number: int) -> str:
    return f"40000000-0000-4000-8000-{number:012d}"


def ok(_: Request) -> Response:
    return json_response({})


def answers(*responses: Response) -> Script:
    waiting = iter(responses)
    return lambda _: next(waiting)


def connected(
    url: str, *, api_url: str = "", scope: str = "", options: TribeOptions | None = None, **further: Any
) -> TribeClient:
    """Return a client of the application for client credentials."""
    application = TribeApplication(Grant.CLIENT_CREDENTIALS, "app-1", CLIENT_SECRET, scope)
    endpoints = TribeEndpoints(api_url or url, url)
    return TribeClient(application, endpoints, options=options, **({"now": MovableClock()} | further))


@cache
def shared_server() -> SimulatorServer:
    """Return the one server of all tests, whose `simulator` each test sets; stopping one takes longer than most."""
    server = SimulatorServer(ScriptedTribe(ok))
    server.__enter__()
    atexit.register(server.stop)
    return server


@contextmanager
def tribe(
    answer: Script = ok, token: Script = lambda _: json_response(TOKEN), *, scope: str = "", **options: Any
) -> Iterator[tuple[ScriptedTribe, TribeClient]]:
    """Serve a scripted Tribe and connect a client to it."""
    scripted = ScriptedTribe(answer, token)
    server = shared_server()
    server.simulator = scripted
    chosen = TribeOptions(**{"read_timeout_seconds": 10.0, **options})
    with connected(server.url, scope=scope, options=chosen) as client:
        yield scripted, client


SINCE = datetime(2026, 11, 1, tzinfo=UTC)

READS: dict[str, Callable[[TribeClient], object]] = {
    "resolve": lambda client: client.resolve(guid(1)),
    "read_relation": lambda client: client.read_relation(guid(1)),
    "read_invoices": lambda client: client.read_invoices([guid(1)]),
    "invoice_of_line": lambda client: client.invoice_of_line(guid(1)),
    "sent_invoices": lambda client: client.sent_invoices(modified_since=SINCE),
    "read_document": lambda client: client.read_document(guid(1), largest=1000),
    "webhooks": lambda client: client.webhooks(),
}
REPEATABLE_WRITES: dict[str, Callable[[TribeClient], object]] = {
    "write_invoice_field": lambda client: client.write_invoice_field(guid(1), "ImportId", "yuki:1"),
    "update": lambda client: client._odata.update("Relation_Person", guid(1), {"LastName": "x"}),
    "delete_webhook": lambda client: client.delete_webhook("1"),
}
CREATES: dict[str, Callable[[TribeClient], object]] = {
    "create": lambda client: client._odata.create("Relation_Person", {"LastName": "x"}),
    "register_webhook": lambda client: client.register_webhook("Relation.Person", "https://a.example/", {}),
}
