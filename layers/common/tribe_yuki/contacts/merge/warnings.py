"""What is told about a field that was left out of a synchronisation; its sentence is in the catalogue.

A warning never stops the other fields and carries no value: only the field's name and the reason.
"""

from dataclasses import dataclass
from enum import StrEnum


class WarningCode(StrEnum):
    """Stable codes of the warnings."""

    EMAIL_INVALID = "email_invalid"
    PHONE_INVALID = "phone_invalid"
    WEBSITE_INVALID = "website_invalid"
    VAT_NUMBER_INVALID = "vat_number_invalid"
    COC_NUMBER_INVALID = "coc_number_invalid"
    POSTCODE_INVALID = "postcode_invalid"
    COUNTRY_UNKNOWN = "country_unknown"
    COUNTRY_MISSING_IN_TRIBE = "country_missing_in_tribe"
    POSTAL_ADDRESS_ABROAD = "postal_address_abroad"
    ADDRESS_PART_REMAINS = "address_part_remains"
    NAME_MISSING = "name_missing"


@dataclass(frozen=True, slots=True)
class FieldWarning:
    """A field (its name in the field tables) and why it was left out or needs a look."""

    field: str
    code: WarningCode
