"""Street lines: the project's own bases, kinds that stay whole, and what comes back from Yuki."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import addresses
from benchmarks.__main__ import main
from tests.support.samples.contact_samples import unhurried
from tribe_yuki.contacts.fields.addresses import format_address, parse_address
from tribe_yuki.contacts.fields.street_lines import LONGEST_LINE, StreetLine, join_line, line_key, split_line
from tribe_yuki.contacts.model import AddressLines, TribeAddress

COUNTRIES = {"lines": {"NL": 134, "BE": 50, "DE": 33, "FR": 31, "GB": 20, "US": 18, "PL": 14}}


@pytest.mark.parametrize("name", ["lines", "unseen_lines"])
def test_a_base_is_split_right_or_kept_whole_and_has_no_wrong_house_number(name: str) -> None:
    base = addresses.read_base(name)
    verdicts = Counter(addresses.verdict(case) for case in base)
    assert verdicts["wrong number"] == 0
    assert verdicts["right"] + verdicts["whole"] >= 0.99 * len(base)
    assert verdicts["right"] >= 0.95 * len(base)


@pytest.mark.parametrize("name", ["lines", "unseen_lines"])
def test_the_parts_in_tribe_come_back_as_they_were(name: str) -> None:
    assert [case for case in addresses.read_base(name) if not addresses.comes_back(case)] == []


def test_the_base_holds_lines_of_seven_countries() -> None:
    counts = Counter(case["country"] for case in addresses.read_base("lines"))
    assert all(counts[country] >= least for country, least in COUNTRIES["lines"].items())


@pytest.mark.parametrize(
    ("country", "line"),
    [
        ("NL", "Kade tegenover 12"),
        ("NL", "Woonboot Jansje t/o Amstel 12"),
        ("NL", "p/a Kerkstraat 12"),
        ("NL", "hoek Kerkstraat 12"),
        ("NL", "Tussen 5 en 7"),
        ("NL", "Bedrijvenpark unit 4"),
        ("NL", "Rijksweg A 2"),
        ("NL", "Hoofdweg km 12"),
        ("NL", "Havennummer 3045"),
        ("NL", "Kerkstraat 12 Rotterdam"),
        ("NL", "Kerkstraat 5 Postbus 12"),
        ("NL", "De Molen, Kerkstraat 5"),
        ("NL", "Bevrijdingslaan 1945"),
        ("NL", "Laan '40-'45"),
        ("BE", "Zone 3"),
        ("BE", "Rue des 3 Rois 12"),
        ("DE", "Straße 42"),
        ("DE", "Dorfstraße Haus 12"),
        ("DE", "Q 7, 24"),
        ("FR", "12 A 14 rue Neuve"),
        ("FR", "12 rue Neuve 3"),
        ("GB", "Flat 3, 12 High Street"),
        ("GB", "12 Unit 4 High Street"),
        ("CA", "5-123 Main Street"),
        ("AU", "5/123 Main Street"),
        ("US", "123 1/2 Main Street"),
        ("PL", "ul. 15 Pułku 5"),
        (None, "12 High Street"),
        (None, f"{'K' * LONGEST_LINE} 12"),
    ],
)
def test_where_a_number_may_be_anything_else_the_line_stays_whole(country: str | None, line: str) -> None:
    assert split_line(line, country) == StreetLine(line)


@pytest.mark.parametrize(
    ("country", "parts", "line"),
    [
        ("NL", StreetLine("Strawinskylaan", "127", "G4.02"), "Strawinskylaan 127 G4.02"),
        ("PL", StreetLine("ul. Długa", "12", "m. 34"), "ul. Długa 12 m. 34"),
        ("NL", StreetLine("Kade", "12", "a/d werf"), "Kade 12 a/d werf"),
        ("NL", StreetLine("Keizersgracht", "12", "3 hoog"), "Keizersgracht 12-3 hoog"),
        ("NL", StreetLine("Keizersgracht", "12", "2e verd."), "Keizersgracht 12 2e verd."),
        ("NL", StreetLine("Keizersgracht", "12", "t/m 14"), "Keizersgracht 12 t/m 14"),
        ("BE", StreetLine("Kerkstraat", "12", "A bus 3"), "Kerkstraat 12A bus 3"),
        ("US", StreetLine("Main St", "123", "Apt 4B"), "123 Main St Apt 4B"),
        ("FR", StreetLine("rue Neuve", "12", "bis appt 3"), "12 bis rue Neuve appt 3"),
        ("GB", StreetLine("High Street", "12", "B Flat 3"), "12B High Street Flat 3"),
    ],
)
def test_a_suffix_stands_where_a_person_would_write_it(country: str, parts: StreetLine, line: str) -> None:
    assert join_line(parts, country) == line


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("Kerkstraat nr. 12", "Kerkstraat 12"),
        ("Rue Neuve, n° 5", "Rue Neuve 5"),
        ("Keizersgracht 12 3 hoog", "Keizersgracht 12-3 hoog"),
        ("Kerkstraat 12\u201314", "kerkstraat 12 - 14"),
    ],
)
def test_lines_that_say_the_same(line: str, other: str) -> None:
    assert line_key(line) == line_key(other)


@unhurried
@given(
    street=st.sampled_from(["Kerkstraat", "Kerkstraat 12 unit", "Plein 1944", "Plein", "Straße"]),
    number=st.integers(1, 2100),
    suffix=st.one_of(
        st.sampled_from(["", "3 hoog", "unit 4", "a/d werf", "-III", "- 2", "14"]),
        st.text("aB12 -/.", max_size=8).map(str.strip),
    ),
    country=st.sampled_from(["NL", "FR", None]),
)
def test_parts_that_tribe_had_stay_when_the_line_says_the_same(
    street: str, number: int, suffix: str, country: str | None
) -> None:
    address = TribeAddress(None, street, str(number), suffix or None, "Hal C", "8011 AB", "Zwolle", country)
    moved = replace(format_address(address), city="Kampen")
    assert parse_address(moved, address) == replace(address, city="Kampen")


def test_what_says_the_same_keeps_the_writing_that_it_had() -> None:
    address = TribeAddress(None, "KERKSTRAAT", "12", "3 hoog", "hal c", "8011ab", "zwolle", "NL")
    lines = AddressLines("Kerkstraat 12-3 Hoog", "Hal C", "8011 AB", "Kampen", "NL")
    assert parse_address(lines, address) == replace(address, city="Kampen", postcode="8011 AB")


def test_another_line_is_split_anew() -> None:
    address = TribeAddress(None, "Kerkstraat 12 unit", "4", None, None, "8011 AB", "Zwolle", "NL")
    parsed = parse_address(AddressLines("Kerkstraat 14 unit 4", None, "8011 AB", "Zwolle", "NL"), address)
    assert parsed == replace(address, street="Kerkstraat", house_number="14", house_number_suffix="unit 4")


def test_a_file_of_cases_is_answered_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cases.jsonl"
    lines = [
        '{"country": "NL", "line": "Kerkstraat 12 unit 4"}',
        "",
        "no",
        "[]",
        '{"line": 5}',
        '{"line": "Plein 1944"}',
    ]
    file.write_bytes("\n".join(lines).encode() + b"\n\xff\n")
    assert main(["addresses", "--from", str(file)]) == 1
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers[0] == {
        "street": "Kerkstraat",
        "house_number": 12,
        "suffix": "unit 4",
        "line": "Kerkstraat 12 unit 4",
    }
    assert answers[4] == {"street": "Plein 1944", "house_number": None, "suffix": None, "line": "Plein 1944"}
    assert ["error" in answer for answer in answers] == [False, True, True, True, False, True]


def test_a_file_without_a_wrong_case_ends_well(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"country": "NL", "line": "Plein 1944"}\n')
    assert main(["addresses", "--from", str(file)]) == 0
    assert main(["addresses", "--from", str(tmp_path / "none.jsonl")]) == 2
