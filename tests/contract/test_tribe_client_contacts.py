"""Relations are read many at a time, page by page, and after they changed, with as few calls as it takes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.outside import tribe_seed as seed
from tests.support.outside.tribe_scripted_server import guid, listing
from tests.support.outside.tribe_scripted_server import tribe as scripted_tribe
from tests.support.outside.tribe_world import LONG_AGO, Counting, World, world
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeRelation
from tribe_yuki.core.errors import Defect

ORGANISATIONS, PERSONS, ADDRESSES = "GET Relation_Organization", "GET Relation_Person", "GET Address"
CUSTOMERS = "GET Relationship_Organization_CommercialRelationship_Customer"
SUPPLIERS = "GET Relationship_Organization_Supplier"
PRIVATE_CUSTOMERS = "GET Relationship_Person_CommercialRelationship_Customer"
UNKNOWN = "a0000000-0000-4000-8000-000000000001"


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as one:
        yield one


def ids_of(relations: list[TribeRelation]) -> list[str]:
    return [relation.tribe_relation_id for relation in relations]


# Many at a time


def test_relations_are_read_as_whole_as_one_by_one_and_in_the_order_asked_for(tribe: World) -> None:
    asked = [seed.JIP, seed.MILL, seed.BAKERY, seed.GONE_CUSTOMER, seed.CONTACT_PERSON, seed.PROSPECT]
    one_by_one = [tribe.client.read_relation(tribe_relation_id) for tribe_relation_id in asked]
    counting = Counting(tribe)
    assert tribe.client.read_relations(asked) == one_by_one
    assert counting.calls == dict.fromkeys((ORGANISATIONS, PERSONS, CUSTOMERS, SUPPLIERS, PRIVATE_CUSTOMERS), 1)


def test_unknown_relations_are_left_out_and_repeated_ones_come_once(tribe: World) -> None:
    asked = [UNKNOWN, seed.JIP, seed.BAKERY.upper(), seed.JIP, seed.BAKERY_CUSTOMER]
    assert ids_of(tribe.client.read_relations(asked)) == [seed.JIP, seed.BAKERY]


@pytest.mark.parametrize(
    ("asked", "calls"),
    [
        ([], {}),
        ([seed.BAKERY, seed.MILL], {ORGANISATIONS: 1, CUSTOMERS: 1, SUPPLIERS: 1}),
        ([seed.JIP], {ORGANISATIONS: 1, PERSONS: 1, PRIVATE_CUSTOMERS: 1}),
        ([UNKNOWN], {ORGANISATIONS: 1, PERSONS: 1}),
    ],
)
def test_sets_that_cannot_matter_are_not_asked(tribe: World, asked: list[str], calls: dict[str, int]) -> None:
    counting = Counting(tribe)
    tribe.client.read_relations(asked)
    assert counting.calls == calls


def test_roles_are_attributed_to_their_relations(tribe: World) -> None:
    bakery, mill, gone, jip = tribe.client.read_relations([seed.BAKERY, seed.MILL, seed.GONE_CUSTOMER, seed.JIP])
    assert {role.tribe_role_id for role in bakery.roles} == {seed.BAKERY_CUSTOMER, seed.BAKERY_SUPPLIER}
    assert [role.tribe_role_id for role in mill.roles] == [seed.MILL_SUPPLIER]
    assert [(role.tribe_role_id, role.is_former) for role in gone.roles] == [(seed.FORMER_CUSTOMER, True)]
    assert [role.payment_term_days for role in jip.roles] == [14]


def test_many_relations_are_read_in_groups(tribe: World) -> None:
    tribe.control("bulk", {"relations": 45})
    everyone = ids_of(tribe.client.relation_page(ContactKind.ORGANISATION))
    counting = Counting(tribe)
    found = tribe.client.read_relations(everyone)
    assert ids_of(found) == everyone
    assert sum(relation.has_role(RoleKind.CUSTOMER) for relation in found) == 45 + 1
    groups = -(-len(everyone) // 20)
    assert counting.calls == {ORGANISATIONS: groups, CUSTOMERS: groups, SUPPLIERS: groups}


def test_twenty_relations_take_five_short_calls_that_tribe_understands() -> None:
    asked = [guid(number) for number in range(20)]
    found = {"/v1/odata/Relation_Organization": asked[:10], "/v1/odata/Relation_Person": asked[10:]}
    rows: dict[str, list[dict[str, Any]]] = {path: [{"ID": one} for one in ids] for path, ids in found.items()}
    with scripted_tribe(lambda request: listing(*rows.get(request.path, []))) as (scripted, client):
        assert ids_of(client.read_relations(asked)) == asked
        assert len(scripted.api_requests) == 5
        for request in scripted.api_requests:
            assert len(request.path) + len(request.query) < 3500
            assert "+" not in request.query
            assert " in " not in unquote(request.query)


def test_an_id_that_is_none_is_not_sent() -> None:
    with scripted_tribe() as (scripted, client):
        with pytest.raises(Defect, match="must be a GUID"):
            client.read_relations(["x or ID ne null"])
        assert scripted.api_requests == []


# Page by page


def test_all_relations_of_a_kind_are_read_page_by_page(tribe: World) -> None:
    tribe.control("bulk", {"relations": 245})
    counting = Counting(tribe)
    pages = [tribe.client.relation_page(ContactKind.ORGANISATION, skip=skip) for skip in (0, 100, 200)]
    assert [len(page) for page in pages] == [100, 100, 50]
    stored = {row["ID"] for row in tribe.simulator.state()["Relation_Organization"]}
    assert {one for page in pages for one in ids_of(page)} == stored
    assert counting.calls == {ORGANISATIONS: 3}


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("most", [25, 50, 99])
def test_all_relations_are_read_though_pages_hold_fewer_than_tribe_says(
    tribe: World, most: int, has_links: bool
) -> None:
    tribe.control("bulk", {"relations": 131})
    tribe.switch(page_size=most, next_link=has_links)
    found: list[str] = []
    while True:  # as the register does it
        page = ids_of(tribe.client.relation_page(ContactKind.ORGANISATION, skip=len(found)))
        found += page
        if len(page) < 100:
            break
    assert sorted(found) == sorted(row["ID"] for row in tribe.simulator.state()["Relation_Organization"])
    assert set(found) <= set(tribe.client.relations_changed_since(LONG_AGO))


def test_a_relation_that_is_made_meanwhile_comes_last(tribe: World) -> None:
    tribe.control("bulk", {"relations": 145})
    first = ids_of(tribe.client.relation_page(ContactKind.ORGANISATION))
    tribe.simulator.clock.advance(1)
    made = tribe.client._odata.create("Relation_Organization", {"Name": "Nieuw", "ImportId": "yuki:1"}) or {}
    second = ids_of(tribe.client.relation_page(ContactKind.ORGANISATION, skip=100))
    assert len(set(first) | set(second)) == 151
    assert second[-1] == made["ID"]


@pytest.mark.parametrize(
    ("kind", "some", "calls"),
    [
        (ContactKind.ORGANISATION, seed.BAKERY, {ORGANISATIONS: 1, CUSTOMERS: 1, SUPPLIERS: 1}),
        (ContactKind.PERSON, seed.JIP, {PERSONS: 1, PRIVATE_CUSTOMERS: 1}),
    ],
)
def test_a_page_has_roles_when_they_are_asked_for(
    tribe: World, kind: ContactKind, some: str, calls: dict[str, int]
) -> None:
    whole = tribe.client.read_relation(some)
    assert whole is not None
    counting = Counting(tribe)
    with_roles = {
        relation.tribe_relation_id: relation for relation in tribe.client.relation_page(kind, with_roles=True)
    }
    assert with_roles[some] == whole
    assert counting.calls == calls
    without = {relation.tribe_relation_id: relation for relation in tribe.client.relation_page(kind)}
    assert list(without) == list(with_roles)
    assert without[some].roles == ()
    assert without[some].debtor_number == whole.debtor_number


def test_after_the_last_page_comes_an_empty_one(tribe: World) -> None:
    assert tribe.client.relation_page(ContactKind.PERSON, skip=100, with_roles=True) == []


# After they changed


def later(tribe: World) -> datetime:
    """Let a minute pass, and return the instant."""
    tribe.simulator.clock.advance(60)
    return tribe.simulator.clock.now()


def test_nothing_changed(tribe: World) -> None:
    since = later(tribe)
    counting = Counting(tribe)
    assert tribe.client.relations_changed_since(since) == []
    assert counting.calls == dict.fromkeys(
        (ORGANISATIONS, PERSONS, ADDRESSES, CUSTOMERS, SUPPLIERS, PRIVATE_CUSTOMERS), 1
    )


@pytest.mark.parametrize(
    ("record_id", "change", "owner"),
    [
        (seed.BAKERY, {"PhoneNumber": "0201234567"}, seed.BAKERY),
        (seed.JIP, {"EmailAddress": "jip@example.org"}, seed.JIP),
        (seed.VISITING, {"Street": "Nieuwe Molenweg"}, seed.BAKERY),
        (seed.HOME, {"HouseNumber": 7}, seed.JIP),
        (seed.BAKERY_CUSTOMER, {"IsFormer": True}, seed.BAKERY),
        (seed.MILL_SUPPLIER, {"IsFormer": True}, seed.MILL),
        (seed.JIP_CUSTOMER, {"PaymentTermInDays": 8}, seed.JIP),
    ],
)
@pytest.mark.parametrize("address_bumps_owner", [False, True])
def test_a_change_counts_for_the_relation_it_belongs_to(
    tribe: World, record_id: str, change: dict[str, Any], owner: str, address_bumps_owner: bool
) -> None:
    tribe.switch(address_bumps_owner=address_bumps_owner)
    since = later(tribe)
    tribe.control(f"edit/{record_id}", change)
    assert tribe.client.relations_changed_since(since) == [owner]
    assert tribe.client.relations_changed_since(since + timedelta(seconds=1)) == []


def test_a_lead_that_becomes_a_customer_counts(tribe: World) -> None:
    since = later(tribe)
    tribe.control(f"upgrade/{seed.PROSPECT_LEAD}", {"to": "Relationship_Organization_CommercialRelationship_Customer"})
    assert tribe.client.relations_changed_since(since) == [seed.PROSPECT]


def test_what_is_neither_relation_nor_address_nor_role_does_not_count(tribe: World) -> None:
    since = later(tribe)
    tribe.control(f"edit/{seed.BAKERY_CONTACT}", {"PhoneNumber": "0201234567"})
    tribe.control(f"edit/{seed.PRODUCT}", {"SalesPrice": 3})
    assert tribe.client.relations_changed_since(since) == []


def test_an_address_without_an_owner_counts_for_nobody(tribe: World) -> None:
    since = later(tribe)
    tribe.client._odata.create("Address", {"Street": "Nergens", "Country": seed.to(seed.NETHERLANDS)})
    assert tribe.client.relations_changed_since(since) == []


def test_hundreds_of_changes_are_each_told_once(tribe: World) -> None:
    tribe.control("bulk", {"relations": 230})  # each with an address and a role that changed as well
    counting = Counting(tribe)
    told = tribe.client.relations_changed_since(LONG_AGO)
    state = tribe.simulator.state()
    assert sorted(told) == sorted(
        row["ID"] for name in ("Relation_Organization", "Relation_Person") for row in state[name]
    )
    assert counting.calls == {
        **dict.fromkeys((ORGANISATIONS, ADDRESSES, CUSTOMERS), 3),
        **dict.fromkeys((PERSONS, SUPPLIERS, PRIVATE_CUSTOMERS), 1),
    }


def test_changes_are_asked_for_with_a_time_zone(tribe: World) -> None:
    assert tribe.client.relations_changed_since(LONG_AGO)
    with pytest.raises(ValueError, match="time zone"):
        tribe.client.relations_changed_since(datetime(2026, 11, 23))  # noqa: DTZ001 (the point)


# By ImportId


def test_relations_are_found_by_exactly_their_import_id(tribe: World) -> None:
    tribe.client._odata.update("Relation_Organization", seed.MILL, {"ImportId": "yuki:ab'1"})
    tribe.client._odata.update("Relation_Person", seed.JIP, {"ImportId": "yuki:ab'1"})
    tribe.client._odata.update("Relation_Organization", seed.BAKERY, {"ImportId": "YUKI:AB'1"})
    assert tribe.client.find_relations_by_import_id("yuki:ab'1") == [seed.MILL, seed.JIP]
    assert tribe.client.find_relations_by_import_id("YUKI:AB'1") == [seed.BAKERY]
    assert tribe.client.find_relations_by_import_id("yuki:ab") == []
    assert tribe.client.find_relations_by_import_id("") == []
