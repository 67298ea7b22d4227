"""The world with functions that run at the same time and calls that take time, as in the cloud.

Lambda runs several invocations of a function at once, and each call to Tribe or Yuki takes a while: how fast work goes
and who waits for whom follows from that. Everything else takes no time.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, override

from tests.support.faults.simultaneous import Simultaneous
from tests.support.world.workers import make_worker
from tests.support.world.world import World, open_world
from tests.support.world.world_queues import CONTACT, INVOICE, RETRY, TASK
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.yuki.transport import HttpTransport, RawAnswer
from tribe_yuki.contacts.push import push_contacts
from tribe_yuki.entrypoints.worker import UseCase, Worker
from tribe_yuki.invoices.receive import push_invoices
from tribe_yuki.work.slices import RUN_SEPARATOR
from tribe_yuki.work.tasks import run_task

TRIBE_SECONDS = 0.1
YUKI_SECONDS = 0.3
MINUTE = timedelta(minutes=1)
# As many as the template lets run at once; the tasks of one connection are one group of their queue, so one at a time.
INVOCATIONS: Mapping[str, int] = {"contact_push": 5, "invoice_push": 2, "connection_task": 1}
USE_CASES: Mapping[str, UseCase] = {"contact_push": push_contacts, "invoice_push": push_invoices}
QUEUES: Mapping[str, str] = {
    CONTACT: "contact_push",
    INVOICE: "invoice_push",
    RETRY: "invoice_push",
    TASK: "connection_task",
}

_OPERATION = re.compile(rb"Body>\s*<(?:\w+:)?(\w+)")
_CODE = re.compile(rb"<(?:\w+:)?Code>")

type Handler = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class TimedCall:
    """One call to Tribe or Yuki by a function, or by a task of `connection_task`.

    `what` is such as "GET Address", or "UpdateContact Code" with a code.
    """

    at: datetime
    by: str
    what: str


class TimedWorker(Worker):
    """A worker whose calls to Tribe take simulated time."""

    before_tribe: Callable[[str], None]

    @override
    def before_tribe_call(self, connection_id: str, call: str) -> None:
        self.before_tribe(call)
        super().before_tribe_call(connection_id, call)


class TimedTransport(HttpTransport):
    """A transport whose calls to Yuki take simulated time; `after` hears of each one with its body."""

    def __init__(self, before: Callable[[], None], after: Callable[[bytes], None]) -> None:
        super().__init__()
        self._before = before
        self._after = after

    @override
    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
        self._before()
        answer = super().post(url, body, headers)
        self._after(body)
        return answer


@dataclass(slots=True)
class BusyWorld:
    """A world whose functions overlap; `run` replaces the world's own."""

    world: World
    simultaneous: Simultaneous
    idle: dict[str, deque[Handler]] = field(default_factory=dict)
    tribe_calls: list[TimedCall] = field(default_factory=list)
    yuki_calls: list[TimedCall] = field(default_factory=list)
    task: str = ""
    longest: dict[str, timedelta] = field(default_factory=dict)
    on_update_contact: Callable[[str, bytes], None] = lambda _function, _body: None
    _wrote_to_tribe: bool = False

    def run_until(self, end: datetime) -> None:
        """Let time pass: messages are handled when they become visible, and the sweep comes once a minute."""
        clock = self.world.clock
        while True:
            self._invoke()
            tick = _next_minute(clock.instant)
            goes_on = self.simultaneous.next_at
            at = min(filter(None, (goes_on, self._next_visible(), tick, end)))
            if at == goes_on:
                self.simultaneous.go_on()
                continue
            self.world.set_time(at)
            if at == tick:
                self.world.poller.tick()
            if at == end:
                return

    def handle(self, function: str, worker: Worker, event: Mapping[str, Any]) -> Any:
        """Run a function as Lambda would."""
        began = self.world.clock.instant
        context = self.world.context(function)
        if function in USE_CASES:
            answer = worker.handle_ids(event, context, USE_CASES[function])
        else:
            self.task = json.loads(event["Records"][0]["body"])["task"].partition(RUN_SEPARATOR)[0]
            answer = worker.handle_tasks(event, context, run_task)
        self._settle_after_write()
        self.longest[function] = max(self.longest.get(function, timedelta()), self.world.clock.instant - began)
        return answer

    def before_tribe(self, function: str, what: str) -> None:
        """Let the time of a call to Tribe pass."""
        self._settle_after_write()
        self.simultaneous.wait(TRIBE_SECONDS)
        self._wrote_to_tribe = not what.startswith("GET ")
        self.tribe_calls.append(self._call(function, what))

    def before_yuki(self) -> None:
        """Let the time of a call to Yuki pass."""
        self._settle_after_write()
        self.simultaneous.wait(YUKI_SECONDS)

    def after_yuki(self, function: str, body: bytes) -> None:
        """Note a call to Yuki that was answered."""
        operation = _operation(body)
        is_write = operation == "UpdateContact"
        what = f"{operation} Code" if is_write and _CODE.search(body) else operation
        self.yuki_calls.append(self._call(function, what))
        if is_write:
            self.on_update_contact(self.yuki_calls[-1].by, body)

    def _invoke(self) -> None:
        """Start invocations as long as there are messages and idle ones."""
        for queue, function in QUEUES.items():
            while self.idle[function] and self._visible(queue):
                handler = self.idle[function].popleft()
                self.simultaneous.start(partial(self._deliver, queue, function, handler))

    def _deliver(self, queue: str, function: str, handler: Handler) -> None:
        self.world.sqs.deliver(queue, handler)
        self.idle[function].append(handler)

    def _visible(self, queue: str) -> bool:
        return bool(self.world.sqs.queues[queue].visible(self.world.clock.instant))

    def _next_visible(self) -> datetime | None:
        """Return when the next message of a queue with idle invocations becomes visible."""
        now, queues = self.world.clock.instant, self.world.sqs.queues
        waiting = (queues[queue].next_visible(now) for queue, function in QUEUES.items() if self.idle[function])
        return min(filter(None, waiting), default=None)

    def _call(self, function: str, what: str) -> TimedCall:
        return TimedCall(self.world.clock.instant, self.task if function == "connection_task" else function, what)

    def _settle_after_write(self) -> None:
        if self._wrote_to_tribe:
            self._wrote_to_tribe = False
            self.world.settle_webhooks()


def open_busy_world(stack: ExitStack, *, tables: Any = None, yuki_seed: Path | None = None) -> BusyWorld:
    """Open a world whose functions overlap; `tables` is the client of DynamoDB for `connection_task`, if another."""
    world = open_world(stack, yuki_seed=yuki_seed)
    busy = BusyWorld(world, Simultaneous(world.clock.now, world.set_time))
    for function, most in INVOCATIONS.items():
        db = DynamoDb(tables(world.dynamodb)) if tables and function == "connection_task" else world.db
        workers = [_timed_worker(busy, function, db) for _ in range(most)]
        busy.idle[function] = deque(partial(busy.handle, function, worker) for worker in workers)
        for worker in workers:
            stack.callback(worker.close)
    return busy


def most_in_a_minute(instants: Iterable[datetime]) -> int:
    """Return the highest number of instants within any sixty seconds."""
    recent: deque[datetime] = deque()
    most = 0
    for instant in sorted(instants):
        recent.append(instant)
        while recent[0] <= instant - MINUTE:
            recent.popleft()
        most = max(most, len(recent))
    return most


def _timed_worker(busy: BusyWorld, function: str, db: DynamoDb) -> Worker:
    world = busy.world
    plain = make_worker(
        function, world.clock, db, world.sqs, world.aws_client("secretsmanager"), world.tribe_url, world.yuki_url
    )
    plain.yuki_transport.close()
    parts = {one.name: getattr(plain, one.name) for one in fields(plain)}
    transport = TimedTransport(busy.before_yuki, partial(busy.after_yuki, function))
    worker = TimedWorker(**{**parts, "yuki_transport": transport})
    worker.before_tribe = partial(busy.before_tribe, function)
    return worker


def _next_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0) + MINUTE


def _operation(body: bytes) -> str:
    found = _OPERATION.search(body)
    return found[1].decode() if found else ""
