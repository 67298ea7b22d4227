"""What both systems may say of a pause with 429 and 503: `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3)."""

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime

# More than a day would be a mistake of theirs.
LONGEST_PAUSE = timedelta(days=1)
_SECONDS = re.compile(r"[0-9]{1,9}")


def asked_pause(retry_after: str, date: str) -> timedelta | None:
    """Return the pause that an answer asks for, a day at most; None when it asks for none that can be read.

    A date counts from the `date` of the answer, because their clock and ours may differ.
    """
    asked = retry_after.strip()
    if _SECONDS.fullmatch(asked):
        return min(timedelta(seconds=int(asked)), LONGEST_PAUSE)
    if asked.isascii() and asked.isdigit():
        return LONGEST_PAUSE  # so many seconds that no clock holds them
    try:
        pause = parsedate_to_datetime(asked) - parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(pause, timedelta()), LONGEST_PAUSE)
