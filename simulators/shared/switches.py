"""Switches: what a simulated system may be told to do otherwise, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Switch:
    """What a switch is about, its default, and the values it may take (without choices: any of the same kind)."""

    meaning: str
    default: Any
    choices: tuple[Any, ...] = ()

    def check(self, name: str, value: Any) -> None:
        """Raise ValueError when a value does not suit the switch."""
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"{name}: {value!r} is not one of {', '.join(map(str, self.choices))}")
        elif not _same_kind(value, self.default):
            raise ValueError(f"{name}: give a value like {self.default!r}, not {value!r}")


def _same_kind(value: Any, default: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float) and value >= 0
    return isinstance(value, type(default))


# What every simulated system has.
COMMON_SWITCHES: Mapping[str, Switch] = {
    "hang_seconds": Switch("how long a call that is never answered keeps its caller waiting", 60),
}


def defaults(switches: Mapping[str, Switch]) -> dict[str, Any]:
    """Return the default of each switch by name."""
    return {name: switch.default for name, switch in switches.items()}


def check_values(switches: Mapping[str, Switch], wanted: Mapping[str, Any]) -> None:
    """Raise ValueError for a value that its switch cannot take; names that are no switch are passed over."""
    for name, value in wanted.items():
        if name in switches:
            switches[name].check(name, value)
