"""Tribe's invoices as the domain knows them (tribe-api 6)."""

import mimetypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Self

from tribe_yuki.adapters.tribe.application import TribeOptions
from tribe_yuki.adapters.tribe.odata import NEXT_LINK
from tribe_yuki.adapters.tribe.values import (
    Record,
    code,
    day,
    flag,
    instant,
    link,
    links,
    number,
    raw,
    record_id,
    several_lines,
    text,
)
from tribe_yuki.contacts.model import TribeRelation
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Unreadable
from tribe_yuki.core.outside_text import LONGEST_CODE
from tribe_yuki.invoices.details import (
    TribeDay,
    TribeNumber,
    number_too_long,
    price_missing,
    too_large,
    year_out_of_range,
)
from tribe_yuki.invoices.document.totals import HUNDRED
from tribe_yuki.invoices.model import (
    InvoiceHead,
    TribeAttachment,
    TribeInvoice,
    TribeInvoiceLine,
    TribeProduct,
    TribeVatGroup,
)
from tribe_yuki.invoices.reconcile.invoice_in_tribe import InvoiceInTribe, invoice_in_tribe

# What lies beyond was mistyped, and holds that invoice until it is corrected: dates cannot be added to, amounts cannot
# be rounded or stored, and nobody would want them booked.
FIRST_YEAR, LAST_YEAR = 1990, 2100
TOO_LARGE = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Bounded:
    """Read the numbers and days of one invoice; beyond the bounds they are None, and a flaw in `flaws`."""

    flaws: list[Detail] = field(default_factory=list)
    line: int | None = None

    def of_line(self, line: int) -> Self:
        """Return what reads a line of the same invoice."""
        return replace(self, line=line)

    def number(self, record: Record, name: str, what: TribeNumber) -> Decimal | None:
        """Return a number, such as the price of a line; `what` it is to people."""
        value = number(record, name)
        if value is not None and abs(value) >= TOO_LARGE:
            self.flaws.append(too_large(what, self.line))
            return None
        return value

    def day(self, record: Record, name: str, what: TribeDay) -> date | None:
        """Return a day; `what` it is to people."""
        value = day(record, name)
        if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.flaws.append(year_out_of_range(what, FIRST_YEAR, LAST_YEAR))
            return None
        return value


INVOICES = "Activity_Invoice"
INVOICE_TYPE = "Activity.Invoice"
LINES = "ProductLine"
ATTACHMENTS = "Attachment"

EXPAND_INVOICE = (
    "Phase,Relationship,Contact,"
    "ProductLines($expand=VatGroup,Product($expand=GeneralLedgerAccount,ProductGroup)),"
    "Attachments($expand=File)"
)
EXPAND_HEAD = "Phase"
# What a comparison of many invoices needs: the totals come from the lines.
EXPAND_DATED = "Phase,Relationship,ProductLines($expand=VatGroup)"


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who the invoice is for, and the payment term that was agreed with them."""

    relation: TribeRelation
    payment_term_days: int | None


def invoice(
    record: Record, debtor: Debtor | None, attachments: Sequence[TribeAttachment], options: TribeOptions
) -> TribeInvoice:
    """Return an invoice that was read with `EXPAND_INVOICE`.

    A value that cannot be understood, or lies beyond all bounds, is a flaw of the invoice; only without a phase it
    cannot be told what the invoice is. Raises Unreadable then.
    """
    try:
        return _invoice(record, debtor, attachments, options)
    except Unreadable as error:
        return TribeInvoice(
            tribe_invoice_id=record_id(record),
            number=_number_or_none(record),
            subject=None,
            phase_code=text(link(record, "Phase") or {}, "Code") or "",
            is_final=True,
            currency="",
            is_vat_included=False,
            discount_percentage=Decimal(0),
            amount=None,
            invoice_date=None,
            due_date=None,
            relation=debtor.relation if debtor else None,
            payment_term_days=None,
            lines=(),
            attachments=(),
            flaws=error.details,
        )


def _number_or_none(record: Record) -> str | None:
    try:
        return invoice_number(record)
    except Unreadable:
        return None


def _invoice(
    record: Record, debtor: Debtor | None, attachments: Sequence[TribeAttachment], options: TribeOptions
) -> TribeInvoice:
    bounded = Bounded()
    currency = (code(record, "Currency") or options.base_currency).upper()
    suffix = "" if currency == options.base_currency else "InCurrency"
    records = sorted(links(record, "ProductLines"), key=_position)
    lines = tuple(_line(line, suffix, bounded.of_line(place)) for place, line in enumerate(records, start=1))
    discount = bounded.number(record, "DiscountPercentage", "discount") or Decimal(0)
    return TribeInvoice(
        tribe_invoice_id=record_id(record),
        number=invoice_number(record),
        subject=text(record, "Subject"),
        phase_code=phase_code(record),
        is_final=_is_final(record, options),
        currency=currency,
        is_vat_included=flag(record, "IsVatIncluded"),
        discount_percentage=discount,
        amount=_amount(bounded.number(record, f"Amount{suffix}", "amount"), lines, discount, suffix, options),
        invoice_date=bounded.day(record, _present(record, options.invoice_date_names), "invoice_date"),
        due_date=bounded.day(record, _present(record, options.due_date_names), "due_date"),
        relation=debtor.relation if debtor else None,
        payment_term_days=debtor.payment_term_days if debtor else None,
        lines=lines,
        attachments=tuple(attachments),
        fields={name: value for name in options.invoice_fields if (value := raw(record, name)) is not None},
        modified_at=instant(record, "LastMutationDate"),
        raw_amount=bounded.number(record, "Amount", "amount"),
        flaws=(*_flaws(record, records, currency, suffix), *bounded.flaws)[:1],
    )


def head(record: Record, options: TribeOptions) -> InvoiceHead:
    """Return what tells invoices apart, from a record read with `EXPAND_HEAD`."""
    return InvoiceHead(
        tribe_invoice_id=record_id(record),
        number=invoice_number(record),
        invoice_date=day(record, _present(record, options.invoice_date_names)),
        phase_code=phase_code(record),
        is_final=_is_final(record, options),
    )


def phase_code(record: Record) -> str:
    """Return the code of an invoice's phase; empty where it has none."""
    return text(link(record, "Phase") or {}, "Code") or ""


def invoice_number(record: Record) -> str | None:
    """Return the number as it can stand in Yuki's books: on one line, without invisible characters.

    A document cannot hold some of them. What Yuki then has under another number than ours would never be found there,
    and be sent again and again.
    """
    return code(record, "Number")


def dated(record: Record, options: TribeOptions) -> InvoiceInTribe:
    """Return what reconciliation compares, from a record read with `EXPAND_DATED`."""
    whole = invoice(record, None, (), options)
    role = link(record, "Relationship")
    return invoice_in_tribe(whole, options.totals, tribe_role_id=record_id(role) if role else None)


def attachment(record: Record) -> TribeAttachment | None:
    """Return an attachment that was read with its file; None when it has none."""
    file = link(record, "File")
    if file is None:
        return None
    file_name = text(file, "Name") or text(record, "Description") or ""
    return TribeAttachment(
        tribe_attachment_id=record_id(record),
        file_name=file_name,
        mime_type=(text(file, "MimeType") or mimetypes.guess_type(file_name)[0] or "").lower(),
        created_at=instant(record, "CreationDate") or instant(file, "CreationDate"),
    )


def vat_group(record: Record | None) -> TribeVatGroup | None:
    """Return a VAT group."""
    return _vat_group(record, Bounded())


def _vat_group(record: Record | None, bounded: Bounded) -> TribeVatGroup | None:
    if record is None:
        return None
    return TribeVatGroup(
        tribe_vat_group_id=record_id(record),
        code=code(record, "Code"),
        name=code(record, "Name") or code(record, "_Name"),
        percentage=bounded.number(record, "Percentage", "vat_percentage"),
    )


def _vat_group_of_line(record: Record, bounded: Bounded) -> TribeVatGroup | None:
    """Return a line's VAT group with the percentage that the line was invoiced at: the group may have another by now.

    A line that states none, or 0, says nothing of its group.
    """
    group = _vat_group(link(record, "VatGroup"), bounded)
    stated = bounded.number(record, "VatPercentage", "vat_percentage")
    return replace(group, percentage=stated) if group and stated else group


def _line(record: Record, suffix: str, bounded: Bounded) -> TribeInvoiceLine:
    product = _product(link(record, "Product"))
    discount = bounded.number(record, "DiscountPercentage", "discount") or Decimal(0)
    description = several_lines(record, "Description") or several_lines(record, "LocalizedDescription")
    return TribeInvoiceLine(
        tribe_line_id=record_id(record),
        description=description or (product.name if product else ""),
        quantity=bounded.number(record, "Quantity", "quantity") or Decimal(0),
        price=bounded.number(record, f"Price{suffix}", "price") or Decimal(0),
        discount_percentage=discount,
        product=product,
        vat_group=_vat_group_of_line(record, bounded),
        total_excl=bounded.number(record, f"TotalExcludingVat{suffix}", "amount"),
        total_incl=bounded.number(record, f"TotalIncludingVat{suffix}", "amount"),
        vat_amount=_vat_amount(record, suffix, discount, partial(bounded.number, what="vat_amount")),
    )


def _vat_amount(
    record: Record, suffix: str, discount: Decimal, read: Callable[[Record, str], Decimal | None]
) -> Decimal | None:
    """Return the VAT after the line's discount; `VatAmount` is the VAT before it (tribe-api 6.2)."""
    after = read(record, f"VatAmountIncludingDiscount{suffix}")
    return read(record, f"VatAmount{suffix}") if after is None and not discount else after


def _product(record: Record | None) -> TribeProduct | None:
    if record is None:
        return None
    account, group = link(record, "GeneralLedgerAccount"), link(record, "ProductGroup")
    return TribeProduct(
        tribe_product_id=record_id(record),
        name=text(record, "Name") or text(record, "_Name") or "",
        code=code(record, "Code"),
        ledger_account=code(account, "Code") if account else None,
        product_group=(code(group, "Code") or code(group, "Name") or code(group, "_Name")) if group else None,
    )


def _amount(
    told: Decimal | None, lines: Sequence[TribeInvoiceLine], discount: Decimal, suffix: str, options: TribeOptions
) -> Decimal | None:
    """Return the invoice's total in its own currency, as it is `told`.

    Tribe documents only the total in the base currency; in another currency it is the sum of the lines, read the
    way the setting says.
    """
    if not suffix or told is not None:
        return told
    counted = [line for line in lines if line.has_amount]
    totals = [line.total_excl if options.totals.amount == "excl" else line.total_incl for line in counted]
    known = [total for total in totals if total is not None]
    if len(known) < len(totals):
        return None
    left = HUNDRED if options.totals.line_totals == "after_document_discount" else HUNDRED - discount
    return sum(known, Decimal(0)) * left / HUNDRED


def _flaws(record: Record, lines: Sequence[Record], currency: str, suffix: str) -> Iterator[Detail]:
    """Say why an invoice cannot be booked as Tribe shows it; a number that was cut is not its number."""
    if len(text(record, "Number") or "") > LONGEST_CODE:
        yield number_too_long(LONGEST_CODE)
    if f"ProductLines{NEXT_LINK}" in record:
        yield Detail(DetailCode.LINES_CUT_OFF)
    if suffix:
        yield from _missing_price(lines, currency)


def _missing_price(lines: Sequence[Record], currency: str) -> Iterator[Detail]:
    """Say which lines have only a price in the base currency, which is no price in the invoice's."""
    for position, line in enumerate(lines, start=1):
        if number(line, "PriceInCurrency") is None and number(line, "Price") and number(line, "Quantity"):
            yield price_missing(position, currency)


def _is_final(record: Record, options: TribeOptions) -> bool:
    """Return the final flag; if it has another name here, an invoice is final once it has a number (tribe-api 6.1)."""
    name = _present(record, options.final_names)
    return flag(record, name) if name in record else invoice_number(record) is not None


def _present(record: Record, names: Sequence[str]) -> str:
    return next((name for name in names if name in record), names[0])


def _position(line: Record) -> tuple[bool, Decimal]:
    position = number(line, "SortIndex")
    return position is None, position or Decimal(0)
