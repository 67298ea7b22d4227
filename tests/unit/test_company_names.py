"""Names in matching: what counts as the same company."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples.contact_samples import unhurried
from tribe_yuki.contacts.match.names import company_name, name_to_search, person_name, yuki_name_key

SPELLINGS = [
    "Bakkerij De Korenschuur B.V.",
    "bakkerij de korenschuur bv",
    "Bakkerij De Korenschuur, B. V.",
    "BAKKERIJ DE-KORENSCHUUR besloten vennootschap",
    "BV Bakkerij 'De Korenschuur'",
    "Bakkerij De Korenschuur BVBA",
    "Bakkerij De Korenschuur",
]


@pytest.mark.parametrize("one", SPELLINGS)
@pytest.mark.parametrize("other", SPELLINGS)
def test_spellings_of_one_company_agree(one: str, other: str) -> None:
    assert company_name(one).agrees_with(company_name(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jansen V.O.F.", "Jansen B.V."),
        ("Jansen Holding B.V.", "Jansen B.V."),
        ("Café Zon", "Café Zee"),
        ("", ""),
        ("B.V.", "N.V."),
    ],
)
def test_other_companies_do_not_agree(one: str, other: str) -> None:
    assert not company_name(one).agrees_with(company_name(other))


def test_a_name_that_is_nothing_but_a_legal_form_stays() -> None:
    assert company_name("AG").base == "ag"


def test_accents_make_no_difference() -> None:
    assert company_name("Café Één").agrees_with(company_name("Cafe Een"))


def test_a_person_agrees_whole_or_in_parts() -> None:
    assert person_name("Femke van der Molen").agrees_with(person_name("Femke", "van der", "Molen"))
    assert not person_name("Femke Sa").agrees_with(person_name("Femke"))


def test_yuki_ignores_punctuation_and_spaces_but_not_the_legal_form() -> None:
    assert yuki_name_key('Jansen-Bakker, "B.V."') == yuki_name_key("JansenBakker BV")
    assert yuki_name_key("Jansen BV") != yuki_name_key("Jansen")


@pytest.mark.parametrize(
    ("name", "searched"),
    [
        ("Bakkerij De Korenschuur B.V.", "Bakkerij De Korenschuur"),
        ("De Vries, V. O. F.", "De Vries"),
        ("Jansen besloten vennootschap", "Jansen"),
        ("AG", "AG"),
        (" Twee  Woorden ", "Twee Woorden"),
    ],
)
def test_a_search_leaves_the_legal_form_out(name: str, searched: str) -> None:
    assert name_to_search(name) == searched


@unhurried
@given(st.text(max_size=30))
def test_a_base_name_is_its_own_base_name(text: str) -> None:
    base = company_name(text).base
    assert company_name(base).base == base


@unhurried
@given(st.text("abv. &-sgm", max_size=12), st.text("abv. &-sgm", max_size=12))
def test_agreeing_works_both_ways(one: str, other: str) -> None:
    assert company_name(one).agrees_with(company_name(other)) == company_name(other).agrees_with(company_name(one))
