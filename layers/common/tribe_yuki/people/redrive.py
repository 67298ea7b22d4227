"""Have tried again what was given up: dead transfers, and messages that no function could handle (design 3, R9, F14).

Dead transfers are in the tables, so nothing is lost when a queue forgets them. What a message names is looked at as
if an event had named it, so doing it twice changes nothing.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.dead_letter import DeadLetter
from tribe_yuki.admin.declined import Declined
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.decisions import release_dead

# Four batches: what is redriven takes its turn, and leaves the day's calls to what is new.
INVOICES_PER_MINUTE = 100
MOST_MESSAGES = 1_000
# SQS delays no message longer.
LONGEST_DELAY_SECONDS = 900
_WINDOW_SECONDS = 60
_WAITS_ITS_TURN = frozenset({State.WAITING, State.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class Redriven:
    """What was given back its turn; `unreadable` messages were left where they are."""

    connection: str
    invoices: int
    messages: int
    of_other_connections: int
    unreadable: int
    next_steps: tuple[str, ...]


def redrive(operator: Operator, connection_id: str, why: str = "", *, most: int = MOST_MESSAGES) -> Redriven:
    """Release the dead transfers of a connection, a hundred a minute, and put its dead letters on their queues again.

    A message is deleted once what it names is on its queue, or waits for its turn in the tables. Raises Declined while
    the connection is paused.
    """
    record = operator.record(connection_id)
    if record.status != "active":
        raise Declined("not_active", f"{connection_id} is {record.status}; `tribe-yuki resume` or `activate` first")
    invoices = _release(operator, connection_id, why)
    counts = {"ours": 0, "others": 0, "unreadable": 0}
    for letter in operator.dead_letters.receive(most=most):
        counts[_put_back(operator, connection_id, letter, counts["ours"])] += 1
    if invoices or counts["ours"]:
        entry = operator.entry("dead_letters_redriven", why, invoices=invoices, messages=counts["ours"])
        operator.records.note(connection_id, entry, operator.now())
    return Redriven(
        connection_id, invoices, counts["ours"], counts["others"], counts["unreadable"], tuple(_steps(invoices, counts))
    )


def _release(operator: Operator, connection_id: str, why: str) -> int:
    released = 0
    for transfer in operator.stores(connection_id).transfers.in_state(State.DEAD):
        due_at = operator.now() + timedelta(minutes=released // INVOICES_PER_MINUTE)
        with suppress(Declined):  # a worker has it: then it is not given up any more
            released += release_dead(operator, transfer, why, due_at)
    return released


def _put_back(operator: Operator, connection_id: str, letter: DeadLetter, place: int) -> str:
    """Put what a message names on its queue again; tell whose it is."""
    if not letter.connection_id:
        return "unreadable"
    if letter.connection_id != connection_id:
        return "others"
    now = operator.now()
    if letter.task is not None:
        operator.stores(connection_id).queues.start_task(letter.task, now, window_seconds=_WINDOW_SECONDS)
    elif letter.kind == "contacts":
        for record_id in letter.ids:
            operator.stores(connection_id).queues.enqueue_relation(record_id, now)
    elif ids := [invoice_id for invoice_id in letter.ids if not has_its_turn(operator, connection_id, invoice_id)]:
        delay = min(place // INVOICES_PER_MINUTE * 60, LONGEST_DELAY_SECONDS)
        operator.stores(connection_id).queues.enqueue_invoices(ids, now, delay_seconds=delay)
    operator.dead_letters.delete(letter)
    return "ours"


def has_its_turn(operator: Operator, connection_id: str, tribe_invoice_id: str) -> bool:
    """Whether an invoice is read back at its time anyway: a message about it would only have it jump the queue."""
    transfer = operator.stores(connection_id).transfers.get(tribe_invoice_id)
    return transfer is not None and transfer.state in _WAITS_ITS_TURN and transfer.due_at is not None


def _steps(invoices: int, counts: dict[str, int]) -> list[str]:
    steps = []
    if invoices > INVOICES_PER_MINUTE:
        steps.append(f"The invoices go at {INVOICES_PER_MINUTE} a minute.")
    if counts["others"]:
        steps.append("Some messages belong to other connections: run it for these, too (--connection).")
    if counts["unreadable"]:
        steps.append("Messages that cannot be read stay on the dead-letter queue: a developer has to look at them.")
    return steps or ["`tribe-yuki holds` shows what waits still."]
