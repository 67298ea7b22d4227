"""The tasks of a connection, by the name that a message on the task queue carries."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from tribe_yuki.domain.errors import ConnectorError, Defect, Held, OutcomeUnknown, Retryable
from tribe_yuki.sync.catch_up import catch_up
from tribe_yuki.sync.compare_contacts import compare_contacts
from tribe_yuki.sync.connection import (
    CATCH_UP,
    COMPARE_CONTACTS,
    CUSTOMER_CHECK,
    FIRST_LOOK,
    IMPORT_CONTACTS,
    POLL_CONTACTS,
    RECENT_INVOICES,
    RECONCILE_INVOICES,
    REGISTER_RELATIONS,
    SEND_DIGEST,
    TELL_FIRST_HOLDS,
    Connection,
)
from tribe_yuki.sync.customer_checkbox import release_ticked_customers
from tribe_yuki.sync.first_look import take_first_look
from tribe_yuki.sync.import_contacts import import_contacts
from tribe_yuki.sync.poll_contacts import poll_contacts
from tribe_yuki.sync.push_invoices import look_at_recent_invoices
from tribe_yuki.sync.reconcile_invoices import reconcile_invoices
from tribe_yuki.sync.register_relations import register_relations
from tribe_yuki.sync.send_digest import send_digest, tell_first_holds
from tribe_yuki.sync.slices import LENGTH, RUN_SEPARATOR, SlicedTask

TASKS: Mapping[str, SlicedTask | Callable[[Connection], None]] = {
    CATCH_UP: catch_up,
    COMPARE_CONTACTS: compare_contacts,
    CUSTOMER_CHECK: release_ticked_customers,
    FIRST_LOOK: take_first_look,
    IMPORT_CONTACTS: import_contacts,
    POLL_CONTACTS: poll_contacts,
    RECENT_INVOICES: look_at_recent_invoices,
    RECONCILE_INVOICES: reconcile_invoices,
    REGISTER_RELATIONS: register_relations,
    SEND_DIGEST: send_digest,
    TELL_FIRST_HOLDS: tell_first_holds,
}
NO_PAUSE = timedelta()


def run_task(connection: Connection, name: str) -> None:
    """Run a task, or the next slice of it; one that cannot be finished now is remembered, and started again.

    Raises Defect for a name that is no task.
    """
    name, _, run = name.partition(RUN_SEPARATOR)
    task = TASKS.get(name)
    if task is None:
        raise Defect("task_unknown", f"known are {', '.join(sorted(TASKS))}")
    if connection.is_paused:
        connection.connections.note_unfinished_task(connection.connection_id, name, connection.now())
        return
    # Should this worker die, the sweep starts the task again.
    connection.connections.note_unfinished_task(connection.connection_id, name, connection.now() + LENGTH)
    try:
        again_at = _run(connection, task, run)
    except (Retryable, Held, OutcomeUnknown) as error:
        connection.heed(error)
        again_at = connection.now() + _pause(connection, error)
        connection.note("task_unfinished", {"task": name, "code": error.code})
    if again_at is None:
        connection.connections.forget_unfinished_task(connection.connection_id, name)
    else:
        connection.connections.note_unfinished_task(connection.connection_id, name, again_at)


def _run(connection: Connection, task: SlicedTask | Callable[[Connection], None], run: str) -> datetime | None:
    """Run a task or its next slice; return when to go on, if that is later."""
    if isinstance(task, SlicedTask):
        return task(connection, run)
    task(connection)
    return None


def _pause(connection: Connection, error: ConnectorError) -> timedelta:
    """Return how long to wait; what only a person can put right is looked at again as often as a poll would be."""
    if isinstance(error, Held):
        return timedelta(minutes=connection.settings.poll_interval_minutes)
    return (error.retry_after or NO_PAUSE) if isinstance(error, Retryable) else NO_PAUSE
