"""The external id that marks a booked invoice in Tribe, and what an existing mark tells (design 6.2)."""

from enum import Enum, auto

from tribe_yuki.connections.invoice_phases import PhaseMeaning
from tribe_yuki.core.errors import Defect
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.model import TribeInvoice
from tribe_yuki.invoices.transfer import Transfer

OUR_MARK = "yuki:"


class Mark(Enum):
    """Whose the mark is that an invoice carries."""

    NONE = auto()
    OURS = auto()
    COPIED = auto()
    FOREIGN = auto()


def mark_of(connection: InvoiceContext, invoice: TribeInvoice, transfer: Transfer) -> Mark:
    """Return whose mark an invoice carries; ours is believed when it names this invoice, and this one alone.

    A copy, a credit made from it or an import may have taken the mark along (one call to Tribe where the number fits);
    a copy may have got the number too, of an invoice that was deleted after it was booked. `transfer` knows its number.
    """
    mark = invoice.fields.get(connection.settings.external_id_field or "")
    if not mark:
        return Mark.NONE
    if not mark.startswith(OUR_MARK):
        return Mark.FOREIGN
    if invoice.number is None or mark != mark_for(invoice.number) or _is_of_another(connection, transfer):
        return Mark.COPIED
    return Mark.OURS if _is_alone(connection, invoice, invoice.number) else Mark.COPIED


def mark_for(number: str) -> str:
    """Return the mark of the invoice with a number."""
    return f"{OUR_MARK}{number}"


def _is_of_another(connection: InvoiceContext, transfer: Transfer) -> bool:
    """Whether another invoice was sent under the number, or is to be, as far as we remember."""
    holder = connection.transfers.holder_of_number(transfer)
    if holder is None or holder == transfer.tribe_invoice_id:
        return False
    # Without a transfer it is Yuki's own, or a table was restored.
    return connection.transfers.get(holder) is not None


def _is_alone(connection: InvoiceContext, invoice: TribeInvoice, number: str) -> bool:
    try:
        found = connection.tribe.invoices_with_numbers([number])
    except Defect:
        return False  # how Tribe compares numbers is not certain (tribe-api 11): Yuki is asked instead
    sent = {one.tribe_invoice_id for one in found if connection.settings.standing_of(one) is not PhaseMeaning.DRAFT}
    return sent <= {invoice.tribe_invoice_id}
