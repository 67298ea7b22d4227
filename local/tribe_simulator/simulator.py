"""Tribe CRM over HTTP: who may call, which endpoint answers, what the webhooks are told (tribe-api 9)."""

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import parse_qs

from local.simulator import Request, Response, Simulator, json_response
from local.tribe_simulator.answers import odata_error
from local.tribe_simulator.changes import Work
from local.tribe_simulator.control import Desk
from local.tribe_simulator.dispatcher import Dispatcher
from local.tribe_simulator.entity_types import standard_model
from local.tribe_simulator.environment import Environment
from local.tribe_simulator.errors import NotAllowed, NotFound
from local.tribe_simulator.mutations import Author, Mutation, mutations_of
from local.tribe_simulator.odata import answer_odata
from local.tribe_simulator.odata_call import odata_call
from local.tribe_simulator.rendering import Renderer
from local.tribe_simulator.seed import DEFAULT_SEED, load_seed
from local.tribe_simulator.store import Store
from local.tribe_simulator.switches import DEFAULTS, check_switches
from local.tribe_simulator.tokens import Consent, IdentityServer
from local.tribe_simulator.webhooks import Webhook, Webhooks
from local.tribe_simulator.wire_names import WireNames

_FILE = re.compile(r"/v1/odata-file/(?P<type>[\w.]+)/(?P<id>[0-9a-fA-F-]{36})/(?P<link>\w+)")
_WEBHOOKS = re.compile(r"/v1/webhooks(?:/(?P<id>[^/]*))?")
_ODATA = "/v1/odata/"
_MINUTE = 60.0
# Who works at the screens: somebody else than the virtual user of an application.
_USER = Author("b0000000-0000-4000-8000-000000000002")


class TribeSimulator(Simulator):
    """Simulate Tribe: API and identity server at the same base URL."""

    switch_defaults = DEFAULTS

    def __init__(self, seed_dir: Path = DEFAULT_SEED) -> None:
        super().__init__()
        self._seed_dir = seed_dir
        self._lock = RLock()
        self._dispatcher = Dispatcher(lambda: self.switches, self.clock.now)
        self._webhooks = Webhooks(lambda: self._environment.model, lambda: self.switches, self._dispatcher)
        self._desk = Desk(
            lambda: self._environment,
            lambda: self._commit(_USER),
            self._dispatcher,
            self._withdraw_consent,
        )
        self.load_seed()

    @property
    def store(self) -> Store:
        """Return the records."""
        return self._environment.store

    @property
    def webhooks(self) -> dict[str, Webhook]:
        """Return the registered webhooks by their ids."""
        return self._webhooks.registered

    def load_seed(self) -> None:
        """Load the seed data; tokens and deliveries are forgotten, webhooks stay registered.

        The receivers of the webhooks could not know that they had to register again.
        """
        model = standard_model()
        environment = Environment(model, Store(model), self.clock.now, lambda: self.switches)
        load_seed(environment, self._seed_dir)
        with self._lock:
            self._environment = environment
            self._identity = IdentityServer()
            self._recent: dict[str, deque[float]] = {}
            self.calls: Counter[str] = Counter()
            self._dispatcher.clear()

    def set_switches(self, wanted: Mapping[str, Any]) -> None:
        """Set switches and arm faults; raise ValueError for an unknown name or a value that does not suit."""
        check_switches(wanted)
        super().set_switches(wanted)
        if "seed" in wanted:
            self._dispatcher.random.seed(int(wanted["seed"]))

    def reset(self) -> None:
        """Return to the seed data, default switches, no faults and real time."""
        super().reset()
        self._dispatcher.random.seed(0)

    def operation(self, request: Request) -> str:
        """Name a request by its method and entity set or endpoint, such as `GET Activity_Invoice`."""
        path = request.path.removeprefix(_ODATA).removeprefix("/v1").lstrip("/")
        return f"{request.method} {re.split(r'[(/?]', path, maxsplit=1)[0]}"

    def state(self) -> dict[str, Any]:
        """Return all records by entity set, with links as ids; the calls; and what became of each delivery."""
        with self._lock:
            renderer = Renderer(self._environment, "")
            records = {
                entity_type.entity_set: [
                    renderer.state(record) for record in self.store.by_set[entity_type.entity_set].values()
                ]
                for entity_type in self._environment.model
            }
            webhooks = [self._webhooks.shown(webhook) for webhook in self.webhooks.values()]
            return {
                **records,
                "Webhook": webhooks,
                "calls": dict(self.calls),
                "deliveries": self._dispatcher.entries(),
            }

    def control(self, request: Request) -> Response | None:
        """Answer what a person does in Tribe's screens."""
        try:
            return self._desk.answer(request)
        except NotFound as missing:
            return json_response({"error": str(missing)}, 404)

    def handle(self, request: Request) -> Response:
        """Answer a request of Tribe's protocol."""
        with self._lock:
            self.calls[self.operation(request)] += 1
            if request.path == "/oauth2/auth":
                return self._identity.authorize(request, self.clock.now(), self.switches)
            if request.path.rstrip("/") == "/oauth2/token":
                return self._identity.issue(request, self.clock.now(), self.switches)
        consent = self._identity.consent_of(_token(request), self.clock.now())
        if consent is None:
            headers = {"WWW-Authenticate": "Bearer"}
            return odata_error(401, "the access token is missing, wrong or expired", headers)
        return self._refusal(request, consent) or self._answer(request, consent)

    def _refusal(self, request: Request, consent: Consent) -> Response | None:
        """Return why an application may not make this call, or not now."""
        if self._is_too_fast(consent.application.client_id):
            headers = {"Retry-After": "60"} if self.switches["retry_after"] else {}
            return odata_error(429, "the limit of calls per minute is reached", headers)
        needed = "read" if request.method == "GET" else "write"
        if needed not in consent.scopes:
            return odata_error(403, f"the token has no scope {needed}")
        if self.operation(request) in self.switches["denied"]:
            return odata_error(403, f"no right to {self.operation(request)}")
        return None

    def _answer(self, request: Request, consent: Consent) -> Response:
        author = Author(consent.application.employee_id, is_api=True)
        try:
            with self._commit(author) as work:
                return self._route(request, work)
        except NotAllowed as problem:
            return odata_error(400, str(problem))
        except NotFound as missing:
            return odata_error(404, str(missing))

    def _route(self, request: Request, work: Work) -> Response:
        base_url = f"http://{request.headers.get('host', '127.0.0.1')}"
        if request.path == f"{_ODATA}Webhook":
            return json_response({"@odata.context": "$metadata#OData.Webhook", "value": self._webhooks.as_records()})
        if request.path.startswith(_ODATA):
            call = odata_call(self._environment, work, request, base_url)
            return answer_odata(call, request.path.removeprefix(_ODATA))
        if (match := _FILE.fullmatch(request.path)) and request.method == "GET":
            return self._file(match["type"].replace(".", "_"), match["id"], match["link"])
        if match := _WEBHOOKS.fullmatch(request.path):
            return self._webhooks.manage(request, match["id"] or "")
        raise NotFound(f"there is nothing at {request.path}")

    def _file(self, entity_set: str, record_id: str, link: str) -> Response:
        record = self.store.get(record_id)
        if record is None or record.entity_set != entity_set or record.type.links.get(link) != "File":
            raise NotFound(f"there is no {entity_set} {record_id} with a {link}")
        file = self.store.linked(record, link)
        content = self._environment.contents.get(file.key) if file else None
        if file is None or content is None:
            raise NotFound(f"{entity_set} {record_id} has no content")
        return Response(200, content, str(file.fields.get("MimeType") or "application/octet-stream"))

    @contextmanager
    def _commit(self, author: Author) -> Iterator[Work]:
        """Give work, and tell the webhooks of what it did once it is done; nothing is told of what failed."""
        with self._lock:
            work = Work(self._environment, author)
            yield work
            if self.switches["echo_webhooks"] or not author.is_api:
                self._webhooks.tell(self._mutations(work))

    def _mutations(self, work: Work) -> Iterator[Mutation]:
        words = WireNames(self.switches)
        for change in work.changes:
            for mutation in mutations_of(change, self.switches["link_events"]):
                yield mutation.renamed(words.rename(change.entity_type.entity_set, mutation.fields))

    def _withdraw_consent(self, client_id: str) -> None:
        with self._lock:
            self._identity.withdraw(client_id)

    def _is_too_fast(self, client_id: str) -> bool:
        """Tell whether an application had its calls of the last minute; a call that was allowed counts."""
        now = self.clock.now().timestamp()
        with self._lock:
            recent = self._recent.setdefault(client_id, deque())
            while recent and now - recent[0] >= _MINUTE:
                recent.popleft()
            if len(recent) >= self.switches["rate_limit_per_minute"]:
                return True
            recent.append(now)
        return False


def _token(request: Request) -> str:
    """Return the access token: from the header, or from the query, which has worked too (tribe-api 1)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return next(iter(parse_qs(request.query).get("access_token", [])), "")
