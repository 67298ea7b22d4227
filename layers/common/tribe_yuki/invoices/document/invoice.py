"""Turn a Tribe invoice into the document that Yuki books (design 6.4)."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from stdnum.be import ogm_vcs

from tribe_yuki.connections.administration import AdministrationCodes, VatCode
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.details import currency_unknown, days_out_of_range
from tribe_yuki.invoices.document.amounts import Amounts, settle_amounts
from tribe_yuki.invoices.document.customer_vat import CustomerVat
from tribe_yuki.invoices.document.lines import map_lines
from tribe_yuki.invoices.document.target import PaperText, no_paper
from tribe_yuki.invoices.document.vat import choose_vat_code, supply_of
from tribe_yuki.invoices.model import (
    InvoiceDocument,
    SalesInvoice,
    SalesInvoiceContact,
    TribeInvoice,
    TribeInvoiceLine,
)

TO_SETTLE = "ToSettle"
_PDF_ENDS = 1024
_FILLING = b"\0\t\n\f\r\x1a "
LONGEST_TERM = 3650
_CURRENCY = re.compile(r"[A-Z]{3}")
_BELGIAN_REFERENCE = re.compile(r"[+*]{3}.*[+*]{3}")


@dataclass(frozen=True, slots=True)
class MappedInvoice:
    """The document, without its PDF, and the amounts that Yuki will compute from it.

    `at_odds` are the positions of lines whose products Yuki cannot tell apart, though they differ in account or VAT.
    `lacks_payment_id` says that the payment reference was left out: its check digits are wrong.
    """

    document: SalesInvoice
    amounts: Amounts
    at_odds: tuple[int, ...] = ()
    lacks_payment_id: bool = False


def map_invoice(
    invoice: TribeInvoice,
    contact: SalesInvoiceContact,
    customer: CustomerVat,
    books: AdministrationCodes,
    settings: ConnectionSettings,
    agreed: Collection[Agreed] = (),
    paper: PaperText = no_paper,
) -> MappedInvoice:
    """Return the document for Yuki.

    `agreed` is what a person agreed to about totals that differ, `paper` gives the text of the PDF.
    Raises Held with the reasons of design 6.5: VAT, ledger, totals, or a field that cannot be booked.
    """
    number, day = _required(invoice)
    due, payment_id = due_date(invoice, settings), _field(invoice, settings.payment_id_field)
    mapped = map_lines(
        invoice.lines,
        vat_included=invoice.is_vat_included,
        discount_percentage=invoice.discount_percentage,
        vat_of=lambda line: _vat_code(line, customer, books.vat_codes, day, settings),
        accounts=books.gl_accounts,
        settings=settings,
    )
    amounts = settle_amounts(invoice, mapped, settings, books, day, agreed, paper)
    document = SalesInvoice(
        reference=number,
        subject=invoice.subject or f"Factuur {number}",
        payment_method=TO_SETTLE if amounts.totals.incl < 0 else settings.payment_method,
        date=day,
        due_date=due,
        currency=invoice.currency,
        contact=contact,
        lines=amounts.lines,
        payment_id=payment_id if is_payment_id(payment_id) else None,
        purchase_order_number=_field(invoice, settings.purchase_order_field),
        sent_to_peppol=_peppol(contact, settings, agreed),
        remarks="\n".join(mapped.remarks) or None,
    )
    return MappedInvoice(document, amounts, mapped.at_odds, lacks_payment_id=not is_payment_id(payment_id))


def is_pdf(content: bytes) -> bool:
    """Whether bytes are a whole PDF, and not a web page or a part of one: as readers look for it, near both ends.

    What fills up the last block of a file is not its end.
    """
    return b"%PDF-" in content[:_PDF_ENDS] and b"%%EOF" in content.rstrip(_FILLING)[-_PDF_ENDS:]


def with_pdf(document: SalesInvoice, file_name: str, content: bytes) -> SalesInvoice:
    """Return the document with its PDF."""
    return replace(document, document=InvoiceDocument(file_name or f"{document.reference}.pdf", content))


def due_date(invoice: TribeInvoice, settings: ConnectionSettings) -> date:
    """Return the due date: Tribe's own, else the customer's payment term, else the connection's."""
    if invoice.due_date is not None:
        return invoice.due_date
    _, day = _required(invoice)
    term = invoice.payment_term_days if invoice.payment_term_days is not None else settings.payment_term_days
    if not 0 <= term <= LONGEST_TERM:
        raise Held(HoldReason.INVOICE_INVALID, days_out_of_range(LONGEST_TERM))
    return day + timedelta(days=term)


def content_hash(document: SalesInvoice) -> str:
    """Return a hash of everything that would be booked; the PDF counts by its bytes."""
    return hashlib.sha256(repr(document).encode()).hexdigest()


def _required(invoice: TribeInvoice) -> tuple[str, date]:
    if not invoice.number:
        raise Held(HoldReason.NUMBER_MISSING)
    if invoice.invoice_date is None:
        raise Held(HoldReason.INVOICE_INVALID, Detail(DetailCode.INVOICE_DATE_MISSING))
    if not _CURRENCY.fullmatch(invoice.currency):
        raise Held(HoldReason.INVOICE_INVALID, currency_unknown(invoice.currency))
    return invoice.number, invoice.invoice_date


def _vat_code(
    line: TribeInvoiceLine,
    customer: CustomerVat,
    codes: Sequence[VatCode],
    day: date,
    settings: ConnectionSettings,
) -> VatCode:
    return choose_vat_code(settings, codes, line.vat_group, customer, supply_of(line, settings), day)


def is_payment_id(value: str | None) -> bool:
    """Whether a payment reference may be what payments are matched by: a structured one needs its check digits."""
    return not (value and _BELGIAN_REFERENCE.fullmatch(value)) or ogm_vcs.is_valid(value)


def _field(invoice: TribeInvoice, name: str | None) -> str | None:
    return (invoice.fields.get(name) or None) if name else None


def _peppol(contact: SalesInvoiceContact, settings: ConnectionSettings, agreed: Collection[Agreed]) -> bool | None:
    # Yuki needs a VAT or company number and the first address line of the customer (yuki-api 4.2).
    if settings.peppol != "yuki" or Agreed(Agreement.WITHOUT_PEPPOL) in agreed:
        return None
    return True if contact.vat_number and contact.address_line_1 else None
