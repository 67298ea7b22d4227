"""Events about records whose kind could not be found out yet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tribe_yuki.core.details import Details


class Route(StrEnum):
    """The queue that an event came by."""

    CONTACTS = "contacts"
    INVOICES = "invoices"


@dataclass(frozen=True, slots=True)
class EventReceipt:
    """The ids that one event named, and when it came; `by_webhook` unless the connector itself asks for a look."""

    ids: tuple[str, ...]
    received_at: datetime
    by_webhook: bool = True


@dataclass(frozen=True, slots=True)
class DeferredEvent:
    """An event that waits, `since` when it was kept first, because its record could not be asked about or written.

    Its `reason` is why, last time; that of a hold, with its `details`, when a person has to see to it.
    """

    connection_id: str
    route: Route
    record_id: str
    attempt: int
    due_at: datetime
    reason: str
    since: datetime
    details: Details = ()
