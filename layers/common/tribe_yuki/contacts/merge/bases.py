"""Keep what both sides held of a field when last synchronised, and recognise an echo of our own write (design 5)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tribe_yuki.contacts.fields.readings import Reading
from tribe_yuki.contacts.link import FieldBase, Side
from tribe_yuki.core.fingerprint import Fingerprints

# The clocks of both sides are not ours, Yuki's dates have whole seconds, and a write takes a while.
CLOCK_MARGIN = timedelta(seconds=60)


class Sight(StrEnum):
    """What a reading is, held against the base of its field."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    OURS = "ours"
    STALE = "stale"
    NOT_REFLECTED = "not_reflected"


@dataclass(frozen=True, slots=True)
class FieldBases:
    """Makes bases, and holds readings against them."""

    fingerprints: Fingerprints

    def acknowledged(self, tribe: Reading, yuki: Reading) -> FieldBase:
        """Return the base of two readings that are known now."""
        return FieldBase(self._of_raw(tribe), self._of_raw(yuki))

    def written(self, tribe: Reading, yuki: Reading, after: Reading, now: datetime) -> FieldBase:
        """Return the base after a write; `after` is what the written side is going to show."""
        expected = self.fingerprints.of(f"{after.name}.{after.side}.key", after.key)
        return replace(self.acknowledged(tribe, yuki), expected=expected, expected_on=after.side, expected_since=now)

    def taking(self, base: FieldBase, reading: Reading) -> FieldBase:
        """Return a base that knows one reading; what waits to be seen on the other side still does."""
        mark = self._of_raw(reading)
        known = replace(base, tribe=mark) if reading.side is Side.TRIBE else replace(base, yuki=mark)
        if base.expected_on is not reading.side:
            return known
        return replace(known, expected="", expected_on=None, expected_since=None)

    def readable(self, base: FieldBase | None) -> FieldBase | None:
        """Return a base if all of its fingerprints can still be compared."""
        if base is None:
            return None
        marks = (base.tribe, base.yuki, base.expected)
        return base if all(self.fingerprints.is_readable(mark) for mark in marks) else None

    def sight(self, base: FieldBase, reading: Reading, modified_at: datetime | None) -> Sight:
        """Tell what a reading is; `modified_at` is when its record was last changed.

        A later change is a person's. One that undoes a write of ours is believed in Tribe only: Yuki may show
        an old value because it left an element aside (yuki-api 3.3), and that must not undo the change in Tribe.
        """
        is_as_before = self.fingerprints.is_of(_mark(base, reading.side), _name(reading), reading.raw)
        if base.expected_on is not reading.side:
            return Sight.UNCHANGED if is_as_before else Sight.CHANGED
        if self.fingerprints.is_of(base.expected, f"{reading.name}.{reading.side}.key", reading.key):
            return Sight.OURS
        if not _is_later(base, modified_at):
            return Sight.STALE if is_as_before else Sight.NOT_REFLECTED
        is_left_aside = is_as_before and reading.side is Side.YUKI
        return Sight.NOT_REFLECTED if is_left_aside else Sight.CHANGED

    def _of_raw(self, reading: Reading) -> str:
        return self.fingerprints.of(_name(reading), reading.raw)


def was_filled(base: FieldBase, side: Side) -> bool:
    """Tell whether a side held a value; we never write an empty one."""
    return bool(_mark(base, side)) or base.expected_on is side


def _name(reading: Reading) -> str:
    return f"{reading.name}.{reading.side}"


def _mark(base: FieldBase, side: Side) -> str:
    return base.tribe if side is Side.TRIBE else base.yuki


def _is_later(base: FieldBase, modified_at: datetime | None) -> bool:
    if modified_at is None or base.expected_since is None:
        return False
    return modified_at > base.expected_since + CLOCK_MARGIN
