"""An invoice waits until its contact is marked as Customer in Yuki, and goes by itself then (design 6.6)."""

from datetime import UTC, datetime

from local.demo.invoices import seed_invoices
from tests.support.faults.protections import Protection
from tests.support.world.world import CONNECTION, World
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.texts import explain_hold
from tribe_yuki.invoices.transfer import State
from tribe_yuki.setup.lifecycle import poll

UNMARKED = next(seed for seed in seed_invoices() if seed.expect["reason"] == HoldReason.CONTACT_NOT_CUSTOMER)
PAID = {"ID": "70000000-0000-4000-8000-0000000000a3"}
EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def state(world: World) -> State | None:
    """Return where the transfer stands."""
    transfer = world.transfer(UNMARKED.tribe_invoice_id)
    return transfer.state if transfer else None


def send_and_hold(world: World) -> str:
    """Send the invoice, see it held, and return the contact's id."""
    world.send(UNMARKED.tribe_invoice_id)
    world.run(minutes=20)
    transfer = world.transfer(UNMARKED.tribe_invoice_id)
    assert transfer is not None
    assert transfer.yuki_contact_id is not None
    assert transfer.hold_reason is HoldReason.CONTACT_NOT_CUSTOMER
    words = explain_hold(HoldReason.CONTACT_NOT_CUSTOMER, language="nl", code=transfer.contact_code or "")
    assert transfer.contact_code is not None
    assert transfer.contact_code in words
    assert "vinkje Klant" in words
    return transfer.yuki_contact_id


def test_a_tick_that_counts_as_a_change_releases_it_within_one_poll(world: World) -> None:
    contact = send_and_hold(world)

    world.edit_contact(contact, IsCustomer=True)
    world.run(minutes=17)

    assert state(world) is State.BOOKED
    assert len(world.booked(UNMARKED.number)) == 1


def test_who_asks_for_a_poll_has_the_tick_found_at_once(world: World) -> None:
    contact = send_and_hold(world)
    world.run(minutes=16)
    world.edit_contact(contact, IsCustomer=True)
    world.run(minutes=2)
    assert state(world) is State.HELD  # nobody looked yet

    with world.operator() as operator:
        poll(operator, CONNECTION)
    world.run(minutes=2)

    assert state(world) is State.BOOKED
    assert len(world.booked(UNMARKED.number)) == 1


def test_a_tick_that_does_not_count_is_found_by_the_nightly_read(world: World) -> None:
    world.switch_yuki(role_change_is_modified=False)
    contact = send_and_hold(world)
    # The overlap would bring the contact back, which was written when it was linked.
    world.run(minutes=40, step_seconds=60)
    world.edit_contact(contact, IsCustomer=True)
    world.set_time(EVENING)
    world.run(minutes=60, step_seconds=60)
    assert state(world) is State.HELD

    world.run(minutes=8.5 * 60, step_seconds=60)

    assert state(world) is State.BOOKED
    assert len(world.booked(UNMARKED.number)) == 1


def test_one_that_was_set_to_paid_meanwhile_is_booked_all_the_same(world: World) -> None:
    contact = send_and_hold(world)
    world.edit_in_tribe(UNMARKED.tribe_invoice_id, Phase=PAID)
    world.run(minutes=2)

    world.edit_contact(contact, IsCustomer=True)
    world.run(minutes=17)

    assert state(world) is State.BOOKED
    assert len(world.booked(UNMARKED.number)) == 1


def test_nothing_is_asked_while_nothing_is_held(world: World) -> None:
    world.run(minutes=40)
    assert "GetSuppliersAndCustomers" not in world.yuki_state()["calls"]


def test_without_the_look_for_ticks_it_would_wait_for_ever(world: World) -> None:
    world.without(Protection.CUSTOMER_CHECKBOX)
    contact = send_and_hold(world)

    world.edit_contact(contact, IsCustomer=True)
    world.run(minutes=40)

    assert state(world) is State.HELD
    assert world.booked(UNMARKED.number) == []
