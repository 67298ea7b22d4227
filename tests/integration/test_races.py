"""Two workers on one new relation at the same moment, one of them for an invoice: one contact in Yuki each time."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.seed_records import line
from tests.world import CONNECTION, World, open_world, queue_event
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.domain.link import LinkState
from tribe_yuki.domain.settings import ConnectionSettings

TIMES = 200
TIMES_WITHOUT_LEASE = 20


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        world = open_world(stack)
        world.connections.set_mark(CONNECTION, "first_look", world.clock.now())
        world.switch_tribe(drop_webhooks=1.0, rate_limit_per_minute=1_000_000)
        world.switch_yuki(daily_limit=1_000_000, new_contact_delay_seconds=60)
        settings = world.connections.settings(CONNECTION)
        assert isinstance(settings, ConnectionSettings)
        world.save_settings(daily_call_limit=1_000_000, pdf="off")
        yield world


def new_customer(world: World, number: int) -> tuple[str, str, str]:
    """Make a customer with a sent invoice in Tribe; return the ids of role, relation and invoice."""
    create = f"{world.tribe_url}/_control/create"
    name = f"Nieuwkomer {number} B.V."
    relation = world.control.post(f"{create}/Relation_Organization", json={"Name": name}).raise_for_status().json()
    role = {
        "Organization": {"ID": relation["ID"]},
        "Relation": {"ID": "10000000-0000-4000-8000-000000000001"},
    }
    customers = "Relationship_Organization_CommercialRelationship_Customer"
    customer = world.control.post(f"{create}/{customers}", json=role).raise_for_status().json()
    draft = {
        "Subject": "Advies",
        "Currency": "EUR",
        "Relationship": {"ID": customer["ID"]},
        "ProductLines": [line("Advies")],
    }
    invoice = world.control.post(f"{world.tribe_url}/_control/invoices", json=draft).raise_for_status().json()
    world.send(invoice["ID"])
    return customer["ID"], relation["ID"], invoice["ID"]


def at_once(world: World, customer: str, relation: str, invoice: str) -> None:
    """Let three workers begin together: events about the role, about the relation, and about the invoice."""
    barrier = Barrier(3)
    calls: list[tuple[Any, str]] = [
        (world.contact_push, customer),
        (world.contact_push, relation),
        (world.invoice_push, invoice),
    ]

    def work(handler: Any, record_id: str) -> None:
        barrier.wait()
        handler(queue_event([record_id]))

    threads = [Thread(target=work, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def contacts_called(world: World, number: int) -> int:
    name = f"Nieuwkomer {number} B.V."
    return sum(1 for contact in world.yuki.state()["contacts"] if contact["Name"] == name)


def test_every_relation_gets_one_contact_200_times(world: World) -> None:
    relations = []
    for number in range(TIMES):
        customer, relation, invoice = new_customer(world, number)
        at_once(world, customer, relation, invoice)
        relations.append(relation)
    world.run(minutes=2)  # whoever found the relation busy comes back
    links = [world.links.get(CONNECTION, relation) for relation in relations]
    assert {link.state for link in links if link} == {LinkState.LINKED}
    assert [contacts_called(world, number) for number in range(TIMES)] == [1] * TIMES


def test_without_lease_and_version_there_are_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: this is what they prevent."""
    unconditional = DynamoDb.transact
    monkeypatch.setattr(Connections, "acquire_lease", lambda *_: "everybody gets it")
    monkeypatch.setattr(
        DynamoDb,
        "transact",
        lambda self, writes: unconditional(self, [replace(w, condition=None, values=None, names=None) for w in writes]),
    )
    counts = []
    for number in range(TIMES_WITHOUT_LEASE):
        at_once(world, *new_customer(world, number))
        counts.append(contacts_called(world, number))
    assert max(counts) > 1
