"""Two systems round differently: the books have what the customer was asked to pay, by rules that this leaves out."""

from decimal import Decimal

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.world import World
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State

INVOICE, NUMBER = "40000000-0000-4000-8000-000000000003", "2026-0103"
# How the simulated Tribe counts the files that are fetched.
FILES = "GET v1"


def send_quarter_hours(world: World, rounding: str) -> None:
    """Send an invoice of three times 1.25 hours at 67.50, each 84.375, with VAT at 21 %."""
    world.switch_tribe(rounding=rounding)
    lines = [line["ID"] for line in world.tribe_state()["ProductLine"] if line["Invoice"]["ID"] == INVOICE]
    for place, line in enumerate(lines):
        world.edit_in_tribe(line, Quantity=1.25 if place < 3 else 0, Price=67.50, PriceInCurrency=67.50)
    world.send(INVOICE)
    world.run(minutes=3)


def booked(world: World) -> Decimal:
    (invoice,) = world.booked(NUMBER)
    return Decimal(invoice["total_incl"])


@pytest.mark.parametrize(("rounding", "incl"), [("rate", "306.29"), ("none", "306.28"), ("line_net", "306.30")])
def test_the_books_have_what_the_paper_says(world: World, rounding: str, incl: str) -> None:
    send_quarter_hours(world, rounding)
    assert booked(world) == Decimal(incl)


def test_without_the_paper_another_total_that_tribe_may_have_come_to_is_booked(world: World) -> None:
    world.without(Protection.TOTALS_ON_PAPER)
    send_quarter_hours(world, "none")
    assert booked(world) == Decimal("306.29")


def test_without_a_line_of_cents_the_invoice_is_held(world: World) -> None:
    world.without(Protection.ROUNDING_LINES)
    send_quarter_hours(world, "rate")
    transfer = world.transfer(INVOICE)
    assert transfer is not None
    assert (transfer.state, transfer.reason) == (State.HELD, HoldReason.TOTALS_DIFFER)


@pytest.mark.parametrize("look", ["scan", "encrypted"])
def test_a_paper_that_cannot_be_read_leaves_it_to_the_look_of_the_lines(world: World, look: str) -> None:
    world.switch_tribe(pdf_text=look)
    send_quarter_hours(world, "rate")
    assert booked(world) == Decimal("306.29")


def test_the_paper_is_fetched_once_where_it_is_sent_at_once(world: World) -> None:
    world.save_settings(batch_wait_seconds=0)
    before = world.tribe_state()["calls"].get(FILES, 0)
    send_quarter_hours(world, "rate")
    assert booked(world) == Decimal("306.29")
    assert world.tribe_state()["calls"][FILES] - before == 1
