"""Events that Tribe could not be asked about are kept, and each of them ends (design 3)."""

from contextlib import ExitStack

from tests.support.faults.protections import Protection, without
from tests.support.world.many_invoices import link_customers
from tests.support.world.world import World, open_world
from tribe_yuki.contacts.deferred_event import Route

PHONE = "038 765 43 21"


def kept(world: World) -> list[str]:
    """Return the ids of the events that wait."""
    return [item for _, item in world.dynamodb.tables["id-map"].items if item.startswith("pending#")]


def world_with_a_kept_event(exits: ExitStack) -> tuple[World, str]:
    """Open a world in which nobody could find out whose role a webhook was about, until its relation was read."""
    world = open_world(exits)
    (company,) = link_customers(world, 1)
    role = company.id("tribe customer")
    world.switch_tribe(too_many_requests=1)
    world.queues.enqueue_relation(role, world.clock.now())
    world.run(minutes=0.5)
    assert kept(world) == [f"pending#{Route.CONTACTS}#{role}"]
    world.links.remember_records(company.id("tribe organisation"), [role])  # as whoever reads it does
    world.edit_in_tribe(company.id("tribe organisation"), PhoneNumber=PHONE)
    return world, company.id("yuki contact")


def test_an_event_about_a_role_ends_when_its_relation_became_known_meanwhile(exits: ExitStack) -> None:
    world, yuki_contact_id = world_with_a_kept_event(exits)
    world.run(minutes=5)

    assert kept(world) == []
    (contact,) = (one for one in world.yuki_state()["contacts"] if one["ID"] == yuki_contact_id)
    assert contact["PhoneWork"] == PHONE
    tribe_calls = sum(world.tribe_state()["calls"].values())
    world.run(minutes=10)
    assert sum(world.tribe_state()["calls"].values()) == tribe_calls


def test_without_forgetting_the_role_it_comes_back_every_minute(exits: ExitStack) -> None:

    exits.enter_context(without(Protection.ENDS_OF_DEFERRED))
    world, _ = world_with_a_kept_event(exits)
    world.run(minutes=5)

    assert kept(world)
    tribe_calls = sum(world.tribe_state()["calls"].values())
    world.run(minutes=10)
    assert sum(world.tribe_state()["calls"].values()) - tribe_calls >= 10
