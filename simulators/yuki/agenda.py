"""What happens between two calls: actions that wait until an operation was answered so many times."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from simulators.yuki.operations import OPERATIONS

_KNOWN = frozenset(name for operations in OPERATIONS.values() for name in operations)


@dataclass
class _Entry:
    operation: str
    calls: int
    act: Callable[[], object]


class Agenda:
    """Keep actions until the calls that they wait for were answered; a call that ended in a fault does not count."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, after: Any, act: Callable[[], object]) -> None:
        """Add an action for `{"operation": "SearchContacts", "calls": 2}`; raise ValueError for anything else."""
        match after:
            case {"operation": str(operation), **others} if operation in _KNOWN and not set(others) - {"calls"}:
                calls = others.get("calls", 1)
            case _:
                raise ValueError('after: give {"operation": "SearchContacts", "calls": 2}, with a known operation')
        if not isinstance(calls, int) or calls < 1:
            raise ValueError(f"after: give a number of calls, not {calls!r}")
        self._entries.append(_Entry(operation, calls, act))

    def answered(self, operation: str) -> None:
        """Count a call, and do what waited for it; what has become impossible meanwhile is not done."""
        for entry in [due for due in self._entries if due.operation == operation]:
            entry.calls -= 1
            if entry.calls == 0:
                self._entries.remove(entry)
                with suppress(ValueError):
                    entry.act()
