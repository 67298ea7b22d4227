"""Compare Tribe's invoices, our transfers and Yuki's books: one pure function over the three (design 6.2, 6.3, 9)."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from tribe_yuki.connections.settings import PhaseMeaning
from tribe_yuki.core.details import Detail, DetailCode, Details
from tribe_yuki.invoices.details import times_in_yuki
from tribe_yuki.invoices.model import OutstandingItem, SalesDocument
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.reconcile.booking import Booking, ContactOf
from tribe_yuki.invoices.reconcile.books import YukiBooks
from tribe_yuki.invoices.reconcile.edits import corrected_fields, edits_left, edits_since
from tribe_yuki.invoices.reconcile.findings import Ending, Finding, FindingCode, Standing, Tally, Unchecked
from tribe_yuki.invoices.reconcile.invoice_in_tribe import InvoiceInTribe
from tribe_yuki.invoices.reconcile.look import Look, look_up
from tribe_yuki.invoices.reconcile.seen import seen_details
from tribe_yuki.invoices.same_invoice import TypedIn
from tribe_yuki.invoices.transfer import State, Transfer

# An invoice of this age may be on its way.
FRESH = timedelta(minutes=15)
UNSEEN = "unseen"
# Skipped for what is no longer so: Tribe shows it sent, after the start date.
_STALE = frozenset({SkipReason.DRAFT, SkipReason.GONE, SkipReason.BEFORE_START})


class Repair(StrEnum):
    """What is certain enough to be done without a person."""

    BEGIN = "begin"
    LOOK_AGAIN = "look_again"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared: invoices dated from `first` to `last`; `standing_of` tells drafts and excluded invoices apart.

    `contact_of` tells the Yuki contact that a relation is linked to, `references` are the numbers of all transfers.
    `typed_in` is what Yuki has under numbers that are nobody's in Tribe.
    """

    first: dt.date
    last: dt.date
    now: datetime
    standing_of: Callable[[InvoiceInTribe], PhaseMeaning]
    contact_of: ContactOf
    references: Collection[str] = ()
    typed_in: TypedIn = field(default_factory=lambda: TypedIn.of(()))

    def holds(self, day: dt.date | None) -> bool:
        """Whether a day is in the period."""
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of one invoice; `seen` are details of a report that Tribe and Yuki agree on against what was sent.

    `yuki_document_id` is the document that is certainly this invoice, where the books name one; `booked_total` its
    amount there.
    """

    number: str
    amount: Decimal | None
    currency: str | None
    ending: Ending
    invoice: InvoiceInTribe | None = None
    transfer: Transfer | None = None
    findings: tuple[Finding, ...] = ()
    repair: Repair | None = None
    unchecked: Unchecked | None = None
    seen: Details = ()
    yuki_document_id: str | None = None
    booked_total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of all invoices of a period, and what only Yuki knows."""

    compared: tuple[Compared, ...] = ()
    typed_in_yuki: Tally = field(default_factory=Tally)


def compare_invoices(
    invoices: Sequence[InvoiceInTribe], transfers: Sequence[Transfer], books: YukiBooks, scope: Scope
) -> Comparison:
    """Compare the invoices of a period.

    `invoices` are those past Draft that Tribe dates in the period, and those that a booked transfer of the period
    stands for, whatever became of them; a booked transfer without an invoice is gone in Tribe.
    """
    by_invoice = {transfer.tribe_invoice_id: transfer for transfer in transfers}
    in_tribe = {invoice.tribe_invoice_id for invoice in invoices}
    known = {invoice.number for invoice in invoices} | set(scope.references)
    scope = replace(scope, typed_in=TypedIn.of(_typed_in(books, known)))
    compared = [
        outcome
        for invoice in invoices
        if (outcome := _compare(invoice, by_invoice.get(invoice.tribe_invoice_id), books, scope)) is not None
    ]
    gone = [
        transfer
        for transfer in transfers
        if transfer.state is State.BOOKED and transfer.tribe_invoice_id not in in_tribe
    ]
    compared += [outcome for transfer in gone if (outcome := _compare_gone(transfer, books, scope)) is not None]
    return Comparison(tuple(compared), _typed(books, known, scope))


def _compare(invoice: InvoiceInTribe, transfer: Transfer | None, books: YukiBooks, scope: Scope) -> Compared | None:
    """Return what came of an invoice of Tribe; None for an invoice that is not of the period, or not sent."""
    if transfer is not None and transfer.state is State.BOOKED:
        is_ours = scope.holds(transfer.invoice_date or invoice.invoice_date)
        return _compare_booked(invoice, transfer, books, scope) if is_ours else None
    if not scope.holds(invoice.invoice_date) or scope.standing_of(invoice) is PhaseMeaning.DRAFT:
        return None
    return _compare_unbooked(invoice, transfer, books, scope)


def _compare_unbooked(invoice: InvoiceInTribe, transfer: Transfer | None, books: YukiBooks, scope: Scope) -> Compared:
    """Return why an invoice is not booked: it has an owner, is on its way, or is brought on its way now."""
    repair = _repair(invoice, transfer, books, scope)
    standing = Standing.REPAIRED if repair else Standing.EXPLAINED
    finding = Finding(
        code=FindingCode.MISSING_IN_YUKI,
        standing=standing,
        number=invoice.number or "",
        tribe_invoice_id=invoice.tribe_invoice_id,
        invoice_date=invoice.invoice_date,
        amount=invoice.total_incl,
        currency=invoice.currency,
        state=transfer.state.value if transfer else UNSEEN,
        reason=transfer.reason if transfer else None,
    )
    return Compared(
        number=finding.number,
        amount=invoice.total_incl,
        currency=invoice.currency,
        ending=Ending(standing.value),
        invoice=invoice,
        transfer=transfer,
        findings=(finding,),
        repair=repair,
    )


def _repair(invoice: InvoiceInTribe, transfer: Transfer | None, books: YukiBooks, scope: Scope) -> Repair | None:
    is_fresh = invoice.modified_at is not None and invoice.modified_at > scope.now - FRESH
    if transfer is None:
        return None if is_fresh else Repair.BEGIN
    if transfer.state is State.SKIPPED and _is_stale(transfer, invoice, scope):
        return None if is_fresh else Repair.LOOK_AGAIN
    if transfer.state is not State.UNCONFIRMED or transfer.reference is None:
        return None
    if transfer.due_at is not None and transfer.due_at <= scope.now:
        return None
    found = books.open(transfer.reference)
    if not found and books.is_ours_alone:
        found = books.archived(transfer.reference)
    # What it is in Tribe now means nothing: it is looked for as it was sent.
    sent = Booking(transfer, None, scope.contact_of)
    return Repair.VERIFY if any(map(sent.is_equal, found)) else None


def _is_stale(transfer: Transfer, invoice: InvoiceInTribe, scope: Scope) -> bool:
    """Whether an invoice was skipped for what is no longer so."""
    match transfer.reason:
        case SkipReason.PHASE:
            return scope.standing_of(invoice) is PhaseMeaning.SENT
        case SkipReason.EMPTY:
            return bool(invoice.total_incl)
        case reason:
            return reason in _STALE


def _compare_gone(transfer: Transfer, books: YukiBooks, scope: Scope) -> Compared | None:
    """Return what came of a booked invoice that Tribe no longer has; None when Yuki does not have it either."""
    if not scope.holds(transfer.invoice_date) or transfer.reference is None:
        return None
    booking = Booking(transfer, None, scope.contact_of)
    look = look_up(booking, books, scope.now)
    if not look.records and look.unchecked is None:
        return None
    gone = {FindingCode.NOT_IN_TRIBE: (Detail(DetailCode.DELETED_IN_TRIBE),)}
    return _booked(booking, {**gone, **dict(_in_books(booking, look, scope.typed_in))}, look)


def _compare_booked(invoice: InvoiceInTribe, transfer: Transfer, books: YukiBooks, scope: Scope) -> Compared:
    booking = Booking(transfer, invoice, scope.contact_of)
    look = look_up(booking, books, scope.now)
    if look.unchecked is Unchecked.NUMBER_UNKNOWN:
        return _booked(booking, {}, look)
    left, agreed = _edited(booking, invoice, look, scope)
    of_tribe = {FindingCode.EDITED_AFTER_SENT: left} if left else {}
    return _booked(booking, {**of_tribe, **dict(_in_books(booking, look, scope.typed_in))}, look, agreed)


def _in_books(booking: Booking, look: Look, typed_in: TypedIn) -> Iterator[tuple[FindingCode, Details]]:
    """Yield what is wrong in the books, each with its details."""
    if look.unchecked is not None:
        return
    if not look.records:
        yield FindingCode.MISSING_IN_YUKI, (Detail(DetailCode.NOT_IN_YUKI),)
        return
    times = (times_in_yuki(look.times),) if look.times > 1 else ()
    if doubles := (*times, *typed_in.alike(booking.transfer)):
        yield FindingCode.DOUBLE_IN_YUKI, doubles
    if differences := booking.differences(booking.nearest(look.records)):
        yield FindingCode.BOOKED_DIFFERENTLY, differences


def _edited(booking: Booking, invoice: InvoiceInTribe, look: Look, scope: Scope) -> tuple[Details, Details]:
    """Return what was edited after sending; when Yuki shows all of it so too, as the second."""
    found = edits_since(booking.transfer, invoice, scope.contact_of, scope.standing_of)
    if not look.records:
        return tuple(found.values()), ()
    corrected = corrected_fields(invoice, booking.nearest(look.records), look.reference, scope.contact_of)
    left = edits_left(found, corrected)
    return tuple(left.values()), () if left else tuple(found.values())


def _booked(booking: Booking, found: Mapping[FindingCode, Details], look: Look, seen: Details = ()) -> Compared:
    transfer, accepted = booking.transfer, seen_details(booking.transfer)
    findings = tuple(
        Finding(
            code=code,
            standing=Standing.ACCEPTED if all(detail in accepted for detail in details) else Standing.OPEN,
            number=transfer.reference or "",
            tribe_invoice_id=transfer.tribe_invoice_id,
            invoice_date=transfer.invoice_date,
            amount=transfer.total_incl,
            currency=transfer.currency,
            state=transfer.state.value,
            details=details,
        )
        for code, details in found.items()
    )
    return Compared(
        number=transfer.reference or "",
        amount=transfer.total_incl,
        currency=transfer.currency,
        ending=_ending(findings, look),
        invoice=booking.invoice,
        transfer=transfer,
        findings=findings,
        unchecked=look.unchecked,
        seen=seen,
        yuki_document_id=look.records[0].yuki_document_id if len(look.records) == 1 else None,
        booked_total=look.records[0].amount if len(look.records) == 1 else None,
    )


def _ending(findings: Sequence[Finding], look: Look) -> Ending:
    if any(finding.standing is Standing.OPEN for finding in findings):
        return Ending.OPEN
    if findings:
        return Ending.ACCEPTED
    return Ending.EQUAL if look.unchecked is None else Ending.UNCHECKED


def _typed(books: YukiBooks, known: Collection[str | None], scope: Scope) -> Tally:
    """Count what Yuki holds under numbers that are nobody's in Tribe; the archive counts where it is ours alone."""
    tally = Tally()
    if books.is_ours_alone and books.tells_numbers:
        typed = [(document.date, document.amount) for document in _strange(books.documents, known)]
    else:
        typed = [(item.date, item.original_amount) for item in _strange(books.items, known)]
    for day, amount in typed:
        if scope.holds(day):
            tally = tally.add(amount, None)
    return tally


def _typed_in(books: YukiBooks, known: Collection[str | None]) -> Iterator[OutstandingItem | SalesDocument]:
    """Yield what is in our books under numbers that are nobody's in Tribe."""
    yield from _strange(books.items, known)
    if books.is_ours_alone:
        yield from _strange(books.documents, known)


def _strange[Row](rows: Mapping[str, Sequence[Row]], known: Collection[str | None]) -> list[Row]:
    return [row for number, some in rows.items() if number not in known for row in some]
