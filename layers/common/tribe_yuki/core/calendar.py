"""The time of the people who work with a connection, and of both systems: everything that they read is in it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def last_hour(now: datetime, hour: int) -> datetime:
    """Return the last instant, not after now, at which it was this hour in Amsterdam."""
    local = now.astimezone(AMSTERDAM)
    at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return at if at <= local else at - timedelta(days=1)
