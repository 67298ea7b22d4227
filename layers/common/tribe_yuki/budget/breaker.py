"""When Yuki is left alone: after five failures of transport in a row, until a read finds it back (design 7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tribe_yuki.budget.yuki_budget import SHORTEST_WAIT, Priority

OPENS_AFTER = 5
PROBE_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class BreakerState:
    """A connection's breaker; `slow_since` is when Yuki asked for a pause, which keeps no other call back."""

    failures: int = 0
    open_since: datetime | None = None
    probe_at: datetime | None = None
    slow_since: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether Yuki is left alone."""
        return self.open_since is not None

    @property
    def has_to_open(self) -> bool:
        """Whether Yuki has failed often enough in a row."""
        return self.failures >= OPENS_AFTER

    @property
    def tells_of_recovery(self) -> bool:
        """Whether an answer of Yuki is news to the work that waits: it was away, or asked for a pause."""
        return self.is_open or self.slow_since is not None

    def wait(self, now: datetime, *, is_write: bool) -> timedelta | None:
        """Return how long a call waits; None when it may go, from `probe_at` on as a probe. Writes never probe."""
        if not self.is_open or self.probe_at is None:
            return None
        return max(self.probe_at - now, SHORTEST_WAIT) if is_write or now < self.probe_at else None

    def keeps_the_pause(self, priority: Priority) -> bool:
        """Whether closing leaves the pause to the worker that sends invoices, which releases what waits for its end."""
        return self.slow_since is not None and priority is not Priority.INVOICES
