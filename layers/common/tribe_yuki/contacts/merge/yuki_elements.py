"""Write what changed in Tribe as the elements that Yuki's UpdateContact gets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from tribe_yuki.contacts.fields.addresses import (
    AddressKey,
    address_key,
    billing_address,
    contact_country,
    known_country,
    tribe_address,
    yuki_address,
)
from tribe_yuki.contacts.fields.converters import country_code, postcode
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.read import fields_of, tribe_value, yuki_value
from tribe_yuki.contacts.fields.table import (
    ADDRESS_ELEMENTS,
    CODE_FIELD,
    ELEMENT_ORDER,
    AddressField,
    Direction,
    TextField,
)
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeRelation, YukiContact

YUKI_TYPES: Mapping[ContactKind, str] = {ContactKind.PERSON: "0", ContactKind.ORGANISATION: "2"}
BILLING = "billing_address"
COMPANY_ADDRESS_GROUPS: Mapping[str, tuple[str, ...]] = {"main": ("main",), "work": ("work",), "both": ("main", "work")}


@dataclass(frozen=True, slots=True)
class YukiElements:
    """What to write to Yuki: elements of Contact.xsd by name, in its order, none of them empty."""

    elements: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[FieldWarning, ...] = ()


def elements_for_yuki(
    relation: TribeRelation,
    *,
    yuki_contact: YukiContact | None = None,
    settings: ContactMapping,
    only: Collection[str] | None = None,
) -> YukiElements:
    """Return the elements that create a contact, or that bring an existing one up to date.

    Creating: every field that is filled and valid, with Type, FullName and Country. Updating: only what differs from
    `yuki_contact` after normalising, with Type; nothing at all when nothing differs. What Tribe lacks is never
    carried, and what is invalid becomes a warning. `only` limits an update to these names of the field tables.
    `ID` and `Code` are added by the caller, who knows whether the code is free.
    """
    parts = [*elements_by_field(relation, yuki_contact, settings, only).values()]
    if yuki_contact is None:
        parts.insert(0, _country_element(relation))
    return join_elements(parts, relation.kind)


def elements_by_field(
    relation: TribeRelation, contact: YukiContact | None, settings: ContactMapping, only: Collection[str] | None
) -> dict[str, YukiElements]:
    """Return the elements and warnings of each field; a field that adds nothing to the contact has no elements."""
    return {
        entry.name: _text_elements(entry, relation, contact, settings)
        if isinstance(entry, TextField)
        else _address_elements(entry, relation, contact, settings, only)
        for entry in fields_of(relation.kind, settings)
        if entry is not CODE_FIELD
        and entry.direction is not Direction.TO_TRIBE
        and (only is None or entry.name in only)
    }


def join_elements(parts: Collection[YukiElements], kind: ContactKind) -> YukiElements:
    """Put the elements of several fields together, with the contact's type if there are any."""
    elements = {name: value for part in parts for name, value in part.elements.items()}
    if elements:
        elements["Type"] = YUKI_TYPES[kind]
    return YukiElements(
        {name: elements[name] for name in ELEMENT_ORDER if name in elements},
        tuple(dict.fromkeys(warning for part in parts for warning in part.warnings)),
    )


def _country_element(relation: TribeRelation) -> YukiElements:
    country = known_country(relation)
    return YukiElements({"Country": country.written} if country.is_valid else {})


def _text_elements(
    entry: TextField, relation: TribeRelation, contact: YukiContact | None, settings: ContactMapping
) -> YukiElements:
    ours = tribe_value(entry, relation, settings)
    if ours.warning:
        return YukiElements(warnings=(FieldWarning(entry.name, ours.warning),))
    if ours.is_empty:
        is_nameless = entry.name == "name"
        return YukiElements(warnings=(FieldWarning(entry.name, WarningCode.NAME_MISSING),) if is_nameless else ())
    if entry.yuki_element is None or (contact and yuki_value(entry, contact, settings).key == ours.key):
        return YukiElements()
    return YukiElements({entry.yuki_element: ours.written})


def _address_elements(
    entry: AddressField,
    relation: TribeRelation,
    contact: YukiContact | None,
    settings: ContactMapping,
    only: Collection[str] | None,
) -> YukiElements:
    lines = tribe_address(entry, relation, settings)
    if lines is None:
        return YukiElements()
    if unknown_country := country_code(lines.country).warning:
        return YukiElements(warnings=(FieldWarning(entry.name, unknown_country),))
    place = _country_in_yuki(relation, contact, settings, only)
    if _is_mail(entry) and lines.country and place and lines.country != place:
        return YukiElements(warnings=(FieldWarning(entry.name, WarningCode.POSTAL_ADDRESS_ABROAD),))
    warnings = [FieldWarning(entry.name, code) for code in _postcode_warning(lines)]
    if contact is not None:
        ours, theirs = (_key(entry, address, lines.country) for address in (lines, yuki_address(entry, contact)))
        if ours.adds_nothing_to(theirs):
            return YukiElements(warnings=tuple(warnings))
        if ours.lacks_part_of(theirs):
            warnings.append(FieldWarning(entry.name, WarningCode.ADDRESS_PART_REMAINS))
    return YukiElements(_written_address(lines, _groups(entry, relation, settings)), tuple(warnings))


def _key(entry: AddressField, lines: AddressLines | None, country: str | None) -> AddressKey:
    """Return the key of an address; a mail address has no country of its own in Yuki, so it is compared in Tribe's."""
    if lines is None or not _is_mail(entry):
        return address_key(lines)
    return replace(address_key(replace(lines, country=country)), country="")


def _is_mail(entry: AddressField) -> bool:
    return entry.yuki_written == ("mail",)


def _country_in_yuki(
    relation: TribeRelation, contact: YukiContact | None, settings: ContactMapping, only: Collection[str] | None
) -> str | None:
    """Return the one country that the contact has in Yuki once `only` is written, None if not known."""
    billing = billing_address(relation, fallback=settings.address_fallback)
    is_left_alone = BILLING in settings.excluded_fields or (only is not None and BILLING not in only)
    country = known_country(relation)
    if contact is not None and (billing is None or is_left_alone or country.is_empty):
        return contact_country(contact, settings)
    return country.written if country.is_valid else None


def _postcode_warning(lines: AddressLines) -> list[WarningCode]:
    converted = postcode(lines.postcode, lines.country or "")
    return [converted.warning] if converted.warning else []


def _groups(entry: AddressField, relation: TribeRelation, settings: ContactMapping) -> tuple[str, ...]:
    if relation.kind is ContactKind.ORGANISATION and not _is_mail(entry):
        return COMPANY_ADDRESS_GROUPS[settings.company_address]
    return entry.yuki_written


def _written_address(lines: AddressLines, groups: tuple[str, ...]) -> dict[str, str]:
    """Return the elements of an address; all but a mail address bring the contact's one country along."""
    elements = {"Country": lines.country} if lines.country and groups != ("mail",) else {}
    for group in groups:
        names = ADDRESS_ELEMENTS[group]
        pairs = (
            (names.line_1, lines.line_1),
            (names.line_2, lines.line_2),
            (names.postcode, lines.postcode),
            (names.city, lines.city),
            (names.country, lines.country),
        )
        elements |= {name: value for name, value in pairs if name and value}
    return elements
