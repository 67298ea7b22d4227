"""What changes in Tribe after the booking is told with the difference in euros, by webhook or at night (design 6.2)."""

from collections.abc import Callable

import pytest

from tests.support.details import said
from tests.support.faults.protections import Protection
from tests.support.world.plain_invoice import PLAIN, one_administration
from tests.support.world.world import CONNECTION, World
from tribe_yuki.connections.context import RECONCILE_INVOICES
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.decisions import accept

type Edit = Callable[[World], None]
LOW_RATE = "70000000-0000-4000-8000-000000000072"


def due_later(world: World) -> None:
    world.edit_in_tribe(PLAIN.tribe_invoice_id, ExpirationDate="2027-01-31")


def draft_again(world: World) -> None:
    world.set_phase(PLAIN.tribe_invoice_id, "Draft")


def lines_of(world: World) -> list[str]:
    lines = world.tribe_state()["ProductLine"]
    return [line["ID"] for line in lines if (line.get("Invoice") or {}).get("ID") == PLAIN.tribe_invoice_id]


def low_rate(world: World) -> None:
    """Charge VAT at the low rate instead: the amount without VAT stays."""
    for line in lines_of(world):
        world.edit_in_tribe(line, VatGroup={"ID": LOW_RATE})
    world.edit_in_tribe(PLAIN.tribe_invoice_id, Subject="Laag tarief")


def half_price(world: World) -> None:
    line, *_ = lines_of(world)
    world.edit_in_tribe(line, DiscountPercentage=50.0)
    world.edit_in_tribe(PLAIN.tribe_invoice_id, Subject="Korting")


EDITS: dict[str, tuple[Edit, str]] = {
    "the due date": (due_later, "vervaldatum was 16-12-2026, is in Tribe 31-01-2027"),
    "back to draft": (draft_again, "status"),
    "another rate": (low_rate, "bedrag was 287,38, is in Tribe 258,88: een verschil van -28,50"),
    "a discount": (half_price, "een verschil van -"),
}


def book(world: World) -> None:
    one_administration(world)
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=3)
    assert transfer_of(world).state is State.BOOKED


def transfer_of(world: World) -> Transfer:
    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    return transfer


def night(world: World) -> None:
    world.run(minutes=70, step_seconds=600)
    world.start_task(RECONCILE_INVOICES)
    world.run(minutes=2)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("by_webhook", [True, False])
def test_it_is_told_with_the_difference(world: World, name: str, by_webhook: bool) -> None:
    edit, words = EDITS[name]
    book(world)
    if not by_webhook:
        world.switch_tribe(drop_webhooks=1.0)
    edit(world)
    if by_webhook:
        world.run(minutes=2)
    else:
        world.settle_webhooks()
        night(world)

    reported = transfer_of(world)
    assert reported.reason == "edited_after_sent"
    assert words in said(reported.details, "nl")
    assert len(world.booked(PLAIN.number)) == 1


def test_an_accept_holds_for_that_change_alone_and_what_is_undone_is_taken_back(world: World) -> None:
    book(world)
    due_later(world)
    world.run(minutes=2)
    with world.operator() as operator:
        accept(operator, CONNECTION, PLAIN.number)
    world.edit_in_tribe(PLAIN.tribe_invoice_id, Subject="Anders")
    world.run(minutes=2)
    assert transfer_of(world).reason is None

    world.edit_in_tribe(PLAIN.tribe_invoice_id, ExpirationDate="2027-02-28")
    world.run(minutes=2)
    assert "2027-02-28" in said(transfer_of(world).details)
    world.edit_in_tribe(PLAIN.tribe_invoice_id, InvoiceDate="2026-11-10")
    world.run(minutes=2)
    assert "2026-11-10" in said(transfer_of(world).details), "a second change is told, too"

    world.edit_in_tribe(PLAIN.tribe_invoice_id, ExpirationDate="2026-12-16", InvoiceDate="2026-11-16")
    world.run(minutes=2)
    assert (transfer_of(world).reason, transfer_of(world).details) == (None, ())


def test_without_the_comparison_nobody_would_know(world: World) -> None:
    world.without(Protection.TELLING_OF_LATER_CHANGES)
    book(world)
    low_rate(world)
    world.run(minutes=2)
    night(world)
    assert transfer_of(world).reason is None
