"""Relations are created once with their roles, and only what is given is written to them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulators.shared import Request, Response, json_response
from tests.support.outside import tribe_seed as seed
from tests.support.outside.tribe_scripted_server import guid, listing
from tests.support.outside.tribe_scripted_server import tribe as scripted_tribe
from tests.support.outside.tribe_world import Counting, World, world
from tribe_yuki.adapters.tribe import Refused, TribeClient, TribeOptions
from tribe_yuki.contacts.fields.table import CODE_FIELD, FIELDS, Direction, TextField
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress, TribeRelation
from tribe_yuki.contacts.new_relation import NewRelation
from tribe_yuki.core.errors import Conflict, Defect, Gone, OutcomeUnknown, RateLimited, Retryable

ORGANISATIONS, PERSONS, ADDRESSES = "Relation_Organization", "Relation_Person", "Address"
CUSTOMERS = "Relationship_Organization_CommercialRelationship_Customer"
PRIVATE_CUSTOMERS = "Relationship_Person_CommercialRelationship_Customer"
SUPPLIERS = "Relationship_Organization_Supplier"
IDENTITY, COUNTRIES = "Relationship_Organization_Identity", "Datastore_Country"

IMPORT_ID = "yuki:0c9f2d3e-1111-4222-8333-444455556666"
VALUES = {
    "name": "O'Hara & Zn. \u201cDe Kade\u201d",
    "debtor_number": "D-77",
    "first_name": "Ann",
    "middle_name": "van 't",
    "last_name": "Zand",
    "email": "info@ohara.example",
    "phone": "+31 20 123 4567",
    "mobile": "+31 6 1234 5678",
    "website": "https://ohara.example",
    "vat_number": "NL001234567B01",
    "coc_number": "01234567",
}
KADE = TribeAddress(
    street="Kade",
    house_number="7",
    house_number_suffix="bis",
    extra="t.a.v. de boekhouding",
    postcode="1234 AB",
    city="Voorbeeldstad",
    country="NL",
)
POSTBUS = TribeAddress(street="Postbus", house_number="99", postcode="1230 AA", city="Voorbeeldstad", country="GR")
CUSTOMER = (RoleKind.CUSTOMER,)
BOTH_ROLES = (RoleKind.CUSTOMER, RoleKind.SUPPLIER)


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[World]:
    nameless = {"ID": "70000000-0000-4000-8000-000000000095", "Name": "België"}
    with world(tmp_path, Datastore_Country=[nameless]) as one:
        yield one


@pytest.fixture
def impatient(tribe: World) -> Iterator[TribeClient]:
    """A client that has its token and waits half a second for an answer."""
    with tribe.another_client(options=TribeOptions(read_timeout_seconds=0.5)) as client:
        client.resolve(seed.BAKERY)
        yield client


def new(kind: ContactKind = ContactKind.ORGANISATION, **further: Any) -> NewRelation:
    given: dict[str, Any] = {
        "import_id": IMPORT_ID,
        "values": {"last_name" if kind is ContactKind.PERSON else "name": "Nieuw"},
        "addresses": {},
        "roles": CUSTOMER,
    }
    return NewRelation(kind=kind, **(given | further))


def read(tribe: World, tribe_relation_id: str) -> TribeRelation:
    relation = tribe.client.read_relation(tribe_relation_id)
    assert relation is not None
    return relation


def made(tribe: World) -> list[str]:
    """Return the ids of the relations that exist with the ImportId."""
    return tribe.client.find_relations_by_import_id(IMPORT_ID)


def without_id(address: TribeAddress | None) -> TribeAddress | None:
    return replace(address, tribe_address_id=None) if address else None


def strike(tribe: World, fault: str, operation: str) -> None:
    """Have a fault strike the next call of one operation."""
    tribe.switch(**{fault: {"count": 1, "operations": [operation]}})


# Creating


@pytest.mark.parametrize("kind", list(ContactKind))
def test_every_field_that_comes_from_yuki_is_there_afterwards(tribe: World, kind: ContactKind) -> None:
    names = {
        field.tribe_attribute
        for field in FIELDS[kind]
        if isinstance(field, TextField) and field.direction is not Direction.TO_YUKI
    }
    values = {name: VALUES[name] for name in names | {CODE_FIELD.tribe_attribute}}
    relation = read(tribe, tribe.client.create_relation(new(kind, values=values)))
    assert {name: getattr(relation, name) for name in values} == values
    assert (relation.kind, relation.import_id) == (kind, IMPORT_ID)
    assert [(role.kind, role.is_former) for role in relation.roles] == [(RoleKind.CUSTOMER, False)]


@pytest.mark.parametrize(
    ("kind", "addresses"),
    [
        (ContactKind.ORGANISATION, {"invoice_address": KADE, "postal_address": POSTBUS, "visiting_address": KADE}),
        (ContactKind.PERSON, {"private_address": KADE}),
    ],
)
def test_addresses_are_there_afterwards(tribe: World, kind: ContactKind, addresses: dict[str, TribeAddress]) -> None:
    relation = read(tribe, tribe.client.create_relation(new(kind, addresses=addresses)))
    assert {name: without_id(getattr(relation, name)) for name in addresses} == addresses
    (kade, *_) = [row for row in tribe.simulator.state()[ADDRESSES] if row["Street"] == "Kade"]
    assert kade["HouseNumber"] == 7.0
    assert tribe.client.relation_of(kade["ID"], "Address") == relation.tribe_relation_id


@pytest.mark.parametrize(
    ("country", "expected"), [("NL", "NL"), ("GR", "GR"), ("BE", "BE"), ("FR", None), ("Verweggistan", None)]
)
def test_a_country_is_written_when_tribe_has_a_record_of_it(tribe: World, country: str, expected: str | None) -> None:
    address = replace(KADE, country=country)
    relation = read(tribe, tribe.client.create_relation(new(addresses={"invoice_address": address})))
    assert without_id(relation.invoice_address) == replace(KADE, country=expected)


def test_an_address_of_which_nothing_can_be_written_is_not_made(tribe: World) -> None:
    before = len(tribe.simulator.state()[ADDRESSES])
    tribe.client.create_relation(new(addresses={"invoice_address": TribeAddress(country="FR")}))
    assert len(tribe.simulator.state()[ADDRESSES]) == before


@pytest.mark.parametrize("post_status", [200, 201, 204])
@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        (ContactKind.ORGANISATION, CUSTOMER),
        (ContactKind.ORGANISATION, (RoleKind.SUPPLIER,)),
        (ContactKind.ORGANISATION, BOTH_ROLES),
        (ContactKind.PERSON, CUSTOMER),
    ],
)
def test_a_relation_has_its_roles_whatever_tribe_answers(
    tribe: World, kind: ContactKind, roles: tuple[RoleKind, ...], post_status: int
) -> None:
    tribe.switch(post_status=post_status)
    tribe_relation_id = tribe.client.create_relation(new(kind, roles=roles))
    assert made(tribe) == [tribe_relation_id]
    assert tuple(role.kind for role in read(tribe, tribe_relation_id).roles) == roles
    links = [
        row["Relation"] for name in (CUSTOMERS, PRIVATE_CUSTOMERS, SUPPLIERS) for row in tribe.simulator.state()[name]
    ]
    assert links == [seed.to(seed.OWN)] * len(links)


def test_our_organisation_and_the_countries_are_asked_once(tribe: World) -> None:
    counting = Counting(tribe)
    addresses = {"invoice_address": KADE}
    tribe.client.create_relation(new(import_id="yuki:1", addresses=addresses))
    once = {f"GET {IDENTITY}": 1, f"GET {COUNTRIES}": 1}
    assert counting.calls == {**once, f"POST {CUSTOMERS}": 1, f"GET {ORGANISATIONS}": 1}
    tribe.client.create_relation(new(import_id="yuki:2", addresses=addresses, roles=BOTH_ROLES))
    assert counting.calls == {
        **once,
        f"POST {CUSTOMERS}": 2,
        f"GET {ORGANISATIONS}": 2,
        f"POST {SUPPLIERS}": 1,
    }


def test_an_answer_that_tells_the_relation_is_believed() -> None:
    def answer(request: Request) -> Response:
        if request.method == "GET":
            return listing({"ID": guid(1), "Name": "Wij", "Relation": {"ID": guid(2)}})
        return json_response({"ID": guid(3), "Organization": {"ID": guid(4).upper()}}, 201)

    with scripted_tribe(answer) as (scripted, client):
        assert client.create_relation(new()) == guid(4)
        own, created = scripted.api_requests
    assert own.path == f"/v1/odata/{IDENTITY}"
    assert created.path == f"/v1/odata/{CUSTOMERS}"
    assert created.json() == {"Relation": {"ID": guid(2)}, "Organization": {"Name": "Nieuw", "ImportId": IMPORT_ID}}


@pytest.mark.parametrize(
    ("kind", "roles", "role_set"),
    [(ContactKind.ORGANISATION, BOTH_ROLES, CUSTOMERS), (ContactKind.PERSON, CUSTOMER, PRIVATE_CUSTOMERS)],
)
def test_a_creation_that_was_not_answered_is_found(
    tribe: World, impatient: TribeClient, kind: ContactKind, roles: tuple[RoleKind, ...], role_set: str
) -> None:
    strike(tribe, "timeout_after_commit", f"POST {role_set}")
    tribe_relation_id = impatient.create_relation(new(kind, roles=roles))
    assert made(tribe) == [tribe_relation_id]
    assert tuple(role.kind for role in read(tribe, tribe_relation_id).roles) == roles


@pytest.mark.parametrize("fault", ["timeout_before_commit", "unavailable"])
def test_a_creation_that_cannot_be_found_may_still_happen(tribe: World, impatient: TribeClient, fault: str) -> None:
    strike(tribe, fault, f"POST {CUSTOMERS}")
    with pytest.raises(OutcomeUnknown):
        impatient.create_relation(new())
    assert made(tribe) == []


def test_a_creation_that_cannot_be_looked_up_may_have_happened(tribe: World) -> None:
    strike(tribe, "unavailable", f"GET {ORGANISATIONS}")
    with pytest.raises(OutcomeUnknown):
        tribe.client.create_relation(new())
    assert len(made(tribe)) == 1


def test_two_relations_with_the_import_id_leave_the_outcome_open(tribe: World) -> None:
    tribe.client._odata.update(ORGANISATIONS, seed.MILL, {"ImportId": IMPORT_ID})
    with pytest.raises(OutcomeUnknown):
        tribe.client.create_relation(new())


def test_a_creation_that_tribe_asks_to_wait_with_was_not_done(tribe: World) -> None:
    strike(tribe, "too_many_requests", f"POST {CUSTOMERS}")
    with pytest.raises(RateLimited):
        tribe.client.create_relation(new())
    assert made(tribe) == []


def test_a_person_without_a_last_name_is_refused(tribe: World) -> None:
    with pytest.raises(Refused):
        tribe.client.create_relation(new(ContactKind.PERSON, values={"first_name": "Ann"}))
    assert made(tribe) == []


@pytest.mark.parametrize("fault", ["unavailable", "too_many_requests"])
def test_a_relation_without_its_second_role_is_not_forgotten(tribe: World, fault: str) -> None:
    strike(tribe, fault, f"POST {SUPPLIERS}")
    with pytest.raises(OutcomeUnknown):
        tribe.client.create_relation(new(roles=BOTH_ROLES))
    (tribe_relation_id,) = made(tribe)
    tribe.client.add_role(tribe_relation_id, ContactKind.ORGANISATION, RoleKind.SUPPLIER)
    assert tuple(role.kind for role in read(tribe, tribe_relation_id).roles) == BOTH_ROLES


def test_a_second_role_that_was_not_answered_is_found(tribe: World, impatient: TribeClient) -> None:
    strike(tribe, "timeout_after_commit", f"POST {SUPPLIERS}")
    tribe_relation_id = impatient.create_relation(new(roles=BOTH_ROLES))
    assert tuple(role.kind for role in read(tribe, tribe_relation_id).roles) == BOTH_ROLES


def test_a_role_that_tribe_does_not_know_is_noticed_before_anything_is_done(tribe: World) -> None:
    counting = Counting(tribe)
    with pytest.raises(Defect, match="no role supplier"):
        tribe.client.create_relation(new(ContactKind.PERSON, roles=BOTH_ROLES))
    with pytest.raises(Defect, match="no role supplier"):
        tribe.client.add_role(seed.JIP, ContactKind.PERSON, RoleKind.SUPPLIER)
    assert counting.calls == {}


# Roles


def test_a_role_is_added_once(tribe: World) -> None:
    counting = Counting(tribe)
    for _ in range(2):
        tribe.client.add_role(seed.MILL, ContactKind.ORGANISATION, RoleKind.CUSTOMER)
    assert counting.calls == {f"GET {CUSTOMERS}": 2, f"GET {IDENTITY}": 1, f"POST {CUSTOMERS}": 1}
    assert tuple(role.kind for role in read(tribe, seed.MILL).roles) == BOTH_ROLES


@pytest.mark.parametrize("kind", [RoleKind.CUSTOMER, RoleKind.SUPPLIER])
def test_a_role_that_is_there_is_not_added(tribe: World, kind: RoleKind) -> None:
    before = read(tribe, seed.BAKERY)
    tribe.client.add_role(seed.BAKERY, ContactKind.ORGANISATION, kind)
    assert read(tribe, seed.BAKERY) == before


def test_a_former_customer_becomes_one_again(tribe: World) -> None:
    tribe.client.add_role(seed.GONE_CUSTOMER, ContactKind.ORGANISATION, RoleKind.CUSTOMER)
    assert read(tribe, seed.GONE_CUSTOMER).has_role(RoleKind.CUSTOMER)


def test_a_role_that_was_not_answered_is_added_once(tribe: World, impatient: TribeClient) -> None:
    strike(tribe, "timeout_after_commit", f"POST {CUSTOMERS}")
    impatient.add_role(seed.MILL, ContactKind.ORGANISATION, RoleKind.CUSTOMER)
    strike(tribe, "timeout_before_commit", f"POST {SUPPLIERS}")
    with pytest.raises(OutcomeUnknown):
        impatient.add_role(seed.PROSPECT, ContactKind.ORGANISATION, RoleKind.SUPPLIER)
    assert [role.kind for role in read(tribe, seed.MILL).roles].count(RoleKind.CUSTOMER) == 1
    assert not read(tribe, seed.PROSPECT).has_role(RoleKind.SUPPLIER)


# Changing


@pytest.mark.parametrize("put_status", [200, 204])
def test_only_the_given_fields_are_written(tribe: World, put_status: int) -> None:
    tribe.switch(put_status=put_status)
    before = read(tribe, seed.BAKERY)
    counting = Counting(tribe)
    tribe.client.update_relation(before, {"phone": "0201234567", "vat_number": "NL001234567B01"}, {})
    assert counting.calls == {f"PUT {ORGANISATIONS}": 1}
    expected = replace(before, phone="0201234567", vat_number="NL001234567B01", modified_at=None)
    assert replace(read(tribe, seed.BAKERY), modified_at=None) == expected


@pytest.mark.parametrize("kind", list(ContactKind))
def test_every_field_that_comes_from_yuki_can_be_changed(tribe: World, kind: ContactKind) -> None:
    before = read(tribe, seed.JIP if kind is ContactKind.PERSON else seed.PROSPECT)
    values = {
        field.tribe_attribute: VALUES[field.tribe_attribute]
        for field in FIELDS[kind]
        if isinstance(field, TextField) and field.direction is not Direction.TO_YUKI
    }
    tribe.client.update_relation(before, values, {})
    after = read(tribe, before.tribe_relation_id)
    assert {name: getattr(after, name) for name in values} == values
    assert after.debtor_number == before.debtor_number


def test_an_address_that_is_there_is_changed_in_place(tribe: World) -> None:
    before = read(tribe, seed.BAKERY)
    counting = Counting(tribe)
    address = TribeAddress(seed.VISITING, street="Kade", house_number="8", postcode="4321 BA")
    tribe.client.update_relation(before, {}, {"visiting_address": address})
    assert counting.calls == {f"PUT {ADDRESSES}": 1}
    assert before.visiting_address is not None
    expected = replace(
        before.visiting_address, street="Kade", house_number="8", house_number_suffix=None, postcode="4321 BA"
    )
    after = read(tribe, seed.BAKERY)
    assert (after.visiting_address, after.invoice_address) == (expected, before.invoice_address)


def test_a_street_takes_number_and_suffix_along_and_nothing_else_is_emptied(tribe: World) -> None:
    before = read(tribe, seed.BAKERY)
    tribe.client.update_relation(before, {}, {"visiting_address": TribeAddress(seed.VISITING, street="Kade 8, hoek")})
    first = read(tribe, seed.BAKERY).visiting_address
    assert before.visiting_address is not None
    assert first == replace(before.visiting_address, street="Kade 8, hoek", house_number=None, house_number_suffix=None)


def test_an_address_without_a_street_leaves_the_street(tribe: World) -> None:
    before = read(tribe, seed.BAKERY)
    address = TribeAddress(seed.VISITING, extra="t.a.v. Jip", city="Elders", country="BE")
    tribe.client.update_relation(before, {}, {"visiting_address": address})
    assert before.visiting_address is not None
    expected = replace(before.visiting_address, extra="t.a.v. Jip", city="Elders", country="BE")
    assert read(tribe, seed.BAKERY).visiting_address == expected


@pytest.mark.parametrize(
    ("tribe_relation_id", "name", "relations"),
    [(seed.BAKERY, "postal_address", ORGANISATIONS), (seed.CONTACT_PERSON, "private_address", PERSONS)],
)
def test_a_new_address_comes_with_the_fields_in_one_call(
    tribe: World, tribe_relation_id: str, name: str, relations: str
) -> None:
    before = read(tribe, tribe_relation_id)
    counting = Counting(tribe)
    tribe.client.update_relation(before, {"phone": "0201234567"}, {name: KADE})
    assert counting.calls == {f"GET {COUNTRIES}": 1, f"PUT {relations}": 1}
    after = read(tribe, tribe_relation_id)
    address = getattr(after, name)
    assert after.phone == "0201234567"
    assert without_id(address) == KADE
    assert tribe.client.relation_of(address.tribe_address_id, "Address") == tribe_relation_id


def test_a_write_that_failed_makes_no_address_twice(tribe: World, impatient: TribeClient) -> None:
    addresses = len(tribe.simulator.state()[ADDRESSES])
    visiting = TribeAddress(seed.VISITING, street="Kade")
    wanted = {"postal_address": KADE, "visiting_address": visiting}
    faults = (("unavailable", f"PUT {ADDRESSES}"), ("timeout_after_commit", f"PUT {ORGANISATIONS}"))
    for fault, operation in faults:
        strike(tribe, fault, operation)
        with pytest.raises(Retryable):
            impatient.update_relation(read(tribe, seed.BAKERY), {"phone": "0201234567"}, wanted)
    now = read(tribe, seed.BAKERY)
    assert now.postal_address is not None
    again = {"postal_address": replace(KADE, tribe_address_id=now.postal_address.tribe_address_id)}
    impatient.update_relation(now, {"phone": "0201234567"}, again)
    assert len(tribe.simulator.state()[ADDRESSES]) == addresses + 1
    after = read(tribe, seed.BAKERY)
    assert without_id(after.postal_address) == KADE
    assert (after.phone, after.visiting_address and after.visiting_address.street) == ("0201234567", "Kade")


def test_nothing_to_write_is_no_call(tribe: World) -> None:
    before = read(tribe, seed.BAKERY)
    tribe.client.create_relation(new(addresses={"invoice_address": KADE}))  # the countries are known now
    counting = Counting(tribe)
    unknown_country = TribeAddress(country="FR")
    tribe.client.update_relation(before, {}, {"postal_address": unknown_country})
    tribe.client.update_relation(before, {}, {"visiting_address": replace(unknown_country, tribe_address_id=seed.HOME)})
    assert counting.calls == {}


@pytest.mark.parametrize("writes_address", [False, True])
def test_a_relation_that_is_gone(tribe: World, writes_address: bool) -> None:
    tribe.client.update_relation(read(tribe, seed.PROSPECT), {}, {"invoice_address": KADE})
    before = read(tribe, seed.PROSPECT)
    assert before.invoice_address is not None
    tribe.control(f"delete/{seed.PROSPECT}", {})
    address = replace(before.invoice_address, street="Plein")
    with pytest.raises(Gone):
        tribe.client.update_relation(before, {"phone": "1"}, {"invoice_address": address} if writes_address else {})


def test_an_address_that_is_gone_is_a_change_meanwhile(tribe: World) -> None:
    before = read(tribe, seed.BAKERY)
    tribe.control(f"delete/{seed.VISITING}", {})
    address = TribeAddress(seed.VISITING, street="Kade")
    with pytest.raises(Conflict):
        tribe.client.update_relation(before, {"phone": "1"}, {"visiting_address": address})
    assert read(tribe, seed.BAKERY).phone is None


def test_a_value_that_tribe_does_not_take_is_refused(tribe: World) -> None:
    with pytest.raises(Refused):
        tribe.client.update_relation(read(tribe, seed.JIP), {"vat_number": "NL001234567B01"}, {})
