"""Check and compare phone numbers."""

from functools import lru_cache

import phonenumbers

from tribe_yuki.contacts.fields.converters import EMPTY, Converted, invalid, tidy, valid
from tribe_yuki.contacts.merge.warnings import WarningCode


def phone_number(text: str | None, country: str) -> Converted:
    """Convert a phone number; it is compared in E.164 and written as it was.

    A number without a country code is one of `country`, an ISO code. An extension is part of the number.
    """
    tidied = tidy(text)
    if not tidied:
        return EMPTY
    key = _read_phone(tidied, country)
    return valid(tidied, key) if key else invalid(tidied, WarningCode.PHONE_INVALID)


@lru_cache(maxsize=8192)
def _read_phone(text: str, country: str) -> str | None:
    """Return what a phone number is compared by, or None when it is none."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    extension = f" x{number.extension}" if number.extension else ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + extension
