"""The time."""

from datetime import UTC, datetime
from typing import Protocol, override


class Clock(Protocol):
    """The time, so that tests can move it."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class SystemClock(Clock):
    """The time of the machine."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)
