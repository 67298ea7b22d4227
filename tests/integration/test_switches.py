"""What is not exported is not changed in Yuki, what is not imported not in Tribe: linked contacts too (design 5)."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from tests.support.faults.protections import Protection, without
from tests.support.world.single_contacts import SingleContacts, address, in_yuki, open_single_contacts
from tribe_yuki.connections.context import CATCH_UP
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.invoices.transfer import State

HOME = address("Kade", 12, "8011 AA", "Zwolle")
numbers = count(1)
SWITCHES = ("export_customers", "export_private_customers", "import_customers", "import_private_customers")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SingleContacts]:
    with ExitStack() as stack:
        yield open_single_contacts(stack, tmp_path_factory.mktemp("seed"))


@pytest.fixture
def contacts(opened: SingleContacts) -> Iterator[SingleContacts]:
    """The world with all switches on, before and after."""
    yield opened
    opened.world.save_settings(**dict.fromkeys(SWITCHES, True))


def linked_company(contacts: SingleContacts) -> tuple[str, str]:
    """Return a customer of both systems: relation and contact."""
    number = next(numbers)
    fields = {"InvoiceAddress": HOME, "PhoneNumber": "0385550100", "DebtorNumber": f"S-{number}"}
    relation = contacts.organisation(f"Schakelaar {number} B.V.", **fields)
    return relation, contact_of(contacts, relation)


def linked_person(contacts: SingleContacts) -> tuple[str, str]:
    number = next(numbers)
    fields = {"Address": HOME, "PhoneNumber": "0385550100", "DebtorNumber": f"S-{number}"}
    relation = contacts.person("Iris", f"Schakel {number}", **fields)
    return relation, contact_of(contacts, relation)


def contact_of(contacts: SingleContacts, relation: str) -> str:
    contacts.push(relation)
    link = contacts.link(relation)
    assert link is not None
    assert link.state is LinkState.LINKED
    contact = link.yuki_contact_id or ""
    contacts.world.edit_contact(contact, IsCustomer=True)
    contacts.poll()
    return contact


def phones(contacts: SingleContacts, pair: tuple[str, str]) -> tuple[str, str]:
    """Return the phone in Tribe and the one in Yuki."""
    shown = contacts.contacts()[pair[1]]
    return contacts.relation(pair[0])["PhoneNumber"], shown["PhoneWork"] or shown["PhoneHome"]


def look_everywhere(contacts: SingleContacts, relation: str) -> None:
    """Have a relation and its contact looked at by each way that there is."""
    contacts.push(relation)
    contacts.poll()
    contacts.compare()
    contacts.world.start_task(CATCH_UP)
    contacts.world.run(minutes=2, step_seconds=60)


@pytest.mark.parametrize("kind", ["company", "person"])
def test_what_is_not_exported_is_not_changed_in_yuki(contacts: SingleContacts, kind: str) -> None:
    pairs = {"company": linked_company(contacts), "person": linked_person(contacts)}
    switch = "export_customers" if kind == "company" else "export_private_customers"
    contacts.world.save_settings(**{switch: False})
    pair = pairs.pop(kind)
    (other,) = pairs.values()
    for relation, _ in (pair, other):
        contacts.world.edit_in_tribe(relation, PhoneNumber="038 555 0177", DebtorNumber=f"Z-{next(numbers)}")
    before = contacts.contacts()[pair[1]]
    for relation, _ in (pair, other):
        look_everywhere(contacts, relation)
    assert contacts.contacts()[pair[1]] == before
    assert phones(contacts, other) == ("038 555 0177", "038 555 0177")
    # What changes in Yuki still comes, also over a field that Tribe changed in vain.
    place = "PhoneWork" if kind == "company" else "PhoneHome"
    contacts.world.edit_contact(pair[1], **{place: "038 555 0188"})
    contacts.poll()
    assert phones(contacts, pair) == ("038 555 0188", "038 555 0188")


@pytest.mark.parametrize("kind", ["company", "person"])
def test_what_is_not_imported_is_not_changed_in_tribe(contacts: SingleContacts, kind: str) -> None:
    pairs = {"company": linked_company(contacts), "person": linked_person(contacts)}
    switch = "import_customers" if kind == "company" else "import_private_customers"
    contacts.world.save_settings(**{switch: False})
    for name, (_, contact) in pairs.items():
        place = "PhoneWork" if name == "company" else "PhoneHome"
        contacts.world.edit_contact(contact, **{place: "038 555 0166"})
    pair = pairs.pop(kind)
    (other,) = pairs.values()
    before = contacts.relation(pair[0])
    for relation, _ in (pair, other):
        look_everywhere(contacts, relation)
    assert contacts.relation(pair[0]) == before
    assert phones(contacts, other) == ("038 555 0166", "038 555 0166")
    contacts.world.edit_in_tribe(pair[0], EmailAddress="wel@schakel.example")
    look_everywhere(contacts, pair[0])
    shown = contacts.contacts()[pair[1]]
    assert (shown["EMailWork"] or shown["EMailHome"]) == "wel@schakel.example"


def test_a_contact_that_is_not_exported_costs_no_call_of_yuki(contacts: SingleContacts) -> None:
    relation, _ = linked_company(contacts)
    contacts.world.save_settings(export_customers=False)
    contacts.world.edit_in_tribe(relation, PhoneNumber="038 555 0199")
    before = contacts.world.yuki_calls()
    contacts.push(relation)
    assert contacts.world.yuki_calls() == before


def test_an_invoice_still_sees_to_the_code_of_its_contact_and_to_nothing_else(contacts: SingleContacts) -> None:
    contacts.world.save_settings(export_customers=False)
    known, new = (
        contacts.organisation(f"Schakelaar {next(numbers)} B.V.", InvoiceAddress=HOME, PhoneNumber="0385550100")
        for _ in range(2)
    )
    name = contacts.relation(known)["Name"]
    contact = contacts.contact(name, PhoneWork="038 555 0123", **in_yuki("Kade 12", "8011 AA", "Zwolle"))
    invoices = [contacts.send_invoice(one) for one in (known, new)]
    contacts.world.queues.enqueue_invoices(invoices, contacts.world.clock.now())
    contacts.world.run(minutes=3)
    links = [contacts.link(one) for one in (known, new)]
    assert [(one.state, one.code) for one in links if one] == [
        (LinkState.LINKED, contacts.relation(one)["DebtorNumber"]) for one in (known, new)
    ]
    shown = contacts.contacts()[contact]
    assert (shown["Code"], shown["PhoneWork"]) == (contacts.relation(known)["DebtorNumber"], "038 555 0123")
    states = [contacts.world.transfer(one) for one in invoices]
    assert [one.state for one in states if one] == [State.BOOKED, State.HELD]  # the new one has no tick yet
    assert [one.reason for one in states if one] == [None, "contact_not_customer"]


@pytest.mark.parametrize("where", ["push_contacts", "merge_contact"])
def test_without_looking_at_the_switches_a_change_goes_through(contacts: SingleContacts, where: str) -> None:
    pair = linked_company(contacts)
    contacts.world.save_settings(export_customers=False)
    looks = (Protection.SWITCH_IN_PUSH, Protection.SWITCH_IN_MERGE)
    with without(*(looks if where == "merge_contact" else looks[:1])):
        contacts.world.edit_in_tribe(pair[0], PhoneNumber="038 555 0144")
        contacts.push(pair[0])
    # Each of the two looks is enough.
    assert phones(contacts, pair)[1] == ("038 555 0144" if where == "merge_contact" else "0385550100")
