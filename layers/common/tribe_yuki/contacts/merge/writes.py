"""Find out which of the planned fields one side really gets, and what that side shows then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tribe_yuki.contacts.fields.converters import Converted
from tribe_yuki.contacts.fields.read import ContactPair, tribe_value, yuki_value
from tribe_yuki.contacts.fields.table import AddressField, TextField
from tribe_yuki.contacts.link import Side
from tribe_yuki.contacts.merge.after_write import contact_after, relation_after
from tribe_yuki.contacts.merge.field_plan import FieldPlan
from tribe_yuki.contacts.merge.tribe_values import POSTAL, TribeValues, join_values, postal_must_wait, values_by_field
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.merge.yuki_elements import YukiElements, elements_by_field, join_elements


@dataclass(frozen=True, slots=True)
class Writes[Part: (YukiElements, TribeValues)]:
    """What is written to one side, by field.

    `shown` is what that side is going to show of the fields that are written, and of those that follow from them.
    `unsendable` are fields that cannot be written now but may be later; the other ones had nothing to add.
    """

    parts: Mapping[str, Part]
    shown: Mapping[str, Converted]
    unsendable: frozenset[str]
    warnings: tuple[FieldWarning, ...] = ()


def writes_to_yuki(pair: ContactPair, plans: Sequence[FieldPlan]) -> Writes[YukiElements]:
    """Return what Yuki gets of the fields that are to be written to it."""
    relation, contact, settings = pair.relation, pair.contact, pair.settings
    only = {plan.name for plan in plans if plan.write_to is Side.YUKI}
    parts = elements_by_field(relation, contact, settings, only)
    later = contact_after(contact, join_elements(parts.values(), relation.kind).elements, relation.kind)
    shown = {
        plan.name: yuki_value(plan.seen.entry, later, settings)
        for plan in plans
        if plan.name in parts and parts[plan.name].elements
    }
    warnings = tuple(warning for part in parts.values() for warning in part.warnings)
    abroad = frozenset(told.field for told in warnings if told.code is WarningCode.POSTAL_ADDRESS_ABROAD)
    return _without_misread(Writes(parts, shown, abroad, warnings), Side.TRIBE, plans)


def writes_to_tribe(pair: ContactPair, plans: Sequence[FieldPlan]) -> Writes[TribeValues]:
    """Return what Tribe gets of the fields that are to be written to it."""
    relation, contact, settings = pair.relation, pair.contact, pair.settings
    only = {plan.name for plan in plans if plan.write_to is Side.TRIBE}
    parts = values_by_field(contact, relation, settings, only)
    later = relation_after(relation, join_values(parts, contact, relation, settings))
    shown = {plan.name: tribe_value(plan.seen.entry, later, settings) for plan in plans}
    writes = Writes(
        parts,
        {plan.name: shown[plan.name] for plan in plans if _is_new_in_tribe(plan, shown[plan.name], parts)},
        frozenset({POSTAL}) if postal_must_wait(relation, settings) else frozenset(),
        tuple(warning for part in parts.values() for warning in part.warnings),
    )
    return _without_misread(writes, Side.YUKI, plans)


def _is_new_in_tribe(plan: FieldPlan, shown: Converted, parts: Mapping[str, TribeValues]) -> bool:
    """Whether Tribe is going to show a field anew: it is written, or another address is that it stands in for."""
    if plan.name in parts:
        return not parts[plan.name].is_empty
    return isinstance(plan.seen.entry, AddressField) and shown != plan.seen.values[Side.TRIBE]


def _without_misread[Part: (YukiElements, TribeValues)](
    writes: Writes[Part], source: Side, plans: Sequence[FieldPlan]
) -> Writes[Part]:
    """Leave out numbers that would be wrong, or other numbers, in the country that the written side has."""
    misread: dict[str, FieldWarning] = {
        # Only a phone number can be right in both countries and yet be another one.
        plan.name: FieldWarning(plan.name, writes.shown[plan.name].warning or WarningCode.PHONE_INVALID)
        for plan in plans
        if plan.name in writes.shown
        and isinstance(plan.seen.entry, TextField)
        and writes.shown[plan.name].key != plan.seen.values[source].key
    }
    return Writes(
        {name: part for name, part in writes.parts.items() if name not in misread},
        {name: value for name, value in writes.shown.items() if name not in misread},
        writes.unsendable | frozenset(misread),
        (*writes.warnings, *misread.values()),
    )
