"""`tribe-yuki holds`, `retry`, `accept`, `round`, `already-booked`, `dismiss` and `redrive`, as a person types them."""

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.world.operator_world import CONNECT_DUTCH, CONNECTION, OperatorWorld, open_operator_world
from tests.support.world.world import START
from tests.support.world.world_tables import ID_MAP, JOURNAL
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.unlinked import UnlinkedContacts
from tribe_yuki.domain.holds import HoldReason
from tribe_yuki.domain.link import Link, LinkState
from tribe_yuki.domain.transfer import Event, State, Transfer, new_transfer
from tribe_yuki.domain.unlinked import UnlinkedContact, UnlinkedState

WHO = ("--who", "tester")
DAYS = 3
DIFFERENCE = "VAT 10.52 in Tribe, 10.50 in Yuki"
RELATION = "20000000-0000-4000-8000-000000000011"
CONTACT = "30000000-0000-4000-8000-0000000000aa"


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperatorWorld:
    """An active connection with one invoice in every place where a person has something to decide."""
    monkeypatch.chdir(tmp_path)
    opened = open_operator_world(exits, tmp_path)
    opened.done(*CONNECT_DUTCH)
    opened.connections.register(CONNECTION, opened.settings(), Status.ACTIVE, START)
    return opened


def invoice_id(number: str) -> str:
    """Return the id of an invoice by the last four digits of its number."""
    return f"40000000-0000-4000-8000-00000000{number[-4:]}"


def store(world: OperatorWorld, number: str, event: Event, **facts: Any) -> Transfer:
    """Store an invoice as it stands after an event, three days ago."""
    then = START - timedelta(days=DAYS)
    known = replace(
        new_transfer(CONNECTION, invoice_id(number), then),
        reference=number,
        invoice_date=date(2026, 11, 20),
        currency="EUR",
        total_incl=Decimal("121.00"),
        contact_code="D-10045",
    )
    return world.transfers.save(known.move(event, then, **facts), [], then)


def stored(world: OperatorWorld, number: str) -> Transfer:
    """Return an invoice as it is stored."""
    transfer = world.transfers.get(CONNECTION, invoice_id(number))
    assert transfer is not None
    return transfer


def decided(world: OperatorWorld, number: str) -> list[tuple[str, str, str | None]]:
    """Return what was decided about an invoice, by whom and why."""
    entries = Journal(world.db, JOURNAL).read(f"{CONNECTION}#invoice#{invoice_id(number)}")
    return [(one["code"], one["facts"]["who"], one["facts"].get("why")) for one in entries]


def groups(world: OperatorWorld, *options: str) -> dict[str, Any]:
    """Return what `holds` shows, by reason."""
    return {group["reason"]: group for group in world.result("holds", *options)["groups"]}


class TestHolds:
    def test_show_everything_that_waits_by_reason_with_owner_and_commands(self, world: OperatorWorld) -> None:
        store(world, "2026-0001", Event.HOLD, reason=HoldReason.TOTALS_DIFFER, detail=DIFFERENCE)
        store(world, "2026-0002", Event.HOLD, reason=HoldReason.PDF_MISSING)
        store(world, "2026-0003", Event.GIVE_UP, reason="retry", detail="yuki_timeout")
        store(world, "2026-0004", Event.CONFIRM, reason="booked_differently", detail="amount")
        store(world, "2026-0005", Event.CONFIRM, reason="edited_after_sent", detail="date")
        store(world, "2026-0006", Event.CONFIRM)
        store(world, "2026-0007", Event.WAIT, reason="retry", due_at=START)
        link = Link(CONNECTION, RELATION, LinkState.HELD, START, reason=HoldReason.CODE_IN_USE, number="D-1")
        world.links.save(link, [], START)
        unlinked = UnlinkedContact(
            CONNECTION, CONTACT, UnlinkedState.HELD, START, reason=HoldReason.CONTACT_AMBIGUOUS, number=77
        )
        UnlinkedContacts(world.db, ID_MAP, Journal(world.db, JOURNAL)).save(unlinked, [], START)

        shown = groups(world)

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
        assert world.result("holds")["waiting"] == len(shown)
        (record,) = shown["totals_differ"]["records"]
        assert (record["days"], record["amount"], record["detail"]) == (DAYS, "121.00", DIFFERENCE)
        assert shown["totals_differ"]["released_by"] == "Only by what a person decides."

    def test_every_reason_can_be_shown_in_both_languages(self, world: OperatorWorld) -> None:
        for place, reason in enumerate(HoldReason):
            store(world, f"2026-{1000 + place}", Event.HOLD, reason=reason.value)
        for language in ("en", "nl"):
            shown = groups(world, "--lang", language)
            assert set(shown) == {reason.value for reason in HoldReason}
            assert all(group["what_to_do"] and group["released_by"] for group in shown.values())

    def test_are_shown_to_people_with_the_commands_that_decide(self, world: OperatorWorld) -> None:
        store(world, "2026-0001", Event.HOLD, reason=HoldReason.TOTALS_DIFFER, detail=DIFFERENCE)
        shown = " ".join(world.done("holds", "--lang", "nl").split())
        assert "2026-0001" in shown
        assert "Alleen door wat iemand beslist." in shown
        assert "tribe-yuki accept | round | retry | already-booked | dismiss" in shown

    def test_of_an_owner_without_any_are_none(self, world: OperatorWorld) -> None:
        store(world, "2026-0001", Event.HOLD, reason=HoldReason.TOTALS_DIFFER, detail=DIFFERENCE)
        assert groups(world, "--owner", "operator") == {}
        assert "Nothing waits for anybody." in world.done("holds", "--owner", "sales")


class TestDecisions:
    @pytest.mark.parametrize(
        ("command", "code", "state"),
        [
            (("retry",), "retried", State.WAITING),
            (("accept",), "accepted", State.WAITING),
            (("round",), "rounded", State.WAITING),
            (("already-booked",), "said_to_be_booked", State.BOOKED),
        ],
    )
    def test_are_kept_with_who_and_why_and_are_the_same_when_pressed_twice(
        self, world: OperatorWorld, command: tuple[str], code: str, state: State
    ) -> None:
        store(world, "2026-0001", Event.HOLD, reason=HoldReason.TOTALS_DIFFER, detail=DIFFERENCE)
        first = self._press(world, *command)
        second = self._press(world, *command)
        assert (first["before"], first["changed"], second["changed"]) == ("held (totals_differ)", True, False)
        assert stored(world, "2026-0001").state is state
        assert decided(world, "2026-0001") == [(code, "tester", "two cents")]
        (message,) = world.messages("invoice-retry")
        assert message["ids"] == [invoice_id("2026-0001")]

    def _press(self, world: OperatorWorld, *command: str) -> Any:
        result = world.result(*command, "2026-0001", "--why", "two cents", *WHO)
        return result["invoices"][0] if "invoices" in result else result

    def test_dismissing_needs_a_reason_which_is_kept(self, world: OperatorWorld) -> None:
        store(world, "2026-0001", Event.HOLD, reason=HoldReason.PDF_MISSING)
        assert world.run("dismiss", "2026-0001", *WHO).exit_code == 2
        world.done("dismiss", "2026-0001", "--reason", "a test invoice", *WHO)
        assert not world.result("dismiss", "2026-0001", "--reason", "again", *WHO)["changed"]
        assert (stored(world, "2026-0001").state, stored(world, "2026-0001").reason) == (State.SKIPPED, "dismissed")
        assert decided(world, "2026-0001") == [("dismissed", "tester", "a test invoice")]
        assert world.messages("invoice-retry") == []

    def test_of_a_number_that_two_have_ask_for_an_id(self, world: OperatorWorld) -> None:
        first = store(world, "2026-0001", Event.HOLD, reason=HoldReason.REFERENCE_IN_USE)
        second = replace(first, tribe_invoice_id=invoice_id("2026-0002"), version=0)
        world.transfers.save(second, [], START)
        said = world.refused("retry", "2026-0001", *WHO)
        assert "give an id" in said
        assert first.tribe_invoice_id in said
        world.done("retry", first.tribe_invoice_id.upper(), *WHO)
        assert stored(world, "2026-0001").state is not State.HELD

    def test_of_an_unknown_invoice_change_nothing_at_all(self, world: OperatorWorld) -> None:
        store(world, "2026-0001", Event.HOLD, reason=HoldReason.PDF_MISSING)
        assert "no invoice 2026-9999 was seen" in world.refused("retry", "2026-0001", "2026-9999", *WHO)
        assert stored(world, "2026-0001").state is State.HELD
        for command in ("accept", "round", "already-booked"):
            assert "no invoice 2026-9999 was seen" in world.refused(command, "2026-9999", *WHO)

    def test_of_one_that_was_in_the_books_before_find_it_by_its_number(self, world: OperatorWorld) -> None:
        world.transfers.reserve_for_yuki(CONNECTION, "2026-0001")
        store(world, "2026-0001", Event.CONFIRM, booked_at=START, verification="already_in_yuki")
        (done,) = world.result("retry", "2026-0001", *WHO)["invoices"]
        assert done["what_follows"] == "It is booked since 2026-11-23 09:00 UTC; it is never sent again."

    @pytest.mark.parametrize(
        ("event", "facts", "says"),
        [
            (Event.HOLD, {"reason": HoldReason.VAT_UNMAPPED}, "held (vat_unmapped): remove the cause"),
            (Event.GIVE_UP, {"reason": "retry"}, "`tribe-yuki retry` has it tried again"),
            (Event.SKIP, {"reason": "before_start_date"}, "`tribe-yuki retry` has it looked at again"),
            (Event.WAIT, {"reason": "retry", "due_at": START}, "it goes by itself"),
        ],
    )
    def test_that_do_not_fit_are_declined_with_the_right_command(
        self, world: OperatorWorld, event: Event, facts: dict[str, Any], says: str
    ) -> None:
        before = store(world, "2026-0001", event, **facts)
        for command in ("accept", "round"):
            assert says in world.refused(command, "2026-0001", *WHO)
        assert stored(world, "2026-0001") == before
        assert decided(world, "2026-0001") == []

    def test_to_round_where_accepting_would_help_say_so(self, world: OperatorWorld) -> None:
        store(world, "2026-0001", Event.HOLD, reason=HoldReason.PDF_MISSING)
        assert "`tribe-yuki accept` lets it go as it is" in world.refused("round", "2026-0001", *WHO)

    def test_while_it_is_being_sent_wait(self, world: OperatorWorld) -> None:
        ready = store(world, "2026-0001", Event.PREPARE)
        before = world.transfers.claim_reference(ready.move(Event.SEND, START, sends=1, due_at=START), [], START)
        assert "being sent right now" in world.refused("already-booked", "2026-0001", *WHO)
        assert "cannot be dismissed" in world.refused("dismiss", "2026-0001", "--reason", "no", *WHO)
        (done,) = world.result("retry", invoice_id("2026-0001"), *WHO)["invoices"]
        assert (done["changed"], "Yuki is asked before it is sent again" in done["what_follows"]) == (False, True)
        assert stored(world, "2026-0001") == before

    def test_one_in_doubt_is_asked_for_and_not_sent(self, world: OperatorWorld) -> None:
        later = START + timedelta(hours=10)
        store(world, "2026-0001", Event.DOUBT, reason="no_answer", due_at=later, sends=1, sent_at=START)
        assert world.result("retry", "2026-0001", *WHO)["invoices"][0]["changed"]
        transfer = stored(world, "2026-0001")
        assert transfer.state is State.UNCONFIRMED
        assert transfer.due_at is not None
        assert transfer.due_at < later


class TestRetryOfMany:
    def test_takes_names_or_a_reason_or_all_but_only_one_of_them(self, world: OperatorWorld) -> None:
        for arguments in ((), ("2026-0001", "--all"), ("--reason", "pdf_missing", "--all")):
            assert "name invoices, or give --reason or --all" in world.refused("retry", *arguments, *WHO)
        assert "choose from" in world.refused("retry", "--reason", "no_reason", *WHO)

    def test_leaves_what_is_held_for_another_reason(self, world: OperatorWorld) -> None:
        store(world, "2026-0001", Event.HOLD, reason=HoldReason.PDF_MISSING)
        store(world, "2026-0002", Event.HOLD, reason=HoldReason.VAT_UNMAPPED)
        store(world, "2026-0003", Event.SKIP, reason="dismissed")
        retried = world.result("retry", "--reason", "vat_unmapped", *WHO)["invoices"]
        assert [one["invoice"] for one in retried] == ["2026-0002"]
        retried = world.result("retry", "--all", *WHO)["invoices"]
        assert [one["invoice"] for one in retried] == ["2026-0001"]
        assert stored(world, "2026-0003").reason == "dismissed"


class TestRedrive:
    def test_has_what_was_given_up_tried_again_and_empties_the_dead_letter_queue(self, world: OperatorWorld) -> None:
        store(world, "2026-0001", Event.GIVE_UP, reason="retry")
        store(world, "2026-0002", Event.GIVE_UP, reason="retry", sends=1, sent_at=START)
        for place, number in enumerate(("2026-0001", "2026-0002", "2026-0003")):
            self._bury(world, place, invoice_id(number))

        done = world.result("redrive", "--why", "Yuki is back", *WHO)

        assert (done["invoices"], done["messages"], done["unreadable"]) == (2, 3, 0)
        assert stored(world, "2026-0001").state is State.WAITING
        assert stored(world, "2026-0002").state is State.UNCONFIRMED
        assert decided(world, "2026-0001") == [("redriven", "tester", "Yuki is back")]
        queued = {one for message in world.messages("invoice-retry") for one in message["ids"]}
        assert invoice_id("2026-0003") in queued
        assert world.messages("dead") == []
        again = world.result("redrive", *WHO)
        assert (again["invoices"], again["messages"]) == (0, 0)

    def test_leaves_what_it_cannot_read_and_says_so(self, world: OperatorWorld) -> None:
        world.aws.client("sqs").send_message(
            QueueUrl=world.queues["dead"], MessageBody="no JSON", MessageGroupId="x", MessageDeduplicationId="x"
        )
        assert "a developer has to look at them" in world.done("redrive", *WHO)

    def _bury(self, world: OperatorWorld, place: int, tribe_invoice_id: str) -> None:
        body = {"v": 1, "connection_id": CONNECTION, "ids": [tribe_invoice_id], "seen_at": "2026-11-23T08:00:00.000Z"}
        world.aws.client("sqs").send_message(
            QueueUrl=world.queues["dead"],
            MessageBody=json.dumps(body),
            MessageGroupId=CONNECTION,
            MessageDeduplicationId=str(place),
        )
