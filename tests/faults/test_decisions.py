"""What people decide about invoices that wait: once, whoever else has the invoice, and with who, when and why."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest

from local.demo.invoices import SeedInvoice, seed_invoices
from tests.support.details import said
from tests.support.faults.protections import Protection
from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.queues import Queues
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.errors import Conflict, Retryable
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.invoices.store import TransferStore
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people import decisions
from tribe_yuki.people.holds import list_holds
from tribe_yuki.people.open_item import SKIPPED_FOR_DATE, SKIPPED_FOR_MARK

SEEDS = seed_invoices()
PLAIN = next(seed for seed in SEEDS if seed.number == "2026-0101")
BY_REASON = {seed.expect["reason"]: seed for seed in SEEDS if seed.expect["reason"]}
UNMARKED = BY_REASON[HoldReason.CONTACT_NOT_CUSTOMER]
SENT_PHASE = {"ID": "70000000-0000-4000-8000-0000000000a2"}
# With amounts that Tribe rounds per line, its VAT is two cents more than Yuki's, and no net amount at 21 % has its
# total: that takes a line without VAT, for which Yuki has no code here.
DIFFERENT = next(seed for seed in SEEDS if seed.name.startswith("03"))


def transfer_of(world: World, seed: SeedInvoice = PLAIN) -> Transfer:
    """Return a stored transfer."""
    transfer = world.transfer(seed.tribe_invoice_id)
    assert transfer is not None
    return transfer


def held(world: World, seed: SeedInvoice) -> Transfer:
    """Send an invoice and see it held."""
    if seed is DIFFERENT:
        make_totals_differ(world)
    world.send(seed.tribe_invoice_id)
    world.run(minutes=3)
    transfer = transfer_of(world, seed)
    assert transfer.state is State.HELD
    return transfer


def make_totals_differ(world: World) -> None:
    """Have Tribe come to a total for the invoice, before it is sent, that nothing in Yuki comes to."""
    world.switch_tribe(rounding="line_net_and_vat")
    world.edit_in_tribe(first_line(world), Quantity=0.5)
    for administration in world.yuki.books.administrations.values():
        administration.vat_codes = [code for code in administration.vat_codes if Decimal(code["percentage"])]


def first_line(world: World) -> str:
    """Return the id of the first line of the invoice whose totals differ."""
    lines = world.tribe_state()["ProductLine"]
    return next(str(line["ID"]) for line in lines if line["Invoice"]["ID"] == DIFFERENT.tribe_invoice_id)


def decide(world: World, choose: Callable[..., Any], *arguments: Any) -> Any:
    """Do what an operator does."""
    with world.operator() as operator:
        return choose(operator, CONNECTION, *arguments)


def decided(world: World, seed: SeedInvoice) -> list[tuple[str, str, str | None]]:
    """Return what people decided, who that was and why."""
    entries = Journal(world.db, JOURNAL, CONNECTION).read(f"invoice#{seed.tribe_invoice_id}")
    return [
        (entry["code"], entry["facts"]["who"], entry["facts"].get("why"))
        for entry in entries
        if "who" in entry["facts"]
    ]


def type_in_as_it_is(world: World, transfer: Transfer) -> None:
    """Book an invoice in Yuki's screens, exactly as the connector would."""
    invoice = {
        "reference": transfer.reference,
        "contact_id": transfer.yuki_contact_id,
        "date": str(transfer.invoice_date),
        "total_incl": str(transfer.total_incl),
    }
    world.control.post(f"{world.yuki_url}/_control/invoices", json=invoice).raise_for_status()


def reasons_waiting(world: World) -> set[tuple[str, str]]:
    """Return what `holds` shows: records with the reason why they wait."""
    with world.operator() as operator:
        found = list_holds(operator, CONNECTION)
    return {(record.record, group.reason) for group in found.groups for record in group.records}


def typed_in(world: World, **differences: str) -> None:
    """Book the plain invoice in Yuki's screens, with some differences."""
    expected = PLAIN.expect["yuki"]
    (contact,) = [one for one in world.yuki_state()["contacts"] if one["Code"] == expected["contact_code"]]
    wanted = {
        "reference": PLAIN.number,
        "contact_id": contact["ID"],
        "date": expected["date"],
        "total_incl": expected["total_incl"],
        **differences,
    }
    world.control.post(f"{world.yuki_url}/_control/invoices", json=wanted).raise_for_status()


class TestAccept:
    def test_books_totals_that_differ_as_shown(self, world: World) -> None:
        difference = said(held(world, DIFFERENT).details)

        done = decide(world, decisions.accept, DIFFERENT.number, "one cent")
        world.run(minutes=5)

        assert done.changed
        assert transfer_of(world, DIFFERENT).state is State.BOOKED
        assert len(world.booked(DIFFERENT.number)) == 1
        assert decided(world, DIFFERENT) == [("accepted", "tester", "one cent")]
        assert difference

    def test_does_not_hold_for_another_difference(self, world: World) -> None:
        held(world, DIFFERENT)
        decide(world, decisions.accept, DIFFERENT.number)
        world.edit_in_tribe(first_line(world), Quantity=2.5)
        world.run(minutes=5)

        assert transfer_of(world, DIFFERENT).hold_reason is HoldReason.TOTALS_DIFFER
        assert world.booked(DIFFERENT.number) == []

    def test_books_without_the_pdf(self, world: World) -> None:
        world.save_settings(pdf="required")
        world.switch_tribe(send_order="no_pdf")
        world.send(PLAIN.tribe_invoice_id)
        world.run(minutes=35, step_seconds=30)
        assert transfer_of(world).hold_reason is HoldReason.PDF_MISSING

        decide(world, decisions.accept, PLAIN.number)
        world.run(minutes=5)

        assert transfer_of(world).state is State.BOOKED
        assert transfer_of(world).with_document is False

    def test_of_one_thing_holds_still_when_another_is_accepted(self, world: World) -> None:
        world.save_settings(pdf="required")
        make_totals_differ(world)
        world.switch_tribe(send_order="no_pdf")
        world.send(DIFFERENT.tribe_invoice_id)
        world.run(minutes=35, step_seconds=30)
        assert transfer_of(world, DIFFERENT).hold_reason is HoldReason.PDF_MISSING

        decide(world, decisions.accept, DIFFERENT.number)
        world.run(minutes=2)
        assert transfer_of(world, DIFFERENT).hold_reason is HoldReason.TOTALS_DIFFER
        decide(world, decisions.accept, DIFFERENT.number)
        world.run(minutes=20)

        assert transfer_of(world, DIFFERENT).state is State.BOOKED
        assert len(world.booked(DIFFERENT.number)) == 1

    def test_of_what_is_reported_settles_it(self, world: World) -> None:
        world.send(PLAIN.tribe_invoice_id)
        world.run(minutes=3)
        world.edit_in_tribe(PLAIN.tribe_invoice_id, InvoiceDate="2026-11-19")
        world.run(minutes=2)
        assert (PLAIN.number, "edited_after_sent") in reasons_waiting(world)

        assert decide(world, decisions.accept, PLAIN.number, "credited").changed
        assert not decide(world, decisions.accept, PLAIN.number).changed
        world.edit_in_tribe(PLAIN.tribe_invoice_id, Subject="Anders")
        world.run(minutes=20)

        assert (PLAIN.number, "edited_after_sent") not in reasons_waiting(world)
        assert decided(world, PLAIN) == [("accepted", "tester", "credited")]
        assert len(world.booked(PLAIN.number)) == 1

    @pytest.mark.parametrize("choose", [decisions.accept, decisions.round_totals])
    def test_of_anything_else_is_declined_with_what_to_do(
        self, world: World, choose: Callable[[Operator, str, str], Any]
    ) -> None:
        held(world, UNMARKED)
        with pytest.raises(Declined, match="tribe-yuki retry"):
            decide(world, choose, UNMARKED.number)


class TestRound:
    def test_what_no_line_makes_equal_is_held_again_and_declined_from_then_on(self, world: World) -> None:
        held(world, DIFFERENT)

        assert decide(world, decisions.round_totals, DIFFERENT.number, "rounded").changed
        assert not decide(world, decisions.round_totals, DIFFERENT.number).changed
        world.run(minutes=5)

        assert transfer_of(world, DIFFERENT).hold_reason is HoldReason.TOTALS_DIFFER
        assert decided(world, DIFFERENT) == [("rounded", "tester", "rounded")]
        with pytest.raises(Declined, match="no line of a few cents"):
            decide(world, decisions.round_totals, DIFFERENT.number)
        assert world.booked(DIFFERENT.number) == []


class TestRetry:
    def test_asks_yuki_again_for_the_mark_as_customer(self, world: World) -> None:
        world.switch_yuki(role_change_is_modified=False)
        transfer = held(world, UNMARKED)
        assert transfer.yuki_contact_id is not None
        world.edit_contact(transfer.yuki_contact_id, IsCustomer=True)

        decide(world, decisions.retry, [UNMARKED.number], "ticked")
        world.run(minutes=4)

        assert transfer_of(world, UNMARKED).state is State.BOOKED
        assert len(world.booked(UNMARKED.number)) == 1

    def test_asks_again_for_the_mark_of_a_contact_that_yuki_refused(self, world: World) -> None:
        """The mark was taken away after it was seen; what Yuki refused counts as sent."""
        world.switch_yuki(role_change_is_modified=False, customer_check=True)
        transfer = held(world, UNMARKED)
        link = world.links.get(transfer.tribe_relation_id or "")
        assert link is not None
        world.links.save(replace(link, is_customer=True), [], world.clock.instant)
        world.edit_in_tribe(UNMARKED.tribe_invoice_id, Subject="Anders")
        world.run(minutes=3)
        refused = transfer_of(world, UNMARKED)
        assert (refused.hold_reason, refused.sends) == (HoldReason.CONTACT_NOT_CUSTOMER, 1)
        world.edit_contact(transfer.yuki_contact_id or "", IsCustomer=True)

        decide(world, decisions.retry, [UNMARKED.number], "ticked")
        world.run(minutes=25)

        assert transfer_of(world, UNMARKED).state is State.BOOKED
        assert len(world.booked(UNMARKED.number)) == 1

    def test_is_stored_before_it_is_queued_so_that_the_sweep_takes_what_no_queue_took(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        transfer = held(world, UNMARKED)
        world.switch_yuki(role_change_is_modified=False)
        world.edit_contact(transfer.yuki_contact_id or "", IsCustomer=True)
        with monkeypatch.context() as broken:
            broken.setattr(Queues, "enqueue_invoices", _unavailable)
            with pytest.raises(Retryable):
                decide(world, decisions.retry, [UNMARKED.number])
        assert world.booked(UNMARKED.number) == []

        world.run(minutes=4)

        assert len(world.booked(UNMARKED.number)) == 1

    def test_of_all_for_a_reason_leaves_the_others(self, world: World) -> None:
        held(world, DIFFERENT)
        held(world, UNMARKED)
        done = decide(world, decisions.retry_held, HoldReason.TOTALS_DIFFER.value)
        assert [one.invoice for one in done.invoices] == [DIFFERENT.number]
        with pytest.raises(Declined, match="choose from"):
            decide(world, decisions.retry_held, "no_reason")

    def test_of_a_number_in_use_sends_only_after_yuki_was_asked_twice(self, world: World) -> None:
        """The person compared them: what has the number is another invoice."""
        world.save_settings(administrations_in_domain=1)
        world.switch_yuki(duplicate_reference="accept")
        typed_in(world, total_incl="1.00")
        assert held(world, PLAIN).hold_reason is HoldReason.REFERENCE_IN_USE

        decide(world, decisions.retry, [PLAIN.number], "that one is of last year")
        assert transfer_of(world).state is State.UNCONFIRMED
        world.run(minutes=5)
        assert len(world.booked(PLAIN.number)) == 1
        world.run(minutes=20)

        assert transfer_of(world).state is State.BOOKED
        assert len(world.booked(PLAIN.number)) == 2

    def test_of_a_number_in_use_links_what_is_equal_by_now(self, world: World) -> None:
        world.save_settings(administrations_in_domain=1)
        world.switch_yuki(duplicate_reference="accept")
        typed_in(world, total_incl="1.00")
        held(world, PLAIN)
        self._correct_in_yuki(world)

        decide(world, decisions.retry, [PLAIN.number])
        world.run(minutes=20)

        assert transfer_of(world).state is State.BOOKED
        assert len(world.booked(PLAIN.number)) == 1

    def test_without_asking_first_it_would_be_booked_again(self, world: World) -> None:
        """The control: this is what asking prevents."""
        world.without(Protection.ASKING_FOR_DECISIONS)
        self._hold_because_yuki_says_so(world)
        self._correct_in_yuki(world)

        decide(world, decisions.retry, [PLAIN.number])
        world.run(minutes=20)

        assert len(world.booked(PLAIN.number)) == 2

    def test_what_yuki_refused_for_its_number_is_asked_for_first(self, world: World) -> None:
        self._hold_because_yuki_says_so(world)
        self._correct_in_yuki(world)

        decide(world, decisions.retry, [PLAIN.number])
        world.run(minutes=20)

        assert transfer_of(world).state is State.BOOKED
        assert len(world.booked(PLAIN.number)) == 1

    def _hold_because_yuki_says_so(self, world: World) -> None:
        """Type the invoice in with another amount after the first look; Yuki then refuses ours."""
        world.save_settings(administrations_in_domain=1)
        world.timestamps.set("first_look", world.clock.instant)
        world.switch_yuki(duplicate_reference="refuse")
        typed_in(world, total_incl="1.00")
        transfer = held(world, PLAIN)
        assert (transfer.hold_reason, transfer.sends) == (HoldReason.REFERENCE_IN_USE, 1)
        world.switch_yuki(duplicate_reference="accept")

    def _correct_in_yuki(self, world: World) -> None:
        """Delete what was typed in wrongly, and type it in again."""
        changed = {"deleted": True}
        world.control.post(f"{world.yuki_url}/_control/invoices/{PLAIN.number}", json=changed).raise_for_status()
        typed_in(world)

    def test_of_a_booked_one_says_since_when_and_changes_nothing(self, world: World) -> None:
        world.send(PLAIN.tribe_invoice_id)
        world.run(minutes=3)
        (done,) = decide(world, decisions.retry, [PLAIN.number]).invoices
        assert not done.changed
        assert f"booked since {transfer_of(world).booked_at:%Y-%m-%d %H:%M}" in done.what_follows
        world.run(minutes=20)
        assert len(world.booked(PLAIN.number)) == 1

    def test_of_an_unknown_invoice_says_what_to_give(self, world: World) -> None:
        with pytest.raises(Declined, match="number or id"):
            decide(world, decisions.retry, ["2099-1"])


def test_an_invoice_that_was_typed_in_while_it_was_held_is_found_and_not_sent(world: World) -> None:
    world.save_settings(administrations_in_domain=1)
    world.switch_yuki(duplicate_reference="accept", customer_check=True)
    transfer = held(world, UNMARKED)
    assert transfer.yuki_contact_id is not None
    world.run(minutes=15)
    type_in_as_it_is(world, transfer)

    world.edit_contact(transfer.yuki_contact_id, IsCustomer=True)
    world.run(minutes=20)

    assert transfer_of(world, UNMARKED).state is State.BOOKED
    assert len(world.booked(UNMARKED.number)) == 1


class TestAlreadyBooked:
    def test_is_never_sent_and_marked_in_tribe(self, world: World) -> None:
        held(world, UNMARKED)

        decide(world, decisions.already_booked, UNMARKED.number, "typed in")
        world.edit_contact(transfer_of(world, UNMARKED).yuki_contact_id or "", IsCustomer=True)
        world.run(minutes=20)

        transfer = transfer_of(world, UNMARKED)
        assert (transfer.state, transfer.verification, transfer.external_id_written) == (State.BOOKED, "person", True)
        assert world.booked(UNMARKED.number) == []
        assert decided(world, UNMARKED) == [("said_to_be_booked", "tester", "typed in")]

    def test_twice_is_once(self, world: World) -> None:
        held(world, UNMARKED)
        assert decide(world, decisions.already_booked, UNMARKED.number).changed
        assert not decide(world, decisions.already_booked, UNMARKED.number).changed
        assert len(decided(world, UNMARKED)) == 1

    def test_is_found_by_its_number_from_then_on(self, world: World) -> None:
        """An invoice that was never ready had not reserved its number."""
        held(world, DIFFERENT)
        decide(world, decisions.already_booked, DIFFERENT.number)
        again = decide(world, decisions.already_booked, DIFFERENT.number)
        assert (again.changed, again.now) == (False, "booked")
        assert world.transfers.holders_of_reference(DIFFERENT.number) == [DIFFERENT.tribe_invoice_id]

    def test_keeps_which_document_of_yuki_it_is(self, world: World) -> None:
        held(world, UNMARKED)
        document = "5d0c7f0e-0000-4000-8000-0000000000aa"
        with pytest.raises(Declined, match="no id of a document"):
            decide(world, decisions.already_booked, UNMARKED.number, "typed in", "page 3")
        decide(world, decisions.already_booked, UNMARKED.number, "typed in", document)
        entries = Journal(world.db, JOURNAL, CONNECTION).read(f"invoice#{UNMARKED.tribe_invoice_id}")
        (entry,) = [one for one in entries if one["code"] == "said_to_be_booked"]
        assert entry["facts"]["yuki_document_id"] == document

    def test_needs_a_number_to_mark_it_with(self, world: World) -> None:
        world.edit_in_tribe(PLAIN.tribe_invoice_id, InvoiceDate="2026-11-20", Phase=SENT_PHASE, IsFinal=True)
        world.run(minutes=35, step_seconds=30)
        assert transfer_of(world).hold_reason is HoldReason.NUMBER_MISSING
        with pytest.raises(Declined, match="numbered in Tribe"):
            decide(world, decisions.already_booked, PLAIN.tribe_invoice_id)


class TestDismiss:
    def test_needs_a_reason(self, world: World) -> None:
        held(world, UNMARKED)
        with pytest.raises(Declined, match="--reason"):
            decide(world, decisions.dismiss, UNMARKED.number, " ")

    def test_no_event_brings_it_back_but_a_person_does(self, world: World) -> None:
        contact = held(world, UNMARKED).yuki_contact_id or ""
        decide(world, decisions.dismiss, UNMARKED.number, "booked by hand in the old books")
        world.edit_contact(contact, IsCustomer=True)
        world.edit_in_tribe(UNMARKED.tribe_invoice_id, Subject="Anders")
        world.run(minutes=20)
        assert transfer_of(world, UNMARKED).reason == "dismissed"
        assert world.booked(UNMARKED.number) == []

        decide(world, decisions.retry, [UNMARKED.number])
        world.run(minutes=20)

        assert transfer_of(world, UNMARKED).state is State.BOOKED

    def test_without_its_guard_an_event_would_bring_it_back(self, world: World) -> None:
        """The control."""
        world.without(Protection.DISMISSAL)
        contact = held(world, UNMARKED).yuki_contact_id or ""
        decide(world, decisions.dismiss, UNMARKED.number, "booked by hand in the old books")
        world.edit_contact(contact, IsCustomer=True)
        world.links.save(_unasked(world), [], world.clock.instant)
        world.edit_in_tribe(UNMARKED.tribe_invoice_id, Subject="Anders")
        world.run(minutes=20)
        assert len(world.booked(UNMARKED.number)) == 1

    def test_one_that_was_dismissed_because_it_was_typed_in_is_found_when_it_is_retried(self, world: World) -> None:
        self._dismiss_and_type_in(world)
        decide(world, decisions.retry, [UNMARKED.number])
        world.run(minutes=20)
        assert transfer_of(world, UNMARKED).verification == "already_in_yuki"
        assert len(world.booked(UNMARKED.number)) == 1

    def test_without_looking_for_it_a_retry_would_book_it_again(self, world: World) -> None:
        """The control."""
        self._dismiss_and_type_in(world)
        world.without(Protection.ASKING_BEFORE_A_REPEAT)
        decide(world, decisions.retry, [UNMARKED.number])
        world.run(minutes=20)
        assert len(world.booked(UNMARKED.number)) == 2

    def _dismiss_and_type_in(self, world: World) -> None:
        world.save_settings(administrations_in_domain=1)
        world.switch_yuki(duplicate_reference="accept")
        transfer = held(world, UNMARKED)
        decide(world, decisions.dismiss, UNMARKED.number, "I type it in")
        type_in_as_it_is(world, transfer)
        world.edit_contact(transfer.yuki_contact_id or "", IsCustomer=True)
        world.links.save(_unasked(world), [], world.clock.instant)
        world.run(minutes=15)

    def test_what_may_be_in_yuki_cannot_be_dismissed(self, world: World) -> None:
        world.send(PLAIN.tribe_invoice_id)
        world.run(minutes=3)
        with pytest.raises(Declined, match="cannot be dismissed"):
            decide(world, decisions.dismiss, PLAIN.number, "no")


def _unasked(world: World) -> Any:
    """Return the link of the contact that is not marked, as if its mark had never been seen."""
    link = world.links.get(transfer_of(world, UNMARKED).tribe_relation_id or "")
    assert link is not None
    return replace(link, is_customer=None)


def _unavailable(*_: Any, **__: Any) -> None:
    raise Retryable("queue_unavailable", "for a test")


@dataclass
class Contended:
    """The stored transfers, of which another worker stores each one `times` before the operator does."""

    transfers: TransferStore
    times: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transfers, name)

    def save(self, transfer: Transfer, entries: list[JournalEntry], now: datetime) -> Transfer:
        """Lose against the other worker, or store."""
        if self.times:
            self.times -= 1
            current = self.transfers.get(transfer.tribe_invoice_id)
            assert current is not None
            self.transfers.save(current, [], now)
        return self.transfers.save(transfer, entries, now)


def contended(operator: Operator, times: int) -> Operator:
    """Return an operator whose transfers another worker stores, too."""
    stores = operator.stores(CONNECTION)
    transfers: Any = Contended(stores.transfers, times)
    return replace(operator, stores=lambda _: replace(stores, transfers=transfers))


class TestWhileAWorkerHasIt:
    def test_it_is_read_and_decided_again(self, world: World) -> None:
        held(world, DIFFERENT)
        with world.operator() as operator:
            assert decisions.accept(contended(operator, times=2), CONNECTION, DIFFERENT.number).changed
        world.run(minutes=5)
        assert len(decided(world, DIFFERENT)) == 1
        assert len(world.booked(DIFFERENT.number)) == 1

    def test_it_is_told_after_three_times_and_keeps_no_other_back(self, world: World) -> None:
        held(world, DIFFERENT)
        held(world, UNMARKED)
        with world.operator() as operator:
            busy = contended(operator, times=3)
            done = decisions.retry(busy, CONNECTION, [DIFFERENT.number, UNMARKED.number])
        assert [(one.invoice, one.changed) for one in done.invoices] == [
            (DIFFERENT.number, False),
            (UNMARKED.number, True),
        ]
        assert "a worker has" in done.invoices[0].what_follows
        assert decided(world, DIFFERENT) == []
        assert transfer_of(world, DIFFERENT).hold_reason is HoldReason.TOTALS_DIFFER


# What is pressed, where the invoice ends, and how often it is in the books then.
RACES: list[tuple[Callable[[Operator, str, str, str], Any], State, int]] = [
    (decisions.accept, State.BOOKED, 1),
    (decisions.round_totals, State.HELD, 0),
    (decisions.already_booked, State.BOOKED, 0),
    (decisions.dismiss, State.SKIPPED, 0),
]


@pytest.mark.parametrize(("choose", "ends", "booked"), RACES)
def test_a_decision_while_workers_have_the_invoice_books_nothing_twice(
    world: World, choose: Callable[[Operator, str, str, str], Any], ends: State, booked: int
) -> None:
    world.switch_yuki(duplicate_reference="accept")
    held(world, DIFFERENT)
    start = Barrier(9)

    def work(act: Callable[[], Any]) -> None:
        start.wait()
        try:
            act()
        except (Declined, Conflict):
            return

    def event() -> None:
        world.invoice_push({"Records": [_message(world, DIFFERENT)]})

    acts = [lambda: decide(world, choose, DIFFERENT.number, "now")] * 4 + [event] * 5
    threads = [Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.run(minutes=20)

    assert transfer_of(world, DIFFERENT).state is ends
    assert len(world.booked(DIFFERENT.number)) == booked
    assert len(decided(world, DIFFERENT)) == 1


def test_retries_while_workers_have_the_invoice_and_new_events_arrive_book_it_once(world: World) -> None:
    world.switch_yuki(duplicate_reference="accept", role_change_is_modified=False)
    transfer = held(world, UNMARKED)
    world.edit_contact(transfer.yuki_contact_id or "", IsCustomer=True)
    start = Barrier(8)

    def retry() -> None:
        start.wait()
        decide(world, decisions.retry, [UNMARKED.number], "ticked")

    def event() -> None:
        start.wait()
        world.invoice_push({"Records": [_message(world, UNMARKED)]})

    threads = [Thread(target=act) for act in [retry] * 4 + [event] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.run(minutes=25)

    assert transfer_of(world, UNMARKED).state is State.BOOKED
    assert len(world.booked(UNMARKED.number)) == 1
    assert decided(world, UNMARKED)[0] == ("retried", "tester", "ticked")


def _message(world: World, seed: SeedInvoice) -> dict[str, str]:
    seen_at = (world.clock.instant + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    body = f'{{"v":1,"connection_id":"{CONNECTION}","ids":["{seed.tribe_invoice_id}"],"seen_at":"{seen_at}"}}'
    return {"messageId": "1", "body": body}


def test_holds_are_exactly_what_is_held_by_reason_with_owner_and_words(world: World) -> None:
    for seed in SEEDS:
        world.send(seed.tribe_invoice_id)
    world.run(minutes=40, step_seconds=30)

    for language in ("en", "nl"):
        with world.operator() as operator:
            found = list_holds(operator, CONNECTION, language=language)
        shown = {(record.record, group.reason, group.owner.value) for group in found.groups for record in group.records}
        expected = {
            (seed.number, seed.expect["reason"], seed.expect["owner"])
            for seed in SEEDS
            if seed.expect["state"] == "held"
        }
        skipped = {one for one in shown if one[1] in (SKIPPED_FOR_DATE, SKIPPED_FOR_MARK)}
        assert {one for one in shown if one[0].startswith("2026-")} - skipped == expected
        assert {number for number, *_ in skipped} <= {
            seed.number for seed in SEEDS if seed.expect["state"] == "skipped"
        }
        assert all(group.what_to_do and group.title for group in found.groups)


def test_holds_of_one_owner_are_only_theirs(world: World) -> None:
    held(world, UNMARKED)
    with world.operator() as operator:
        assert list_holds(operator, CONNECTION, owner=Owner.SALES).waiting == 0
        assert list_holds(operator, CONNECTION, owner=Owner.BOOKKEEPER).waiting == 1
