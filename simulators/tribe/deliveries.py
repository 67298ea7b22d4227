"""Telling webhooks about mutations: in time, in parallel, and as unreliably as the switches want (tribe-api 4.6)."""

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from random import Random
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

from simulators.tribe.events import SHAPES, Mutation, shape_name
from simulators.tribe.model import is_a
from simulators.tribe.webhooks import Webhook, signature

_OK = range(200, 300)
# Webhooks that are out of order are mixed with all that come within this time after the first of them.
_BURST_SECONDS = 0.1


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
    is_replay: bool = False
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


@dataclass
class _Traffic:
    """How many deliveries are on their way, over all lanes; guarded by the condition."""

    condition: Condition
    limit: int = 1
    under_way: int = 0


class _Lane:
    """Deliver to one webhook, one at a time, so that a dead receiver holds up nobody else."""

    def __init__(self, traffic: _Traffic) -> None:
        self._traffic = traffic
        self._condition = traffic.condition
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._count = 0
        self._is_busy = False
        self._thread: Thread | None = None

    def add(self, delivery: Delivery, due: float) -> None:
        """Queue a delivery for a monotonic time. Call it with the condition held."""
        self._count += 1
        heappush(self._waiting, (due, self._count, delivery))
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
                self._traffic.under_way -= 1
                delivery.attempts.append(status)
                if status not in _OK and delivery.retries:
                    self.add(delivery, time.monotonic() + delivery.retries.pop(0))
                self._condition.notify_all()

    def _next(self) -> Delivery | None:
        """Return what is due, as soon as there is room for it; None when nothing waits."""
        with self._condition:
            while self._waiting:
                left = self._waiting[0][0] - time.monotonic()
                if left <= 0 and self._traffic.under_way < self._traffic.limit:
                    self._is_busy = True
                    self._traffic.under_way += 1
                    return heappop(self._waiting)[2]
                self._condition.wait(left if left > 0 else None)
            self._thread = None
            return None


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
        self._traffic = _Traffic(self._condition)
        self._lanes: dict[str, _Lane] = {}
        self._deliveries: list[Delivery] = []
        self._burst_began = float("-inf")
        self._random = Random(0)

    def seed(self, value: int) -> None:
        """Restart the random choices from a seed."""
        self._random.seed(value)

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is under way and nothing waits."""
        with self._condition:
            return self._is_idle()

    def wait_until_idle(self) -> None:
        """Wait until nothing is under way and nothing waits."""
        with self._condition:
            self._condition.wait_for(self._is_idle)

    def _is_idle(self) -> bool:
        return all(lane.is_idle for lane in self._lanes.values())

    def deliveries(self) -> list[dict[str, Any]]:
        """Return all deliveries since the last reset, oldest first."""
        with self._condition:
            return [delivery.as_json() for delivery in self._deliveries]

    def clear(self) -> None:
        """Forget all deliveries, also those that wait."""
        with self._condition:
            self._burst_began = float("-inf")
            self._deliveries.clear()
            for lane in self._lanes.values():
                lane.clear()
            self._condition.notify_all()

    def tell(self, mutation: Mutation, webhooks: Mapping[str, Webhook], switches: Mapping[str, Any]) -> None:
        """Queue the deliveries of one mutation, as the switches have it."""
        self._traffic.limit = max(1, int(switches["webhook_concurrency"]))
        shape = SHAPES[shape_name(switches["webhook_shape"])]
        for webhook in webhooks.values():
            if not _is_wanted(webhook, mutation, switches):
                continue
            if self._random.random() < float(switches["drop_webhooks"]):
                continue
            body = {"webhookId": webhook.id, "payload": shape(mutation.payload)}
            times = 2 if self._random.random() < float(switches["duplicate_webhooks"]) else 1
            for _ in range(times):
                self._queue(webhook, mutation, json.dumps(body, ensure_ascii=False, separators=(",", ":")), switches)

    def _queue(self, webhook: Webhook, mutation: Mutation, text: str, switches: Mapping[str, Any]) -> None:
        body = text.encode()
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
        due = self._due(float(switches["webhook_delay_seconds"]), float(switches["shuffle_webhooks"]))
        self._add(delivery, due)

    def _due(self, delay: float, shuffled_share: float) -> float:
        """Return the monotonic time of a delivery.

        Those out of order wait until the burst is over, so that chance alone decides and not the speed of the machine.
        """
        now = time.monotonic()
        if self._random.random() >= shuffled_share:
            return now + delay
        if now - self._burst_began > _BURST_SECONDS:
            self._burst_began = now
        return self._burst_began + _BURST_SECONDS + delay + self._random.random() * max(delay, 0.1) * 3

    def _add(self, delivery: Delivery, due: float) -> None:
        with self._condition:
            self._deliveries.append(delivery)
            self._lanes.setdefault(delivery.webhook.id, _Lane(self._traffic)).add(delivery, due)

    def replay(self, last: int | None = None) -> int:
        """Send the last deliveries again (None: all) as they were, without repeating repetitions; return how many."""
        with self._condition:
            made = [delivery for delivery in self._deliveries if delivery.attempts and not delivery.is_replay]
            for delivery in made[-last:] if last else made if last is None else ():
                self._add(replace(delivery, attempts=[], retries=[], is_replay=True), time.monotonic())
        return len(made) if last is None else min(last, len(made))


def _is_wanted(webhook: Webhook, mutation: Mutation, switches: Mapping[str, Any]) -> bool:
    if switches["base_type_webhooks"]:
        return is_a(mutation.entity_type, webhook.entity_type)
    return mutation.entity_type == webhook.entity_type
