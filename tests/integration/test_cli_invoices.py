"""`tribe-yuki invoices`: which invoices there are, in which state and why, read from the index by state."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.details import told
from tests.support.world.operator_command import CONNECT_DUTCH, CONNECTION, Command
from tests.support.world.world import START
from tests.support.world.world_tables import ID_MAP
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.moves import Confirm, GiveUp, Hold, Move, Skip, Verification, Wait
from tribe_yuki.invoices.reasons import ReportReason, SkipReason, UnlistedReason
from tribe_yuki.invoices.transfer import State, Transfer, new_transfer

CONFIRM = Confirm(Verification.ANSWER)
# Oldest first: number, what happened, and the days since.
STORED: tuple[tuple[str, Move, dict[str, Any], int], ...] = (
    ("2026-0001", CONFIRM, {}, 9),
    ("2026-0002", CONFIRM, {"reason": ReportReason.EDITED_AFTER_SENT, "details": told("date")}, 8),
    ("2026-0003", Skip(SkipReason.BEFORE_START), {}, 7),
    ("2026-0004", Hold(HoldReason.VAT_UNMAPPED, told("OSS-SE-25 (eu_without_vat)")), {}, 4),
    ("2026-0005", Hold(HoldReason.CONTACT_NOT_CUSTOMER), {}, 3),
    ("2026-0006", Wait(WaitReason.FIRST_LOOK, START), {"due_at": None}, 2),
    (
        "2026-0007",
        Wait(WaitReason.RETRY, START, told("told by a newer version")),
        {"reason": UnlistedReason("of_a_newer_version"), "due_at": None},
        1,
    ),
)


@pytest.fixture
def command(command: Command) -> Command:
    """A connection with invoices in several states, one of them without a number yet."""
    command.done(*CONNECT_DUTCH)
    for number, move, facts, days in STORED:
        store(command, number, move, days, **facts)
    then = START - timedelta(hours=1)
    unnumbered = new_transfer(CONNECTION, invoice_id("2026-0008"), then)
    command.stores.transfers.save(replace(unnumbered.after(Wait(WaitReason.NUMBER, then), then), due_at=None), [], then)
    return command


def invoice_id(number: str) -> str:
    return f"40000000-0000-4000-8000-00000000{number[-4:]}"


def store(command: Command, number: str, move: Move, days: int, **facts: Any) -> Transfer:
    then = START - timedelta(days=days)
    known = replace(
        new_transfer(CONNECTION, invoice_id(number), then),
        reference=number,
        invoice_date=date(2026, 11, 10),
        currency="EUR",
        total_incl=Decimal("121.00"),
    )
    return command.stores.transfers.save(replace(known.after(move, then), **facts), [], then)


def listed(command: Command, *options: str) -> list[str]:
    return [one["invoice"] for one in command.result("invoices", *options)["invoices"]]


def test_the_one_that_changed_last_comes_first_with_its_state_and_why(command: Command) -> None:
    shown = command.result("invoices")
    assert [(one["invoice"], one["state"], one["reason"], one["why"]) for one in shown["invoices"]] == [
        (invoice_id("2026-0008"), "waiting", "number_pending", "It has no final number in Tribe yet"),
        ("2026-0007", "waiting", "of_a_newer_version", "told by a newer version"),
        ("2026-0006", "waiting", "first_look", "Yuki is first asked which invoice numbers it holds already"),
        ("2026-0005", "held", "contact_not_customer", "Contact not ticked as Customer in Yuki"),
        ("2026-0004", "held", "vat_unmapped", shown["invoices"][4]["why"]),
        ("2026-0003", "skipped", "before_start_date", "Its date lies before the start date of the connection"),
        ("2026-0002", "booked", "edited_after_sent", shown["invoices"][6]["why"]),
        ("2026-0001", "booked", "", ""),
    ]
    assert shown["has_more"] is False
    assert shown["invoices"][1]["amount"] == "121.00"
    assert shown["invoices"][0]["currency"] is None


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (("--state", "held"), ["2026-0005", "2026-0004"]),
        (("--state", "booked", "--state", "skipped"), ["2026-0003", "2026-0002", "2026-0001"]),
        (("--state", "dead"), []),
        (("--since", "2026-11-20", "--state", "held"), ["2026-0005"]),
        (("--since", "2026-11-15", "--state", "booked"), ["2026-0002"]),
        (("--since", "2027-01-01"), []),
    ],
)
def test_states_and_a_day_choose(command: Command, options: tuple[str, ...], numbers: list[str]) -> None:
    assert listed(command, *options) == numbers


def test_a_limit_says_that_there_are_more(command: Command) -> None:
    shown = command.result("invoices", "--limit", "2", "--state", "held", "--state", "booked")
    assert [one["invoice"] for one in shown["invoices"]] == ["2026-0005", "2026-0004"]
    assert shown["has_more"] is True
    assert "`--limit 8` shows them" in shown["next_steps"][0]


def test_a_day_begins_at_midnight_in_amsterdam(command: Command) -> None:
    midnight = START.replace(month=11, day=21, hour=23, minute=0)  # of the 22nd, in winter
    for number, instant in (("2026-0101", midnight), ("2026-0102", midnight - timedelta(seconds=1))):
        known = replace(new_transfer(CONNECTION, invoice_id(number), instant), reference=number)
        command.stores.transfers.save(known.after(GiveUp(WaitReason.RETRY), instant), [], instant)
    assert listed(command, "--state", "dead", "--since", "2026-11-22") == ["2026-0101"]


def test_what_cannot_be_read_is_told(command: Command) -> None:
    assert "soon is no day; write it as 2026-11-01" in command.refused("invoices", "--since", "soon")
    text = command.refused("invoices", "--connection", "nope")
    assert f"there is no connection nope; there is {CONNECTION}, or run `tribe-yuki connect`" in text
    assert command.run("invoices", "--state", "lost").exit_code == 2


def test_only_the_index_is_read_and_no_further_than_is_shown(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    query = command.world.dynamodb.query

    def noted(**request: Any) -> Any:
        asked.append(request)
        return query(**request)

    monkeypatch.setattr(command.world.dynamodb, "query", noted)
    listed(command, "--limit", "3")
    of_invoices = [request for request in asked if request["TableName"] == ID_MAP]
    assert len(of_invoices) == len(State) + 1  # what is reported of booked ones stands apart
    assert all((one["IndexName"], one["Limit"], one["ScanIndexForward"]) == ("state", 4, False) for one in of_invoices)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_people_see_it_whole_at_any_width(command: Command, width: int) -> None:
    shown = command.on_terminal(width, "invoices")
    for number, *_ in STORED:
        assert number in shown
    assert shown.count("EUR 121.00") == len(STORED)
    assert "(Amsterdam)" in shown
    assert "2026-11-22 10:00" in shown  # nine o'clock, a day before
    assert max(map(len, shown.splitlines())) <= width
    dutch = " ".join(command.on_terminal(width, "invoices", "--lang", "nl", "--state", "held").split())
    assert "Contact in Yuki niet aangevinkt als Klant" in dutch or width == 80  # there it wraps in a column


def test_status_leads_to_it(command: Command) -> None:
    steps = command.result("status")["next_steps"]
    assert any("Invoices that wait: 3; `tribe-yuki invoices --state waiting`" in step for step in steps)
    assert any("Invoices that wait for a person: 2; `tribe-yuki holds`" in step for step in steps)


def test_away_from_a_terminal_each_is_one_line(command: Command) -> None:
    lines = [line for line in command.done("invoices").splitlines() if "2026-0004" in line]
    assert len(lines) == 1
    assert "EUR 121.00" in lines[0]
