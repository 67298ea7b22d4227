"""Lists of the simulated Tribe: the same answers with an index as without, also with thousands of relations."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from stdnum.nl import btw

from simulators.shared.companies import companies
from tests.support.outside import tribe_seed as seed
from tests.support.outside.simulated_yuki import DOMAIN, Yuki, fresh, served
from tests.support.outside.tribe_wire import CUSTOMERS, ORGANISATIONS, PERSONS, Row, Wire, receiver, wire
from tests.support.samples.seed_files import ALL_CONTACTS
from tests.support.samples.seed_files import ORGANISATIONS as SEEDED

MANY = 300


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[Wire]:
    with wire(tmp_path) as one:
        yield one


@pytest.fixture
def large(tribe: Wire) -> Wire:
    assert tribe.control("bulk", relations=MANY, seed=3) == {"relations": MANY}
    return tribe


@pytest.fixture(scope="module")
def yuki_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    with served(tmp_path_factory.mktemp("seed")) as one:
        yield one


@pytest.fixture
def yuki(yuki_server: Yuki) -> Yuki:
    return fresh(yuki_server)


def ids(rows: list[Row]) -> list[str]:
    return [row["ID"] for row in rows]


# What an index finds is what looking at all finds


@pytest.mark.parametrize(
    ("entity_set", "condition"),
    [
        (ORGANISATIONS, f"ID eq {seed.BAKERY}"),
        (ORGANISATIONS, f"ID eq {seed.JIP}"),
        (ORGANISATIONS, f"ID eq {seed.BAKERY} or ID eq {seed.MILL}"),
        (ORGANISATIONS, f"ID eq {seed.BAKERY} or Name eq 'Molen De Windvang'"),
        (ORGANISATIONS, "DebtorNumber eq 'D-10045'"),
        (ORGANISATIONS, f"DebtorNumber eq 'D-10045' and ID eq {seed.MILL}"),
        (PERSONS, "DebtorNumber eq 'D-10046'"),
        (ORGANISATIONS, "ImportId eq 'yuki:1'"),
        (ORGANISATIONS, "DebtorNumber eq null"),
        (CUSTOMERS, f"Organization/ID eq {seed.BAKERY} or Organization/ID eq {seed.GONE_CUSTOMER}"),
        (CUSTOMERS, f"Organization/ID eq {seed.MILL}"),
        (ORGANISATIONS, "LastMutationDate gt 2026-03-04T09:15:21Z"),
        (ORGANISATIONS, "LastMutationDate gt 2026-03-04T09:15:22Z"),
        (ORGANISATIONS, "LastMutationDate ge 2026-03-04T10:15:22+01:00"),
        (ORGANISATIONS, "LastMutationDate ge 2026-03-04T09:15:22.5Z"),
        (ORGANISATIONS, "LastMutationDate ge 2026-03-05 or DebtorNumber eq 'd-10045'"),
        (ORGANISATIONS, "LastMutationDate ge 2026-01-01 and Name eq 'Molen De Windvang'"),
    ],
)
@pytest.mark.parametrize("case_sensitive", [False, True])
def test_an_index_finds_what_looking_at_all_finds(
    tribe: Wire, entity_set: str, condition: str, case_sensitive: bool
) -> None:
    tribe.edit(seed.BAKERY, ImportId="yuki:1")
    tribe.switch(eq_is_case_sensitive=case_sensitive)
    found = tribe.list(entity_set, filter=condition)
    without_index = tribe.list(entity_set, filter=f"not (not ({condition}))")
    assert sorted(ids(found)) == sorted(ids(without_index))


def test_an_index_follows_every_change(tribe: Wire) -> None:
    def found(number: str) -> list[str]:
        return ids(tribe.list(ORGANISATIONS, filter=f"DebtorNumber eq '{number}'"))

    tribe.edit(seed.MILL, DebtorNumber="K-1")
    assert (found("K-1"), found("d-10045")) == ([seed.MILL], [seed.BAKERY])
    tribe.edit(seed.MILL, DebtorNumber=None)
    assert found("K-1") == []
    made = tribe.post(ORGANISATIONS, Name="Nieuw", DebtorNumber="K-1")["ID"]
    assert found("k-1") == [made]
    refused = tribe.call("PUT", f"{ORGANISATIONS}({made})", {"DebtorNumber": "K-2", "Nonsense": 1})
    assert (refused.status_code, found("K-1"), found("K-2")) == (400, [made], [])
    tribe.control(f"delete/{made}")
    assert found("K-1") == []


def test_changes_are_found_by_the_instant_of_the_last_one(tribe: Wire) -> None:
    def since(instant: str) -> list[str]:
        return ids(tribe.list(ORGANISATIONS, filter=f"LastMutationDate ge {instant}", orderby="LastMutationDate"))

    first = tribe.later()
    tribe.edit(seed.MILL, Name="Molen")
    second = tribe.later()
    tribe.edit(seed.BAKERY, Name="Bakkerij")
    assert (since(first), since(second)) == ([seed.MILL, seed.BAKERY], [seed.BAKERY])
    tribe.edit(seed.MILL, Name="Weer")
    tribe.later()
    tribe.edit(seed.MILL, Name="Weer een andere")
    assert since(second) == [seed.BAKERY, seed.MILL]


def test_a_remembered_list_is_forgotten_with_the_first_change(tribe: Wire) -> None:
    for name in ("Eerst", "Dan"):
        tribe.edit(seed.MILL, Name=name)
        assert len(tribe.list(ORGANISATIONS, filter=f"Name eq '{name}'")) == 1
        tribe.switch(eq_is_case_sensitive=True)
        assert tribe.list(ORGANISATIONS, filter=f"Name eq '{name.upper()}'") == []
        tribe.switch(eq_is_case_sensitive=False)
        assert len(tribe.list(ORGANISATIONS, filter=f"Name eq '{name.upper()}'")) == 1


# Many at once


def test_many_relations_are_added_without_any_event(tribe: Wire) -> None:
    with receiver() as (inbox, url):
        tribe.subscribe(url)
        tribe.control("bulk", relations=MANY, seed=1)
        assert tribe.http.get("/_control/idle").json() == {"idle": True}
        tribe.later()
        tribe.edit(seed.MILL, Name="Molen")
        tribe.settle()
        assert [one.payload["fields"] for one in inbox.received] == [{"Name": "Molen"}]
    assert len(tribe.list(CUSTOMERS, filter="LastMutationDate gt 2026-11-01", select="ID")) == 0


def test_all_pages_hold_every_relation_once_and_in_order(large: Wire) -> None:
    seen: list[tuple[str, str]] = []
    for skip in range(0, 10_000, 100):
        page = large.list(ORGANISATIONS, orderby="LastMutationDate,ID", top=100, skip=skip)
        seen += [(row["LastMutationDate"], row["ID"]) for row in page]
        if not page:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == MANY + 5


def test_twenty_relations_are_read_whole_with_their_roles(large: Wire) -> None:
    wanted = ids(large.list(ORGANISATIONS, filter="startswith(DebtorNumber,'D-1300')", top=20))
    assert len(wanted) == 20
    chain = " or ".join(f"ID eq {one}" for one in wanted)
    rows = large.list(ORGANISATIONS, filter=chain, expand="InvoiceAddress($expand=Country)")
    assert sorted(ids(rows)) == sorted(wanted)
    assert {row["InvoiceAddress"]["Country"]["Code"] for row in rows} == {"NL"}
    roles = large.list(CUSTOMERS, filter=" or ".join(f"Organization/ID eq {one}" for one in wanted), expand="Relation")
    assert (len(roles), {role["Relation"]["ID"] for role in roles}) == (20, {seed.OWN})


def test_bulk_is_the_same_for_the_same_seed_and_has_nothing_in_common_with_another(tribe: Wire) -> None:
    def added(seed_number: int) -> dict[str, Row]:
        tribe.control("reset")
        tribe.control("bulk", relations=50, seed=seed_number)
        return {row["ID"]: row for row in state(tribe.http)[ORGANISATIONS] if row["VatNumber"]}

    first, again, other = added(1), added(1), added(2)
    assert first == again
    for name in ("ID", "DebtorNumber", "VatNumber", "ChamberOfCommerceNumber"):
        values = {row[name] for row in (*first.values(), *other.values())}
        assert len(values) == 100


@pytest.mark.parametrize(
    "body", [{"relations": -1}, {"relations": 9001}, {"relations": "5"}, {"relations": 5, "seed": "x"}, {"seed": 1}]
)
def test_a_wrong_bulk_is_refused(tribe: Wire, body: dict[str, Any]) -> None:
    assert tribe.refused("bulk", **body)


def test_the_same_bulk_twice_is_refused(large: Wire) -> None:
    assert "already" in large.refused("bulk", relations=1, seed=3)
    assert large.control("bulk", relations=1, seed=4) == {"relations": 1}


def state(http: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = http.get("/_control/state").json()
    return found


def bare(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.lower())


def test_both_systems_have_the_same_companies_written_differently(large: Wire, yuki: Yuki) -> None:
    assert yuki.control("bulk", {"contacts": MANY, "seed": 3}) == {"contacts": MANY}
    addresses = {row["ID"]: row for row in state(large.http)["Address"]}
    relations = {row["EmailAddress"]: row for row in state(large.http)[ORGANISATIONS] if row["EmailAddress"]}
    contacts = [one for one in yuki.state()["contacts"] if one["EMailWork"] in relations]
    assert len(contacts) == MANY
    pairs = [(one, relations[one["EMailWork"]]) for one in contacts]
    for contact, relation in pairs:
        address = addresses[relation["InvoiceAddress"]["ID"]]
        assert bare(contact["Name"]) == bare(relation["Name"])
        assert bare(contact["Postcode"]) == bare(address["Postalcode"])
        house = f"{address['Street']}{address['HouseNumber']}{address['HouseNumberSuffix'] or ''}"
        assert bare(contact["AddressLine_1"]) == bare(house)
        assert bare(contact["VATNumber"]) in ("", bare(relation["VatNumber"]))
        assert contact["CoCNumber"] in ("", relation["ChamberOfCommerceNumber"])
        assert contact["Code"] in ("", relation["DebtorNumber"])
        assert bare(contact["PhoneWork"]) == "0" + bare(relation["PhoneNumber"]).removeprefix("31")
    assert sum(contact["Name"] != relation["Name"] for contact, relation in pairs) > MANY / 3
    assert MANY / 3 < sum(bool(contact["Code"]) for contact, _ in pairs) < MANY * 2 / 3
    assert {one["DomainID"] for one in contacts} == {DOMAIN}
    assert all(one["IsCustomer"] and one["Active"] for one in contacts)


def test_shares_of_codes_and_customers_do_not_change_the_companies(yuki: Yuki) -> None:
    def added(**shares: float) -> list[Row]:
        fresh(yuki).control("bulk", {"contacts": MANY, "seed": 3, **shares})
        return [one for one in yuki.state()["contacts"] if one["EMailWork"].startswith("info@")]

    all_ticked, none_ticked = added(codes=1, customers=1), added(codes=0, customers=0)
    some = added(codes=0.5, customers=0.25)
    assert (sum(bool(one["Code"]) for one in all_ticked), sum(bool(one["Code"]) for one in none_ticked)) == (MANY, 0)
    assert MANY / 6 < sum(one["IsCustomer"] for one in some) < MANY / 3
    changing = {"Code", "IsCustomer"}
    plain = [[{k: v for k, v in one.items() if k not in changing} for one in rows] for rows in (all_ticked, some)]
    assert plain[0] == plain[1]


def test_nobody_is_real_and_every_check_digit_right(large: Wire) -> None:
    made = [row for row in state(large.http)[ORGANISATIONS] if row["VatNumber"]]
    assert len(made) == MANY
    assert all(btw.is_valid(row["VatNumber"]) and row["VatNumber"].startswith("NL9999") for row in made)
    assert all(re.fullmatch(r"99\d{6}", row["ChamberOfCommerceNumber"]) for row in made)
    assert all(re.fullmatch(r"\+31 \d{2,3} 555 \d{3,4}", row["PhoneNumber"]) for row in made)
    assert all(row["EmailAddress"].endswith(".example") and row["Website"].endswith(".example") for row in made)


def test_no_number_is_one_of_the_seed_data(tribe: Wire) -> None:
    tribe.control("bulk", relations=9000, seed=0)
    made = [row for row in tribe.world.simulator.state()[ORGANISATIONS] if row["VatNumber"]]
    used = {row.get(name) for row in SEEDED for name in ("VatNumber", "ChamberOfCommerceNumber", "DebtorNumber")}
    used |= {row.get(name) for row in ALL_CONTACTS for name in ("VATNumber", "CoCNumber", "Code")}
    for name in ("VatNumber", "ChamberOfCommerceNumber", "DebtorNumber", "Name"):
        values = {row[name] for row in made}
        assert len(values) == 9000
        assert not values & used
    endings = {company.chamber_number[-2:] for other in range(30) for company in companies(1, other)}
    assert len(endings) == 30
    assert not {number[-2:] for number in used if number and re.fullmatch(r"99\d{6}", number)} & endings
