"""An invoice whose status moved on in Tribe before it was booked is still booked (design 6.1).

Tribe's reminder automation changes the status of what it reminds of. What was held meanwhile must not count as a draft.
"""

from datetime import UTC, datetime

import pytest

from local.demo.invoices import seed_invoices
from tests.support.faults.protections import Protection
from tests.support.world.world import CONNECTION, World
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.details import edited
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.transfer import State
from tribe_yuki.setup.plan import make_plan
from tribe_yuki.status.reconciliation import reconcile

UNMARKED = next(seed for seed in seed_invoices() if seed.expect["reason"] == HoldReason.CONTACT_NOT_CUSTOMER)
PLAIN = next(seed for seed in seed_invoices() if seed.number == "2026-0101")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def stands(world: World, tribe_invoice_id: str = UNMARKED.tribe_invoice_id) -> tuple[State, str | None]:
    """Return where a transfer stands."""
    transfer = world.transfer(tribe_invoice_id)
    assert transfer is not None
    return transfer.state, transfer.reason


def hold(world: World) -> str:
    """Send the invoice, see it held for the customer mark, and return the contact's id."""
    world.send(UNMARKED.tribe_invoice_id)
    world.run(minutes=5)
    transfer = world.transfer(UNMARKED.tribe_invoice_id)
    assert transfer is not None
    assert transfer.yuki_contact_id is not None
    assert transfer.hold_reason is HoldReason.CONTACT_NOT_CUSTOMER
    return transfer.yuki_contact_id


@pytest.mark.parametrize("code", ["Reminder1", "PartiallyPaid", "Sommatie"])
def test_one_that_was_reminded_or_paid_in_part_while_it_was_held_is_booked(world: World, code: str) -> None:
    if code == "Sommatie":
        body = {"Code": code, "Name": "Sommatie verstuurd"}
        url = f"{world.tribe_url}/_control/create/Datastore_Phase_ActivityInvoice"
        world.control.post(url, json=body).raise_for_status()
    contact = hold(world)
    world.set_phase(UNMARKED.tribe_invoice_id, code)
    world.run(minutes=2)
    assert stands(world) == (State.HELD, HoldReason.CONTACT_NOT_CUSTOMER), "it stays among the holds"

    world.edit_contact(contact, IsCustomer=True)
    world.run(minutes=17)

    assert stands(world)[0] is State.BOOKED
    assert len(world.booked(UNMARKED.number)) == 1


def test_where_only_named_phases_follow_sent_it_would_be_lost(world: World) -> None:

    contact = hold(world)
    world.without(Protection.PHASES_AFTER_SENT)
    world.set_phase(UNMARKED.tribe_invoice_id, "Reminder1")
    world.run(minutes=2)
    assert stands(world) == (State.SKIPPED, SkipReason.DRAFT)

    world.edit_contact(contact, IsCustomer=True)
    world.run(minutes=40)

    assert world.booked(UNMARKED.number) == []


def test_one_that_no_webhook_told_of_is_booked_in_the_night(world: World) -> None:
    world.switch_tribe(drop_webhooks=1.0)
    world.send(PLAIN.tribe_invoice_id)
    world.set_phase(PLAIN.tribe_invoice_id, "Reminder2")
    with world.operator() as operator:
        assert make_plan(operator, CONNECTION).invoices["pushed"] == 1
    world.switch_tribe(drop_webhooks=0.0)

    world.set_time(NOON.replace(hour=2))
    world.run(minutes=4 * 60, step_seconds=60)

    assert stands(world, PLAIN.tribe_invoice_id) == (State.BOOKED, None)
    assert len(world.booked(PLAIN.number)) == 1


def test_a_draft_again_waits_and_a_cancelled_one_is_skipped_and_told(world: World) -> None:
    contact = hold(world)
    world.set_phase(UNMARKED.tribe_invoice_id, "Draft")
    world.edit_contact(contact, IsCustomer=True)
    world.run(minutes=17)
    assert stands(world) == (State.SKIPPED, SkipReason.DRAFT)
    assert world.booked(UNMARKED.number) == []

    world.set_phase(UNMARKED.tribe_invoice_id, "Cancelled")
    world.run(minutes=2)
    assert stands(world) == (State.SKIPPED, SkipReason.PHASE)
    with world.operator() as operator:
        told = reconcile(operator, CONNECTION).findings
        invoices = make_plan(operator, CONNECTION).invoices
    assert [(one.standing, one.transfer) for one in told] == [("explained", "skipped (phase_excluded)")]
    assert (invoices["pushed"], invoices["excluded_by_phase"]) == (0, 1)

    world.set_phase(UNMARKED.tribe_invoice_id, "Reminder1")
    world.run(minutes=17)
    assert stands(world)[0] is State.BOOKED
    assert len(world.booked(UNMARKED.number)) == 1


@pytest.mark.parametrize("code", ["Draft", "Cancelled"])
def test_a_booked_one_that_is_taken_back_in_tribe_is_reported_once(world: World, code: str) -> None:
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=3)
    for moved_on in ("Reminder1", "PartiallyPaid", "Paid"):
        world.set_phase(PLAIN.tribe_invoice_id, moved_on)
        world.run(minutes=1)
    assert stands(world, PLAIN.tribe_invoice_id) == (State.BOOKED, None)

    world.set_phase(PLAIN.tribe_invoice_id, code)
    world.run(minutes=1)

    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    assert (transfer.reason, transfer.details) == ("edited_after_sent", (edited(["phase"], code),))
    assert len(world.booked(PLAIN.number)) == 1


def test_one_seen_as_sent_without_number_keeps_its_hold_in_a_later_phase(world: World) -> None:
    sent = "70000000-0000-4000-8000-0000000000a2"
    world.edit_in_tribe(PLAIN.tribe_invoice_id, InvoiceDate="2026-11-20", Phase={"ID": sent}, IsFinal=True)
    world.run(minutes=35)
    assert stands(world, PLAIN.tribe_invoice_id) == (State.HELD, HoldReason.NUMBER_MISSING)

    world.set_phase(PLAIN.tribe_invoice_id, "Reminder1")
    world.run(minutes=2)
    assert stands(world, PLAIN.tribe_invoice_id) == (State.HELD, HoldReason.NUMBER_MISSING)

    world.edit_in_tribe(PLAIN.tribe_invoice_id, Number=PLAIN.number)
    world.run(minutes=20)
    assert stands(world, PLAIN.tribe_invoice_id)[0] is State.BOOKED
