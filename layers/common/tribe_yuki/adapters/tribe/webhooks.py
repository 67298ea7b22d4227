"""Register, list and delete Tribe's webhooks (tribe-api 4.1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from tribe_yuki.adapters.tribe.answers import Effect, parse_json
from tribe_yuki.adapters.tribe.transport import Call, Transport
from tribe_yuki.adapters.tribe.values import Record, text
from tribe_yuki.domain.errors import ConnectorError, Defect, Gone, OutcomeUnknown

PATH = "/v1/webhooks"
_WHAT = "webhooks"


@dataclass(frozen=True, slots=True)
class RegisteredWebhook:
    """A webhook as registered; the secret is None where Tribe shows it on its own page only."""

    webhook_id: str
    secret: str | None = field(repr=False)
    entity_type: str = ""
    url: str = ""


class Webhooks:
    """Tribe's webhooks of one environment. Every call raises what `Transport.call` raises."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self) -> list[RegisteredWebhook]:
        """Return the registered webhooks."""
        answer = parse_json(self._transport.call(Call("GET", PATH, _WHAT)), _WHAT)
        rows = answer.get("value", answer.get("data")) if isinstance(answer, dict) else answer
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Defect("tribe_answer_malformed", f"{_WHAT}: the answer holds no list")
        return [_webhook(row) for row in rows]

    def register(self, entity_type: str, url: str, headers: Mapping[str, str]) -> RegisteredWebhook:
        """Register a webhook for one dotted entity type, with headers of ours on every delivery.

        Raises OutcomeUnknown when it may exist now: list them before registering again, or each event comes twice.
        """
        body = {
            "entityType": entity_type,
            "webhookUrl": url,
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
        }
        answer = self._transport.call(Call("POST", PATH, _WHAT, Effect.CREATE, json.dumps(body).encode()))
        try:
            value = parse_json(answer, _WHAT)
            made = _webhook(value) if isinstance(value, dict) else None
        except ConnectorError:
            made = None
        return made or self._find(entity_type, url)

    def delete(self, webhook_id: str) -> None:
        """Delete a webhook; one that is gone already is fine."""
        target = f"{PATH}/{quote(webhook_id, safe='')}"
        try:
            self._transport.call(Call("DELETE", target, _WHAT, Effect.UPDATE, is_record=True))
        except Gone:
            return

    def _find(self, entity_type: str, url: str) -> RegisteredWebhook:
        try:
            made = [webhook for webhook in self.all() if (webhook.entity_type, webhook.url) == (entity_type, url)]
        except ConnectorError as error:
            raise OutcomeUnknown("tribe_outcome_unknown", f"{_WHAT}: made, but its id is not known") from error
        if len(made) == 1:
            return made[0]
        raise OutcomeUnknown("tribe_outcome_unknown", f"{_WHAT}: {len(made)} for {entity_type} after registering one")


def _webhook(record: Record) -> RegisteredWebhook:
    # The answer's shape is not documented, so neither is the case of its keys.
    keys = {name.casefold(): name for name in record}
    webhook_id = text(record, keys.get("id", "id")) or text(record, keys.get("webhookid", "webhookId"))
    if webhook_id is None:
        raise Defect("tribe_answer_malformed", f"{_WHAT}: one has no id")
    return RegisteredWebhook(
        webhook_id=webhook_id,
        secret=text(record, keys.get("secret", "secret")),
        entity_type=text(record, keys.get("entitytype", "entityType")) or "",
        url=text(record, keys.get("webhookurl", "webhookUrl")) or text(record, keys.get("url", "url")) or "",
    )
