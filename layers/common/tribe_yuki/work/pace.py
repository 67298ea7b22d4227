"""How fast work in bulk may call Tribe: the webhooks of people need room beside it (design 7)."""

from dataclasses import replace
from datetime import datetime, timedelta

from tribe_yuki.connections.context import ConnectionContext
from tribe_yuki.work.progress import Progress

# Tribe takes 1,000 calls a minute and bulk work may have 80 % of them. A minute that has had fewer than these gets
# another slice, so that a minute has fewer than 800 unless a single slice makes more. What is written comes back as
# webhooks, which cost about a call for each new relation.
CALLS_PER_MINUTE = 400
# The sweep, which ends a pause, comes once a minute and must not come a moment too early.
PAUSE = timedelta(seconds=55)


def pause_until(progress: Progress, now: datetime) -> datetime | None:
    """Return when the next slice may begin; None when at once."""
    end = progress.minute_began_at + PAUSE
    return end if progress.calls_in_minute >= CALLS_PER_MINUTE and end > now else None


def counted(connection: ConnectionContext, progress: Progress, slice_began_at: datetime) -> Progress:
    """Return the progress with this invocation's calls to Tribe added to those of the minute.

    What a slice called counts for the minute that it began in, or begins one.
    """
    calls = connection.tribe_calls()
    if slice_began_at >= progress.minute_began_at + PAUSE:
        return replace(progress, minute_began_at=slice_began_at, calls_in_minute=calls)
    return replace(progress, calls_in_minute=progress.calls_in_minute + calls)
