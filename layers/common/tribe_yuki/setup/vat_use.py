"""Which sales the last year's invoices were: the rows of the VAT mapping that are needed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tribe_yuki.admin.outside import Tribe
from tribe_yuki.connections.settings import ConnectionSettings, PhaseMeaning, VatRule
from tribe_yuki.contacts.fields.mapping import contact_mapping
from tribe_yuki.core.errors import ConnectorError
from tribe_yuki.invoices.document.customer_vat import customer_vat_of, locate
from tribe_yuki.invoices.document.vat import Sale, find_rule, lacks_number, supply_of
from tribe_yuki.invoices.model import TribeInvoice, TribeVatGroup

# One call finds as many, and four calls read twenty: 21 calls of Tribe, none of Yuki.
MOST_INVOICES = 100
_A_YEAR = timedelta(days=366)

type SoldUnder = tuple[str, Sale]
"""A VAT group, by its id, and the sale; the day is the one of the look."""


@dataclass(frozen=True, slots=True)
class Use:
    """How many of the invoices that were looked at had which sales."""

    invoices: int
    sales: Counter[SoldUnder]


def use_of_last_year(tribe: Tribe, settings: ConnectionSettings, today: date) -> Use | None:
    """Return the sales of the newest sent invoices; None while Tribe does not show them (21 calls at most)."""
    try:
        found = tribe.read_invoices(tribe.newest_sent_invoices(MOST_INVOICES))
    except ConnectorError:
        return None
    recent = [invoice for invoice in found if _counts(invoice, settings, today)]
    sales = Counter(sale for invoice in recent for sale in set(_sales(invoice, settings, today)))
    return Use(len(recent), sales)


def without_row(settings: ConnectionSettings, groups: Sequence[TribeVatGroup], use: Use) -> list[str]:
    """Return the VAT groups with their places that were sold under and have no row: their invoices would be held."""
    by_id = {group.tribe_vat_group_id: group for group in groups}
    lacking = {
        f"{row_name(by_id[group_id], groups)} {sale.location}"
        for group_id, sale in use.sales
        if group_id in by_id and _lacks_row(settings.vat_rules, by_id[group_id], sale)
    }
    return sorted(lacking)


def _lacks_row(rules: Sequence[VatRule], group: TribeVatGroup, sale: Sale) -> bool:
    return find_rule(rules, group, sale) is None and not lacks_number(rules, group, sale)


def row_name(group: TribeVatGroup, groups: Sequence[TribeVatGroup]) -> str:
    """Return what rows call a VAT group: its code, or its id where another group has the same code."""
    if not group.code:
        return group.tribe_vat_group_id
    alike = [other for other in groups if (other.code or "").casefold() == group.code.casefold()]
    return group.code if len(alike) == 1 else group.tribe_vat_group_id


def _counts(invoice: TribeInvoice, settings: ConnectionSettings, today: date) -> bool:
    day = invoice.invoice_date
    is_recent = day is not None and day >= today - _A_YEAR
    return is_recent and not invoice.flaws and settings.standing_of(invoice) is PhaseMeaning.SENT


def _sales(invoice: TribeInvoice, settings: ConnectionSettings, today: date) -> Iterator[SoldUnder]:
    if invoice.relation is None:
        return
    customer = customer_vat_of(invoice.relation, contact_mapping(settings))
    for line in invoice.lines:
        if line.has_amount and line.vat_group:
            supply = supply_of(line, settings)
            sale = Sale(locate(customer, settings.country, supply), supply, today, customer.vat_country)
            yield line.vat_group.tribe_vat_group_id, sale
