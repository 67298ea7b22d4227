"""Check and compare VAT numbers and Chamber of Commerce numbers."""

import re
from collections.abc import Iterator

from stdnum.be import vat as belgian_number
from stdnum.eu import vat as eu_vat_number
from stdnum.util import get_cc_module

from tribe_yuki.mapping.converters import EMPTY, Converted, invalid, tidy, valid
from tribe_yuki.mapping.countries import COUNTRY_CODES
from tribe_yuki.mapping.field_warnings import WarningCode

# Greece writes EL before its VAT numbers, and only there; Northern Ireland writes XI.
VAT_PREFIXES = frozenset({code.upper() for code in eu_vat_number.MEMBER_STATES} - {"GR"} | {"EL"})
SEPARATORS = re.compile(r"[\s.,/_-]+")
# A Dutch VAT number shows what it is without its country.
DUTCH_VAT_BODY = re.compile(r"[0-9]{9}B[0-9]{2}")
FOREIGN_NUMBER = re.compile(r"[A-Z0-9]{4,20}")
KVK_NUMBER = re.compile(r"[0-9]{8}")


def vat_number(text: str | None, country: str | None = None) -> Converted:
    """Convert a VAT number to its compact form with the country in front (`NL…`, `BE0…`, `EL…`).

    `country` is the ISO code of where the company is, for numbers that are written without a country. Numbers
    of countries for which no check is known pass when they look like a number.
    """
    tidied = tidy(text)
    compact = _compact(tidied)
    if not compact:
        return invalid(tidied, WarningCode.VAT_NUMBER_INVALID) if tidied else EMPTY
    found = next(_eu_readings(compact, country), None) or _foreign_reading(compact, country)
    return valid(found, found) if found else invalid(tidied, WarningCode.VAT_NUMBER_INVALID)


def _compact(text: str) -> str:
    return SEPARATORS.sub("", text.upper())


def _eu_readings(compact: str, country: str | None) -> Iterator[str]:
    """Give the valid readings of a number as one of the EU: by its own prefix, then by the country."""
    prefixed = "EL" + compact[2:] if compact.startswith("GR") else compact
    candidates = [prefixed] if prefixed[:2] in VAT_PREFIXES else []
    prefix = "EL" if country == "GR" else country
    if prefix in VAT_PREFIXES:
        candidates.append(prefix + compact)
    if DUTCH_VAT_BODY.fullmatch(compact):
        candidates.append("NL" + compact)
    for candidate in candidates:
        if eu_vat_number.is_valid(candidate):
            yield eu_vat_number.validate(candidate)


def _foreign_reading(compact: str, country: str | None) -> str | None:
    """Return a number of a country outside the EU, or None when it is not one."""
    own = compact[:2] if compact[:2] in COUNTRY_CODES else None
    place = own if own and own not in VAT_PREFIXES else country
    if place is None or place == "GR" or place in VAT_PREFIXES or own in VAT_PREFIXES:
        return None
    if not FOREIGN_NUMBER.fullmatch(compact):
        return None
    module = get_cc_module(place.lower(), "vat")
    if module is None:
        return compact
    body = compact.removeprefix(place)
    return place + body if module.is_valid(compact) or module.is_valid(body) else None


def coc_number(text: str | None, country: str) -> Converted:
    """Convert a Chamber of Commerce number: eight digits in the Netherlands, by form (nothing can be computed).

    In Belgium it is the enterprise number: ten digits with a check, the leading 0 and `BE` may be missing. Those of
    other countries are only compacted for comparing.
    """
    tidied = tidy(text)
    compact = _compact(tidied)
    if not tidied:
        return EMPTY
    if country == "NL":
        found = compact if KVK_NUMBER.fullmatch(compact) else None
    elif country == "BE":
        found = belgian_number.validate(compact) if belgian_number.is_valid(compact) else None
    else:
        return valid(tidied, compact) if compact else invalid(tidied, WarningCode.COC_NUMBER_INVALID)
    return valid(found, found) if found else invalid(tidied, WarningCode.COC_NUMBER_INVALID)
