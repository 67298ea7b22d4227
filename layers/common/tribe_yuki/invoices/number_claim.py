"""Which invoice has a number: claimed in its book year before it is sent, free once its invoice left it (design 6.2).

A claim is not deleted: who wants the number looks whether its holder still has it in Tribe. Where the holder may have
been sent under it, Yuki is asked before the number goes to another invoice.
"""

from collections.abc import Sequence
from typing import Literal

from tribe_yuki.core.details import DetailCode
from tribe_yuki.core.errors import Conflict, Defect
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.details import number_in_use
from tribe_yuki.invoices.moves import Doubt, Hold
from tribe_yuki.invoices.reasons import DoubtReason
from tribe_yuki.invoices.transfer import MAY_BE_IN_YUKI, State, Transfer


def claim_number(connection: InvoiceContext, ready: Transfer, entries: Sequence[JournalEntry]) -> Transfer:
    """Store a ready transfer under its number; return another state, not stored yet, when the number is taken."""
    now = connection.now()
    claimed = connection.transfers.claim_reference(ready, entries, now)
    if isinstance(claimed, Transfer):
        return claimed
    holder = connection.transfers.get(claimed)
    if holder is not None and has_number(holder, ready):
        return _hold(connection, ready, holder)
    # Without a transfer it is Yuki's own, or a table was restored.
    if (holder is None or holder.sends) and not ready.is_known_absent:
        doubt = DoubtReason.NUMBER_IN_YUKI if holder is None else DoubtReason.NUMBER_FREED
        return ready.after(Doubt(doubt, now), now)
    again = connection.transfers.claim_reference(ready, entries, now, ended=claimed)
    if isinstance(again, Transfer):
        return again
    raise Conflict("number_claimed_meanwhile", "another invoice claimed the number at the same moment")


def tell_who_waits(connection: InvoiceContext, before: Transfer, after: Transfer) -> None:
    """Have the invoices looked at again that are held for a number which another invoice has just left."""
    is_left = after.state is State.SKIPPED or after.reference != before.reference
    if before.reference is None or before.state is State.SKIPPED or not is_left:
        return
    held = connection.transfers.in_state(State.HELD)
    waiting = [transfer.tribe_invoice_id for transfer in held if waits_for_number(transfer, before.reference)]
    if waiting:
        connection.queues.enqueue_invoices(waiting, connection.now())


def waits_for_number(transfer: Transfer, number: str) -> bool:
    """Whether an invoice is held because another invoice has its number."""
    return transfer.hold_reason is HoldReason.REFERENCE_IN_USE and transfer.reference == number


def has_number(holder: Transfer, wanted: Transfer) -> bool:
    """Whether the holder of a number still has it, in the year of the invoice that wants it."""
    if holder.state is State.SKIPPED or holder.reference != wanted.reference:
        return False
    days = (holder.invoice_date, wanted.invoice_date)
    return None in days or len({day.year for day in days if day}) == 1


def _hold(connection: InvoiceContext, ready: Transfer, holder: Transfer) -> Transfer:
    now = connection.now()
    if holder.state not in MAY_BE_IN_YUKI and not _is_numbered_so_in_tribe(connection, holder):
        # Deleted, or with another number by now, without a webhook that told us.
        connection.queues.enqueue_invoices([holder.tribe_invoice_id], now)
    code: Literal[DetailCode.NUMBER_BOOKED, DetailCode.NUMBER_IN_TRIBE] = (
        DetailCode.NUMBER_BOOKED if holder.state is State.BOOKED else DetailCode.NUMBER_IN_TRIBE
    )
    return ready.after(Hold(HoldReason.REFERENCE_IN_USE, (number_in_use(code, ready.reference),)), now)


def _is_numbered_so_in_tribe(connection: InvoiceContext, holder: Transfer) -> bool:
    try:
        found = connection.tribe.invoices_with_numbers([holder.reference or ""])
    except Defect:
        return False  # how Tribe compares numbers is not certain (tribe-api 11): the invoice itself is read instead
    return holder.tribe_invoice_id in {head.tribe_invoice_id for head in found}
