"""Read values out of Tribe's records: nulls everywhere, doubles, dates that may be instants (tribe-api 3.2)."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.details import Wanted, field_malformed
from tribe_yuki.core.errors import Unreadable
from tribe_yuki.core.ids import is_guid
from tribe_yuki.core.outside_text import LONGEST_CODE, LONGEST_TEXT, on_lines, on_one_line

type Record = Mapping[str, object]

_MOST_DIGITS = 40
_BOOLEANS = {"true": True, "false": False, "": False}
# Java writes the name of a zone behind its offset.
_ZONE_NAME = re.compile(r"\[[^\]]*\]$")


def text(record: Record, name: str, longest: int = LONGEST_TEXT) -> str | None:
    """Return a text on one line, without invisible characters; None when nothing is left."""
    return on_one_line(opaque(record, name) or "", longest) or None


def code(record: Record, name: str) -> str | None:
    """Return a number or a code that people type."""
    return text(record, name, LONGEST_CODE)


def several_lines(record: Record, name: str) -> str | None:
    """Return a text of any number of lines, without invisible characters."""
    return on_lines(opaque(record, name) or "") or None


def opaque(record: Record, name: str) -> str | None:
    """Return a text for machines, such as a token: as it is, without blanks around it."""
    match record.get(name):
        case None:
            return None
        case str(value):
            return value.strip() or None
        case bool():
            raise _malformed(name, "text")
        case int() | Decimal() as number:
            return plain(_within(name, Decimal(number)))
        case _:
            raise _malformed(name, "text")


def flag(record: Record, name: str) -> bool:
    """Return a boolean; Tribe writes null for most false values."""
    match record.get(name):
        case None:
            return False
        case bool(value):
            return value
        case str(written) if written.strip().casefold() in _BOOLEANS:
            return _BOOLEANS[written.strip().casefold()]
        case 0 | 1 as digit:
            return digit == 1
        case _:
            raise _malformed(name, "flag")


def number(record: Record, name: str) -> Decimal | None:
    """Return a number as a decimal."""
    match record.get(name):
        case None | "":
            return None
        case bool():
            raise _malformed(name, "number")
        case int() | Decimal() as value:
            return _within(name, Decimal(value))
        case str(value):
            return _within(name, _decimal_of(name, value))
        case _:
            raise _malformed(name, "number")


def whole_number(record: Record, name: str) -> int | None:
    """Return a number without its fraction, which Tribe may write as 30.0."""
    value = number(record, name)
    return int(value) if value is not None else None


def number_as_text(record: Record, name: str) -> str | None:
    """Return a number as people write it: 34.0 is `34`."""
    return text({name: number(record, name)}, name)


def raw(record: Record, name: str) -> str | None:
    """Return any simple value as text, for fields that a setting names."""
    value = record.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return text(record, name)


def instant(record: Record, name: str) -> datetime | None:
    """Return an instant in UTC; a text without a zone counts as UTC."""
    value = text(record, name)
    if value is None:
        return None
    moment = _moment(name, value)
    return _in_zone(moment if moment.tzinfo else moment.replace(tzinfo=UTC), UTC)


def day(record: Record, name: str) -> date | None:
    """Return a day; of an instant with a zone, the day in Amsterdam rather than in UTC."""
    value = text(record, name)
    if value is None:
        return None
    moment = _moment(name, value)
    return (_in_zone(moment, AMSTERDAM) if moment.tzinfo else moment).date()


def link(record: Record, name: str) -> Record | None:
    """Return the one linked record, when it was expanded and there is one."""
    match record.get(name):
        case None:
            return None
        case dict(value):
            return value
        case _:
            raise _malformed(name, "record")


def links(record: Record, name: str) -> list[Record]:
    """Return the linked records; none when they were not expanded."""
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _malformed(name, "records")
    return value


def record_id(record: Record) -> str:
    """Return the id of a record, in lower case."""
    value = record.get("ID")
    if not isinstance(value, str) or not is_guid(value):
        raise _malformed("ID", "guid")
    return value.lower()


def plain(value: Decimal) -> str:
    """Write a number without exponent and without zeros at the end."""
    return f"{value.normalize():f}" if value else "0"


def _decimal_of(name: str, value: str) -> Decimal:
    try:
        decimal = Decimal(value.strip())
    except InvalidOperation:
        raise _malformed(name, "number") from None
    if not decimal.is_finite():
        raise _malformed(name, "number")
    return decimal


def _within(name: str, value: Decimal) -> Decimal:
    """Return a number of no more digits than people type: writing out a billion digits would take all memory."""
    if value and abs(value.adjusted()) > _MOST_DIGITS:
        raise _malformed(name, "number")
    return value


def _moment(name: str, value: str) -> datetime:
    try:
        return datetime.fromisoformat(_ZONE_NAME.sub("", value))
    except ValueError:
        raise _malformed(name, "date") from None


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment.replace(tzinfo=zone)  # the first or last day that there is: no zone makes it another day


def _malformed(name: str, wanted: Wanted) -> Unreadable:
    # The value itself may be personal data and stays out.
    return Unreadable("tribe_answer_malformed", field_malformed(name, wanted))
