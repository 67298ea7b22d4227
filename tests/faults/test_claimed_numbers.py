"""A number belongs to one invoice of a book year, as long as that has it (design 6.2)."""

from datetime import date

import pytest

from tests.support.details import said
from tests.support.faults.protections import Protection
from tests.support.world.many_invoices import draft_invoices, link_customers
from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import ID_MAP
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.decisions import dismiss, retry

NUMBER, OTHER_NUMBER = "R-1", "R 2"
FIRST, SECOND = 0, 1


@pytest.fixture
def ids(world: World) -> list[str]:
    """Two drafts of one customer; Yuki books a number as often as it comes, and its archive is ours alone."""
    made = draft_invoices(world, link_customers(world, 1), 2)
    world.save_settings(administrations_in_domain=1)
    world.switch_yuki(duplicate_reference="accept")
    return made


def transfer_of(world: World, tribe_invoice_id: str) -> Transfer:
    """Return the transfer of an invoice."""
    transfer = world.transfer(tribe_invoice_id)
    assert transfer is not None
    return transfer


def refuse_first(world: World, ids: list[str]) -> None:
    """Have Yuki refuse the first invoice."""
    world.switch_yuki(refuse_invoices={NUMBER: "Deze maand is afgesloten"})
    world.send(ids[FIRST], Number=NUMBER)
    world.run(minutes=3)
    assert transfer_of(world, ids[FIRST]).hold_reason is HoldReason.REFUSED_BY_YUKI
    world.switch_yuki(refuse_invoices={})


def hold_first(world: World, ids: list[str]) -> None:
    """Hold the first invoice before it is sent: it claims its number when it is ready, and waits for its batch."""
    world.save_settings(batch_wait_seconds=300)
    world.send(ids[FIRST], Number=NUMBER)
    world.run(minutes=1)
    assert transfer_of(world, ids[FIRST]).state is State.READY


def delete(world: World, tribe_invoice_id: str) -> None:
    world.delete_in_tribe(tribe_invoice_id)


def renumber(world: World, tribe_invoice_id: str) -> None:
    world.edit_in_tribe(tribe_invoice_id, Number=OTHER_NUMBER)


def send_anew(world: World, tribe_invoice_id: str) -> None:
    """Set it back to draft, and send it under another number."""
    world.set_phase(tribe_invoice_id, "Draft")
    world.run(minutes=1)
    world.edit_in_tribe(tribe_invoice_id, Number=OTHER_NUMBER)
    world.set_phase(tribe_invoice_id, "Sent")


def dismiss_it(world: World, tribe_invoice_id: str) -> None:
    with world.operator() as operator:
        dismiss(operator, CONNECTION, tribe_invoice_id, "dubbel")


@pytest.mark.parametrize("leave", [delete, renumber, send_anew, dismiss_it])
@pytest.mark.parametrize("begin", [refuse_first, hold_first])
def test_a_number_that_its_invoice_left_goes_to_the_next_one(
    world: World, ids: list[str], begin: object, leave: object
) -> None:
    begin(world, ids)  # type: ignore[operator]
    world.send(ids[SECOND], Number=NUMBER)
    world.run(minutes=1)
    assert transfer_of(world, ids[SECOND]).hold_reason is HoldReason.REFERENCE_IN_USE

    leave(world, ids[FIRST])  # type: ignore[operator]
    world.run(minutes=40, step_seconds=30)

    assert transfer_of(world, ids[SECOND]).state is State.BOOKED, "nobody had to say anything"
    assert len(world.booked(NUMBER)) == 1
    assert len(world.booked(OTHER_NUMBER)) == (leave in (renumber, send_anew))


def test_one_that_was_deleted_without_a_webhook_does_not_keep_it(world: World, ids: list[str]) -> None:
    refuse_first(world, ids)
    world.switch_tribe(drop_webhooks=1.0)
    delete(world, ids[FIRST])
    world.settle_webhooks()
    world.switch_tribe(drop_webhooks=0.0)

    world.send(ids[SECOND], Number=NUMBER)
    world.run(minutes=40, step_seconds=30)

    assert transfer_of(world, ids[SECOND]).state is State.BOOKED


def test_where_a_claim_never_ended_the_next_one_would_be_held_for_ever(world: World, ids: list[str]) -> None:
    world.without(Protection.ENDS_OF_CLAIMS)
    refuse_first(world, ids)
    delete(world, ids[FIRST])
    world.send(ids[SECOND], Number=NUMBER)
    world.run(minutes=40, step_seconds=30)
    with world.operator() as operator:
        retry(operator, CONNECTION, [ids[SECOND]])
    world.run(minutes=20, step_seconds=30)

    assert transfer_of(world, ids[SECOND]).hold_reason is HoldReason.REFERENCE_IN_USE


def test_a_number_that_may_have_been_sent_is_looked_for_first(world: World, ids: list[str]) -> None:
    world.switch_yuki(timeout_after_commit={"count": 1, "operations": ["ProcessSalesInvoices"]}, hang_seconds=0)
    world.send(ids[FIRST], Number=NUMBER)
    world.run(minutes=1)
    assert transfer_of(world, ids[FIRST]).state is State.UNCONFIRMED
    delete(world, ids[FIRST])
    world.send(ids[SECOND], Number=NUMBER)
    world.run(minutes=40, step_seconds=30)

    assert transfer_of(world, ids[FIRST]).state is State.BOOKED
    with world.operator() as operator:
        retry(operator, CONNECTION, [ids[SECOND]])
    world.run(minutes=20, step_seconds=30)
    held = transfer_of(world, ids[SECOND])
    assert held.hold_reason is HoldReason.REFERENCE_IN_USE
    assert "in Yuki staat een factuur R-1" in said(held.details, "nl")
    assert len(world.booked(NUMBER)) == 1


def test_two_with_one_number_are_told_apart_and_the_text_is_true(world: World, ids: list[str]) -> None:
    hold_first(world, ids)
    world.send(ids[SECOND], Number=NUMBER)
    world.run(minutes=2)
    held = transfer_of(world, ids[SECOND])
    assert held.hold_reason is HoldReason.REFERENCE_IN_USE
    assert "een andere factuur in Tribe heeft ook nummer R-1" in said(held.details, "nl")
    assert "Yuki" not in said(held.details, "en")


@pytest.mark.parametrize("is_old", [False, True])
def test_numbering_that_starts_again_each_year_holds_nothing(world: World, ids: list[str], is_old: bool) -> None:
    world.save_settings(start_date=date(2025, 1, 1))
    world.send(ids[FIRST], Number="1", InvoiceDate="2025-12-30")
    world.run(minutes=3)
    assert transfer_of(world, ids[FIRST]).state is State.BOOKED
    if is_old:  # as it was stored when claims did not name their year
        world.db.delete(ID_MAP, {"connection_id": CONNECTION, "item": "reference#1#2025"})
        item = {"connection_id": CONNECTION, "item": "reference#1", "tribe_invoice_id": ids[FIRST]}
        world.db.put(ID_MAP, item)

    world.send(ids[SECOND], Number="1", InvoiceDate="2026-01-04")
    world.run(minutes=3)

    assert transfer_of(world, ids[SECOND]).state is State.BOOKED
    assert len(world.booked("1")) == 2


def test_a_claim_of_before_holds_in_its_year(world: World, ids: list[str]) -> None:
    hold_first(world, ids)
    world.db.delete(ID_MAP, {"connection_id": CONNECTION, "item": f"reference#{NUMBER}#2026"})
    item = {"connection_id": CONNECTION, "item": f"reference#{NUMBER}", "tribe_invoice_id": ids[FIRST]}
    world.db.put(ID_MAP, item)

    world.send(ids[SECOND], Number=NUMBER)
    world.run(minutes=2)

    assert transfer_of(world, ids[SECOND]).hold_reason is HoldReason.REFERENCE_IN_USE
