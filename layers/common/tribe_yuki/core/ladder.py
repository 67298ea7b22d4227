"""The ladder: when failed work is tried again (design 3, reliability R8)."""

from datetime import datetime, timedelta
from random import Random

_FIRST_STEPS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
_LAST_STEP = timedelta(hours=12)
HORIZON = timedelta(hours=75)
_JITTER = 0.1


def _steps() -> tuple[timedelta, ...]:
    steps = list(_FIRST_STEPS)
    while sum(steps, timedelta()) < HORIZON:
        steps.append(_LAST_STEP)
    return tuple(steps)


STEPS = _steps()


def next_attempt(attempt: int, now: datetime, random: Random) -> datetime | None:
    """Return when to try again after failed attempt number `attempt` (from 1), or None after the last step.

    Jitter only ever makes the wait longer, by up to a tenth.
    """
    if attempt > len(STEPS):
        return None
    step = STEPS[attempt - 1]
    return now + step * (1 + random.random() * _JITTER)
