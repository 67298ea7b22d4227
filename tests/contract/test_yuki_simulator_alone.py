"""The simulator by itself: from the command line, with seed files, under faults, with many records at once."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from simulators.shared import SimulatorServer
from simulators.yuki import YukiSimulator
from tests.support.outside.simulated_yuki import (
    ADMINISTRATION,
    BOOKS,
    CONTACTS,
    DOMAIN,
    KEY,
    ROOFER,
    Yuki,
    fresh,
    invoice,
    message,
    outcomes,
    served,
    texts,
    write_seed,
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    with served(tmp_path_factory.mktemp("seed")) as yuki:
        yield yuki


@pytest.fixture
def yuki(running: Yuki) -> Yuki:
    return fresh(running)


def test_the_command_serves_and_prints_its_url(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulators.yuki", "--seed", str(write_seed(tmp_path))]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=os.environ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
            assert len(httpx.get(f"{url}/_control/state").json()["contacts"]) == len(CONTACTS)
        finally:
            process.terminate()
        assert process.wait(timeout=10) == 0


def test_the_command_says_which_seed_file_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulators.yuki", "--seed", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 2
    assert "books.json is missing" in done.stderr


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("books.json", "{", "no JSON"),
        ("contacts.json", json.dumps([{**CONTACTS[0], "Type": "Firma"}]), "wrong type"),
        ("contacts.json", json.dumps([{**CONTACTS[0], "Emial": "x"}]), "Emial"),
        (
            "books.json",
            json.dumps({**BOOKS, "invoices": [{"reference": "X", "contact_id": "nobody"}]}),
            "does not exist",
        ),
    ],
)
def test_a_wrong_seed_is_refused_with_its_place(tmp_path: Path, file: str, content: str, words: str) -> None:
    (write_seed(tmp_path) / file).write_text(content)
    with pytest.raises(ValueError, match=words):
        YukiSimulator(tmp_path)


def test_a_seed_may_have_its_own_rates(tmp_path: Path) -> None:
    write_seed(tmp_path)
    (tmp_path / "books.json").write_text(json.dumps({**BOOKS, "currency_rates": {"XTS": "2"}}))
    with SimulatorServer(YukiSimulator(tmp_path)) as server, httpx.Client(verify=False) as http:
        assert isinstance(server.simulator, YukiSimulator)
        yuki = Yuki(server.simulator, server, http)
        yuki.send(invoice(after_dates="<Currency>XTS</Currency>"))
        assert yuki.invoice("2026-0107")["total_incl_eur"] == "121.00"


def test_reset_brings_everything_back(yuki: Yuki) -> None:
    before = yuki.state()
    yuki.send(invoice(contact="<ContactCode>TR-48213</ContactCode><City>Kampen</City>"))
    yuki.control(f"contacts/{ROOFER}", {"deleted": True})
    yuki.control("documents", {"Subject": "x"})
    yuki.control("switches", {"customer_check": False, "unavailable": 3})
    yuki.control("reset")
    state = yuki.state()
    assert state["contacts"] == before["contacts"]
    assert state["products"] == []
    assert [one["reference"] for one in state["invoices"]] == ["NV2025/156"]
    assert (state["calls"], state["sessions"], state["daily_calls"]) == ({}, 0, {})
    assert yuki.http.get(f"{yuki.server.url}/_control/switches").json()["customer_check"] is True


def test_every_switch_is_shown_and_can_be_set(yuki: Yuki) -> None:
    shown = yuki.http.get(f"{yuki.server.url}/_control/switches").json()
    assert yuki.control("switches", shown) == shown


@pytest.mark.parametrize(("method", "path"), [("GET", "contacts"), ("POST", "nothing")])
def test_an_unknown_control_call_says_so(yuki: Yuki, method: str, path: str) -> None:
    answer = yuki.http.request(method, f"{yuki.server.url}/_control/{path}")
    assert (answer.status_code, "no such control call" in answer.json()["error"]) == (404, True)


def test_a_wrong_value_leaves_the_other_switches_alone(yuki: Yuki) -> None:
    wanted = {"daily_limit": 5, "vat_rounding": "never"}
    assert yuki.http.post(f"{yuki.server.url}/_control/switches", json=wanted).status_code == 400
    assert yuki.http.get(f"{yuki.server.url}/_control/switches").json()["daily_limit"] == 1000


@pytest.mark.parametrize(("fault", "booked"), [("timeout_after_commit", 1), ("timeout_before_commit", 0)])
def test_an_answer_that_never_comes(yuki: Yuki, fault: str, booked: int) -> None:
    yuki.session()
    yuki.simulator.set_switches({fault: 1, "hang_seconds": 0})
    with pytest.raises(httpx.TransportError):
        yuki.send(invoice())
    assert len(yuki.state()["invoices"]) == 1 + booked
    assert yuki.state()["calls"].get("ProcessSalesInvoices", 0) == booked


@pytest.mark.parametrize(("fault", "status"), [("unavailable", 503), ("too_many_requests", 429)])
def test_an_answer_that_is_no_soap(yuki: Yuki, fault: str, status: int) -> None:
    yuki.simulator.set_switches({fault: 1})
    answers = [yuki.post("Sales", "Authenticate", f"<accessKey>{KEY}</accessKey>").status_code for _ in range(2)]
    assert answers == [status, 200]


def test_an_answer_that_breaks_off(yuki: Yuki) -> None:
    yuki.session()
    yuki.simulator.set_switches({"truncate": {"count": 1, "operations": ["ProcessSalesInvoices"]}})
    with pytest.raises(etree.XMLSyntaxError):
        yuki.send(invoice())
    assert yuki.invoice("2026-0107")["total_incl"] == "242.00"
    assert "bestaat al" in message(yuki.send(invoice()))


def test_parallel_calls_book_one_number_once(yuki: Yuki) -> None:
    yuki.session()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: yuki.send(invoice()), range(16)))
    succeeded = [outcome["Succeeded"] for answer in answers for outcome in outcomes(answer)]
    assert sorted(succeeded) == ["false"] * 15 + ["true"]
    assert sum(one["reference"] == "2026-0107" for one in yuki.state()["invoices"]) == 1


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    """Yuki with 5,000 contacts."""
    folder = tmp_path_factory.mktemp("large")
    contacts: list[dict[str, Any]] = [
        {
            **CONTACTS[0],
            "ID": f"00000000-0000-4000-8000-{number:012}",
            "HID": number,
            "Code": f"K-{number}",
            "Name": f"Klant {number}",
        }
        for number in range(1, 5001)
    ]
    write_seed(folder, contacts)
    (folder / "books.json").write_text(json.dumps({**BOOKS, "invoices": []}))
    with SimulatorServer(YukiSimulator(folder)) as server, httpx.Client(timeout=30, verify=False) as http:
        assert isinstance(server.simulator, YukiSimulator)
        yield Yuki(server.simulator, server, http)


def test_thousands_of_contacts_are_read_page_by_page(large: Yuki) -> None:
    seen = [one.get("ID") for page in range(1, 52) for one in large.search(page=page)]
    assert len(seen) == len(set(seen)) == 5000


def test_thousands_of_invoices_are_booked_and_listed(large: Yuki) -> None:
    for batch in range(10):
        numbers = range(batch * 100 + 1, batch * 100 + 101)
        large.send(*(invoice(f"R-{one}", contact=f"<ContactCode>K-{one}</ContactCode>") for one in numbers))
    parameters = (
        f"<administrationID>{ADMINISTRATION}</administrationID>"
        "<includeBankTransactions>false</includeBankTransactions><sortOrder>DateAsc</sortOrder>"
    )
    items = large.with_session("Accounting", "OutstandingDebtorItems", parameters)[0]
    assert len(items) == 1000
    assert {texts(item)["ContactCode"] for item in items} == {f"K-{one}" for one in range(1, 1001)}
    assert large.state()["daily_calls"][DOMAIN].popitem()[1] < 100
