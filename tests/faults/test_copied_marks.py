"""A mark that an invoice took along from another one does not hide it (design 6.2)."""

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.world import World
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.transfer import State

ORIGINAL, COPY = 0, 1


def two_invoices(world: World) -> list[str]:
    """Book an invoice, and return its id and those of two drafts."""
    ids = draft_invoices(world, link_customers(world, 1), 3)
    world.save_settings(administrations_in_domain=1)
    world.send(ids[ORIGINAL], Number=number_of(ORIGINAL))
    world.run(minutes=3)
    return ids


def mark(world: World, tribe_invoice_id: str, value: str) -> None:
    """Write a mark without a webhook."""
    world.switch_tribe(drop_webhooks=1.0)
    world.edit_in_tribe(tribe_invoice_id, ImportId=value)
    world.settle_webhooks()
    world.switch_tribe(drop_webhooks=0.0)


def mark_in_tribe(world: World, tribe_invoice_id: str) -> str:
    """Return the mark that an invoice carries."""
    (found,) = [one for one in world.tribe_state()["Activity_Invoice"] if one["ID"] == tribe_invoice_id]
    return str(found["ImportId"])


@pytest.mark.parametrize("value", [f"yuki:{number_of(ORIGINAL)}", "yuki:", f"yuki:{number_of(COPY)}0"])
def test_a_copy_is_sent_and_gets_a_mark_of_its_own(world: World, value: str) -> None:
    ids = two_invoices(world)
    mark(world, ids[COPY], value)

    world.send(ids[COPY], Number=number_of(COPY))
    world.run(minutes=5)

    for place in (ORIGINAL, COPY):
        transfer = world.transfer(ids[place])
        assert transfer is not None
        assert (transfer.state, transfer.reference) == (State.BOOKED, number_of(place))
        assert len(world.booked(number_of(place))) == 1
        assert mark_in_tribe(world, ids[place]) == f"yuki:{number_of(place)}"


def test_an_own_mark_links_and_another_systems_is_left_alone(world: World) -> None:
    ids = two_invoices(world)
    mark(world, ids[COPY], f"yuki:{number_of(COPY)}")
    world.send(ids[COPY], Number=number_of(COPY))
    world.run(minutes=5)
    transfer = world.transfer(ids[COPY])
    assert transfer is not None
    assert (transfer.state, transfer.verification) == (State.BOOKED, "external_id")
    assert world.booked(number_of(COPY)) == []

    third = ids[2]
    mark(world, third, "shop:77")
    world.send(third, Number=number_of(2))
    world.run(minutes=5)
    skipped = world.transfer(third)
    assert skipped is not None
    assert (skipped.state, skipped.reason) == (State.SKIPPED, SkipReason.EXTERNAL_ID)


def test_an_own_mark_that_two_carry_is_looked_for_in_yuki(world: World) -> None:
    ids = draft_invoices(world, link_customers(world, 1), 2)
    world.save_settings(administrations_in_domain=1)
    for tribe_invoice_id in ids:
        mark(world, tribe_invoice_id, f"yuki:{number_of(0)}")
        world.send(tribe_invoice_id, Number=number_of(0))
    world.run(minutes=40, step_seconds=30)

    found = [world.transfer(one) for one in ids]
    assert sorted(str(one.state) for one in found if one) == [State.BOOKED, State.HELD]
    assert len(world.booked(number_of(0))) == 1


@pytest.mark.parametrize("was_booked", [True, False])
def test_a_copy_that_got_the_number_of_a_deleted_one_too_is_looked_for_in_yuki(
    world: World, *, was_booked: bool
) -> None:
    number = number_of(ORIGINAL)
    world.switch_yuki(refuse_invoices={} if was_booked else {number: "Deze maand is afgesloten"})
    ids = two_invoices(world)
    world.switch_yuki(refuse_invoices={}, duplicate_reference="accept")
    world.delete_in_tribe(ids[ORIGINAL])
    mark(world, ids[COPY], f"yuki:{number}")

    world.send(ids[COPY], Number=number)
    world.run(minutes=40, step_seconds=30)

    copy = world.transfer(ids[COPY])
    assert copy is not None
    assert copy.state is (State.HELD if was_booked else State.BOOKED)
    assert copy.hold_reason is (HoldReason.REFERENCE_IN_USE if was_booked else None)
    assert (copy.verification, len(world.booked(number))) == (None if was_booked else "answer", 1)


def test_a_mark_that_is_believed_as_it_stands_would_hide_the_copy(world: World) -> None:
    world.without(Protection.READING_OF_MARKS)
    ids = two_invoices(world)
    mark(world, ids[COPY], f"yuki:{number_of(ORIGINAL)}")
    world.send(ids[COPY], Number=number_of(COPY))
    world.run(minutes=5)
    assert world.booked(number_of(COPY)) == []
