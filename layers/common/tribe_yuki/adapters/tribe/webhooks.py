"""Register, list and delete Tribe's webhooks (tribe-api 4.1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from tribe_yuki.adapters.tribe.answers import Effect, parse_json
from tribe_yuki.adapters.tribe.odata import NEXT_LINK, TribeApi
from tribe_yuki.adapters.tribe.odata import following as following_page
from tribe_yuki.adapters.tribe.transport import Call
from tribe_yuki.adapters.tribe.values import Record, opaque
from tribe_yuki.core.errors import ConnectorError, Defect, Gone, OutcomeUnknown

PATH = "/v1/webhooks"
_WHAT = "webhooks"
_IDS = ("id", "webhookid")


@dataclass(frozen=True, slots=True)
class RegisteredWebhook:
    """A webhook as registered; the secret is None where Tribe shows it on its own page only."""

    webhook_id: str
    secret: str | None = field(repr=False)
    entity_type: str = ""
    url: str = ""


class TribeWebhooks(TribeApi):
    """Tribe's webhooks of one environment. Every call raises what `Transport.call` raises."""

    def webhooks(self) -> list[RegisteredWebhook]:
        """Return the registered webhooks."""
        found: list[RegisteredWebhook] = []
        target = PATH
        while target:
            answer = parse_json(self._odata.transport.call(Call("GET", target, _WHAT)), _WHAT)
            found += [_webhook(row) for row in _rows(answer)]
            link = answer.get(NEXT_LINK) if isinstance(answer, dict) else None
            following, target = target, following_page(PATH, target, link)
            if target == following:
                raise Defect("tribe_pages_repeat", f"{_WHAT}: a page leads to itself")
        return found

    def register_webhook(self, entity_type: str, url: str, headers: Mapping[str, str]) -> RegisteredWebhook:
        """Register a webhook for one dotted entity type, with headers of ours on every delivery.

        Raises OutcomeUnknown when it may exist now: list them before registering again, or each event comes twice.
        """
        body = {
            "entityType": entity_type,
            "webhookUrl": url,
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
        }
        answer = self._odata.transport.call(Call("POST", PATH, _WHAT, Effect.CREATE, json.dumps(body).encode()))
        try:
            value = parse_json(answer, _WHAT)
            made = _webhook(_unwrapped(value))
        except ConnectorError:
            made = None
        return made or self._registered(entity_type, url)

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook, unless it is gone already."""
        target = f"{PATH}/{quote(webhook_id, safe='')}"
        try:
            self._odata.transport.call(Call("DELETE", target, _WHAT, Effect.UPDATE, is_record=True))
        except Gone:
            return

    def _registered(self, entity_type: str, url: str) -> RegisteredWebhook:
        try:
            made = [webhook for webhook in self.webhooks() if (webhook.entity_type, webhook.url) == (entity_type, url)]
        except ConnectorError as error:
            raise OutcomeUnknown("tribe_outcome_unknown", f"{_WHAT}: made, but its id is not known") from error
        if len(made) == 1:
            return made[0]
        raise OutcomeUnknown("tribe_outcome_unknown", f"{_WHAT}: {len(made)} for {entity_type} after registering one")


def _rows(answer: object) -> list[Record]:
    """Return the rows of a list; it is not documented what they are wrapped in."""
    lists = [answer, *(answer.values() if isinstance(answer, dict) else ())]
    rows = next((rows for rows in lists if isinstance(rows, list)), None)
    if rows is None or not all(isinstance(row, dict) for row in rows):
        raise Defect("tribe_answer_malformed", f"{_WHAT}: the answer holds no list")
    return rows


def _unwrapped(value: object) -> Record:
    """Return the one webhook of an answer, whatever it is wrapped in."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise Defect("tribe_answer_malformed", f"{_WHAT}: the answer is no webhook")
    inner = [part for part in value.values() if isinstance(part, dict | list) and part]
    has_id = any(name.casefold() in _IDS for name in value)
    return value if has_id or len(inner) != 1 else _unwrapped(inner[0])


def _webhook(record: Record) -> RegisteredWebhook:
    # The answer's shape is not documented, so neither is the case of its keys, nor what exactly they are called.
    keys = {name.casefold(): name for name in record}
    webhook_id = next((found for name in _IDS if (found := opaque(record, keys.get(name, name)))), None)
    if webhook_id is None:
        raise Defect("tribe_answer_malformed", f"{_WHAT}: one has no id")
    secrets = (record[name] for folded, name in keys.items() if "secret" in folded)
    return RegisteredWebhook(
        webhook_id=webhook_id,
        secret=next((secret.strip() for secret in secrets if isinstance(secret, str) and secret.strip()), None),
        entity_type=opaque(record, keys.get("entitytype", "entityType")) or "",
        url=opaque(record, keys.get("webhookurl", "webhookUrl")) or opaque(record, keys.get("url", "url")) or "",
    )
