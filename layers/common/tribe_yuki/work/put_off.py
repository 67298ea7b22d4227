"""When a task that failed is started again."""

from datetime import datetime, timedelta

from tribe_yuki.connections.store import TaskStore
from tribe_yuki.core.errors import Held, OutcomeUnknown, Retryable, code_of
from tribe_yuki.core.ladder import STEPS
from tribe_yuki.work.progress import UnfinishedTask
from tribe_yuki.work.slices import RUN_SEPARATOR

NO_PAUSE = timedelta()
# However often it failed, a task is tried again after this.
LONGEST_PAUSE = timedelta(hours=2)
# What only a person can put right is looked at again as often as a poll would be, which is every quarter of an hour
# unless the settings say something else.
LOOK_AGAIN = timedelta(minutes=15)


def put_off_task(tasks: TaskStore, name: str, error: Exception, now: datetime) -> None:
    """Remember a task that failed before it could begin, such as for its settings or credentials."""
    name, _, _ = name.partition(RUN_SEPARATOR)
    known = tasks.unfinished().get(name)
    tasks.postpone(name, after_failure(error, now, known))


def after_failure(
    error: Exception,
    now: datetime,
    known: UnfinishedTask | None,
    *,
    look_again: timedelta = LOOK_AGAIN,
    is_urgent: bool = False,
) -> UnfinishedTask:
    """Return when to start a task again, by what it failed with; `known` is how it ended before, if it was not done.

    What passes is tried again at once, and then as often as a poll would be: while one system is away for a day, tries
    every minute would use up the day's calls of the other.
    """
    code, attempt = code_of(error), known.attempt if known else 0
    if isinstance(error, Held):
        return UnfinishedTask(now + look_again, now, attempt, code)
    if isinstance(error, Retryable | OutcomeUnknown):
        asked = error.retry_after if isinstance(error, Retryable) else None
        is_at_once = is_urgent or known is None or not known.code
        return UnfinishedTask(now + (asked or (NO_PAUSE if is_at_once else look_again)), now, attempt, code)
    pause = min(STEPS[min(attempt, len(STEPS) - 1)], LONGEST_PAUSE)
    return UnfinishedTask(now + pause, now, attempt + 1, code)
