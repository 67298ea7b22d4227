"""Which VAT code a line gets, and which cases wait for a person."""

from datetime import date
from decimal import Decimal

import pytest

from tests.support.samples.samples import settings
from tribe_yuki.domain.errors import Held
from tribe_yuki.domain.holds import HoldReason
from tribe_yuki.domain.invoice import TribeVatGroup, VatCode
from tribe_yuki.domain.settings import Location, Supply, VatRule
from tribe_yuki.domain.vat import CustomerVat, choose_vat_code, find_rule, locate

DAY = date(2026, 11, 20)
HIGH = TribeVatGroup("70000000-0000-4000-8000-000000000071", "NL-21", "NL - 21%", Decimal(21))
ZERO = TribeVatGroup("70000000-0000-4000-8000-000000000073", "NL-0", "NL - 0%", Decimal(0))
CODES = (
    VatCode(1, Decimal("21.00"), "BTW hoog 21%"),
    VatCode(6, Decimal("0.00"), "Export"),
    VatCode(17, Decimal("0.00"), "Verlegd"),
    VatCode(20, Decimal("0.00"), "Diensten EU"),
    VatCode(4, Decimal("0.00"), "Nultarief"),
    VatCode(4, Decimal("0.00"), "Nultarief oud"),
    VatCode(2, Decimal("6.00"), "BTW laag 6%", end_date=date(2018, 12, 31)),
)
DUTCH = CustomerVat("NL", "NL123456782B01")
BELGIAN = CustomerVat("BE", "BE0428759497")
BELGIAN_WITHOUT = CustomerVat("BE", None)
SWISS = CustomerVat("CH", None)


def choose(rule: VatRule, customer: CustomerVat, group: TribeVatGroup | None = ZERO) -> VatCode:
    return choose_vat_code(settings(vat_rules=(rule,)), CODES, group, customer, Supply.SERVICES, DAY)


def reason(rule: VatRule, customer: CustomerVat, group: TribeVatGroup | None = ZERO) -> HoldReason:
    with pytest.raises(Held) as held:
        choose(rule, customer, group)
    return held.value.reason


@pytest.mark.parametrize(
    ("customer", "location"),
    [
        (DUTCH, Location.DOMESTIC),
        (BELGIAN, Location.EU_WITH_VAT),
        (BELGIAN_WITHOUT, Location.EU_WITHOUT_VAT),
        (SWISS, Location.OUTSIDE_EU),
        (CustomerVat("GR", "EL094259216"), Location.EU_WITH_VAT),
    ],
)
def test_where_a_customer_is(customer: CustomerVat, location: Location) -> None:
    assert locate(customer, "NL") is location


def test_the_most_specific_row_wins_and_a_row_may_name_the_group_by_code_or_id() -> None:
    general = VatRule(vat_group="nl-0", vat_type=4, percentage=Decimal(0))
    for_eu = VatRule(vat_group=ZERO.tribe_vat_group_id, location=Location.EU_WITH_VAT, vat_type=20, percentage=0)
    goods = VatRule(vat_group="NL-0", location=Location.EU_WITH_VAT, supply=Supply.GOODS, vat_type=19, percentage=0)
    rules = (general, for_eu, goods)
    assert find_rule(rules, ZERO, Location.DOMESTIC, Supply.GOODS) == general
    assert find_rule(rules, ZERO, Location.EU_WITH_VAT, Supply.SERVICES) == for_eu
    assert find_rule(rules, ZERO, Location.EU_WITH_VAT, Supply.GOODS) == goods


def test_a_percentage_alone_never_chooses_a_code() -> None:
    assert reason(VatRule(vat_group="NL-21", vat_type=1, percentage=21), DUTCH) is HoldReason.VAT_UNMAPPED
    assert reason(VatRule(vat_group="NL-21", vat_type=1, percentage=21), DUTCH, None) is HoldReason.VAT_UNMAPPED


def test_the_description_goes_along_only_where_codes_are_alike() -> None:
    assert choose(VatRule(vat_group="NL-21", vat_type=1, percentage=21), DUTCH, HIGH).description == ""
    chosen = VatRule(vat_group="NL-0", vat_type=4, percentage=0, description="Nultarief oud")
    assert choose(chosen, DUTCH).description == "Nultarief oud"
    assert reason(VatRule(vat_group="NL-0", vat_type=4, percentage=0), DUTCH) is HoldReason.VAT_UNMAPPED


def test_a_code_that_is_not_active_on_the_day_is_unmapped() -> None:
    assert reason(VatRule(vat_group="NL-0", vat_type=2, percentage=6), DUTCH) is HoldReason.VAT_UNMAPPED


@pytest.mark.parametrize(
    ("vat_type", "customer", "expected"),
    [
        (6, DUTCH, HoldReason.VAT_IMPLAUSIBLE),
        (6, BELGIAN, HoldReason.VAT_IMPLAUSIBLE),
        (20, DUTCH, HoldReason.VAT_IMPLAUSIBLE),
        (20, SWISS, HoldReason.VAT_IMPLAUSIBLE),
        (20, BELGIAN_WITHOUT, HoldReason.VAT_NUMBER_MISSING),
        (17, CustomerVat("NL", None), HoldReason.VAT_NUMBER_MISSING),
    ],
)
def test_codes_that_do_not_fit_the_customer_are_held(
    vat_type: int, customer: CustomerVat, expected: HoldReason
) -> None:
    assert reason(VatRule(vat_group="NL-0", vat_type=vat_type, percentage=0), customer) is expected


@pytest.mark.parametrize(("vat_type", "customer"), [(6, SWISS), (20, BELGIAN), (17, DUTCH)])
def test_codes_that_fit_are_chosen(vat_type: int, customer: CustomerVat) -> None:
    assert choose(VatRule(vat_group="NL-0", vat_type=vat_type, percentage=0), customer).type == vat_type


def test_two_rows_for_the_same_case_are_refused() -> None:
    row = VatRule(vat_group="NL-0", vat_type=4, percentage=0)
    with pytest.raises(ValueError, match="more than one row"):
        settings(vat_rules=(row, row))
