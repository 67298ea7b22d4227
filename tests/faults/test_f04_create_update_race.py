"""F4: events about one new relation that reach several workers in the same moment make one contact in Yuki.

Creation and change of an organisation, a person with its relationship, an organisation with its role and an invoice:
the worker that gets the lease and whose conditional write stands creates the contact, and the others read again. Yuki
does not find a new contact for a minute, so that asking it first does not help. Control: no lease and no conditions.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.support.faults.protections import Protection
from tests.support.suite.sampling import Sample
from tests.support.world.new_customers import NewCustomer, new_organisation, new_person
from tests.support.world.seed_records import line
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_queues import queue_event
from tests.support.world.world_tables import ID_MAP
from tribe_yuki.contacts.link import LinkState

TIMES = 200
TIMES_OF_A_SAMPLE = 20


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        world = open_world(stack)
        world.timestamps.set("first_look", world.clock.now())
        world.switch_tribe(drop_webhooks=1.0, rate_limit_per_minute=1_000_000)
        world.switch_yuki(daily_limit=1_000_000, new_contact_delay_seconds=60)
        world.save_settings(daily_call_limit=1_000_000, pdf="off")
        yield world


def send_invoice(world: World, customer: NewCustomer) -> str:
    """Send the customer an invoice; return its id."""
    draft = {
        "Subject": "Advies",
        "Currency": "EUR",
        "Relationship": {"ID": customer.role},
        "ProductLines": [line("Advies")],
    }
    invoice = world.control.post(f"{world.tribe_url}/_control/invoices", json=draft).raise_for_status().json()
    world.send(invoice["ID"])
    return str(invoice["ID"])


type Work = tuple[Callable[[dict[str, Any]], Any], str]


def created_and_updated(world: World, number: int) -> tuple[NewCustomer, Sequence[Work]]:
    """Two events about one relation, to two workers."""
    customer = new_organisation(world, number)
    world.edit_in_tribe(customer.relation, PhoneNumber="038 555 0199")
    return customer, [(world.contact_push, customer.relation)] * 2


def person_and_relationship(world: World, number: int) -> tuple[NewCustomer, Sequence[Work]]:
    """Events about a person and about what makes it a customer."""
    customer = new_person(world, number)
    return customer, [(world.contact_push, customer.relation), (world.contact_push, customer.role)]


def with_an_invoice(world: World, number: int) -> tuple[NewCustomer, Sequence[Work]]:
    """Events about the role, about the relation, and about an invoice."""
    customer = new_organisation(world, number)
    return customer, [
        (world.contact_push, customer.role),
        (world.contact_push, customer.relation),
        (world.invoice_push, send_invoice(world, customer)),
    ]


RACES = [created_and_updated, person_and_relationship, with_an_invoice]


def at_once(works: Sequence[Work]) -> None:
    """Let several workers begin together, each with its own event."""
    barrier = Barrier(len(works))

    def work(handler: Callable[[dict[str, Any]], Any], record_id: str) -> None:
        barrier.wait()
        handler(queue_event([record_id]))

    threads = [Thread(target=work, args=one) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def contacts_called(world: World, name: str) -> int:
    return sum(1 for contact in world.yuki.state()["contacts"] if contact["Name"] == name)


@pytest.mark.parametrize("race", RACES)
def test_every_relation_gets_one_contact_200_times(world: World, race: Callable[..., Any], sample: Sample) -> None:
    times = sample.size(TIMES, TIMES_OF_A_SAMPLE)
    customers = []
    for number in range(times):
        customer, works = race(world, number)
        at_once(works)
        customers.append(customer)
    world.run(minutes=2)  # whoever found the relation busy reads it again
    links = [world.links.get(customer.relation) for customer in customers]
    assert [link.state if link else None for link in links] == [LinkState.LINKED] * times
    assert [contacts_called(world, customer.name) for customer in customers] == [1] * times
    waiting = world.db.query(
        ID_MAP,
        "connection_id = :connection AND begins_with(#item, :prefix)",
        {":connection": CONNECTION, ":prefix": "pending#"},
        names={"#item": "item"},
    )
    assert list(waiting) == [], "nobody waits any more"


@pytest.mark.parametrize("race", RACES)
def test_without_lease_and_version_there_are_two(world: World, race: Callable[..., Any]) -> None:
    """The control: this is what they prevent, at the first race or, should one thread be too quick, at a later one."""
    world.without(Protection.LEASES, Protection.CONDITIONAL_WRITES)
    for number in range(TIMES):
        customer, works = race(world, number)
        at_once(works)
        if contacts_called(world, customer.name) > 1:
            return
    pytest.fail(f"none of {TIMES} relations got two contacts")
