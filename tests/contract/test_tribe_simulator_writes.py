"""What the simulated Tribe makes of nested records, debtor numbers, merges and deletions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.outside import tribe_seed as seed
from tests.support.outside.tribe_wire import (
    ADDRESSES,
    CUSTOMERS,
    LEADS,
    ORGANISATIONS,
    PERSONS,
    PRIVATE_CUSTOMERS,
    Row,
    Wire,
    wire,
)

COUNTRY = seed.to(seed.NETHERLANDS)


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[Wire]:
    with wire(tmp_path) as one:
        yield one


# Records within records


def test_a_customer_comes_with_its_organisation_and_addresses(tribe: Wire) -> None:
    address = {"Street": "Kade", "HouseNumber": 7, "HouseNumberSuffix": "b", "Country": COUNTRY}
    organisation = {"Name": "Nieuw B.V.", "InvoiceAddress": address, "VisitingAddress": {"Street": "Plein"}}
    role = tribe.post(CUSTOMERS, Relation=seed.to(seed.OWN), ImportId="yuki:1", Organization=organisation)
    assert (role["_Type"], role["_Name"], role["ImportId"]) == (CUSTOMERS.replace("_", "."), "Nieuw B.V.", "yuki:1")
    expand = "Relation,Organization($expand=InvoiceAddress($expand=Country,Organization),Addresses,Relationships)"
    read = tribe.read(CUSTOMERS, role["ID"], expand)
    made = read["Organization"]
    assert read["Relation"]["ID"] == seed.OWN
    assert (made["InvoiceAddress"]["HouseNumber"], made["InvoiceAddress"]["Country"]["Code"]) == (7, "NL")
    assert made["InvoiceAddress"]["Organization"]["ID"] == made["ID"]
    assert sorted(one["Street"] for one in made["Addresses"]) == ["Kade", "Plein"]
    assert [one["ID"] for one in made["Relationships"]] == [role["ID"]]


def test_a_private_customer_comes_with_person_and_address(tribe: Wire) -> None:
    person = {"FirstName": "Roos", "LastName": "Nieuw", "Address": {"Street": "Laan", "Country": COUNTRY}}
    role = tribe.post(PRIVATE_CUSTOMERS, Relation=seed.to(seed.OWN), Person=person)
    made = tribe.read(PRIVATE_CUSTOMERS, role["ID"], "Person($expand=Address($expand=Country,Person))")["Person"]
    assert made["LastName"] == "Nieuw"
    assert (made["Address"]["Street"], made["Address"]["Country"]["Code"]) == ("Laan", "NL")
    assert made["Address"]["Person"]["ID"] == made["ID"]


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_change_may_bring_a_new_address(tribe: Wire, method: str) -> None:
    body = {"InvoiceAddress": {"Street": "Kade", "HouseNumber": 7, "Country": COUNTRY}}
    if method == "PUT":
        tribe.put(ORGANISATIONS, seed.MILL, **body)
    else:
        tribe.post(ORGANISATIONS, ID=seed.MILL, **body)
    made = tribe.read(ORGANISATIONS, seed.MILL, "InvoiceAddress($expand=Organization,Country)")["InvoiceAddress"]
    assert (made["Street"], made["Country"]["Code"], made["Organization"]["ID"]) == ("Kade", "NL", seed.MILL)


def test_a_change_may_change_an_address_that_is_there(tribe: Wire) -> None:
    tribe.put(ORGANISATIONS, seed.BAKERY, InvoiceAddress={"ID": seed.BILLING, "HouseNumber": 100})
    read = tribe.read(ORGANISATIONS, seed.BAKERY, "InvoiceAddress,Addresses")
    assert (read["InvoiceAddress"]["ID"], read["InvoiceAddress"]["HouseNumber"]) == (seed.BILLING, 100)
    assert len(read["Addresses"]) == 2


def test_a_nested_record_that_cannot_be_leaves_nothing_behind(tribe: Wire) -> None:
    body: Row = {"Organization": {"Name": "Half", "InvoiceAddress": {"Street": "Kade", "Country": {"Code": "NL"}}}}
    assert tribe.call("POST", CUSTOMERS, body).status_code == 400
    assert tribe.list(ORGANISATIONS, filter="Name eq 'Half'") == []
    assert tribe.list(ADDRESSES, filter="Street eq 'Kade'") == []


def test_an_answer_shows_the_record_as_it_is_after_the_commit(tribe: Wire) -> None:
    now = tribe.later()
    changed = tribe.put(ORGANISATIONS, seed.MILL, PhoneNumber="038 555 0001")
    made = tribe.post(CUSTOMERS, Organization=seed.to(seed.MILL))
    assert changed == tribe.read(ORGANISATIONS, seed.MILL) | {"@odata.context": changed["@odata.context"]}
    assert (changed["LastMutationDate"], made["LastMutationDate"], made["CreationDate"]) == (now, now, now)


# Debtor numbers (tribe-api 5.2)


@pytest.mark.parametrize(
    ("switch", "own", "expected"),
    [
        (True, None, "D-10051"),
        (True, "7", "7"),
        ("overwrite", None, "D-10051"),
        ("overwrite", "7", "D-10051"),
        (False, None, None),
        (False, "7", "7"),
    ],
)
def test_a_new_customer_may_get_a_number(
    tribe: Wire, switch: bool | str, own: str | None, expected: str | None
) -> None:
    tribe.switch(auto_numbering=switch)
    role = tribe.post(CUSTOMERS, Organization={"Name": "Nieuw", "DebtorNumber": own})
    assert tribe.read(CUSTOMERS, role["ID"], "Organization")["Organization"]["DebtorNumber"] == expected


@pytest.mark.parametrize(
    ("switch", "own", "expected"), [(True, None, "D-10051"), (True, "7", "7"), ("overwrite", "7", "D-10051")]
)
def test_a_lead_that_becomes_a_customer_may_get_a_number(
    tribe: Wire, switch: bool | str, own: str | None, expected: str
) -> None:
    tribe.edit(seed.PROSPECT, DebtorNumber=own)
    tribe.switch(auto_numbering=switch)
    tribe.control(f"upgrade/{seed.PROSPECT_LEAD}", to=CUSTOMERS)
    assert tribe.read(ORGANISATIONS, seed.PROSPECT)["DebtorNumber"] == expected


def test_a_number_is_given_once_and_never_twice(tribe: Wire) -> None:
    tribe.switch(auto_numbering="overwrite")
    roles = [tribe.post(CUSTOMERS, Organization={"Name": f"Nieuw {n}"})["ID"] for n in range(3)]
    tribe.put(CUSTOMERS, roles[0], PaymentTermInDays=21)
    numbers = [tribe.read(CUSTOMERS, role, "Organization")["Organization"]["DebtorNumber"] for role in roles]
    assert numbers == ["D-10051", "D-10052", "D-10053"]


@pytest.mark.parametrize(("taken", "expected"), [("20000", "D-20001"), ("D-20000", "D-20001"), ("K20000", "D-10051")])
def test_the_next_number_is_above_the_highest(tribe: Wire, taken: str, expected: str) -> None:
    tribe.edit(seed.MILL, DebtorNumber=taken)
    role = tribe.post(PRIVATE_CUSTOMERS, Person={"LastName": "Nieuw"})
    assert tribe.read(PRIVATE_CUSTOMERS, role["ID"], "Person")["Person"]["DebtorNumber"] == expected


def test_a_lead_has_no_number(tribe: Wire) -> None:
    role = tribe.post(LEADS, Organization={"Name": "Nieuw"})
    assert tribe.read(LEADS, role["ID"], "Organization")["Organization"]["DebtorNumber"] is None


# Roles


def test_a_lead_becomes_a_customer_under_the_same_id(tribe: Wire) -> None:
    now = tribe.later()
    tribe.post(LEADS, ID=seed.PROSPECT_LEAD, _UpgradeType=CUSTOMERS)
    role = tribe.read(CUSTOMERS, seed.PROSPECT_LEAD)
    assert (role["_Type"], role["UpgradeDate"]) == (CUSTOMERS.replace("_", "."), now[:10])
    assert role["LastMutationDate"] == now
    assert tribe.list(LEADS) == []


def test_a_role_becomes_former_by_edit(tribe: Wire) -> None:
    tribe.edit(seed.BAKERY_CUSTOMER, IsFormer=True, FormerDate="2026-11-20")
    role = tribe.read(CUSTOMERS, seed.BAKERY_CUSTOMER)
    assert (role["IsFormer"], role["FormerDate"]) == (True, "2026-11-20")
    tribe.edit(seed.BAKERY_CUSTOMER, IsFormer=False, FormerDate=None)
    role = tribe.read(CUSTOMERS, seed.BAKERY_CUSTOMER)
    assert (role["IsFormer"], role["FormerDate"]) == (None, None)


# Merging


def test_a_merge_fills_what_the_winner_lacks_and_moves_all_links(tribe: Wire) -> None:
    tribe.edit(seed.MILL, EmailAddress="molen@molen.example", Website=None)
    tribe.control("merge", winner=seed.MILL, loser=seed.BAKERY)
    winner = tribe.read(ORGANISATIONS, seed.MILL, "InvoiceAddress,VisitingAddress,Addresses,Relationships")
    assert (winner["Name"], winner["DebtorNumber"], winner["CreditorNumber"]) == (
        "Molen De Windvang",
        "d-10045",
        "C-7",
    )
    assert winner["EmailAddress"] == "molen@molen.example"
    assert (winner["InvoiceAddress"]["ID"], winner["VisitingAddress"]["ID"]) == (seed.BILLING, seed.VISITING)
    assert {one["ID"] for one in winner["Addresses"]} == {seed.BILLING, seed.VISITING}
    roles = {seed.MILL_SUPPLIER, seed.BAKERY_SUPPLIER, seed.BAKERY_CUSTOMER}
    assert {one["ID"] for one in winner["Relationships"]} == roles
    assert not tribe.exists(seed.BAKERY)


def test_an_empty_field_of_the_winner_is_filled(tribe: Wire) -> None:
    tribe.control("merge", winner=seed.PROSPECT, loser=seed.BAKERY)
    winner = tribe.read(ORGANISATIONS, seed.PROSPECT)
    assert (winner["Name"], winner["DebtorNumber"]) == ("Misschien Ooit B.V.", "D-10045")
    assert winner["EmailAddress"] == "info@korenschuur.example"
    assert [one["ID"] for one in tribe.list(ORGANISATIONS, filter="DebtorNumber eq 'D-10045'")] == [
        seed.MILL,
        seed.PROSPECT,
    ]


def test_only_relations_of_one_kind_are_merged(tribe: Wire) -> None:
    assert "same type" in tribe.refused("merge", winner=seed.BAKERY, loser=seed.JIP)
    assert "same type" in tribe.refused("merge", winner=seed.BAKERY, loser=seed.BAKERY)


# Deleting (tribe-api 3.3)


@pytest.mark.parametrize("way", ["API", "screen"])
@pytest.mark.parametrize(("entity_set", "record_id"), [(ORGANISATIONS, seed.BAKERY), (CUSTOMERS, seed.BAKERY_CUSTOMER)])
def test_what_has_invoices_is_not_deleted(tribe: Wire, way: str, entity_set: str, record_id: str) -> None:
    if way == "API":
        assert tribe.call("DELETE", f"{entity_set}({record_id})").status_code == 400
    else:
        assert "has activities" in tribe.refused(f"delete/{record_id}")
    assert tribe.exists(record_id)


@pytest.mark.parametrize("way", ["API", "screen"])
def test_a_relation_goes_with_its_roles_and_addresses(tribe: Wire, way: str) -> None:
    role = tribe.post(CUSTOMERS, Organization={"Name": "Kort", "InvoiceAddress": {"Street": "Kade"}})
    made = tribe.read(CUSTOMERS, role["ID"], "Organization($expand=InvoiceAddress)")["Organization"]
    if way == "API":
        assert tribe.call("DELETE", f"{ORGANISATIONS}({made['ID']})").status_code == 204
    else:
        tribe.control(f"delete/{made['ID']}")
    assert not any(tribe.exists(one) for one in (made["ID"], role["ID"], made["InvoiceAddress"]["ID"]))


def test_a_role_goes_alone(tribe: Wire) -> None:
    tribe.control(f"delete/{seed.BAKERY_SUPPLIER}")
    read = tribe.read(ORGANISATIONS, seed.BAKERY, "Relationships,Addresses")
    assert [one["ID"] for one in read["Relationships"]] == [seed.BAKERY_CUSTOMER]
    assert len(read["Addresses"]) == 2


def test_a_deleted_address_is_gone_from_its_owner(tribe: Wire) -> None:
    tribe.control(f"delete/{seed.HOME}")
    assert tribe.read(PERSONS, seed.JIP, "Address")["Address"] is None
