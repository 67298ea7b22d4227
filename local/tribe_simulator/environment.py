"""What the simulated Tribe environment holds, besides its records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.tribe_simulator.model import Model
from local.tribe_simulator.store import Fields, Store

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# The virtual user that Tribe makes for an application with client credentials (tribe-api 2).
VIRTUAL_USER = "b0000000-0000-4000-8000-000000000001"


@dataclass
class Environment:
    """One tenant. Whoever works with it holds the simulator's lock.

    `contents` are the bytes of File records, `to_be_sent` what the Send button will assign, both by id.
    """

    model: Model
    store: Store
    now: Callable[[], datetime]
    read_switches: Callable[[], Mapping[str, Any]]
    contents: dict[str, bytes] = field(default_factory=dict)
    to_be_sent: dict[str, Fields] = field(default_factory=dict)
    last_debtor_number: int = 20_000
    last_invoice_numbers: dict[str, int] = field(default_factory=dict)

    @property
    def switches(self) -> Mapping[str, Any]:
        """Return the switches as they are now."""
        return self.read_switches()

    def stamp(self) -> str:
        """Return the time as Tribe writes it: UTC, whole seconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def today(self) -> str:
        """Return the day in Amsterdam, where the users are."""
        return self.now().astimezone(AMSTERDAM).date().isoformat()
