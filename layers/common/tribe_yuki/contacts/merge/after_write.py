"""Tell what both sides hold after a write of ours, if they store what they are given."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tribe_yuki.contacts.fields.table import ADDRESS_ELEMENTS, FIELDS, TextField
from tribe_yuki.contacts.merge.tribe_values import TribeValues
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeAddress, TribeRelation, YukiContact


def contact_after(contact: YukiContact, elements: Mapping[str, str], kind: ContactKind) -> YukiContact:
    """Return a contact after UpdateContact; what is not among the elements stays."""
    texts: dict[str, Any] = {
        entry.yuki_attribute: elements[entry.yuki_element]
        for entry in FIELDS[kind]
        if isinstance(entry, TextField) and entry.yuki_element is not None and entry.yuki_element in elements
    }
    main = "work" if ADDRESS_ELEMENTS["work"].holds_any_of(elements) else "main"
    country = elements.get("Country")
    return replace(
        contact,
        **texts,
        address=_lines_after(contact.address, elements, main, country),
        mail_address=_lines_after(contact.mail_address, elements, "mail", country),
    )


def _lines_after(
    lines: AddressLines | None, elements: Mapping[str, str], group: str, country: str | None
) -> AddressLines | None:
    """Return an address after the write; Yuki has one country for all of them."""
    kept, names = lines or AddressLines(), ADDRESS_ELEMENTS[group]
    after = AddressLines(
        elements.get(names.line_1) or kept.line_1,
        elements.get(names.line_2) or kept.line_2,
        elements.get(names.postcode) or kept.postcode,
        elements.get(names.city) or kept.city,
        country or kept.country,
    )
    return after if after != AddressLines() else None


def relation_after(relation: TribeRelation, written: TribeValues) -> TribeRelation:
    """Return a relation after the write; the name of a person, which Tribe computes, is still the old one."""
    values: dict[str, Any] = {
        source.value: _address_after(getattr(relation, source.value), address)
        for source, address in written.addresses.items()
    }
    return replace(relation, **dict(written.values) | values)


def _address_after(present: TribeAddress | None, new: TribeAddress) -> TribeAddress:
    kept = present or TribeAddress()
    street = new if new.street else kept
    return TribeAddress(
        new.tribe_address_id,
        street.street,
        street.house_number,
        street.house_number_suffix,
        new.extra or kept.extra,
        new.postcode or kept.postcode,
        new.city or kept.city,
        new.country or kept.country,
    )
