"""Texts of Yuki as values, and instants as Yuki's texts (yuki-api 6).

Yuki writes times without a zone and means Dutch ones. In the hour that comes twice when summer time ends, a text is
taken for the earlier of the two instants: reading too much again is harmless, missing something is not.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.errors import Defect

_US_TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AP]M)?", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_NOON = 12
# More than any amount or number has, and no more than tables take.
_MOST_DIGITS = 30


class UnknownNotation(Exception):
    """A value is not written as Yuki is known to write it; names the field, never the value."""


def local_time(instant: datetime) -> datetime:
    """Return an aware instant as Yuki wants it: Amsterdam's time without a zone, whole seconds, rounded down."""
    if instant.tzinfo is None:
        raise Defect("yuki_time_without_zone", "give instants with a time zone")
    return instant.astimezone(AMSTERDAM).replace(tzinfo=None, microsecond=0, fold=0)


def to_instant(text: str, field: str) -> datetime | None:
    """Return an instant in UTC from US notation (contacts) or ISO (documents); None for an empty text.

    So it does for the year 1, which is how .NET writes that there is none.
    """
    if not text:
        return None
    try:
        moment = _us_time(text) or datetime.fromisoformat(text)
        if moment.year == 1:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM, fold=0)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnknownNotation(field) from None


def _us_time(text: str) -> datetime | None:
    found = _US_TIME.fullmatch(text)
    if found is None:
        return None
    month, day, year, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    half = (found[7] or "").upper()
    if half:
        hour = hour % _NOON + (_NOON if half == "PM" else 0)
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (the zone follows)


def to_day(text: str, field: str) -> date | None:
    """Return a day from `yyyy-MM-dd`, with or without a time or a zone behind it; None for an empty text.

    An xs:date may have a zone; the day is the one that is written.
    """
    if not text:
        return None
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise UnknownNotation(field)
        return date.fromisoformat(found[1])
    except ValueError:
        raise UnknownNotation(field) from None


def to_decimal(text: str, field: str) -> Decimal | None:
    """Return a decimal; None for an empty text."""
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise UnknownNotation(field) from None
    if not value.is_finite() or (value and abs(value.adjusted()) > _MOST_DIGITS):
        raise UnknownNotation(field)
    return value


def to_int(text: str, field: str) -> int | None:
    """Return a whole number; None for an empty text."""
    if not text:
        return None
    try:
        number = int(text)
    except ValueError:
        raise UnknownNotation(field) from None
    if len(str(abs(number))) > _MOST_DIGITS:
        raise UnknownNotation(field)
    return number


def to_bool(text: str, field: str) -> bool | None:
    """Return a boolean, however it is capitalised; None for an empty text."""
    if not text:
        return None
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise UnknownNotation(field) from None
