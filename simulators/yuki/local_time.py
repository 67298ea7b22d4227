"""Yuki's idea of time: what a clock on the wall in Amsterdam shows, without a zone (yuki-api 6)."""

from datetime import UTC, date, datetime

from simulators.shared.clock import AMSTERDAM

EARLIEST = datetime(1, 1, 1)  # noqa: DTZ001 (naive, as all of Yuki's times)


def to_local(instant: datetime) -> datetime:
    """Return an aware instant as a naive Amsterdam time, in whole seconds.

    Like Yuki's stored times it is ambiguous for one hour in autumn.
    """
    return instant.astimezone(AMSTERDAM).replace(tzinfo=None, microsecond=0)


def from_wire(text: str) -> datetime:
    """Read an `xs:dateTime` or a bare date as a naive Amsterdam time; raise ValueError when it is neither."""
    moment = datetime.fromisoformat(text)
    return to_local(moment) if moment.tzinfo else moment


def to_instant(moment: datetime) -> datetime:
    """Return a naive Amsterdam time as an aware instant; the first of the two in the autumn hour."""
    return moment.replace(tzinfo=AMSTERDAM).astimezone(UTC)


def us_notation(moment: datetime) -> str:
    """Return a time as contacts carry it: `M/d/yyyy h:mm:ss AM` (yuki-api 3.1)."""
    half = "AM" if moment.hour < 12 else "PM"  # noqa: PLR2004 (noon)
    return f"{moment.month}/{moment.day}/{moment.year} {moment.hour % 12 or 12}:{moment:%M:%S} {half}"


def seconds_notation(moment: datetime) -> str:
    """Return a time as archive documents carry it: `yyyy-MM-ddTHH:mm:ss`."""
    return moment.isoformat(timespec="seconds")


def parse_date(text: str, name: str) -> date:
    """Read `yyyy-MM-dd`; raise ValueError that names the field."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: give a date as yyyy-MM-dd, not {text!r}") from None
