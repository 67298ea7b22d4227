"""What was edited in Tribe after an invoice was booked: each field with what it was and is, totals with the difference.

A field counts as edited only while Tribe and Yuki differ in it. What a person corrected in both is settled.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from hashlib import sha256

from tribe_yuki.connections.settings import PhaseMeaning
from tribe_yuki.core.details import Detail
from tribe_yuki.core.money import CENT
from tribe_yuki.invoices.details import InvoiceField, edited, edited_amount, edited_value
from tribe_yuki.invoices.reconcile.booking import ContactOf
from tribe_yuki.invoices.reconcile.books import InBooks
from tribe_yuki.invoices.reconcile.findings import EURO
from tribe_yuki.invoices.reconcile.invoice_in_tribe import InvoiceInTribe
from tribe_yuki.invoices.transfer import Transfer

type Edits = Mapping[InvoiceField, Detail]
"""The fields that were edited, each with what a person is told of it."""

# Earlier versions did not keep what Tribe showed of the VAT, and let Yuki's total differ by cents.
_OF_EARLIER_VERSIONS = 10 * CENT


def edits_since(
    transfer: Transfer,
    invoice: InvoiceInTribe,
    contact_of: ContactOf,
    standing_of: Callable[[InvoiceInTribe], PhaseMeaning],
) -> Edits:
    """Return what Tribe shows otherwise than when the invoice was booked.

    A relation that is another record but the same contact in Yuki, after a merge, is the same, and so is every phase
    that means sent.
    """
    found: dict[InvoiceField, Detail] = dict(_values(transfer, invoice))
    found |= dict(_amounts(transfer, invoice))
    if _is_other_relation(transfer, invoice, contact_of):
        found["customer"] = edited(["customer"], _mark(invoice.tribe_relation_id))
    if standing_of(invoice) is not PhaseMeaning.SENT:
        found["phase"] = edited(["phase"], invoice.phase_code)
    return found


def _values(transfer: Transfer, invoice: InvoiceInTribe) -> Iterator[tuple[InvoiceField, Detail]]:
    if transfer.reference not in (None, invoice.number):
        yield "number", edited_value("number", transfer.reference, invoice.number)
    if _is_changed(transfer.invoice_date, invoice.invoice_date):
        yield "date", edited_value("date", transfer.invoice_date, invoice.invoice_date)
    if _is_changed(transfer.due_date, invoice.due_date):
        yield "due_date", edited_value("due_date", transfer.due_date, invoice.due_date)
    if _is_changed(transfer.currency, invoice.currency):
        yield "currency", edited_value("currency", transfer.currency, invoice.currency)


def _amounts(transfer: Transfer, invoice: InvoiceInTribe) -> Iterator[tuple[InvoiceField, Detail]]:
    """Yield the edits of amounts: the total, VAT by rate, and lines that change neither, such as their texts."""
    is_vat_edited = _is_changed(transfer.tribe_vat, invoice.vat)
    are_lines_edited = _is_changed(transfer.tribe_lines, invoice.lines)
    is_touched = is_vat_edited or are_lines_edited or _is_changed(transfer.tribe_amount, invoice.tribe_amount)
    if _is_total_edited(transfer, invoice, is_touched=is_touched):
        yield "amount", edited_amount("amount", transfer.total_incl, invoice.total_incl)
    if is_vat_edited and transfer.tribe_vat is not None and invoice.vat is not None:
        yield "vat", edited_amount("vat_amount", _sum(transfer.tribe_vat), _sum(invoice.vat), _mark(invoice.vat))
    if are_lines_edited:
        yield "lines", edited(["lines"], invoice.lines or "")


def _is_total_edited(transfer: Transfer, invoice: InvoiceInTribe, *, is_touched: bool) -> bool:
    """Whether the customer now owes another total; what only another reading of Tribe's amounts makes of it is none."""
    if transfer.total_incl is None or invoice.may_total(transfer.total_incl):
        return False
    if transfer.tribe_lines is not None:
        return is_touched
    is_far = invoice.total_incl is not None and abs(invoice.total_incl - transfer.total_incl) > _OF_EARLIER_VERSIONS
    return is_touched or is_far


def _sum(vat: Mapping[str, Decimal]) -> Decimal:
    return sum(vat.values(), Decimal(0))


def _mark(value: object) -> str:
    """Return what tells one value from another, and not the value: it may be long, or an id that says nothing."""
    return sha256(str(value).encode()).hexdigest()[:12]


def corrected_fields(
    invoice: InvoiceInTribe, record: InBooks, reference: str, contact_of: ContactOf
) -> set[InvoiceField]:
    """Return the fields in which Yuki, with the record under a number, shows what Tribe shows."""
    relation = invoice.tribe_relation_id
    is_total_corrected = invoice.currency == EURO and invoice.may_total(record.amount)
    checks: tuple[tuple[InvoiceField, bool], ...] = (
        ("number", reference == invoice.number),
        ("date", record.date == invoice.invoice_date),
        ("due_date", record.due_date is not None and record.due_date == invoice.due_date),
        ("amount", is_total_corrected),
        ("customer", relation is not None and contact_of(relation) == record.yuki_contact_id),
    )
    return {name for name, is_corrected in checks if is_corrected}


def edits_left(edits: Edits, corrected: set[InvoiceField]) -> Edits:
    """Return the edits that were not made in Yuki, too; who corrected the total saw to lines and VAT."""
    settled = corrected | ({"vat", "lines"} if "amount" in edits and "amount" in corrected else set())
    return {name: detail for name, detail in edits.items() if name not in settled}


def _is_changed[Value](before: Value | None, after: Value | None) -> bool:
    return before is not None and after is not None and before != after


def _is_other_relation(transfer: Transfer, invoice: InvoiceInTribe, contact_of: ContactOf) -> bool:
    relation = invoice.tribe_relation_id
    if relation is None or transfer.tribe_relation_id in (None, relation):
        return False
    return transfer.yuki_contact_id is None or contact_of(relation) != transfer.yuki_contact_id
