"""Addresses: find those of a relation and of a contact, turn them into lines and back, and compare them.

Tribe keeps street, house number, suffix and an extra line apart; Yuki keeps lines (`street_lines`).
"""

from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from typing import Self

from tribe_yuki.contacts.fields.converters import Converted, country_code, country_of_postcode, postcode, tidy
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.street_lines import StreetLine, join_line, line_key, split_line
from tribe_yuki.contacts.fields.table import AddressField
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeAddress, TribeRelation, YukiContact


def parse_address(lines: AddressLines, known: TribeAddress | None = None) -> TribeAddress:
    """Return the address as Tribe holds it; formatting it again gives lines that say the same.

    What `known` says in its own parts and writing already stays so: splitting a line again may lose something.
    """
    country = country_code(lines.country).written or None
    before = _formatted(known, country) if known else None
    kept = as_written_before(lines, before)
    if known and before and kept.line_1 == before.line_1:
        street_line = StreetLine(known.street or "", known.house_number or "", known.house_number_suffix or "")
    else:
        street_line = split_line(kept.line_1 or "", country)
    return TribeAddress(
        street=street_line.street or None,
        house_number=street_line.number or None,
        house_number_suffix=street_line.suffix or None,
        extra=tidy(kept.line_2) or None,
        postcode=_written_postcode(kept.postcode, country),
        city=tidy(kept.city) or None,
        country=country,
    )


def as_written_before(lines: AddressLines, before: AddressLines | None) -> AddressLines:
    """Return lines, each in the writing that it had before where it says the same."""
    if before is None:
        return lines
    ours, theirs = _keys_of(lines, lines.country), _keys_of(before, lines.country)
    same = [name for name, key in ours.items() if key and key == theirs[name]]
    return replace(lines, **{name: getattr(before, name) for name in same})


def _keys_of(lines: AddressLines, country: str | None) -> dict[str, str]:
    return {
        "line_1": line_key(lines.line_1),
        "line_2": line_key(lines.line_2),
        "postcode": postcode(lines.postcode, country_code(country).written).key,
        "city": line_key(lines.city),
    }


def format_address(address: TribeAddress) -> AddressLines:
    """Return the address as lines; a country that is not known is kept as it was written."""
    country = country_code(address.country).written or None
    return replace(_formatted(address, country), postcode=_written_postcode(address.postcode, country), country=country)


def _formatted(address: TribeAddress, country: str | None) -> AddressLines:
    """Return the address as lines, the street written as in a country."""
    street_line = StreetLine(tidy(address.street), tidy(address.house_number), tidy(address.house_number_suffix))
    return AddressLines(
        line_1=join_line(street_line, country) or None,
        line_2=tidy(address.extra) or None,
        postcode=address.postcode,
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
