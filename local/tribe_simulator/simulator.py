"""The simulator of Tribe: protocol, state, switches and control plane (tribe-api 9)."""

import json
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from secrets import token_urlsafe
from threading import RLock
from typing import Any
from uuid import uuid4

from local.simulator import Request, Response, Simulator, json_response
from local.tribe_simulator.changes import Changes, NotAllowed
from local.tribe_simulator.events import SHAPES, Change
from local.tribe_simulator.invoices import AMSTERDAM, SENT, make_pdf, next_number, phase_link
from local.tribe_simulator.metadata import metadata
from local.tribe_simulator.model import TYPES
from local.tribe_simulator.odata import OData, odata_error
from local.tribe_simulator.rendering import properties
from local.tribe_simulator.store import Fields, Record, Store
from local.tribe_simulator.tokens import Tokens
from local.tribe_simulator.webhooks import SIGNATURES, Dispatcher, Webhook

DEFAULT_SEED = Path(__file__).parent / "seed"
FILE_PATH = re.compile(r"/v1/odata-file/Attachment/([0-9a-fA-F-]{36})/File")
MINUTE = 60.0

# The values that a switch may take, where not any of the default's kind.
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "webhook_shape": tuple(SHAPES),
    "signature_variant": (*SIGNATURES, "missing", "wrong", "hex_text"),
    "scope_error": ("invalid_grant", "invalid_scope"),
    "post_status": (201, 200, 204),
    "put_status": (200, 204),
    "delete_status": (204, 200),
    "nulls": ("null", "false"),
    "module_off": ("", "404", "400"),
    "amount_meaning": ("excl", "incl"),
    "line_amounts": ("exact", "rounded"),
    "send_order": ("gaps", "at_once", "pdf_last"),
    "frozen": ("numbers_and_lines", "all_but_phase"),
}


class TribeSimulator(Simulator):
    """Tribe CRM over HTTP."""

    switch_defaults = {  # noqa: RUF012 (the base class declares it for all)
        "token_lifetime_seconds": 3599,
        "scope_error": "invalid_grant",
        "rate_limit_per_minute": 1000,
        "retry_after": False,
        "accept_plus": False,
        "next_link": False,
        "nulls": "null",
        "post_status": 201,
        "put_status": 200,
        "delete_status": 204,
        "module_off": "",
        "drop_webhooks": 0.0,
        "duplicate_webhooks": 0.0,
        "shuffle_webhooks": 0.0,
        "echo_webhooks": True,
        "link_events": True,
        "upgrade_fires": True,
        "webhook_shape": "rich",
        "webhook_delay_seconds": 0.3,
        "webhook_retries": 0,
        "signature_variant": "A",
        "signature_header": "X-Webhook-Signature",
        "auto_numbering": True,
        "overwrite_imported_numbers": False,
        "line_amounts": "exact",
        "line_totals_include_document_discount": False,
        "amount_meaning": "excl",
        "invoice_totals": False,
        "send_order": "gaps",
        "frozen": "numbers_and_lines",
    }

    def __init__(self, seed_dir: Path = DEFAULT_SEED) -> None:
        super().__init__()
        self._seed_dir = seed_dir
        self._lock = RLock()
        self._dispatcher = Dispatcher(lambda: self.switches, lambda: self.clock.now().isoformat())
        self.load_seed()

    def load_seed(self) -> None:
        """Forget everything, registered webhooks included, and load the seed data."""
        with self._lock:
            self._dispatcher.clear()
            self.store = Store()
            self.calls: Counter[str] = Counter()
            self.webhooks: dict[str, Webhook] = {}
            self._tokens = Tokens()
            self._files: dict[str, bytes] = {}
            self._to_be_sent: dict[str, Fields] = {}
            self._recent: deque[float] = deque()
            self._changes = Changes(self.store, self.clock.now, lambda: self.switches, self._tell)
            self._odata = OData(self.store, self._changes, lambda: self.switches)
            self._load_entities()
            self._load_invoices()
            self._changes.adopt_addresses()

    def set_switches(self, wanted: Mapping[str, Any]) -> None:
        """Set switches; raise ValueError for a value that one cannot take."""
        for name, value in wanted.items():
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name}: {value!r} is not one of {', '.join(map(repr, CHOICES[name]))}")
        super().set_switches(wanted)
        if "seed" in wanted:
            self._dispatcher.random.seed(int(wanted["seed"]))

    def operation(self, request: Request) -> str:
        """Name a request by its method and entity set, such as `GET Activity_Invoice`."""
        path = request.path.removeprefix("/v1/odata/") if request.path.startswith("/v1/odata/") else request.path
        return f"{request.method} {re.split(r'[(/?]', path.lstrip('/'), maxsplit=1)[0] or path}"

    def handle(self, request: Request) -> Response:
        """Answer a request of Tribe's protocol."""
        with self._lock:
            self.calls[self.operation(request)] += 1
            if request.path == "/oauth2/auth":
                return self._tokens.authorize(request)
            if request.path.rstrip("/") == "/oauth2/token":
                lifetime = float(self.switches["token_lifetime_seconds"])
                return self._tokens.issue(request, self.clock.now(), lifetime, self.switches["scope_error"])
            if not self._tokens.is_valid(request.headers.get("authorization", ""), self.clock.now()):
                return odata_error(401, "the access token is missing, wrong or expired")
            if self._is_too_fast():
                headers = {"Retry-After": "60"} if self.switches["retry_after"] else {}
                return Response(429, b'{"error":{"code":null,"message":"rate limit reached"}}', headers=headers)
            return self._route(request)

    def state(self) -> dict[str, Any]:
        """Return all records by entity set, with links as ids, and what happened."""
        with self._lock:
            state: dict[str, Any] = {
                entity_set: [
                    properties(self.store, record, self.switches)
                    | {name: {"ID": target} for name in record.type.links if (target := record.link(name))}
                    for record in self.store.by_set[entity_set].values()
                ]
                for entity_set in TYPES
            }
            return state | {
                "Webhook": [webhook.as_json() for webhook in self.webhooks.values()],
                "calls": dict(self.calls),
                "deliveries": list(self._dispatcher.log),
            }

    def control(self, request: Request) -> Response | None:
        """Answer what a person does in Tribe's screens."""
        parts = request.path.removeprefix("/_control/").split("/")
        with self._lock:
            try:
                return self._control(request, parts)
            except NotAllowed as problem:
                return json_response({"error": str(problem)}, 400)

    def _control(self, request: Request, parts: list[str]) -> Response | None:  # noqa: PLR0911 (a table of calls)
        match request.method, parts:
            case "GET", ["idle"]:
                return json_response({"idle": self._dispatcher.is_idle()})
            case "POST", ["invoices"]:
                return self._shown(self._changes.create("Activity_Invoice", request.json(), by_api=False))
            case "POST", ["invoices", invoice_id, "send"]:
                return self._shown(self._send(self._found(invoice_id), request.json()))
            case "POST", ["edit", record_id]:
                record = self._found(record_id)
                for name, value in request.json().items():
                    self._changes.update(record, {name: value}, by_api=False)
                return self._shown(record)
            case "POST", ["create", entity_set] if entity_set in TYPES:
                return self._shown(self._changes.create(entity_set, request.json(), by_api=False))
            case "POST", ["upgrade", record_id]:
                record = self._found(record_id)
                self._changes.upgrade(record, request.json()["to"])
                return self._shown(record)
            case "POST", ["delete", record_id]:
                self._changes.delete(self._found(record_id), by_api=False)
                return json_response({})
            case "POST", ["merge"]:
                wanted = request.json()
                self._changes.merge(self._found(wanted["winner"]), self._found(wanted["loser"]))
                return json_response({})
            case _:
                return None

    def _found(self, record_id: str) -> Record:
        record = self.store.get(record_id)
        if record is None:
            raise NotAllowed(f"no record {record_id}")
        return record

    def _shown(self, record: Record) -> Response:
        return json_response(properties(self.store, record, self.switches))

    def _send(self, invoice: Record, wanted: Mapping[str, Any]) -> Record:
        """Press Send: the PDF, number and date, phase Sent, final; one event each (tribe-api 4.7)."""
        assigned = {**self._to_be_sent.get(invoice.record_id.lower(), {}), **wanted}
        today = self.clock.now().astimezone(AMSTERDAM).date().isoformat()
        number = assigned.get("Number") or next_number(self.store, self.clock.now())
        numbered = {"Number": number, "InvoiceDate": assigned.get("InvoiceDate", today)}
        if assigned.get("ExpirationDate"):
            numbered["ExpirationDate"] = assigned["ExpirationDate"]
        steps: list[Callable[[], None]] = [
            lambda: self._attach_pdf(invoice, number),
            lambda: self._changes.update(invoice, numbered, by_api=False),
            lambda: self._changes.update(invoice, {"Phase": phase_link(self.store, SENT)}, by_api=False),
            lambda: self._changes.update(invoice, {"IsFinal": True}, by_api=False),
        ]
        match self.switches["send_order"]:
            case "pdf_last":
                steps = [*steps[1:], steps[0]]
            case "at_once":
                everything = {**numbered, "Phase": phase_link(self.store, SENT), "IsFinal": True}
                steps = [steps[0], lambda: self._changes.update(invoice, everything, by_api=False)]
            case _:
                pass
        for step in steps:
            step()
        return invoice

    def _attach_pdf(self, invoice: Record, number: str) -> None:
        name = f"{number}.pdf"
        attachment = {
            "Description": name,
            "Invoice": {"ID": invoice.record_id},
            "File": {"Name": name, "MimeType": "application/pdf"},
        }
        record = self._changes.create("Attachment", attachment, by_api=False)
        self._files[record.record_id.lower()] = make_pdf(number)
        if file := self.store.linked(record, "File"):
            self.store.change(
                file, {"Url": f"https://api.tribecrm.nl/v1/odata-file/Attachment/{record.record_id}/File"}
            )

    def _route(self, request: Request) -> Response:
        if request.path == "/v1/odata/$metadata":
            return Response(200, metadata(), "application/xml")
        if request.path == "/v1/odata/Webhook":
            return json_response({"value": [webhook.as_json() for webhook in self.webhooks.values()]})
        if request.path.startswith("/v1/odata/"):
            return self._odata.answer(request, request.path.removeprefix("/v1/odata/"))
        if match := FILE_PATH.fullmatch(request.path):
            content = self._files.get(match.group(1).lower())
            known = self.store.get(match.group(1))
            return Response(200, content, "application/pdf") if content and known else odata_error(404, "no such file")
        if request.path.startswith("/v1/webhooks"):
            return self._manage_webhooks(request)
        return odata_error(404, "no such path")

    def _manage_webhooks(self, request: Request) -> Response:
        match request.method, request.path.removeprefix("/v1/webhooks").strip("/"):
            case "GET", "":
                return json_response([webhook.as_json() for webhook in self.webhooks.values()])
            case "POST", "":
                return self._register(request.json())
            case "DELETE", webhook_id if webhook_id in self.webhooks:
                del self.webhooks[webhook_id]
                return Response(204)
            case "DELETE", _:
                return odata_error(404, "no such webhook")
            case _:
                return odata_error(405, "method not allowed")

    def _register(self, body: Mapping[str, Any]) -> Response:
        url = str(body.get("webhookUrl", ""))
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            return odata_error(400, "a webhook needs an HTTPS URL")
        if not body.get("entityType"):
            return odata_error(400, "a webhook needs one entity type")
        headers = {header["name"]: header["value"] for header in body.get("headers", [])}
        webhook = Webhook(str(uuid4()), body["entityType"], url, headers, token_urlsafe(24))
        self.webhooks[webhook.webhook_id] = webhook
        return json_response(webhook.as_json(), 201)

    def _tell(self, change: Change) -> None:
        for webhook in self.webhooks.values():
            if webhook.entity_type == change.entity_type:
                self._dispatcher.fire(webhook, change)

    def _is_too_fast(self) -> bool:
        """Tell whether the last minute has had more calls than the limit."""
        now = self.clock.now().timestamp()
        while self._recent and now - self._recent[0] >= MINUTE:
            self._recent.popleft()
        if len(self._recent) >= self.switches["rate_limit_per_minute"]:
            return True
        self._recent.append(now)
        return False

    def _load_entities(self) -> None:
        stamp = datetime(2026, 1, 12, 8, 30).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ001 (only its digits)
        for path in sorted((self._seed_dir / "entities").glob("*.json")):
            if path.stem not in TYPES:
                raise ValueError(f"{path.name}: there is no entity set {path.stem}")
            for fields in json.loads(path.read_text(encoding="utf-8")):
                self.store.add(path.stem, {"CreationDate": stamp, "LastMutationDate": stamp, **fields})

    def _load_invoices(self) -> None:
        stamp = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        for path in sorted((self._seed_dir / "invoices").glob("*.json")):
            content = json.loads(path.read_text(encoding="utf-8"))
            body = dict(content["invoice"])
            lines = body.pop("ProductLines", [])
            draft = phase_link(self.store, "Draft")
            stamps = {"CreationDate": stamp, "LastMutationDate": stamp, "Phase": draft}
            invoice = self.store.add(
                "Activity_Invoice", {**stamps, **{name: value for name, value in body.items() if value is not None}}
            )
            for line in lines:
                own = {name: value for name, value in line.items() if value is not None}
                dates = {"CreationDate": stamp, "LastMutationDate": stamp}
                self.store.add("ProductLine", {**dates, **own, "Invoice": {"ID": invoice.record_id}})
            self._to_be_sent[invoice.record_id.lower()] = content.get("send", {})
