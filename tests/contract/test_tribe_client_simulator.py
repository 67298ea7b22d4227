"""The client and the simulator of Tribe understand each other over real HTTP: relations, invoices, environment."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.outside import tribe_seed as seed
from tests.support.outside.tribe_world import LONG_AGO, NOW, World, world
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress

if TYPE_CHECKING:
    from tribe_yuki.invoices.outside import Tribe

LINK = "a0000000-0000-4000-8000-000000000001"  # a link between records, which Tribe does not know as a record


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as one:
        yield one


def test_the_client_is_what_the_use_cases_ask_for(tribe: World) -> None:
    port: Tribe = tribe.client
    assert port.resolve(seed.INVOICE) == "Activity.Invoice"


# Relations


@pytest.mark.parametrize(
    ("record_id", "record_type", "relation"),
    [
        (seed.BAKERY, "Relation.Organization", seed.BAKERY),
        (seed.JIP, "Relation.Person", seed.JIP),
        (seed.BAKERY_CUSTOMER, "Relationship.Organization.CommercialRelationship.Customer", seed.BAKERY),
        (seed.PROSPECT_LEAD, "Relationship.Organization.CommercialRelationship.Lead", seed.PROSPECT),
        (seed.JIP_CUSTOMER, "Relationship.Person.CommercialRelationship.Customer", seed.JIP),
        (seed.MILL_SUPPLIER, "Relationship.Organization.Supplier", seed.MILL),
        (seed.VISITING, "Address", seed.BAKERY),
        (seed.BILLING, "Address", seed.BAKERY),
        (seed.HOME, "Address", seed.JIP),
        (seed.BAKERY_CONTACT, "Relationship.Person.Contact.Standard", None),
        (seed.EMPLOYEE, "Relationship.Person.Contact.Employee", None),
        (seed.IDENTITY, "Relationship.Organization.Identity", None),
        (seed.INVOICE, "Activity.Invoice", None),
        (seed.LINE, "ProductLine", None),
        (seed.PRODUCT, "Product", None),
        (seed.VAT_21, "Datastore.VatGroup", None),
    ],
)
def test_every_record_is_resolved_and_leads_to_its_relation(
    tribe: World, record_id: str, record_type: str, relation: str | None
) -> None:
    assert tribe.client.resolve(record_id.upper()) == record_type
    assert tribe.client.relation_of(record_id, record_type) == relation


def test_an_id_that_tribe_does_not_know(tribe: World) -> None:
    assert tribe.client.resolve(LINK) is None
    assert tribe.client.relation_of(LINK, "Address") is None
    assert tribe.client.read_relation(LINK) is None
    assert tribe.client.read_invoices([LINK]) == []
    assert tribe.client.invoice_of_line(LINK) is None
    assert tribe.client.read_document(LINK, largest=1000) is None


@pytest.mark.parametrize("nulls", ["null", "false"])
def test_an_organisation_is_read_whole(tribe: World, nulls: str) -> None:
    tribe.switch(nulls=nulls)
    relation = tribe.client.read_relation(seed.BAKERY)
    assert relation is not None
    assert relation.kind is ContactKind.ORGANISATION
    assert relation.name == "Bakkerij 't Korenschuurtje & Zn."
    assert (relation.debtor_number, relation.vat_number) == ("D-10045", None)
    assert relation.visiting_address == TribeAddress(
        tribe_address_id=seed.VISITING,
        street="Molenweg",
        house_number="12",
        house_number_suffix="A",
        postcode="1234 AB",
        city="Voorbeeldstad",
        country="NL",
    )
    assert relation.invoice_address is not None
    assert (relation.invoice_address.house_number, relation.invoice_address.country) == ("99", "GR")
    assert relation.postal_address is None
    roles = {role.kind: (role.tribe_role_id, role.is_former, role.payment_term_days) for role in relation.roles}
    assert roles == {
        RoleKind.CUSTOMER: (seed.BAKERY_CUSTOMER, False, 30),
        RoleKind.SUPPLIER: (seed.BAKERY_SUPPLIER, False, None),
    }


def test_a_person_is_read_whole(tribe: World) -> None:
    relation = tribe.client.read_relation(seed.JIP)
    assert relation is not None
    assert relation.kind is ContactKind.PERSON
    assert relation.name == "Jip van der Meulen"
    assert relation.private_address is not None
    assert relation.private_address.country is None
    assert [(role.tribe_role_id, role.kind) for role in relation.roles] == [(seed.JIP_CUSTOMER, RoleKind.CUSTOMER)]


@pytest.mark.parametrize(
    ("relation_id", "is_customer", "is_supplier"),
    [
        (seed.BAKERY, True, True),
        (seed.MILL, False, True),
        (seed.PROSPECT, False, False),
        (seed.GONE_CUSTOMER, False, False),
        (seed.CONTACT_PERSON, False, False),
    ],
)
def test_roles_are_those_that_hold_now(tribe: World, relation_id: str, is_customer: bool, is_supplier: bool) -> None:
    relation = tribe.client.read_relation(relation_id)
    assert relation is not None
    assert relation.has_role(RoleKind.CUSTOMER) is is_customer
    assert relation.has_role(RoleKind.SUPPLIER) is is_supplier


def test_a_lead_that_becomes_a_customer_is_one(tribe: World) -> None:
    tribe.control(f"upgrade/{seed.PROSPECT_LEAD}", {"to": "Relationship_Organization_CommercialRelationship_Customer"})
    relation = tribe.client.read_relation(seed.PROSPECT)
    assert relation is not None
    assert relation.has_role(RoleKind.CUSTOMER)


def test_debtor_numbers_are_compared_exactly_though_tribe_does_not(tribe: World) -> None:
    assert tribe.client.find_relations_by_debtor_number("D-10045") == [seed.BAKERY]
    assert tribe.client.find_relations_by_debtor_number("d-10045") == [seed.MILL]
    assert tribe.client.find_relations_by_debtor_number(" D-10046 ") == [seed.JIP]
    assert tribe.client.find_relations_by_debtor_number("D-1") == []
    assert tribe.client.find_relations_by_debtor_number("") == []


@pytest.mark.parametrize("number", ["D 10 99", "D'10''99", "D+10&99=#%20", "Ü/10;(99)"])
def test_blanks_and_marks_in_a_number_come_through(tribe: World, number: str) -> None:
    tribe.client._odata.update("Relation_Organization", seed.PROSPECT, {"DebtorNumber": number})
    assert tribe.client.find_relations_by_debtor_number(number) == [seed.PROSPECT]


@pytest.mark.parametrize("next_link", [False, True])
def test_long_lists_are_read_whole(tmp_path: Path, next_link: bool) -> None:
    groups = [{"ID": f"71000000-0000-4000-8000-{n:012d}", "Code": f"X-{n}", "Percentage": 21.0} for n in range(250)]
    with world(tmp_path, Datastore_VatGroup=groups) as tribe:
        tribe.switch(next_link=next_link)
        codes = [group.code for group in tribe.client.vat_groups()]
        assert codes == ["NL-21", "NL-9", *(f"X-{n}" for n in range(250))]
        assert tribe.calls("GET Datastore_VatGroup") == 3


def test_a_filtered_list_of_more_than_two_pages(tmp_path: Path) -> None:
    same = [
        {"ID": f"21000000-0000-4000-8000-{n:012d}", "Name": f"Zelfde {n}", "DebtorNumber": "D-7"} for n in range(250)
    ]
    with world(tmp_path, Relation_Organization=same) as tribe:
        assert tribe.client.find_relations_by_debtor_number("D-7") == [row["ID"] for row in same]
        assert tribe.calls("GET Relation_Organization") == 3


# Invoices


def test_a_draft(tribe: World) -> None:
    (invoice,) = tribe.client.read_invoices([seed.INVOICE])
    assert (invoice.number, invoice.phase_code, invoice.is_final) == (None, "Draft", False)
    assert invoice.attachments == ()


@pytest.mark.parametrize("nulls", ["null", "false"])
def test_a_sent_invoice_is_read_whole(tribe: World, nulls: str) -> None:
    tribe.switch(nulls=nulls)
    tribe.send(seed.INVOICE)
    (invoice,) = tribe.client.read_invoices([seed.INVOICE])
    assert (invoice.number, invoice.phase_code, invoice.is_final) == ("2026-0101", "Sent", True)
    assert (invoice.invoice_date, invoice.due_date) == (date(2026, 11, 20), date(2026, 12, 20))
    assert (invoice.currency, invoice.amount, invoice.payment_term_days) == ("EUR", Decimal(127), 30)
    bread, delivery = invoice.lines
    assert bread.product is not None
    assert (bread.product.code, bread.product.ledger_account, bread.product.product_group) == (
        "BR-800",
        "80000",
        "DIENST",
    )
    assert bread.vat_group is not None
    assert (bread.vat_group.code, bread.vat_group.percentage) == ("NL-9", Decimal(9))
    assert (bread.quantity, bread.price, bread.vat_amount) == (Decimal(40), Decimal("2.5"), Decimal(9))
    assert delivery.product is None
    assert (delivery.total_excl, delivery.vat_amount) == (Decimal(27), Decimal("5.67"))
    assert invoice.modified_at == NOW


def test_the_debtor_is_the_relationship_and_never_the_contact(tribe: World) -> None:
    (invoice,) = tribe.client.read_invoices([seed.INVOICE])  # its Contact is another person
    assert invoice.relation == tribe.client.read_relation(seed.BAKERY)


def test_the_debtor_may_be_a_private_person(tribe: World) -> None:
    (invoice,) = tribe.client.read_invoices([seed.PRIVATE_INVOICE])
    assert invoice.relation == tribe.client.read_relation(seed.JIP)
    assert invoice.payment_term_days == 14


def test_an_invoice_whose_customer_was_deleted_has_no_relation(tribe: World) -> None:
    tribe.client.read_invoices([seed.PRIVATE_INVOICE])
    tribe.simulator.store.remove(tribe.simulator.store.by_id[seed.JIP_CUSTOMER])
    (invoice,) = tribe.client.read_invoices([seed.PRIVATE_INVOICE])
    assert invoice.relation is None


def test_dollars_are_read_from_the_amounts_in_dollars(tribe: World) -> None:
    (invoice,) = tribe.client.read_invoices([seed.DOLLARS])
    (line,) = invoice.lines
    assert (invoice.currency, line.price, line.total_excl) == ("USD", Decimal("2.75"), Decimal(110))
    assert (line.vat_amount, invoice.amount) == (Decimal("9.9"), Decimal(110))


@pytest.mark.parametrize("send_order", ["gaps", "at_once", "pdf_last"])
def test_the_pdf_is_found_and_read(tribe: World, send_order: str) -> None:
    tribe.switch(send_order=send_order)
    tribe.send(seed.INVOICE)
    (invoice,) = tribe.client.read_invoices([seed.INVOICE])
    (file,) = invoice.attachments
    assert (file.file_name, file.mime_type, file.created_at) == ("2026-0101.pdf", "application/pdf", NOW)
    content = tribe.client.read_document(file.tribe_attachment_id, largest=100_000)
    assert content is not None
    assert content.startswith(b"%PDF-")
    assert tribe.client.read_document(file.tribe_attachment_id, largest=len(content)) == content
    assert tribe.client.read_document(file.tribe_attachment_id, largest=len(content) - 1) is None


def test_the_invoice_of_a_line(tribe: World) -> None:
    assert tribe.client.invoice_of_line(seed.LINE) == seed.INVOICE


def test_sent_invoices_are_those_in_any_phase_but_draft(tribe: World) -> None:
    assert tribe.client.sent_invoices(modified_since=LONG_AGO) == []
    tribe.send(seed.INVOICE)
    tribe.simulator.clock.advance(60)
    tribe.send(seed.DOLLARS)
    tribe.client._odata.update("Activity_Invoice", seed.DOLLARS, {"Phase": {"ID": seed.PAID}})
    assert tribe.client.sent_invoices(modified_since=LONG_AGO) == [seed.INVOICE, seed.DOLLARS]
    assert tribe.client.sent_invoices(modified_since=NOW) == [seed.INVOICE, seed.DOLLARS]
    assert tribe.client.sent_invoices(modified_since=NOW + timedelta(seconds=1)) == [seed.DOLLARS]
    assert tribe.client.sent_invoices(modified_since=NOW + timedelta(hours=1)) == []
    with pytest.raises(ValueError, match="time zone"):
        tribe.client.sent_invoices(modified_since=datetime(2026, 11, 23))  # noqa: DTZ001 (the point)


def test_hundreds_of_sent_invoices(tmp_path: Path) -> None:
    sent = [
        {
            "ID": f"41000000-0000-4000-8000-{n:012d}",
            "Number": f"2026-{n:04d}",
            "Phase": seed.to(seed.SENT),
            "LastMutationDate": f"2026-11-{1 + n // 120:02d}T08:00:00Z",
        }
        for n in range(250)
    ]
    with world(tmp_path) as tribe:
        for fields in sent:
            tribe.simulator.store.add("Activity_Invoice", fields)
        assert sorted(tribe.client.sent_invoices(modified_since=LONG_AGO)) == [fields["ID"] for fields in sent]


# The environment


def test_the_environment(tribe: World) -> None:
    own = tribe.client.own_organisation()
    assert (own.tribe_relation_id, own.name) == (seed.OWN, "Voorbeeld Administratie B.V.")
    employee = tribe.client.current_employee()
    assert (employee.tribe_employee_id, employee.name) == (seed.EMPLOYEE, "Yuki koppeling")
    assert [(phase.code, phase.name) for phase in tribe.client.phases()] == [
        ("Draft", "Concept"),
        ("Sent", "Verstuurd"),
        ("Paid", "Betaald"),
    ]
    assert [(group.code, group.percentage) for group in tribe.client.vat_groups()] == [
        ("NL-21", Decimal(21)),
        ("NL-9", Decimal(9)),
    ]


def test_webhooks_are_registered_listed_and_deleted(tribe: World) -> None:
    made = tribe.client.register_webhook("Relation.Organization", "https://hooks.example/x", {"X-Token": "t"})
    assert made.secret
    assert tribe.client.webhooks() == [made]
    assert tribe.simulator.webhooks[made.webhook_id].headers == {"X-Token": "t"}
    tribe.client.delete_webhook(made.webhook_id)
    tribe.client.delete_webhook(made.webhook_id)
    assert tribe.client.webhooks() == []
