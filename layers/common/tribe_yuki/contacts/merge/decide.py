"""Decide the merge of a relation and a contact: what goes where, and what is remembered (design 5).

Each field is observed (`observation`) and planned (`field_plan`) by itself; then each side says which of the planned
fields it really gets. The merge is idempotent: once its writes are done and its base is stored, merging again writes
nothing. Only the name of a person takes one merge more when a part of it was written to Tribe, which computes it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tribe_yuki.contacts.fields.addresses import tribe_address, yuki_address
from tribe_yuki.contacts.fields.converters import Converted
from tribe_yuki.contacts.fields.read import ContactPair, merged_fields
from tribe_yuki.contacts.fields.table import AddressField, Field
from tribe_yuki.contacts.link import FieldBase, Side
from tribe_yuki.contacts.merge.field_plan import FieldPlan, plan_field
from tribe_yuki.contacts.merge.observation import FieldObservation, observe
from tribe_yuki.contacts.merge.tribe_values import POSTAL, TribeValues, join_values
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.merge.writes import writes_to_tribe, writes_to_yuki
from tribe_yuki.contacts.merge.yuki_elements import YukiElements, join_elements
from tribe_yuki.contacts.model import TribeRelation
from tribe_yuki.core.fingerprint import Fingerprints

NAME = "name"
NAME_PARTS = frozenset({"first_name", "middle_name", "last_name"})

type _Shown = Mapping[Side, Mapping[str, Converted]]  # what each side is going to show, by field


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What has to be written to each side, and what the link remembers once it is written.

    `base` is whole, to be stored after the writes succeeded.
    """

    fields: tuple[FieldPlan, ...] = ()
    elements: YukiElements = field(default_factory=YukiElements)
    values: TribeValues = field(default_factory=TribeValues)
    warnings: tuple[FieldWarning, ...] = ()
    base: Mapping[str, FieldBase] = field(default_factory=dict)

    @property
    def to_yuki(self) -> frozenset[str]:
        """Return the fields that are written to Yuki."""
        return frozenset(plan.name for plan in self.fields if plan.write_to is Side.YUKI)

    @property
    def to_tribe(self) -> frozenset[str]:
        """Return the fields that are written to Tribe."""
        return frozenset(plan.name for plan in self.fields if plan.write_to is Side.TRIBE)

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Return the fields that were changed on both sides, or differ without a base.

        The side that lost is overwritten, unless the other one was emptied.
        """
        return tuple(plan.name for plan in self.fields if plan.is_conflict)

    @property
    def emptied(self) -> tuple[tuple[str, Side], ...]:
        """Return the fields that were emptied, and where: that is told once, and not carried over."""
        return tuple((plan.name, side) for plan in self.fields for side in plan.emptied)

    @property
    def not_reflected(self) -> tuple[str, ...]:
        """Return the fields whose first read after our own write differs from what we wrote."""
        return tuple(plan.name for plan in self.fields if plan.seen.is_not_reflected)

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to write."""
        return not self.to_yuki and not self.to_tribe


def decide_merge(
    pair: ContactPair,
    base: Mapping[str, FieldBase],
    fingerprints: Fingerprints,
    *,
    prefer: Side,
    now: datetime,
    writable: frozenset[Side] = frozenset(Side),
) -> MergePlan:
    """Decide about every field but the code; `prefer` wins where no base tells who changed a field.

    Only the sides that are `writable` are written to.
    """
    wanted = _planned(_observed(pair, base, fingerprints, now), prefer, writable)
    to_yuki, to_tribe = writes_to_yuki(pair, wanted), writes_to_tribe(pair, wanted)
    shown = {Side.YUKI: to_yuki.shown, Side.TRIBE: to_tribe.shown}
    plans = tuple(_carried_out(plan, shown, to_yuki.unsendable | to_tribe.unsendable) for plan in wanted)
    bases = {plan.name: _base_after(plan, shown, now) for plan in plans}
    warnings = dict.fromkeys([*_warnings_of(plans), *to_yuki.warnings, *to_tribe.warnings])
    return MergePlan(
        plans,
        join_elements(to_yuki.parts.values(), pair.relation.kind),
        join_values(to_tribe.parts, pair.contact, pair.relation, pair.settings),
        (*warnings, *_missing_countries(pair, plans)),
        {**base, **{name: known for name, known in bases.items() if known is not None}},
    )


def _observed(
    pair: ContactPair, base: Mapping[str, FieldBase], fingerprints: Fingerprints, now: datetime
) -> Iterator[FieldObservation]:
    for entry in merged_fields(pair.relation.kind, pair.settings):
        modified_at = {Side.TRIBE: tribe_modified_at(entry, pair.relation, now), Side.YUKI: pair.contact.modified_at}
        yield observe(entry, pair.values(entry), base, fingerprints).compared(modified_at)


def tribe_modified_at(entry: Field, relation: TribeRelation, now: datetime) -> datetime | None:
    """Return when a field of Tribe may have been changed last.

    An address is a record of its own, and whether its change moves the relation's date is not known (tribe-api 5.1).
    """
    return now if isinstance(entry, AddressField) else relation.modified_at


def _planned(fields: Iterable[FieldObservation], prefer: Side, writable: frozenset[Side]) -> list[FieldPlan]:
    plans = [plan_field(seen, prefer=prefer, writable=writable) for seen in fields]
    if not any(plan.name in NAME_PARTS and plan.write_to is Side.TRIBE for plan in plans):
        return plans
    # Tribe computes the name of a person anew from these parts: it is left alone until the next merge.
    return [replace(plan, write_to=None, is_conflict=False) if plan.name == NAME else plan for plan in plans]


def _carried_out(plan: FieldPlan, shown: _Shown, unsendable: frozenset[str]) -> FieldPlan:
    """Return what is left of a plan when its field is not written after all."""
    if plan.write_to is None or plan.name in shown[plan.write_to]:
        return plan
    return FieldPlan(plan.seen, keeps_base=plan.name in unsendable or plan.seen.stale is not None)


def _base_after(plan: FieldPlan, shown: _Shown, now: datetime) -> FieldBase | None:
    side = plan.write_to or Side.TRIBE
    after = shown[side].get(plan.name)
    return plan.base_after((side, after) if after is not None else None, now)


def _warnings_of(plans: Iterable[FieldPlan]) -> Iterator[FieldWarning]:
    for plan in plans:
        for value in plan.seen.values.values():
            if value.warning:
                yield FieldWarning(plan.name, value.warning)


def _missing_countries(pair: ContactPair, plans: Iterable[FieldPlan]) -> Iterator[FieldWarning]:
    """Give a warning for each address whose country only Yuki tells: Tribe's list may lack it."""
    for plan in plans:
        entry = plan.seen.entry
        if isinstance(entry, AddressField) and entry.name != POSTAL and plan.write_to is not Side.TRIBE:
            ours, theirs = tribe_address(entry, pair.relation, pair.settings), yuki_address(entry, pair.contact)
            if ours is not None and not ours.country and theirs is not None and theirs.country:
                yield FieldWarning(entry.name, WarningCode.COUNTRY_MISSING_IN_TRIBE)
