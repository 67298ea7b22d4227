"""A person's word about links is stronger than rules and tombstones; pressed twice it changes nothing (design 5, 9)."""

from typing import Any

import pytest

from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.admin.declined import Declined
from tribe_yuki.connections.context import COMPARE_CONTACTS
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.people import links_by_hand as links

NUMBER = "D-10018"
OTHER_NUMBER = "D-10012"


def relation(world: World, number: str = NUMBER) -> dict[str, Any]:
    rows: list[dict[str, Any]] = world.tribe_state()["Relation_Organization"]
    (found,) = [row for row in rows if row["DebtorNumber"] == number]
    return found


def link_of(world: World, number: str = NUMBER) -> Link:
    found = world.links.get(relation(world, number)["ID"])
    assert found is not None
    return found


def add_contact(world: World, name: str, **fields: Any) -> dict[str, Any]:
    answer = world.control.post(f"{world.yuki_url}/_control/contacts", json={"Name": name, **fields})
    added: dict[str, Any] = answer.raise_for_status().json()
    return added


@pytest.fixture
def linked(world: World) -> World:
    """A world in which one customer is linked."""
    world.edit_in_tribe(relation(world)["ID"], EmailAddress="nieuw@kwastenroller.example")
    world.run(minutes=2)
    assert link_of(world).state is LinkState.LINKED
    return world


def test_a_relation_is_linked_with_the_contact_that_a_person_names(linked: World) -> None:
    world = linked
    other = add_contact(world, "Kwast en Roller Schilders", IsCustomer=True)
    with world.operator() as operator:
        done = links.link(operator, CONNECTION, NUMBER, str(other["HID"]), "the bookkeeper said so")
        again = links.link(operator, CONNECTION, NUMBER, str(other["HID"]))
    world.run(minutes=2)
    assert (done.changed, again.changed) == (True, False)
    assert link_of(world).yuki_contact_id == other["ID"]
    (after,) = [row for row in world.yuki_state()["contacts"] if row["ID"] == other["ID"]]
    assert (after["EMailWork"], after["Name"]) == ("nieuw@kwastenroller.example", relation(world)["Name"])
    record = f"contact#tribe#{relation(world)['ID']}"
    (entry,) = [one for one in Journal(world.db, JOURNAL, CONNECTION).read(record) if one["code"] == "linked_by_hand"]
    assert (entry["facts"]["who"], entry["facts"]["why"]) == ("tester", "the bookkeeper said so")


def test_a_link_that_was_taken_away_does_not_come_back_by_itself(linked: World) -> None:
    world = linked
    with world.operator() as operator:
        done = links.unlink(operator, CONNECTION, NUMBER, "another company")
        again = links.unlink(operator, CONNECTION, NUMBER)
    assert (done.changed, again.changed) == (True, False)
    world.edit_in_tribe(relation(world)["ID"], EmailAddress="weer@kwastenroller.example")
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=20)
    assert link_of(world).state is LinkState.HELD
    assert link_of(world).yuki_contact_id is None
    assert len([row for row in world.yuki_state()["contacts"] if row["Code"] == NUMBER]) == 1
    with world.operator() as operator:
        links.link(operator, CONNECTION, NUMBER, NUMBER)
    world.run(minutes=2)
    assert link_of(world).state is LinkState.LINKED
    assert "weer@kwastenroller.example" in {row["EMailWork"] for row in world.yuki_state()["contacts"]}


def test_a_tombstone_gives_way_to_a_person(linked: World) -> None:
    world = linked
    found = link_of(world)
    world.edit_contact(found.yuki_contact_id or "", deleted=True)
    world.edit_in_tribe(relation(world)["ID"], EmailAddress="anders@kwastenroller.example")
    world.run(minutes=2)
    assert link_of(world).state is LinkState.GONE_IN_YUKI
    new = add_contact(world, "Schildersbedrijf Kwast & Roller", IsCustomer=True)
    with world.operator() as operator:
        links.link(operator, CONNECTION, NUMBER, str(new["HID"]))
    world.run(minutes=2)
    assert link_of(world).state is LinkState.LINKED
    assert link_of(world).code == NUMBER


@pytest.mark.parametrize(
    ("relation_name", "contact_name", "code"),
    [
        ("nobody", NUMBER, "relation_unclear"),
        (NUMBER, "nobody", "contact_unclear"),
        (OTHER_NUMBER, NUMBER, "contact_linked"),
    ],
)
def test_what_is_unclear_is_declined(linked: World, relation_name: str, contact_name: str, code: str) -> None:
    with linked.operator() as operator, pytest.raises(Declined) as declined:
        links.link(operator, CONNECTION, relation_name, contact_name)
    assert declined.value.code == code


def test_a_person_is_never_linked_with_a_company(linked: World) -> None:
    someone = add_contact(linked, "Jan Voorbeeld", Type="Person")
    with linked.operator() as operator, pytest.raises(Declined) as declined:
        links.link(operator, CONNECTION, OTHER_NUMBER, str(someone["HID"]))
    assert declined.value.code == "kinds_differ"
