"""Bring field values into one form, to write them and to compare them.

Two values are the same when their keys are: `written` keeps what a person chose to write, `key` forgets
everything that makes no difference. Converting `written` or `key` again gives the same key.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tribe_yuki.contacts.fields.countries import COUNTRY_CODES, COUNTRY_NAMES, OTHER_CODES
from tribe_yuki.contacts.merge.warnings import WarningCode
from tribe_yuki.core.outside_text import on_one_line, without_joiners


class Status(StrEnum):
    """What became of a value."""

    EMPTY = "empty"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Converted:
    """A converted value. An invalid value is neither sent nor overwritten, and `warning` says why.

    `raw` is the value as read, for fingerprints, when it comes from a record.
    """

    status: Status
    written: str = ""
    key: str = ""
    warning: WarningCode | None = None
    raw: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether there is a value that may be sent."""
        return self.status is Status.VALID

    @property
    def is_invalid(self) -> bool:
        """Whether there is a value that is neither sent nor overwritten."""
        return self.status is Status.INVALID

    @property
    def is_empty(self) -> bool:
        """Whether there is no value."""
        return self.status is Status.EMPTY


EMPTY = Converted(Status.EMPTY)


def valid(written: str, key: str) -> Converted:
    """Return a valid value."""
    return Converted(Status.VALID, written, key)


def invalid(text: str, warning: WarningCode) -> Converted:
    """Return a value that failed its check; equal wrong texts still have equal keys."""
    return Converted(Status.INVALID, text, text.casefold(), warning)


def tidy(text: str | None) -> str:
    """Return a text in NFC, without control and invisible characters, with single spaces, stripped."""
    if text and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")  # as nearly all are, and a match tidies thousands
    return unicodedata.normalize("NFC", without_joiners(on_one_line(text or "")))


def plain_text(text: str | None) -> Converted:
    """Convert a text in which capitals matter, such as a name: correcting them is a change."""
    tidied = tidy(text)
    return valid(tidied, tidied) if tidied else EMPTY


def loose_text(text: str | None) -> Converted:
    """Convert a text in which capitals do not matter, such as a city or a relation code."""
    tidied = tidy(text)
    return valid(tidied, tidied.casefold()) if tidied else EMPTY


EMAIL = re.compile(r"(?P<local>[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@(?P<host>\S+)")
HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def email_address(text: str | None) -> Converted:
    """Convert an e-mail address; capitals make no difference, several addresses in one field are invalid."""
    tidied = tidy(text)
    if not tidied:
        return EMPTY
    parts = EMAIL.fullmatch(tidied.lower())
    host = _ascii_host(parts["host"]) if parts else None
    if parts is None or host is None or not _dots_are_inside(parts["local"]):
        return invalid(tidied, WarningCode.EMAIL_INVALID)
    return valid(tidied, f"{parts['local']}@{host}")


def _dots_are_inside(local: str) -> bool:
    return not (local.startswith(".") or local.endswith(".") or ".." in local)


def _ascii_host(host: str) -> str | None:
    """Return a host name in ASCII (IDNA) and lower case, or None when it is not one with a dot."""
    try:
        ascii_host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return ascii_host if HOST.fullmatch(ascii_host) else None


WEBSITE = re.compile(
    r"(?:https?://)?(?:www\.)?(?P<host>[^\s/?#:@]+)(?P<rest>(?::\d{1,5})?(?:[/?#]\S*)?)", re.IGNORECASE
)


def website(text: str | None) -> Converted:
    """Convert a web address; scheme, `www.`, capitals of the host and a closing slash make no difference."""
    tidied = tidy(text)
    if not tidied:
        return EMPTY
    parts = WEBSITE.fullmatch(tidied)
    host = _ascii_host(parts["host"]) if parts else None
    if parts is None or host is None:
        return invalid(tidied, WarningCode.WEBSITE_INVALID)
    return valid(tidied, host + parts["rest"].rstrip("/"))


def country_code(text: str | None) -> Converted:
    """Convert a country, given as ISO code or by its Dutch or English name, to its ISO 3166 code in capitals.

    Greece is GR here, also when written EL; only its VAT numbers begin with EL.
    """
    tidied = tidy(text)
    if not tidied:
        return EMPTY
    code = OTHER_CODES.get(tidied.upper(), tidied.upper())
    found = code if code in COUNTRY_CODES else COUNTRY_NAMES.get(tidied.casefold())
    return valid(found, found) if found else invalid(tidied, WarningCode.COUNTRY_UNKNOWN)


@dataclass(frozen=True, slots=True)
class PostcodeForm:
    """What a postcode looks like without spaces and country, and how it is written."""

    pattern: re.Pattern[str]
    written: str


POSTCODES: Mapping[str, PostcodeForm] = {
    "NL": PostcodeForm(re.compile(r"(?:NL-?)?([1-9][0-9]{3})([A-Z]{2})"), r"\1 \2"),
    "BE": PostcodeForm(re.compile(r"(?:BE?-?)?([1-9][0-9]{3})"), r"\1"),
    "LU": PostcodeForm(re.compile(r"(?:LU?-?)?([0-9]{4})"), r"\1"),
    "DE": PostcodeForm(re.compile(r"(?:DE?-?)?([0-9]{5})"), r"\1"),
    "FR": PostcodeForm(re.compile(r"(?:FR?-?)?([0-9]{5})"), r"\1"),
}


# Forms that tell where an address is that names no country: of four or five digits alone there are too many.
_UNMISTAKABLE: Mapping[str, re.Pattern[str]] = {
    "NL": re.compile(r"(?:NL-?[1-9][0-9]{3}|(?:NL-?)?[1-9][0-9]{3}[A-Z]{2})"),
    "GB": re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}"),
    "BE": re.compile(r"BE?-?[1-9][0-9]{3}"),
    "LU": re.compile(r"LU?-?[0-9]{4}"),
    "DE": re.compile(r"DE?-?[0-9]{5}"),
    "FR": re.compile(r"FR?-?[0-9]{5}"),
    "AT": re.compile(r"AT?-?[0-9]{4}"),
    "CH": re.compile(r"CH-?[0-9]{4}"),
    "DK": re.compile(r"DK-?[0-9]{4}"),
}


def country_of_postcode(text: str | None) -> str | None:
    """Return the ISO code of the only country whose postcodes have this form, if there is one."""
    compact = tidy(text).upper().replace(" ", "")
    return next((country for country, form in _UNMISTAKABLE.items() if form.fullmatch(compact)), None)


def postcode(text: str | None, country: str) -> Converted:
    """Convert a postcode: `1234 AB` in the Netherlands, digits alone in the countries next to it.

    Those of other countries are only tidied.
    """
    tidied = tidy(text).upper()
    if not tidied:
        return EMPTY
    compact = tidied.replace(" ", "")
    form = POSTCODES.get(country)
    if form is None:
        return valid(tidied, compact)
    parts = form.pattern.fullmatch(compact)
    if parts is None:
        return invalid(tidied, WarningCode.POSTCODE_INVALID)
    written = parts.expand(form.written)
    return valid(written, written.replace(" ", ""))
