"""Which VAT code a line gets, and which cases wait for a person."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.support.samples.samples import settings
from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import ConnectionSettings, Location, Supply, VatRule
from tribe_yuki.contacts.fields.numbers import vat_number
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.texts import Texts, explain_hold
from tribe_yuki.invoices.document.customer_vat import CustomerVat, locate
from tribe_yuki.invoices.document.vat import Sale, choose_vat_code, find_rule
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
    assert find_rule(rules, ZERO, Sale(Location.DOMESTIC, Supply.GOODS, DAY)) == general
    assert find_rule(rules, ZERO, Sale(Location.EU_WITH_VAT, Supply.SERVICES, DAY)) == for_eu
    assert find_rule(rules, ZERO, Sale(Location.EU_WITH_VAT, Supply.GOODS, DAY)) == goods


def test_a_percentage_alone_never_chooses_a_code() -> None:
    assert reason(VatRule(vat_group="NL-21", vat_type=1, percentage=21), DUTCH) is HoldReason.VAT_UNMAPPED
    assert reason(VatRule(vat_group="NL-21", vat_type=1, percentage=21), DUTCH, None) is HoldReason.INVOICE_INVALID


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


# What OSS and distance sales are: VAT of the customer's country.

SWEDISH_GROUP = TribeVatGroup("70000000-0000-4000-8000-000000000079", "OSS-25", "OSS 25%", Decimal(25))
SWEDISH, DANISH = VatCode(40, Decimal(25), "OSS Zweden", "SE"), VatCode(40, Decimal(25), "OSS Denemarken", "DK")
BELGIAN_SALES = VatCode(8, Decimal(21), "Afstandsverkopen België 21%")
FROM_SWEDEN, FROM_DENMARK = CustomerVat("SE", None), CustomerVat("DK", None)
OSS_ROW = VatRule(vat_group="OSS-25", vat_type=40, percentage=25)


def chosen_or_held(
    rules: Sequence[VatRule],
    codes: Sequence[VatCode],
    customer: CustomerVat,
    group: TribeVatGroup = SWEDISH_GROUP,
    *,
    day: date = DAY,
    supply: Supply = Supply.GOODS,
) -> str:
    """Return the description of the code that a line gets, else the reason why it is held."""
    alone = [replace(code, percentage=code.percentage.quantize(Decimal("0.01"))) for code in codes]
    try:
        chosen = choose_vat_code(settings(vat_rules=tuple(rules)), alone, group, customer, supply, day)
    except Held as held:
        return held.reason.value
    fitting = [code.description for code in alone if (code.type, code.percentage) == (chosen.type, chosen.percentage)]
    return chosen.description or fitting[0]


@pytest.mark.parametrize(
    ("codes", "customer", "expected"),
    [
        ((SWEDISH,), FROM_SWEDEN, "OSS Zweden"),
        ((SWEDISH,), FROM_DENMARK, "vat_unmapped"),
        ((SWEDISH, DANISH), FROM_DENMARK, "OSS Denemarken"),
        ((DANISH, SWEDISH), FROM_SWEDEN, "OSS Zweden"),
        ((SWEDISH, DANISH), CustomerVat("HR", None), "vat_unmapped"),
        ((VatCode(40, Decimal(25), "OSS Griekenland", "EL"),), CustomerVat("GR", None), "OSS Griekenland"),
        ((VatCode(40, Decimal(25), "OSS Frankrijk", "FR"),), CustomerVat("MC", None), "OSS Frankrijk"),
        ((SWEDISH,), DUTCH, "vat_implausible"),
        ((SWEDISH,), CustomerVat("NL", None), "vat_implausible"),
        ((SWEDISH,), SWISS, "vat_implausible"),
        ((SWEDISH,), CustomerVat("SE", "SE556043606401"), "vat_implausible"),
        ((VatCode(40, Decimal(25), "OSS"),), FROM_SWEDEN, "vat_unmapped"),
    ],
)
def test_oss_is_booked_under_the_code_of_the_customers_country(
    codes: Sequence[VatCode], customer: CustomerVat, expected: str
) -> None:
    assert chosen_or_held([OSS_ROW], codes, customer) == expected


def test_a_row_for_companies_says_that_oss_is_meant_for_them() -> None:
    row = OSS_ROW.model_copy(update={"location": Location.EU_WITH_VAT})
    assert chosen_or_held([row], [SWEDISH], CustomerVat("SE", "SE556043606401")) == "OSS Zweden"


def test_a_description_does_not_make_a_code_another_countrys() -> None:
    row = OSS_ROW.model_copy(update={"description": "OSS Zweden"})
    assert chosen_or_held([row], [SWEDISH, DANISH], FROM_SWEDEN) == "OSS Zweden"
    assert chosen_or_held([row], [SWEDISH, DANISH], FROM_DENMARK) == "vat_unmapped"


@pytest.mark.parametrize(
    ("country", "customer", "expected"),
    [
        ("BE", CustomerVat("BE", None), "Afstandsverkopen België 21%"),
        ("BE", BELGIAN, "Afstandsverkopen België 21%"),
        ("BE", CustomerVat("ES", None), "vat_unmapped"),
        (None, CustomerVat("BE", None), "vat_unmapped"),
        (None, CustomerVat("NL", None), "vat_implausible"),
    ],
)
def test_distance_sales_need_a_row_that_says_for_which_country(
    country: str | None, customer: CustomerVat, expected: str
) -> None:
    group = TribeVatGroup("70000000-0000-4000-8000-00000000007a", "BE-21", "BE 21%", Decimal(21))
    row = VatRule(vat_group="BE-21", country=country, vat_type=8, percentage=21)
    assert chosen_or_held([row], [*CODES, BELGIAN_SALES], customer, group) == expected


def test_a_row_for_a_country_beats_one_for_any() -> None:
    for_danes = VatRule(vat_group="OSS-25", country="DK", vat_type=1, percentage=25)
    codes = [SWEDISH, DANISH, VatCode(1, Decimal(25), "Hoog")]
    assert chosen_or_held([OSS_ROW, for_danes], codes, FROM_DENMARK) == "Hoog"
    assert chosen_or_held([OSS_ROW, for_danes], codes, FROM_SWEDEN) == "OSS Zweden"


# A rate changes: rows have days, and lines the percentage that they were invoiced at.

OLD_LOW, NEW_LOW = (
    VatCode(2, Decimal(9), "Laag 9", end_date=date(2026, 12, 31)),
    VatCode(2, Decimal(10), "Laag 10", start_date=date(2027, 1, 1)),
)
OLD_ROW = VatRule(vat_group="LOW", vat_type=2, percentage=9, valid_to=date(2026, 12, 31))
NEW_ROW = VatRule(vat_group="LOW", vat_type=2, percentage=10, valid_from=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("rules", "day", "percentage", "expected"),
    [
        ((OLD_ROW, NEW_ROW), date(2026, 12, 31), 9, "Laag 9"),
        ((OLD_ROW, NEW_ROW), date(2027, 1, 1), 10, "Laag 10"),
        ((OLD_ROW, NEW_ROW), date(2027, 1, 1), 9, "vat_unmapped"),
        ((NEW_ROW,), date(2026, 12, 31), 9, "vat_unmapped"),
        ((OLD_ROW,), date(2027, 1, 1), 10, "vat_unmapped"),
    ],
)
def test_a_row_is_for_its_days(rules: Sequence[VatRule], day: date, percentage: int, expected: str) -> None:
    low = TribeVatGroup("70000000-0000-4000-8000-00000000007b", "LOW", "Laag", Decimal(percentage))
    assert chosen_or_held(rules, [OLD_LOW, NEW_LOW], CustomerVat("NL", None), low, day=day) == expected


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [
        (None, None, []),
        (date(2026, 3, 1), None, [(date(2026, 1, 1), date(2026, 2, 28))]),
        (None, date(2026, 2, 28), [(date(2026, 3, 1), date(2026, 12, 31))]),
        (
            date(2026, 3, 1),
            date(2026, 3, 31),
            [(date(2026, 1, 1), date(2026, 2, 28)), (date(2026, 4, 1), date(2026, 12, 31))],
        ),
        (date(2027, 1, 1), None, [(date(2026, 1, 1), date(2026, 12, 31))]),
        (None, date(2025, 12, 31), [(date(2026, 1, 1), date(2026, 12, 31))]),
    ],
)
def test_another_row_takes_its_days_and_no_more(
    first: date | None, last: date | None, left: list[tuple[date, date]]
) -> None:
    year = OLD_ROW.model_copy(update={"valid_from": date(2026, 1, 1)})
    other = OLD_ROW.model_copy(update={"valid_from": first, "valid_to": last})
    assert [(rule.valid_from, rule.valid_to) for rule in year.without(other)] == left


def test_rows_of_one_sale_may_follow_each_other_and_not_overlap() -> None:
    assert settings(vat_rules=(OLD_ROW, NEW_ROW)).vat_rules == (OLD_ROW, NEW_ROW)
    with pytest.raises(ValueError, match="more than one row"):
        settings(vat_rules=(OLD_ROW, NEW_ROW.model_copy(update={"valid_from": date(2026, 12, 31)})))
    with pytest.raises(ValueError, match="before it begins"):
        VatRule(vat_group="LOW", vat_type=2, percentage=9, valid_from=date(2027, 1, 1), valid_to=date(2026, 12, 31))


def test_rows_that_earlier_versions_stored_are_read() -> None:
    stored = settings().model_dump(mode="json")
    row = {"vat_group": "NL-0", "location": None, "supply": None, "vat_type": 4, "percentage": "0", "description": None}
    read = ConnectionSettings.stored(json.dumps({**stored, "vat_rules": [row]}))
    assert read.vat_rules == (VatRule(vat_group="NL-0", vat_type=4, percentage=0),)


@pytest.mark.parametrize(("charged", "mapped"), [(21, 9), (9, 21), (0, 21), (21, 0)])
def test_a_code_of_another_percentage_than_was_charged_is_held(charged: int, mapped: int) -> None:
    group = TribeVatGroup("70000000-0000-4000-8000-00000000007c", "X", None, Decimal(charged))
    codes = [VatCode(kind, Decimal(rate), "") for kind in (1, 2, 4) for rate in (0, 9, 21)]
    for kind in (1, 2, 4):
        row = VatRule(vat_group="X", vat_type=kind, percentage=mapped)
        assert chosen_or_held([row], codes, CustomerVat("NL", None), group) == "vat_unmapped"


# Whose number it is, and where the customer is, are judged together.


@pytest.mark.parametrize(
    ("customer", "supply", "location"),
    [
        (CustomerVat("MC", "FR53000004605"), Supply.GOODS, Location.EU_WITH_VAT),
        (CustomerVat("MC", None), Supply.GOODS, Location.EU_WITHOUT_VAT),
        (CustomerVat("DE", "NL123456782B01"), Supply.GOODS, Location.EU_WITHOUT_VAT),
        (CustomerVat("DE", "FR40303265045"), Supply.SERVICES, Location.EU_WITH_VAT),
        (CustomerVat("CH", "DE136695976"), Supply.GOODS, Location.OUTSIDE_EU),
        (CustomerVat("NL", "DE136695976"), Supply.GOODS, Location.DOMESTIC),
        (CustomerVat("AX", "FI20774740"), Supply.GOODS, Location.OUTSIDE_EU),
        (CustomerVat("RE", None), Supply.GOODS, Location.OUTSIDE_EU),
    ],
)
def test_odd_places(customer: CustomerVat, supply: Supply, location: Location) -> None:
    assert locate(customer, "NL", supply) is location


@pytest.mark.parametrize(
    ("vat_type", "customer", "expected"),
    [
        # Goods go where a customer is registered, wherever its address is; services are taxed where it is.
        (19, CustomerVat("CH", "DE136695976"), "goods"),
        (7, CustomerVat("GB", "DE136695976"), "both"),
        (20, CustomerVat("CH", "DE136695976"), "vat_implausible"),
        (19, CustomerVat("CH", "CHE100155212MWST"), "vat_implausible"),
        (19, CustomerVat("NL", "DE136695976"), "vat_implausible"),
        (19, CustomerVat("DE", "FR40303265045"), "goods"),
        (19, CustomerVat("MC", "FR53000004605"), "goods"),
        (20, CustomerVat("MC", "FR53000004605"), "services"),
        # What is sold is said by the code, not by what the connection sells as a rule.
        (20, CustomerVat("GB", "XI980780684"), "vat_number_missing"),
        (20, CustomerVat("DE", "XI980780684"), "vat_number_missing"),
        (19, CustomerVat("GB", "XI980780684"), "goods"),
    ],
)
def test_eu_supplies_need_a_number_that_counts_for_what_is_sold(
    vat_type: int, customer: CustomerVat, expected: str
) -> None:
    codes = [VatCode(7, Decimal(0), "both"), VatCode(19, Decimal(0), "goods"), VatCode(20, Decimal(0), "services")]
    row = VatRule(vat_group="NL-0", vat_type=vat_type, percentage=0)
    assert chosen_or_held([row], codes, customer, ZERO) == expected


@pytest.mark.parametrize(
    ("customer", "is_reported"),
    [
        (CustomerVat("DE", "FR40303265045"), True),
        (CustomerVat("DE", "XI980780684"), True),
        (CustomerVat("CH", "DE136695976"), True),
        (CustomerVat("DE", "DE136695976"), False),
        (CustomerVat("GR", "EL094259216"), False),
        (CustomerVat("MC", "FR53000004605"), False),
        (CustomerVat("GB", "XI980780684"), False),
        (CustomerVat("DE", None), False),
    ],
)
def test_a_number_of_another_country_than_the_address_is_seen(customer: CustomerVat, *, is_reported: bool) -> None:
    assert customer.has_number_of_another_country is is_reported


@pytest.mark.parametrize("text", ["FR 53 0000 04605", "53000004605", "FR53000004605"])
def test_numbers_of_monaco_are_french(text: str) -> None:
    assert vat_number(text, "MC").written == "FR53000004605"
