"""Which VAT code of Yuki an invoice line gets (design 6.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    foreign_rate_to,
    oss_to_company,
    vat_code_ambiguous,
    vat_code_inactive,
    vat_code_not_for_country,
    vat_code_without_country,
    vat_group_unmapped,
    vat_number_elsewhere,
    vat_number_not_eu,
    vat_number_of,
    vat_percentage_differs,
)
from tribe_yuki.invoices.document.customer_vat import CustomerVat, country_for_vat, has_eu_number, locate
from tribe_yuki.invoices.model import TribeInvoiceLine, TribeVatGroup

# Yuki's VAT types (yuki-api 4.5).
EXPORT_OUTSIDE_EU = 6
DISTANCE_SALES = 8
REVERSE_CHARGED = 17
GOODS_TO_EU = 19
SERVICES_TO_EU = 20
OSS = 40
EU_SUPPLIES = frozenset({7, GOODS_TO_EU, SERVICES_TO_EU})
# VAT of the customer's country, which type and percentage alone do not tell: 25 % is Swedish, Danish and Croatian.
FOREIGN_RATES = frozenset({DISTANCE_SALES, OSS})
# What a type says of what is sold; the others are for both.
_SOLD: Mapping[int, Supply] = {GOODS_TO_EU: Supply.GOODS, SERVICES_TO_EU: Supply.SERVICES}


@dataclass(frozen=True, slots=True)
class Sale:
    """What of a sale decides about its row: where the customer is, what is sold, and when.

    `country` is the customer's; None asks for the rows that are for any.
    """

    location: Location
    supply: Supply
    day: date
    country: str | None = None


def supply_of(line: TribeInvoiceLine, settings: ConnectionSettings) -> Supply:
    """Return what is sold on a line, by its product's group."""
    group = line.product.product_group if line.product else None
    return Supply.SERVICES if group and group in settings.service_product_groups else settings.default_supply


def find_rule(rules: Sequence[VatRule], group: TribeVatGroup, sale: Sale) -> VatRule | None:
    """Return the most specific row for a VAT group (by code or id) and a sale."""
    names = {name.casefold() for name in (group.code, group.tribe_vat_group_id) if name}
    fitting = [rule for rule in rules if rule.vat_group.casefold() in names and _fits(rule, sale)]
    return max(fitting, key=lambda rule: _specificity(rule, group), default=None)


def _fits(rule: VatRule, sale: Sale) -> bool:
    return (
        rule.is_for(sale.day)
        and rule.location in (None, sale.location)
        and rule.country in (None, sale.country)
        and rule.supply in (None, sale.supply)
    )


def _specificity(rule: VatRule, group: TribeVatGroup) -> tuple[bool, bool, bool, bool]:
    is_by_id = rule.vat_group.casefold() == group.tribe_vat_group_id.casefold()
    return rule.country is not None, rule.location is not None, rule.supply is not None, is_by_id


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
        raise Held(HoldReason.INVOICE_INVALID, Detail(DetailCode.VAT_GROUP_MISSING))
    sale = Sale(locate(customer, settings.country, supply), supply, day, customer.vat_country)
    rule = find_rule(settings.vat_rules, group, sale)
    name = name_of(group)
    if rule is None:
        if lacks_number(settings.vat_rules, group, sale):
            raise _number_missing(customer)
        raise Held(HoldReason.VAT_UNMAPPED, vat_group_unmapped(name, sale.location))
    if group.percentage is not None and _two_decimals(group.percentage) != _two_decimals(rule.percentage):
        raise Held(HoldReason.VAT_UNMAPPED, vat_percentage_differs(name, group.percentage, rule.percentage))
    _check_plausible(rule, sale, customer, settings.country)
    return _active_code(codes, rule, sale, name)


def name_of(group: TribeVatGroup) -> str:
    """Return what a VAT group is called to people."""
    return group.code or group.name or group.tribe_vat_group_id


def lacks_number(rules: Sequence[VatRule], group: TribeVatGroup, sale: Sale) -> bool:
    """Whether a sale has no row, and would have its code if the customer, who is elsewhere in the EU, had a number."""
    if sale.location is not Location.EU_WITHOUT_VAT or find_rule(rules, group, sale):
        return False
    with_number = find_rule(rules, group, replace(sale, location=Location.EU_WITH_VAT))
    return with_number is not None and with_number.vat_type in EU_SUPPLIES


def _check_plausible(rule: VatRule, sale: Sale, customer: CustomerVat, own_country: str) -> None:
    if rule.vat_type == EXPORT_OUTSIDE_EU and sale.location is not Location.OUTSIDE_EU:
        raise Held(HoldReason.VAT_IMPLAUSIBLE, export_to(customer.country))
    if rule.vat_type in EU_SUPPLIES:
        _check_eu_supply(rule, sale, customer, own_country)
    if rule.vat_type in FOREIGN_RATES and sale.location in (Location.DOMESTIC, Location.OUTSIDE_EU):
        raise Held(HoldReason.VAT_IMPLAUSIBLE, foreign_rate_to(customer.country))
    if rule.vat_type == OSS and sale.location is Location.EU_WITH_VAT and rule.location is None:
        raise Held(HoldReason.VAT_IMPLAUSIBLE, oss_to_company(customer.country))
    if rule.vat_type == REVERSE_CHARGED and customer.number_country != own_country:
        raise _number_missing(customer, own_country)


def _check_eu_supply(rule: VatRule, sale: Sale, customer: CustomerVat, own_country: str) -> None:
    """Raise Held unless the customer has a VAT number of another EU country, and what is sold may go there.

    Goods may go where a customer from outside the EU is registered; services are taxed where the customer is.
    """
    sold = _SOLD.get(rule.vat_type, sale.supply)
    has_number = has_eu_number(customer, own_country, sold)
    may_go_there = has_number and sold is Supply.GOODS
    if sale.location is Location.DOMESTIC or (sale.location is Location.OUTSIDE_EU and not may_go_there):
        raise Held(HoldReason.VAT_IMPLAUSIBLE, eu_supply_to(customer.country))
    if sale.location is Location.EU_WITHOUT_VAT or not has_number:
        raise _number_missing(customer)


def _number_missing(customer: CustomerVat, wanted: str | None = None) -> Held:
    """Return the hold that says whose number is wanted (None: another EU country's), and whose there is, if any."""
    if not customer.vat_number:
        return Held(HoldReason.VAT_NUMBER_MISSING, vat_number_of(customer.country))
    if wanted is None:
        return Held(HoldReason.VAT_NUMBER_MISSING, vat_number_not_eu(customer.country, customer.number_country))
    return Held(HoldReason.VAT_NUMBER_MISSING, vat_number_elsewhere(customer.country, wanted, customer.number_country))


def codes_of(codes: Sequence[VatCode], rule: VatRule, day: date, country: str | None) -> list[VatCode]:
    """Return the codes that a row can mean on a day, for customers of a country."""
    named = [code for code in alike(codes, rule, day) if rule.description in (None, code.description)]
    if rule.vat_type not in FOREIGN_RATES:
        return named
    of_country = [code for code in named if _country_of(code, rule) == country]
    return of_country or [code for code in named if _country_of(code, rule) is None]


def alike(codes: Sequence[VatCode], rule: VatRule, day: date) -> list[VatCode]:
    """Return the codes of a row's type and percentage on a day."""
    kind = (rule.vat_type, rule.percentage)
    return [code for code in codes if (code.type, code.percentage) == kind and code.is_valid_on(day)]


def _country_of(code: VatCode, rule: VatRule) -> str | None:
    """Return the country whose VAT a code is, by Yuki, else by the row."""
    return country_for_vat(code.country) if code.country else rule.country


def _active_code(codes: Sequence[VatCode], rule: VatRule, sale: Sale, group_name: str) -> VatCode:
    wanted = codes_of(codes, rule, sale.day, sale.country)
    if not wanted and alike(codes, rule, sale.day) and rule.vat_type in FOREIGN_RATES:
        missing = vat_code_not_for_country(group_name, rule.vat_type, rule.percentage, sale.country)
        raise Held(HoldReason.VAT_UNMAPPED, missing)
    if not wanted:
        raise Held(HoldReason.VAT_UNMAPPED, vat_code_inactive(group_name, rule.vat_type, rule.percentage, sale.day))
    if rule.vat_type in FOREIGN_RATES and any(_country_of(code, rule) is None for code in wanted):
        raise Held(HoldReason.VAT_UNMAPPED, vat_code_without_country(group_name, rule.vat_type))
    if len({code.description for code in wanted}) > 1:
        raise Held(HoldReason.VAT_UNMAPPED, vat_code_ambiguous(group_name, rule.vat_type))
    needs_description = len({code.description for code in alike(codes, rule, sale.day)}) > 1
    return VatCode(rule.vat_type, _two_decimals(rule.percentage), wanted[0].description if needs_description else "")


def _two_decimals(percentage: Decimal) -> Decimal:
    return percentage.quantize(Decimal("0.01"))
