"""Tell which of the fields that have to be written really are, and what the written side shows then."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tribe_yuki.contacts.fields.read import ContactMapping
from tribe_yuki.contacts.fields.readings import Reading, read_tribe, read_yuki
from tribe_yuki.contacts.fields.table import AddressField, TextField
from tribe_yuki.contacts.link import Side
from tribe_yuki.contacts.merge.after_write import contact_after, relation_after
from tribe_yuki.contacts.merge.field_decisions import FieldState
from tribe_yuki.contacts.merge.tribe_values import POSTAL, fields_for_tribe, postal_must_wait, values_for_tribe
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.merge.yuki_elements import elements_for_yuki, fields_for_yuki
from tribe_yuki.contacts.model import TribeRelation, YukiContact


@dataclass(frozen=True, slots=True)
class Writes:
    """What is written to one side.

    `after` is what that side is going to show, by the names of the fields that are written; `along` is the same of
    fields that follow from those. `unsendable` are fields that cannot be written now but may be later; the rest had
    nothing to add.
    """

    after: Mapping[str, Reading] = field(default_factory=dict)
    along: Mapping[str, Reading] = field(default_factory=dict)
    unsendable: frozenset[str] = frozenset()
    warnings: tuple[FieldWarning, ...] = ()


def writes_to_yuki(
    relation: TribeRelation,
    contact: YukiContact,
    states: Mapping[str, FieldState],
    settings: ContactMapping,
    *,
    only: Collection[str],
) -> Writes:
    """Return what `elements_for_yuki` makes of these fields."""
    written = elements_for_yuki(relation, yuki_contact=contact, settings=settings, only=only)
    names = fields_for_yuki(relation, contact, settings=settings, only=only)
    later = contact_after(contact, written.elements, relation.kind)
    after = {name: read_yuki(states[name].entry, later, settings) for name in names}
    writes = Writes(after, unsendable=_abroad(written.warnings), warnings=written.warnings)
    return _without_misread(states, Side.TRIBE, writes)


def writes_to_tribe(
    relation: TribeRelation,
    contact: YukiContact,
    states: Mapping[str, FieldState],
    settings: ContactMapping,
    *,
    only: Collection[str],
) -> Writes:
    """Return what `values_for_tribe` makes of these fields."""
    written = values_for_tribe(contact, relation=relation, settings=settings, only=only)
    names = fields_for_tribe(contact, relation, settings=settings, only=only)
    later = relation_after(relation, written)
    shown = {
        name: read_tribe(state.entry, later, settings)
        for name, state in states.items()
        if name in names or isinstance(state.entry, AddressField)
    }
    writes = Writes(
        {name: reading for name, reading in shown.items() if name in names},
        # A new postal address stands in for a billing address that Tribe does not have.
        {name: reading for name, reading in shown.items() if name not in only and reading != states[name].tribe},
        frozenset({POSTAL}) if postal_must_wait(relation, settings) else frozenset(),
        written.warnings,
    )
    return _without_misread(states, Side.YUKI, writes)


def _abroad(warnings: Sequence[FieldWarning]) -> frozenset[str]:
    return frozenset(one.field for one in warnings if one.code is WarningCode.POSTAL_ADDRESS_ABROAD)


def _without_misread(states: Mapping[str, FieldState], source: Side, writes: Writes) -> Writes:
    """Leave out numbers that would be wrong, or other numbers, in the country that the written side has."""
    misread = {
        name: reading
        for name, reading in writes.after.items()
        if isinstance(states[name].entry, TextField) and reading.key != states[name].on(source).key
    }
    # Only a phone number can be right in both countries and yet be another one.
    told = (FieldWarning(name, reading.warning or WarningCode.PHONE_INVALID) for name, reading in misread.items())
    return replace(
        writes,
        after={name: reading for name, reading in writes.after.items() if name not in misread},
        unsendable=writes.unsendable | frozenset(misread),
        warnings=(*writes.warnings, *told),
    )
