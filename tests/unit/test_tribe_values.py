"""Tribe's values, odd as they are, become plain ones; a value that fits nothing is named, never shown."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.details import said
from tribe_yuki.adapters.tribe import values
from tribe_yuki.adapters.tribe.answers import Answer, parse_json
from tribe_yuki.core.errors import Defect, Retryable, Unreadable


def parsed(body: str) -> Any:
    return parse_json(Answer(200, {}, body.encode()), "Relation_Person")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        (" \r\n ", None),
        ("\n\nJip van der Meulen", "Jip van der Meulen"),
        ("  D-10045 ", "D-10045"),
        (10045, "10045"),
        (Decimal("10045.0"), "10045"),
    ],
)
def test_a_text_is_trimmed_and_nothing_is_none(value: object, expected: str | None) -> None:
    assert values.text({"Name": value}, "Name") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, False),
        (False, False),
        (True, True),
        ("true", True),
        (" TRUE ", True),
        ("false", False),
        ("", False),
        (1, True),
        (0, False),
        (Decimal("1.0"), True),
    ],
)
def test_a_null_boolean_is_false(value: object, expected: object) -> None:
    assert values.flag({"IsFormer": value}, "IsFormer") is expected


@pytest.mark.parametrize(
    ("json", "expected"), [("34", "34"), ("34.0", "34"), ("12.5", "12.5"), ("0", "0"), ("1E3", "1000")]
)
def test_a_house_number_is_written_as_people_do(json: str, expected: str) -> None:
    assert values.number_as_text(parsed(f'{{"HouseNumber": {json}}}'), "HouseNumber") == expected


@pytest.mark.parametrize(
    ("json", "expected"),
    [
        ("2.5", "2.5"),
        ("0.0333", "0.0333"),
        ("-100.0", "-100.0"),
        ("0.30000000000000004", "0.3"),
        ("0.5249999999999999", "0.525"),
        ("5e-324", "0"),
    ],
)
def test_a_double_is_the_decimal_of_its_text_without_binary_noise(json: str, expected: str) -> None:
    assert values.number(parsed(f'{{"Price": {json}}}'), "Price") == Decimal(expected)


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_every_amount_survives_the_way_through_a_double(units: int, decimals: int) -> None:
    amount = Decimal(units).scaleb(-decimals)
    assert values.number(parsed(f'{{"Price": {float(amount)!r}}}'), "Price") == amount


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-04", date(2026, 3, 4)),
        ("2026-06-30T21:30:00Z", date(2026, 6, 30)),
        ("2026-06-30T22:30:00Z[UTC]", date(2026, 7, 1)),
        ("2026-07-01T00:30:00+02:00[Europe/Amsterdam]", date(2026, 7, 1)),
        ("2026-06-30T22:30:00Z", date(2026, 7, 1)),
        ("2026-12-31T23:30:00.000Z", date(2027, 1, 1)),
        ("2026-07-01T00:30:00+02:00", date(2026, 7, 1)),
        ("2026-06-30T22:30:00", date(2026, 6, 30)),
        (None, None),
    ],
)
def test_a_day_is_the_one_in_amsterdam(value: object, expected: date | None) -> None:
    assert values.day({"InvoiceDate": value}, "InvoiceDate") == expected


@pytest.mark.parametrize("value", ["2026-03-04T09:15:22Z", "2026-03-04T10:15:22+01:00", "2026-03-04T09:15:22"])
def test_an_instant_is_in_utc(value: str) -> None:
    assert values.instant({"At": value}, "At") == datetime(2026, 3, 4, 9, 15, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (values.text, True),
        (values.text, ["geheim"]),
        (values.flag, "geheim"),
        (values.number, "geheim"),
        (values.number, True),
        (values.number, "NaN"),
        (values.day, "geheim"),
        (values.link, "geheim"),
        (values.links, {"ID": "geheim"}),
        (values.links, ["geheim"]),
    ],
)
def test_a_value_of_another_kind_is_named_but_not_shown(read: Any, value: object) -> None:
    with pytest.raises(Defect, match="EmailAddress") as caught:
        read({"EmailAddress": value}, "EmailAddress")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("value", [None, 5, "not-a-guid", "/../x"])
def test_a_record_without_a_guid_is_refused(value: object) -> None:
    with pytest.raises(Unreadable) as caught:
        values.record_id({"ID": value})
    assert said(caught.value.details) == "ID should be a GUID"


def test_ids_are_in_lower_case() -> None:
    assert values.record_id({"ID": "ABCDEF00-0000-4000-8000-000000000041"}) == "abcdef00-0000-4000-8000-000000000041"


@pytest.mark.parametrize("body", ["", '{"value": [{"ID": "4000', "<html>", '{"a": ' + "[" * 100_000])
def test_what_is_no_json_may_be_asked_again(body: str) -> None:
    with pytest.raises(Retryable):
        parsed(body)


@pytest.mark.parametrize(
    "number",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999999999",
        "-1E+400",
        "9" * 5000,
        "12345678901234567890.12345678901234567890e30",
    ],
)
def test_a_number_that_nobody_types_is_the_matter_of_its_record_only(number: str) -> None:
    (odd, good) = parsed('[{"Amount": ' + number + '}, {"Amount": 12.50}]')
    with pytest.raises(Unreadable) as caught:
        values.number(odd, "Amount")
    assert said(caught.value.details) == "the amount should be a number"
    assert values.number(good, "Amount") == Decimal("12.5")


@pytest.mark.parametrize("number", ["1e999999999", "-1E+400", "9" * 5000])
def test_a_number_that_would_fill_the_memory_is_never_written_out(number: str) -> None:
    with pytest.raises(Unreadable, match="HouseNumber"):
        values.text(parsed('{"HouseNumber": ' + number + "}"), "HouseNumber")


@pytest.mark.parametrize(("value", "day"), [("0001-01-01T00:00:00+14:00", 1), ("9999-12-31T23:30:00-10:00", 9999)])
def test_a_day_at_an_end_of_time_is_a_day(value: str, day: int) -> None:
    found = values.day({"InvoiceDate": value}, "InvoiceDate")
    assert found is not None
    assert found.year == day
    assert values.instant({"At": value}, "At") is not None


@pytest.mark.parametrize("value", ["yes", "ja", 2, "1.5", [], {}])
def test_what_may_be_either_is_no_boolean(value: object) -> None:
    with pytest.raises(Unreadable) as caught:
        values.flag({"IsFormer": value}, "IsFormer")
    assert "true or false" in said(caught.value.details)
