"""Store what was decided about an invoice, unless it stands there already, and do what follows from it."""

from dataclasses import replace

from tribe_yuki.core.errors import ConnectorError, as_ours
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.failure_policy import after_error, decision, store_booked
from tribe_yuki.invoices.reading import Reading
from tribe_yuki.invoices.transfer import State, Transfer


def store_or_hold(
    connection: InvoiceContext, stored: Transfer | None, transfer: Transfer, decided: Transfer, reading: Reading
) -> Transfer | None:
    """Store what was decided; what no table takes, because of what was read of it, is held without that."""
    try:
        return store_decision(connection, stored, decided, reading)
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, the invoice is told of)
        return store_decision(connection, stored, after_error(connection, transfer, as_ours(error)), reading)


def store_decision(
    connection: InvoiceContext, stored: Transfer | None, decided: Transfer, reading: Reading
) -> Transfer | None:
    """Store a decision, unless it is the one that stands there already; return what was stored."""
    if stored is not None and changes_nothing(stored, decided):
        return None
    now = connection.now()
    events = reading.event(stored, decided.tribe_invoice_id)
    if decided.state is State.BOOKED:
        return store_booked(connection, decided, [*events, decision(decided)])
    saved = connection.transfers.save(decided, [*events, decision(decided)], now)
    if saved.reason == WaitReason.FIRST_LOOK and connection.had_first_look:
        # It ended between the two, and cannot have seen this one.
        connection.queues.enqueue_invoices([saved.tribe_invoice_id], now)
    if decided.state is State.DEAD:
        connection.queues.send_to_dead_letters(decided.tribe_invoice_id, now)
    return saved


def changes_nothing(stored: Transfer, decided: Transfer) -> bool:
    """Whether storing would change nothing but instants; a wait always moves on."""
    if decided.state is State.WAITING:
        return False
    return stored == replace(
        decided, since=stored.since, due_at=stored.due_at, booked_at=stored.booked_at, read_at=stored.read_at
    )
