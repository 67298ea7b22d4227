"""What is told about a field that was left out of a synchronisation, in English and Dutch.

A warning never stops the other fields and carries no value: only the field's name and the reason.
"""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a warning says, in both languages."""

    english: str
    dutch: str


SENTENCES: Mapping[WarningCode, Sentence] = {
    WarningCode.EMAIL_INVALID: Sentence(
        "This is not one valid e-mail address. It was not carried over; correct it.",
        "Dit is niet één geldig e-mailadres. Het is niet overgenomen; verbeter het.",
    ),
    WarningCode.PHONE_INVALID: Sentence(
        "This is not a valid phone number in the country of the contact. It was not carried over; correct it, or "
        "write it with its country code.",
        "Dit is geen geldig telefoonnummer in het land van het contact. Het is niet overgenomen; verbeter het of "
        "schrijf het met landnummer.",
    ),
    WarningCode.WEBSITE_INVALID: Sentence(
        "This is not a valid web address. It was not carried over; correct it.",
        "Dit is geen geldig webadres. Het is niet overgenomen; verbeter het.",
    ),
    WarningCode.VAT_NUMBER_INVALID: Sentence(
        "The VAT number fails its check. It was not carried over; correct it, with its country in front.",
        "Het btw-nummer klopt niet. Het is niet overgenomen; verbeter het, met het land ervoor.",
    ),
    WarningCode.COC_NUMBER_INVALID: Sentence(
        "The Chamber of Commerce number does not have the form of its country (Netherlands: eight digits; "
        "Belgium: a valid enterprise number). It was not carried over; correct it.",
        "Het KvK-nummer heeft niet de vorm van zijn land (Nederland: acht cijfers; België: een geldig "
        "ondernemingsnummer). Het is niet overgenomen; verbeter het.",
    ),
    WarningCode.POSTCODE_INVALID: Sentence(
        "The postcode does not have the form of its country. The address was carried over as it is; check "
        "postcode and country.",
        "De postcode heeft niet de vorm van zijn land. Het adres is overgenomen zoals het is; controleer postcode "
        "en land.",
    ),
    WarningCode.COUNTRY_UNKNOWN: Sentence(
        "The country of this address is not known by its code or name. The address was not carried over; choose "
        "another country.",
        "Het land van dit adres is niet herkend aan code of naam. Het adres is niet overgenomen; kies een ander land.",
    ),
    WarningCode.COUNTRY_MISSING_IN_TRIBE: Sentence(
        "The address has no country in Tribe, and it has one in Yuki, which stays. Choose the country in Tribe; if it "
        "is not in Tribe's list, add it there.",
        "Het adres heeft in Tribe geen land en in Yuki wel; dat blijft daar staan. Kies het land in Tribe; staat het "
        "niet in de lijst van Tribe, voeg het dan toe.",
    ),
    WarningCode.POSTAL_ADDRESS_ABROAD: Sentence(
        "Yuki keeps one country per contact, and the postal address is in another one than the billing address. "
        "The postal address was not carried over.",
        "Yuki kent één land per contact, en het postadres ligt in een ander land dan het factuuradres. Het "
        "postadres is niet overgenomen.",
    ),
    WarningCode.ADDRESS_PART_REMAINS: Sentence(
        "The address that was replaced has a part that the new one does not have, such as a second line. It stays: "
        "nothing is ever emptied from here. Check the address where it was written to.",
        "Het vervangen adres heeft een deel dat het nieuwe niet heeft, zoals een tweede regel. Dat blijft staan: er "
        "wordt van hieruit nooit iets leeggemaakt. Controleer het adres waar het is overgenomen.",
    ),
    WarningCode.NAME_MISSING: Sentence(
        "The contact has no name. Fill it in.",
        "Het contact heeft geen naam. Vul die in.",
    ),
}


def explain_warning(code: WarningCode, *, language: str = "en") -> str:
    """Return the sentence of a warning; `language` is `en` or `nl`."""
    sentence = SENTENCES[code]
    return sentence.dutch if language == "nl" else sentence.english
