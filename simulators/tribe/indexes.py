"""Finding records by a value without looking at all of them."""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable

_NUMBER = re.compile(r"(?:D-)?(\d+)")

# The values that records are found by, and the one that they are sorted by.
INDEXED = ("DebtorNumber", "ImportId")
SORTED = "LastMutationDate"


class ValueIndex:
    """The ids of the records that have a value, whatever the case of its letters, in the order in which they got it."""

    def __init__(self) -> None:
        self._ids: dict[str, dict[str, None]] = {}
        self._numbers: list[int] = []

    def move(self, record_id: str, former: str | None, present: str | None) -> None:
        """Find a record by its present value instead of the former one."""
        if former is not None:
            self._ids[former.casefold()].pop(record_id)
            for number in _numbers(former):
                del self._numbers[bisect_left(self._numbers, number)]
        if present is not None:
            self._ids.setdefault(present.casefold(), {})[record_id] = None
            for number in _numbers(present):
                insort(self._numbers, number)

    def with_value(self, value: str) -> Iterable[str]:
        """Return the ids of the records that have a value, in any case of its letters."""
        return self._ids.get(value.casefold(), {})

    @property
    def highest(self) -> int:
        """Return the highest number of the shape `123` or `D-123`; zero when there is none."""
        return self._numbers[-1] if self._numbers else 0


def _numbers(value: str) -> list[int]:
    found = _NUMBER.fullmatch(value)
    return [int(found[1])] if found else []


class SortedIndex:
    """The ids of the records that have a value, in the order of the values."""

    def __init__(self) -> None:
        self._pairs: list[tuple[str, str]] = []

    def move(self, record_id: str, former: str | None, present: str | None) -> None:
        """Find a record by its present value instead of the former one."""
        if former is not None:
            del self._pairs[bisect_left(self._pairs, (former, record_id))]
        if present is not None:
            insort(self._pairs, (present, record_id))

    def from_value(self, value: str) -> Iterable[str]:
        """Return the ids of the records with this value or a later one."""
        return (record_id for _, record_id in self._pairs[bisect_left(self._pairs, (value, "")) :])
