"""Check and compare phone numbers."""

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
    try:
        number = phonenumbers.parse(tidied, country)
    except phonenumbers.NumberParseException:
        return invalid(tidied, WarningCode.PHONE_INVALID)
    if not phonenumbers.is_valid_number(number):
        return invalid(tidied, WarningCode.PHONE_INVALID)
    extension = f" x{number.extension}" if number.extension else ""
    return valid(tidied, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + extension)
