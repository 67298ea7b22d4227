"""Until when Tribe wants to be left alone: looked up before each call to it, but not once more each time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import override

from tribe_yuki.adapters.aws.timestamps import Timestamps
from tribe_yuki.connections.context import TRIBE_PAUSE

KNOWN_FOR = timedelta(seconds=1)

type KnownPauses = dict[str, tuple[datetime, datetime | None]]
"""When a pause was looked up, and until when it is, by connection."""


@dataclass(frozen=True)
class PauseTimestamps(Timestamps):
    """A connection's timestamps; the process knows for a second what it read or stored of Tribe's pause."""

    now: Callable[[], datetime]
    known: KnownPauses

    def pause(self) -> datetime | None:
        """Return until when Tribe wants to be left alone, be it by another worker's doing; None without a pause."""
        now = self.now()
        known = self.known.get(self.connection_id)
        if known is None or not known[0] <= now < known[0] + KNOWN_FOR:
            known = self.known[self.connection_id] = (now, self.get(TRIBE_PAUSE))
        return known[1]

    @override
    def set(self, name: str, instant: datetime) -> None:
        super().set(name, instant)
        if name == TRIBE_PAUSE:
            self.known[self.connection_id] = (self.now(), instant)
