"""`tribe-yuki explain`: what the command prints."""

from dataclasses import replace

import pytest

from tests.support.world.operator_command import CONNECT_DUTCH, CONNECTION, Command
from tests.support.world.world import START
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.invoices.moves import Hold
from tribe_yuki.invoices.transfer import new_transfer

INVOICE = "40000000-0000-4000-8000-000000000041"
NUMBER = "2026-0101"


@pytest.fixture
def command(command: Command) -> Command:
    """The operator's command with one held invoice in the tables."""
    command.done(*CONNECT_DUTCH)
    known = replace(new_transfer(CONNECTION, INVOICE, START), reference=NUMBER, contact_code="D-10045")
    held = known.after(Hold(HoldReason.CONTACT_NOT_CUSTOMER), START)
    facts = {"reason": HoldReason.CONTACT_NOT_CUSTOMER.value}
    command.stores.transfers.save(held, [JournalEntry(JournalKind.DECISION, "held", facts)], START)
    return command


def test_the_command_prints_a_timeline_in_the_language_asked_for(command: Command) -> None:
    english, dutch = command.done("explain", NUMBER), command.done("explain", NUMBER, "--lang", "nl")
    assert f"Invoice {NUMBER}, debtor number D-10045\nHeld (since 2026-11-23 10:00)" in english
    assert "Next: the bookkeeper" in english
    assert f"Factuur {NUMBER}, debiteurennummer D-10045\nWacht op actie (sinds 23-11-2026 10:00)" in dutch
    assert "Hierna: de boekhouder" in dutch
    assert "23-11-2026 10:00:00" in dutch


def test_people_read_who_decided_by_name_and_programs_the_whole_identity(command: Command) -> None:
    command.done("retry", NUMBER, "--why", "agreed by phone")
    printed = command.done("explain", NUMBER)
    assert "arn:aws" not in printed
    assert any(" tester " in line and "agreed by phone" in line for line in printed.splitlines())
    (one,) = command.result("explain", NUMBER)["stories"]
    assert command.caller in {moment["who"] for moment in one["moments"]}


def test_the_command_gives_the_same_as_json(command: Command) -> None:
    (one,) = command.result("explain", NUMBER)["stories"]
    assert one["state"] == "held"
    assert [moment["at"] for moment in one["moments"]] == ["2026-11-23T10:00:00+01:00"]
    assert one["next_step"]["who"] == "the bookkeeper"
    assert "nothing is known of 2026-9999" in command.refused("explain", "2026-9999")
