"""How fast work in bulk may call Tribe: the webhooks of people need room beside it (design 7)."""

from dataclasses import replace
from datetime import datetime, timedelta

from tribe_yuki.domain.progress import Progress
from tribe_yuki.sync.connection import Connection

# Tribe takes 1,000 calls a minute and bulk work may have 80 % of them. What is written comes back as webhooks, which
# cost about as much again as a third of the writing, so that bulk work stops earlier.
CALLS_PER_MINUTE = 500
MINUTE = timedelta(minutes=1)


def pause_until(progress: Progress, now: datetime) -> datetime | None:
    """Return when the next slice may begin; None when at once."""
    end = progress.minute_began_at + MINUTE
    return end if progress.calls_in_minute >= CALLS_PER_MINUTE and end > now else None


def counted(connection: Connection, progress: Progress) -> Progress:
    """Return the progress with this invocation's calls to Tribe added to those of the minute."""
    now = connection.now()
    calls = connection.tribe_calls()
    if now >= progress.minute_began_at + MINUTE:
        return replace(progress, minute_began_at=now, calls_in_minute=calls)
    return replace(progress, calls_in_minute=progress.calls_in_minute + calls)
