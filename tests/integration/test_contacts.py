"""What happens to contacts that both systems know (design 5, 7).

Changes of their fields travel both ways in tests/faults, test_f03_echo_loop and test_f05_lost_update.
"""

from typing import Any

import pytest

from tests.support.world.contact_records import CUSTOMER, contact_with, link_customer, link_of, relation_with, story_of
from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import ID_MAP
from tribe_yuki.connections.context import COMPARE_CONTACTS, POLL_CONTACTS
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.core.holds import HoldReason


def link_state(world: World, tribe_relation_id: str) -> LinkState | None:
    link = world.links.get(tribe_relation_id)
    return link.state if link else None


def customer_roles(world: World, tribe_relation_id: str) -> list[dict[str, Any]]:
    """Return links to the customer roles of an organisation, as other records show them."""
    roles = world.tribe_state()["Relationship_Organization_CommercialRelationship_Customer"]
    return [{"ID": role["ID"]} for role in roles if role["Organization"]["ID"] == tribe_relation_id]


@pytest.fixture
def linked(world: World) -> World:
    """A world in which one customer is linked, and all is quiet."""
    world.switch_yuki(normalise_phones=True)
    link_customer(world)
    return world


def test_a_code_changed_in_yuki_is_put_back_and_reported(linked: World) -> None:
    world = linked
    world.edit_contact(contact_with(world, CUSTOMER)["ID"], Code="ZELF-1")
    world.run(minutes=20)
    assert contact_with(world, CUSTOMER)["EMailWork"] == "nieuw@kwastenroller.example"
    assert "code_put_back" in story_of(world, relation_with(world, CUSTOMER)["ID"])


def test_an_edit_of_an_employee_or_a_contact_person_costs_no_yuki_call(linked: World) -> None:
    world = linked
    state = world.tribe_state()
    world.timestamps.set(POLL_CONTACTS, world.clock.now())  # no poll comes in between
    before = world.yuki_calls()
    for entity_set in ("Relationship_Person_Contact_Employee", "Relationship_Person_Contact_Standard"):
        for role in state[entity_set]:
            world.edit_in_tribe(role["ID"], PhoneNumber="038 555 0100")
            world.edit_in_tribe(role["Person"]["ID"], PhoneNumber="038 555 0101")
    world.run(minutes=2)
    assert world.yuki_calls() == before


def test_a_customer_deleted_in_tribe_does_not_come_back(linked: World) -> None:
    world = linked
    relation = relation_with(world, CUSTOMER)
    for invoice in world.tribe_state()["Activity_Invoice"]:
        if invoice["Relationship"] in customer_roles(world, relation["ID"]):
            world.delete_in_tribe(invoice["ID"])
    world.delete_in_tribe(relation["ID"])
    world.run(minutes=2)
    assert link_state(world, relation["ID"]) is LinkState.GONE_IN_TRIBE
    world.edit_contact(contact_with(world, CUSTOMER)["ID"], PhoneWork="038 555 0123")
    world.run(minutes=20)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=3)
    names = [row["Name"] for row in world.tribe_state()["Relation_Organization"]]
    assert relation["Name"] not in names
    assert contact_with(world, CUSTOMER)["Active"]


def test_a_change_that_yuki_refuses_is_remembered_until_it_is_taken(
    linked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = linked
    relation_id = relation_with(world, CUSTOMER)["ID"]
    with monkeypatch.context() as refusing:
        refusing.setattr("simulators.yuki.contact_update.contact_to_update", lambda *_: None)  # "Contact … not found"
        world.edit_in_tribe(relation_id, PhoneNumber="038 555 0155")
        world.run(minutes=2)
    assert (link_of(world).state, link_of(world).reason) == (LinkState.LINKED, HoldReason.REFUSED_BY_YUKI)
    assert story_of(world, relation_id)[-1] == "held"

    world.edit_in_tribe(relation_id, EmailAddress="facturen@kwastenroller.example")
    world.run(minutes=2)

    assert link_of(world).reason is None
    assert contact_with(world, CUSTOMER)["PhoneWork"] == "0385550155"


def test_no_field_value_is_in_the_tables(linked: World) -> None:
    world = linked
    assert "kwastenroller" not in str(list(world.db.query(ID_MAP, "connection_id = :c", {":c": CONNECTION}))).lower()


@pytest.mark.parametrize("number", ["000123", "D-1234567890"])
def test_a_code_that_yuki_stores_otherwise_is_put_back_once_told_and_left(world: World, number: str) -> None:
    world.switch_yuki(code_writing="without_zeros" if number.startswith("0") else "ten_characters")
    link_customer(world)
    relation_id = relation_with(world, CUSTOMER)["ID"]
    world.edit_in_tribe(relation_id, DebtorNumber=number)
    world.run(minutes=60)
    updates = world.yuki.calls["UpdateContact"]
    world.run(minutes=360)
    assert world.yuki.calls["UpdateContact"] == updates
    story = story_of(world, relation_id)
    assert [story.count(code) for code in ("code_put_back", "not_reflected")] == [1, 1]


def test_a_code_that_another_program_sets_again_and_again_is_left(linked: World) -> None:
    world = linked
    relation_id, contact_id = relation_with(world, CUSTOMER)["ID"], contact_with(world, CUSTOMER)["ID"]
    for code in ("ZELF-1", "ZELF-2", "ZELF-3"):
        world.edit_contact(contact_id, Code=code)
        world.run(minutes=20)
    assert story_of(world, relation_id).count("code_put_back") == 1
    assert contact_with(world, "ZELF-3")["ID"] == contact_id
    world.edit_in_tribe(relation_id, DebtorNumber="D-77777")
    world.run(minutes=20)
    assert contact_with(world, "D-77777")["ID"] == contact_id


def without_number(world: World) -> str:
    """Have Tribe's customer lose its number, and Yuki's contact keep its code; return the relation's id."""
    relation_id = relation_with(world, CUSTOMER)["ID"]
    world.switch_tribe(auto_numbering=False)
    world.edit_in_tribe(relation_id, DebtorNumber=None)
    return str(relation_id)


def test_a_linked_customer_without_number_gets_the_code_of_its_contact(linked: World) -> None:
    relation_id = without_number(linked)
    linked.run(minutes=20)
    assert relation_with(linked, CUSTOMER)["ID"] == relation_id
    link = linked.links.get(relation_id)
    assert link is not None
    assert (link.code, link.reason) == (CUSTOMER, None)


def test_a_customer_without_number_whose_contact_has_no_code_waits_whatever_else_is_edited(linked: World) -> None:
    linked.edit_contact(contact_with(linked, CUSTOMER)["ID"], Code="")
    relation_id = without_number(linked)
    linked.run(minutes=20)
    for email in ("a@kwastenroller.example", "b@kwastenroller.example"):
        linked.edit_in_tribe(relation_id, EmailAddress=email)
        linked.run(minutes=20)
        link = linked.links.get(relation_id)
        assert link is not None
        assert link.reason == HoldReason.DEBTOR_NUMBER_MISSING
    assert story_of(linked, relation_id).count("held") == 1
