"""F20: an invoice is sent only to a contact that is linked, so that it never makes or picks one by itself.

Yuki finds the contact of an invoice by its code, and makes one when nobody has it. A contact that came about like that
has no link: it would come back as a new customer, and a code that means somebody else would take the invoice along.
"""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.contact_records import contact_with, relation_with
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, World, open_world
from tribe_yuki.connections.context import COMPARE_CONTACTS
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people import links_by_hand as links

# An invoice to a customer that both systems know under one number, and that was never imported.
INVOICE, NUMBER, CUSTOMER = "40000000-0000-4000-8000-000000000009", "2026-0109", "D-10018"
SOMEBODY_ELSE = {
    "Name": "Heel Ander Bedrijf B.V.",
    "AddressLine_1": "Elders 1",
    "Postcode": "1234 AB",
    "City": "Elders",
    "CoCNumber": "",
    "VATNumber": "",
    "EMailWork": "",
    "PhoneWork": "",
}
BOOKING = "ProcessSalesInvoices"


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path) -> World:
    """The whole product with only our customer in Yuki, so that nobody else is imported."""
    return open_world(exits, yuki_seed=yuki_seed(tmp_path, [CUSTOMER]))


@pytest.fixture
def booking_makes_customers(world: World) -> World:
    """A Yuki without the check of the mark: who gets an invoice is a customer, and is made where nobody has the code.

    It holds no contact like our customer.
    """
    world.edit_contact(contact_with(world, CUSTOMER)["ID"], deleted=True)
    world.switch_yuki(customer_check=False, new_contact_role="customer")
    return world


def send(world: World) -> None:
    """Send the invoice, and let everything come back that it leads to."""
    world.send(INVOICE)
    world.run(minutes=3)
    world.run(minutes=32, step_seconds=30)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=10, step_seconds=30)


def relations(world: World) -> list[str]:
    """Return the names of the organisations in Tribe that are called like our customer."""
    rows: list[dict[str, Any]] = world.tribe_state()["Relation_Organization"]
    return [row["Name"] for row in rows if row["Name"].startswith("Schildersbedrijf Kwast")]


def test_the_contact_of_an_invoice_is_linked_before_it_is_booked_and_never_imported_as_new(
    booking_makes_customers: World,
) -> None:
    world = booking_makes_customers

    send(world)

    assert len(world.booked(NUMBER)) == 1
    (link,) = [one for one in world.all_links() if one.tribe_relation_id == relation_with(world, CUSTOMER)["ID"]]
    assert (link.state, link.yuki_contact_id) == (LinkState.LINKED, contact_with(world, CUSTOMER)["ID"])
    assert world.booked(NUMBER)[0]["contact_id"] == link.yuki_contact_id
    assert len(relations(world)) == 1


def test_without_the_link_the_invoice_itself_would_make_a_contact_that_nobody_knows(
    booking_makes_customers: World,
) -> None:
    world = booking_makes_customers
    world.without(Protection.CUSTOMER_LINKS)

    world.send(INVOICE)
    world.run(minutes=0.8)

    assert len(world.booked(NUMBER)) == 1
    assert "UpdateContact" not in world.yuki_state()["calls"], "the booking made it"
    made = contact_with(world, CUSTOMER)["ID"]
    assert [one for one in world.all_links() if one.yuki_contact_id == made] == []


def test_without_the_link_and_the_matching_that_contact_would_become_a_second_customer(
    booking_makes_customers: World,
) -> None:
    world = booking_makes_customers
    world.without(Protection.CUSTOMER_LINKS)
    world.without(Protection.MATCHING)

    send(world)

    assert len(relations(world)) == 2


def test_an_invoice_is_refused_until_a_person_says_who_the_customer_is(world: World) -> None:
    """The code means somebody else in Yuki, who is not imported: a customer would get a number of its own."""
    wrong = contact_with(world, CUSTOMER)
    world.edit_contact(wrong["ID"], **SOMEBODY_ELSE, IsCustomer=False)
    send(world)
    transfer = world.transfer(INVOICE)
    assert transfer is not None
    assert transfer.hold_reason is HoldReason.CODE_IN_USE
    assert HOLDS[HoldReason.CODE_IN_USE].owner is Owner.BOOKKEEPER
    assert BOOKING not in world.yuki_state()["calls"]

    world.edit_contact(wrong["ID"], Code="")
    right = {"Name": "Kwast en Roller", "IsCustomer": True}
    contact = world.control.post(f"{world.yuki_url}/_control/contacts", json=right).raise_for_status().json()
    with world.operator() as operator:
        links.link(operator, CONNECTION, CUSTOMER, str(contact["HID"]))
    world.run(minutes=5)

    (booked,) = world.booked(NUMBER)
    assert booked["contact_id"] == contact["ID"]
    assert contact_with(world, CUSTOMER)["ID"] == contact["ID"]


def test_without_the_link_it_would_be_booked_on_somebody_else(world: World) -> None:
    wrong = contact_with(world, CUSTOMER)
    world.edit_contact(wrong["ID"], **SOMEBODY_ELSE)
    world.without(Protection.CUSTOMER_LINKS)

    send(world)

    (booked,) = world.booked(NUMBER)
    assert booked["contact_id"] == wrong["ID"]


def test_an_invoice_to_a_linked_contact_whose_code_is_not_known_in_yuki_writes_the_code_first(world: World) -> None:
    world.edit_in_tribe(relation_with(world, CUSTOMER)["ID"], EmailAddress="nieuw@kwastenroller.example")
    world.run(minutes=2)
    contact_id = contact_with(world, CUSTOMER)["ID"]
    link = world.links.get(relation_with(world, CUSTOMER)["ID"])
    assert link is not None
    world.links.save(replace(link, code=None), [], world.clock.now(), former=link)
    world.edit_contact(contact_id, Code="")

    world.send(INVOICE)
    world.run(minutes=3)

    transfer = world.transfer(INVOICE)
    assert transfer is not None
    assert transfer.state is State.BOOKED
    (booked,) = world.booked(NUMBER)
    assert booked["contact_id"] == contact_id
    assert contact_with(world, CUSTOMER)["ID"] == contact_id
