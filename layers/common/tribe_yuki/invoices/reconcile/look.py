"""What Yuki's books show of a booked invoice, and where that is not all there is to know."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tribe_yuki.invoices.moves import Verification
from tribe_yuki.invoices.reconcile.booking import Booking
from tribe_yuki.invoices.reconcile.books import InBooks, YukiBooks
from tribe_yuki.invoices.reconcile.findings import Unchecked

# A booking of this age may not be in Yuki's lists yet.
JUST_BOOKED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What the books show of a number: `records`, how many `times`, and why that may not be all there is to know."""

    reference: str
    records: tuple[InBooks, ...] = ()
    times: int = 0
    unchecked: Unchecked | None = None


def look_up(booking: Booking, books: YukiBooks, now: datetime) -> Look:
    """Return what the books show of a booked invoice; where both systems were corrected, under its number in Tribe."""
    transfer, invoice = booking.transfer, booking.invoice
    if transfer.reference is None:
        return Look("", unchecked=Unchecked.NUMBER_UNKNOWN)
    reference = transfer.reference
    if not books.holds(reference) and invoice is not None and invoice.number and books.holds(invoice.number):
        reference = invoice.number
    if transfer.verification == Verification.PERSON:
        # They compared it themselves: it may have another number there, or other amounts.
        return Look(reference, unchecked=Unchecked.SAID_BY_A_PERSON)
    found, archived = books.open(reference), books.archived(reference)
    if found:
        times = max(len(found), len(archived)) if books.is_ours_alone else len(found)
        return Look(reference, tuple(found), times)
    if not archived:
        return Look(reference, unchecked=_why_absence_is_not_certain(booking, books, now))
    if not books.is_ours_alone:
        # Those of another administration look the same; ours is known by its document, once it was an open item.
        archived = [record for record in archived if record.yuki_document_id == transfer.yuki_document_id is not None]
        if not archived:
            return Look(reference, unchecked=Unchecked.ARCHIVE_OF_DOMAIN)
    return Look(reference, tuple(archived), len(archived))


def _why_absence_is_not_certain(booking: Booking, books: YukiBooks, now: datetime) -> Unchecked | None:
    if not books.tells_numbers:
        return Unchecked.ARCHIVE_WITHOUT_NUMBERS
    booked_at = booking.transfer.booked_at
    return Unchecked.JUST_BOOKED if booked_at is not None and booked_at > now - JUST_BOOKED else None
