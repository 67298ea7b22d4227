"""Every minute: put what is due on the queues, and start nightly tasks, the first at four (design 3)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from tribe_yuki.connections.context import (
    CATCH_UP,
    COMPARE_CONTACTS,
    CUSTOMER_CHECK,
    POLL_CONTACTS,
    RECONCILE_INVOICES,
    SEND_DIGEST,
    TELL_FIRST_HOLDS,
)
from tribe_yuki.connections.store import WorkQueues
from tribe_yuki.core.calendar import last_hour
from tribe_yuki.core.errors import code_of
from tribe_yuki.core.holds import Owner
from tribe_yuki.invoices.store import InvoiceStores
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.open_items import held_records
from tribe_yuki.work.due import ConnectionSnapshot, DueItem

MOST_ITEMS = 1000
# The nightly tasks by the hour in Amsterdam at which they begin: after the hour that a clock change repeats or leaves
# out, and after midnight's new allowance of Yuki calls. The digest comes after them, and before people begin.
NIGHTLY: Mapping[str, int] = {CATCH_UP: 4, COMPARE_CONTACTS: 5, RECONCILE_INVOICES: 6, SEND_DIGEST: 7}
# With the minute of the sweep itself, a first hold is told within five.
TOLD_EVERY = timedelta(minutes=4)
# No connection is begun with less than this left: all have to be measured, and what was measured has to be told.
TIME_TO_MEASURE = timedelta(seconds=20)
TIME_TO_EMIT = timedelta(seconds=5)
_INVOICE_KINDS = frozenset({"invoice", "pending_invoices"})


@dataclass(slots=True)
class Gauges:
    """What the sweep saw, for the dashboard: sums over all connections, and of times and shares the worst.

    `poll_age` is the time since the last poll in intervals, `yuki_budget` the part of the day's calls that is used.
    `failing` are the connections that something went wrong with, that the time did not suffice for, or one of whose
    tasks fails.
    """

    connections: int = 0
    due: int = 0
    oldest_due_seconds: float = 0
    breakers_open: int = 0
    poll_age: float = 0
    yuki_budget: float = 0
    held: Counter[Owner] = field(default_factory=Counter)
    unconfirmed: int = 0
    failing: set[str] = field(default_factory=set)


class SweepStore(Protocol):
    """What the sweep reads of all connections."""

    def activated(self) -> Iterable[tuple[str, bool]]:
        """Yield the id of each connection that was activated, and whether it is paused."""
        ...

    def stores(self, connection_id: str) -> InvoiceStores:
        """Return the stores of a connection."""
        ...

    def due(self, connection_id: str, now: datetime, *, limit: int) -> Iterable[DueItem]:
        """Yield what is due of a connection, longest due first."""
        ...

    def snapshot(self, connection_id: str, now: datetime, *, is_paused: bool) -> ConnectionSnapshot | None:
        """Return what is known of a connection; None when it is gone meanwhile. Raises Defect or Retryable."""
        ...


def sweep(
    store: SweepStore,
    now: datetime,
    time_left: Callable[[], timedelta] = lambda: timedelta.max,
    note: Callable[[str, str], None] = lambda _connection_id, _code: None,
) -> Gauges:
    """Put due work on the queues: one message per connection with its invoices, one per relation.

    Paused connections rest. An open breaker whose probe is due gets one message, so that somebody looks whether
    Yuki is back. What goes wrong with a connection is told to `note` and keeps no other from its turn; the next
    minute tries again. Each minute begins with another one, so that what the time does not suffice for differs.
    Raises Retryable only when the connections themselves cannot be listed.
    """
    tick = Tick(store, now, time_left, note)
    for connection_id, is_paused in _from_the_turn(list(store.activated()), now):
        tick.attempt(connection_id, TIME_TO_MEASURE, partial(tick.wake, connection_id, is_paused=is_paused))
    # Only when all work is on its way: telling of it must not keep it.
    for connection in tick.snapshots:
        tick.attempt(connection.connection_id, TIME_TO_EMIT, partial(tick.measure, connection))
    return tick.gauges


def _from_the_turn[One](connections: Sequence[One], now: datetime) -> Sequence[One]:
    turn = int(now.timestamp()) // 60 % len(connections) if connections else 0
    return [*connections[turn:], *connections[:turn]]


@dataclass(slots=True)
class Tick:
    """One sweep, connection by connection."""

    store: SweepStore
    now: datetime
    time_left: Callable[[], timedelta]
    note: Callable[[str, str], None]
    gauges: Gauges = field(default_factory=Gauges)
    snapshots: list[ConnectionSnapshot] = field(default_factory=list)

    def attempt(self, connection_id: str, needs: timedelta, act: Callable[[], None]) -> None:
        """Do something for a connection; count it as failing, and say so, when it goes wrong or time runs out."""
        if self.time_left() < needs:
            self._give_up(connection_id, "tick_too_short")
            return
        try:
            act()
        except Exception as error:  # noqa: BLE001 (whatever it is, the other connections have their turn)
            self._give_up(connection_id, code_of(error))

    def wake(self, connection_id: str, *, is_paused: bool) -> None:
        """Put what is due of a connection on the queues."""
        connection = self.store.snapshot(connection_id, self.now, is_paused=is_paused)
        if connection is None:
            return
        self.snapshots.append(connection)
        if not is_paused:
            due = list(self.store.due(connection_id, self.now, limit=MOST_ITEMS))
            _wake(connection, due, self.store.stores(connection_id).queues, self.now, self.gauges)

    def measure(self, connection: ConnectionSnapshot) -> None:
        """Add what is to be told of a connection."""
        _measure(connection, self.store.stores(connection.connection_id), self.now, self.gauges)

    def _give_up(self, connection_id: str, code: str) -> None:
        self.gauges.failing.add(connection_id)
        self.note(connection_id, code)


def _measure(connection: ConnectionSnapshot, stores: InvoiceStores, now: datetime, gauges: Gauges) -> None:
    """Add what is to be told of a connection; what waits for a person counts while it is paused too."""
    gauges.connections += 1
    gauges.yuki_budget = max(gauges.yuki_budget, connection.yuki_budget_used)
    gauges.held.update(item.owner for item in held_records(stores))
    gauges.unconfirmed += len(stores.transfers.in_state(State.UNCONFIRMED))
    if connection.is_paused:
        return
    if any(task.is_failing for task in connection.unfinished_tasks.values()):
        gauges.failing.add(connection.connection_id)
    gauges.breakers_open += connection.breaker_probe_at is not None
    if not (connection.is_importing or connection.polls_wait_for_midnight):
        gauges.poll_age = max(gauges.poll_age, _poll_age(connection, now))


def _poll_age(connection: ConnectionSnapshot, now: datetime) -> float:
    """Return how many intervals the last poll is ago; one that waited for midnight's calls is late from then on."""
    polled_at = connection.began.get(POLL_CONTACTS, connection.settings.activated_at)
    if POLL_CONTACTS in connection.unfinished_tasks:
        polled_at = max(polled_at, last_hour(now, 0))
    return (now - polled_at) / timedelta(minutes=connection.settings.poll_interval_minutes)


def _wake(
    connection: ConnectionSnapshot, due: Sequence[DueItem], queues: WorkQueues, now: datetime, gauges: Gauges
) -> None:
    gauges.due += len(due)
    for item in due:
        gauges.oldest_due_seconds = max(gauges.oldest_due_seconds, (now - item.due_at).total_seconds())
    if connection.breaker_probe_at is None:
        _push(due, queues, now)
    elif connection.breaker_probe_at <= now:
        queues.enqueue_invoices([], now)
    for task, after in due_tasks(connection, now):
        queues.start_task_again(task, now, after=after)


def _push(due: Sequence[DueItem], queues: WorkQueues, now: datetime) -> None:
    invoices = [item.record_id for item in due if item.kind in _INVOICE_KINDS]
    if invoices:
        queues.enqueue_invoices(invoices, now)
    for item in due:
        if item.kind not in _INVOICE_KINDS:
            queues.enqueue_relation(item.record_id, now)


def due_tasks(connection: ConnectionSnapshot, now: datetime) -> Iterator[tuple[str, datetime | None]]:
    """Yield the tasks to start: those that could not be finished when their pause is over, the others in their turn.

    Each comes with when it began last, or was to be started again.
    """
    for task, unfinished in connection.unfinished_tasks.items():
        if unfinished.again_at <= now:
            yield task, unfinished.again_at
    for task in tasks_in_turn(connection, now):
        if task not in connection.unfinished_tasks:
            yield task, connection.began.get(task)


def tasks_in_turn(connection: ConnectionSnapshot, now: datetime) -> Iterator[str]:
    """Yield the tasks whose interval is over or whose hour has come."""
    interval = timedelta(minutes=connection.settings.poll_interval_minutes)
    for task, every in ((POLL_CONTACTS, interval), (CUSTOMER_CHECK, interval), (TELL_FIRST_HOLDS, TOLD_EVERY)):
        began = connection.began.get(task)
        if began is None or now - began >= every:
            yield task
    for task, hour in NIGHTLY.items():
        if connection.began.get(task, connection.settings.activated_at) < last_hour(now, hour):
            yield task
