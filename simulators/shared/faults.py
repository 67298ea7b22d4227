"""Faults that strike the next calls, whatever the simulated system does with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from threading import Lock
from typing import Any

FAULTS: Mapping[str, str] = {
    "unavailable": "answer 503 with an HTML page, without doing anything",
    "maintenance_page": "answer 200 with an HTML page, without doing anything",
    "forbidden_page": "answer 403 with an HTML page, as a firewall does, without doing anything",
    "timeout_before_commit": "do nothing and never answer",
    "timeout_after_commit": "do the work and never answer",
    "reset_connection": "reset the connection, before or after the work by the seeded coin",
    "truncate": "do the work and send only a part of the answer",
    "too_many_requests": "answer 429 with a line of text, without doing anything",
    "too_many_requests_after_commit": "do the work and answer 429 with a line of text, as a gateway may",
}


@dataclass
class _Armed:
    remaining: int
    operations: frozenset[str]
    spared: int = 0

    def strikes(self, operation: str) -> bool:
        """Whether the fault strikes a call; the first ones that it could strike may be spared."""
        if self.remaining <= 0 or (self.operations and operation not in self.operations):
            return False
        if self.spared:
            self.spared -= 1
            return False
        self.remaining -= 1
        return True


class Faults:
    """Count down the faults that were asked for, and say which one strikes a call.

    A fault is armed with a number of calls, or with
    ``{"count": n, "operations": ["ProcessSalesInvoices"]}`` to strike only those operations; with ``"after": k`` the
    next k of them are spared.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._armed: dict[str, _Armed] = {}
        self.struck: dict[str, int] = {}
        self.random = Random(0)

    def arm(self, name: str, setting: Any) -> None:
        """Arm one fault; raise ValueError when its setting is not a count or a count with operations."""
        spared = 0
        match {"after": 0, **setting} if isinstance(setting, dict) else setting:
            case bool():
                raise ValueError(f"{name}: give a number of calls, not {setting!r}")
            case int(count):
                operations: frozenset[str] = frozenset()
            case {"count": int(count), "operations": [*names], "after": int(spared)}:
                operations = frozenset(str(operation) for operation in names)
            case _:
                raise ValueError(f'{name}: give a number of calls or {{"count": n, "operations": [...]}}')
        with self._lock:
            self._armed[name] = _Armed(count, operations, spared)

    def seed(self, value: int) -> None:
        """Restart the random choices from a seed."""
        self.random = Random(value)

    def strike(self, operation: str) -> str | None:
        """Return the fault that strikes this call, if any, and count it."""
        with self._lock:
            for name, armed in self._armed.items():
                if armed.strikes(operation):
                    self.struck[name] = self.struck.get(name, 0) + 1
                    return name
        return None

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._armed.clear()
            self.struck.clear()
