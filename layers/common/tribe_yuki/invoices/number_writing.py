"""When two invoice numbers are the same number to Yuki, and when they only look alike, as 2026-0777 and 20260777 do."""

import re
from typing import assert_never

from tribe_yuki.connections.settings import SameNumber

_SIGNS = re.compile(r"[\W_]+")


def number_key(number: str | None, same: SameNumber) -> str:
    """Return what is equal for numbers that Yuki takes for one."""
    match same:
        case "as_written":
            return number or ""
        case "any_case":
            return (number or "").casefold()
        case "any_writing":
            return bare_number(number)
        case _:
            assert_never(same)


def bare_number(number: str | None) -> str:
    """Return a number's letters and digits, without the signs and capitals that whoever types it may leave out."""
    return _SIGNS.sub("", (number or "").casefold())
