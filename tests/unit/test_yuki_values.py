"""Yuki's notations of times, days, numbers and booleans."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from tribe_yuki.adapters.yuki.values import (
    UnknownNotation,
    local_time,
    to_bool,
    to_day,
    to_decimal,
    to_instant,
    to_int,
)
from tribe_yuki.core.errors import Defect


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("12/18/2025 10:21:40 AM", datetime(2025, 12, 18, 9, 21, 40, tzinfo=UTC)),
        ("4/10/2024 3:50:52 PM", datetime(2024, 4, 10, 13, 50, 52, tzinfo=UTC)),
        ("1/2/2026 12:00:00 AM", datetime(2026, 1, 1, 23, 0, tzinfo=UTC)),
        ("1/2/2026 12:30:00 PM", datetime(2026, 1, 2, 11, 30, tzinfo=UTC)),
        ("1/2/2026 1:05:00\u202fPM", datetime(2026, 1, 2, 12, 5, tzinfo=UTC)),
        ("2026-07-01T08:00:00", datetime(2026, 7, 1, 6, 0, tzinfo=UTC)),
        ("2026-07-01T08:00:00.123+00:00", datetime(2026, 7, 1, 8, 0, 0, 123000, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 6, 30, 22, 0, tzinfo=UTC)),
    ],
)
def test_times_are_taken_for_amsterdam(text: str, instant: datetime) -> None:
    assert to_instant(text, "Modified") == instant


def test_the_hour_that_comes_twice_is_the_earlier_one() -> None:
    assert to_instant("10/25/2026 2:30:00 AM", "Modified") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_hour_that_never_comes_has_an_instant_too() -> None:
    assert to_instant("3/29/2026 2:30:00 AM", "Modified") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 1, 1, 12, 0, 0, 999999, tzinfo=UTC), "2026-01-01T13:00:00"),
        (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), "2026-07-01T14:00:00"),
        (datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=5))), "2026-07-01T09:00:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00"),
    ],
)
def test_instants_are_sent_as_amsterdam_time_without_a_zone(instant: datetime, text: str) -> None:
    sent = local_time(instant)
    assert sent.tzinfo is None
    assert sent.isoformat() == text


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(Defect):
        local_time(datetime(2026, 1, 1))  # noqa: DTZ001 (what is refused)


def test_the_other_notations() -> None:
    assert to_day("2026-03-31", "Date") == date(2026, 3, 31)
    assert to_day("2026-03-31T00:00:00", "Date") == date(2026, 3, 31)
    assert to_decimal("-142.00", "Amount") == Decimal(-142)
    assert to_int("139", "HID") == 139
    assert [to_bool(text, "IsCustomer") for text in ("True", "false", "1", "0")] == [True, False, True, False]


def test_empty_means_none() -> None:
    assert [convert("", "x") for convert in (to_instant, to_day, to_decimal, to_int, to_bool)] == [None] * 5


@pytest.mark.parametrize(
    ("convert", "text"),
    [
        (to_instant, "gisteren kanarie"),
        (to_instant, "13/40/2026 1:00:00 AM"),
        (to_day, "31-03-2026"),
        (to_decimal, "1.234,56"),
        (to_decimal, "NaN"),
        (to_int, "1.5"),
        (to_bool, "ja"),
    ],
)
def test_an_unknown_notation_names_the_field_and_not_the_value(convert: object, text: str) -> None:
    with pytest.raises(UnknownNotation) as unknown:
        convert(text, "Field")  # type: ignore[operator]
    assert str(unknown.value) == "Field"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "2026-11-23Z",
        "2026-11-23+01:00",
        "2026-11-23-05:00",
        "2026-11-23T00:00:00",
        "2026-11-23T23:30:00.5+01:00",
    ],
)
def test_the_day_is_the_one_that_is_written(text: str) -> None:
    assert to_day(text, "Date") == date(2026, 11, 23)


@pytest.mark.parametrize(
    "text", ["23-11-2026", "2026-11-23 Z", "2026-11-23+1", "20261123", "2026-13-01Z", "2026-W48-1"]
)
def test_what_is_no_day_is_named(text: str) -> None:
    with pytest.raises(UnknownNotation, match="Date"):
        to_day(text, "Date")
