"""Check and compare VAT numbers and Chamber of Commerce numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stdnum.be import vat as belgian_number
from stdnum.ch import uid as swiss_number
from stdnum.eu import vat as eu_vat_number
from stdnum.util import get_cc_module

from tribe_yuki.contacts.fields.converters import EMPTY, Converted, invalid, tidy, valid
from tribe_yuki.contacts.fields.countries import COUNTRY_CODES
from tribe_yuki.contacts.merge.warnings import WarningCode

# Greece writes EL before its VAT numbers, and only there; Northern Ireland writes XI.
VAT_PREFIXES = frozenset({code.upper() for code in eu_vat_number.MEMBER_STATES} - {"GR"} | {"EL"})
# Monaco's numbers are French.
_PREFIXES = {"GR": "EL", "MC": "FR"}
SEPARATORS = re.compile(r"[\s.,:;/_()#°-]+")
# What people write in front of a number, in the languages around: "BTW-nr. NL…", "TVA BE…", "USt-IdNr.: DE…".
WORD_BEFORE = re.compile(r"(?:UST|MWST|BTW|OB|TVA|VAT|IVA|MOMS|TAX)(?P<rest>.*)")
WORD_AFTER_IT = re.compile(
    r"(?:NUMMER|NUMBER|NUMERO|NUM|IDENTIFICATIENUMMER|IDENTIFIKATIONSNUMMER|INTRACOM|INTRA|ID|REG|NR|NO|N)"
)
# A Dutch VAT number shows what it is without its country.
DUTCH_VAT_BODY = re.compile(r"[0-9]{9}B[0-9]{2}")
FOREIGN_NUMBER = re.compile(r"[A-Z0-9]{4,20}")
FEWEST_DIGITS_ABROAD = 5
# Swiss numbers are written with the word for VAT in one of the languages behind them, or without.
SWISS_NUMBER = re.compile(r"(?P<number>CHE[0-9]{9})(?:MWST|TVA|IVA|TPV)?")
KVK_NUMBER = re.compile(r"[0-9]{8}")
# What stands in a field that wanted a number: a word, zeros, or one digit over and over.
NO_NUMBER = re.compile(r"0*|(?P<digit>[0-9])(?P=digit){7,}")


@dataclass(frozen=True, slots=True)
class _VatNumber:
    """A valid number: how it is written, and what it is compared by."""

    written: str
    key: str


def vat_number(text: str | None, country: str | None = None) -> Converted:
    """Convert a VAT number to its compact form with the country in front (`NL…`, `BE0…`, `EL…`).

    `country` is the ISO code of where the company is, for numbers that are written without a country. Numbers
    of countries outside the EU for which no check is known pass when they are of that country and look like a number.
    A word in front is left out; a word in place of a number is invalid.
    """
    tidied = tidy(text)
    if not tidied:
        return EMPTY
    found = _read_vat_number(tidied, country)
    return valid(found.written, found.key) if found else invalid(tidied, WarningCode.VAT_NUMBER_INVALID)


@lru_cache(maxsize=8192)
def _read_vat_number(text: str, country: str | None) -> _VatNumber | None:
    bodies = _without_words(_compact(text))
    readings = (reading for body in bodies for reading in (_eu_reading(body, country), _foreign_reading(body, country)))
    return next((reading for reading in readings if reading and not _is_made_up(reading.written)), None)


def _compact(text: str) -> str:
    return SEPARATORS.sub("", text.upper())


def _is_made_up(number: str) -> bool:
    """Whether a number stands for none, as 00000000 does: whoever has it too is not the same company."""
    return NO_NUMBER.fullmatch("".join(filter(str.isdigit, number))) is not None


def _without_words(compact: str) -> Iterator[str]:
    """Give what is behind the words that stand before a number: "VATNO123…" may be Norwegian, or a "VAT no."."""
    before = WORD_BEFORE.fullmatch(compact)
    rest = before["rest"] if before else compact
    yield rest
    while before and rest[:2] not in VAT_PREFIXES and (word := WORD_AFTER_IT.match(rest)):
        rest = rest[word.end() :]
        yield rest


def _eu_reading(compact: str, country: str | None) -> _VatNumber | None:
    """Return a number as an EU number: by its own prefix, then by the country."""
    prefixed = "EL" + compact[2:] if compact.startswith("GR") else compact
    candidates = [prefixed] if prefixed[:2] in VAT_PREFIXES else []
    prefix = _PREFIXES.get(country or "", country)
    if prefix in VAT_PREFIXES:
        candidates.append(prefix + compact)
    if DUTCH_VAT_BODY.fullmatch(compact):
        candidates.append("NL" + compact)
    number = next((text for text in candidates if eu_vat_number.is_valid(text)), None)
    if number is None:
        return None
    validated = eu_vat_number.validate(number)
    return _VatNumber(validated, validated)


def _foreign_reading(compact: str, country: str | None) -> _VatNumber | None:
    """Return a number of a country outside the EU, or None when it is none.

    Two letters in front are a country only when that is where the company is, or when its check says so.
    """
    own = compact[:2] if compact[:2] in COUNTRY_CODES else None
    place = own if own and own not in VAT_PREFIXES else country
    if place is None or place == "GR" or place in VAT_PREFIXES or own in VAT_PREFIXES:
        return None
    if not FOREIGN_NUMBER.fullmatch(compact) or sum(map(str.isdigit, compact)) < FEWEST_DIGITS_ABROAD:
        return None
    if place == "CH":
        return _swiss_reading(compact)
    module = get_cc_module(place.lower(), "vat")
    if module is None:
        return _VatNumber(compact, compact) if place == country else None
    body = compact.removeprefix(place)
    number = place + body
    return _VatNumber(number, number) if module.is_valid(compact) or module.is_valid(body) else None


def _swiss_reading(compact: str) -> _VatNumber | None:
    parts = SWISS_NUMBER.fullmatch(compact)
    if parts is None or not swiss_number.is_valid(parts["number"]):
        return None
    return _VatNumber(compact, parts["number"])


def coc_number(text: str | None, country: str) -> Converted:
    """Convert a Chamber of Commerce number: eight digits in the Netherlands, by form (nothing can be computed).

    In Belgium it is the enterprise number: ten digits with a check, the leading 0 and `BE` may be missing. Those of
    other countries are only compacted for comparing. A word or zeros in place of a number are invalid.
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
        return invalid(tidied, WarningCode.COC_NUMBER_INVALID) if _is_made_up(compact) else valid(tidied, compact)
    return valid(found, found) if found and not _is_made_up(found) else invalid(tidied, WarningCode.COC_NUMBER_INVALID)
