"""Receive Tribe's webhooks: verify the raw bytes, put the ids on a queue, answer.

It depends on neither Tribe, Yuki nor a table, and answers 202 only when the queue owns the event.
"""

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tribe_yuki.core.errors import ConnectorError
from tribe_yuki.core.ids import is_connection_id
from tribe_yuki.entrypoints.webhook import Ingest, ingest
from tribe_yuki.webhooks.events import contact_messages, find_ids, invoice_messages
from tribe_yuki.webhooks.signature import equals_any, has_signature_form, is_signed

if TYPE_CHECKING:
    from tribe_yuki.adapters.aws.webhook_secrets import WebhookKeys

MOST_BYTES = 256 * 1024
# An event of Tribe names at most four records, its own and the ends of links; this many would be somebody else's, and
# each would be asked for in Tribe.
MOST_IDS = 50

# What a refused request may write into our log.
_MOST_HEADERS_LOGGED = 50
_MOST_CHARACTERS_LOGGED = 64
_MOST_IDS_LOGGED = 10

type Event = Mapping[str, Any]
"""Payload format 2.0 of an HTTP API: header names in lower case, repeated headers joined with a comma."""


class Outcome(NamedTuple):
    """How one kind of decision is answered, logged and counted. Bodies say nothing about what was compared."""

    status: int
    level: Literal["info", "warning", "error"]
    metric: str
    message: str


OUTCOMES: Mapping[str, Outcome] = {
    "queued": Outcome(202, "info", "WebhookQueued", "queued"),
    "no_ids": Outcome(202, "warning", "WebhookWithoutIds", "accepted and dropped: no record ids in the payload"),
    "not_an_object": Outcome(400, "warning", "WebhookRefused", "the body must be a JSON object"),
    "unauthorized": Outcome(401, "warning", "WebhookRefused", "unauthorized"),
    "unknown_route": Outcome(404, "warning", "WebhookRefused", "post to …/contacts or …/invoices"),
    "too_many_ids": Outcome(413, "warning", "WebhookRefused", "the body must not name more than 50 records"),
    "too_large": Outcome(413, "warning", "WebhookRefused", "the body must not be larger than 256 KB"),
    "unavailable": Outcome(503, "error", "WebhookUnavailable", "not stored, send it again later"),
}


class Refused(Exception):
    """The request is answered with this outcome, and nothing is stored."""

    def __init__(self, outcome: str, *reasons: str) -> None:
        super().__init__(outcome, *reasons)
        self.outcome = outcome
        self.reasons = reasons


def lambda_handler(event: Event, context: object) -> dict[str, Any]:
    """Answer one call of `POST /webhooks/tribe/{connection_id}/contacts` or `/invoices`."""
    return handle(event, ingest(), request_id=getattr(context, "aws_request_id", ""))


def handle(event: Event, tools: Ingest, request_id: str = "") -> dict[str, Any]:
    """Decide, write one log line and one metric about it, and answer."""
    try:
        ids = receive(event, tools)
        name, details = ("queued" if ids else "no_ids"), {"ids": ids[:_MOST_IDS_LOGGED], "id_count": len(ids)}
    except Refused as refused:
        name, details = refused.outcome, {"reasons": refused.reasons, "header_names": _header_names(event)}
    except ConnectorError as error:
        name, details = "unavailable", {"code": error.code, "text": error.text}
    outcome = OUTCOMES[name]
    fields = {"outcome": name, "status": outcome.status, "request_id": request_id, **_address(event), **details}
    getattr(tools.logger, outcome.level)("webhook answered", extra=fields)
    tools.emit(outcome.metric)
    return _response(outcome)


def receive(event: Event, tools: Ingest) -> tuple[str, ...]:
    """Return the ids that a queue now owns; none when the payload has none.

    Raises Refused, Retryable when Secrets Manager or the queue fails, Defect when the connection's secret is unusable.
    """
    body = _raw_body(event)
    connection_id, kind = _connection_and_kind(event)
    verify(event, body, connection_id, tools)
    ids = find_ids(_json_object(body))
    if len(ids) > MOST_IDS:
        raise Refused("too_many_ids", f"{len(ids)} ids")
    if ids:
        _enqueue(connection_id, kind, ids, tools)
    return ids


def _raw_body(event: Event) -> bytes:
    """Return the bytes as Tribe sent them, whichever way the gateway handed them over."""
    text = event.get("body") or ""
    try:
        body = b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode(errors="surrogatepass")
    except ValueError:
        raise Refused("unauthorized", "body_encoding_wrong") from None
    if len(body) > MOST_BYTES:
        raise Refused("too_large")
    return body


def _connection_and_kind(event: Event) -> tuple[str, str]:
    address = _address(event)
    if "kind" not in address:
        raise Refused("unknown_route")
    if "connection_id" not in address:
        raise Refused("unauthorized", "connection_id_malformed")
    return address["connection_id"], address["kind"]


def _address(event: Event) -> dict[str, str]:
    """Return `connection_id` and `kind` as far as they are well formed, so that they may be used and logged."""
    connection_id = (event.get("pathParameters") or {}).get("connection_id", "")
    kind = event.get("routeKey", "").rpartition("/")[2]
    found = {"connection_id": connection_id} if is_connection_id(connection_id) else {}
    return found | ({"kind": kind} if kind in {"contacts", "invoices"} else {})


def verify(event: Event, body: bytes, connection_id: str, tools: Ingest) -> None:
    """Raise Refused unless signature and token are both right.

    What cannot be right whatever the secret is, is refused before Secrets Manager is asked.
    """
    signature = _header(event, tools.settings.signature_header)
    token = _header(event, tools.settings.token_header)
    faults = _faults_of_form(signature, token)

    def find_faults(keys: "WebhookKeys | None") -> tuple[str, ...]:
        if keys is None:
            return ("connection_unknown",)
        is_right = {
            "signature_wrong": is_signed(body, signature, keys.secrets),
            "token_wrong": equals_any(token, keys.tokens),
        }
        return tuple(fault for fault, right in is_right.items() if not right)

    faults = faults or tools.secrets.check(connection_id, find_faults)
    if faults:
        raise Refused("unauthorized", *faults)


def _faults_of_form(signature: str, token: str) -> tuple[str, ...]:
    faults = [] if has_signature_form(signature) else ["signature_malformed" if signature else "signature_missing"]
    return tuple(faults if token else [*faults, "token_missing"])


def _header(event: Event, name: str) -> str:
    """Return a header's value, empty when it is missing. Twice the same header is one value that fits nothing."""
    headers: Mapping[str, str] = event.get("headers") or {}
    return ",".join(value for given, value in headers.items() if given.lower() == name)


def _header_names(event: Event) -> list[str]:
    names = sorted(event.get("headers") or {})[:_MOST_HEADERS_LOGGED]
    return [name[:_MOST_CHARACTERS_LOGGED] for name in names]


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("not_an_object") from None
    if not isinstance(value, dict):
        raise Refused("not_an_object")
    return value


def _enqueue(connection_id: str, kind: str, ids: tuple[str, ...], tools: Ingest) -> None:
    settings, seen_at = tools.settings, tools.now()
    if kind == "contacts":
        messages = contact_messages(connection_id, ids, seen_at, settings.window_seconds)
        tools.inbox.put(settings.contact_queue_url, messages)
    else:
        tools.inbox.put(settings.invoice_queue_url, invoice_messages(connection_id, ids, seen_at))


def _response(outcome: Outcome) -> dict[str, Any]:
    key = "status" if outcome.status == OUTCOMES["queued"].status else "error"
    return {
        "statusCode": outcome.status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({key: outcome.message}, ensure_ascii=False),
    }
