"""The budget of Yuki's calls in a day: contacts stop at 83 % of the limit, invoices at 98 % (design 7)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tribe_yuki.core.calendar import AMSTERDAM

WRITES = frozenset({"UpdateContact", "ProcessSalesInvoices"})
# Once Yuki itself said that its limit is reached, one read an hour asks whether that is over.
PROBE_LIMIT_EVERY = timedelta(hours=1)
SHORTEST_WAIT = timedelta(seconds=1)


class Priority(StrEnum):
    """Who spends the calls; the value is the percentage of the limit at which its spending stops."""

    CONTACTS = "83"
    INVOICES = "98"

    def allowance(self, daily_limit: int) -> int:
        """Return how many calls of a day's limit may be used when it asks for another."""
        return daily_limit * int(self) // 100


@dataclass(frozen=True, slots=True)
class DayCount:
    """The calls of a domain on one day in Amsterdam.

    The day is blocked once Yuki itself said that its limit is reached; from `probe_at` on a read may ask again.
    """

    calls: int = 0
    is_blocked: bool = False
    probe_at: datetime | None = None

    def wait(self, allowance: int, now: datetime) -> timedelta:
        """Return how long a refused call waits: for midnight, or for the next probe if only Yuki's word blocks it."""
        midnight = next_midnight(now) - now
        if self.probe_at is None or self.calls >= allowance:
            return midnight
        return min(midnight, max(self.probe_at - now, SHORTEST_WAIT))


def day_of(instant: datetime) -> date:
    """Return the day whose calls an instant counts among: Yuki's days begin at midnight in Amsterdam."""
    return instant.astimezone(AMSTERDAM).date()


def next_midnight(now: datetime) -> datetime:
    """Return the instant at which the next day begins in Amsterdam."""
    tomorrow = day_of(now) + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=AMSTERDAM)
