"""What is no PDF never goes into Yuki, where no call takes it away again (design 6.4)."""

import pytest

from tests.support.details import said
from tests.support.faults.protections import Protection
from tests.support.world.plain_invoice import PLAIN
from tests.support.world.world import CONNECTION, World, steer
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.decisions import retry

ANSWERS = ["page", "cut", "empty"]


def send(world: World, *, pdf: str, minutes: float) -> Transfer:
    """Send the plain invoice."""
    world.save_settings(pdf=pdf)
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=minutes, step_seconds=30)
    return transfer_of(world)


def transfer_of(world: World) -> Transfer:
    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    return transfer


def document_bytes(world: World) -> list[int]:
    """Return the size of the PDF in Yuki of each booking."""
    return [one["document_bytes"] for one in world.booked(PLAIN.number)]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_required_one_holds_the_invoice_until_it_is_there(world: World, answer: str) -> None:
    world.switch_tribe(document_answer=answer)
    held = send(world, pdf="required", minutes=50)
    assert (held.hold_reason, held.sends) == (HoldReason.PDF_MISSING, 0)
    assert document_bytes(world) == []

    world.switch_tribe(document_answer="whole")
    world.edit_in_tribe(PLAIN.tribe_invoice_id, Subject="Nu met pdf")
    world.run(minutes=20)

    assert transfer_of(world).state is State.BOOKED
    assert document_bytes(world)[0] > 0


@pytest.mark.parametrize("answer", ANSWERS)
def test_one_that_is_wanted_is_tried_again_and_then_done_without(world: World, answer: str) -> None:
    world.switch_tribe(document_answer=answer)
    waiting = send(world, pdf="when_found", minutes=2)
    assert (waiting.state, said(waiting.details)) == (State.WAITING, "tribe_document_unreadable")

    world.run(minutes=20, step_seconds=30)

    booked = transfer_of(world)
    assert (booked.state, booked.with_document) == (State.BOOKED, False)
    assert document_bytes(world) == [0]


def test_a_server_that_is_back_within_a_minute_costs_no_document(world: World) -> None:
    world.switch_tribe(document_answer="page")
    assert send(world, pdf="when_found", minutes=1.5).state is State.WAITING
    world.switch_tribe(document_answer="whole")
    world.run(minutes=5)
    assert transfer_of(world).with_document is True
    assert document_bytes(world)[0] > 0


def test_bytes_that_nobody_looks_at_would_be_booked(world: World) -> None:
    world.without(Protection.LOOK_AT_PDFS)
    world.switch_tribe(document_answer="page")
    send(world, pdf="required", minutes=3)
    assert document_bytes(world)[0] > 0


def test_a_reminder_that_was_mailed_while_it_was_held_is_not_its_paper(world: World) -> None:
    world.switch_yuki(refuse_invoices={PLAIN.number: "Deze maand is afgesloten"})
    held = send(world, pdf="when_found", minutes=2)
    assert held.hold_reason is HoldReason.REFUSED_BY_YUKI
    steer(world.tribe, f"invoices/{PLAIN.tribe_invoice_id}/remind", costs=40)
    world.switch_yuki(refuse_invoices={})
    with world.operator() as operator:
        retry(operator, CONNECTION, [PLAIN.tribe_invoice_id])
    world.run(minutes=20, step_seconds=60)

    (booked,) = world.booked(PLAIN.number)
    assert booked["document_file_name"] == f"{PLAIN.number}.pdf"
