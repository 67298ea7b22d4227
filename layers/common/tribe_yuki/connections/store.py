"""What is stored of a connection as a whole, and the work that it asks for, as Protocols.

Every store is made for one connection. Every method may raise Retryable, or Defect when the tables refuse.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tribe_yuki.budget.breaker import BreakerState
from tribe_yuki.connections.administration import AdministrationCodes, OwnCompany
from tribe_yuki.connections.lease import Lease
from tribe_yuki.work.progress import Progress, UnfinishedTask


class TimestampStore(Protocol):
    """Instants by name, such as when a task began last."""

    def get(self, name: str) -> datetime | None:
        """Return the instant stored under a name, or None."""
        ...

    def set(self, name: str, instant: datetime) -> None:
        """Store an instant under a name."""
        ...

    def all(self) -> Mapping[str, datetime]:
        """Return all instants by name."""
        ...


class TaskStore(Protocol):
    """The state of a connection's tasks."""

    def unfinished(self) -> dict[str, UnfinishedTask]:
        """Return the tasks that have to be started again, and when."""
        ...

    def postpone(self, task: str, unfinished: UnfinishedTask) -> None:
        """Remember that a task has to be started again, and when."""
        ...

    def clear(self, task: str) -> None:
        """Remember that a task need not be started again."""
        ...

    def progress(self, task: str) -> Progress | None:
        """Return how far the newest run of a task has come, or None when it never ran."""
        ...

    def save_progress(self, progress: Progress, former: Progress | None) -> None:
        """Move a run on; raise Conflict when another worker moved it on meanwhile."""
        ...

    def save_visited(self, run: str, name: str, ids: Sequence[str], now: datetime) -> None:
        """Remember for a week which records a run visited in one of its parts."""
        ...

    def visited(self, run: str) -> Iterator[str]:
        """Yield the records that a run visited."""
        ...

    def visits_of(self, record_id: str) -> list[str]:
        """Return the stored lists of visited records that name a record, such as `seen#<run>#customers#1`."""
        ...

    def forget_visits_of(self, record_id: str) -> int:
        """Take a record out of the lists of visited records; return how many named it."""
        ...


class LeaseStore(Protocol):
    """Leases, so that one worker at a time changes a record."""

    def acquire(self, lease: Lease, now: datetime, length: timedelta) -> str | None:
        """Return a token, or None while another worker holds the lease. A lease ends by itself after its length."""
        ...

    def release(self, lease: Lease, token: str) -> None:
        """End a lease early, unless another worker holds it by now."""
        ...


class AdministrationStore(Protocol):
    """What Yuki said about the administration when it was asked last."""

    def codes(self, *, not_older_than: datetime) -> AdministrationCodes | None:
        """Return VAT codes and ledger accounts, or None when they were asked for too long ago."""
        ...

    def save_codes(self, codes: AdministrationCodes, now: datetime) -> None:
        """Store VAT codes and ledger accounts."""
        ...

    def forget_codes(self) -> None:
        """Have VAT codes and ledger accounts asked for again."""
        ...

    def own_companies(self, *, not_older_than: datetime) -> tuple[OwnCompany, ...] | None:
        """Return the companies of the administrations, or None when they were asked for too long ago."""
        ...

    def save_own_companies(self, companies: tuple[OwnCompany, ...], now: datetime) -> None:
        """Store the companies of the administrations."""
        ...


class NoticeStore(Protocol):
    """What people were told at once."""

    def announced(self) -> frozenset[str]:
        """Return the kinds of holds that people were told of and that were there ever since."""
        ...

    def save_announced(self, kinds: Collection[str]) -> None:
        """Store the kinds of holds that people were told of."""
        ...


class BreakerStore(Protocol):
    """Whether Yuki is left alone because it does not answer."""

    def read(self) -> BreakerState | None:
        """Return the breaker's state; None while nothing is wrong."""
        ...


class WorkQueues(Protocol):
    """Work for the functions. Every method raises Retryable when a queue did not take it."""

    def enqueue_invoices(self, tribe_invoice_ids: Sequence[str], now: datetime, *, delay_seconds: int = 0) -> None:
        """Have invoices looked at again; without ids, have the connection's ready transfers sent."""
        ...

    def enqueue_relation(self, tribe_relation_id: str, now: datetime) -> None:
        """Have a relation looked at again; several calls within a minute are one message."""
        ...

    def start_task(self, task: str, now: datetime, *, window_seconds: int) -> None:
        """Start a task, at most once per window."""
        ...

    def start_task_again(self, task: str, now: datetime, *, after: datetime | None) -> None:
        """Start a task that began last, or was to be started again, at an instant: once, until that has changed.

        SQS knows a start that it had for five minutes; later ones find that the task began after they were asked for.
        A task that never began is started once a minute.
        """
        ...

    def continue_task(self, task: str, now: datetime, *, place: str) -> None:
        """Have the next slice of a task run; `place` tells it from all other slices, so each is asked for once."""
        ...

    def send_to_dead_letters(self, tribe_invoice_id: str, now: datetime) -> None:
        """Put a dead transfer's id on the dead-letter queue."""
        ...


@dataclass(frozen=True, kw_only=True)
class ConnectionStores:
    """The stores of one connection that every feature needs, and its queues."""

    connection_id: str
    timestamps: TimestampStore
    tasks: TaskStore
    leases: LeaseStore
    administration: AdministrationStore
    notices: NoticeStore
    queues: WorkQueues
