"""Values of properties: what is accepted in requests and seeds, and how they read (tribe-api 3.2)."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.model import Kind

GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# The one Double that was seen as a bare number in answers (tribe-api 3.2).
_BARE = "HouseNumber"


def check_value(kind: Kind, name: str, value: Any) -> None:
    """Raise NotAllowed for a value that a property of this kind cannot take; None empties any property."""
    if value is not None and not _FITS[kind](value):
        raise NotAllowed(f"the value of {name} is no {kind}")


def show_value(kind: Kind, name: str, value: Any, switches: Mapping[str, Any]) -> Any:
    """Return a value as it reads in an answer."""
    match kind:
        case Kind.BOOLEAN:
            return True if value is True else (False if switches["nulls"] == "false" else None)
        case Kind.DOUBLE if value is not None:
            number = float(value)
            return int(number) if name == _BARE and number.is_integer() else number
        case _:
            return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return _is_instant(value)
    return True


def _is_instant(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_FITS: Mapping[Kind, Callable[[Any], bool]] = {
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.DOUBLE: _is_number,
    Kind.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    Kind.BOOLEAN: lambda value: isinstance(value, bool),
    Kind.DATE: _is_date,
    Kind.INSTANT: _is_instant,
    Kind.GUID: lambda value: isinstance(value, str) and bool(GUID.fullmatch(value)),
}
