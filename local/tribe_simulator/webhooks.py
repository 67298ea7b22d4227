"""Registered webhooks, and the calls that manage them (tribe-api 4.1)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from local.simulator import Request, Response, json_response
from local.tribe_simulator.answers import odata_error
from local.tribe_simulator.dispatcher import Delivery, Dispatcher, compact_json
from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.model import Model, fits
from local.tribe_simulator.mutations import Mutation
from local.tribe_simulator.payload_shapes import payload_of

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Webhook:
    """One registration: one dotted entity type, one address, headers of the registrar's own."""

    webhook_id: str
    entity_type: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    secret: str = field(repr=False)


class Webhooks:
    """The webhooks of one environment."""

    def __init__(
        self, model: Callable[[], Model], read_switches: Callable[[], Mapping[str, Any]], dispatcher: Dispatcher
    ) -> None:
        self._model = model
        self._read_switches = read_switches
        self._dispatcher = dispatcher
        self.registered: dict[str, Webhook] = {}

    def manage(self, request: Request, webhook_id: str) -> Response:
        """Answer a call under `/v1/webhooks`."""
        match request.method, webhook_id:
            case "GET", "":
                return json_response([self.shown(webhook) for webhook in self.registered.values()])
            case "POST", "":
                return json_response(self.shown(self._register(request.json())), 201)
            case "GET", _ if webhook_id in self.registered:
                return json_response(self.shown(self.registered[webhook_id]))
            case "DELETE", _ if webhook_id in self.registered:
                del self.registered[webhook_id]
                return Response(204)
            case "GET" | "DELETE", _ if webhook_id:
                return odata_error(404, "there is no such webhook")
            case _:
                return odata_error(405, "The method is not allowed.")

    def shown(self, webhook: Webhook) -> dict[str, Any]:
        """Return a webhook as the management calls show it."""
        headers = [{"name": name, "value": value} for name, value in webhook.headers.items()]
        is_shown = self._read_switches()["webhook_secret"] == "shown"  # noqa: S105 (a value of a switch)
        secret = {"secret": webhook.secret} if is_shown else {}
        return {
            "id": webhook.webhook_id,
            "entityType": webhook.entity_type,
            "webhookUrl": webhook.url,
            "headers": headers,
            **secret,
        }

    def as_records(self) -> list[dict[str, Any]]:
        """Return the webhooks as the entity set `Webhook` shows them."""
        return [
            {"ID": one.webhook_id, "_Type": "Webhook", "EntityType": one.entity_type, "WebhookUrl": one.url}
            for one in self.registered.values()
        ]

    def tell(self, mutations: Iterable[Mutation]) -> None:
        """Plan the deliveries that mutations lead to."""
        for mutation in mutations:
            for webhook in list(self.registered.values()):
                if self._wants(webhook, mutation):
                    self._dispatcher.plan(self._delivery(webhook, mutation))

    def _wants(self, webhook: Webhook, mutation: Mutation) -> bool:
        if webhook.entity_type == mutation.entity_type.name:
            return True
        base = webhook.entity_type.replace(".", "_")
        return bool(self._read_switches()["base_type_webhooks"]) and fits(mutation.entity_type, base)

    def _delivery(self, webhook: Webhook, mutation: Mutation) -> Delivery:
        switches = self._read_switches()
        payload = payload_of(mutation, switches["webhook_shape"], with_author=switches["webhook_author"])
        about = {
            "webhook_id": webhook.webhook_id,
            "entity_type": mutation.entity_type.name,
            "entity_id": mutation.record_id,
            "mutation": mutation.name,
            "url": webhook.url,
        }
        body = compact_json({"webhookId": webhook.webhook_id, "payload": payload})
        return Delivery(webhook.url, webhook.headers, webhook.secret, body, about)

    def _register(self, body: Any) -> Webhook:
        if not isinstance(body, Mapping):
            raise NotAllowed("the body must be an object")
        url, entity_type = str(body.get("webhookUrl") or ""), str(body.get("entityType") or "")
        parts = urlsplit(url)
        if not parts.hostname or (parts.scheme != "https" and parts.hostname not in _LOOPBACK):
            raise NotAllowed("webhookUrl must be an HTTPS address")
        if self._model().by_name(entity_type) is None:
            raise NotAllowed(f"there is no entity type {entity_type!r}; write it with dots, as Relation.Organization")
        webhook = Webhook(str(uuid4()), entity_type, url, _headers(body.get("headers")), token_urlsafe(32))
        self.registered[webhook.webhook_id] = webhook
        return webhook


def _headers(wanted: Any) -> dict[str, str]:
    try:
        headers = {str(one["name"]): str(one["value"]) for one in wanted or ()}
    except (TypeError, KeyError):
        raise NotAllowed('headers must be a list of {"name": …, "value": …}') from None
    for text in (*headers, *headers.values()):
        if not text.isascii() or not text.isprintable():
            raise NotAllowed("headers must be of printable ASCII characters")
    return headers
