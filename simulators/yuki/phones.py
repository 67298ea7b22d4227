"""Telephone numbers as Yuki stores them, when it normalises them."""

import re
from collections.abc import Mapping
from typing import Any

PHONES = ("PhoneHome", "PhoneWork", "MobileHome", "MobileWork")
WRITINGS = ("national", "international")
_COUNTRY = re.compile(r"^(?:\+|00)(31|32)")


def with_stored_phones(values: Mapping[str, str], switches: Mapping[str, Any], country: str = "") -> dict[str, str]:
    """Return fields by name, with telephone numbers as the switches say; `country` is used without one among them."""
    if not switches["normalise_phones"]:
        return dict(values)
    home = values.get("Country") or country
    phones = {name: _normalised(values[name], switches["phone_writing"], home) for name in PHONES if name in values}
    return {**values, **phones}


def _normalised(text: str, writing: str, country: str) -> str:
    """Return a number as digits; numbers of other countries than the Netherlands and Belgium keep their prefix."""
    digits = re.sub(r"[^\d+]", "", text)
    found = _COUNTRY.match(digits)
    national = _COUNTRY.sub("0", digits)
    if writing == "national" or not re.match("0[1-9]", national):
        return national
    return f"+{found[1] if found else _prefix(country)}{national[1:]}"


def _prefix(country: str) -> str:
    return "32" if country == "BE" else "31"
