"""Steering the simulated Tribe: limits, rights, faults, reset, switches, seeds, and running it alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.tribe_simulator import DEFAULT_SEED, TribeSimulator
from local.tribe_simulator.switches import SWITCHES
from tests.contract.simulated_tribe import (
    BAKERY,
    CUSTOMERS,
    INVOICE,
    JIP,
    LINE,
    MILL,
    SENT,
    Tribe,
    simulated_tribe,
    to,
    write_seed,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[Tribe]:
    with simulated_tribe(tmp_path) as one:
        one.control("clock", {"now": "2026-11-23T09:00:00Z"})
        one.headers = {"Authorization": f"Bearer {one.token()}"}
        yield one


# Limits and rights


def statuses(tribe: Tribe, number: int) -> list[int]:
    return [tribe.call("GET", f"Entity({BAKERY})").status_code for _ in range(number)]


@pytest.mark.parametrize("retry_after", [False, True])
def test_the_limit_slides_over_a_minute(tribe: Tribe, retry_after: bool) -> None:
    tribe.switch(rate_limit_per_minute=3, retry_after=retry_after)
    assert statuses(tribe, 2) == [200, 200]
    tribe.control("clock", {"advance_seconds": 30})
    assert statuses(tribe, 3) == [200, 429, 429]
    refused = tribe.call("GET", "Relation_Person")
    assert (refused.headers.get("retry-after"), refused.json()["error"]["code"]) == (
        "60" if retry_after else None,
        None,
    )
    tribe.control("clock", {"advance_seconds": 30})
    assert statuses(tribe, 3) == [200, 200, 429]


def test_each_application_has_a_limit_of_its_own(tribe: Tribe) -> None:
    tribe.switch(rate_limit_per_minute=1)
    assert statuses(tribe, 2) == [200, 429]
    token = tribe.token("marketplace-client", "marketplace-secret")
    tribe.headers = {"Authorization": f"Bearer {token}"}
    assert statuses(tribe, 2) == [200, 429]


def test_rights_can_be_taken_from_the_virtual_user(tribe: Tribe) -> None:
    tribe.switch(denied=["GET Activity_Invoice", "PUT Relation_Person"])
    assert tribe.call("GET", f"Activity_Invoice({INVOICE})").status_code == 403
    assert tribe.call("GET", "Relation_Person").status_code == 200
    assert tribe.call("PUT", f"Relation_Person({JIP})", {"FirstName": "x"}).status_code == 403


@pytest.mark.parametrize("status", [404, 400])
def test_while_the_module_is_off_there_are_no_invoices(tribe: Tribe, status: int) -> None:
    tribe.switch(module_off=str(status))
    for path in ("Activity_Invoice", f"Activity_Invoice({INVOICE})", f"ProductLine({LINE})"):
        assert tribe.call("GET", path).status_code == status
    assert tribe.call("PUT", f"Activity_Invoice({INVOICE})", {"Phase": to(SENT)}).status_code == status
    assert tribe.call("GET", "Relation_Organization").status_code == 200


# Faults


def test_faults_strike_the_operations_that_are_named(tribe: Tribe) -> None:
    tribe.switch(unavailable={"count": 1, "operations": ["GET Relation_Person"]})
    assert tribe.call("GET", "Relation_Organization").status_code == 200
    answer = tribe.call("GET", "Relation_Person")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html")
    assert tribe.call("GET", "Relation_Person").status_code == 200


@pytest.mark.parametrize(("fault", "name"), [("timeout_before_commit", None), ("timeout_after_commit", "x")])
def test_a_write_that_is_not_answered(tribe: Tribe, fault: str, name: str | None) -> None:
    tribe.switch(**{fault: 1}, hang_seconds=0)
    with pytest.raises(httpx.RemoteProtocolError):
        tribe.call("PUT", f"Relation_Organization({MILL})", {"Website": "x"})
    assert tribe.stored("Relation_Organization", MILL)["Website"] == name


# Counters and state


def test_calls_are_counted_by_method_and_set(tribe: Tribe) -> None:
    tribe.control("reset")
    tribe.headers = {"Authorization": f"Bearer {tribe.token()}"}
    tribe.call("GET", "Relation_Organization", top="1")
    tribe.call("GET", f"Relation_Organization({BAKERY})/InvoiceAddress")
    tribe.call("PUT", f"Relation_Organization({BAKERY})", {"Name": "x"})
    tribe.call("GET", "GetCurrentEmployee()")
    tribe.http.get("/v1/webhooks", headers=tribe.headers)
    tribe.http.get(f"/v1/odata-file/Attachment/{BAKERY}/File", headers=tribe.headers)
    assert tribe.state()["calls"] == {
        "POST oauth2": 1,
        "GET Relation_Organization": 2,
        "PUT Relation_Organization": 1,
        "GET GetCurrentEmployee": 1,
        "GET webhooks": 1,
        "GET odata-file": 1,
    }


def test_the_state_shows_records_with_their_links(tribe: Tribe) -> None:
    state = tribe.state()
    (customer,) = state[CUSTOMERS]
    assert (customer["Organization"], customer["Group"]) == (to(BAKERY), None)
    assert [row["Amount"] for row in state["Activity_Invoice"]] == [127.0, 100.0]
    assert (state["Webhook"], state["deliveries"], state["Datastore_State"]) == ([], [], [])


def test_a_reset_returns_to_the_seed(tribe: Tribe) -> None:
    before = tribe.state()
    tribe.switch(nulls="false", echo_webhooks=False)
    tribe.control(f"invoices/{INVOICE}/send")
    tribe.control("create/Relation_Organization", {"Name": "Nieuw"})
    tribe.control("reset")
    assert tribe.state() | {"calls": {}} == before | {"calls": {}}
    assert tribe.state()["calls"] == {}
    assert tribe.http.get("/_control/switches").json()["nulls"] == "null"
    assert tribe.call("GET", f"Entity({BAKERY})").status_code == 401


# Switches


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nulls", "none"),
        ("drop_webhooks", 1.5),
        ("drop_webhooks", -0.1),
        ("drop_webhooks", "all"),
        ("echo_webhooks", 1),
        ("rate_limit_per_minute", True),
        ("post_status", 500),
        ("signature_variant", "D"),
        ("property_names", []),
        ("denied", "GET Activity_Invoice"),
        ("webhook_shape", "xml"),
        ("no_such_switch", 1),
    ],
)
def test_switches_take_only_what_suits_them(tribe: Tribe, name: str, value: Any) -> None:
    answer = tribe.http.post("/_control/switches", json={name: value})
    assert answer.status_code == 400
    assert name in answer.json()["error"]


def test_every_switch_takes_its_default_and_its_choices(tribe: Tribe) -> None:
    for name, switch in SWITCHES.items():
        for value in (switch.default, *switch.choices):
            tribe.switch(**{name: value})
        tribe.switch(**{name: switch.default})


# Seeds


@pytest.mark.parametrize(
    ("entity_set", "row", "words"),
    [
        ("Relation_Organisation", {"ID": SENT}, "no entity set Relation_Organisation"),
        ("Relation_Person", {"ID": "1", "LastName": "x"}, "1 is no GUID"),
        ("Relation_Person", {"LastName": "x"}, "ID"),
        ("Relation_Person", {"ID": BAKERY, "LastName": "x"}, "twice"),
        ("Relation_Person", {"ID": SENT.replace("7", "9"), "Achternaam": "x"}, "no property Achternaam"),
        ("Relation_Person", {"ID": SENT.replace("7", "9"), "BirthDate": "x"}, "no Edm.Date"),
        ("Relation_Person", {"ID": SENT.replace("7", "9"), "Address": SENT}, "Address is a link"),
        ("Relation_Person", {"ID": SENT.replace("7", "9"), "Address": to(SENT)}, "Address leads to no Address"),
        ("Relation_Person", {"ID": SENT.replace("7", "9"), "Addresses": []}, "no property Addresses"),
    ],
)
def test_a_wrong_seed_says_where_and_what(tmp_path: Path, entity_set: str, row: dict[str, Any], words: str) -> None:
    folder = write_seed(tmp_path, {entity_set: [row]})
    with pytest.raises(ValueError, match=words):
        TribeSimulator(folder)


def test_a_seed_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="--seed"):
        TribeSimulator(tmp_path)


def test_the_seed_of_the_demo_is_whole() -> None:
    simulator = TribeSimulator()
    files = list((DEFAULT_SEED / "invoices").glob("*.json"))
    state = simulator.state()
    assert len(state["Activity_Invoice"]) == len(files) > 0
    for path in files:
        content = json.loads(path.read_text(encoding="utf-8"))
        (row,) = [one for one in state["Activity_Invoice"] if one["ID"] == content["invoice"]["ID"]]
        assert row["Phase"] == to("70000000-0000-4000-8000-0000000000a1")
        lines = [one for one in state["ProductLine"] if one["Invoice"] == to(row["ID"])]
        assert len(lines) == len(content["invoice"]["ProductLines"])


# Alone


def test_it_runs_alone_and_prints_where(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.tribe_simulator", "--port", "0", "--seed", str(write_seed(tmp_path))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            state = httpx.get(f"{url}/_control/state", trust_env=False).json()
            assert BAKERY in {row["ID"] for row in state["Relation_Organization"]}
        finally:
            process.terminate()


def test_it_stands_thousands_of_invoices(tmp_path: Path) -> None:
    with simulated_tribe(tmp_path) as tribe:
        tribe.switch(rate_limit_per_minute=1_000_000)
        stored = tribe.simulator.store
        for n in range(3000):
            fields = {"ID": f"41000000-0000-4000-8000-{n:012d}", "Number": f"2026-{n + 1000}", "Phase": to(SENT)}
            stamp = f"2026-11-{1 + n // 120:02d}T08:00:00Z"
            stored.add("Activity_Invoice", {**fields, "LastMutationDate": stamp, "CreationDate": stamp})
        condition = "Phase/Code ne 'Draft' and LastMutationDate ge 2026-11-02T00:00:00Z"
        found, skip = [], 0
        while page := tribe.ids("Activity_Invoice", filter=condition, orderby="LastMutationDate,ID", skip=str(skip)):
            found += page
            skip += 100
        assert found == [f"41000000-0000-4000-8000-{n:012d}" for n in range(120, 3000)]
        assert len(tribe.state()["Activity_Invoice"]) == 3002
