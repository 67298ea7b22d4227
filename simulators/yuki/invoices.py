"""The invoices of the books."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from simulators.yuki.products import Line

CENT = Decimal("0.01")
ZERO = Decimal("0.00")

# Invoices paid on the spot never show up as outstanding (yuki-api 4.6).
IMMEDIATE_METHODS = frozenset(
    {"DebitCard", "CreditCard", "iDeal", "Online", "Cash", "ReceivedElectronically", "ReceivedCash"}
)
DEFERRED_METHODS = frozenset({"Unspecified", "ElectronicTransfer", "DirectCollection", "ToSettle"})


def cents(amount: Decimal) -> Decimal:
    """Round to cents, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP) + ZERO  # never "-0.00"


@dataclass(eq=False)
class Invoice:
    """A sales invoice or draft; totals are in its currency, `rate` is units of that currency for one euro.

    `id` is the id of its ledger line (the outstanding item), `document_id` that of its document in the archive.
    `booked_at` is aware; `created` and `modified` are naive Amsterdam times.
    """

    id: str
    document_id: str
    administration_id: str
    reference: str
    contact_id: str
    contact_code: str
    contact_name: str
    day: date
    due_date: date
    subject: str
    total_excl: Decimal
    total_vat: Decimal
    total_incl: Decimal
    booked_at: datetime
    created: datetime
    modified: datetime
    processed: bool = True
    currency: str = "EUR"
    rate: Decimal = Decimal(1)
    payment_method: str = "ElectronicTransfer"
    payment_id: str = ""
    source: str = "webservice"
    email_sent: bool = False
    sent_to_peppol: bool = False
    document_file_name: str = ""
    document_bytes: int = 0
    lines: tuple[Line, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    payments: list[tuple[date, Decimal]] = field(default_factory=list)

    @property
    def total_incl_eur(self) -> Decimal:
        """Return the total including VAT in euros, as the ledger holds it."""
        return cents(self.total_incl / self.rate)

    @property
    def total_vat_eur(self) -> Decimal:
        """Return the VAT in euros."""
        return cents(self.total_vat / self.rate)

    def open_amount(self, on: date | None = None) -> Decimal:
        """Return what is still to be paid in euros, on a day or now; nothing for drafts and immediate methods."""
        if not self.processed or self.payment_method in IMMEDIATE_METHODS:
            return ZERO
        paid = (amount for day, amount in self.payments if on is None or day <= on)
        return self.total_incl_eur - sum(paid, ZERO)

    def is_visible(self, now: datetime, delay_seconds: float) -> bool:
        """Return whether an overview that runs behind by some seconds shows the invoice yet."""
        return not delay_seconds or now - self.booked_at >= timedelta(seconds=delay_seconds)

    def state(self) -> dict[str, Any]:
        """Return the invoice as the control plane shows it: amounts as strings with two decimals."""
        return {
            "id": self.id,
            "document_id": self.document_id,
            "administration_id": self.administration_id,
            "reference": self.reference,
            "contact_id": self.contact_id,
            "contact_code": self.contact_code,
            "contact_name": self.contact_name,
            "date": self.day.isoformat(),
            "due_date": self.due_date.isoformat(),
            "currency": self.currency,
            "payment_method": self.payment_method,
            "payment_id": self.payment_id,
            "subject": self.subject,
            "lines": [line.state() for line in self.lines],
            "total_excl": str(self.total_excl),
            "total_vat": str(self.total_vat),
            "total_incl": str(self.total_incl),
            "total_incl_eur": str(self.total_incl_eur),
            "open_amount": str(self.open_amount()),
            "processed": self.processed,
            "source": self.source,
            "email_sent": self.email_sent,
            "sent_to_peppol": self.sent_to_peppol,
            "document_file_name": self.document_file_name,
            "document_bytes": self.document_bytes,
            "details": self.details,
            "created": self.created.isoformat(),
        }


class Invoices:
    """Hold the invoices of all administrations with an index on administration and reference."""

    def __init__(self) -> None:
        self._by_administration: dict[str, list[Invoice]] = {}
        self._by_reference: dict[tuple[str, str], list[Invoice]] = {}

    def all(self) -> list[Invoice]:
        """Return every invoice, drafts included, oldest first."""
        every = (invoice for invoices in self._by_administration.values() for invoice in invoices)
        return sorted(every, key=lambda invoice: invoice.booked_at)

    def of(self, administration_id: str) -> list[Invoice]:
        """Return the invoices of an administration, oldest first."""
        return self._by_administration.get(administration_id, [])

    def with_reference(self, administration_id: str, reference: str) -> list[Invoice]:
        """Return the booked invoices with a reference in one administration."""
        return [invoice for invoice in self._by_reference.get((administration_id, reference), ()) if invoice.processed]

    def with_same_reference(self, administration_id: str, reference: str, same: str) -> list[Invoice]:
        """Return the booked invoices whose reference is one with another, by the switch `same_reference`."""
        if same == "as_written":
            return self.with_reference(administration_id, reference)
        wanted = _written(reference, same)
        booked = (invoice for invoice in self.of(administration_id) if invoice.processed)
        return [invoice for invoice in booked if _written(invoice.reference, same) == wanted]

    def add(self, invoice: Invoice) -> None:
        """Add an invoice."""
        self._by_administration.setdefault(invoice.administration_id, []).append(invoice)
        self._by_reference.setdefault((invoice.administration_id, invoice.reference), []).append(invoice)

    def remove(self, invoice: Invoice) -> None:
        """Delete an invoice."""
        self._by_administration[invoice.administration_id].remove(invoice)
        self._by_reference[invoice.administration_id, invoice.reference].remove(invoice)


def _written(reference: str, same: str) -> str:
    folded = reference.casefold()
    return folded if same == "any_case" else "".join(filter(str.isalnum, folded))
