"""Invoices: as Tribe holds them, and as they are sent to Yuki.

Amounts are Decimals in the named currency. Nothing here is rounded unless its name says so.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tribe_yuki.contacts.model import ContactKind, TribeRelation
from tribe_yuki.core.details import Details

_EVERYTHING = Decimal(100)


@dataclass(frozen=True, slots=True)
class TribeVatGroup:
    """A VAT group of Tribe: a percentage without a kind (tribe-api 6.6).

    `country` is read with the list of groups only; None where Tribe says nothing.
    """

    tribe_vat_group_id: str
    code: str | None
    name: str | None
    percentage: Decimal | None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class TribeProduct:
    """A product of Tribe, with the code of its ledger account and of its group."""

    tribe_product_id: str
    name: str
    code: str | None = None
    ledger_account: str | None = None
    product_group: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceHead:
    """Number, date and phase of an invoice; the date is that of Amsterdam, None where there is none."""

    tribe_invoice_id: str
    number: str | None
    invoice_date: dt.date | None
    phase_code: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class TribeInvoiceLine:
    """A line of an invoice. `total_*` and `vat_amount` are Tribe's own, in the invoice's currency, as stored."""

    tribe_line_id: str
    description: str
    quantity: Decimal
    price: Decimal
    discount_percentage: Decimal = Decimal(0)
    product: TribeProduct | None = None
    vat_group: TribeVatGroup | None = None
    total_excl: Decimal | None = None
    total_incl: Decimal | None = None
    vat_amount: Decimal | None = None

    @property
    def has_price(self) -> bool:
        """Whether something is sold on it, be it for nothing after its discount."""
        return self.quantity != 0 and self.price != 0

    @property
    def has_amount(self) -> bool:
        """Whether anything is left to pay on it; else it is text, everywhere, and Tribe may show no totals for it."""
        return self.has_price and self.discount_percentage != _EVERYTHING


@dataclass(frozen=True, slots=True)
class TribeAttachment:
    """A file on an invoice."""

    tribe_attachment_id: str
    file_name: str
    mime_type: str
    created_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class TribeInvoice:
    """An invoice of Tribe, whole: lines, debtor and attachments (tribe-api 6).

    `amount` is Tribe's own total; what it includes is a setting (`TotalsReading`).
    `invoice_date` and `due_date` are days in Europe/Amsterdam. `fields` holds further raw fields that
    settings may name (external id, payment reference, purchase order number). `flaws` say why the number or the
    amounts cannot be taken as they are, if so; `raw_amount` is Tribe's field as it stands.
    """

    tribe_invoice_id: str
    number: str | None
    subject: str | None
    phase_code: str
    is_final: bool
    currency: str
    is_vat_included: bool
    discount_percentage: Decimal
    amount: Decimal | None
    invoice_date: dt.date | None
    due_date: dt.date | None
    relation: TribeRelation | None
    payment_term_days: int | None = None
    lines: tuple[TribeInvoiceLine, ...] = ()
    attachments: tuple[TribeAttachment, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    modified_at: dt.datetime | None = None
    flaws: Details = ()
    raw_amount: Decimal | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is sold on it, so that there is nothing to book: only texts, and no amount in Tribe."""
        return not self.flaws and not self.amount and not any(line.has_price for line in self.lines)


@dataclass(frozen=True, slots=True)
class SalesInvoiceLine:
    """A line as Yuki gets it: `price` has at most 4 decimals, `quantity` too."""

    description: str
    quantity: Decimal
    price: Decimal
    product_description: str
    product_reference: str | None
    vat_type: int
    vat_percentage: Decimal
    vat_description: str | None
    vat_included: bool
    gl_account: str


@dataclass(frozen=True, slots=True)
class SalesInvoiceContact:
    """The debtor as the invoice names it; the address goes along only when it is complete.

    `country` is where the debtor is taken to be. Unless Tribe says so (`names_country`) it stays out of the document,
    where it would overwrite what Yuki knows.
    """

    code: str
    full_name: str
    kind: ContactKind
    country: str
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    address_line_1: str | None = None
    address_line_2: str | None = None
    postcode: str | None = None
    city: str | None = None
    email: str | None = None
    website: str | None = None
    vat_number: str | None = None
    coc_number: str | None = None
    names_country: bool = True


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """The PDF of an invoice."""

    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SalesInvoice:
    """One sales invoice as Yuki gets it (yuki-api 4.2). It is always booked at once and never mailed."""

    reference: str
    subject: str
    payment_method: str
    date: dt.date
    due_date: dt.date
    currency: str
    contact: SalesInvoiceContact
    lines: tuple[SalesInvoiceLine, ...]
    payment_id: str | None = None
    purchase_order_number: str | None = None
    sent_to_peppol: bool | None = None
    remarks: str | None = None
    document: InvoiceDocument | None = None


@dataclass(frozen=True, slots=True)
class InvoiceAnswer:
    """What Yuki says of one invoice of a batch (yuki-api 4.8)."""

    reference: str
    succeeded: bool
    processed: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What Yuki says of a batch; `invoices` in the order of the answer."""

    invoices: tuple[InvoiceAnswer, ...]
    total_succeeded: int
    total_failed: int
    total_skipped: int


@dataclass(frozen=True, slots=True)
class OutstandingItem:
    """An open item of a debtor (yuki-api 5.2); amounts include VAT. Only the list calls tell the document."""

    reference: str
    date: dt.date | None
    due_date: dt.date | None
    open_amount: Decimal
    original_amount: Decimal
    type_id: int | None
    yuki_contact_id: str | None = None
    contact_code: str | None = None
    yuki_document_id: str | None = None


@dataclass(frozen=True, slots=True)
class SalesDocument:
    """A sales invoice in the archive (yuki-api 5.4); a live domain tells reference and contact, samples do not."""

    yuki_document_id: str
    reference: str | None
    date: dt.date | None
    amount: Decimal | None
    yuki_contact_id: str | None
    subject: str | None
    modified_at: dt.datetime | None = None
