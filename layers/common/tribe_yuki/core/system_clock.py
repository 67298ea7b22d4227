"""The real clock."""

from datetime import UTC, datetime


class SystemClock:
    """Tells the time of the machine."""

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return datetime.now(UTC)
