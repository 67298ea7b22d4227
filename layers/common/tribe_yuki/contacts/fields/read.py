"""Read the fields of a relation and of a contact by the field tables, and compare them."""

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from enum import StrEnum
from typing import Literal

from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.fields.address import address_key, format_address, has_content, same_address
from tribe_yuki.contacts.fields.converters import EMPTY, Converted, Status, country_code, country_of_postcode, tidy
from tribe_yuki.contacts.fields.table import CODE_FIELD, FIELDS, AddressField, Field, TextField
from tribe_yuki.contacts.link import Side
from tribe_yuki.contacts.model import AddressLines, ContactKind, RoleKind, TribeAddress, TribeRelation, YukiContact


@dataclass(frozen=True, slots=True)
class ContactMapping:
    """What a connection can choose about contacts.

    `company_address` is the address in Yuki that the billing address of a company is written to. By `default_country`,
    that of the administration, numbers and phones are read of a contact whose country nobody knows; it is never
    written. `excluded_fields` are names of the field tables that are not synchronised.
    """

    company_address: Literal["main", "work", "both"] = "both"
    address_fallback: bool = True
    default_country: str = "NL"
    excluded_fields: frozenset[str] = field(default_factory=frozenset)


def contact_mapping(settings: ConnectionSettings) -> ContactMapping:
    """Return the choices about contacts among the settings of a connection."""
    return ContactMapping(
        company_address=settings.company_address,
        address_fallback=settings.address_fallback,
        default_country=settings.country,
    )


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


def contact_code(relation: TribeRelation) -> str | None:
    """Return the code that the contact has in Yuki: the debtor number; for a pure supplier the creditor number."""
    is_pure_supplier = relation.has_role(RoleKind.SUPPLIER) and not relation.has_role(RoleKind.CUSTOMER)
    number = relation.debtor_number or (relation.creditor_number if is_pure_supplier else None)
    return CODE_FIELD.convert(number, "").written or None


def code_key(code: str | None) -> str:
    """Return what a relationship code is compared by, everywhere: Yuki finds it whatever its capitals; "" is none."""
    return CODE_FIELD.convert(code, "").key


def is_same_code(one: str | None, other: str | None) -> bool:
    """Whether two codes are one to Yuki, or neither is one."""
    return code_key(one) == code_key(other)


def fields_of(kind: ContactKind, settings: ContactMapping) -> Iterator[Field]:
    """Give the fields of a kind of contact that are synchronised, in the order of the table."""
    return (entry for entry in FIELDS[kind] if entry.name not in settings.excluded_fields)


def merged_fields(kind: ContactKind, settings: ContactMapping) -> list[Field]:
    """Return the fields that are merged: all but the code, for which Tribe leads."""
    return [entry for entry in fields_of(kind, settings) if entry is not CODE_FIELD]


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


def tribe_value(entry: Field, relation: TribeRelation, settings: ContactMapping) -> Converted:
    """Return what Tribe holds of a field."""
    if isinstance(entry, AddressField):
        return _address_value(tribe_address(entry, relation, settings))
    text = contact_code(relation) if entry is CODE_FIELD else getattr(relation, entry.tribe_attribute)
    country = relation_country(relation, settings)
    return _text_value(entry, text, country.written if country.is_valid else settings.default_country)


def yuki_value(entry: Field, contact: YukiContact, settings: ContactMapping) -> Converted:
    """Return what Yuki holds of a field."""
    if isinstance(entry, TextField):
        return _text_value(entry, getattr(contact, entry.yuki_attribute), contact_country(contact, settings))
    # A mail address has the main address's country: moving that one must not change this one.
    return _address_value(yuki_address(entry, contact), has_own_country=entry.yuki_attribute != "mail_address")


def _text_value(entry: TextField, text: str | None, country: str) -> Converted:
    converted = entry.convert(text, country)
    return converted if converted.is_empty else replace(converted, raw=text or "")


def _address_value(lines: AddressLines | None, *, has_own_country: bool = True) -> Converted:
    """Return an address as one value: key and raw text have a line for each part."""
    if lines is None:
        return EMPTY
    country = country_code(lines.country)
    key = address_key(replace(lines, country=country.written))
    raw = lines if has_own_country else replace(lines, country=None)
    return Converted(
        Status.INVALID if country.is_invalid else Status.VALID,
        key="\n".join(astuple(key)),
        warning=country.warning,
        raw="\n".join(part or "" for part in astuple(raw)),
    )


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


def is_same(entry: Field, relation: TribeRelation, contact: YukiContact, settings: ContactMapping) -> bool:
    """Whether a field says the same on both sides, after normalising."""
    if isinstance(entry, TextField):
        return tribe_value(entry, relation, settings).key == yuki_value(entry, contact, settings).key
    return same_address(tribe_address(entry, relation, settings), yuki_address(entry, contact))


@dataclass(frozen=True, slots=True)
class ContactPair:
    """A relation and the contact that it is linked to, and how their fields are mapped."""

    relation: TribeRelation
    contact: YukiContact
    settings: ContactMapping

    def values(self, entry: Field) -> Mapping[Side, Converted]:
        """Return what each side holds of a field."""
        return {
            Side.TRIBE: tribe_value(entry, self.relation, self.settings),
            Side.YUKI: yuki_value(entry, self.contact, self.settings),
        }
