"""What in Yuki's books may be an invoice under another number: somebody typed it in (design 6.2)."""

from collections.abc import Iterable

from tribe_yuki.core.details import Details
from tribe_yuki.core.errors import Defect
from tribe_yuki.invoices.agreement import Agreement
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.model import OutstandingItem, SalesDocument
from tribe_yuki.invoices.same_invoice import Booked, is_alike
from tribe_yuki.invoices.transfer import MAY_BE_IN_YUKI, Transfer

MOST_SHOWN = 5


def alike_in_books(
    connection: InvoiceContext, transfer: Transfer, records: Iterable[OutstandingItem | SalesDocument]
) -> Details:
    """Return the invoices in Yuki that may be this invoice, and that nobody said are other invoices.

    What bears the number of another invoice of Tribe is that invoice (a call to Tribe for what is not ours).
    """
    told = transfer.agreed_to(Agreement.ANOTHER_INVOICE)
    found = dict.fromkeys(booked for booked in map(Booked.of, records) if is_alike(transfer, booked))
    unknown = (booked for booked in found if booked.detail not in told)
    return tuple(booked.detail for booked in unknown if not _is_another(connection, transfer, booked))[:MOST_SHOWN]


def _is_another(connection: InvoiceContext, transfer: Transfer, booked: Booked) -> bool:
    """Whether a number in the books is that of another invoice in Tribe, or of one that we booked."""
    if not booked.number:
        return False
    holders = map(connection.transfers.get, connection.transfers.holders_of_reference(booked.number))
    own = transfer.tribe_invoice_id
    if any(other and other.tribe_invoice_id != own and other.state in MAY_BE_IN_YUKI for other in holders):
        return True
    try:
        found = connection.tribe.invoices_with_numbers([booked.number])
    except Defect:
        return False  # how Tribe compares numbers is not certain (tribe-api 11): a person compares the two
    return any(head.tribe_invoice_id != own for head in found)
