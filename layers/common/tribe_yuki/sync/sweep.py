"""Every minute: put what is due on the queues (design 3)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tribe_yuki.domain.due import ConnectionAtRest, DueItem
from tribe_yuki.sync.connection import CATCH_UP, COMPARE_CONTACTS, CUSTOMER_CHECK, POLL_CONTACTS
from tribe_yuki.sync.ports import Queues

MOST_ITEMS = 1000
# The nightly tasks by the hour in Amsterdam at which they begin: after the hour that a clock change repeats or leaves
# out, and after midnight's new allowance of Yuki calls.
NIGHTLY: Mapping[str, int] = {CATCH_UP: 4, COMPARE_CONTACTS: 5}
_INVOICE_KINDS = frozenset({"invoice", "pending_invoices"})
_AGAIN_WINDOW = 60


@dataclass(slots=True)
class Gauges:
    """What the sweep saw, for the dashboard: maxima and sums over all connections."""

    due: int = 0
    oldest_due_seconds: float = 0
    breakers_open: int = 0
    connections: int = 0
    queued: dict[str, int] = field(default_factory=dict)


class Waiting(Protocol):
    """The records that wait in the tables."""

    def due(self, now: datetime, *, limit: int) -> Iterable[DueItem]:
        """Yield what is due, longest due first."""
        ...

    def connections(self, now: datetime) -> Iterable[ConnectionAtRest]:
        """Yield the connections that were activated."""
        ...


def sweep(waiting: Waiting, queues: Queues, now: datetime) -> Gauges:
    """Put due work on the queues: one message per connection with its invoices, one per relation.

    Paused connections rest. An open breaker whose probe is due gets one message, so that somebody looks whether
    Yuki is back. Raises Retryable when a queue did not take something; the next minute tries again.
    """
    gauges = Gauges()
    resting = {connection.connection_id: connection for connection in waiting.connections(now)}
    gauges.connections = len(resting)
    invoices: dict[str, list[str]] = defaultdict(list)
    for item in waiting.due(now, limit=MOST_ITEMS):
        connection = resting.get(item.connection_id)
        if connection is None or connection.is_paused:
            continue
        gauges.due += 1
        gauges.oldest_due_seconds = max(gauges.oldest_due_seconds, (now - item.due_at).total_seconds())
        if item.kind in _INVOICE_KINDS:
            invoices[item.connection_id].append(item.record_id)
        else:
            queues.push_relation(item.connection_id, item.record_id, now)
    _wake(resting.values(), invoices, queues, now, gauges)
    return gauges


def _wake(
    connections: Iterable[ConnectionAtRest],
    invoices: dict[str, list[str]],
    queues: Queues,
    now: datetime,
    gauges: Gauges,
) -> None:
    for connection in connections:
        if connection.is_paused:
            continue
        ids: Sequence[str] = invoices.get(connection.connection_id, [])
        probe_is_due = connection.breaker_probe_at is not None and connection.breaker_probe_at <= now
        gauges.breakers_open += connection.breaker_probe_at is not None
        if ids or probe_is_due:
            queues.push_invoices(connection.connection_id, ids, now)
        for task in connection.unfinished_tasks:
            queues.start_task(connection.connection_id, task, now, window_seconds=_AGAIN_WINDOW)
        for task in _due_tasks(connection, now):
            queues.start_task(connection.connection_id, task, now, window_seconds=_AGAIN_WINDOW)


def _due_tasks(connection: ConnectionAtRest, now: datetime) -> Iterator[str]:
    interval = timedelta(minutes=connection.settings.poll_interval_minutes)
    for task in (POLL_CONTACTS, CUSTOMER_CHECK):
        began = connection.began.get(task)
        if began is None or now - began >= interval:
            yield task
    for task, hour in NIGHTLY.items():
        if connection.began.get(task, connection.settings.activated_at) < last_night(now, hour):
            yield task


def last_night(now: datetime, hour: int) -> datetime:
    """Return the last instant, not after now, at which it was this hour in Amsterdam."""
    local = now.astimezone(ZoneInfo("Europe/Amsterdam"))
    at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return at if at <= local else at - timedelta(days=1)
