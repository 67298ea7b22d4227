"""F18: a schedule that fires twice, and work that overlaps with itself, do everything once.

A second firing within a minute starts nothing, because its messages are doubles. Two that run at the same moment all
the same are kept apart by the lease on the task, or on the contact: the second one exits.
"""

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.support.faults.overlapping import in_the_middle, run_in_new_process
from tests.support.faults.protections import Protection
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import World, open_world
from tests.support.world.world_queues import RETRY
from tests.support.world.yuki_calls import calls
from tribe_yuki.connections.context import COMPARE_CONTACTS, POLL_CONTACTS

PLAIN, PLAIN_NUMBER = "40000000-0000-4000-8000-000000000041", "2026-0101"
NEW_CUSTOMER = "Nieuwe Klant B.V."
# A relation is created with its role, in one call.
CREATION = "POST Relationship_Organization"


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path) -> World:
    """A quiet world with one customer in Yuki, in which everything that begins by itself has begun."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, ["D-10045"]))
    world.run(minutes=50, step_seconds=60)
    return world


def type_in(world: World) -> None:
    """Have the bookkeeper type in a new customer."""
    new = {"Name": NEW_CUSTOMER, "IsCustomer": True}
    world.control.post(f"{world.yuki_url}/_control/contacts", json=new).raise_for_status()


def relations(world: World) -> int:
    """Return how many organisations of Tribe are called like the new customer."""
    return sum(one["Name"] == NEW_CUSTOMER for one in world.tribe_state()["Relation_Organization"])


# --- the schedule fires twice -----------------------------------------------------------------------------------------


def due_poll(world: World) -> None:
    """Let the time come at which a poll is due, and nobody has started it yet."""
    last = world.timestamps.get(POLL_CONTACTS)
    assert last is not None
    world.set_time(last + timedelta(minutes=16))


def test_a_schedule_that_fires_twice_polls_once(world: World) -> None:
    due_poll(world)
    before = calls(world)

    for _ in range(5):
        world.poller.tick()
    world.pump()

    assert calls(world) - before == {"SearchContacts": 1}


def test_without_the_check_for_doubles_every_firing_would_poll(world: World) -> None:
    world.without(Protection.DEDUPLICATION)
    due_poll(world)
    before = calls(world)

    for _ in range(5):
        world.poller.tick()
    world.pump()

    assert (calls(world) - before)["SearchContacts"] > 1


def test_two_sweeps_at_once_hand_an_invoice_over_twice_and_it_is_booked_once(world: World) -> None:
    world.switch_yuki(duplicate_reference="accept", unavailable=1_000)
    world.send(PLAIN)
    world.run(minutes=7)
    world.switch_yuki(unavailable=0)
    world.advance(600)
    before = len(world.sqs.queues[RETRY].messages)

    world.poller.tick()
    world.poller.tick()

    assert len(world.sqs.queues[RETRY].messages) >= before + 2
    world.run(minutes=25)
    assert len(world.booked(PLAIN_NUMBER)) == 1


# --- two at the same moment -------------------------------------------------------------------------------------------


def poll_twice_at_once(world: World, exits: ExitStack) -> None:
    """Run a poll, and another one right before the first creates a relation in Tribe."""
    type_in(world)
    world.run(minutes=0.5)
    with in_the_middle(CREATION, partial(run_in_new_process, world, exits, POLL_CONTACTS)) as done:
        run_in_new_process(world, exits, POLL_CONTACTS)
    assert done != []


def test_two_polls_at_once_create_a_new_customer_once(world: World, exits: ExitStack) -> None:
    poll_twice_at_once(world, exits)
    assert relations(world) == 1

    world.run(minutes=40, step_seconds=30)

    assert relations(world) == 1, "the one that came second has nothing left to do"


def test_without_the_lease_on_the_contact_two_polls_would_create_it_twice(world: World, exits: ExitStack) -> None:
    world.without(Protection.LEASES)

    poll_twice_at_once(world, exits)

    assert relations(world) == 2


def compare_twice_at_once(world: World, exits: ExitStack) -> Counter[str]:
    """Run a comparison, and another one in the middle of its second slice; return what that one asked of Yuki."""
    asked: Counter[str] = Counter()

    def intrude() -> None:
        before = calls(world)
        run_in_new_process(world, exits, COMPARE_CONTACTS)
        asked.update(calls(world) - before)

    type_in(world)
    run_in_new_process(world, exits, COMPARE_CONTACTS)
    with in_the_middle(CREATION, intrude) as done:
        run_in_new_process(world, exits, COMPARE_CONTACTS)
    assert done != []
    return asked


def test_a_second_worker_on_the_same_task_exits_and_asks_nothing(world: World, exits: ExitStack) -> None:
    assert compare_twice_at_once(world, exits) == Counter()

    world.run(minutes=10)
    progress = world.tasks.progress(COMPARE_CONTACTS)
    assert progress is not None
    assert progress.is_finished
    assert relations(world) == 1


def test_without_the_lease_on_the_task_both_would_do_the_same_slice(world: World, exits: ExitStack) -> None:
    world.without(Protection.LEASES)

    assert compare_twice_at_once(world, exits)["GetSuppliersAndCustomers"] == 1
    assert relations(world) == 2
