"""Addresses: find those of a relation and of a contact, turn them into lines and back, and compare them.

Tribe keeps street, house number, suffix and an extra line apart; Yuki keeps lines. A line that does not follow the
Dutch or Belgian pattern (or number first, in the countries that write so) stays whole, as the street.
"""

import re
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from typing import Self

from tribe_yuki.contacts.fields.converters import Converted, country_code, country_of_postcode, postcode, tidy
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.table import AddressField
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeAddress, TribeRelation, YukiContact

# Where the house number stands before the street.
NUMBER_FIRST = frozenset({"AU", "CA", "FR", "GB", "IE", "LU", "MC", "NZ", "US"})

_LETTERS = (
    r"(?:t/m|tot|bis|ter|quater|hs|huis|rd|rood|zw|zwart|boven|beneden|achter|links|rechts|[ivx]{1,4}|[a-z]{1,2})"
)
_BOX = r"(?:bus|bte|boîte|boite|box)\.?"
_SUFFIX = (
    rf"(?:\s*{_LETTERS}(?![^\W\d_])(?:\s*\d{{1,5}})?)?"  # A, A3, bis, 2e letter parts, t/m 16
    r"(?:\s*[-/]\s*[0-9a-z]{1,6})*"  # -3, -14, /2
    rf"(?:\s*{_BOX}\s*[0-9a-z]{{1,6}})?"  # bus 3
)
NUMBER_LAST_LINE = re.compile(
    rf"(?P<street>.*?\S)\s+(?P<number>[1-9][0-9]{{0,4}})(?P<suffix>{_SUFFIX})", re.IGNORECASE | re.ASCII
)
NUMBER_FIRST_LINE = re.compile(
    r"(?P<number>[1-9][0-9]{0,4})(?P<suffix>[a-z](?=\s)|\s+(?:bis|ter|quater)(?=\s)|\s*[-/]\s*[0-9]{1,5}(?=\s))?"
    r"\s+(?P<street>[^\W\d].*)",
    re.IGNORECASE,
)
# "Kade 12 3", "Kade 12, bus 3": the street would hold a house number; "Plein 1944 3" is a street and its number.
HOLDS_HOUSE_NUMBER = re.compile(r"(?:^|\s)[0-9]{1,3}[^\W\d]?$|\s[0-9]{1,5}[^\W\d]?,")
EN_DASH = "\u2013"
HAS_LETTER = re.compile(r"[^\W\d_]")
HYPHEN_AND_DIGITS = re.compile(r"-\s*(?P<digits>[0-9].*)")
TOUCHES_NUMBER = re.compile(r"[-/]|(?!t/m)[a-z](?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StreetLine:
    """A street with house number; `number` is a whole number without leading zeros, as Tribe holds it."""

    street: str
    number: str = ""
    suffix: str = ""


def split_line(line: str, country: str | None = None) -> StreetLine:
    """Split a first address line; a line that cannot be split becomes the street."""
    tidied = tidy(line)
    pattern = NUMBER_FIRST_LINE if country in NUMBER_FIRST else NUMBER_LAST_LINE
    parts = pattern.fullmatch(tidied)
    if parts is None or not HAS_LETTER.search(parts["street"]) or HOLDS_HOUSE_NUMBER.search(parts["street"]):
        return StreetLine(tidied)
    suffix = (parts["suffix"] or "").strip()
    digits = HYPHEN_AND_DIGITS.fullmatch(suffix)
    return StreetLine(parts["street"], parts["number"], digits["digits"] if digits else suffix)


def join_line(line: StreetLine, country: str | None = None) -> str:
    """Write a street with its house number the way the country does."""
    number = line.number + _glue(line.suffix) + line.suffix if line.number else line.suffix
    parts = (number, line.street) if country in NUMBER_FIRST else (line.street, number)
    return " ".join(part for part in parts if part)


def _glue(suffix: str) -> str:
    """Return what stands between number and suffix: `12A`, `12-3`, `12 bus 3`."""
    if suffix[:1].isdigit():
        return "-"
    return "" if not suffix or TOUCHES_NUMBER.match(suffix) else " "


def parse_address(lines: AddressLines) -> TribeAddress:
    """Return the address as Tribe holds it; formatting it again gives the same lines, up to spaces."""
    country = country_code(lines.country).written or None
    street_line = split_line(lines.line_1 or "", country)
    return TribeAddress(
        street=street_line.street or None,
        house_number=street_line.number or None,
        house_number_suffix=street_line.suffix or None,
        extra=tidy(lines.line_2) or None,
        postcode=_written_postcode(lines.postcode, country),
        city=tidy(lines.city) or None,
        country=country,
    )


def format_address(address: TribeAddress) -> AddressLines:
    """Return the address as lines; a country that is not known is kept as it was written."""
    country = country_code(address.country).written or None
    street_line = StreetLine(tidy(address.street), tidy(address.house_number), tidy(address.house_number_suffix))
    return AddressLines(
        line_1=join_line(street_line, country) or None,
        line_2=tidy(address.extra) or None,
        postcode=_written_postcode(address.postcode, country),
        city=tidy(address.city) or None,
        country=country,
    )


def _written_postcode(text: str | None, country: str | None) -> str | None:
    return postcode(text, country or "").written or None


def has_content(address: TribeAddress | AddressLines | None) -> bool:
    """Whether an address says more than its country."""
    if address is None:
        return False
    lines = address if isinstance(address, AddressLines) else format_address(address)
    return any(tidy(part) for part in (lines.line_1, lines.line_2, lines.postcode, lines.city))


@dataclass(frozen=True, slots=True)
class AddressKey:
    """What an address is compared by, part by part; an empty part is ""."""

    line_1: str = ""
    line_2: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""

    def adds_nothing_to(self, other: Self) -> bool:
        """Whether every part of this address is equal in the other, which may have more."""
        return all(not ours or ours == theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True))

    def lacks_part_of(self, other: Self) -> bool:
        """Whether the other address has a part that this one does not have."""
        return any(theirs and not ours for ours, theirs in zip(astuple(self), astuple(other), strict=True))


def address_key(lines: AddressLines | None) -> AddressKey:
    """Return the key of an address; without content it is the empty key, whatever its country."""
    if lines is None or not has_content(lines):
        return AddressKey()
    country = country_code(lines.country).key
    return AddressKey(
        line_1=line_key(lines.line_1),
        line_2=line_key(lines.line_2),
        postcode=postcode(lines.postcode, country).key,
        city=line_key(lines.city),
        country=country,
    )


def line_key(line: str | None) -> str:
    """Return what a line is compared by: without capitals, full stops, commas and spaces (but 12 3 is not 123)."""
    bare = re.sub(r"[.,]", " ", tidy(line).casefold().replace(EN_DASH, "-"))
    return re.sub(r"(?<![0-9])\s+|\s+(?![0-9])", "", bare.strip())


def same_address(ours: AddressLines | None, theirs: AddressLines | None) -> bool:
    """Whether two addresses say the same; capitals, spaces, full stops and commas make no difference.

    An address without a country contradicts none.
    """
    our_key, their_key = address_key(ours), address_key(theirs)
    if not (our_key.country and their_key.country):
        our_key, their_key = replace(our_key, country=""), replace(their_key, country="")
    return our_key == their_key


class AddressSource(StrEnum):
    """Which address of a relation serves as its billing address, by the attribute of TribeRelation."""

    INVOICE = "invoice_address"
    POSTAL = "postal_address"
    VISITING = "visiting_address"
    PRIVATE = "private_address"


@dataclass(frozen=True, slots=True)
class BillingAddress:
    """A billing address and which of the relation's addresses it is."""

    address: TribeAddress
    source: AddressSource


def billing_address(relation: TribeRelation, *, fallback: bool = True) -> BillingAddress | None:
    """Return the address that invoices go to; None when there is none with more than a country.

    An organisation's is its invoice address; with `fallback` the postal, then the visiting address stands in.
    A person's is the private address.
    """
    if relation.kind is ContactKind.PERSON:
        sources = [AddressSource.PRIVATE]
    elif fallback:
        sources = [AddressSource.INVOICE, AddressSource.POSTAL, AddressSource.VISITING]
    else:
        sources = [AddressSource.INVOICE]
    for source in sources:
        address: TribeAddress | None = getattr(relation, source.value)
        if address is not None and has_content(address):
            return BillingAddress(address, source)
    return None


def relation_country(relation: TribeRelation, settings: ContactMapping) -> Converted:
    """Return the country by which a relation's numbers are read: its own, else the default.

    Invalid when its address names a country that is not known.
    """
    country = known_country(relation)
    return country if not country.is_empty else country_code(settings.default_country)


def known_country(relation: TribeRelation) -> Converted:
    """Return the country of a relation, as its billing, else postal, else visiting address says it by name or postcode.

    Empty when none does, invalid when that address names a country that is not known.
    """
    billing = billing_address(relation, fallback=True)
    return country_code(_country_of(billing.address) if billing else None)


def _country_of(address: TribeAddress | AddressLines) -> str | None:
    """Return the country that an address names, or that the form of its postcode tells; it is never made up."""
    return tidy(address.country) or country_of_postcode(address.postcode)


def contact_country(contact: YukiContact, settings: ContactMapping) -> str:
    """Return the country by which a Yuki contact's numbers are read: its own, else the default."""
    country = country_code(_country_of(contact.address or contact.mail_address or AddressLines()))
    return country.written if country.is_valid else settings.default_country


def tribe_address(entry: AddressField, relation: TribeRelation, settings: ContactMapping) -> AddressLines | None:
    """Return an address of a relation as lines, without a country if it tells none; None when there is none."""
    if entry.yuki_attribute == "mail_address":
        address = relation.postal_address
    else:
        billing = billing_address(relation, fallback=settings.address_fallback)
        address = billing.address if billing else None
    if address is None or not has_content(address):
        return None
    return format_address(replace(address, country=_country_of(address)))


def yuki_address(entry: AddressField, contact: YukiContact) -> AddressLines | None:
    """Return an address of a contact as Yuki holds it, with the contact's one country, or None when there is none."""
    lines: AddressLines | None = getattr(contact, entry.yuki_attribute)
    if lines is None or not has_content(lines):
        return None
    main = contact.address.country if contact.address else None
    return replace(lines, country=tidy(lines.country) or tidy(main) or country_of_postcode(lines.postcode))
