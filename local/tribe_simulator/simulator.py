"""The simulated Tribe: protocol, state, switches and what people do in its UI (tribe-api 9)."""

import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import uuid4

from local.simulator import Request, Response, Simulator, json_response
from local.tribe_simulator import seeds
from local.tribe_simulator.errors import Refused
from local.tribe_simulator.events import SHAPES, mutations, shape_name
from local.tribe_simulator.invoices import assigned, pdf, set_amounts
from local.tribe_simulator.model import TYPES, dotted
from local.tribe_simulator.odata import ROOT, OData, odata_error
from local.tribe_simulator.query import Options, Reader
from local.tribe_simulator.rendering import display_name, plain
from local.tribe_simulator.store import Change, Record, Store
from local.tribe_simulator.tokens import Tokens
from local.tribe_simulator.webhooks import SIGNATURES, Dispatcher, Webhook, read_webhook
from local.tribe_simulator.writer import Writer

DEFAULT_SEED = Path(__file__).parent / "seed"
_FILE = re.compile(r"/v1/odata-file/([A-Za-z_]+)/([0-9a-fA-F-]{36})/(\w+)")
_WEBHOOKS = "/v1/webhooks"
_WINDOW_SECONDS = 60
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "signature_variant": (*SIGNATURES, "missing"),
    "scope_error": ("invalid_grant", "invalid_scope"),
    "post_status": (201, 200, 204),
    "put_status": (200, 204),
    "delete_status": (204, 200),
    "nulls": ("null", "false"),
    "module_off": ("", "404", "400", 404, 400),
    "amount_meaning": ("excl", "incl"),
    "line_amounts": ("exact", "rounded"),
    "link_events": ("both", "relationship", "entity", "crm"),
    "upgrade_event": ("update", "creation", "none"),
    "send_order": ("gaps", "at_once", "pdf_last", "no_pdf"),
    "frozen": ("numbers_and_lines", "all_but_phase"),
}


class TribeSimulator(Simulator):
    """Tribe CRM over HTTP. Registered webhooks outlive a reset: they belong to the set-up, not to the data."""

    switch_defaults: Mapping[str, Any] = {
        "token_lifetime_seconds": 3599,
        "scope_error": "invalid_grant",
        "scope_required": False,
        "rate_limit_per_minute": 1000,
        "retry_after": False,
        "accept_plus": False,
        "next_link": False,
        "nulls": "null",
        "eq_is_case_sensitive": False,
        "post_status": 201,
        "put_status": 200,
        "delete_status": 204,
        "module_off": "",
        "drop_webhooks": 0.0,
        "duplicate_webhooks": 0.0,
        "shuffle_webhooks": 0.0,
        "echo_webhooks": True,
        "base_type_webhooks": False,
        "https_only": False,
        "link_events": "both",
        "upgrade_event": "update",
        "webhook_shape": "rich",
        "webhook_delay_seconds": 0.3,
        "webhook_timeout_seconds": 10,
        "webhook_retry_seconds": [],
        "signature_variant": "A",
        "signature_header": "X-Webhook-Signature",
        "secret_in_answer": True,
        "auto_numbering": True,
        "line_amounts": "exact",
        "line_totals_include_document_discount": False,
        "amount_meaning": "excl",
        "send_order": "gaps",
        "send_gap_seconds": 0,
        "frozen": "numbers_and_lines",
    }

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
            self.calls: Counter[str] = Counter()
            self.store = Store()
            self._files: dict[str, bytes] = {}
            self._tokens = Tokens()
            self._recent: dict[str, deque[float]] = {}
            self._planned = seeds.load(self._seed_dir, self.store, self._writer)

    @property
    def _writer(self) -> Writer:
        writer = Writer(self.store, self._files, self.switches)
        writer.date(self.clock.now())
        return writer

    def set_switches(self, wanted: Mapping[str, Any]) -> None:
        """Set switches; raise ValueError for an unknown one, or a value that one cannot take."""
        for name, value in wanted.items():
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name}: {value!r} is not one of {', '.join(map(repr, CHOICES[name]))}")
            if name == "webhook_shape":
                shape_name(str(value))
        with self._lock:
            super().set_switches(wanted)
            if "seed" in wanted:
                self._dispatcher.random.seed(int(wanted["seed"]))
            for invoice in self.store.by_set["Activity_Invoice"].values():
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
                headers = {"Retry-After": str(_WINDOW_SECONDS)} if self.switches["retry_after"] else {}
                return odata_error("The limit of calls per minute is reached.", 429, headers)
            try:
                with self._transaction(is_echo=True):
                    return self._route(request)
            except Refused as refused:
                return odata_error(str(refused), refused.status)

    def state(self) -> dict[str, Any]:
        """Return all records by entity set, with to-one links as objects with an ID, and what happened."""
        with self._lock:
            sets = {name: [self._whole(one) for one in rows.values()] for name, rows in self.store.by_set.items()}
            webhooks = [{**webhook.as_json(), "secret": "…"} for webhook in self.webhooks.values()]
            return {
                **sets,
                "Webhook": webhooks,
                "calls": dict(self.calls),
                "deliveries": self._dispatcher.deliveries(),
            }

    def control(self, request: Request) -> Response | None:
        """Do what a person does in Tribe's UI."""
        parts = request.path.removeprefix("/_control/").rstrip("/").split("/")
        try:
            return self._control(request, parts)
        except Refused as refused:
            return json_response({"error": str(refused)}, refused.status)

    def _control(self, request: Request, parts: list[str]) -> Response | None:
        if (request.method, parts) == ("GET", ["idle"]):
            return json_response({"idle": self._dispatcher.is_idle})
        return self._act(request, parts) if request.method == "POST" else None

    def _act(self, request: Request, parts: list[str]) -> Response | None:
        match parts:
            case ["invoices"]:
                return self._created("Activity.Invoice", request.json())
            case ["create", entity_set]:
                return self._created(dotted(entity_set), request.json())
            case ["merge"]:
                body = request.json()
                return self._merge(self._known(str(body["winner"])), self._known(str(body["loser"])))
            case ["invoices", record_id, "send"]:
                return self._send(self._known(record_id), request.json())
            case [("edit" | "upgrade" | "delete") as action, record_id]:
                act = {"edit": self._edit, "upgrade": self._upgrade, "delete": self._delete}[action]
                return act(self._known(record_id), request.json())
        return None

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
        changes = self.store.commit(f"{self.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
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
        while recent and recent[0] <= now - _WINDOW_SECONDS:
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
        return Response(200, content, kind or "application/octet-stream")

    # What people do in the UI

    def _known(self, record_id: str) -> Record:
        record = self.store.by_id.get(record_id.lower())
        if record is None:
            raise Refused(f"there is no record {record_id}", 404)
        return record

    def _whole(self, record: Record) -> dict[str, Any]:
        links: dict[str, Any] = dict.fromkeys(TYPES[record.type].links)
        links |= {name: {"ID": target} for name, target in record.links.items()}
        return {**plain(self.store, record, self.switches), **links}

    def _created(self, record_type: str, body: Mapping[str, Any]) -> Response:
        if record_type not in TYPES:
            raise Refused(f"there is no entity set {record_type.replace('.', '_')}", 404)
        with self._lock:
            with self._transaction():
                record = self._writer.create(record_type, body, is_forced=True)
            names = ("ProductLines",) if record_type == "Activity.Invoice" else ()
            options = Options(expand={name: Options() for name in names})
            written = Reader(self.store, self.switches).written(record, options)
            return json_response({**self._whole(record), **written}, 201)

    def _edit(self, record: Record, fields: Mapping[str, Any]) -> Response:
        """Save each field at once, as the UI does."""
        with self._lock:
            for name, value in fields.items():
                with self._transaction():
                    self._writer.update(record, {name: value}, is_forced=True)
            return json_response(self._whole(record))

    def _upgrade(self, record: Record, body: Mapping[str, Any]) -> Response:
        with self._lock:
            with self._transaction():
                self._writer.update(record, {"_UpgradeType": body["to"]}, is_forced=True)
            return json_response(self._whole(record))

    def _delete(self, record: Record, _: Mapping[str, Any]) -> Response:
        with self._lock, self._transaction():
            self._writer.delete(record, is_forced=True)
        return json_response({})

    def _merge(self, winner: Record, loser: Record) -> Response:
        """Move what the winner lacks, then all links, then delete the loser: a burst of events."""
        if winner.type != loser.type or winner is loser:
            raise Refused("merge takes two different records of the same type")
        with self._lock:
            missing = {name: value for name, value in loser.values.items() if name not in winner.values}
            for name, value in missing.items():
                with self._transaction():
                    self.store.put(winner, name, value)
            for name, target in list(loser.links.items()):
                if name not in winner.links:
                    with self._transaction():
                        self.store.link(winner, name, target)
            for other, name in self.store.pointing_anyhow(loser.id):
                with self._transaction():
                    self.store.link(other, name, winner.id)
            with self._transaction():
                self._writer.delete(loser, is_forced=True)
            return json_response(self._whole(winner))

    def _send(self, invoice: Record, given: Mapping[str, Any]) -> Response:
        """Press Send: the document, number and date, phase Sent, final; one event each unless told otherwise."""
        unknown = set(given) - {"Number", "InvoiceDate", "ExpirationDate"}
        if unknown:
            raise Refused(f"send takes Number, InvoiceDate and ExpirationDate, not {', '.join(sorted(unknown))}")
        with self._lock:
            if invoice.type != "Activity.Invoice" or self._writer.is_frozen(invoice):
                raise Refused(f"{invoice.id} is no invoice that can be sent")
            facts = self._assigned(invoice, given)
        order = self.switches["send_order"]
        if order == "at_once":
            with self._lock, self._transaction():
                for step in self._steps(invoice, facts, "gaps"):
                    step()
        else:
            self._take_steps(self._steps(invoice, facts, order))
        with self._lock:
            return json_response(self._whole(invoice))

    def _take_steps(self, steps: list[Callable[[], None]]) -> None:
        for number, step in enumerate(steps):
            if number and self.switches["send_gap_seconds"]:
                time.sleep(float(self.switches["send_gap_seconds"]))
            with self._lock, self._transaction():
                step()

    def _steps(self, invoice: Record, facts: Mapping[str, Any], order: str) -> list[Callable[[], None]]:
        def change(fields: Mapping[str, Any]) -> Callable[[], None]:
            return lambda: self._writer.update(invoice, fields, is_forced=True)

        steps = [change(facts), change({"Phase": {"ID": self._phase("Sent")}}), change({"IsFinal": True})]
        match order:
            case "no_pdf":
                return steps
            case "pdf_last":
                return [*steps, lambda: self._attach(invoice, str(facts["Number"]))]
            case _:
                return [lambda: self._attach(invoice, str(facts["Number"])), *steps]

    def _assigned(self, invoice: Record, given: Mapping[str, Any]) -> dict[str, Any]:
        planned = {**self._planned.get(invoice.id, {}), **given}
        used = [str(one.values.get("Number")) for one in self.store.by_set["Activity_Invoice"].values()]
        promised = [str(one.get("Number")) for one in self._planned.values()]
        return assigned(self.store, invoice, self.clock.now(), planned, [*used, *promised])

    def _phase(self, code: str) -> str:
        phases = self.store.by_set["Datastore_Phase_ActivityInvoice"].values()
        found = next((phase.id for phase in phases if phase.values.get("Code") == code), None)
        if found is None:
            raise Refused(f"the seed data hold no invoice phase with the code {code}")
        return found

    def _attach(self, invoice: Record, number: str) -> None:
        file = {"Name": f"{number}.pdf", "MimeType": "application/pdf"}
        body = {"Description": f"{number}.pdf", "Invoice": {"ID": invoice.id}, "File": file}
        attachment = self._writer.create("Attachment", body, is_forced=True)
        customer = display_name(self.store, invoice)
        self._files[attachment.id] = pdf([f"Factuur {number}", customer or "", "Voorbeeldgegevens"])


__all__ = ["CHOICES", "DEFAULT_SEED", "SHAPES", "TribeSimulator"]
