"""What the simulated Tribe tells about changes, and how unreliably it can tell it."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.outside import tribe_seed as seed
from tests.support.outside.tribe_wire import (
    CUSTOMERS,
    LEADS,
    ORGANISATIONS,
    TYPES,
    Receiver,
    Wire,
    is_signed,
    receiver,
    wire,
)

ORGANISATION, PERSON, ADDRESS, CUSTOMER, LEAD = TYPES
EXTRA = "Street eq 'Erbij'"
FIELDS = ("Facebook", "Twitter", "Blog", "LinkedIn", "Instagram", "YouTube", "BankName", "Number", "Website")


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[Wire]:
    with wire(tmp_path) as one:
        yield one


@pytest.fixture
def inbox() -> Iterator[tuple[Receiver, str]]:
    with receiver() as one:
        yield one


def told(tribe: Wire, inbox: tuple[Receiver, str], do: Callable[[], object]) -> list[tuple[str, str, str]]:
    """Return type, kind and record of the events about records, sorted, leaving out those about links."""
    tribe.subscribe(inbox[1])
    do()
    tribe.settle()
    payloads = [one.payload for one in inbox[0].received]
    return sorted(
        (one["entityType"], one["type"].removeprefix("Entity").removesuffix("Mutation"), one["entityId"])
        for one in payloads
        if "entityId" in one
    )


# One event for each field (tribe-api 4.7)


def test_an_edit_of_three_fields_is_three_events(tribe: Wire, inbox: tuple[Receiver, str]) -> None:
    fields = {"Name": "Molen Nieuw", "PhoneNumber": "038 555 0001", "VatNumber": "NL999920960B01"}
    tribe.subscribe(inbox[1])
    tribe.edit(seed.MILL, **fields)
    tribe.settle()
    assert [one.payload["fields"] for one in inbox[0].received] == [{name: value} for name, value in fields.items()]
    assert {(one.path, one.payload["entityId"]) for one in inbox[0].received} == {(f"/{ORGANISATION}", seed.MILL)}


def test_an_edit_that_changes_nothing_is_no_event(tribe: Wire, inbox: tuple[Receiver, str]) -> None:
    before = tribe.read(ORGANISATIONS, seed.MILL)
    tribe.later()
    assert told(tribe, inbox, lambda: tribe.edit(seed.MILL, Name=before["Name"])) == []
    assert tribe.read(ORGANISATIONS, seed.MILL) == before


@pytest.mark.parametrize("bumps", [False, True])
@pytest.mark.parametrize("how", ["edit", "delete", "new"])
def test_an_address_tells_of_itself_and_may_date_its_owner(
    tribe: Wire, inbox: tuple[Receiver, str], bumps: bool, how: str
) -> None:
    tribe.switch(address_bumps_owner=bumps)
    before = tribe.read(ORGANISATIONS, seed.BAKERY)["LastMutationDate"]
    now = tribe.later()
    extra = {"Street": "Erbij", "Organization": seed.to(seed.BAKERY)}
    events = {
        "edit": lambda: tribe.edit(seed.BILLING, Street="Nieuw", City="Elders"),
        "delete": lambda: tribe.control(f"delete/{tribe.list('Address', filter=EXTRA)[0]['ID']}"),
        "new": lambda: tribe.control("create/Address", **extra),
    }
    if how == "delete":
        tribe.switch(address_bumps_owner=False)
        tribe.control("create/Address", **extra)
        tribe.switch(address_bumps_owner=bumps)
    happened = told(tribe, inbox, events[how])
    assert {kind for kind, _, _ in happened} == {ADDRESS}
    assert len(happened) == (2 if how == "edit" else 1)
    assert tribe.read(ORGANISATIONS, seed.BAKERY)["LastMutationDate"] == (now if bumps else before)


def test_a_new_customer_is_several_events(tribe: Wire, inbox: tuple[Receiver, str]) -> None:
    body = {"Organization": {"Name": "Nieuw", "InvoiceAddress": {"Street": "Kade"}}}
    happened = told(tribe, inbox, lambda: tribe.control(f"create/{CUSTOMERS}", **body))
    assert sorted((kind, what) for kind, what, _ in happened) == [
        (ADDRESS, "Creation"),
        (ORGANISATION, "Creation"),
        (CUSTOMER, "Creation"),
    ]


@pytest.mark.parametrize(("switch", "expected"), [("update", ["Update"]), ("creation", ["Creation"]), ("none", [])])
def test_an_upgrade_is_told_under_the_new_type_as_the_switch_says(
    tribe: Wire, inbox: tuple[Receiver, str], switch: str, expected: list[str]
) -> None:
    tribe.switch(upgrade_event=switch, auto_numbering=False)
    happened = told(tribe, inbox, lambda: tribe.control(f"upgrade/{seed.PROSPECT_LEAD}", to=CUSTOMERS))
    assert happened == [(CUSTOMER, what, seed.PROSPECT_LEAD) for what in expected]


def test_a_merge_is_a_burst_that_ends_with_the_deletion_of_the_loser(tribe: Wire, inbox: tuple[Receiver, str]) -> None:
    happened = told(tribe, inbox, lambda: tribe.control("merge", winner=seed.MILL, loser=seed.BAKERY))
    assert (ORGANISATION, "Deletion", seed.BAKERY) in happened
    assert {one for kind, _, one in happened if kind == ADDRESS} == {seed.BILLING, seed.VISITING}
    assert (CUSTOMER, "Update", seed.BAKERY_CUSTOMER) in happened
    organisations = [one.payload for one in inbox[0].received if one.payload.get("entityType") == ORGANISATION]
    assert organisations[-1] == {
        "type": "EntityDeletionMutation",
        "entityId": seed.BAKERY,
        "entityType": ORGANISATION,
    }


def test_a_deleted_relation_takes_its_role_and_address_along(tribe: Wire, inbox: tuple[Receiver, str]) -> None:
    role = tribe.post(LEADS, Organization={"Name": "Kort", "InvoiceAddress": {"Street": "Kade"}})
    organisation = tribe.read(LEADS, role["ID"], "Organization")["Organization"]["ID"]
    happened = told(tribe, inbox, lambda: tribe.control(f"delete/{organisation}"))
    assert [(kind, what) for kind, what, _ in happened if what == "Deletion"] == [
        (ADDRESS, "Deletion"),
        (ORGANISATION, "Deletion"),
        (LEAD, "Deletion"),
    ]


# How unreliable it is (tribe-api 4.6)


def edits(tribe: Wire, count: int) -> None:
    tribe.edit(seed.MILL, **{"Name": "Molen"} | {name: name for name in FIELDS[:count]})


def order(inbox: Receiver) -> list[str]:
    return [name for one in inbox.received for name in one.payload["fields"]]


def shuffled(tribe: Wire, inbox: Receiver, switch: int) -> list[str]:
    """Return the order in which ten events come after a reset and a seed."""
    inbox.received.clear()
    tribe.control("reset")
    tribe.switch(shuffle_webhooks=1, webhook_delay_seconds=0, seed=switch)
    edits(tribe, 9)
    tribe.settle()
    return order(inbox)


def test_shuffled_webhooks_come_in_an_order_that_the_seed_decides(tribe: Wire, inbox: tuple[Receiver, str]) -> None:
    tribe.subscribe(inbox[1], ORGANISATION)
    first, second, again = (shuffled(tribe, inbox[0], switch) for switch in (1, 2, 1))
    assert sorted(first) == sorted(second) == sorted(["Name", *FIELDS])
    assert first == again
    assert first != second
    assert ["Name", *FIELDS] not in (first, second)


def test_dropped_and_doubled_webhooks_are_those_that_the_seed_decides(tribe: Wire, inbox: tuple[Receiver, str]) -> None:
    tribe.subscribe(inbox[1], ORGANISATION)
    seen = []
    for _ in range(2):
        inbox[0].received.clear()
        tribe.control("reset")
        tribe.switch(drop_webhooks=0.4, duplicate_webhooks=0.5, webhook_delay_seconds=0, seed=5)
        edits(tribe, 9)
        tribe.settle()
        seen.append(Counter(order(inbox[0])))
    assert seen[0] == seen[1]
    assert 0 < len(seen[0]) < 10
    assert set(seen[0].values()) == {1, 2}


@pytest.mark.parametrize(("body", "from_place"), [({}, 0), ({"last": 2}, 1), ({"last": 0}, 3), ({"last": 9}, 0)])
def test_a_replay_sends_the_same_bytes_and_signature_again(
    tribe: Wire, inbox: tuple[Receiver, str], body: dict[str, int], from_place: int
) -> None:
    secrets = tribe.subscribe(inbox[1], ORGANISATION)
    edits(tribe, 2)
    tribe.settle()
    first = list(inbox[0].received)
    tribe.switch(signature_variant="missing", webhook_shape="minimal")
    for _ in range(2):  # a replay is not replayed
        inbox[0].received.clear()
        assert tribe.control("replay", **body) == {"deliveries": 3 - from_place}
        tribe.settle()
        assert inbox[0].received == first[from_place:]
    assert all(is_signed(one, secrets[one.path]) for one in first)


def test_a_replay_takes_a_number(tribe: Wire) -> None:
    for wrong in (-1, "all", 1.5):
        assert "give a number" in tribe.refused("replay", last=wrong)


def test_no_more_webhooks_are_under_way_than_the_switch_allows(tribe: Wire, inbox: tuple[Receiver, str]) -> None:
    tribe.switch(webhook_concurrency=2)
    tribe.subscribe(inbox[1], *[ORGANISATION] * 6)
    inbox[0].is_closed = True
    edits(tribe, 1)
    inbox[0].wait_until_waiting(2)
    inbox[0].open()
    tribe.settle()
    assert (len(inbox[0].received), inbox[0].most_at_once) == (12, 2)


def test_each_webhook_has_its_own_lane(tribe: Wire, inbox: tuple[Receiver, str]) -> None:
    tribe.subscribe(inbox[1], ORGANISATION, ORGANISATION)
    inbox[0].is_closed = True
    edits(tribe, 2)
    inbox[0].wait_until_waiting(2)
    inbox[0].open()
    tribe.settle()
    assert inbox[0].most_at_once == 2
    assert len(inbox[0].received) == 6
