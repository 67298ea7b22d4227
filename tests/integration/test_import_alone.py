"""The import of single contacts of Yuki: which relation each becomes, and what is written where (design 5)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.details import said, told
from tests.support.faults.protections import Protection, without
from tests.support.world.single_contacts import SingleContacts, address, in_yuki, open_single_contacts
from tribe_yuki.contacts.initial_import import apply
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.save_link import save_link
from tribe_yuki.core.errors import Held, Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.work.leases import relation_lease


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SingleContacts]:
    with ExitStack() as stack:
        yield open_single_contacts(stack, tmp_path_factory.mktemp("seed"))


class AnotherWorker:
    """Links the relation to another contact, in the moment between the import's look and its act."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
        self.other = other
        self.was_kept_out = False
        self._act = apply.link_imported
        monkeypatch.setattr(apply, "link_imported", self)

    def __call__(self, connection: InvoiceContext, tribe_relation_id: str, *rest: Any) -> Link:
        try:
            with relation_lease(connection, tribe_relation_id):
                new = Link(connection.connection_id, tribe_relation_id, LinkState.NEW, since=connection.now())
                save_link(connection, new, self.other, "by_hand")
        except Retryable:
            self.was_kept_out = True
        return self._act(connection, tribe_relation_id, *rest)


@pytest.mark.parametrize("is_protected", [True, False])
def test_a_link_made_between_the_look_and_the_act_is_not_overwritten(
    contacts: SingleContacts, monkeypatch: pytest.MonkeyPatch, *, is_protected: bool
) -> None:
    name = f"Zeilmakerij {is_protected} B.V."
    relation = contacts.organisation(name, InvoiceAddress=address("Kade", 3, "8011 AA", "Zwolle"))
    other = contacts.contact(f"Een ander {is_protected}", IsCustomer=False)
    contact = contacts.contact(name, **in_yuki("Kade 3", "8011 AA", "Zwolle"))
    protections = () if is_protected else (Protection.LEASE_OF_IMPORT,)
    with without(*protections), monkeypatch.context() as patched:
        worker = AnotherWorker(patched, other)
        contacts.poll()
    assert worker.was_kept_out is is_protected
    link = contacts.link(relation)
    assert link is not None
    assert link.yuki_contact_id == contact
    # Without the lease the other contact still points to the relation, which points elsewhere.
    stray = contacts.world.links.relation_linked_to(other)
    assert stray == (None if is_protected else relation)


def test_a_held_contact_names_relations_and_never_a_sentence(
    contacts: SingleContacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = {"InvoiceAddress": address("Dijk", 7, "8011 AB", "Zwolle")}
    twins = sorted(contacts.organisation("Wolspinnerij B.V.", **home) for _ in range(2))
    between = contacts.contact("Wolspinnerij B.V.", **in_yuki("Dijk 7", "8011 AB", "Zwolle"))
    relation = contacts.organisation("Mandenvlechterij B.V.", InvoiceAddress=address("Dijk", 9, "8011 AB", "Zwolle"))
    refused = contacts.contact("Mandenvlechterij B.V.", **in_yuki("Dijk 9", "8011 AB", "Zwolle"))
    sentence = "the contact is linked to another relation, they say"
    with monkeypatch.context() as patched:
        patched.setattr(apply, "link_imported", _refusing(sentence))
        contacts.poll()
    held = contacts.unlinked(between)
    assert held is not None
    assert (held.reason, held.tribe_relation_ids) == (HoldReason.CONTACT_AMBIGUOUS, tuple(twins))
    held = contacts.unlinked(refused)
    assert held is not None
    assert (said(held.details), held.tribe_relation_ids) == (sentence, ())
    assert contacts.link(relation) is None


def _refusing(sentence: str) -> Callable[..., Link]:
    """Return what stands in for storing a link that the table refuses."""

    def refuse(*_: object) -> Link:
        raise Held(HoldReason.CONTACT_AMBIGUOUS, *told(sentence))

    return refuse


def test_a_vat_group_and_a_father_wait_for_a_person_whoever_comes_first(contacts: SingleContacts) -> None:
    kade = address("Kade", 12, "8011 AA", "Zwolle")
    group = {"VatNumber": "NL999900031B01", "ChamberOfCommerceNumber": "99354761", "InvoiceAddress": kade}
    company = contacts.organisation("Huisman Installaties B.V.", EmailAddress="info@huisman.example", **group)
    father = contacts.person("Piet", "van Dam", EmailAddress="piet@vandam.example", Address=kade)
    here = in_yuki("Kade 12", "8011 AA", "Zwolle")
    other_company = contacts.contact("Veluwe Beheer B.V.", VATNumber="NL999900031B01", **here)
    parts = {"Type": "Person", "FirstName": "Piet", "LastName": "van Dam", "EMailHome": "zoon@vandam.example"}
    son = contacts.contact("Piet van Dam", **parts, **here)
    relations, in_books = [contacts.relation(one) for one in (company, father)], contacts.contacts()
    contacts.poll()
    for contact, relation in ((other_company, company), (son, father)):
        held = contacts.unlinked(contact)
        assert held is not None
        assert (held.reason, held.tribe_relation_ids) == (HoldReason.CONTACT_AMBIGUOUS, (relation,))
        assert held.number == in_books[contact]["HID"]
    contacts.push(company, father)
    for relation, contact in ((company, other_company), (father, son)):
        link = contacts.link(relation)
        assert link is not None
        assert (link.state, link.reason, link.yuki_contact_id) == (LinkState.HELD, HoldReason.CONTACT_AMBIGUOUS, None)
        assert link.details == told(f"no. {in_books[contact]['HID']}")
    assert [contacts.relation(one) for one in (company, father)] == relations
    assert contacts.contacts() == in_books


def test_of_twins_in_yuki_the_first_is_linked_and_the_second_waits_under_the_number_of_yuki_s_screens(
    contacts: SingleContacts,
) -> None:
    for number, name in enumerate(("Touwslagerij B.V.", "Kuiperij Voorbeeld B.V.", "Stoelenmatterij B.V."), start=81):
        home = in_yuki(f"Laan {number}", "8011 AD", "Zwolle")
        relation = contacts.organisation(name, InvoiceAddress=address("Laan", number, "8011 AD", "Zwolle"))
        twins = [contacts.contact(name, **home) for _ in range(2)]
        contacts.world.import_everything()
        link, in_books = contacts.link(relation), contacts.contacts()
        assert link is not None
        assert link.yuki_contact_id in twins
        (second,) = [twin for twin in twins if twin != link.yuki_contact_id]
        held = contacts.unlinked(second)
        assert held is not None
        assert (held.number, held.tribe_relation_ids) == (in_books[second]["HID"], (relation,))


PAIRS = [("d-9", "Klein B.V.", "D-9", "Groot B.V."), ("Kl-7a", "Smal B.V.", "KL-7A", "Breed B.V.")]


def test_of_codes_that_differ_in_capitals_one_is_replaced(contacts: SingleContacts) -> None:
    for number, (code, name, other_code, other_name) in enumerate(PAIRS, start=60):
        for text, called, house in ((code, name, 1), (other_code, other_name, 2)):
            contacts.contact(called, Code=text, **in_yuki(f"Laan {number}{house}", "8011 AC", "Zwolle"))
    contacts.world.import_everything()
    contacts.poll()
    codes = {one["Name"]: one["Code"] for one in contacts.contacts().values()}
    for code, name, _, other_name in PAIRS:
        assert codes[name] == code
        assert codes[other_name].startswith("D-10")  # the number that Tribe gave it


def test_codes_that_differ_in_capitals_in_both_systems_wait_for_a_person(contacts: SingleContacts) -> None:
    relations, ids = [], []
    for number, (code, name, other_code, other_name) in enumerate(PAIRS, start=80):
        for text, called, house in ((code, name, 1), (other_code, other_name, 2)):
            home = {"InvoiceAddress": address("Laan", number * 10 + house, "8011 AC", "Zwolle")}
            relations.append(contacts.organisation(f"Tweede {called}", DebtorNumber=f"X{text}", **home))
            place = in_yuki(f"Laan {number}{house}", "8011 AC", "Zwolle")
            ids.append(contacts.contact(f"Tweede {called}", Code=f"X{text}", **place))
    books = contacts.contacts()
    contacts.world.import_everything()
    contacts.poll()
    # A code that two contacts have is nobody's: no invoice goes to either until a person gave one of them another.
    links = [contacts.link(one) for one in relations]
    assert [(one.yuki_contact_id, one.code, one.reason) for one in links if one] == [
        (contact, None, HoldReason.CODE_IN_USE) for contact in ids
    ]
    contacts.push(*relations)  # whatever is edited there
    invoice = contacts.send_invoice(relations[0])
    contacts.world.queues.enqueue_invoices([invoice], contacts.world.clock.now())
    contacts.world.run(minutes=2)
    transfer = contacts.world.transfer(invoice)
    assert transfer is not None
    assert transfer.reason == HoldReason.CODE_IN_USE
    assert {one: contacts.contacts()[one]["Code"] for one in ids} == {one: books[one]["Code"] for one in ids}


def test_a_code_that_yuki_shows_in_other_capitals_is_not_put_back(contacts: SingleContacts) -> None:
    relation = contacts.organisation("Hoofdletter B.V.", DebtorNumber="Ab-31x")
    contacts.push(relation)
    link = contacts.link(relation)
    assert link is not None
    contacts.world.edit_contact(link.yuki_contact_id or "", Code="AB-31X")
    before = contacts.updates()
    contacts.poll()
    contacts.push(relation)
    contacts.compare()
    assert contacts.updates() == before
    assert "code_put_back" not in contacts.story(relation)


COMPANY = {"EmailAddress": "facturen@dakoost.example", "PhoneNumber": "038 555 01 00"}
SLOPPY = {"EMailWork": "jan@gmail.example", "PhoneWork": "06 12345678"}


def company(contacts: SingleContacts, name: str, house: int) -> str:
    home = address("Industrieweg", house, "8013 PM", "Zwolle")
    return contacts.organisation(name, InvoiceAddress=home, **COMPANY)


def sloppy_contact(contacts: SingleContacts, name: str, house: int) -> str:
    """Make the same company as a bookkeeper in haste types it."""
    return contacts.contact(name.lower(), **SLOPPY, **in_yuki(f"industrieweg {house}", "8013 pm", "ZWOLE"))


@pytest.mark.parametrize("how", ["poll", "compare"])
def test_a_contact_that_comes_later_does_not_overwrite_the_crm(contacts: SingleContacts, how: str) -> None:
    name, house = f"Dakbedrijf {how.title()} B.V.", 44 if how == "poll" else 46
    relation = company(contacts, name, house)
    before = contacts.relation(relation)
    contact = sloppy_contact(contacts, name, house)
    getattr(contacts, how)()
    link = contacts.link(relation)
    assert link is not None
    assert (link.state, link.yuki_contact_id) == (LinkState.LINKED, contact)
    assert contacts.relation(relation) == before
    made = contacts.contacts()[contact]
    assert (made["Name"], made["EMailWork"]) == (name, "facturen@dakoost.example")
    assert (made["PhoneWork"], made["City"]) == ("038 555 01 00", "Zwolle")


def test_a_person_that_comes_later_does_not_overwrite_the_crm(contacts: SingleContacts) -> None:
    home = address("Industrieweg", 48, "8013 PM", "Zwolle")
    relation = contacts.person(
        "Lotte", "Ter Aa", EmailAddress="lotte@teraa.example", PhoneNumber="038 5550102", Address=home
    )
    before = contacts.relation(relation)
    parts = {"Type": "Person", "FirstName": "lotte", "LastName": "ter aa", "EMailHome": "lotte@teraa.example"}
    contact = contacts.contact("lotte ter aa", **parts, **in_yuki("industrieweg 48", "8013 pm", "ZWOLE"))
    contacts.poll()
    assert contacts.link(relation) is not None
    assert contacts.relation(relation) == before
    made = contacts.contacts()[contact]
    assert (made["Name"], made["LastName"], made["City"]) == ("Lotte Ter Aa", "Ter Aa", "Zwolle")


def test_the_initial_import_takes_what_yuki_has(contacts: SingleContacts) -> None:
    relation = company(contacts, "Dakbedrijf Eerst B.V.", 50)
    contact = sloppy_contact(contacts, "Dakbedrijf Eerst B.V.", 50)
    contacts.world.import_everything()
    shown = contacts.relation(relation)
    assert (shown["Name"], shown["EmailAddress"]) == ("dakbedrijf eerst b.v.", "jan@gmail.example")
    assert shown["InvoiceAddress"]["City"] == "ZWOLE"
    assert contacts.contacts()[contact]["EMailWork"] == "jan@gmail.example"


def test_a_post_box_of_yuki_does_not_replace_the_visiting_address(contacts: SingleContacts) -> None:
    home = address("Havenweg", 44, "8013 PM", "Zwolle")
    relation = contacts.organisation("Postbusje B.V.", VatNumber="NL999900043B01", VisitingAddress=home)
    contacts.contact("Postbusje B.V.", VATNumber="NL999900043B01", **in_yuki("Postbus 99", "8000 AB", "Zwolle"))
    contacts.world.import_everything()
    shown = contacts.relation(relation)
    assert (shown["VisitingAddress"]["Street"], shown["VisitingAddress"]["Postalcode"]) == ("Havenweg", "8013 PM")
    assert (shown["InvoiceAddress"]["Street"], shown["InvoiceAddress"]["Postalcode"]) == ("Postbus", "8000 AB")


def test_a_country_is_never_made_up_in_either_system(contacts: SingleContacts) -> None:
    # One address that names no country, and a contact in a country that Tribe's list does not have.
    unnamed = contacts.organisation("Bakkerij Gent", InvoiceAddress=address("Veldstraat", 5, "9000", "Gent", None))
    in_gent = contacts.contact(
        "Bakkerij Gent", Code="G-1", VATNumber="BE0403019261", **in_yuki("Veldstraat 5", "9000", "Gent", "BE")
    )
    danish = contacts.contact("Nyhavn ApS", **in_yuki("Vestergade 5", "1456", "Kopenhagen", "DK"))
    contacts.world.edit_in_tribe(unnamed, VatNumber="BE0403019261")
    contacts.poll()
    made = contacts.world.links.relation_linked_to(danish) or ""
    for relation, contact, place in ((unnamed, in_gent, "BE"), (made, danish, "DK")):
        link = contacts.link(relation)
        assert link is not None
        assert "billing_address:country_missing_in_tribe" in link.warnings
        home = contacts.relation(relation)["InvoiceAddress"]
        assert home.get("Country") is None
        contacts.world.edit_in_tribe(home["ID"], HouseNumber=7)
        contacts.push(relation)
        shown = contacts.contacts()[contact]
        assert shown["AddressLine_1"].endswith(" 7")
        assert shown["Country"] == place
