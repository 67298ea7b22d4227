"""Which VAT code a line gets, and which cases wait for a person."""

from datetime import date
from decimal import Decimal

import pytest

from tests.support.samples.samples import settings
from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import Location, Supply, VatRule
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.texts import Texts, explain_hold
from tribe_yuki.invoices.document.vat import CustomerVat, choose_vat_code, find_rule, locate
from tribe_yuki.invoices.model import TribeVatGroup

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
    assert locate(customer, "NL", Supply.SERVICES) is location


GERMAN = CustomerVat("DE", "DE136695976")


@pytest.mark.parametrize(
    ("customer", "supply", "said"),
    [
        (CustomerVat("DE", "NL999930837B01"), Supply.SERVICES, "is van NL"),
        (CustomerVat("DE", "GB980780684"), Supply.GOODS, "is van GB"),
        (CustomerVat("DE", "CHE100155212MWST"), Supply.SERVICES, "is van CH"),
        (CustomerVat("DE", "US123456789"), Supply.GOODS, "is van US"),
        (CustomerVat("FR", "123456789"), Supply.GOODS, "is van geen land"),
        (CustomerVat("DE", "XI980780684"), Supply.SERVICES, "alleen voor goederen"),
        (CustomerVat("DE", None), Supply.GOODS, "(DE)"),
    ],
)
@pytest.mark.parametrize("vat_type", [7, 19, 20])
@pytest.mark.parametrize("location", [Location.EU_WITH_VAT, None])
def test_supply_within_the_eu_needs_a_number_of_another_eu_country(
    vat_type: int, location: Location | None, customer: CustomerVat, supply: Supply, said: str
) -> None:
    rule = VatRule(vat_group="NL-0", location=location, vat_type=vat_type, percentage=0)
    codes = (*CODES, VatCode(7, Decimal("0.00"), "EU"), VatCode(19, Decimal("0.00"), "Goederen EU"))
    chosen = settings(vat_rules=(rule,))
    with pytest.raises(Held) as held:
        choose_vat_code(chosen, codes, ZERO, customer, supply, DAY)
    assert held.value.reason is HoldReason.VAT_NUMBER_MISSING
    assert said in explain_hold(held.value.reason, language="nl", details=held.value.details)
    assert Texts("en").mailed_details(held.value.details) != ""
    assert choose_vat_code(chosen, codes, ZERO, GERMAN, supply, DAY).type == vat_type
    assert choose_vat_code(chosen, codes, ZERO, CustomerVat("DE", "EL094259216"), supply, DAY).type == vat_type


def test_northern_ireland_is_in_the_eu_for_goods_only() -> None:
    irish = CustomerVat("GB", "XI980780684")
    assert locate(irish, "NL", Supply.GOODS) is Location.EU_WITH_VAT
    assert locate(irish, "NL", Supply.SERVICES) is Location.OUTSIDE_EU
    assert locate(CustomerVat("GB", "GB980780684"), "NL", Supply.GOODS) is Location.OUTSIDE_EU


@pytest.mark.parametrize(("own", "other"), [("NL", "BE0428759497"), ("NL", "DE136695976"), ("BE", "NL123456782B01")])
def test_what_is_reverse_charged_at_home_needs_a_number_of_the_own_country(own: str, other: str) -> None:
    rule = VatRule(vat_group="NL-0", vat_type=17, percentage=0)
    chosen = settings(vat_rules=(rule,), country=own)
    with pytest.raises(Held) as held:
        choose_vat_code(chosen, CODES, ZERO, CustomerVat(own, other), Supply.SERVICES, DAY)
    assert held.value.reason is HoldReason.VAT_NUMBER_MISSING
    assert f"of {own}; the number in Tribe is one of {other[:2]}" in explain_hold(
        held.value.reason, details=held.value.details
    )
    at_home = CustomerVat(own, "NL123456782B01" if own == "NL" else "BE0428759497")
    assert choose_vat_code(chosen, CODES, ZERO, at_home, Supply.SERVICES, DAY).type == 17


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
