"""Merge the fields of a relation and a contact: what goes where, and what is remembered (design 5).

It is idempotent: once its writes are done and its base is stored, merging again writes nothing. Only the name of a
person takes one merge more when a part of it was written to Tribe, which computes it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tribe_yuki.contacts.fields.converters import Status
from tribe_yuki.contacts.fields.read import ContactMapping, fields_of, known_country, tribe_address, yuki_address
from tribe_yuki.contacts.fields.readings import Reading, read_tribe, read_yuki
from tribe_yuki.contacts.fields.table import CODE_FIELD, AddressField, Direction, TextField
from tribe_yuki.contacts.link import FieldBase, Side
from tribe_yuki.contacts.merge.after_write import contact_after
from tribe_yuki.contacts.merge.bases import FieldBases, Sight
from tribe_yuki.contacts.merge.field_decisions import Decision, FieldState, base_after, decide, field_state
from tribe_yuki.contacts.merge.tribe_values import POSTAL
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.merge.writes import Writes, writes_to_tribe, writes_to_yuki
from tribe_yuki.contacts.merge.yuki_elements import elements_for_yuki
from tribe_yuki.contacts.model import ContactKind, TribeRelation, YukiContact
from tribe_yuki.core.fingerprint import Fingerprints

NAME = "name"
NAME_PARTS = frozenset({"first_name", "middle_name", "last_name"})
# What somebody has to act on. Our own write that shows has to be known of Yuki, whose reads may be stale.
_NEWS: Mapping[Side, frozenset[Sight]] = {
    Side.TRIBE: frozenset({Sight.CHANGED, Sight.NOT_REFLECTED}),
    Side.YUKI: frozenset({Sight.CHANGED, Sight.NOT_REFLECTED, Sight.OURS}),
}
_ALWAYS_LATER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Merge:
    """What has to be written where, and what the link remembers once it is written.

    Fields are named as in the field tables. `conflicts` were changed on both sides, or differ without a base: the
    side that lost is overwritten, unless the other one was emptied. `emptied` fields are not carried over, and told
    once. The first read of a `not_reflected` field after our own write differs from what we wrote. `base` is whole, to
    be stored after the writes succeeded.
    """

    to_yuki: frozenset[str]
    to_tribe: frozenset[str]
    conflicts: tuple[str, ...]
    emptied: tuple[tuple[str, Side], ...]
    not_reflected: tuple[str, ...]
    warnings: tuple[FieldWarning, ...]
    base: Mapping[str, FieldBase]

    @property
    def is_quiet(self) -> bool:
        """Tell whether there is nothing to write."""
        return not self.to_yuki and not self.to_tribe


def merge_contact(
    relation: TribeRelation,
    contact: YukiContact,
    base: Mapping[str, FieldBase],
    fingerprints: Fingerprints,
    settings: ContactMapping,
    *,
    prefer: Side,
    now: datetime,
    writable: frozenset[Side] = frozenset(Side),
) -> Merge:
    """Decide about every field but the code; `prefer` wins where no base tells who changed a field.

    Only the sides that are `writable` are written to. What the caller writes is `elements_for_yuki` with only
    `to_yuki`, and `values_for_tribe` with only `to_tribe`.
    """
    bases = FieldBases(fingerprints)
    states = _states(relation, contact, base, bases, settings, now)
    decisions = {name: decide(state, prefer=prefer, writable=writable) for name, state in states.items()}
    to_tribe = writes_to_tribe(relation, contact, states, settings, only=_written_to(Side.TRIBE, decisions))
    decisions = _name_waits(relation.kind, decisions, to_tribe)
    to_yuki = writes_to_yuki(relation, contact, states, settings, only=_written_to(Side.YUKI, decisions))
    decisions = {
        name: _carried_out(decision, states[name], to_yuki if decision.write_to is Side.YUKI else to_tribe)
        for name, decision in decisions.items()
    }
    after = {**to_tribe.along, **to_yuki.after, **to_tribe.after}
    bases_after = {
        name: base_after(state, decisions[name], after.get(name), bases, now) for name, state in states.items()
    }
    return Merge(
        to_yuki=frozenset(to_yuki.after),
        to_tribe=frozenset(to_tribe.after),
        conflicts=tuple(name for name, decision in decisions.items() if decision.is_conflict),
        emptied=tuple((name, side) for name, decision in decisions.items() for side in decision.emptied),
        not_reflected=tuple(name for name, state in states.items() if state.is_not_reflected),
        warnings=(
            *_warnings(states.values(), to_yuki, to_tribe),
            *_missing_countries(relation, contact, states, settings, written=frozenset(to_tribe.after)),
        ),
        base={**base, **{name: one for name, one in bases_after.items() if one is not None}},
    )


def _states(
    relation: TribeRelation,
    contact: YukiContact,
    base: Mapping[str, FieldBase],
    bases: FieldBases,
    settings: ContactMapping,
    now: datetime,
) -> dict[str, FieldState]:
    return {
        entry.name: field_state(
            entry,
            (read_tribe(entry, relation, settings), read_yuki(entry, contact, settings)),
            bases.readable(base.get(entry.name)),
            bases,
            {Side.TRIBE: _tribe_modified_at(entry, relation, now), Side.YUKI: contact.modified_at},
        )
        for entry in _merged_fields(relation.kind, settings)
    }


def _merged_fields(kind: ContactKind, settings: ContactMapping) -> list[TextField | AddressField]:
    return [entry for entry in fields_of(kind, settings) if entry is not CODE_FIELD]


def _tribe_modified_at(entry: TextField | AddressField, relation: TribeRelation, now: datetime) -> datetime | None:
    """Return when a field of Tribe may have been changed last.

    An address is a record of its own, and whether its change moves the relation's date is not known (tribe-api 5.1).
    """
    return now if isinstance(entry, AddressField) else relation.modified_at


def _written_to(side: Side, decisions: Mapping[str, Decision]) -> frozenset[str]:
    return frozenset(name for name, decision in decisions.items() if decision.write_to is side)


def _name_waits(kind: ContactKind, decisions: Mapping[str, Decision], to_tribe: Writes) -> dict[str, Decision]:
    """Leave the name of a person alone while a part of it is written: Tribe computes it anew, for the next merge."""
    name = decisions.get(NAME)
    if kind is not ContactKind.PERSON or name is None or not NAME_PARTS & set(to_tribe.after):
        return dict(decisions)
    return {**decisions, NAME: replace(name, write_to=None, is_conflict=False)}


def _carried_out(decision: Decision, state: FieldState, writes: Writes) -> Decision:
    """Return what is left of a decision when the field it wants written is not."""
    if decision.write_to is None or state.entry.name in writes.after:
        return decision
    return Decision(keeps_base=state.entry.name in writes.unsendable or state.stale_on is not None)


def _warnings(states: Iterable[FieldState], *writes: Writes) -> tuple[FieldWarning, ...]:
    found = [warning for state in states for one in (state.tribe, state.yuki) for warning in one.warnings]
    return tuple(dict.fromkeys([*found, *(warning for one in writes for warning in one.warnings)]))


def _missing_countries(
    relation: TribeRelation,
    contact: YukiContact,
    states: Mapping[str, FieldState],
    settings: ContactMapping,
    *,
    written: frozenset[str],
) -> Iterator[FieldWarning]:
    """Give a warning for each address whose country only Yuki tells: Tribe's list may lack it."""
    for name, state in states.items():
        if isinstance(state.entry, AddressField) and name != POSTAL and name not in written:
            ours, theirs = tribe_address(state.entry, relation, settings), yuki_address(state.entry, contact)
            if ours is not None and not ours.country and theirs is not None and theirs.country:
                yield FieldWarning(name, WarningCode.COUNTRY_MISSING_IN_TRIBE)


def changed_in_tribe(
    relation: TribeRelation, base: Mapping[str, FieldBase], fingerprints: Fingerprints, settings: ContactMapping
) -> bool:
    """Tell whether anything of a relation may have to go to Yuki, or to be told; what we wrote ourselves does not."""
    bases = FieldBases(fingerprints)
    return any(
        _is_news(bases, base.get(entry.name), read_tribe(entry, relation, settings), modified_at)
        for entry in _merged_fields(relation.kind, settings)
        for modified_at in [_tribe_modified_at(entry, relation, _ALWAYS_LATER)]
        if entry.direction is not Direction.TO_TRIBE and not _is_abroad(entry, relation, settings)
    )


def changed_in_yuki(
    contact: YukiContact, base: Mapping[str, FieldBase], fingerprints: Fingerprints, settings: ContactMapping
) -> bool:
    """Tell whether anything of a contact may have to go to Tribe, to be put back, or to be known as our own write."""
    bases = FieldBases(fingerprints)
    return any(
        _is_news(bases, base.get(entry.name), read_yuki(entry, contact, settings), contact.modified_at)
        for entry in _merged_fields(contact.kind, settings)
    )


def _is_news(bases: FieldBases, base: FieldBase | None, reading: Reading, modified_at: datetime | None) -> bool:
    known = bases.readable(base)
    if reading.is_invalid or known is None:
        return reading.is_filled
    return bases.sight(known, reading, modified_at) in _NEWS[reading.side]


def _is_abroad(entry: TextField | AddressField, relation: TribeRelation, settings: ContactMapping) -> bool:
    """Tell whether an address is a postal one that Yuki cannot hold beside the billing address."""
    if not isinstance(entry, AddressField) or entry.name != POSTAL:
        return False
    lines = tribe_address(entry, relation, settings)
    place = known_country(relation).written
    return lines is not None and bool(lines.country) and bool(place) and lines.country != place


def base_of_new_contact(
    relation: TribeRelation, fingerprints: Fingerprints, settings: ContactMapping, now: datetime
) -> Mapping[str, FieldBase]:
    """Return the base of a contact that was just created with `elements_for_yuki`.

    What Yuki made of it is not known yet. A field that could not be sent has no base.
    """
    bases = FieldBases(fingerprints)
    empty = YukiContact("", relation.kind, "")
    created = contact_after(empty, elements_for_yuki(relation, settings=settings).elements, relation.kind)
    base: dict[str, FieldBase] = {}
    for entry in _merged_fields(relation.kind, settings):
        tribe, before = read_tribe(entry, relation, settings), read_yuki(entry, empty, settings)
        after = read_yuki(entry, created, settings)
        if after.is_filled:
            base[entry.name] = bases.written(tribe, before, after, now)
        elif tribe.status is Status.EMPTY or (entry.direction is Direction.TO_TRIBE and tribe.is_filled):
            base[entry.name] = bases.acknowledged(tribe, before)
    return base
