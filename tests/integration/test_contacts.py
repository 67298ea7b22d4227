"""Changes of contacts travel both ways, once, and nothing comes back as an echo (design 5, 7)."""

from collections import Counter
from typing import Any

import pytest

from tests.world import CONNECTION, World
from tests.world_tables import ID_MAP, JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.domain.contact import TribeRelation, YukiContact
from tribe_yuki.domain.link import Link, LinkState
from tribe_yuki.mapping.contact_merge import Merge
from tribe_yuki.mapping.yuki_elements import YukiElements
from tribe_yuki.sync.connection import COMPARE_CONTACTS

# A customer that both systems know under one number, with equal fields.
NUMBER = "D-10018"


def relation_with(world: World, number: str) -> dict[str, Any]:
    """Return the organisation of Tribe with a debtor number."""
    rows: list[dict[str, Any]] = world.tribe_state()["Relation_Organization"]
    found = [row for row in rows if row["DebtorNumber"] == number]
    assert len(found) == 1
    return found[0]


def contact_with(world: World, code: str) -> dict[str, Any]:
    """Return the contact of Yuki with a code."""
    rows: list[dict[str, Any]] = world.yuki_state()["contacts"]
    found = [row for row in rows if row["Code"] == code]
    assert len(found) == 1
    return found[0]


def writes_to_tribe(world: World) -> int:
    """Return how often records of Tribe were written over its API."""
    calls = Counter(world.tribe_state()["calls"])
    return sum(number for name, number in calls.items() if name.startswith(("POST Rel", "PUT Rel", "PUT A", "POST A")))


def writes_to_yuki(world: World) -> int:
    """Return how often contacts of Yuki were written over its API."""
    return int(world.yuki_state()["calls"].get("UpdateContact", 0))


def story_of(world: World, tribe_relation_id: str) -> list[str]:
    """Return the codes of a relation's journal, oldest first."""
    entries = Journal(world.db, JOURNAL).read(f"{CONNECTION}#contact#tribe#{tribe_relation_id}")
    return [entry["code"] for entry in entries]


def link_of(world: World, number: str = NUMBER) -> Link:
    link = world.links.get(CONNECTION, relation_with(world, number)["ID"])
    assert link is not None
    return link


def link_state(world: World, tribe_relation_id: str) -> LinkState | None:
    link = world.links.get(CONNECTION, tribe_relation_id)
    return link.state if link else None


def customer_roles(world: World, tribe_relation_id: str) -> list[dict[str, Any]]:
    """Return links to the customer roles of an organisation, as other records show them."""
    roles = world.tribe_state()["Relationship_Organization_CommercialRelationship_Customer"]
    return [{"ID": role["ID"]} for role in roles if role["Organization"]["ID"] == tribe_relation_id]


@pytest.fixture
def linked(world: World) -> World:
    """A world in which one customer is linked, and all is quiet."""
    world.switch_yuki(normalise_phones=True)
    relation = relation_with(world, NUMBER)
    world.edit_in_tribe(relation["ID"], EmailAddress="nieuw@kwastenroller.example")
    world.run(minutes=20)
    assert link_of(world).state is LinkState.LINKED
    assert contact_with(world, NUMBER)["EMailWork"] == "nieuw@kwastenroller.example"
    return world


def test_a_phone_number_changed_in_yuki_reaches_tribe_with_one_write(linked: World) -> None:
    world = linked
    before = writes_to_tribe(world), writes_to_yuki(world)
    world.edit_contact(contact_with(world, NUMBER)["ID"], PhoneWork="+31 38 555 0199")
    world.run(minutes=16)
    assert relation_with(world, NUMBER)["PhoneNumber"] == "0385550199"
    assert (writes_to_tribe(world), writes_to_yuki(world)) == (before[0] + 1, before[1])
    world.run(minutes=50 * 15, step_seconds=60)
    assert (writes_to_tribe(world), writes_to_yuki(world)) == (before[0] + 1, before[1])


def test_a_phone_number_changed_in_tribe_reaches_yuki_with_one_write(linked: World) -> None:
    world = linked
    before = writes_to_tribe(world), writes_to_yuki(world)
    world.edit_in_tribe(relation_with(world, NUMBER)["ID"], PhoneNumber="(038) 555 01 98")
    world.run(minutes=1)
    assert contact_with(world, NUMBER)["PhoneWork"] == "0385550198"
    world.run(minutes=50 * 15, step_seconds=60)
    assert (writes_to_tribe(world), writes_to_yuki(world)) == (before[0], before[1] + 1)


def test_without_echo_suppression_both_sides_would_write_for_ever(
    linked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compare texts as they are read, and forget what was synchronised: the control of the tests above."""

    def merge_texts(relation: TribeRelation, contact: YukiContact, *_: Any, **__: Any) -> Merge:
        differs = relation.phone != contact.phone_work
        return Merge(frozenset({"phone"} if differs else ()), frozenset(), (), (), (), (), {})

    def write_anyway(relation: TribeRelation, **_: Any) -> YukiElements:
        return YukiElements({"PhoneWork": relation.phone or ""})

    world = linked
    monkeypatch.setattr("tribe_yuki.sync.merge_contact.merge_contact", merge_texts)
    monkeypatch.setattr("tribe_yuki.sync.merge_contact.elements_for_yuki", write_anyway)
    monkeypatch.setattr("tribe_yuki.sync.pull_contact.changed_in_yuki", lambda *_: True)
    world.edit_in_tribe(relation_with(world, NUMBER)["ID"], PhoneNumber="+31 38 555 01 98")
    before = writes_to_yuki(world)
    world.run(minutes=10 * 15, step_seconds=60)
    assert writes_to_yuki(world) > before + 5


def test_different_fields_changed_on_both_sides_both_survive(linked: World) -> None:
    world = linked
    world.edit_contact(contact_with(world, NUMBER)["ID"], PhoneWork="038 555 0177")
    world.edit_in_tribe(relation_with(world, NUMBER)["ID"], EmailAddress="facturen@kwastenroller.example")
    world.run(minutes=20)
    assert relation_with(world, NUMBER)["PhoneNumber"] == "0385550177"
    assert contact_with(world, NUMBER)["EMailWork"] == "facturen@kwastenroller.example"


def test_the_same_field_changed_on_both_sides_is_tribes_and_told_once(linked: World) -> None:
    world = linked
    relation_id = relation_with(world, NUMBER)["ID"]
    told_before = story_of(world, relation_id).count("conflict")
    world.edit_contact(contact_with(world, NUMBER)["ID"], PhoneWork="038 555 0111")
    world.edit_in_tribe(relation_id, PhoneNumber="038 555 0122")
    world.run(minutes=60)
    assert relation_with(world, NUMBER)["PhoneNumber"] == "038 555 0122"
    assert contact_with(world, NUMBER)["PhoneWork"] == "0385550122"
    assert story_of(world, relation_id).count("conflict") == told_before + 1


def test_a_code_changed_in_yuki_is_put_back_and_reported(linked: World) -> None:
    world = linked
    world.edit_contact(contact_with(world, NUMBER)["ID"], Code="ZELF-1")
    world.run(minutes=20)
    assert contact_with(world, NUMBER)["EMailWork"] == "nieuw@kwastenroller.example"
    assert "code_put_back" in story_of(world, relation_with(world, NUMBER)["ID"])


def test_an_edit_of_an_employee_or_a_contact_person_costs_no_yuki_call(linked: World) -> None:
    world = linked
    state = world.tribe_state()
    before = world.yuki_calls()
    for entity_set in ("Relationship_Person_Contact_Employee", "Relationship_Person_Contact_Standard"):
        for role in state[entity_set]:
            world.edit_in_tribe(role["ID"], PhoneNumber="038 555 0100")
            world.edit_in_tribe(role["Person"]["ID"], PhoneNumber="038 555 0101")
    world.run(minutes=2)
    assert world.yuki_calls() == before


def test_a_customer_deleted_in_tribe_does_not_come_back(linked: World) -> None:
    world = linked
    relation = relation_with(world, NUMBER)
    for invoice in world.tribe_state()["Activity_Invoice"]:
        if invoice["Relationship"] in customer_roles(world, relation["ID"]):
            world.delete_in_tribe(invoice["ID"])
    world.delete_in_tribe(relation["ID"])
    world.run(minutes=2)
    assert link_state(world, relation["ID"]) is LinkState.GONE_IN_TRIBE
    world.edit_contact(contact_with(world, NUMBER)["ID"], PhoneWork="038 555 0123")
    world.run(minutes=20)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=3)
    names = [row["Name"] for row in world.tribe_state()["Relation_Organization"]]
    assert relation["Name"] not in names
    assert contact_with(world, NUMBER)["Active"]


def test_no_field_value_is_in_the_tables(linked: World) -> None:
    world = linked
    assert "kwastenroller" not in str(list(world.db.query(ID_MAP, "connection_id = :c", {":c": CONNECTION}))).lower()
