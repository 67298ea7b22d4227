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
from tribe_yuki.contacts.initial_import.phases import import_contacts
from tribe_yuki.contacts.match.fill_index import fill_match_index
from tribe_yuki.contacts.nightly import compare_contacts
from tribe_yuki.contacts.poll import poll_contacts
from tribe_yuki.core.errors import ConnectorError, Defect
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.existing_numbers import take_first_look
from tribe_yuki.invoices.look_at_held import look_at_held
from tribe_yuki.invoices.receive import look_at_recent_invoices
from tribe_yuki.invoices.reconcile.nightly import reconcile_invoices
from tribe_yuki.people.send_digest import send_digest, tell_first_holds
from tribe_yuki.work.catch_up import catch_up
from tribe_yuki.work.progress import UnfinishedTask
from tribe_yuki.work.put_off import after_failure
from tribe_yuki.work.slices import RUN_SEPARATOR, SlicedTask

TASKS: Mapping[str, SlicedTask[InvoiceContext] | Callable[[InvoiceContext], None]] = {
    CATCH_UP: catch_up,
    COMPARE_CONTACTS: compare_contacts,
    CUSTOMER_CHECK: look_at_held,
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


def _is_done(connection: InvoiceContext, name: str, known: UnfinishedTask | None, asked_at: datetime | None) -> bool:
    """Whether a task began after it was asked for: it is done then, or noted to be started again."""
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
