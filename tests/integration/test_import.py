"""The initial import: what is in Tribe and in Yuki afterwards (design 1, 5)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.world.world import CONNECTION, World, open_world
from tribe_yuki.connections.context import COMPARE_CONTACTS
from tribe_yuki.contacts.link import Link, LinkState


@pytest.fixture(scope="module")
def imported() -> Iterator[World]:
    """A world after the initial import: all tests look at it, or do what must change nothing in it."""
    with ExitStack() as stack:
        world = open_world(stack)
        world.import_everything()
        yield world


def active_customers(world: World) -> dict[str, dict[str, Any]]:
    """Return the contacts of Yuki that the seed says are to be imported, by id."""
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    return {
        contact["ID"]: contact
        for contact in world.yuki_state()["contacts"]
        if contact["DomainID"] == settings.yuki_domain_id
        and contact["Active"]
        and contact["IsCustomer"]
        and "Voorbeeld" not in contact["Name"]
    }


def links_by_contact(world: World) -> dict[str, Link]:
    return {link.yuki_contact_id: link for link in world.all_links() if link.yuki_contact_id}


def test_every_active_customer_of_yuki_is_linked_or_held(imported: World) -> None:
    world = imported
    links = links_by_contact(world)
    held = {one.yuki_contact_id: one for one in world.unlinked.held()}
    for contact_id, contact in active_customers(world).items():
        assert (contact_id in links) != (contact_id in held), contact["Name"]
    for contact in world.yuki_state()["contacts"]:
        if not contact["Active"]:
            assert contact["ID"] not in links, contact["Name"]
    assert set(held) <= set(active_customers(world))


def test_nothing_is_doubled(imported: World) -> None:
    world = imported
    state = world.tribe_state()
    relations = [*state["Relation_Organization"], *state["Relation_Person"]]
    linked = [link.tribe_relation_id for link in world.all_links() if link.state is LinkState.LINKED]
    assert len(set(linked)) == len(linked)
    marks = [row["ImportId"] for row in relations if (row["ImportId"] or "").startswith("yuki:")]
    assert len(set(marks)) == len(marks)
    numbers = Counter(row["DebtorNumber"] for row in relations if row["DebtorNumber"])
    assert [number for number, times in numbers.items() if times > 1] == []


def test_a_second_import_changes_nothing(imported: World) -> None:
    world = imported
    before = world.tribe_state(), world.yuki_state()["contacts"]
    world.import_everything()
    after = world.tribe_state(), world.yuki_state()["contacts"]
    assert {name: rows for name, rows in after[0].items() if name.startswith("Rel")} == {
        name: rows for name, rows in before[0].items() if name.startswith("Rel")
    }
    assert after[1] == before[1]


def test_the_comparison_after_it_finds_nothing(imported: World) -> None:
    world = imported
    before = world.tribe_state(), world.yuki_state()["contacts"]
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=4)
    progress = world.tasks.progress(COMPARE_CONTACTS)
    assert progress is not None
    assert progress.is_finished
    assert {name for name in progress.counts if name.startswith(("gone", "drifted", "created", "linked"))} == set()
    assert world.yuki_state()["contacts"] == before[1]
