"""Find the addresses of a relation and of a contact, and the country that each is in."""

from dataclasses import dataclass, replace
from enum import StrEnum

from tribe_yuki.contacts.fields.address import format_address, has_content
from tribe_yuki.contacts.fields.converters import Converted, country_code, country_of_postcode, tidy
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.table import AddressField
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeAddress, TribeRelation, YukiContact


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
