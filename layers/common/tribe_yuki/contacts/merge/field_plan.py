"""Plan for one field which side is written, by what changed since it was last synchronised (design 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tribe_yuki.contacts.fields.converters import Converted
from tribe_yuki.contacts.fields.table import Direction
from tribe_yuki.contacts.link import FieldBase, Side
from tribe_yuki.contacts.merge.observation import FieldObservation

OTHER: Mapping[Side, Side] = {Side.TRIBE: Side.YUKI, Side.YUKI: Side.TRIBE}
_WRITABLE: Mapping[Direction, frozenset[Side]] = {
    Direction.BOTH: frozenset(Side),
    Direction.TO_YUKI: frozenset({Side.YUKI}),
    Direction.TO_TRIBE: frozenset({Side.TRIBE}),
}


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """What happens to a field: which side gets the other's value, and what is told of it.

    Without `keeps_base` the base takes what both sides show now. Fields that were `emptied` are not carried over.
    """

    seen: FieldObservation
    write_to: Side | None = None
    keeps_base: bool = False
    is_conflict: bool = False
    emptied: tuple[Side, ...] = ()

    @property
    def name(self) -> str:
        """Return the field's name in the field tables."""
        return self.seen.name

    def base_after(self, shown: tuple[Side, Converted] | None, now: datetime) -> FieldBase | None:
        """Return the base once the plan is carried out; `shown` is what a side is going to show after the writes.

        None when there was no base and none can be made. A field that was wrong from the start is known as it is, so
        that only its correction is news.
        """
        seen = self.seen
        if self.keeps_base and (seen.base is not None or not seen.is_invalid):
            return seen.base
        if shown is not None:
            side, after = shown
            return seen.base_after_write(side, after, now)
        if seen.base is not None and seen.stale is not None:
            return seen.base_with(OTHER[seen.stale])
        return seen.base_as_shown()


def plan_field(seen: FieldObservation, *, prefer: Side, writable: frozenset[Side]) -> FieldPlan:
    """Plan what happens to a field; `prefer` wins where no base tells who changed it.

    A side that is not `writable` keeps what it has, and what it changed does not count against the other one.
    """
    if seen.is_invalid:
        return FieldPlan(seen, keeps_base=True)
    if seen.values[Side.TRIBE].key == seen.values[Side.YUKI].key:
        return FieldPlan(seen, keeps_base=seen.stale is not None)
    writable &= _WRITABLE[seen.entry.direction]
    if seen.base is None:
        return _plan_without_base(seen, prefer, writable)
    is_conflict = len(seen.changed) > 1
    if seen.emptied:
        return FieldPlan(seen, is_conflict=is_conflict, emptied=seen.emptied)
    side = _side_to_write(seen, writable)
    if side is None or not seen.values[OTHER[side]].is_valid:
        return FieldPlan(seen)
    return FieldPlan(seen, write_to=side, is_conflict=is_conflict)


def _plan_without_base(seen: FieldObservation, prefer: Side, writable: frozenset[Side]) -> FieldPlan:
    empty = next((side for side in Side if seen.values[side].is_empty), None)
    side = empty or OTHER[prefer]
    return FieldPlan(seen, write_to=side, is_conflict=empty is None) if side in writable else FieldPlan(seen)


def _side_to_write(seen: FieldObservation, writable: frozenset[Side]) -> Side | None:
    """Return the side that gets the other's value; where both changed, Tribe's value wins if it can be written."""
    if Side.YUKI in writable and Side.TRIBE in seen.changed:
        return Side.YUKI
    if Side.TRIBE in writable and Side.YUKI in seen.changed:
        return Side.TRIBE
    # What only Tribe may say is put back, when it was changed in Yuki.
    is_put_back = seen.entry.direction is Direction.TO_YUKI and Side.YUKI in writable and bool(seen.changed)
    return Side.YUKI if is_put_back else None
