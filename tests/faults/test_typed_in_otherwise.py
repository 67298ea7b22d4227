"""What waited may have been typed in under another number, or a little differently: that is asked (design 6.2)."""

import pytest

from tests.support.details import said
from tests.support.faults.protections import Protection
from tests.support.world.invoice_books import states
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of, send_all
from tests.support.world.plain_invoice import PLAIN, contact_id, ended, one_administration, type_in
from tests.support.world.world import CONNECTION, World
from tests.support.world.yuki_calls import calls
from tribe_yuki.connections.settings import VatRule
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.decisions import already_booked, retry

BARE = PLAIN.number.replace("-", "")
BOOKING = "ProcessSalesInvoices"


def mapping(world: World) -> tuple[VatRule, ...]:
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    return settings.vat_rules


def wait_for_a_mapping(world: World) -> None:
    """Hold the plain invoice for a quarter of an hour, and let it go."""
    rules = mapping(world)
    world.save_settings(vat_rules=())
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=15, step_seconds=300)
    assert ended(world)[0] is State.HELD
    world.save_settings(vat_rules=rules)


def go_on(world: World, minutes: int = 4) -> None:
    with world.operator() as operator:
        retry(operator, CONNECTION, [PLAIN.tribe_invoice_id])
    world.run(minutes=minutes, step_seconds=30)


def all_booked(world: World) -> int:
    """Return how many invoices the customer has in Yuki."""
    customer = contact_id(world, PLAIN.expect["yuki"]["contact_code"])
    return sum(invoice["contact_id"] == customer for invoice in world.yuki_state()["invoices"])


@pytest.mark.parametrize(
    "typed",
    [
        {"reference": BARE},
        {"reference": f"  f{PLAIN.number.replace('-', ' ')}".removeprefix("  f")},
        {"reference": "factuur november"},
        {"reference": BARE, "date": "2026-11-21"},
        {"reference": BARE, "total_incl": "112.00"},
        {"reference": "20260110"},
    ],
    ids=["no hyphen", "a blank", "a text", "another date", "another amount", "digits swapped"],
)
def test_what_is_equal_in_three_of_four_holds_it_and_both_are_shown(world: World, typed: dict[str, str]) -> None:
    one_administration(world)
    wait_for_a_mapping(world)
    before = all_booked(world)
    type_in(world, **typed)
    go_on(world)

    assert ended(world)[:2] == (State.HELD, HoldReason.MAYBE_ALREADY_BOOKED)
    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    number = typed["reference"] if any(map(str.isdigit, typed["reference"])) else "?"
    assert f"in Yuki staat een factuur {number} van " in said(transfer.details, "nl")
    assert all_booked(world) == before + 1
    assert BOOKING not in world.yuki_state()["calls"]


def test_the_same_invoice_is_said_to_be_booked(world: World) -> None:
    one_administration(world)
    wait_for_a_mapping(world)
    type_in(world, reference=BARE)
    go_on(world)
    with world.operator() as operator:
        already_booked(operator, CONNECTION, PLAIN.number)
    world.run(minutes=2)
    assert ended(world) == (State.BOOKED, None, "person")
    assert world.booked(PLAIN.number) == []


def test_another_invoice_is_said_to_be_another_and_asked_about_once(world: World) -> None:
    one_administration(world)
    wait_for_a_mapping(world)
    type_in(world, reference=BARE)
    go_on(world)
    go_on(world, minutes=20)
    assert ended(world) == (State.BOOKED, None, "answer")
    assert len(world.booked(PLAIN.number)) == 1


def test_a_change_of_the_invoice_has_it_looked_at_again_but_never_sent_unasked(world: World) -> None:
    one_administration(world)
    wait_for_a_mapping(world)
    type_in(world, reference=BARE)
    go_on(world)
    world.edit_in_tribe(PLAIN.tribe_invoice_id, Subject="Nog eens")
    world.run(minutes=3)
    assert ended(world)[:2] == (State.HELD, HoldReason.MAYBE_ALREADY_BOOKED)
    world.control.post(f"{world.yuki_url}/_control/invoices/{BARE}", json={"deleted": True}).raise_for_status()
    world.edit_in_tribe(PLAIN.tribe_invoice_id, Subject="Weer anders")
    world.run(minutes=3)
    assert ended(world) == (State.BOOKED, None, "answer")


def test_without_that_look_both_are_in_the_books(world: World) -> None:
    world.without(Protection.LIKENESS_OF_NUMBERS)
    one_administration(world)
    wait_for_a_mapping(world)
    type_in(world, reference=BARE)
    go_on(world)
    assert ended(world)[0] is State.BOOKED
    assert len(world.booked(BARE)) == len(world.booked(PLAIN.number)) == 1


def test_equal_invoices_of_tribe_are_not_taken_for_each_other(world: World) -> None:
    """A subscription bills the same amount to the same customer on the same day, under two numbers."""
    one_administration(world)
    customers = link_customers(world, 1)
    ids = [*draft_invoices(world, customers, 1), *draft_invoices(world, customers, 1)]
    world.send(ids[0], Number=number_of(0), InvoiceDate="2026-11-20")
    world.run(minutes=3)
    rules = mapping(world)
    world.save_settings(vat_rules=())
    world.send(ids[1], Number=number_of(1), InvoiceDate="2026-11-20")
    world.run(minutes=15, step_seconds=300)
    world.save_settings(vat_rules=rules)
    with world.operator() as operator:
        retry(operator, CONNECTION, [ids[1]])
    world.run(minutes=4, step_seconds=30)

    booked = world.transfer(ids[1])
    assert booked is not None
    assert booked.state is State.BOOKED
    assert len(world.booked(number_of(1))) == 1


@pytest.mark.parametrize("writing", ["any_case", "any_writing"])
def test_what_yuki_takes_for_one_number_is_found_as_one(world: World, writing: str) -> None:
    one_administration(world)
    world.save_settings(same_number=writing)
    world.switch_yuki(same_reference=writing)
    world.send(PLAIN.tribe_invoice_id, Number="2026-A1")
    type_in(world, reference="2026-a1" if writing == "any_case" else "2026A1")
    world.run(minutes=40, step_seconds=60)
    assert ended(world)[0] is State.BOOKED
    assert world.booked("2026-A1") == []


def test_a_yuki_that_takes_two_writings_for_one_is_asked_and_nothing_is_doubled(world: World) -> None:
    one_administration(world)
    world.switch_yuki(same_reference="any_case")
    type_in(world, reference="2026-a1", total_incl="1.00")
    world.send(PLAIN.tribe_invoice_id, Number="2026-A1")
    world.run(minutes=40, step_seconds=60)
    assert ended(world)[0] is State.HELD
    assert world.booked("2026-A1") == []


def test_one_list_of_open_items_settles_fifty_that_waited(world: World) -> None:
    one_administration(world)
    ids = draft_invoices(world, link_customers(world, 5), 50)
    world.run(minutes=2)
    world.switch_yuki(unavailable=1_000_000)
    send_all(world, ids)
    world.run(minutes=20, step_seconds=60)
    world.switch_yuki(unavailable=0)
    before = calls(world)
    world.run(minutes=20, step_seconds=60)
    after = calls(world)
    assert states(world, ids) == {State.BOOKED: len(ids)}
    assert after["OutstandingDebtorItems"] - before["OutstandingDebtorItems"] == 1
    assert after["CheckOutstandingItem"] == before["CheckOutstandingItem"]
