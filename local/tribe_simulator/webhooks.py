"""Registered webhooks, and the dispatcher that delivers signed bodies from threads of its own."""

import hashlib
import heapq
import hmac
import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from random import Random
from threading import Condition, Thread
from typing import Any

import httpx

from local.tribe_simulator.events import SHAPES, Change

WORKERS = 8
SUCCESS = range(200, 300)


@dataclass
class Webhook:
    """One registration: one type of record, one address, headers of the registrar's own."""

    webhook_id: str
    entity_type: str
    url: str
    headers: Mapping[str, str]
    secret: str

    def as_json(self) -> dict[str, Any]:
        """Return it as the management calls show it."""
        headers = [{"name": name, "value": value} for name, value in self.headers.items()]
        return {
            "id": self.webhook_id,
            "entityType": self.entity_type,
            "webhookUrl": self.url,
            "headers": headers,
            "secret": self.secret,
        }


SIGNATURES: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    "A": lambda body, secret: hmac.new(secret, body, hashlib.sha512).digest(),
    "B": lambda body, secret: hashlib.sha512(body + secret).digest(),
    "C": lambda body, secret: hashlib.sha512(secret + body).digest(),
}


def sign(variant: str, body: bytes, secret: str) -> str | None:
    """Return the header's value; variants besides A, B, C are mistakes to test with, `missing` gives none."""
    key = secret.encode()
    match variant:
        case "missing":
            return None
        case "wrong":
            return b64encode(SIGNATURES["A"](body, b"another secret")).decode()
        case "hex_text":
            return b64encode(SIGNATURES["A"](body, key).hex().encode()).decode()
        case _:
            return b64encode(SIGNATURES[variant](body, key)).decode()


@dataclass(order=True)
class _Delivery:
    due: float
    number: int
    webhook: Webhook = field(compare=False)
    change: Change = field(compare=False)
    attempt: int = field(default=1, compare=False)


class Dispatcher:
    """Delivers changes to the webhooks of their type; a receiver that is away blocks nobody."""

    def __init__(self, switches: Callable[[], Mapping[str, Any]], now: Callable[[], str]) -> None:
        self._switches = switches
        self._now = now
        self._waiting: list[_Delivery] = []
        self._busy = 0
        self._numbers = count()
        self._changed = Condition()
        self._started = False
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="tribe-webhook")
        self.random = Random(0)
        self.log: list[dict[str, Any]] = []

    def fire(self, webhook: Webhook, change: Change) -> None:
        """Plan the delivery of a change, as the switches say: soon, late, twice or not at all."""
        switches = self._switches()
        if self.random.random() < switches["drop_webhooks"]:
            return
        copies = 2 if self.random.random() < switches["duplicate_webhooks"] else 1
        longest = float(switches["webhook_delay_seconds"])
        for _ in range(copies):
            is_late = self.random.random() < switches["shuffle_webhooks"]
            delay = self.random.uniform(0, longest) * (10 if is_late else 1)
            self._plan(_Delivery(time.monotonic() + delay, next(self._numbers), webhook, change))

    def is_idle(self) -> bool:
        """Tell whether nothing is on its way."""
        with self._changed:
            return not self._waiting and self._busy == 0

    def clear(self) -> None:
        """Forget what is planned and what was delivered."""
        with self._changed:
            self._waiting.clear()
            self.log.clear()

    def _plan(self, delivery: _Delivery) -> None:
        with self._changed:
            heapq.heappush(self._waiting, delivery)
            self._changed.notify_all()
            if not self._started:
                self._started = True
                Thread(target=self._run, daemon=True, name="tribe-dispatcher").start()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting or self._waiting[0].due > time.monotonic():
                    wait = max(self._waiting[0].due - time.monotonic(), 0) if self._waiting else None
                    self._changed.wait(wait)
                delivery = heapq.heappop(self._waiting)
                self._busy += 1
            self._pool.submit(self._deliver, delivery)

    def _deliver(self, delivery: _Delivery) -> None:
        status = 0
        try:
            status = self._post(delivery)
        finally:
            with self._changed:
                self.log.append(self._entry(delivery, status))
                self._busy -= 1
        retries = self._switches()["webhook_retries"]
        if status not in SUCCESS and delivery.attempt <= retries:
            again = time.monotonic() + 10 * 6 ** (delivery.attempt - 1)
            self._plan(_Delivery(again, next(self._numbers), delivery.webhook, delivery.change, delivery.attempt + 1))

    def _post(self, delivery: _Delivery) -> int:
        switches = self._switches()
        payload = SHAPES[switches["webhook_shape"]](delivery.change)
        body = json.dumps(
            {"webhookId": delivery.webhook.webhook_id, "payload": payload}, ensure_ascii=False, separators=(",", ":")
        ).encode()
        headers = {"Content-Type": "application/json", **delivery.webhook.headers}
        signature = sign(switches["signature_variant"], body, delivery.webhook.secret)
        if signature is not None:
            headers[switches["signature_header"]] = signature
        try:
            return httpx.post(
                delivery.webhook.url, content=body, headers=headers, timeout=20, trust_env=False
            ).status_code
        except httpx.HTTPError:
            return 0

    def _entry(self, delivery: _Delivery, status: int) -> dict[str, Any]:
        return {
            "at": self._now(),
            "webhook_id": delivery.webhook.webhook_id,
            "entity_type": delivery.change.entity_type,
            "entity_id": delivery.change.record_id,
            "mutation": delivery.change.mutation,
            "status": status,
            "attempt": delivery.attempt,
        }
