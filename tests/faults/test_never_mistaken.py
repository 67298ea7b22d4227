"""Another invoice under the same number is never taken for ours, and never doubled (design 6.2)."""

from datetime import timedelta

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.plain_invoice import PLAIN, contact_id, ended, one_administration, pay, type_in
from tests.support.world.world import World
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State

ANOTHER_ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4d"
LONG_ENOUGH = 45


def send(world: World) -> None:
    """Send the plain invoice, and give the connector time to think."""
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=LONG_ENOUGH, step_seconds=30)


@pytest.mark.parametrize("is_paid", [False, True])
def test_one_typed_in_by_the_bookkeeper_is_linked_and_not_sent(world: World, is_paid: bool) -> None:
    one_administration(world)
    type_in(world)
    if is_paid:
        pay(world)

    send(world)

    assert ended(world) == (State.BOOKED, None, "already_in_yuki")
    assert len(world.booked(PLAIN.number)) == 1
    assert "ProcessSalesInvoices" not in world.yuki_state()["calls"]


@pytest.mark.parametrize("is_paid", [False, True])
@pytest.mark.parametrize(
    "difference",
    [{"total_incl": "287.39"}, {"date": "2025-11-16"}, {"contact_code": "D-10018"}],
    ids=["another amount", "another year", "another customer"],
)
def test_one_that_differs_holds_ours_for_the_bookkeeper(
    world: World, difference: dict[str, str], is_paid: bool
) -> None:
    one_administration(world)
    code = difference.get("contact_code")
    type_in(world, **({"contact_id": contact_id(world, code)} if code else difference))
    if is_paid:
        pay(world)

    send(world)

    assert ended(world)[:2] == (State.HELD, HoldReason.REFERENCE_IN_USE)
    assert len(world.booked(PLAIN.number)) == 1
    assert "ProcessSalesInvoices" not in world.yuki_state()["calls"]


def test_one_typed_in_after_the_first_look_is_refused_by_yuki_and_linked(world: World) -> None:
    one_administration(world)
    world.switch_yuki(duplicate_reference="refuse")
    world.start_task("first_look")
    world.run(minutes=1)
    type_in(world)

    send(world)

    assert ended(world)[0] is State.BOOKED
    assert ended(world)[2] == "found_in_yuki"
    assert len(world.booked(PLAIN.number)) == 1


def test_one_of_another_administration_is_neither_linked_nor_doubled(world: World) -> None:
    type_in(world, administration_id=ANOTHER_ADMINISTRATION)

    send(world)

    assert ended(world)[0] is State.UNCONFIRMED
    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    assert transfer.due_at is not None
    assert transfer.due_at > world.clock.instant - timedelta(minutes=1)
    assert len(world.booked(PLAIN.number)) == 1


def test_a_duplicate_that_yuki_names_and_does_not_show_is_left_to_the_bookkeeper(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be refused again, every quarter of an hour, for ever."""
    one_administration(world)
    world.switch_yuki(duplicate_reference="refuse")
    world.start_task("first_look")
    world.run(minutes=1)
    type_in(world)
    monkeypatch.setattr("tribe_yuki.adapters.yuki.client.YukiClient.outstanding_debtor_items", lambda _: [])
    monkeypatch.setattr("tribe_yuki.adapters.yuki.client.YukiClient.check_outstanding_item", lambda *_: [])
    monkeypatch.setattr("tribe_yuki.adapters.yuki.client.YukiClient.sales_documents", lambda *_, **__: [])

    send(world)

    assert ended(world)[:2] == (State.HELD, HoldReason.REFERENCE_IN_USE)
    assert world.yuki_state()["calls"]["ProcessSalesInvoices"] == 1
    assert len(world.booked(PLAIN.number)) == 1


def test_without_the_first_look_one_that_was_typed_in_would_be_doubled(world: World) -> None:
    one_administration(world)
    world.switch_yuki(duplicate_reference="accept")
    type_in(world)
    world.without(Protection.FIRST_LOOK)

    send(world)

    assert len(world.booked(PLAIN.number)) == 2
