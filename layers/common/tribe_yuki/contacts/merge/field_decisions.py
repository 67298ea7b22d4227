"""Decide for one field which side is written, by what changed since it was last synchronised (design 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tribe_yuki.contacts.fields.converters import Status
from tribe_yuki.contacts.fields.readings import Reading
from tribe_yuki.contacts.fields.table import AddressField, Direction, TextField
from tribe_yuki.contacts.link import FieldBase, Side
from tribe_yuki.contacts.merge.bases import FieldBases, Sight, was_filled

OTHER: Mapping[Side, Side] = {Side.TRIBE: Side.YUKI, Side.YUKI: Side.TRIBE}
_SETTLED = frozenset({Sight.OURS})
_WRITABLE: Mapping[Direction, frozenset[Side]] = {
    Direction.BOTH: frozenset(Side),
    Direction.TO_YUKI: frozenset({Side.YUKI}),
    Direction.TO_TRIBE: frozenset({Side.TRIBE}),
}


@dataclass(frozen=True, slots=True)
class FieldState:
    """A field on both sides, and what is known of it.

    `base` is None when there is none to compare with; it knows our own writes as far as they show. `stale_on` is the
    side that still shows what it held before our write: it counts as unchanged.
    """

    entry: TextField | AddressField
    tribe: Reading
    yuki: Reading
    base: FieldBase | None
    changed: frozenset[Side] = frozenset()
    emptied: tuple[Side, ...] = ()
    stale_on: Side | None = None
    is_not_reflected: bool = False

    def on(self, side: Side) -> Reading:
        """Return the reading of one side."""
        return self.tribe if side is Side.TRIBE else self.yuki

    @property
    def is_invalid(self) -> bool:
        """Tell whether either side has a value that is neither sent nor overwritten."""
        return self.tribe.is_invalid or self.yuki.is_invalid


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a field; without `keeps_base` the base takes what both sides show now."""

    write_to: Side | None = None
    keeps_base: bool = False
    is_conflict: bool = False
    emptied: tuple[Side, ...] = ()


def field_state(
    entry: TextField | AddressField,
    readings: tuple[Reading, Reading],
    base: FieldBase | None,
    bases: FieldBases,
    modified_at: Mapping[Side, datetime | None],
) -> FieldState:
    """Hold the readings of a field, Tribe's first, against its base."""
    tribe, yuki = readings
    if base is None:
        return FieldState(entry, tribe, yuki, None)
    sights = {reading.side: bases.sight(base, reading, modified_at[reading.side]) for reading in readings}
    is_invalid = tribe.is_invalid or yuki.is_invalid
    settled = _SETTLED if is_invalid else _SETTLED | {Sight.NOT_REFLECTED}
    known = base
    for reading in readings:
        known = bases.taking(known, reading) if sights[reading.side] in settled else known
    changed = frozenset(side for side, sight in sights.items() if sight is Sight.CHANGED)
    return FieldState(
        entry,
        tribe,
        yuki,
        known,
        changed,
        emptied=tuple(one.side for one in readings if one.side in changed and _is_emptied(base, one)),
        stale_on=next((side for side, sight in sights.items() if sight is Sight.STALE), None),
        is_not_reflected=Sight.NOT_REFLECTED in sights.values() and not is_invalid,
    )


def _is_emptied(base: FieldBase, reading: Reading) -> bool:
    return was_filled(base, reading.side) and reading.status is Status.EMPTY


def decide(state: FieldState, *, prefer: Side, writable: frozenset[Side] = frozenset(Side)) -> Decision:
    """Decide what happens to a field; `prefer` wins where no base tells who changed it.

    A side that is not `writable` keeps what it has, and what it changed does not count against the other one.
    """
    if state.is_invalid:
        return Decision(keeps_base=True)
    if state.tribe.key == state.yuki.key:
        return Decision(keeps_base=state.stale_on is not None)
    if state.base is None:
        return _without_base(state, prefer, writable)
    if state.emptied:
        return Decision(is_conflict=len(state.changed) > 1, emptied=state.emptied)
    side = _side_to_write(state, writable)
    if side is None or not state.on(OTHER[side]).is_filled:
        return Decision()
    return Decision(write_to=side, is_conflict=len(state.changed) > 1)


def _without_base(state: FieldState, prefer: Side, writable: frozenset[Side]) -> Decision:
    empty = next((one.side for one in (state.tribe, state.yuki) if not one.is_filled), None)
    side = empty or OTHER[prefer]
    if side not in _WRITABLE[state.entry.direction] & writable:
        return Decision()
    return Decision(write_to=side, is_conflict=empty is None)


def _side_to_write(state: FieldState, writable: frozenset[Side]) -> Side | None:
    """Return the side that gets the other's value; where both changed, Tribe's value wins if it can be written."""
    sides = _WRITABLE[state.entry.direction] & writable
    if Side.YUKI in sides and Side.TRIBE in state.changed:
        return Side.YUKI
    if Side.TRIBE in sides and Side.YUKI in state.changed:
        return Side.TRIBE
    # What only Tribe may say is put back, when it was changed in Yuki.
    is_put_back = state.entry.direction is Direction.TO_YUKI and Side.YUKI in sides and bool(state.changed)
    return Side.YUKI if is_put_back else None


def base_after(
    state: FieldState, decision: Decision, after: Reading | None, bases: FieldBases, now: datetime
) -> FieldBase | None:
    """Return the base once the decision is carried out; `after` is what the written side is going to show.

    None when there was no base and none can be made. A field that was wrong from the start is known as it is, so that
    only its correction is news.
    """
    if decision.keeps_base and (state.base is not None or not state.is_invalid):
        return state.base
    if after is not None:
        return bases.written(state.tribe, state.yuki, after, now)
    if state.base is not None and state.stale_on is not None:
        return bases.taking(state.base, state.on(OTHER[state.stale_on]))
    return bases.acknowledged(state.tribe, state.yuki)
