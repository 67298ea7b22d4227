"""The stores of one connection that only an operator uses, and those of all connections, as Protocols."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.connections.store import BreakerStore
from tribe_yuki.core.journal import JournalEntry, Subject, WrittenEntry
from tribe_yuki.invoices.store import InvoiceStores


class SecretStore(Protocol):
    """A connection's secrets by kind: `webhook`, `credentials`, `tribe-token`. Each is a JSON object.

    Raises Retryable when Secrets Manager fails, Defect when it refuses or a secret is no JSON object.
    """

    def read(self, kind: str) -> dict[str, Any] | None:
        """Return a secret, or None when there is none."""
        ...

    def write(self, kind: str, value: Mapping[str, object]) -> None:
        """Make a secret, or replace what it holds, also when it is marked as deleted."""
        ...

    def delete(self, kind: str) -> None:
        """Remove a secret at once, without a recovery window; a secret that is gone already is fine."""
        ...


class JournalStore(Protocol):
    """What happened to a connection's records."""

    def name_of(self, subject: Subject) -> str:
        """Return what a subject is called in the table, such as `invoice#<id>`."""
        ...

    def entries(self, subject: Subject) -> list[WrittenEntry]:
        """Return all entries about a subject, oldest first."""
        ...

    def forget(self, subject: Subject, *, but: str) -> int:
        """Delete all entries about a subject but the last one with a code; return how many there were."""
        ...

    def reduce(self, subject: Subject, reduced: Callable[[JournalEntry], JournalEntry]) -> int:
        """Replace the facts of each entry about a subject by those of `reduced`; return how many lost something."""
        ...


class WebhookAnswer(Protocol):
    """One call of Tribe that the webhook function answered."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        ...

    @property
    def header_names(self) -> Sequence[str]:
        """Return the names of the headers that came; empty when the call was accepted."""
        ...

    @property
    def reasons(self) -> Sequence[str]:
        """Return why it was refused."""
        ...


class WebhookLog(Protocol):
    """What the webhook function wrote about the calls to a connection that it answered."""

    def answers(self, since: datetime) -> Sequence[WebhookAnswer] | None:
        """Return its answers since an instant, oldest first; None when the log cannot be read."""
        ...


@dataclass(frozen=True, kw_only=True)
class AdminStores(InvoiceStores):
    """Everything that is stored of one connection."""

    breaker: BreakerStore
    journal: JournalStore
    secrets: SecretStore
    webhook_log: WebhookLog


class ConnectionRecordStore(Protocol):
    """The settings and the status of all connections."""

    def all_ids(self) -> list[str]:
        """Return the ids of all connections that are not disconnected."""
        ...

    def get(self, connection_id: str) -> ConnectionRecord | None:
        """Return a connection, also one that is disconnected."""
        ...

    def save(self, record: ConnectionRecord, entries: Sequence[JournalEntry], now: datetime) -> None:
        """Store a connection with journal entries; raise Conflict when somebody else stored it meanwhile."""
        ...

    def note(self, connection_id: str, entry: JournalEntry, now: datetime) -> None:
        """Store a journal entry about the connection alone."""
        ...

    def forget_yuki_session(self, connection_id: str) -> None:
        """Delete the session of a key that is replaced or given up."""
        ...
