"""What an operator sees in a browser after the day's work, and while Yuki is away.

`PICTURES=docs pytest -m "rehearsal or not rehearsal" tests/stack/test_main_job.py tests/stack/test_operators_view.py`
makes the pictures of the README anew.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from local.dashboard.page import render
from local.dashboard.readings import Alarm, Line, Readings, read
from local.demo.invoices import SETTLED, open_transfers, seed_invoices
from tests.support.stack.dashboard_browser import Colour, screenshot
from tests.support.world.seed_records import customer_named, line
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, timestamp
from tribe_yuki.adapters.aws.timestamps import Timestamps
from tribe_yuki.core.holds import Owner
from tribe_yuki.entrypoints.cli import clients_of, local_session, local_stack
from tribe_yuki.entrypoints.operator import open_operator
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.holds import list_holds
from tribe_yuki.people.open_item import SKIPPED_FOR_DATE, SKIPPED_FOR_MARK
from tribe_yuki.status.connection import YUKI_ANSWERED

PATIENCE = 300
SIZE = (1480, 1830)
BAD, GOOD = (0xD1, 0x32, 0x12), (0x1D, 0x81, 0x02)  # the colours of alarms on the page
TO_OPEN_THE_BREAKER = 5

type WaitFor = Callable[..., None]


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=180) as client:
        yield client


@pytest.fixture
def look(stack: Mapping[str, Any], aws: Any, resources: Mapping[str, str]) -> Callable[[], Readings]:
    """Return a look at the page, measured right now rather than within a minute."""

    def read_now() -> Readings:
        aws("lambda").invoke(FunctionName=f"{resources['YukiPollFunction']}:live")
        return read(aws("cloudwatch"), stack["outputs"]["DashboardName"], datetime.now(UTC))

    return read_now


@pytest.fixture
def picture_of(tmp_path: Path) -> Callable[[Readings, str], set[Colour]]:
    """Return a maker of pictures that tells which colours are in one."""

    def draw(readings: Readings, name: str) -> set[Colour]:
        page = tmp_path / f"{name}.html"
        page.write_text(render(readings), encoding="utf-8")
        rows = screenshot(page, Path(os.environ.get("PICTURES", tmp_path)).resolve() / f"{name}.png", *SIZE)
        return {pixel for row in rows for pixel in row}

    return draw


def lines(readings: Readings, title: str) -> dict[str, Line]:
    """Return the lines of a widget by their labels."""
    (found,) = [widget for widget in readings.widgets if widget.title == title]
    return {one.label: one for one in found.lines}


def ringing(readings: Readings) -> set[str]:
    """Return the names of the alarms that ring, without the stack's."""
    alarms: list[Alarm] = [alarm for widget in readings.widgets for alarm in widget.alarms]
    return {alarm.name.removeprefix(f"{readings.name}-") for alarm in alarms if alarm.state == "ALARM"}


def waiting(stack: Mapping[str, Any]) -> dict[str, int]:
    """Return how many records wait for each owner, as `tribe-yuki holds` lists them but for what was skipped."""
    described = local_stack(stack)
    with open_operator(described, clients_of(local_session(), stack["aws_endpoint"]), who="tester") as operator:
        groups = list_holds(operator, "demo").groups
    found: Counter[Owner] = Counter()
    for group in groups:
        if group.reason not in {SKIPPED_FOR_DATE, SKIPPED_FOR_MARK}:
            found[group.owner] += len(group.records)
    return {
        "sales administration": found[Owner.SALES],
        "bookkeeper": found[Owner.BOOKKEEPER],
        "operator": found[Owner.OPERATOR],
    }


def test_after_the_days_work_the_page_says_what_was_booked_and_who_has_to_do_something(
    stack: Mapping[str, Any], http: httpx.Client, wait_for: WaitFor, look: Any, picture_of: Any
) -> None:
    seeds, transfers = seed_invoices(), open_transfers(stack)
    for seed in seeds:
        if transfers.get(seed.tribe_invoice_id) is None:
            http.post(f"{stack['tribe_url']}/_control/invoices/{seed.tribe_invoice_id}/send").raise_for_status()

    def settled() -> list[State]:
        found = (transfers.get(seed.tribe_invoice_id) for seed in seeds)
        return [transfer.state for transfer in found if transfer and transfer.state in SETTLED]

    wait_for(lambda: len(settled()) == len(seeds), seconds=PATIENCE)
    expected = waiting(stack)
    assert expected["sales administration"] + expected["bookkeeper"] > 0

    def shown() -> dict[str, float]:
        found = lines(look(), "Waiting now for")
        return {label: one.points[-1][1] for label, one in found.items() if one.points}

    wait_for(lambda: shown() == expected)
    readings = look()
    invoices = lines(readings, "Invoices in Yuki, in 5 minutes")
    assert sum(value for _, value in invoices["booked"].points) >= settled().count(State.BOOKED)
    assert not {"yuki-does-not-answer", "operator-needed", "work-is-late"} & ringing(readings)
    assert GOOD in picture_of(readings, "dashboard")


@pytest.mark.rehearsal
def test_while_yuki_is_away_the_page_says_so_until_it_is_back(
    stack: Mapping[str, Any], aws: Any, http: httpx.Client, wait_for: WaitFor, look: Any, picture_of: Any
) -> None:
    transfers, switches = open_transfers(stack), f"{stack['yuki_url']}/_control/switches"
    # The connection is at work: what is in Yuki's books was looked at, and the customer is known.
    first = sent_invoice(http, stack)
    wait_for(lambda: state(transfers, first) is State.BOOKED, seconds=PATIENCE)
    # Yuki was silent for a while: it is asked something before it is told to book, and nothing is in doubt.
    tables = stack["outputs"]["ConnectionsTableName"]
    silent_since = datetime.now(UTC) - timedelta(minutes=2)
    Timestamps(DynamoDb(aws("dynamodb")), tables, "demo").set(YUKI_ANSWERED, silent_since)
    http.post(switches, json={"unavailable": 1_000}).raise_for_status()
    sent = []
    for _ in range(TO_OPEN_THE_BREAKER):
        invoice = sent_invoice(http, stack)
        sent.append(invoice)
        wait_for(lambda one=invoice: state(transfers, one) in {State.WAITING, State.UNCONFIRMED}, seconds=PATIENCE)

    wait_for(lambda: "yuki-does-not-answer" in ringing(look()))
    readings = look()
    away = lines(readings, "Errors, in 5 minutes")["connections that Yuki does not answer"]
    assert away.points[-1][1] == 1
    assert BAD in picture_of(readings, "dashboard-yuki-is-away")
    assert "alarm: <a" in render(readings)

    http.post(switches, json={"unavailable": 0}).raise_for_status()
    probe_now(stack)
    wait_for(lambda: look() and {state(transfers, one) for one in sent} == {State.BOOKED}, seconds=PATIENCE)
    wait_for(lambda: "yuki-does-not-answer" not in ringing(look()), seconds=PATIENCE)
    books = Counter(one["reference"] for one in http.get(f"{stack['yuki_url']}/_control/state").json()["invoices"])
    assert {books[one["Number"]] for one in sent} == {1}


def sent_invoice(http: httpx.Client, stack: Mapping[str, Any]) -> dict[str, Any]:
    """Make an invoice and press Send; return it as Tribe shows it."""
    customer = customer_named("Fotografie Lichtval")
    draft = {"Subject": "Portret", "Currency": "EUR", "Relationship": customer, "ProductLines": [line("Portret")]}
    made = http.post(f"{stack['tribe_url']}/_control/invoices", json=draft).raise_for_status().json()
    sent: dict[str, Any] = (
        http.post(f"{stack['tribe_url']}/_control/invoices/{made['ID']}/send").raise_for_status().json()
    )
    return sent


def state(transfers: Any, invoice: Mapping[str, Any]) -> State | None:
    transfer = transfers.get(invoice["ID"])
    return transfer.state if transfer else None


def probe_now(stack: Mapping[str, Any]) -> None:
    """Let the five minutes pass after which somebody looks whether Yuki is back."""
    session: Any = boto3.Session("test", "test", region_name="eu-west-1")
    table = session.resource("dynamodb", endpoint_url=stack["aws_endpoint"]).Table(
        stack["outputs"]["ConnectionsTableName"]
    )
    past = timestamp(datetime.now(UTC) - timedelta(seconds=1))
    table.update_item(
        Key={"owner": "demo", "item": "breaker"},
        UpdateExpression="SET probe_at = :past",
        ExpressionAttributeValues={":past": past},
    )
