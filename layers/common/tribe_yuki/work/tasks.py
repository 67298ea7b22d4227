"""The tasks of a connection, by the name that a message on the task queue carries."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from tribe_yuki.connections.context import (
    CATCH_UP,
    COMPARE_CONTACTS,
    CUSTOMER_CHECK,
    FILL_MATCH_INDEX,
    FIRST_LOOK,
    IMPORT_CONTACTS,
    POLL_CONTACTS,
    RECENT_INVOICES,
    RECONCILE_INVOICES,
    SEND_DIGEST,
    TELL_FIRST_HOLDS,
)
from tribe_yuki.connections.lease import TASK_LEASE
from tribe_yuki.connections.store import TaskStore
from tribe_yuki.contacts.initial_import.phases import import_contacts
from tribe_yuki.contacts.match.fill_index import fill_match_index
from tribe_yuki.contacts.nightly import compare_contacts
from tribe_yuki.contacts.poll import poll_contacts
from tribe_yuki.core.errors import ConnectorError, Defect, Held, OutcomeUnknown, Retryable, code_of
from tribe_yuki.core.ladder import STEPS
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.customer_checkbox import release_ticked_customers
from tribe_yuki.invoices.existing_numbers import take_first_look
from tribe_yuki.invoices.receive import look_at_recent_invoices
from tribe_yuki.invoices.reconcile.nightly import reconcile_invoices
from tribe_yuki.people.send_digest import send_digest, tell_first_holds
from tribe_yuki.work.catch_up import catch_up
from tribe_yuki.work.progress import UnfinishedTask
from tribe_yuki.work.slices import RUN_SEPARATOR, SlicedTask

TASKS: Mapping[str, SlicedTask[InvoiceContext] | Callable[[InvoiceContext], None]] = {
    CATCH_UP: catch_up,
    COMPARE_CONTACTS: compare_contacts,
    CUSTOMER_CHECK: release_ticked_customers,
    FIRST_LOOK: take_first_look,
    IMPORT_CONTACTS: import_contacts,
    POLL_CONTACTS: poll_contacts,
    RECENT_INVOICES: look_at_recent_invoices,
    RECONCILE_INVOICES: reconcile_invoices,
    FILL_MATCH_INDEX: fill_match_index,
    SEND_DIGEST: send_digest,
    TELL_FIRST_HOLDS: tell_first_holds,
}
# These are tried every minute: mails ask neither Tribe nor Yuki, and all invoices wait for the first look.
EVERY_MINUTE = frozenset({FIRST_LOOK, SEND_DIGEST, TELL_FIRST_HOLDS})
NO_PAUSE = timedelta()
# However often it failed, a task is tried again after this.
LONGEST_PAUSE = timedelta(hours=2)
# What only a person can put right is looked at again as often as a poll would be, which is every quarter of an hour
# unless the settings say something else.
LOOK_AGAIN = timedelta(minutes=15)
WORKER_LOST = "worker_lost"


def run_task(connection: InvoiceContext, name: str, asked_at: datetime | None = None) -> None:
    """Run a task, or the next slice of it; one that fails, whatever it is, is remembered and started again.

    A start that was asked for before the task last began is done already. Raises Defect for a name that is no task.
    """
    name, _, run = name.partition(RUN_SEPARATOR)
    task = TASKS.get(name)
    if task is None:
        raise Defect("task_unknown", f"known are {', '.join(sorted(TASKS))}")
    known = connection.tasks.unfinished().get(name)
    if not run and _is_done(connection, name, known, asked_at):
        return
    now, attempt = connection.now(), known.attempt if known else 0
    if connection.is_paused:
        connection.tasks.postpone(name, UnfinishedTask(now, now, attempt))
        return
    # Should this worker die, the sweep starts the task again, and it counts as a failure.
    lost = UnfinishedTask(now + TASK_LEASE, now, attempt + 1, WORKER_LOST)
    connection.tasks.postpone(name, lost)
    try:
        again_at = _run(connection, task, run)
    except Exception as error:  # noqa: BLE001 (whatever it is, the message is dealt with: others wait behind it)
        if isinstance(error, ConnectorError):
            connection.heed(error)
        interval = timedelta(minutes=connection.settings.poll_interval_minutes)
        put_off = after_failure(error, connection.now(), known, look_again=interval, is_urgent=name in EVERY_MINUTE)
        connection.tasks.postpone(name, put_off)
        connection.log_warning(
            "task_unfinished" if put_off.attempt == attempt else "task failed", _facts(name, put_off)
        )
        return
    if again_at is None:
        connection.tasks.clear(name)
    else:
        connection.tasks.postpone(name, UnfinishedTask(again_at, now))


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


def _is_done(connection: InvoiceContext, name: str, known: UnfinishedTask | None, asked_at: datetime | None) -> bool:
    """Tell whether a task began after it was asked for: it is done then, or noted to be started again."""
    began = (connection.timestamps.get(name), known.noted_at if known else None)
    return asked_at is not None and any(at is not None and asked_at < at for at in began)


def _facts(name: str, unfinished: UnfinishedTask) -> dict[str, str]:
    return {"task": name, "code": unfinished.code, "again_at": unfinished.again_at.isoformat()}


def _run(
    connection: InvoiceContext, task: SlicedTask[InvoiceContext] | Callable[[InvoiceContext], None], run: str
) -> datetime | None:
    """Run a task or its next slice; return when to go on, if that is later."""
    if isinstance(task, SlicedTask):
        return task(connection, run)
    task(connection)
    return None
