"""A clock for tests."""

from datetime import datetime


class MovedClock:
    """A clock that moves only when told."""

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def now(self) -> datetime:
        """Return the test's current instant."""
        return self.instant
