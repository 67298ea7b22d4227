"""What a person does in Yuki's screens while somebody reads: edits, ticks, edits between pages; and what keys may."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from simulators.shared import SimulatorServer
from simulators.yuki import YukiSimulator
from tests.support.outside.simulated_yuki import (
    BELGIAN_KEY,
    DOMAIN,
    INACTIVE,
    KEY,
    NOW,
    PERSON,
    ROOFER,
    SUPPLIER,
    TWIN_NEW,
    TWIN_OLD,
    Fault,
    Yuki,
    fresh,
    invoice,
    served,
    texts,
)

MANY = 250
NO_SALES_KEY = "00000000-aaaa-bbbb-cccc-000000000003"
READING_KEY = "00000000-aaaa-bbbb-cccc-000000000004"
LATER = "2026-11-23T11:00:00"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    with served(tmp_path_factory.mktemp("seed")) as one:
        yield one


@pytest.fixture
def yuki(server: Yuki) -> Yuki:
    return fresh(server)


@pytest.fixture
def crowd(yuki: Yuki) -> Yuki:
    yuki.control("bulk", {"contacts": MANY, "seed": 7})
    return yuki


@pytest.fixture(scope="module")
def seeded() -> Iterator[Yuki]:
    """Serve the seed data of the local stack."""
    simulator = YukiSimulator()
    with SimulatorServer(simulator) as one, httpx.Client(timeout=10, verify=False) as http:
        yield Yuki(simulator, one, http)


def refused(yuki: Yuki, path: str, body: dict[str, Any]) -> str:
    answer = yuki.http.post(f"{yuki.server.url}/_control/{path}", json=body)
    assert answer.status_code == 400
    return str(answer.json()["error"])


# Telephone numbers


@pytest.mark.parametrize(
    ("switches", "typed", "country", "stored"),
    [
        ({}, "+31 (0)38 555 0001", "NL", "+31 (0)38 555 0001"),
        ({"normalise_phones": True}, "038 - 555 00 01", "NL", "0385550001"),
        ({"normalise_phones": True}, "+31 38 555 0001", "NL", "0385550001"),
        ({"normalise_phones": True}, "0032 3 555 00 01", "BE", "035550001"),
        ({"normalise_phones": True}, "+49 30 555 0001", "DE", "+49305550001"),
        ({"normalise_phones": True}, "", "NL", ""),
        ({"normalise_phones": True, "phone_writing": "international"}, "038 555 0001", "NL", "+31385550001"),
        ({"normalise_phones": True, "phone_writing": "international"}, "0031 38 555 0001", "BE", "+31385550001"),
        ({"normalise_phones": True, "phone_writing": "international"}, "03 555 00 01", "BE", "+3235550001"),
        ({"normalise_phones": True, "phone_writing": "international"}, "0049 30 555 0001", "DE", "0049305550001"),
    ],
)
def test_a_number_that_a_person_types_in_is_stored_as_the_switches_say(
    yuki: Yuki, switches: dict[str, Any], typed: str, country: str, stored: str
) -> None:
    yuki.control("switches", switches)
    yuki.control(f"contacts/{SUPPLIER}", {"Country": country})
    yuki.control(f"contacts/{SUPPLIER}", {"PhoneWork": typed, "City": "Zwolle 8"})
    changed = yuki.contact(SUPPLIER)
    assert (changed["PhoneWork"], changed["City"]) == (stored, "Zwolle 8")
    made = yuki.control("contacts", {"Name": "Nieuw", "MobileWork": typed, "Country": country})
    assert made["MobileWork"] == stored


def test_the_writing_holds_for_what_is_sent_too(yuki: Yuki) -> None:
    yuki.control("switches", {"normalise_phones": True, "phone_writing": "international"})
    yuki.update(Type="2", FullName="Zagerij Hout", PhoneWork="038 555 0001")
    assert yuki.contact(SUPPLIER)["PhoneWork"] == "+31385550001"


# Ticks and Modified


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("tick", [{"IsCustomer": True}, {"IsSupplier": False}, {"Tags": "Leverancier"}])
def test_whether_a_tick_counts_as_a_change_is_a_switch(yuki: Yuki, counts: bool, tick: dict[str, Any]) -> None:
    yuki.control("switches", {"role_change_is_modified": counts})
    before = yuki.contact(SUPPLIER)
    yuki.control(f"contacts/{SUPPLIER}", tick)
    after = yuki.contact(SUPPLIER)
    assert after == {**before, **tick, "Modified": LATER if counts else before["Modified"]}
    found = [one.get("ID") for one in yuki.search(sort="ModifiedAsc", after="2026-11-23T00:00:00")]
    assert found == ([SUPPLIER] if counts else [])


@pytest.mark.parametrize("change", [{"City": "Elders"}, {"Active": False}, {"IsCustomer": True, "City": "Elders"}])
def test_any_other_edit_counts_as_a_change(yuki: Yuki, change: dict[str, Any]) -> None:
    yuki.control("switches", {"role_change_is_modified": False})
    yuki.control(f"contacts/{SUPPLIER}", change)
    assert yuki.contact(SUPPLIER)["Modified"] == LATER


# Edits between two pages


def page(yuki: Yuki, number: int, sort: str = "ModifiedAsc") -> list[str]:
    return [str(one.get("ID")) for one in yuki.search(sort=sort, page=number)]


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ({"City": "Elders"}, ("City", "Elders")),
        ({"IsCustomer": True}, ("IsCustomer", True)),
        ({"Active": False}, ("Active", False)),
    ],
)
def test_an_edit_waits_until_so_many_calls_were_answered(
    crowd: Yuki, body: dict[str, Any], seen: tuple[str, Any]
) -> None:
    name, value = seen
    crowd.control(f"contacts/{SUPPLIER}", {**body, "after": {"operation": "SearchContacts", "calls": 2}})
    for number, is_done in ((1, False), (2, True), (3, True)):
        crowd.search(page=1, role="Both")  # another operation does not count
        assert crowd.state()["postponed"] == int(number < 3)
        page(crowd, number)
        assert (crowd.contact(SUPPLIER)[name] == value) is is_done


def test_a_contact_that_is_edited_between_two_pages_moves_to_the_last_one(crowd: Yuki) -> None:
    undisturbed = [one for number in (1, 2, 3) for one in page(crowd, number)]
    moved, lost = undisturbed[5], undisturbed[100]
    crowd.control(f"contacts/{moved}", {"City": "Elders", "after": {"operation": "SearchContacts", "calls": 1}})
    pages = [one for number in (1, 2, 3) for one in page(crowd, number)]
    assert pages.count(moved) == 2
    assert lost not in pages
    assert set(undisturbed) - set(pages) == {lost}


def test_the_edit_happens_after_the_page_and_at_that_moment(crowd: Yuki) -> None:
    crowd.control(f"contacts/{SUPPLIER}", {"City": "Elders", "after": {"operation": "SearchContacts"}})
    crowd.simulator.clock.advance(90)
    found = {one.get("ID"): texts(one) for one in crowd.search(sort="HID")}
    assert found[SUPPLIER].get("City", "") == ""
    assert crowd.contact(SUPPLIER)["Modified"] == "2026-11-23T11:01:30"
    assert {one.get("ID"): texts(one) for one in crowd.search(sort="HID")}[SUPPLIER]["City"] == "Elders"


def test_a_deletion_and_a_merge_wait_too(yuki: Yuki) -> None:
    yuki.control(f"contacts/{INACTIVE}", {"deleted": True, "after": {"operation": "SearchContacts", "calls": 1}})
    yuki.control(f"contacts/{TWIN_OLD}", {"merge_into": TWIN_NEW, "after": {"operation": "GetSuppliersAndCustomers"}})
    assert INACTIVE in page(yuki, 1)
    remaining = page(yuki, 1)
    assert INACTIVE not in remaining
    assert TWIN_OLD in remaining
    yuki.search(role="Both")
    assert TWIN_OLD not in page(yuki, 1)


def test_what_has_become_impossible_is_not_done(yuki: Yuki) -> None:
    yuki.control(f"contacts/{INACTIVE}", {"City": "Elders", "after": {"operation": "SearchContacts"}})
    yuki.control(f"contacts/{INACTIVE}", {"deleted": True})
    assert INACTIVE not in page(yuki, 1)
    assert yuki.state()["postponed"] == 0


def test_a_call_that_ends_in_a_fault_does_not_count(yuki: Yuki) -> None:
    yuki.control(f"contacts/{PERSON}", {"City": "Elders", "after": {"operation": "SearchContacts"}})
    yuki.session()
    yuki.control("sessions/expire")
    with pytest.raises(Fault):
        yuki.search()
    assert yuki.state()["postponed"] == 1
    yuki.sessions.clear()
    yuki.search()
    assert yuki.contact(PERSON)["City"] == "Elders"


def test_a_reset_forgets_what_waits(yuki: Yuki) -> None:
    yuki.control(f"contacts/{PERSON}", {"City": "Elders", "after": {"operation": "SearchContacts"}})
    fresh(yuki).search()
    assert yuki.contact(PERSON)["City"] == ""


@pytest.mark.parametrize(
    "body",
    [
        {"City": "Elders", "after": {"operation": "Nonsense"}},
        {"City": "Elders", "after": {"operation": "SearchContacts", "calls": 0}},
        {"City": "Elders", "after": {"operation": "SearchContacts", "pages": 2}},
        {"City": "Elders", "after": 2},
        {"Nonsense": "x", "after": {"operation": "SearchContacts"}},
        {"merge_into": "nobody", "after": {"operation": "SearchContacts"}},
    ],
)
def test_what_cannot_be_done_is_refused_at_once(yuki: Yuki, body: dict[str, Any]) -> None:
    assert refused(yuki, f"contacts/{ROOFER}", body)
    assert yuki.state()["postponed"] == 0


# Many at once


def test_many_contacts_are_read_page_by_page_in_either_order(crowd: Yuki) -> None:
    by_hid = [one for number in (1, 2, 3, 4) for one in page(crowd, number, "HID")]
    by_change = [one for number in (1, 2, 3, 4) for one in page(crowd, number)]
    assert len(by_hid) == len(set(by_hid)) == MANY + 6
    assert sorted(by_hid) == sorted(by_change)
    state = {one["ID"]: one for one in crowd.state()["contacts"]}
    assert [state[one]["HID"] for one in by_hid] == sorted(state[one]["HID"] for one in by_hid)
    assert [state[one]["Modified"] for one in by_change] == sorted(state[one]["Modified"] for one in by_change)


def test_a_bulk_is_old_and_complete(crowd: Yuki) -> None:
    made = [one for one in crowd.state()["contacts"] if one["EMailWork"].startswith("info@")]
    assert len(made) == MANY
    assert all(datetime.fromisoformat(one["Created"]) <= datetime.fromisoformat(one["Modified"]) for one in made)
    today = NOW.replace(tzinfo=None) - timedelta(days=1)
    assert all(datetime.fromisoformat(one["Modified"]) < today for one in made)
    assert all(one["EMailWork"].endswith(".example") and "555" in one["PhoneWork"] for one in made)


@pytest.mark.parametrize(
    "body", [{"contacts": 9001}, {"contacts": 5, "seed": "x"}, {"contacts": 5, "half": 1}, {"seed": 1}]
)
def test_a_wrong_bulk_is_refused(yuki: Yuki, body: dict[str, Any]) -> None:
    assert refused(yuki, "bulk", body)


def test_the_same_bulk_twice_is_refused(crowd: Yuki) -> None:
    assert "already" in refused(crowd, "bulk", {"contacts": 1, "seed": 7})


# Keys of the seed data, for checks of a connection


def rights_of(seeded: Yuki, key: str) -> dict[str, bool]:
    """Try one call for each right; return which are allowed."""
    administration = next(iter(seeded.simulator.books.administrations))
    domain = f"<domainID>{DOMAIN}</domainID>"
    contact = (
        "<xmlDoc><Contact xmlns='urn:xmlns:http://www.theyukicompany.com:contact'><Type>2</Type></Contact></xmlDoc>"
    )
    search = f"{domain}<searchOption>HID</searchOption><searchValue>0</searchValue><sortOrder>HID</sortOrder>"
    named = f"<administrationID>{administration}</administrationID>"
    calls = {
        "Contacts": ("Contact", "SearchContacts", f"{search}<active>Both</active><pageNumber>1</pageNumber>"),
        "ContactsUpdate": ("Contact", "UpdateContact", f"{domain}{contact}"),
        "Sales": ("Sales", "GetSalesItems", named),
        "Vat": ("Vat", "ActiveVATCodesList", named),
        "AccountingInfo": ("AccountingInfo", "GetGLAccountScheme", named),
        "Archive": ("Archive", "DocumentFolders", ""),
    }
    allowed = {}
    for right, (service, operation, parameters) in calls.items():
        answer = seeded.post(service, operation, f"<sessionID>{seeded.session(key)}</sessionID>{parameters}")
        allowed[right] = answer.status_code == 200
        assert allowed[right] or "This access key has no right for this web service" in answer.text
    return allowed


@pytest.mark.parametrize(("key", "without"), [(KEY, None), (NO_SALES_KEY, "Sales"), (READING_KEY, "ContactsUpdate")])
def test_the_seed_has_keys_that_lack_one_right(seeded: Yuki, key: str, without: str | None) -> None:
    assert [right for right, is_allowed in rights_of(seeded, key).items() if not is_allowed] == (
        [without] if without else []
    )


def test_a_key_without_the_right_to_write_changes_nothing(seeded: Yuki) -> None:
    before = seeded.state()["contacts"]
    with pytest.raises(Fault, match="no right"):
        seeded.send(invoice(), key=NO_SALES_KEY)
    rights_of(seeded, READING_KEY)
    assert seeded.state()["contacts"] == before


def test_the_belgian_key_of_the_seed_lists_on_the_dutch_host_and_cannot_read(seeded: Yuki) -> None:
    (domain,) = seeded.with_session("Contact", "Domains", key=BELGIAN_KEY)[0]
    assert texts(domain)["Name"] == "voorbeeld-belgie"
    (administration,) = seeded.with_session("Contact", "Administrations", key=BELGIAN_KEY)[0]
    assert texts(administration)["Country"] == "BE"
    parameters = f"<administrationID>{administration.get('ID')}</administrationID>"
    with pytest.raises(Fault, match="Domain has no active database"):
        seeded.with_session("Vat", "ActiveVATCodesList", parameters, BELGIAN_KEY)
    seeded.prefix = "/be"
    seeded.sessions.clear()
    assert len(seeded.with_session("Vat", "ActiveVATCodesList", parameters, BELGIAN_KEY))
    seeded.prefix = ""
    seeded.sessions.clear()
