"""Read the fields of a relation and of a contact by the field tables, and compare them."""

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, replace

from tribe_yuki.contacts.fields.addresses import (
    address_key,
    contact_country,
    relation_country,
    same_address,
    tribe_address,
    yuki_address,
)
from tribe_yuki.contacts.fields.code import contact_code
from tribe_yuki.contacts.fields.converters import EMPTY, Converted, Status, country_code
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.table import CODE_FIELD, FIELDS, AddressField, Field, TextField
from tribe_yuki.contacts.link import Side
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeRelation, YukiContact


def fields_of(kind: ContactKind, settings: ContactMapping) -> Iterator[Field]:
    """Give the fields of a kind of contact that are synchronised, in the order of the table."""
    return (entry for entry in FIELDS[kind] if entry.name not in settings.excluded_fields)


def merged_fields(kind: ContactKind, settings: ContactMapping) -> list[Field]:
    """Return the fields that are merged: all but the code, for which Tribe leads."""
    return [entry for entry in fields_of(kind, settings) if entry is not CODE_FIELD]


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
        return _yuki_text(entry, contact, contact_country(contact, settings))
    # A mail address has the main address's country: moving that one must not change this one.
    return _address_value(yuki_address(entry, contact), has_own_country=entry.yuki_attribute != "mail_address")


def _yuki_text(entry: TextField, contact: YukiContact, country: str) -> Converted:
    """Return a field as it is read; where it is empty, a valid value of a field that people use for the same."""
    found = _text_value(entry, getattr(contact, entry.yuki_attribute), country)
    if not found.is_empty:
        return found
    others = (_text_value(entry, getattr(contact, name), country) for name in entry.yuki_elsewhere)
    return next((other for other in others if other.is_valid), found)


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
