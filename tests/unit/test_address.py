"""Addresses: Dutch and Belgian lines, round trips, and what counts as the same address."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples.contact_samples import unhurried
from tribe_yuki.contacts.fields.addresses import (
    AddressKey,
    address_key,
    format_address,
    has_content,
    parse_address,
    same_address,
)
from tribe_yuki.contacts.fields.street_lines import YEARS, StreetLine, join_line, line_key, split_line
from tribe_yuki.contacts.match.premises import premises
from tribe_yuki.contacts.model import AddressLines, TribeAddress

WORDS = [
    "Molenweg",
    "Kerk",
    "van",
    "Rue",
    "Émile",
    "'s-Gravenweg",
    "1e",
    "Plein",
    "1940-1945",
    "1944",
    "bus",
    "bis",
    "12",
    "7b",
]
SUFFIXES = [
    "",
    "A",
    "a",
    "A-3",
    "bis",
    "hs",
    "bus 3",
    "bte 2",
    "14",
    "/2",
    "-III",
    "IV",
    "t/m 16",
    "b 101",
    "3-2",
    "rood",
]

lines = st.one_of(
    st.text(max_size=30),
    st.text("abA 0123456789-/.,'é", max_size=20),
    st.builds(" ".join, st.lists(st.sampled_from([*WORDS, "12", "12A", "3", "-14", "99", ",", "boîte"]), max_size=7)),
)
countries = st.sampled_from([None, "NL", "BE", "GB", "FR"])


@pytest.mark.parametrize(
    ("line", "street", "number", "suffix"),
    [
        ("Postbus 99", "Postbus", "99", ""),
        ("Molenweg 12", "Molenweg", "12", ""),
        ("Molenweg 12 A", "Molenweg", "12", "A"),
        ("Molenweg 12A-3", "Molenweg", "12", "A-3"),
        ("Kerkstraat 12 bus 3", "Kerkstraat", "12", "bus 3"),
        ("Kerkstraat 12A bus 3", "Kerkstraat", "12", "A bus 3"),
        ("Rue Neuve 5 bte 2", "Rue Neuve", "5", "bte 2"),
        ("Boulevard Émile 7 boîte 12", "Boulevard Émile", "7", "boîte 12"),
        ("1e Jacob van Campenstraat 10", "1e Jacob van Campenstraat", "10", ""),
        ("Plein 1940-1945 4", "Plein 1940-1945", "4", ""),
        ("Plein 1944 12", "Plein 1944", "12", ""),
        ("Rue du 4 Août 12", "Rue du 4 Août", "12", ""),
        ("Straatweg 12-14", "Straatweg", "12", "14"),
        ("Straatweg 12 t/m 14", "Straatweg", "12", "t/m 14"),
        ("Weg 12 hs", "Weg", "12", "hs"),
        ("Kerkstraat 12, bus 3", "Kerkstraat", "12", "bus 3"),
        ("Weg 12-III", "Weg", "12", "-III"),
        ("Weg 12/A", "Weg", "12", "/A"),
        ("'s-Gravenweg 100", "'s-Gravenweg", "100", ""),
    ],
)
def test_lines_that_are_split(line: str, street: str, number: str, suffix: str) -> None:
    assert split_line(line) == StreetLine(street, number, suffix)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Kerkstraat",
            "Rue du 11 Novembre",
            "12",
            "12 A",
            "Kade 12 3",
            "Weg 012",
            "Weg 123456",
        ),
        *("Gebouw C, 2e verdieping", "Weg 12 naast de kerk", ""),
    ],
)
def test_lines_that_stay_whole(line: str) -> None:
    assert split_line(line) == StreetLine(line)


@pytest.mark.parametrize(
    ("line", "split"),
    [
        ("10 Downing Street", StreetLine("Downing Street", "10")),
        ("221B Baker Street", StreetLine("Baker Street", "221", "B")),
        ("12 bis rue Neuve", StreetLine("rue Neuve", "12", "bis")),
        ("Rue Neuve 5", StreetLine("Rue Neuve 5")),
    ],
)
def test_in_some_countries_the_number_stands_first(line: str, split: StreetLine) -> None:
    assert split_line(line, "FR") == split
    assert join_line(split, "FR") == line


@unhurried
@given(line=lines, country=countries)
def test_a_line_comes_back_and_says_the_same(line: str, country: str | None) -> None:
    address = parse_address(AddressLines(line_1=line, country=country))
    assert line_key(format_address(address).line_1) == line_key(line)


@unhurried
@given(line=lines, extra=st.text(max_size=10), postcode=st.text("1234ABab -", max_size=8), country=countries)
def test_what_was_parsed_is_canonical(line: str, extra: str, postcode: str, country: str | None) -> None:
    canonical = parse_address(AddressLines(line, extra, postcode, "Zwolle", country))
    assert parse_address(format_address(canonical)) == canonical


@unhurried
@given(
    street=st.sampled_from(["Molenweg", "1e Jacob van Campenstraat", "Plein 1940-1945", "Rue du 4 Août", "Postbus"]),
    number=st.integers(1, 99999).filter(lambda number: number not in YEARS),
    suffix=st.sampled_from(SUFFIXES),
)
def test_the_parts_of_an_address_come_back(street: str, number: int, suffix: str) -> None:
    address = TribeAddress(None, street, str(number), suffix or None, None, "8011 AB", "Zwolle", "NL")
    assert parse_address(format_address(address)) == address


@unhurried
@given(line=lines, city=st.text(max_size=10), country=countries)
def test_an_address_that_was_carried_over_is_the_same(line: str, city: str, country: str | None) -> None:
    before = AddressLines(line, None, "8011 AB", city, country)
    after = format_address(parse_address(before))
    assert same_address(before, after)


def test_the_extra_line_is_the_second_line() -> None:
    lines = AddressLines("Molenweg 12", "Gebouw C", "8011ab", "Zwolle", "NL")
    assert parse_address(lines) == TribeAddress(None, "Molenweg", "12", None, "Gebouw C", "8011 AB", "Zwolle", "NL")
    assert format_address(parse_address(lines)) == replace(lines, postcode="8011 AB")


def test_a_country_that_is_not_known_is_kept_to_be_reported() -> None:
    assert format_address(TribeAddress(street="Weg", country="Luilekkerland")).country == "Luilekkerland"


def test_an_address_without_more_than_a_country_has_no_content() -> None:
    assert not has_content(TribeAddress("id", country="NL"))
    assert not has_content(AddressLines(line_1=" ", country="NL"))
    assert not has_content(None)
    assert has_content(AddressLines(city="Zwolle"))


MILL = AddressLines("Molenweg 12A", None, "8011 AB", "Zwolle", "NL")


@pytest.mark.parametrize(
    "other",
    [
        AddressLines("MOLENWEG 12 a", "", "8011ab", "ZWOLLE", "NL"),
        AddressLines("Molenweg, 12A.", None, "8011 AB", "Zwolle", None),
        AddressLines("Molenweg 12A", None, "NL-8011AB", "Zwolle", "Nederland"),
    ],
)
def test_writing_makes_no_difference(other: AddressLines) -> None:
    assert same_address(MILL, other)


@pytest.mark.parametrize(
    "other",
    [
        replace(MILL, line_1="Molenweg 12B"),
        replace(MILL, line_2="Gebouw C"),
        replace(MILL, postcode="8011 AC"),
        replace(MILL, city="Kampen"),
        replace(MILL, country="BE"),
        None,
    ],
)
def test_other_addresses_differ(other: AddressLines | None) -> None:
    assert not same_address(MILL, other)


def test_spaces_between_numbers_matter() -> None:
    one, other = (AddressLines(line_1=line) for line in ("Kade 12 3", "Kade 123"))
    assert not same_address(one, other)


def test_without_content_there_is_nothing_to_compare() -> None:
    assert address_key(AddressLines(country="BE")) == AddressKey()


def test_in_the_netherlands_postcode_and_number_say_where_it_is() -> None:
    one = premises(MILL, default_country="NL")
    other = premises(AddressLines("Moolenweg 12", None, "8011ab"), default_country="NL")
    assert one is not None
    assert other is not None
    assert one.agrees_with(other)
    assert other.agrees_with(one)


@pytest.mark.parametrize(
    ("line", "postcode", "country"),
    [("Molenweg 12B", "8011 AB", "NL"), ("Molenweg 13A", "8011 AB", "NL"), ("Molenweg 12A", "8011 AC", "NL")],
)
def test_another_number_suffix_or_postcode_is_elsewhere(line: str, postcode: str, country: str) -> None:
    one = premises(MILL, default_country="NL")
    other = premises(AddressLines(line, None, postcode, None, country), default_country="NL")
    assert one is not None
    assert other is not None
    assert not one.agrees_with(other)


def test_a_belgian_postcode_is_a_town_so_the_street_counts_too() -> None:
    one, same, other = (
        premises(AddressLines(line, None, "1000", "Brussel", "BE"), default_country="NL")
        for line in ("Nieuwstraat 5 bus 2", "NIEUWSTRAAT 5, bus 2", "Koningsstraat 5 bus 2")
    )
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.agrees_with(same)
    assert not one.agrees_with(other)


def test_without_postcode_or_first_line_it_cannot_be_found() -> None:
    assert premises(replace(MILL, postcode=None), default_country="NL") is None
    assert premises(replace(MILL, line_1=None), default_country="NL") is None
    assert premises(None, default_country="NL") is None
