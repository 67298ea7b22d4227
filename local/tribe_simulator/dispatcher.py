"""Deliver webhooks over HTTP from threads of its own, so that a receiver that is away holds up nobody."""

import heapq
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from random import Random
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

import httpx

from local.tribe_simulator.signatures import sign

# Seconds to wait before each repetition, should Tribe repeat at all (tribe-api 9).
RETRY_WAITS = (10, 60, 600)
# A worker with nothing to do ends; the next delivery starts another.
_IDLE_SECONDS = 0.5
_SHUFFLE_SECONDS = 0.2
_NO_ANSWER = 0


@dataclass(frozen=True)
class Delivery:
    """One body on its way to one webhook; `about` is what the state tells of it."""

    url: str
    headers: Mapping[str, str]
    secret: str
    body: bytes
    about: Mapping[str, Any]
    attempt: int = 1


@dataclass(order=True)
class _Planned:
    due: float
    number: int
    delivery: Delivery = field(compare=False)


class Dispatcher:
    """Plans and makes deliveries; `now` is the simulator's clock, by which repetitions wait."""

    def __init__(self, read_switches: Callable[[], Mapping[str, Any]], now: Callable[[], datetime]) -> None:
        self._read_switches = read_switches
        self._now = now
        self._changed = Condition()
        self._soon: list[_Planned] = []
        self._later: list[tuple[datetime, Delivery]] = []
        self._numbers = count()
        self._workers = 0
        self._busy = 0
        self._generation = 0
        self.random = Random(0)
        self.log: list[dict[str, Any]] = []

    def plan(self, delivery: Delivery) -> None:
        """Plan a delivery as the switches say: soon, after later ones, twice, or not at all."""
        switches = self._read_switches()
        with self._changed:
            if self.random.random() < switches["drop_webhooks"]:
                self.log.append(self._entry(delivery, "dropped", None))
                return
            copies = 2 if self.random.random() < switches["duplicate_webhooks"] else 1
            for _ in range(copies):
                self._add(delivery, self._wait(switches))

    def pending(self) -> int:
        """Return how many deliveries are on their way or due by the simulator's clock."""
        with self._changed:
            self._wake_due()
            return len(self._soon) + self._busy

    def waiting_for_retry(self) -> int:
        """Return how many repetitions wait for their time."""
        with self._changed:
            return len(self._later)

    def wait_until_idle(self, longest: float) -> bool:
        """Wait until nothing is on its way, but no longer than so many seconds; tell whether that is so."""
        with self._changed:
            self._wake_due()
            return self._changed.wait_for(lambda: not self._soon and not self._busy, longest)

    def clear(self) -> None:
        """Forget what is planned and what was delivered; what is on its way is not noted down any more."""
        with self._changed:
            self._soon.clear()
            self._later.clear()
            self.log.clear()
            self._generation += 1
            self._changed.notify_all()

    def entries(self) -> list[dict[str, Any]]:
        """Return what became of every delivery."""
        with self._changed:
            return list(self.log)

    def _wait(self, switches: Mapping[str, Any]) -> float:
        longest = float(switches["webhook_delay_seconds"])
        wait = self.random.uniform(0, longest)
        is_late = self.random.random() < switches["shuffle_webhooks"]
        return wait + self.random.uniform(longest, max(2 * longest, _SHUFFLE_SECONDS)) if is_late else wait

    def _add(self, delivery: Delivery, wait: float) -> None:
        heapq.heappush(self._soon, _Planned(time.monotonic() + wait, next(self._numbers), delivery))
        if self._workers < min(self._read_switches()["webhook_concurrency"], len(self._soon) + self._busy):
            self._workers += 1
            Thread(target=self._work, daemon=True, name="tribe-webhooks").start()
        self._changed.notify()

    def _wake_due(self) -> None:
        now = self._now()
        due = [delivery for instant, delivery in self._later if instant <= now]
        self._later = [(instant, delivery) for instant, delivery in self._later if instant > now]
        for delivery in due:
            self._add(delivery, 0)

    def _work(self) -> None:
        while (planned := self._next()) is not None:
            generation = self._generation
            status = self._post(planned.delivery)
            with self._changed:
                self._busy -= 1
                if generation == self._generation:
                    self._finish(planned.delivery, status)
                self._changed.notify_all()

    def _next(self) -> _Planned | None:
        """Wait for the next delivery that is due; None when there was nothing to do for a while."""
        with self._changed:
            while True:
                self._wake_due()
                wait = self._soon[0].due - time.monotonic() if self._soon else _IDLE_SECONDS
                if wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._soon)
                was_woken = self._changed.wait(min(wait, _IDLE_SECONDS))
                if not was_woken and not self._soon and not self._later:
                    self._workers -= 1
                    return None

    def _post(self, delivery: Delivery) -> int:
        switches = self._read_switches()
        headers = {"Content-Type": "application/json", **delivery.headers}
        signature = sign(switches["signature_variant"], delivery.body, delivery.secret)
        if signature is not None:
            headers[switches["signature_header"]] = signature
        timeout = float(switches["webhook_timeout_seconds"])
        try:
            with _http_client(delivery.url, timeout) as http:
                return http.post(delivery.url, content=delivery.body, headers=headers).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return _NO_ANSWER

    def _finish(self, delivery: Delivery, status: int) -> None:
        is_delivered = 200 <= status < 300  # noqa: PLR2004 (any success)
        outcome = "delivered" if is_delivered else "refused" if status else "no_answer"
        self.log.append(self._entry(delivery, outcome, status))
        if not is_delivered and delivery.attempt <= self._read_switches()["webhook_retries"]:
            wait = RETRY_WAITS[min(delivery.attempt, len(RETRY_WAITS)) - 1]
            again = replace(delivery, attempt=delivery.attempt + 1)
            self._later.append((self._now() + timedelta(seconds=wait), again))

    def _entry(self, delivery: Delivery, outcome: str, status: int | None) -> dict[str, Any]:
        ended = {"outcome": outcome, "status": status, "attempt": delivery.attempt}
        return {"at": self._now().isoformat(), **delivery.about, **ended}


def compact_json(value: Any) -> bytes:
    """Return JSON as Tribe sends and signs it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _http_client(url: str, timeout: float) -> httpx.Client:
    """Return a client for one delivery: connections are not kept, so that a restarted receiver loses nothing."""
    verify = _ssl_context() if urlsplit(url).scheme == "https" else False
    return httpx.Client(timeout=timeout, trust_env=False, verify=verify)


@cache
def _ssl_context() -> ssl.SSLContext:
    return ssl.create_default_context()
