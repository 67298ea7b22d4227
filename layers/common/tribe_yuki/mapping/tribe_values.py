"""Write what changed in Yuki as the values that a relation of Tribe gets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from tribe_yuki.domain.contact import ContactKind, TribeAddress, TribeRelation, YukiContact
from tribe_yuki.mapping.address import parse_address
from tribe_yuki.mapping.contact_fields import (
    AddressSource,
    ContactMapping,
    adds_nothing,
    billing_address,
    fields_of,
    key_of,
    remaining_parts,
    tribe_address,
    tribe_value,
    yuki_address,
    yuki_value,
)
from tribe_yuki.mapping.converters import Status, country_code, postcode, tidy
from tribe_yuki.mapping.field_tables import CODE_FIELD, AddressField, Direction, TextField
from tribe_yuki.mapping.field_warnings import FieldWarning, WarningCode


@dataclass(frozen=True, slots=True)
class TribeValues:
    """What to write to a relation: values by attribute of TribeRelation, none of them empty, and whole addresses.

    An address carries the id of the record it replaces, if there is one. Its street, house number and suffix are one:
    the ones that are None have to be emptied; other parts that are None are left alone.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[AddressSource, TribeAddress] = field(default_factory=dict)
    warnings: tuple[FieldWarning, ...] = ()


def values_for_tribe(
    contact: YukiContact,
    *,
    relation: TribeRelation | None = None,
    settings: ContactMapping,
    only: Collection[str] | None = None,
) -> TribeValues:
    """Return the values that create a relation, or that bring an existing one up to date.

    Creating: every field that is filled and valid; Yuki's code is offered as debtor number, and a person without a
    last name gets the whole name as one, because Tribe requires it. Updating: only what differs from `relation`
    after normalising; never what Yuki lacks, never the debtor number. `only` limits it to these names of the tables.
    """
    kind = relation.kind if relation else contact.kind
    parts = [
        _text_values(entry, contact, relation, settings)
        if isinstance(entry, TextField)
        else _address_values(entry, contact, relation, settings)
        for entry in fields_of(kind, settings)
        if entry.direction is not Direction.TO_YUKI and (only is None or entry.name in only)
    ]
    values = {name: value for part in parts for name, value in part.values.items()}
    return TribeValues(
        values if relation else _only_at_creation(contact) | values,
        {source: address for part in parts for source, address in part.addresses.items()},
        tuple(warning for part in parts for warning in part.warnings),
    )


def _only_at_creation(contact: YukiContact) -> dict[str, str]:
    code, name = tidy(contact.code), tidy(contact.name)
    values = {CODE_FIELD.tribe_attribute: code} if code else {}
    if contact.kind is ContactKind.PERSON and name:
        values["last_name"] = name
    return values


def _text_values(
    entry: TextField, contact: YukiContact, relation: TribeRelation | None, settings: ContactMapping
) -> TribeValues:
    theirs = yuki_value(entry, contact, settings)
    if theirs.warning:
        return TribeValues(warnings=(FieldWarning(entry.name, theirs.warning),))
    is_same = relation is not None and tribe_value(entry, relation, settings).key == theirs.key
    if theirs.status is Status.EMPTY or is_same:
        return TribeValues()
    return TribeValues({entry.tribe_attribute: theirs.written})


def _address_values(
    entry: AddressField, contact: YukiContact, relation: TribeRelation | None, settings: ContactMapping
) -> TribeValues:
    lines = yuki_address(entry, contact)
    if lines is None:
        return TribeValues()
    lines = replace(lines, country=tidy(lines.country) or settings.default_country)
    if unknown_country := country_code(lines.country).warning:
        return TribeValues(warnings=(FieldWarning(entry.name, unknown_country),))
    wrong_postcode = postcode(lines.postcode, lines.country or "").warning
    warnings = [FieldWarning(entry.name, wrong_postcode)] if wrong_postcode else []
    if relation is not None:
        theirs, ours = key_of(lines, settings), key_of(tribe_address(entry, relation, settings), settings)
        if adds_nothing(theirs, ours):
            return TribeValues(warnings=tuple(warnings))
        if remaining_parts(theirs, ours):
            warnings.append(FieldWarning(entry.name, WarningCode.ADDRESS_PART_REMAINS))
    source = _target(entry, relation, settings)
    present: TribeAddress | None = getattr(relation, source.value) if relation else None
    address = replace(parse_address(lines), tribe_address_id=present.tribe_address_id if present else None)
    return TribeValues({}, {source: address}, tuple(warnings))


def _target(entry: AddressField, relation: TribeRelation | None, settings: ContactMapping) -> AddressSource:
    """Return which address of the relation is meant: the one that stands in for the billing address, if one does."""
    if entry.name != "billing_address":
        return AddressSource.POSTAL if entry.name == "postal_address" else AddressSource.PRIVATE
    billing = billing_address(relation, fallback=settings.address_fallback) if relation else None
    return billing.source if billing else AddressSource.INVOICE
