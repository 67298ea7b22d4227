"""The simulator's idea of what time it is."""

from datetime import UTC, datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

# Both systems show the time of Amsterdam.
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class SimulatorClock:
    """Tell the time: real until somebody sets it, and standing still from then on.

    All instants are aware and in UTC.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._fixed: datetime | None = None
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the current simulated instant."""
        with self._lock:
            return self._fixed if self._fixed is not None else datetime.now(UTC) + self._offset

    def set(self, instant: datetime | None) -> None:
        """Stop the clock at an instant, or let it follow real time again with None."""
        with self._lock:
            self._fixed = instant.astimezone(UTC) if instant is not None else None
            self._offset = timedelta()

    def advance(self, seconds: float) -> None:
        """Move the clock forward (or back), whether it stands still or runs."""
        with self._lock:
            if self._fixed is not None:
                self._fixed += timedelta(seconds=seconds)
            else:
                self._offset += timedelta(seconds=seconds)
