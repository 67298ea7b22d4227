"""Write what changed in Yuki as the values that a relation of Tribe gets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from tribe_yuki.contacts.fields.addresses import (
    AddressSource,
    address_key,
    billing_address,
    format_address,
    has_content,
    parse_address,
    same_address,
    tribe_address,
    yuki_address,
)
from tribe_yuki.contacts.fields.converters import country_code, postcode, tidy
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.read import fields_of, tribe_value, yuki_value
from tribe_yuki.contacts.fields.table import CODE_FIELD, AddressField, Direction, TextField
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.model import ContactKind, TribeAddress, TribeRelation, YukiContact

BILLING = "billing_address"
POSTAL = "postal_address"


@dataclass(frozen=True, slots=True)
class TribeValues:
    """What to write to a relation: values by attribute of TribeRelation, none of them empty, and whole addresses.

    An address carries the id of the record it replaces, if any. Its street, house number and suffix go together: where
    there is a street, those that are None have to be emptied; other parts that are None are left alone.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[AddressSource, TribeAddress] = field(default_factory=dict)
    warnings: tuple[FieldWarning, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.values and not self.addresses


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
    return join_values(values_by_field(contact, relation, settings, only), contact, relation, settings)


def values_by_field(
    contact: YukiContact, relation: TribeRelation | None, settings: ContactMapping, only: Collection[str] | None
) -> dict[str, TribeValues]:
    """Return the values and warnings of each field; a field that adds nothing to the relation has no values."""
    kind = relation.kind if relation else contact.kind
    return {
        entry.name: _text_values(entry, contact, relation, settings)
        if isinstance(entry, TextField)
        else _address_values(entry, contact, relation, settings, only)
        for entry in fields_of(kind, settings)
        if entry.direction is not Direction.TO_YUKI and (only is None or entry.name in only)
    }


def join_values(
    parts: Mapping[str, TribeValues], contact: YukiContact, relation: TribeRelation | None, settings: ContactMapping
) -> TribeValues:
    """Put the values of several fields together, with what only a new relation gets."""
    values = {name: value for part in parts.values() for name, value in part.values.items()}
    addresses = {source: address for part in parts.values() for source, address in part.addresses.items()}
    return TribeValues(
        values if relation else _only_at_creation(contact) | values,
        addresses | _pinned_billing(parts, relation, settings),
        tuple(warning for part in parts.values() for warning in part.warnings),
    )


def postal_must_wait(relation: TribeRelation | None, settings: ContactMapping) -> bool:
    """Whether a new postal address would hide a billing address that is left alone, its country being unknown."""
    if relation is None or BILLING in settings.excluded_fields:
        return False
    billing = billing_address(relation, fallback=settings.address_fallback)
    if billing is None or billing.source in (AddressSource.INVOICE, AddressSource.PRIVATE):
        return False
    return country_code(billing.address.country).warning is not None


def _pinned_billing(
    parts: Mapping[str, TribeValues], relation: TribeRelation | None, settings: ContactMapping
) -> dict[AddressSource, TribeAddress]:
    """Return an invoice address for a relation whose billing address a new postal address would push aside.

    That one only stood in. Without this, writing the postal address would change the billing address as well, and from
    there the main address in Yuki, which nobody touched.
    """
    writes_postal = POSTAL in parts and parts[POSTAL].addresses
    writes_billing = BILLING in parts and parts[BILLING].addresses
    if relation is None or not writes_postal or writes_billing or BILLING in settings.excluded_fields:
        return {}
    billing = billing_address(relation, fallback=settings.address_fallback)
    if billing is None or billing.source is AddressSource.INVOICE:
        return {}
    present = relation.invoice_address
    record_id = present.tribe_address_id if present else None
    return {AddressSource.INVOICE: replace(billing.address, tribe_address_id=record_id)}


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
    if theirs.is_empty or is_same:
        return TribeValues()
    return TribeValues({entry.tribe_attribute: theirs.written})


def _address_values(
    entry: AddressField,
    contact: YukiContact,
    relation: TribeRelation | None,
    settings: ContactMapping,
    only: Collection[str] | None,
) -> TribeValues:
    lines = yuki_address(entry, contact)
    if lines is None or (entry.name == POSTAL and postal_must_wait(relation, settings)):
        return TribeValues()
    if unknown_country := country_code(lines.country).warning:
        return TribeValues(warnings=(FieldWarning(entry.name, unknown_country),))
    wrong_postcode = postcode(lines.postcode, lines.country or "").warning
    warnings = [FieldWarning(entry.name, wrong_postcode)] if wrong_postcode else []
    source = _target(entry, contact, relation, settings, only)
    present: TribeAddress | None = getattr(relation, source.value) if relation else None
    if relation is not None:
        theirs = address_key(lines)
        if theirs.adds_nothing_to(address_key(tribe_address(entry, relation, settings))):
            return TribeValues(warnings=tuple(warnings))
        if present and theirs.lacks_part_of(address_key(format_address(present))):
            warnings.append(FieldWarning(entry.name, WarningCode.ADDRESS_PART_REMAINS))
    read = present if has_content(present) else _stand_in(entry, relation, settings)
    address = replace(parse_address(lines, read), tribe_address_id=present.tribe_address_id if present else None)
    return TribeValues({}, {source: address}, tuple(warnings))


def _stand_in(entry: AddressField, relation: TribeRelation | None, settings: ContactMapping) -> TribeAddress | None:
    """Return the address that is read in place of a missing invoice address."""
    billing = billing_address(relation, fallback=settings.address_fallback) if relation else None
    return billing.address if billing and entry.name == BILLING else None


def _target(
    entry: AddressField,
    contact: YukiContact,
    relation: TribeRelation | None,
    settings: ContactMapping,
    only: Collection[str] | None,
) -> AddressSource:
    """Return which address of the relation is meant.

    An address that stands in for the billing address is read, and never overwritten: what differs from it becomes an
    invoice address. Only when both addresses of the contact are one, the postal address goes on standing for both.
    """
    if entry.name != BILLING:
        return AddressSource.POSTAL if entry.name == POSTAL else AddressSource.PRIVATE
    billing = billing_address(relation, fallback=settings.address_fallback) if relation else None
    if billing is None or billing.source is not AddressSource.POSTAL or POSTAL in settings.excluded_fields:
        return AddressSource.INVOICE
    goes_along = (only is None or POSTAL in only) and contact.mail_address is not None
    mail = replace(contact.mail_address, country=None) if contact.mail_address else None
    is_shared = goes_along and same_address(mail, contact.address)
    return AddressSource.POSTAL if is_shared else AddressSource.INVOICE
