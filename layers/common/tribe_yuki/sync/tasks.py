"""The tasks of a connection, by the name that a message on the task queue carries."""

from collections.abc import Callable, Mapping

from tribe_yuki.domain.errors import Defect, Held, OutcomeUnknown, Retryable
from tribe_yuki.sync.connection import FIRST_LOOK, Connection
from tribe_yuki.sync.customer_checkbox import release_ticked_customers
from tribe_yuki.sync.first_look import take_first_look
from tribe_yuki.sync.push_invoices import RECENT_INVOICES, look_at_recent_invoices
from tribe_yuki.sync.sweep import CUSTOMER_CHECK

TASKS: Mapping[str, Callable[[Connection], None]] = {
    CUSTOMER_CHECK: release_ticked_customers,
    FIRST_LOOK: take_first_look,
    RECENT_INVOICES: look_at_recent_invoices,
}


def run_task(connection: Connection, name: str) -> None:
    """Run a task; one that cannot be finished now is remembered, and the sweep starts it again.

    Raises Defect for a name that is no task.
    """
    task = TASKS.get(name)
    if task is None:
        raise Defect("task_unknown", f"known are {', '.join(sorted(TASKS))}")
    if connection.is_paused:
        connection.connections.note_unfinished_task(connection.connection_id, name, connection.now())
        return
    try:
        task(connection)
    except (Retryable, Held, OutcomeUnknown) as error:
        connection.heed(error)
        connection.connections.note_unfinished_task(connection.connection_id, name, connection.now())
        connection.note("task_unfinished", {"task": name, "code": error.code})
    else:
        connection.connections.forget_unfinished_task(connection.connection_id, name)
