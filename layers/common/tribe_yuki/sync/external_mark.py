"""The mark of a booked invoice in Tribe: what one that is there already tells (design 6.2)."""

from enum import Enum, auto

from tribe_yuki.domain.errors import Defect
from tribe_yuki.domain.invoice import TribeInvoice
from tribe_yuki.domain.phases import PhaseMeaning
from tribe_yuki.sync.connection import Connection

OUR_MARK = "yuki:"


class Mark(Enum):
    """Whose the mark is that an invoice carries."""

    NONE = auto()
    OURS = auto()
    COPIED = auto()
    FOREIGN = auto()


def mark_of(connection: Connection, invoice: TribeInvoice) -> Mark:
    """Return whose mark an invoice carries; ours is believed when it names this invoice, and this one alone.

    A copy, a credit made from it or an import may have taken the mark along (one call to Tribe where the number fits).
    """
    mark = invoice.fields.get(connection.settings.external_id_field or "")
    if not mark:
        return Mark.NONE
    if not mark.startswith(OUR_MARK):
        return Mark.FOREIGN
    is_own = invoice.number is not None and mark == mark_for(invoice.number)
    return Mark.OURS if is_own and _is_alone(connection, invoice, invoice.number or "") else Mark.COPIED


def mark_for(number: str) -> str:
    """Return the mark of the invoice with a number."""
    return f"{OUR_MARK}{number}"


def _is_alone(connection: Connection, invoice: TribeInvoice, number: str) -> bool:
    try:
        found = connection.tribe.invoices_with_numbers([number])
    except Defect:
        return False  # how Tribe compares numbers is not certain (tribe-api 11): Yuki is asked instead
    sent = {one.tribe_invoice_id for one in found if connection.settings.standing_of(one) is not PhaseMeaning.DRAFT}
    return sent <= {invoice.tribe_invoice_id}
