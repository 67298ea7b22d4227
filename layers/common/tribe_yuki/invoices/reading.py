"""Invoices as they are read back from Tribe, many per call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tribe_yuki.core.errors import ConnectorError, Defect, as_ours
from tribe_yuki.core.journal import JournalEntry, JournalKind, webhook_entry
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.model import TribeInvoice
from tribe_yuki.invoices.transfer import Transfer


@dataclass(frozen=True, slots=True)
class Reading:
    """Invoices as they were read in Tribe, or the errors that came instead; webhooks told of them at `heard_at`."""

    read_at: datetime
    invoices: Mapping[str, TribeInvoice] = field(default_factory=dict)
    errors: Mapping[str, ConnectorError] = field(default_factory=dict)
    heard_at: Mapping[str, datetime] = field(default_factory=dict)

    def event(self, stored: Transfer | None, tribe_invoice_id: str) -> list[JournalEntry]:
        """Return the journal entry of what had us look at an invoice, unless we came back to it by ourselves."""
        heard_at = self.heard_at.get(tribe_invoice_id)
        if heard_at is not None:
            return webhook_entry(heard_at)
        return [] if stored else [JournalEntry(JournalKind.EVENT, "looked_up")]

    def invoice(self, tribe_invoice_id: str) -> TribeInvoice | None:
        """Return an invoice, None when it is gone; raise what reading it raised."""
        if tribe_invoice_id in self.errors:
            raise self.errors[tribe_invoice_id]
        return self.invoices.get(tribe_invoice_id)


def read_invoices(
    connection: InvoiceContext, tribe_invoice_ids: Sequence[str], heard_at: Mapping[str, datetime] | None = None
) -> Reading:
    """Read invoices together; an invoice that cannot be understood does not keep the others back."""
    now, heard_at = connection.now(), heard_at or {}
    try:
        found = connection.tribe.read_invoices(tribe_invoice_ids)
    except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to one of them)
        is_of_one = isinstance(error, Defect) or not isinstance(error, ConnectorError)
        if is_of_one and len(tribe_invoice_ids) > 1:
            middle = len(tribe_invoice_ids) // 2
            first = read_invoices(connection, tribe_invoice_ids[:middle])
            second = read_invoices(connection, tribe_invoice_ids[middle:])
            invoices, errors = {**first.invoices, **second.invoices}, {**first.errors, **second.errors}
            return Reading(now, invoices, errors, heard_at)
        return Reading(now, errors=dict.fromkeys(tribe_invoice_ids, as_ours(error)), heard_at=heard_at)
    return Reading(now, {invoice.tribe_invoice_id: invoice for invoice in found}, heard_at=heard_at)
