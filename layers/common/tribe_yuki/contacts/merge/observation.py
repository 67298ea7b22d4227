"""Compare a field on both sides with what was last synchronised, and recognise an echo of our own write (design 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tribe_yuki.contacts.fields.converters import Converted
from tribe_yuki.contacts.fields.table import Field
from tribe_yuki.contacts.link import FieldBase, Side
from tribe_yuki.core.fingerprint import Fingerprints

# The clocks of both sides are not ours, Yuki's dates have whole seconds, and a write takes a while.
CLOCK_MARGIN = timedelta(seconds=60)


class Change(StrEnum):
    """How the value of one side compares with the field's base."""

    UNKNOWN = "unknown"  # there is no base
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    OURS = "ours"
    STALE = "stale"
    NOT_REFLECTED = "not_reflected"


@dataclass(frozen=True, slots=True)
class FieldObservation:
    """A field as the sides show it, and its base: what they held when it was last synchronised.

    A side that is `stale` still shows what it held before our write: it counts as unchanged.
    """

    entry: Field
    values: Mapping[Side, Converted]
    fingerprints: Fingerprints
    base: FieldBase | None = None
    changes: Mapping[Side, Change] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the field's name in the field tables."""
        return self.entry.name

    @property
    def is_invalid(self) -> bool:
        """Whether either side has a value that is neither sent nor overwritten."""
        return any(value.is_invalid for value in self.values.values())

    @property
    def is_not_reflected(self) -> bool:
        """Whether a side shows something else than what we wrote to it."""
        return Change.NOT_REFLECTED in self.changes.values() and not self.is_invalid

    @property
    def changed(self) -> frozenset[Side]:
        """Return the sides that a person changed."""
        return frozenset(side for side, change in self.changes.items() if change is Change.CHANGED)

    @property
    def emptied(self) -> tuple[Side, ...]:
        """Return the sides that a person emptied; we never write an empty value."""
        return tuple(side for side in Side if side in self.changed and self.values[side].is_empty and self._held(side))

    @property
    def stale(self) -> Side | None:
        """Return the side that is stale."""
        return next((side for side, change in self.changes.items() if change is Change.STALE), None)

    def compared(self, modified_at: Mapping[Side, datetime | None]) -> "FieldObservation":
        """Compare both sides with the base, which then knows our own writes as far as they show."""
        seen = replace(self, changes={side: self.compare(side, modified_at[side]) for side in Side})
        known = [Change.OURS] if seen.is_invalid else [Change.OURS, Change.NOT_REFLECTED]
        for side, change in seen.changes.items():
            seen = replace(seen, base=seen.base_with(side)) if change in known else seen
        return seen

    def compare(self, side: Side, modified_at: datetime | None) -> Change:
        """Compare one side with the base; `modified_at` is when its record was last changed.

        A later change is a person's. One that undoes a write of ours is believed in Tribe only: Yuki may show
        an old value because it left an element aside (yuki-api 3.3), and that must not undo the change in Tribe.
        """
        if self.base is None:
            return Change.UNKNOWN
        is_as_before = self.fingerprints.is_of(_held(self.base, side), self._raw_name(side), self.values[side].raw)
        if self.base.expected_on is not side:
            return Change.UNCHANGED if is_as_before else Change.CHANGED
        if self.fingerprints.is_of(self.base.expected, self._key_name(side), self.values[side].key):
            return Change.OURS
        if not _is_later(self.base, modified_at):
            return Change.STALE if is_as_before else Change.NOT_REFLECTED
        is_left_aside = is_as_before and side is Side.YUKI
        return Change.NOT_REFLECTED if is_left_aside else Change.CHANGED

    def base_as_shown(self) -> FieldBase:
        """Return the base of what both sides show now."""
        return FieldBase(tribe=self._raw(Side.TRIBE), yuki=self._raw(Side.YUKI))

    def base_after_write(self, side: Side, after: Converted, now: datetime) -> FieldBase:
        """Return the base after a write; `after` is what the written side is going to show."""
        expected = self.fingerprints.of(self._key_name(side), after.key)
        return replace(self.base_as_shown(), expected=expected, expected_on=side, expected_since=now)

    def base_with(self, side: Side) -> FieldBase | None:
        """Return the base with what one side shows; what waits to be seen on the other side still does."""
        if self.base is None:
            return None
        shown = self._raw(side)
        base = replace(self.base, tribe=shown) if side is Side.TRIBE else replace(self.base, yuki=shown)
        return replace(base, expected="", expected_on=None, expected_since=None) if base.expected_on is side else base

    def _held(self, side: Side) -> bool:
        return self.base is not None and (bool(_held(self.base, side)) or self.base.expected_on is side)

    def _raw(self, side: Side) -> str:
        return self.fingerprints.of(self._raw_name(side), self.values[side].raw)

    def _raw_name(self, side: Side) -> str:
        return f"{self.name}.{side}"

    def _key_name(self, side: Side) -> str:
        return f"{self.name}.{side}.key"


def _held(base: FieldBase, side: Side) -> str:
    return base.tribe if side is Side.TRIBE else base.yuki


def _is_later(base: FieldBase, modified_at: datetime | None) -> bool:
    if modified_at is None or base.expected_since is None:
        return False
    return modified_at > base.expected_since + CLOCK_MARGIN


def observe(
    entry: Field, values: Mapping[Side, Converted], base: Mapping[str, FieldBase], fingerprints: Fingerprints
) -> FieldObservation:
    """Return a field with its base, if all of that one's fingerprints can still be compared."""
    known = base.get(entry.name)
    marks = (known.tribe, known.yuki, known.expected) if known else ()
    is_readable = all(fingerprints.is_readable(mark) for mark in marks)
    return FieldObservation(entry, values, fingerprints, known if is_readable else None)
