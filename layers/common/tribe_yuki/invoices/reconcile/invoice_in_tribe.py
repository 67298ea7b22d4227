"""An invoice as Tribe shows it, by what it is compared with the books."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tribe_yuki.connections.settings import TotalsReading
from tribe_yuki.invoices.document.target import possible_totals, shown_total
from tribe_yuki.invoices.model import TribeInvoice
from tribe_yuki.invoices.shown_lines import hash_of_lines, vat_by_group


@dataclass(frozen=True, slots=True)
class InvoiceInTribe:
    """An invoice as Tribe shows it, without its lines; `total_incl` is in its currency, as far as Tribe alone tells.

    `possible_totals` are all that may stand on its paper, which is not read for a comparison.

    `tribe_amount` is Tribe's field as it stands, whatever it includes. `tribe_role_id` is the relationship that it is
    for; the relation behind that is known only where it was asked for. `vat` is by VAT group, `lines` a hash.
    """

    tribe_invoice_id: str
    number: str | None
    invoice_date: date | None
    due_date: date | None
    currency: str
    total_incl: Decimal | None
    phase_code: str
    is_final: bool
    tribe_amount: Decimal | None = None
    modified_at: datetime | None = None
    tribe_role_id: str | None = None
    tribe_relation_id: str | None = None
    possible_totals: frozenset[Decimal] = frozenset()
    vat: Mapping[str, Decimal] | None = None
    lines: str | None = None

    def may_total(self, amount: Decimal | None) -> bool:
        """Whether an amount may be the total that stands on its paper."""
        return amount is not None and (amount == self.total_incl or amount in self.possible_totals)


def invoice_in_tribe(
    invoice: TribeInvoice, reading: TotalsReading, *, tribe_role_id: str | None = None
) -> InvoiceInTribe:
    """Return what an invoice is compared by; `reading` says how Tribe's amounts are to be understood."""
    return InvoiceInTribe(
        tribe_invoice_id=invoice.tribe_invoice_id,
        number=invoice.number,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date,
        currency=invoice.currency,
        total_incl=None if invoice.flaws else shown_total(invoice, reading),
        phase_code=invoice.phase_code,
        is_final=invoice.is_final,
        tribe_amount=invoice.raw_amount,
        modified_at=invoice.modified_at,
        tribe_role_id=tribe_role_id,
        tribe_relation_id=invoice.relation.tribe_relation_id if invoice.relation else None,
        possible_totals=frozenset() if invoice.flaws else possible_totals(invoice, reading),
        vat=None if invoice.flaws else vat_by_group(invoice),
        lines=None if invoice.flaws else hash_of_lines(invoice),
    )
