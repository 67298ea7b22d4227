"""Which VAT code of Yuki an invoice line gets (design 6.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import ConnectionSettings, Location, Supply, VatRule
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.details import (
    eu_supply_to,
    export_to,
    vat_code_ambiguous,
    vat_code_inactive,
    vat_group_unmapped,
    vat_number_elsewhere,
    vat_number_not_eu,
    vat_number_of,
)
from tribe_yuki.invoices.model import TribeVatGroup

EU_COUNTRIES = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip

# Yuki's VAT types (yuki-api 4.5).
EXPORT_OUTSIDE_EU = 6
REVERSE_CHARGED = 17
EU_SUPPLIES = frozenset({7, 19, 20})
# What Northern Ireland writes in front of its VAT numbers, and how its addresses are written.
NORTHERN_IRELAND = "XI"
_NORTHERN_IRISH = frozenset({"GB", NORTHERN_IRELAND})


@dataclass(frozen=True, slots=True)
class CustomerVat:
    """What VAT needs to know of a customer: ISO country, and the compact VAT number when it is a valid one."""

    country: str
    vat_number: str | None

    @property
    def number_country(self) -> str | None:
        """Return the country that gave the number, as it stands in front of it: ISO, or XI for Northern Ireland."""
        prefix = (self.vat_number or "")[:2]
        return {"EL": "GR"}.get(prefix, prefix if prefix.isalpha() else None)


def locate(customer: CustomerVat, own_country: str, supply: Supply) -> Location:
    """Tell where a customer is, seen from the company's own country, for what is sold to them.

    With a VAT number means one of another EU country. Northern Ireland is one of them where goods are sold.
    """
    if customer.country == own_country:
        return Location.DOMESTIC
    has_number = _is_of_another_eu_country(customer, own_country, supply)
    is_northern_irish = (
        customer.country in _NORTHERN_IRISH and has_number and customer.number_country == NORTHERN_IRELAND
    )
    if customer.country not in EU_COUNTRIES and not is_northern_irish:
        return Location.OUTSIDE_EU
    return Location.EU_WITH_VAT if has_number else Location.EU_WITHOUT_VAT


def _is_of_another_eu_country(customer: CustomerVat, own_country: str, supply: Supply) -> bool:
    country = customer.number_country
    if country == NORTHERN_IRELAND:
        return supply is Supply.GOODS
    return country in EU_COUNTRIES and country != own_country


def find_rule(rules: Sequence[VatRule], group: TribeVatGroup, location: Location, supply: Supply) -> VatRule | None:
    """Return the most specific row for a VAT group (by code or id), a place and a kind of supply."""
    names = {name.casefold() for name in (group.code, group.tribe_vat_group_id) if name}
    fitting = [
        rule
        for rule in rules
        if rule.vat_group.casefold() in names and rule.location in (None, location) and rule.supply in (None, supply)
    ]
    return max(fitting, key=lambda rule: (rule.location is not None, rule.supply is not None), default=None)


def choose_vat_code(
    settings: ConnectionSettings,
    codes: Sequence[VatCode],
    group: TribeVatGroup | None,
    customer: CustomerVat,
    supply: Supply,
    day: date,
) -> VatCode:
    """Return the active VAT code for a line.

    Its `description` is empty unless it is needed to tell codes apart. Raises Held with `vat_unmapped`,
    `vat_implausible` or `vat_number_missing`.
    """
    if group is None:
        raise Held(HoldReason.VAT_UNMAPPED, Detail(DetailCode.VAT_GROUP_MISSING))
    location = locate(customer, settings.country, supply)
    rule = find_rule(settings.vat_rules, group, location, supply)
    name = group.code or group.name or group.tribe_vat_group_id
    if rule is None:
        _check_number_is_what_lacks(settings, group, customer, supply)
        raise Held(HoldReason.VAT_UNMAPPED, vat_group_unmapped(name, location))
    _check_plausible(rule, location, customer, settings.country)
    return _active_code(codes, rule, day, name)


def _check_number_is_what_lacks(
    settings: ConnectionSettings, group: TribeVatGroup, customer: CustomerVat, supply: Supply
) -> None:
    """Raise Held for the number when the group has its code for customers elsewhere in the EU who have one."""
    if locate(customer, settings.country, supply) is Location.EU_WITHOUT_VAT:
        with_number = find_rule(settings.vat_rules, group, Location.EU_WITH_VAT, supply)
        if with_number is not None and with_number.vat_type in EU_SUPPLIES:
            raise _number_missing(customer)


def _check_plausible(rule: VatRule, location: Location, customer: CustomerVat, own_country: str) -> None:
    if rule.vat_type == EXPORT_OUTSIDE_EU and location is not Location.OUTSIDE_EU:
        raise Held(HoldReason.VAT_IMPLAUSIBLE, export_to(customer.country))
    if rule.vat_type in EU_SUPPLIES and location in (Location.DOMESTIC, Location.OUTSIDE_EU):
        raise Held(HoldReason.VAT_IMPLAUSIBLE, eu_supply_to(customer.country))
    if rule.vat_type in EU_SUPPLIES and location is not Location.EU_WITH_VAT:
        raise _number_missing(customer)
    if rule.vat_type == REVERSE_CHARGED and customer.number_country != own_country:
        raise _number_missing(customer, own_country)


def _number_missing(customer: CustomerVat, wanted: str | None = None) -> Held:
    """Return the hold that says whose number is wanted (None: another EU country's), and whose there is, if any."""
    if not customer.vat_number:
        return Held(HoldReason.VAT_NUMBER_MISSING, vat_number_of(customer.country))
    if wanted is None:
        return Held(HoldReason.VAT_NUMBER_MISSING, vat_number_not_eu(customer.country, customer.number_country))
    return Held(HoldReason.VAT_NUMBER_MISSING, vat_number_elsewhere(customer.country, wanted, customer.number_country))


def _active_code(codes: Sequence[VatCode], rule: VatRule, day: date, group_name: str) -> VatCode:
    alike = [
        code
        for code in codes
        if code.type == rule.vat_type and code.percentage == rule.percentage and code.is_valid_on(day)
    ]
    wanted = [code for code in alike if rule.description in (None, code.description)]
    if not wanted:
        raise Held(
            HoldReason.VAT_UNMAPPED,
            vat_code_inactive(group_name, rule.vat_type, rule.percentage, day),
        )
    if len({code.description for code in wanted}) > 1:
        raise Held(HoldReason.VAT_UNMAPPED, vat_code_ambiguous(group_name, rule.vat_type))
    needs_description = len({code.description for code in alike}) > 1
    return VatCode(rule.vat_type, _two_decimals(rule.percentage), wanted[0].description if needs_description else "")


def _two_decimals(percentage: Decimal) -> Decimal:
    return percentage.quantize(Decimal("0.01"))
