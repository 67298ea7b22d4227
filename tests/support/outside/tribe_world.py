"""A simulated Tribe with the small seed, and clients of it, on one clock."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from simulators.tribe import TribeSimulator
from tests.support.outside.tribe_scripted_server import shared_server
from tests.support.outside.tribe_seed import write_seed
from tribe_yuki.adapters.tribe import Grant, TribeApplication, TribeClient, TribeEndpoints, TribeOptions

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TOKEN = "POST oauth2"
APPLICATION = TribeApplication(Grant.CLIENT_CREDENTIALS, "demo-client", "demo-client-secret")


@dataclass(frozen=True)
class World:
    """The simulator, and a client of it."""

    simulator: TribeSimulator
    url: str
    client: TribeClient

    @property
    def endpoints(self) -> TribeEndpoints:
        return TribeEndpoints(self.url, self.url)

    def another_client(self, application: TribeApplication = APPLICATION, **further: Any) -> TribeClient:
        return TribeClient(application, self.endpoints, now=self.simulator.clock.now, **further)

    def switch(self, **switches: Any) -> None:
        self.control("switches", switches)

    def send(self, tribe_invoice_id: str) -> None:
        """Press Send in Tribe."""
        self.control(f"invoices/{tribe_invoice_id}/send", {})

    def control(self, call: str, body: dict[str, Any]) -> None:
        answer = httpx.post(f"{self.url}/_control/{call}", json=body, trust_env=False, verify=False)
        assert answer.is_success, answer.text

    def calls(self, operation: str) -> int:
        return self.simulator.calls[operation]

    def stored(self, entity_set: str, record_id: str) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.simulator.state()[entity_set]
        return next(row for row in rows if row["ID"] == record_id)


@contextmanager
def world(folder: Path, **further: list[dict[str, Any]]) -> Iterator[World]:
    """Serve the small seed, with further rows of some entity sets."""
    write_seed(folder)
    for entity_set, rows in further.items():
        path = folder / "entities" / f"{entity_set}.json"
        path.write_text(json.dumps([*json.loads(path.read_text()), *rows]))
    simulator = TribeSimulator(folder)
    simulator.clock.set(NOW)
    server = shared_server()
    server.simulator = simulator
    endpoints = TribeEndpoints(server.url, server.url)
    options = TribeOptions(read_timeout_seconds=10.0)
    with TribeClient(APPLICATION, endpoints, now=simulator.clock.now, options=options) as client:
        yield World(simulator, server.url, client)


class Counting:
    """Counts the calls that are made from here on, without those for tokens."""

    def __init__(self, tribe: World) -> None:
        self._tribe = tribe
        self._before = Counter(tribe.simulator.calls)

    @property
    def calls(self) -> dict[str, int]:
        made = Counter(self._tribe.simulator.calls) - self._before
        return {operation: count for operation, count in made.items() if operation != TOKEN}
