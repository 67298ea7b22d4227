"""Which rows of the VAT mapping can be proposed: where VAT is charged, its percentage says which code that is."""

from collections.abc import Iterator, Sequence
from datetime import date

from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import ConnectionSettings, Location, Supply, VatRule
from tribe_yuki.invoices.document.customer_vat import country_for_vat
from tribe_yuki.invoices.document.vat import OSS, Sale, find_rule
from tribe_yuki.invoices.model import TribeVatGroup

# Rates of the own country (yuki-api 4.5), which a percentage alone can mean.
OWN_RATES = frozenset({1, 2, 21})


def propose(
    group: TribeVatGroup, groups: Sequence[TribeVatGroup], codes: Sequence[VatCode], own_country: str
) -> VatRule | None:
    """Return the row that a VAT group's percentage means; 0 % means six things, and none is proposed.

    VAT of the own country that was charged is one code wherever the customer is. Where Tribe does not say whose VAT a
    group is, and several have its percentage, that is certain for customers at home only. Another country's VAT is the
    one-stop-shop's; where the group has no country, the customer's chooses the code.
    """
    if not group.percentage:
        return None
    fitting = [code for code in codes if code.percentage == group.percentage]
    country = country_for_vat(group.country) if group.country else None
    own = [code for code in fitting if code.type in OWN_RATES]
    if own and country in (None, own_country):
        is_certain = country is not None or not _has_twin(group, groups)
        return _row(group, own, None if is_certain else Location.DOMESTIC)
    oss = [code for code in fitting if code.type == OSS and (country is None or code.country == country)]
    return _row(group, oss[:1], Location.EU_WITHOUT_VAT, country)


def open_proposals(
    settings: ConnectionSettings, groups: Sequence[TribeVatGroup], codes: Sequence[VatCode], today: date
) -> Iterator[VatRule]:
    """Yield the proposed rows that are for some sale without a row of its own."""
    for group in groups:
        row = propose(group, groups, codes, settings.country)
        places = (row.location,) if row and row.location else tuple(Location)
        sales = (Sale(place, supply, today, row.country) for place in places for supply in Supply) if row else ()
        if row and any(find_rule(settings.vat_rules, group, sale) is None for sale in sales):
            yield row


def _has_twin(group: TribeVatGroup, groups: Sequence[TribeVatGroup]) -> bool:
    return sum(other.percentage == group.percentage for other in groups) > 1


def _row(
    group: TribeVatGroup, codes: Sequence[VatCode], location: Location | None, country: str | None = None
) -> VatRule | None:
    """Return the row of a group, unless several codes could be meant; `vat_group` is the group's id."""
    if len(codes) != 1:
        return None
    return VatRule(
        vat_group=group.tribe_vat_group_id,
        location=location,
        country=country,
        vat_type=codes[0].type,
        percentage=codes[0].percentage,
    )
