"""Which VAT code of Yuki an invoice line gets (design 6.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tribe_yuki.domain.errors import Held
from tribe_yuki.domain.holds import HoldReason
from tribe_yuki.domain.invoice import TribeVatGroup, VatCode
from tribe_yuki.domain.settings import ConnectionSettings, Location, Supply, VatRule

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
NEEDS_VAT_NUMBER = EU_SUPPLIES | {REVERSE_CHARGED}


@dataclass(frozen=True, slots=True)
class CustomerVat:
    """What VAT needs to know of a customer: ISO country, and the compact VAT number when it is a valid one."""

    country: str
    vat_number: str | None


def locate(customer: CustomerVat, own_country: str) -> Location:
    """Tell where a customer is, seen from the company's own country."""
    if customer.country == own_country:
        return Location.DOMESTIC
    if customer.country not in EU_COUNTRIES:
        return Location.OUTSIDE_EU
    return Location.EU_WITH_VAT if customer.vat_number else Location.EU_WITHOUT_VAT


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
        raise Held(HoldReason.VAT_UNMAPPED, detail="(none)")
    location = locate(customer, settings.country)
    rule = find_rule(settings.vat_rules, group, location, supply)
    name = group.code or group.name or group.tribe_vat_group_id
    if rule is None:
        raise Held(HoldReason.VAT_UNMAPPED, detail=f"{name} ({location})")
    _check_plausible(rule, location, customer)
    return _active_code(codes, rule, day, name)


def _check_plausible(rule: VatRule, location: Location, customer: CustomerVat) -> None:
    if rule.vat_type == EXPORT_OUTSIDE_EU and location is not Location.OUTSIDE_EU:
        raise Held(HoldReason.VAT_IMPLAUSIBLE, detail=f"export, {customer.country}")
    if rule.vat_type in EU_SUPPLIES and location in (Location.DOMESTIC, Location.OUTSIDE_EU):
        raise Held(HoldReason.VAT_IMPLAUSIBLE, detail=f"EU supply, {customer.country}")
    if rule.vat_type in NEEDS_VAT_NUMBER and not customer.vat_number:
        raise Held(HoldReason.VAT_NUMBER_MISSING, detail=f" ({customer.country})")


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
            detail=f"{group_name}: type {rule.vat_type}, {rule.percentage} % is not active in Yuki on {day}",
        )
    if len({code.description for code in wanted}) > 1:
        raise Held(HoldReason.VAT_UNMAPPED, detail=f"{group_name}: several codes of type {rule.vat_type}, choose one")
    needs_description = len({code.description for code in alike}) > 1
    return VatCode(rule.vat_type, _two_decimals(rule.percentage), wanted[0].description if needs_description else "")


def _two_decimals(percentage: Decimal) -> Decimal:
    return percentage.quantize(Decimal("0.01"))
