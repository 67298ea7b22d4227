"""How far before its last look the connector asks Yuki for changes again (design 7)."""

from datetime import datetime, timedelta

from tribe_yuki.core.calendar import AMSTERDAM

LEAST = timedelta(minutes=15)
# When clocks go back, an hour of Yuki's times comes twice.
AT_CLOCK_CHANGE = timedelta(hours=2)


def overlap(interval: timedelta, since: datetime, now: datetime) -> timedelta:
    """Return how far before `since` to look, every interval: clocks differ, and rows show late."""
    length = max(LEAST, 2 * interval)
    before, after = (instant.astimezone(AMSTERDAM).utcoffset() for instant in (since - length, now))
    goes_back = before is not None and after is not None and after < before
    return max(length, AT_CLOCK_CHANGE) if goes_back else length
