"""`tribe-yuki holds`, `retry`, `accept`, `round`, `already-booked`, `dismiss` and `redrive`, as a person types them."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.details import told
from tests.support.world.operator_command import CONNECT_DUTCH, CONNECTION, Command
from tests.support.world.world import START
from tests.support.world.world_queues import DEAD, RETRY
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.moves import (
    Confirm,
    Dismiss,
    Doubt,
    GiveUp,
    Hold,
    Move,
    Prepare,
    Send,
    Skip,
    Verification,
    Wait,
)
from tribe_yuki.invoices.reasons import DoubtReason, ReportReason, SkipReason
from tribe_yuki.invoices.transfer import State, Transfer, new_transfer

WHO = ("--who", "tester")
DAYS = 3
DIFFERENCE = "VAT 10.52 in Tribe, 10.50 in Yuki"
RELATION = "20000000-0000-4000-8000-000000000011"
CONTACT = "30000000-0000-4000-8000-0000000000aa"

CONFIRM = Confirm(Verification.ANSWER)


@pytest.fixture
def command(command: Command) -> Command:
    """An active connection with one invoice in every place where a person has something to decide."""
    command.done(*CONNECT_DUTCH)
    command.world.connections.save(CONNECTION, command.settings(), Status.ACTIVE, START)
    return command


def invoice_id(number: str) -> str:
    """Return the id of an invoice by the last four digits of its number."""
    return f"40000000-0000-4000-8000-00000000{number[-4:]}"


def store(command: Command, number: str, move: Move, **facts: Any) -> Transfer:
    """Store an invoice as it stands after a move, three days ago."""
    then = START - timedelta(days=DAYS)
    known = replace(
        new_transfer(CONNECTION, invoice_id(number), then),
        reference=number,
        invoice_date=date(2026, 11, 20),
        currency="EUR",
        total_incl=Decimal("121.00"),
        contact_code="D-10045",
    )
    return command.stores.transfers.save(replace(known.after(move, then), **facts), [], then)


def stored(command: Command, number: str) -> Transfer:
    """Return an invoice as it is stored."""
    transfer = command.stores.transfers.get(invoice_id(number))
    assert transfer is not None
    return transfer


def decided(command: Command, number: str) -> list[tuple[str, str, str | None]]:
    """Return what was decided about an invoice, by whom and why."""
    entries = Journal(command.world.db, JOURNAL, CONNECTION).read(f"invoice#{invoice_id(number)}")
    return [(one["code"], one["facts"]["who"], one["facts"].get("why")) for one in entries]


def groups(command: Command, *options: str) -> dict[str, Any]:
    """Return what `holds` shows, by reason."""
    return {group["reason"]: group for group in command.result("holds", *options)["groups"]}


class TestHolds:
    def test_show_everything_that_waits_by_reason_with_owner_and_commands(self, command: Command) -> None:
        store(command, "2026-0001", Hold(HoldReason.TOTALS_DIFFER, told(DIFFERENCE)))
        store(command, "2026-0002", Hold(HoldReason.PDF_MISSING))
        store(command, "2026-0003", GiveUp(WaitReason.RETRY, told("yuki_timeout")))
        store(command, "2026-0004", CONFIRM, reason=ReportReason.BOOKED_DIFFERENTLY, details=told("amount"))
        store(command, "2026-0005", CONFIRM, reason=ReportReason.EDITED_AFTER_SENT, details=told("date"))
        store(command, "2026-0006", CONFIRM)
        store(command, "2026-0007", Wait(WaitReason.RETRY, START))
        link = Link(CONNECTION, RELATION, LinkState.HELD, START, reason=HoldReason.CODE_IN_USE, number="D-1")
        command.stores.links.save(link, [], START)
        unlinked = UnlinkedContact(
            CONNECTION, CONTACT, UnlinkedState.HELD, START, reason=HoldReason.CONTACT_AMBIGUOUS, number=77
        )
        command.world.stores(CONNECTION).unlinked.save(unlinked, [], START)

        shown = groups(command)

        assert {
            reason: (group["owner"], [one["record"] for one in group["records"]], group["commands"])
            for reason, group in shown.items()
        } == {
            "contact_ambiguous": ("bookkeeper", ["77"], ["link", "resync"]),
            "code_in_use": ("bookkeeper", ["D-1"], ["link", "resync"]),
            "pdf_missing": ("sales", ["2026-0002"], ["accept", "retry", "already-booked", "dismiss"]),
            "totals_differ": (
                "bookkeeper",
                ["2026-0001"],
                ["accept", "round", "retry", "already-booked", "dismiss"],
            ),
            "dead": ("operator", ["2026-0003"], ["redrive", "retry", "already-booked", "dismiss"]),
            "edited_after_sent": ("bookkeeper", ["2026-0005"], ["accept"]),
            "booked_differently": ("bookkeeper", ["2026-0004"], ["accept"]),
        }
        assert command.result("holds")["waiting"] == len(shown)
        (record,) = shown["totals_differ"]["records"]
        assert (record["days"], record["amount"], record["detail"]) == (DAYS, "121.00", DIFFERENCE)
        assert shown["totals_differ"]["released_by"] == "It waits until somebody decides."

    def test_every_reason_can_be_shown_in_both_languages(self, command: Command) -> None:
        for place, reason in enumerate(HoldReason):
            store(command, f"2026-{1000 + place}", Hold(reason))
        for language in ("en", "nl"):
            shown = groups(command, "--lang", language)
            assert set(shown) == {reason.value for reason in HoldReason}
            assert all(group["what_to_do"] and group["released_by"] for group in shown.values())

    def test_are_shown_to_people_with_the_commands_that_decide(self, command: Command) -> None:
        store(command, "2026-0001", Hold(HoldReason.TOTALS_DIFFER, told(DIFFERENCE)))
        shown = " ".join(command.done("holds", "--lang", "nl").split())
        assert "2026-0001" in shown
        assert "Het wacht tot iemand beslist." in shown
        assert "tribe-yuki accept | round | retry | already-booked | dismiss" in shown

    def test_of_an_owner_without_any_are_none(self, command: Command) -> None:
        store(command, "2026-0001", Hold(HoldReason.TOTALS_DIFFER, told(DIFFERENCE)))
        assert groups(command, "--owner", "operator") == {}
        assert "Nothing waits for anybody." in command.done("holds", "--owner", "sales")


class TestDecisions:
    @pytest.mark.parametrize(
        ("words", "code", "state"),
        [
            (("retry",), "retried", State.WAITING),
            (("accept",), "accepted", State.WAITING),
            (("round",), "rounded", State.WAITING),
            (("already-booked",), "said_to_be_booked", State.BOOKED),
        ],
    )
    def test_are_kept_with_who_and_why_and_are_the_same_when_pressed_twice(
        self, command: Command, words: tuple[str], code: str, state: State
    ) -> None:
        store(command, "2026-0001", Hold(HoldReason.TOTALS_DIFFER, told(DIFFERENCE)))
        first = self._press(command, *words)
        second = self._press(command, *words)
        assert (first["before"], first["changed"], second["changed"]) == ("held (totals_differ)", True, False)
        assert stored(command, "2026-0001").state is state
        assert decided(command, "2026-0001") == [(code, "tester", "two cents")]
        (message,) = command.take_messages(RETRY)
        assert message["ids"] == [invoice_id("2026-0001")]

    def _press(self, command: Command, *words: str) -> Any:
        result = command.result(*words, "2026-0001", "--why", "two cents", *WHO)
        return result["invoices"][0] if "invoices" in result else result

    def test_dismissing_needs_a_reason_which_is_kept(self, command: Command) -> None:
        store(command, "2026-0001", Hold(HoldReason.PDF_MISSING))
        assert command.run("dismiss", "2026-0001", *WHO).exit_code == 2
        command.done("dismiss", "2026-0001", "--reason", "a test invoice", *WHO)
        assert not command.result("dismiss", "2026-0001", "--reason", "again", *WHO)["changed"]
        assert (stored(command, "2026-0001").state, stored(command, "2026-0001").reason) == (State.SKIPPED, "dismissed")
        assert decided(command, "2026-0001") == [("dismissed", "tester", "a test invoice")]
        assert command.take_messages(RETRY) == []

    def test_of_a_number_that_two_have_ask_for_an_id(self, command: Command) -> None:
        first = store(command, "2026-0001", Hold(HoldReason.REFERENCE_IN_USE))
        second = replace(first, tribe_invoice_id=invoice_id("2026-0002"), version=0)
        command.stores.transfers.save(second, [], START)
        said = command.refused("retry", "2026-0001", *WHO)
        assert "give an id" in said
        assert first.tribe_invoice_id in said
        command.done("retry", first.tribe_invoice_id.upper(), *WHO)
        assert stored(command, "2026-0001").state is not State.HELD

    def test_of_an_unknown_invoice_change_nothing_at_all(self, command: Command) -> None:
        store(command, "2026-0001", Hold(HoldReason.PDF_MISSING))
        assert "no invoice 2026-9999 was seen" in command.refused("retry", "2026-0001", "2026-9999", *WHO)
        assert stored(command, "2026-0001").state is State.HELD
        for word in ("accept", "round", "already-booked"):
            assert "no invoice 2026-9999 was seen" in command.refused(word, "2026-9999", *WHO)

    def test_of_one_that_was_in_the_books_before_find_it_by_its_number(self, command: Command) -> None:
        command.stores.transfers.reserve_for_yuki("2026-0001", None)
        store(command, "2026-0001", Confirm(Verification.FOUND_UNSENT), booked_at=START)
        (done,) = command.result("retry", "2026-0001", *WHO)["invoices"]
        assert done["what_follows"] == "It is booked since 2026-11-23 09:00 UTC; it is never sent again."

    @pytest.mark.parametrize(
        ("move", "says"),
        [
            (Hold(HoldReason.VAT_UNMAPPED), "held (vat_unmapped): remove the cause"),
            (GiveUp(WaitReason.RETRY), "`tribe-yuki retry` has it tried again"),
            (Skip(SkipReason.BEFORE_START), "`tribe-yuki retry` has it looked at again"),
            (Wait(WaitReason.RETRY, START), "it goes by itself"),
        ],
    )
    def test_that_do_not_fit_are_declined_with_the_right_command(self, command: Command, move: Move, says: str) -> None:
        before = store(command, "2026-0001", move)
        for word in ("accept", "round"):
            assert says in command.refused(word, "2026-0001", *WHO)
        assert stored(command, "2026-0001") == before
        assert decided(command, "2026-0001") == []

    def test_to_round_where_accepting_would_help_say_so(self, command: Command) -> None:
        store(command, "2026-0001", Hold(HoldReason.PDF_MISSING))
        assert "`tribe-yuki accept` lets it go as it is" in command.refused("round", "2026-0001", *WHO)

    def test_while_it_is_being_sent_wait(self, command: Command) -> None:
        ready = store(command, "2026-0001", Prepare(Decimal("121.00"), None, None, "hash", START), due_at=None)
        before = command.stores.transfers.claim_reference(
            ready.after(Send("hash", with_document=True, until=START), START), [], START
        )
        assert "being sent right now" in command.refused("already-booked", "2026-0001", *WHO)
        assert "cannot be dismissed" in command.refused("dismiss", "2026-0001", "--reason", "no", *WHO)
        (done,) = command.result("retry", invoice_id("2026-0001"), *WHO)["invoices"]
        assert (done["changed"], "Yuki is asked before it is sent again" in done["what_follows"]) == (False, True)
        assert stored(command, "2026-0001") == before

    def test_one_in_doubt_is_asked_for_and_not_sent(self, command: Command) -> None:
        later = START + timedelta(hours=10)
        store(command, "2026-0001", Doubt(DoubtReason.NO_ANSWER, later), sends=1, sent_at=START)
        assert command.result("retry", "2026-0001", *WHO)["invoices"][0]["changed"]
        transfer = stored(command, "2026-0001")
        assert transfer.state is State.UNCONFIRMED
        assert transfer.due_at is not None
        assert transfer.due_at < later


class TestRetryOfMany:
    def test_takes_names_or_a_reason_or_all_but_only_one_of_them(self, command: Command) -> None:
        for arguments in ((), ("2026-0001", "--all"), ("--reason", "pdf_missing", "--all")):
            assert "name invoices, or give --reason or --all" in command.refused("retry", *arguments, *WHO)
        assert "choose from" in command.refused("retry", "--reason", "no_reason", *WHO)

    def test_leaves_what_is_held_for_another_reason(self, command: Command) -> None:
        store(command, "2026-0001", Hold(HoldReason.PDF_MISSING))
        store(command, "2026-0002", Hold(HoldReason.VAT_UNMAPPED))
        store(command, "2026-0003", Dismiss())
        retried = command.result("retry", "--reason", "vat_unmapped", *WHO)["invoices"]
        assert [one["invoice"] for one in retried] == ["2026-0002"]
        retried = command.result("retry", "--all", *WHO)["invoices"]
        assert [one["invoice"] for one in retried] == ["2026-0001"]
        assert stored(command, "2026-0003").reason == "dismissed"


class TestRedrive:
    def test_has_what_was_given_up_tried_again_and_empties_the_dead_letter_queue(self, command: Command) -> None:
        store(command, "2026-0001", GiveUp(WaitReason.RETRY))
        store(command, "2026-0002", GiveUp(WaitReason.RETRY), sends=1, sent_at=START)
        for place, number in enumerate(("2026-0001", "2026-0002", "2026-0003")):
            self._bury(command, place, invoice_id(number))

        done = command.result("redrive", "--why", "Yuki is back", *WHO)

        assert (done["invoices"], done["messages"], done["unreadable"]) == (2, 3, 0)
        assert stored(command, "2026-0001").state is State.WAITING
        assert stored(command, "2026-0002").state is State.UNCONFIRMED
        assert decided(command, "2026-0001") == [("redriven", "tester", "Yuki is back")]
        queued = {one for message in command.take_messages(RETRY) for one in message["ids"]}
        assert invoice_id("2026-0003") in queued
        assert command.take_messages(DEAD) == []
        again = command.result("redrive", *WHO)
        assert (again["invoices"], again["messages"]) == (0, 0)

    def test_leaves_what_it_cannot_read_and_says_so(self, command: Command) -> None:
        command.world.sqs.send_message(QueueUrl=DEAD, MessageBody="no JSON")
        assert "a developer has to look at them" in command.done("redrive", *WHO)

    def _bury(self, command: Command, place: int, tribe_invoice_id: str) -> None:
        body = {"v": 1, "connection_id": CONNECTION, "ids": [tribe_invoice_id], "seen_at": "2026-11-23T08:00:00.000Z"}
        command.world.sqs.send_message(
            QueueUrl=DEAD,
            MessageBody=json.dumps(body),
            MessageGroupId=CONNECTION,
            MessageDeduplicationId=str(place),
        )
