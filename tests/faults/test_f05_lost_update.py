"""F5: neither a stale page of a poll nor an event out of order nor an edit on the other side undoes a newer edit.

Per field the newest edit stands on both sides; where both sides edited the same field Tribe's does (design 5), and the
journal tells which field that was: not the value that lost, because no field value is kept at rest. Whole histories of
edits, with webhooks that are lost, doubled and shuffled and with workers that die, are in
`tests/integration/test_histories.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.contact_records import (
    CUSTOMER,
    contact_with,
    link_customer,
    relation_with,
    story_of,
    writes_to_tribe,
    writes_to_yuki,
)
from tests.support.world.world import World
from tests.support.world.world_queues import CONTACT, queue_event
from tribe_yuki.adapters.aws.leases import Leases
from tribe_yuki.adapters.yuki import YukiClient
from tribe_yuki.connections.context import POLL_CONTACTS
from tribe_yuki.connections.lease import Lease, LeaseKind
from tribe_yuki.contacts.model import YukiContact

HELD_SECONDS = 60
PHONE, OTHER_PHONE, NEWEST_PHONE = "038 555 0111", "038 555 0122", "038 555 0133"
EMAIL = "facturen@kwastenroller.example"


@pytest.fixture
def world(world: World) -> World:
    """A world in which one customer is linked, and all is quiet."""
    link_customer(world)
    return world


def in_tribe(world: World, **fields: Any) -> None:
    """Edit the customer in Tribe."""
    world.edit_in_tribe(relation_with(world, CUSTOMER)["ID"], **fields)


def in_yuki(world: World, **fields: Any) -> None:
    """Edit the customer in Yuki."""
    world.edit_contact(contact_with(world, CUSTOMER)["ID"], **fields)


def phones(world: World) -> tuple[str, str]:
    """Return the telephone number in Tribe, and in Yuki."""
    return relation_with(world, CUSTOMER)["PhoneNumber"], contact_with(world, CUSTOMER)["PhoneWork"]


def emails(world: World) -> tuple[str, str]:
    """Return the e-mail address in Tribe, and in Yuki."""
    return relation_with(world, CUSTOMER)["EmailAddress"], contact_with(world, CUSTOMER)["EMailWork"]


# --- a page of the poll that is old when it is dealt with -------------------------------------------------------------


@contextmanager
def held_page(meanwhile: Callable[[], None]) -> Iterator[list[int]]:
    """Let something happen between the first answer to a poll and what the poll does with it; yield the rows in it."""
    search = YukiClient.search_contacts
    rows: list[int] = []

    def hold(client: YukiClient, option: str, value: str, **parameters: Any) -> list[YukiContact]:
        page = search(client, option, value, **parameters)
        if option == "All" and not rows:
            rows.append(len(page))
            meanwhile()
        return page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(YukiClient, "search_contacts", hold)
        yield rows


def poll_while_a_webhook_writes(world: World) -> None:
    """Edit in Yuki; let a poll read that, and hold its page while a webhook brings another edit from Tribe."""

    def edit_in_tribe() -> None:
        in_tribe(world, PhoneNumber=NEWEST_PHONE)
        world.settle_webhooks()
        world.advance(HELD_SECONDS)
        world.sqs.deliver(CONTACT, world.contact_push)
        assert phones(world) == (NEWEST_PHONE, NEWEST_PHONE), "the webhook was faster"

    in_yuki(world, EMailWork=EMAIL)
    world.run(minutes=1)
    with held_page(edit_in_tribe) as rows:
        world.start_task(POLL_CONTACTS)
        world.pump()
    assert rows != [0]


def test_a_page_that_was_held_for_a_minute_reverts_nothing(world: World) -> None:
    poll_while_a_webhook_writes(world)
    assert phones(world) == (NEWEST_PHONE, NEWEST_PHONE)

    world.run(minutes=40, step_seconds=30)

    assert phones(world) == (NEWEST_PHONE, NEWEST_PHONE)
    assert emails(world) == (EMAIL, EMAIL), "the overlap brings the row back"


@pytest.mark.parametrize("protection", [Protection.STALE_ROWS, Protection.OWN_WRITES])
def test_either_protection_is_enough(world: World, protection: Protection) -> None:
    world.without(protection)

    poll_while_a_webhook_writes(world)

    assert phones(world) == (NEWEST_PHONE, NEWEST_PHONE)


def test_without_both_the_page_would_revert_the_newer_edit(world: World) -> None:
    world.without(Protection.STALE_ROWS, Protection.OWN_WRITES)

    poll_while_a_webhook_writes(world)

    assert phones(world)[0] != NEWEST_PHONE


# --- events out of order ----------------------------------------------------------------------------------------------


def test_events_that_come_third_first_second_end_in_the_third(world: World) -> None:
    relation_id = relation_with(world, CUSTOMER)["ID"]
    before = writes_to_yuki(world)
    world.switch_tribe(drop_webhooks=1.0)
    seen: list[datetime] = []
    for value in (PHONE, OTHER_PHONE, NEWEST_PHONE):
        in_tribe(world, PhoneNumber=value)
        seen.append(world.clock.instant)
        world.advance(30)

    for place in (2, 0, 1):
        world.contact_push(queue_event([relation_id], seen_at=seen[place].isoformat()))
        world.advance(30)
    world.run(minutes=40, step_seconds=30)

    assert phones(world) == (NEWEST_PHONE, NEWEST_PHONE)
    assert writes_to_yuki(world) == before + 1


def overtake(world: World) -> None:
    """Have a worker read the first of two edits, and another one bring the second before the first goes on."""
    relation_id = relation_with(world, CUSTOMER)["ID"]
    acquire = Leases.acquire
    overtaken: list[bool] = []

    def wait_first(leases: Leases, lease: Lease, now: datetime, length: timedelta) -> str | None:
        if lease == Lease(LeaseKind.RELATION, relation_id) and not overtaken:
            overtaken.append(True)
            in_tribe(world, PhoneNumber=NEWEST_PHONE)
            world.advance(HELD_SECONDS)
            world.contact_push(queue_event([relation_id]))
            assert phones(world) == (NEWEST_PHONE, NEWEST_PHONE)
        return acquire(leases, lease, now, length)

    world.switch_tribe(drop_webhooks=1.0)
    in_tribe(world, PhoneNumber=PHONE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Leases, "acquire", wait_first)
        world.contact_push(queue_event([relation_id]))
    assert overtaken == [True]


def test_a_worker_that_was_overtaken_does_not_write_what_it_read_before(world: World) -> None:
    overtake(world)
    assert phones(world) == (NEWEST_PHONE, NEWEST_PHONE)

    world.run(minutes=40, step_seconds=30)

    assert phones(world) == (NEWEST_PHONE, NEWEST_PHONE)


def test_without_the_look_at_who_read_later_the_older_edit_would_stand_in_yuki(world: World) -> None:
    world.without(Protection.LATEST_READING)

    overtake(world)

    assert phones(world) == (NEWEST_PHONE, PHONE)


# --- edits on both sides ----------------------------------------------------------------------------------------------


def edit_different_fields(world: World) -> None:
    in_yuki(world, PhoneWork=PHONE)
    in_tribe(world, EmailAddress=EMAIL)
    world.run(minutes=20)


def test_different_fields_that_were_edited_on_both_sides_both_stand(world: World) -> None:
    edit_different_fields(world)

    assert (phones(world), emails(world)) == ((PHONE, PHONE), (EMAIL, EMAIL))


@pytest.mark.parametrize("yuki_was_last", [False, True])
def test_the_same_field_that_was_edited_on_both_sides_is_tribes_and_told_once(
    world: World, yuki_was_last: bool
) -> None:
    relation_id = relation_with(world, CUSTOMER)["ID"]
    told, writes = story_of(world, relation_id).count("conflict"), writes_to_tribe(world)
    edits: Sequence[Callable[[], None]] = (
        lambda: in_yuki(world, PhoneWork=PHONE),
        lambda: in_tribe(world, PhoneNumber=OTHER_PHONE),
    )
    for edit in reversed(edits) if yuki_was_last else edits:
        edit()
    world.run(minutes=60)

    assert phones(world) == (OTHER_PHONE, OTHER_PHONE)
    assert story_of(world, relation_id).count("conflict") == told + 1
    assert writes_to_tribe(world) == writes


def test_without_what_was_synchronised_last_one_side_would_overwrite_the_other(world: World) -> None:

    world.without(Protection.MERGE_BASE)

    edit_different_fields(world)

    assert phones(world)[1] != PHONE
