"""Compare Tribe's invoices, our transfers and Yuki's books: one pure function over the three (design 6.2, 6.3, 9).

A field differs only while Tribe and Yuki differ in it. What a person corrected in both is settled, whatever was sent.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import chain

from tribe_yuki.connections.invoice_phases import PhaseMeaning
from tribe_yuki.connections.settings import TotalsReading
from tribe_yuki.core.details import Detail, DetailCode, Details
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.details import InvoiceField, booked_otherwise, edited, times_in_yuki
from tribe_yuki.invoices.document.totals import tribe_totals
from tribe_yuki.invoices.model import OutstandingItem, SalesDocument, TribeInvoice
from tribe_yuki.invoices.moves import Verification
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.reconcile.findings import (
    EURO,
    Ending,
    Finding,
    FindingCode,
    InvoiceInTribe,
    Standing,
    Tally,
    Unchecked,
)
from tribe_yuki.invoices.transfer import State, Transfer

# An invoice of this age may be on its way, and a booking of this age may not be in Yuki's lists yet.
FRESH = timedelta(minutes=15)
JUST_BOOKED = timedelta(hours=1)
UNSEEN = "unseen"
# Skipped for what is no longer so: Tribe shows it sent, after the start date.
_STALE = frozenset({SkipReason.DRAFT, SkipReason.GONE, SkipReason.BEFORE_START})


class Repair(StrEnum):
    """What is certain enough to be done without a person."""

    BEGIN = "begin"
    LOOK_AGAIN = "look_again"
    VERIFY = "verify"


def invoice_in_tribe(
    invoice: TribeInvoice, reading: TotalsReading, *, tribe_role_id: str | None = None
) -> InvoiceInTribe:
    """Return what an invoice is compared by; `reading` says how Tribe's amounts are to be understood."""
    totals = None if invoice.flaws else tribe_totals(invoice, reading)
    return InvoiceInTribe(
        tribe_invoice_id=invoice.tribe_invoice_id,
        number=invoice.number,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date,
        currency=invoice.currency,
        total_incl=totals.incl if totals else None,
        phase_code=invoice.phase_code,
        is_final=invoice.is_final,
        tribe_amount=invoice.raw_amount,
        modified_at=invoice.modified_at,
        tribe_role_id=tribe_role_id,
        tribe_relation_id=invoice.relation.tribe_relation_id if invoice.relation else None,
    )


@dataclass(frozen=True, slots=True)
class InBooks:
    """An invoice as Yuki shows it; what its list does not tell is None."""

    date: dt.date | None
    due_date: dt.date | None
    amount: Decimal | None
    yuki_contact_id: str | None
    yuki_document_id: str | None = None


@dataclass(frozen=True, slots=True)
class YukiBooks:
    """Yuki's outstanding items of our administration and the archive of its domain, by number.

    `is_ours_alone` says that the domain has no other administration, `tells_numbers` that the archive names numbers.
    """

    items: Mapping[str, Sequence[OutstandingItem]]
    documents: Mapping[str, Sequence[SalesDocument]]
    is_ours_alone: bool
    tells_numbers: bool

    @classmethod
    def of(
        cls, items: Sequence[OutstandingItem], documents: Sequence[SalesDocument], *, is_ours_alone: bool
    ) -> "YukiBooks":
        """Return the books that two lists show."""
        by_item: dict[str, list[OutstandingItem]] = defaultdict(list)
        for item in items:
            by_item[item.reference].append(item)
        by_document: dict[str, list[SalesDocument]] = defaultdict(list)
        for document in documents:
            by_document[document.reference or ""].append(document)
        nameless = len(by_document.pop("", []))
        by_item.pop("", None)
        return cls(by_item, by_document, is_ours_alone, nameless < len(documents) or not documents)

    def holds(self, reference: str) -> bool:
        """Tell whether either list shows a number."""
        return reference in self.items or reference in self.documents

    def open(self, reference: str) -> list[InBooks]:
        """Return the outstanding items with a number: they are certainly our administration's."""
        return [
            InBooks(one.date, one.due_date, one.original_amount, one.yuki_contact_id, one.yuki_document_id)
            for one in self.items.get(reference, ())
        ]

    def archived(self, reference: str) -> list[InBooks]:
        """Return the archive's documents with a number: those of every administration of the domain."""
        return [
            InBooks(one.date, None, one.amount, one.yuki_contact_id, one.yuki_document_id)
            for one in self.documents.get(reference, ())
        ]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared: invoices dated from `first` to `last`; `standing_of` tells drafts and excluded ones apart.

    `contact_of` tells the Yuki contact that a relation is linked to, `references` are the numbers of all transfers.
    """

    first: dt.date
    last: dt.date
    now: datetime
    standing_of: Callable[[InvoiceInTribe], PhaseMeaning]
    contact_of: Callable[[str], str | None]
    references: Collection[str] = ()

    def holds(self, day: dt.date | None) -> bool:
        """Tell whether a day is in the period."""
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of one invoice; `seen` are details of a report that Tribe and Yuki agree on against what was sent.

    `yuki_document_id` is the document that is certainly this invoice, where the books name one.
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
    stands for, whatever became of them; a booked transfer without one is gone in Tribe.
    """
    by_invoice = {transfer.tribe_invoice_id: transfer for transfer in transfers}
    in_tribe = {invoice.tribe_invoice_id for invoice in invoices}
    compared = [
        one
        for invoice in invoices
        if (one := _compare(invoice, by_invoice.get(invoice.tribe_invoice_id), books, scope)) is not None
    ]
    gone = [one for one in transfers if one.state is State.BOOKED and one.tribe_invoice_id not in in_tribe]
    compared += [one for transfer in gone if (one := _compare_gone(transfer, books, scope)) is not None]
    known = {invoice.number for invoice in invoices} | set(scope.references)
    return Comparison(tuple(compared), _typed(books, known, scope))


def _compare(invoice: InvoiceInTribe, transfer: Transfer | None, books: YukiBooks, scope: Scope) -> Compared | None:
    """Return what came of an invoice of Tribe; None for one that is not of the period, or not sent."""
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
    is_equal = any(not _differences(None, transfer, one, scope) and _is_whole(transfer, one) for one in found)
    return Repair.VERIFY if is_equal else None


def _is_stale(transfer: Transfer, invoice: InvoiceInTribe, scope: Scope) -> bool:
    """Tell whether an invoice was skipped for what is no longer so."""
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
    look = _look(None, transfer, books, scope)
    if not look.records and look.unchecked is None:
        return None
    parts = {
        FindingCode.NOT_IN_TRIBE: (Detail(DetailCode.DELETED_IN_TRIBE),),
        **_book_parts(None, transfer, look, scope),
    }
    return _booked(None, transfer, parts, look)


def _compare_booked(invoice: InvoiceInTribe, transfer: Transfer, books: YukiBooks, scope: Scope) -> Compared:
    if transfer.reference is None:
        return _booked(invoice, transfer, {}, _Look("", unchecked=Unchecked.NUMBER_UNKNOWN))
    look = _look(invoice, transfer, books, scope)
    parts = _book_parts(invoice, transfer, look, scope)
    left, agreed = _edited(invoice, transfer, look, scope)
    if left:
        parts = {FindingCode.EDITED_AFTER_SENT: (edited(left),), **parts}
    return _booked(invoice, transfer, parts, look, (edited(agreed),) if agreed else ())


@dataclass(frozen=True, slots=True)
class _Look:
    """What the books show of a number: `records`, how many `times`, and why that may not be all there is to know."""

    reference: str
    records: tuple[InBooks, ...] = ()
    times: int = 0
    unchecked: Unchecked | None = None


def _look(invoice: InvoiceInTribe | None, transfer: Transfer, books: YukiBooks, scope: Scope) -> _Look:
    reference = transfer.reference or ""
    if not books.holds(reference) and invoice is not None and invoice.number and books.holds(invoice.number):
        reference = invoice.number  # corrected in both systems
    found, archived = books.open(reference), books.archived(reference)
    if transfer.verification == Verification.PERSON:
        # They compared it themselves: it may have another number there, or other amounts.
        return _Look(reference, unchecked=Unchecked.SAID_BY_A_PERSON)
    if found:
        times = max(len(found), len(archived)) if books.is_ours_alone else len(found)
        return _Look(reference, tuple(found), times)
    if not archived:
        return _Look(reference, unchecked=_why_absence_is_not_certain(transfer, books, scope))
    if not books.is_ours_alone:
        # Those of another administration look the same; ours is known by its document, once it was an open item.
        archived = [one for one in archived if one.yuki_document_id == transfer.yuki_document_id is not None]
        if not archived:
            return _Look(reference, unchecked=Unchecked.ARCHIVE_OF_DOMAIN)
    return _Look(reference, tuple(archived), len(archived))


def _why_absence_is_not_certain(transfer: Transfer, books: YukiBooks, scope: Scope) -> Unchecked | None:
    if not books.tells_numbers:
        return Unchecked.ARCHIVE_WITHOUT_NUMBERS
    if transfer.booked_at is not None and transfer.booked_at > scope.now - JUST_BOOKED:
        return Unchecked.JUST_BOOKED
    return None


def _book_parts(
    invoice: InvoiceInTribe | None, transfer: Transfer, look: _Look, scope: Scope
) -> dict[FindingCode, Details]:
    """Return what is wrong in the books, each with its details."""
    if look.unchecked is not None:
        return {}
    if not look.records:
        return {FindingCode.MISSING_IN_YUKI: (Detail(DetailCode.NOT_IN_YUKI),)}
    parts: dict[FindingCode, Details] = {}
    if look.times > 1:
        parts[FindingCode.DOUBLE_IN_YUKI] = (times_in_yuki(look.times),)
    nearest = _nearest(invoice, transfer, look, scope)
    if differences := _differences(invoice, transfer, nearest, scope):
        parts[FindingCode.BOOKED_DIFFERENTLY] = differences
    return parts


def _nearest(invoice: InvoiceInTribe | None, transfer: Transfer, look: _Look, scope: Scope) -> InBooks:
    return min(look.records, key=lambda record: len(_differences(invoice, transfer, record, scope)))


def _differences(invoice: InvoiceInTribe | None, transfer: Transfer, record: InBooks, scope: Scope) -> Details:
    """Return where the books differ from what was sent and from what Tribe shows now."""
    return tuple(_each_difference(invoice, transfer, record, scope))


def _each_difference(
    invoice: InvoiceInTribe | None, transfer: Transfer, record: InBooks, scope: Scope
) -> Iterator[Detail]:
    if not _is_same_contact(invoice, transfer, record, scope):
        yield Detail(DetailCode.OTHER_CONTACT)
    # Outstanding items and documents are in euros.
    amounts = (transfer.total_incl, invoice.total_incl if invoice else None)
    if transfer.currency in (None, EURO) and _differs(record.amount, *amounts):
        yield booked_otherwise("amount", transfer.total_incl, record.amount)
    if _differs(record.date, transfer.invoice_date, invoice.invoice_date if invoice else None):
        yield booked_otherwise("date", transfer.invoice_date, record.date)
    if _differs(record.due_date, transfer.due_date, invoice.due_date if invoice else None):
        yield booked_otherwise("due_date", transfer.due_date, record.due_date)


def _differs[Value](booked: Value | None, sent: Value | None, in_tribe: Value | None) -> bool:
    """Tell whether a value in the books is known, and is neither what was sent nor what Tribe shows."""
    return booked is not None and sent is not None and booked not in (sent, in_tribe)


def _is_same_contact(invoice: InvoiceInTribe | None, transfer: Transfer, record: InBooks, scope: Scope) -> bool:
    if None in (record.yuki_contact_id, transfer.yuki_contact_id):
        return True
    if record.yuki_contact_id == transfer.yuki_contact_id:
        return True
    # Merged or linked anew since, or corrected in both systems.
    relations = {transfer.tribe_relation_id, invoice.tribe_relation_id if invoice else None} - {None}
    return any(scope.contact_of(relation) == record.yuki_contact_id for relation in relations if relation)


def _is_whole(transfer: Transfer, record: InBooks) -> bool:
    """Tell whether the books tell everything that an equal invoice is known by."""
    is_amount_known = record.amount is not None and transfer.total_incl is not None
    return record.date is not None and record.yuki_contact_id is not None and is_amount_known


def edited_fields(
    transfer: Transfer,
    invoice: InvoiceInTribe,
    contact_of: Callable[[str], str | None],
    standing_of: Callable[[InvoiceInTribe], PhaseMeaning],
) -> tuple[InvoiceField, ...]:
    """Return what Tribe shows otherwise than when the invoice was booked.

    A relation that is another record but the same contact in Yuki, after a merge, is the same, and so is every phase
    that means sent.
    """
    checks: tuple[tuple[InvoiceField, bool], ...] = (
        ("number", transfer.reference not in (None, invoice.number)),
        ("date", _is_changed(transfer.invoice_date, invoice.invoice_date)),
        ("currency", _is_changed(transfer.currency, invoice.currency)),
        ("amount", _is_changed(transfer.tribe_amount, invoice.tribe_amount)),
        ("customer", _is_other_relation(transfer, invoice, contact_of)),
        ("phase", standing_of(invoice) is not PhaseMeaning.SENT),
    )
    return tuple(name for name, is_changed in checks if is_changed)


def _is_changed[Value](before: Value | None, after: Value | None) -> bool:
    return before is not None and after is not None and before != after


def _is_other_relation(transfer: Transfer, invoice: InvoiceInTribe, contact_of: Callable[[str], str | None]) -> bool:
    relation = invoice.tribe_relation_id
    if relation is None or transfer.tribe_relation_id in (None, relation):
        return False
    return transfer.yuki_contact_id is None or contact_of(relation) != transfer.yuki_contact_id


def _edited(
    invoice: InvoiceInTribe, transfer: Transfer, look: _Look, scope: Scope
) -> tuple[tuple[InvoiceField, ...], tuple[InvoiceField, ...]]:
    """Return the fields that were edited after sending; when Yuki shows all of them so too, as the second."""
    found = edited_fields(transfer, invoice, scope.contact_of, scope.standing_of)
    if not look.records:
        return found, ()
    record = _nearest(invoice, transfer, look, scope)
    relation = invoice.tribe_relation_id
    corrected = {
        "number": look.reference == invoice.number,
        "date": record.date == invoice.invoice_date,
        "amount": invoice.currency == EURO and record.amount == invoice.total_incl,
        "customer": relation is not None and scope.contact_of(relation) == record.yuki_contact_id,
    }
    left = tuple(name for name in found if not corrected.get(name, False))
    return left, () if left else found


def seen_details(transfer: Transfer) -> Details:
    """Return what of a report a person has seen and accepted already."""
    seen = (agreed.details for agreed in transfer.agreements if agreed.to is Agreement.SEEN)
    return tuple(chain.from_iterable(seen))


def with_seen(transfer: Transfer, details: Details) -> Transfer:
    """Return a transfer of which a person has seen and accepted some details of a report, besides those of before."""
    before = seen_details(transfer)
    added = tuple(detail for detail in details if detail not in before)
    return transfer.agree(Agreed(Agreement.SEEN, (*before, *added)))


def _booked(
    invoice: InvoiceInTribe | None,
    transfer: Transfer,
    parts: Mapping[FindingCode, Details],
    look: _Look,
    seen: Details = (),
) -> Compared:
    accepted = seen_details(transfer)
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
        for code, details in parts.items()
    )
    return Compared(
        number=transfer.reference or "",
        amount=transfer.total_incl,
        currency=transfer.currency,
        ending=_ending(findings, look),
        invoice=invoice,
        transfer=transfer,
        findings=findings,
        unchecked=look.unchecked,
        seen=seen,
        yuki_document_id=look.records[0].yuki_document_id if len(look.records) == 1 else None,
    )


def _ending(findings: Sequence[Finding], look: _Look) -> Ending:
    if any(finding.standing is Standing.OPEN for finding in findings):
        return Ending.OPEN
    if findings:
        return Ending.ACCEPTED
    return Ending.EQUAL if look.unchecked is None else Ending.UNCHECKED


def _typed(books: YukiBooks, known: Collection[str | None], scope: Scope) -> Tally:
    """Count what Yuki holds under numbers that are nobody's in Tribe; the archive counts where it is ours alone."""
    tally = Tally()
    if books.is_ours_alone and books.tells_numbers:
        typed = [(one.date, one.amount) for one in _strange(books.documents, known)]
    else:
        typed = [(one.date, one.original_amount) for one in _strange(books.items, known)]
    for day, amount in typed:
        if scope.holds(day):
            tally = tally.add(amount, None)
    return tally


def _strange[Row](rows: Mapping[str, Sequence[Row]], known: Collection[str | None]) -> list[Row]:
    return [row for number, some in rows.items() if number not in known for row in some]
