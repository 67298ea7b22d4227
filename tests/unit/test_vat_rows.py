"""Which rows of the VAT mapping are proposed, which are valid, and how groups that share a code are told apart."""

from datetime import date
from decimal import Decimal

import pytest

from tests.support.samples.samples import settings
from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import Location, VatRule
from tribe_yuki.invoices.model import TribeVatGroup
from tribe_yuki.setup.row_checks import fault_of
from tribe_yuki.setup.vat_mapping import told_apart
from tribe_yuki.setup.vat_proposals import open_proposals, propose
from tribe_yuki.setup.vat_use import row_name

TODAY = date(2026, 11, 23)
HIGH, LOW = VatCode(1, Decimal("21.00"), "BTW hoog 21%"), VatCode(2, Decimal("9.00"), "BTW laag 9%")
ZERO = VatCode(4, Decimal("0.00"), "Nultarief")
SWEDISH, DANISH = VatCode(40, Decimal(25), "OSS Zweden", "SE"), VatCode(40, Decimal(25), "OSS Denemarken", "DK")
DISTANCE = VatCode(8, Decimal(21), "Afstandsverkopen België 21%")
CODES = (HIGH, LOW, ZERO, SWEDISH, DANISH, DISTANCE)


def group(code: str, percentage: int | None, country: str | None = None, name: str = "") -> TribeVatGroup:
    """Return a VAT group; its id is made of its code and name."""
    return TribeVatGroup(
        f"id-{name or code}", code, name or code, None if percentage is None else Decimal(percentage), country
    )


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        # The first of the groups is proposed for, as: place, country, type.
        ([group("NL-21", 21, "NL")], (None, None, 1)),
        ([group("NL-21", 21, "NL"), group("VERHUUR", 21, "NL")], (None, None, 1)),
        ([group("NL-21", 21)], (None, None, 1)),
        ([group("NL-9", 9)], (None, None, 2)),
        # Whose VAT it is, Tribe does not say: at home it is ours.
        ([group("HOOG", 21), group("BE", 21)], (Location.DOMESTIC, None, 1)),
        # Tribe says that it is another country's.
        ([group("BE-21", 21, "BE")], None),
        ([group("SE-25", 25, "SE")], (Location.EU_WITHOUT_VAT, "SE", 40)),
        ([group("HR-25", 25, "HR")], None),
        # The code is chosen by the customer's country.
        ([group("25", 25)], (Location.EU_WITHOUT_VAT, None, 40)),
        ([group("NL-0", 0, "NL")], None),
        ([group("NL-X", None)], None),
        ([group("NL-6", 6, "NL")], None),
    ],
)
def test_what_a_percentage_means(
    groups: list[TribeVatGroup], expected: tuple[Location | None, str | None, int] | None
) -> None:
    row = propose(groups[0], groups, CODES, "NL")
    assert (row and (row.location, row.country, row.vat_type)) == expected


def test_two_codes_of_the_own_rate_are_for_a_person() -> None:
    codes = (*CODES, VatCode(1, Decimal(21), "BTW hoog verhuur"))
    assert propose(group("NL-21", 21, "NL"), [], codes, "NL") is None


@pytest.mark.parametrize("country", ["NL", "BE"])
def test_zero_is_never_proposed(country: str) -> None:
    groups = [group(name, 0, country) for name in ("NL-0", "VRIJ", "VERLEGD", "EU", "EXPORT")]
    assert [propose(one, groups, CODES, country) for one in groups] == [None] * 5


@pytest.mark.parametrize(
    ("rules", "is_open"),
    [
        ((), True),
        ((VatRule(vat_group="NL-21", vat_type=1, percentage=21),), False),
        ((VatRule(vat_group="id-NL-21", vat_type=1, percentage=21),), False),
        ((VatRule(vat_group="NL-21", location=Location.DOMESTIC, vat_type=1, percentage=21),), True),
        (tuple(VatRule(vat_group="NL-21", location=place, vat_type=1, percentage=21) for place in Location), False),
        ((VatRule(vat_group="NL-21", vat_type=1, percentage=21, valid_to=date(2026, 1, 1)),), True),
    ],
)
def test_a_proposal_is_made_while_some_sale_lacks_a_row(rules: tuple[VatRule, ...], *, is_open: bool) -> None:
    found = list(open_proposals(settings(vat_rules=rules), [group("NL-21", 21, "NL")], CODES, TODAY))
    assert bool(found) is is_open


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (VatRule(vat_group="x", vat_type=1, percentage=21), ""),
        (VatRule(vat_group="x", vat_type=1, percentage=20), "Yuki has no such VAT code today"),
        (VatRule(vat_group="x", vat_type=1, percentage=21, description="Hoog"), "Yuki has no such VAT code today"),
        (VatRule(vat_group="x", vat_type=40, percentage=25), ""),
        (VatRule(vat_group="x", vat_type=40, percentage=25, country="SE"), ""),
        (VatRule(vat_group="x", vat_type=40, percentage=25, country="HR"), "in Yuki that is for DK, SE"),
        (VatRule(vat_group="x", vat_type=8, percentage=21, country="BE"), ""),
        (
            VatRule(vat_group="x", vat_type=8, percentage=21),
            "Yuki does not say of which country this VAT is; give it with --country",
        ),
        # A row for other days is looked at on the nearest of them.
        (VatRule(vat_group="x", vat_type=2, percentage=6, valid_to=date(2018, 12, 31)), ""),
        (
            VatRule(vat_group="x", vat_type=2, percentage=6, valid_from=date(2027, 1, 1)),
            "Yuki has no such VAT code on 2027-01-01",
        ),
    ],
)
def test_what_is_wrong_with_a_row(rule: VatRule, fault: str) -> None:
    codes = (*CODES, VatCode(2, Decimal(6), "BTW laag 6%", end_date=date(2018, 12, 31)))
    assert fault_of(rule, codes, TODAY) == fault


DUTCH, BELGIAN, SWEDE = (
    group("HOOG", 21, name="NL - Hoog"),
    group("HOOG", 21, name="BE - Hoog"),
    group("hoog", 25, name="SE"),
)
OTHER = group("LAAG", 9)
BY_CODE = VatRule(vat_group="Hoog", vat_type=1, percentage=21)


def test_a_group_is_named_by_its_code_unless_another_has_it() -> None:
    groups = [DUTCH, BELGIAN, OTHER, group("", 0, name="nameless")]
    assert [row_name(one, groups) for one in groups] == ["id-NL - Hoog", "id-BE - Hoog", "LAAG", "id-nameless"]


def test_a_row_by_a_code_that_several_groups_have_becomes_a_row_of_each_that_it_can_mean() -> None:
    groups = [DUTCH, BELGIAN, SWEDE, OTHER]
    own = VatRule(vat_group="LAAG", vat_type=2, percentage=9)
    assert told_apart([BY_CODE, own], groups) == [
        own,
        BY_CODE.model_copy(update={"vat_group": DUTCH.tribe_vat_group_id}),
        BY_CODE.model_copy(update={"vat_group": BELGIAN.tribe_vat_group_id}),
    ]
    assert told_apart([BY_CODE], [DUTCH, OTHER]) == [BY_CODE]
    wrong = VatRule(vat_group="HOOG", vat_type=2, percentage=9)
    assert told_apart([wrong], groups) == [wrong], "a row that fits none of them is left for a person to see"


def test_a_row_by_id_stays_when_the_row_by_code_is_told_apart() -> None:
    by_id = VatRule(vat_group=BELGIAN.tribe_vat_group_id, vat_type=8, percentage=21, country=None)
    assert told_apart([BY_CODE, by_id], [DUTCH, BELGIAN]) == [
        by_id,
        BY_CODE.model_copy(update={"vat_group": DUTCH.tribe_vat_group_id}),
    ]
