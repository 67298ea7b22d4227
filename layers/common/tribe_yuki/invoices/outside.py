"""What invoices ask of Tribe and Yuki, as Protocols."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Protocol

from tribe_yuki.contacts import outside
from tribe_yuki.invoices.model import (
    BatchAnswer,
    InvoiceHead,
    OutstandingItem,
    SalesDocument,
    SalesInvoice,
    TribeInvoice,
)
from tribe_yuki.invoices.reconcile.invoice_in_tribe import InvoiceInTribe


class Tribe(outside.Tribe, Protocol):
    """Tribe CRM's relations and invoices."""

    def invoice_of_line(self, tribe_line_id: str) -> str | None:
        """Return the id of the invoice that a product line belongs to, or None."""
        ...

    def read_invoices(self, tribe_invoice_ids: Sequence[str]) -> list[TribeInvoice]:
        """Return invoices whole, in the order asked for; those that are gone are left out."""
        ...

    def read_document(self, tribe_attachment_id: str, *, largest: int) -> bytes | None:
        """Return the bytes of an attachment; None when it is larger than `largest` bytes or gone."""
        ...

    def sent_invoices(self, *, modified_since: datetime) -> list[str]:
        """Return the ids of invoices in a phase other than Draft that were changed since an instant."""
        ...

    def invoices_dated(self, first: date, last: date) -> list[InvoiceInTribe]:
        """Return the invoices in a phase other than Draft that are dated from a day to another."""
        ...

    def invoice_heads_dated(self, first: date, last: date) -> list[InvoiceHead]:
        """Return number and date of the invoices that `invoices_dated` returns."""
        ...

    def invoices_with_numbers(self, numbers: Sequence[str]) -> list[InvoiceHead]:
        """Return number and date of the invoices, drafts too, that have one of some numbers."""
        ...

    def write_invoice_field(self, tribe_invoice_id: str, field: str, value: str) -> None:
        """Write one field of an invoice."""
        ...


class Yuki(outside.Yuki, Protocol):
    """Yuki's contacts and its books."""

    def process_sales_invoices(self, invoices: Sequence[SalesInvoice]) -> BatchAnswer:
        """Send invoices in one call and return what Yuki said of each.

        Raises Held(invoice_invalid) when the document was refused as a whole (nothing was booked).
        """
        ...

    def document_size(self, invoice: SalesInvoice) -> int:
        """Return how many bytes an invoice takes in a call."""
        ...

    def check_outstanding_item(self, reference: str) -> list[OutstandingItem]:
        """Return the open items of the administration with this reference."""
        ...

    def outstanding_debtor_items(self) -> list[OutstandingItem]:
        """Return all open items of debtors of the administration."""
        ...

    def all_sales_documents(self, *, modified_since: datetime) -> Iterator[SalesDocument]:
        """Yield the sales invoices of the archive of the domain, in the order of their change (one call per 500)."""
        ...
