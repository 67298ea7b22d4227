"""The simulated Tribe: protocol, state, switches and what people do in its UI (tribe-api 9)."""

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import uuid4

from simulators.shared import Request, Response, Simulator, find_call, json_response
from simulators.tribe import control, seeds
from simulators.tribe.amounts import set_amounts
from simulators.tribe.deliveries import Dispatcher
from simulators.tribe.desk import Desk
from simulators.tribe.errors import Refused
from simulators.tribe.events import mutations, shape_name
from simulators.tribe.odata import ROOT, OData, odata_error
from simulators.tribe.store import Change, Store
from simulators.tribe.switches import SWITCHES
from simulators.tribe.tokens import Tokens
from simulators.tribe.webhooks import Webhook, read_webhook
from simulators.tribe.writer import Writer

DEFAULT_SEED = Path(__file__).parent / "seed"
_FILE = re.compile(r"/v1/odata-file/([A-Za-z_]+)/([0-9a-fA-F-]{36})/(\w+)")
_WEBHOOKS = "/v1/webhooks"
WINDOW_SECONDS = 60


class TribeSimulator(Simulator):
    """Tribe CRM over HTTP. Registered webhooks outlive a reset: they belong to the set-up, not to the data."""

    switch_table = SWITCHES

    def __init__(self, seed_dir: Path = DEFAULT_SEED) -> None:
        super().__init__()
        self._seed_dir = seed_dir
        self._lock = RLock()
        self._dispatcher = Dispatcher()
        self.webhooks: dict[str, Webhook] = {}
        self.load_seed()

    def load_seed(self) -> None:
        """Forget all records, tokens, counters and deliveries, and load the seed data."""
        with self._lock:
            self._dispatcher.clear()
            self._dispatcher.seed(0)
            self.calls: Counter[str] = Counter()
            self.store = Store()
            self._files: dict[str, bytes] = {}
            self._tokens = Tokens()
            self._recent: dict[str, deque[float]] = {}
            self._planned = seeds.load(self._seed_dir, self.store, self._writer)

    @property
    def _writer(self) -> Writer:
        return Writer(self.store, self._files, self.switches, self.clock.now())

    def set_switches(self, wanted: Mapping[str, Any]) -> None:
        """Set switches; raise ValueError for an unknown one, or a value that one cannot take."""
        if "webhook_shape" in wanted:
            shape_name(str(wanted["webhook_shape"]))
        with self._lock:
            super().set_switches(wanted)
            if "seed" in wanted:
                self._dispatcher.seed(int(wanted["seed"]))
            writer = self._writer
            for invoice in self.store.by_set["Activity_Invoice"].values():
                if not writer.is_frozen(invoice):
                    set_amounts(self.store, invoice, self.switches)
            self.store.forget_changes()

    def operation(self, request: Request) -> str:
        """Name a request by its method and entity set, such as `GET Activity_Invoice`."""
        path = request.path.removeprefix(ROOT).lstrip("/")
        return f"{request.method} {re.split(r'[(/?]', path, maxsplit=1)[0]}"

    def handle(self, request: Request) -> Response:
        """Answer a request of Tribe's protocol."""
        with self._lock:
            self.calls[self.operation(request)] += 1
            match request.path.rstrip("/"):
                case "/oauth2/auth":
                    return self._tokens.authorize(request, self.clock.now())
                case "/oauth2/token":
                    return self._tokens.issue(request, self.clock.now(), self.switches)
            application = self._tokens.application(request.headers.get("authorization", ""), self.clock.now())
            if application is None:
                return odata_error("The access token is missing, wrong or expired.", 401)
            if self._is_too_fast(application):
                headers = {"Retry-After": str(WINDOW_SECONDS)} if self.switches["retry_after"] else {}
                return odata_error("The limit of calls per minute is reached.", 429, headers)
            try:
                with self._transaction(is_echo=True):
                    return self._route(request)
            except Refused as refused:
                return odata_error(str(refused), refused.status)

    def state(self) -> dict[str, Any]:
        """Return all records by entity set, with to-one links as objects with an ID, and what happened."""
        with self._lock:
            whole = self._desk.whole
            sets = {name: [whole(record) for record in rows.values()] for name, rows in self.store.by_set.items()}
            webhooks = [{**webhook.as_json(), "secret": "…"} for webhook in self.webhooks.values()]
            return {
                **sets,
                "Webhook": webhooks,
                "calls": dict(self.calls),
                "deliveries": self._dispatcher.deliveries(),
            }

    def wait_until_told(self) -> None:
        """Wait until every webhook is delivered, or was tried as often as it should be."""
        self._dispatcher.wait_until_idle()

    def control(self, request: Request) -> Response | None:
        """Do what a person does in Tribe's screens, and what steers the simulator."""
        found = find_call(control.CALLS, request)
        if found is None:
            return None
        call, values = found
        try:
            answer = call.run(self._desk, request.json_object(), *values)
        except Refused as refused:
            return json_response({"error": str(refused)}, refused.status)
        return json_response(answer, 201 if call in control.CREATIONS else 200)

    @property
    def _desk(self) -> Desk:
        return Desk(
            store=self.store,
            writer=self._writer,
            switches=self.switches,
            lock=self._lock,
            transaction=self._transaction,
            files=self._files,
            planned=self._planned,
            dispatcher=self._dispatcher,
            now=self.clock.now(),
        )

    # Transactions and events

    @contextmanager
    def _transaction(self, *, is_echo: bool = False) -> Iterator[None]:
        """Commit and tell what changed, or undo it."""
        files = dict(self._files)
        try:
            yield
        except BaseException:
            self.store.roll_back()
            self._files.clear()
            self._files.update(files)
            raise
        self._writer.stamp()
        changes = self.store.commit()
        if not is_echo or self.switches["echo_webhooks"]:
            for change in changes:
                self._tell(change)

    def _tell(self, change: Change) -> None:
        if change.upgraded and self.switches["upgrade_event"] == "none":
            return
        if change.upgraded and self.switches["upgrade_event"] == "creation":
            change = Change("Creation", change.record_id, change.record_type, change.fields, change.links)
        shape = shape_name(self.switches["webhook_shape"])
        how = "relationship" if shape == "as-relationship-update" else self.switches["link_events"]
        for mutation in mutations(change, how):
            self._dispatcher.tell(mutation, self.webhooks, self.switches)

    def _is_too_fast(self, application: str) -> bool:
        now = self.clock.now().timestamp()
        recent = self._recent.setdefault(application, deque())
        while recent and recent[0] <= now - WINDOW_SECONDS:
            recent.popleft()
        if len(recent) >= int(self.switches["rate_limit_per_minute"]):
            return True
        recent.append(now)
        return False

    # Protocol

    def _route(self, request: Request) -> Response:
        if request.path.startswith(ROOT):
            return OData(self.store, self._writer, self.webhooks, self.switches).answer(request)
        if request.path == _WEBHOOKS or request.path.startswith(f"{_WEBHOOKS}/"):
            return self._manage_webhooks(request)
        file = _FILE.fullmatch(request.path)
        if file is not None and request.method == "GET":
            return self._file(*file.groups())
        raise Refused(f"There is nothing at {request.path}.", 404)

    def _manage_webhooks(self, request: Request) -> Response:
        webhook_id = request.path.removeprefix(_WEBHOOKS).strip("/")
        match request.method, webhook_id:
            case "GET", "":
                return json_response([self._shown(webhook) for webhook in self.webhooks.values()])
            case "POST", "":
                return self._register(request)
            case (("GET" | "DELETE"), _) if webhook_id not in self.webhooks:
                raise Refused(f"There is no webhook {webhook_id}.", 404)
            case "GET", _:
                return json_response(self._shown(self.webhooks[webhook_id]))
            case "DELETE", _:
                del self.webhooks[webhook_id]
                return Response(204)
            case _:
                raise Refused(f"{request.method} is not allowed here.", 405)

    def _register(self, request: Request) -> Response:
        try:
            body = request.json()
        except ValueError:
            raise Refused("The body is not JSON.") from None
        secret = f"{uuid4().hex}{uuid4().hex}"
        webhook = read_webhook(str(uuid4()), secret, body, https_only=bool(self.switches["https_only"]))
        self.webhooks[webhook.id] = webhook
        return json_response(self._shown(webhook), 201)

    def _shown(self, webhook: Webhook) -> dict[str, Any]:
        answer = webhook.as_json()
        return answer if self.switches["secret_in_answer"] else {k: v for k, v in answer.items() if k != "secret"}

    def _file(self, entity_set: str, record_id: str, name: str) -> Response:
        attachment = self.store.by_set.get(entity_set, {}).get(record_id.lower())
        content = self._files.get(record_id.lower())
        if attachment is None or content is None or name != "File":
            raise Refused(f"There is no file {name} of {entity_set} {record_id}.", 404)
        file = self.store.target(attachment, "File")
        kind = file.values.get("MimeType") if file else None
        match self.switches["document_answer"]:
            case "page":
                return Response(200, b"<html><body>We are back soon.</body></html>", "text/html")
            case "cut":
                content = content[: len(content) // 2]
            case "empty":
                content = b""
        return Response(200, content, kind or "application/octet-stream")


__all__ = ["DEFAULT_SEED", "TribeSimulator"]
