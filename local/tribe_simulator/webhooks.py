"""Webhooks: who wants to be told, and telling them with a signature (tribe-api 4)."""

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

from local.tribe_simulator.errors import Refused
from local.tribe_simulator.events import SHAPES, Mutation, shape_name
from local.tribe_simulator.model import is_a, types_of

_OK = range(200, 300)


@dataclass(frozen=True)
class Webhook:
    """A registered webhook for one dotted entity type."""

    id: str
    entity_type: str
    url: str
    headers: Mapping[str, str]
    secret: str

    def as_json(self) -> dict[str, Any]:
        """Return what the REST interface shows."""
        headers = [{"name": name, "value": value} for name, value in self.headers.items()]
        return {
            "id": self.id,
            "entityType": self.entity_type,
            "webhookUrl": self.url,
            "headers": headers,
            "secret": self.secret,
        }


def read_webhook(webhook_id: str, secret: str, body: Any, *, https_only: bool) -> Webhook:
    """Read a registration; raise Refused when it cannot work."""
    if not isinstance(body, Mapping):
        raise Refused("A webhook is an object.")
    entity_type, url, headers = body.get("entityType"), body.get("webhookUrl"), body.get("headers") or []
    if not isinstance(entity_type, str) or not types_of(entity_type):
        raise Refused(f"entityType: {entity_type!r} is no entity type.")
    parts = urlsplit(url if isinstance(url, str) else "")
    if parts.scheme not in (("https",) if https_only else ("https", "http")) or not parts.hostname:
        raise Refused("webhookUrl must be an HTTPS address.")
    try:
        named = {str(header["name"]): str(header["value"]) for header in headers}
    except (TypeError, KeyError):
        raise Refused("headers is a list of objects with name and value.") from None
    return Webhook(webhook_id, entity_type, str(url), named, secret)


def _digest(parts: bytes) -> bytes:
    return hashlib.sha512(parts).digest()


SIGNATURES: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    "A": lambda secret, body: hmac.digest(secret, body, "sha512"),
    "B": lambda secret, body: _digest(body + secret),
    "C": lambda secret, body: _digest(secret + body),
    "hex_text": lambda secret, body: hmac.digest(secret, body, "sha512").hex().encode(),
    "wrong": lambda secret, body: hmac.digest(secret + b"!", body, "sha512"),
}


def signature(variant: str, secret: str, body: bytes) -> str | None:
    """Return the header value for a body; None when the variant is `missing`."""
    sign = SIGNATURES.get(variant)
    return base64.b64encode(sign(secret.encode(), body)).decode() if sign else None


@dataclass
class Delivery:
    """One body on its way to one receiver."""

    webhook: Webhook
    kind: str
    ids: Mapping[str, str]
    body: bytes
    header: str
    signature: str | None
    timeout: float
    retries: list[float]
    attempts: list[Any] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return what the state shows."""
        return {
            "webhookId": self.webhook.id,
            "entityType": self.webhook.entity_type,
            "kind": self.kind,
            **self.ids,
            "body": json.loads(self.body),
            "attempts": list(self.attempts),
            "status": self.attempts[-1] if self.attempts else None,
        }


class _Lane:
    """Deliver to one webhook, one at a time, so that a dead receiver holds up nobody else."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._count = 0
        self._is_busy = False
        self._thread: Thread | None = None

    def add(self, delivery: Delivery, delay: float) -> None:
        """Queue a delivery. Call it with the condition held."""
        self._count += 1
        heappush(self._waiting, (time.monotonic() + delay, self._count, delivery))
        if self._thread is None:
            self._thread = Thread(target=self._run, daemon=True)
            self._thread.start()
        self._condition.notify_all()

    @property
    def is_idle(self) -> bool:
        return not self._waiting and not self._is_busy

    def clear(self) -> None:
        self._waiting.clear()

    def _run(self) -> None:
        while True:
            delivery = self._next()
            if delivery is None:
                return
            status = _post(delivery)
            with self._condition:
                self._is_busy = False
                delivery.attempts.append(status)
                if status not in _OK and delivery.retries:
                    self.add(delivery, delivery.retries.pop(0))
                self._condition.notify_all()

    def _next(self) -> Delivery | None:
        with self._condition:
            while True:
                if not self._waiting:
                    self._thread = None
                    return None
                left = self._waiting[0][0] - time.monotonic()
                if left <= 0:
                    self._is_busy = True
                    return heappop(self._waiting)[2]
                self._condition.wait(left)


def _post(delivery: Delivery) -> int | str:
    parts = urlsplit(delivery.webhook.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=delivery.timeout)
    headers = {"Content-Type": "application/json", **delivery.webhook.headers}
    if delivery.signature is not None:
        headers[delivery.header] = delivery.signature
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, delivery.body, headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    else:
        return answer.status
    finally:
        connection.close()


class Dispatcher:
    """Tell the webhooks about mutations, from threads of its own."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._lanes: dict[str, _Lane] = {}
        self._deliveries: list[Delivery] = []
        self.random = Random(0)

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is under way and nothing waits."""
        with self._condition:
            return all(lane.is_idle for lane in self._lanes.values())

    def deliveries(self) -> list[dict[str, Any]]:
        """Return all deliveries since the last reset, oldest first."""
        with self._condition:
            return [delivery.as_json() for delivery in self._deliveries]

    def clear(self) -> None:
        """Forget all deliveries, also those that wait."""
        with self._condition:
            self._deliveries.clear()
            for lane in self._lanes.values():
                lane.clear()
            self._condition.notify_all()

    def tell(self, mutation: Mutation, webhooks: Mapping[str, Webhook], switches: Mapping[str, Any]) -> None:
        """Queue the deliveries of one mutation, as the switches have it."""
        shape = SHAPES[shape_name(switches["webhook_shape"])]
        for webhook in webhooks.values():
            if not _is_wanted(webhook, mutation, switches):
                continue
            if self.random.random() < float(switches["drop_webhooks"]):
                continue
            body = {"webhookId": webhook.id, "payload": shape(mutation.payload)}
            times = 2 if self.random.random() < float(switches["duplicate_webhooks"]) else 1
            for _ in range(times):
                self._queue(webhook, mutation, json.dumps(body, ensure_ascii=False, separators=(",", ":")), switches)

    def _queue(self, webhook: Webhook, mutation: Mutation, text: str, switches: Mapping[str, Any]) -> None:
        body = text.encode()
        delay = float(switches["webhook_delay_seconds"])
        if self.random.random() < float(switches["shuffle_webhooks"]):
            delay += self.random.random() * max(delay, 0.1) * 3
        ids: dict[str, str] = {
            name: mutation.payload[name] for name in ("entityId", "relationshipId") if name in mutation.payload
        }
        delivery = Delivery(
            webhook,
            mutation.kind,
            ids,
            body,
            str(switches["signature_header"]),
            signature(str(switches["signature_variant"]), webhook.secret, body),
            float(switches["webhook_timeout_seconds"]),
            [float(seconds) for seconds in switches["webhook_retry_seconds"]],
        )
        with self._condition:
            self._deliveries.append(delivery)
            self._lanes.setdefault(webhook.id, _Lane(self._condition)).add(delivery, delay)


def _is_wanted(webhook: Webhook, mutation: Mutation, switches: Mapping[str, Any]) -> bool:
    if switches["base_type_webhooks"]:
        return is_a(mutation.entity_type, webhook.entity_type)
    return mutation.entity_type == webhook.entity_type
