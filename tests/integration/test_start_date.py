"""A start date that leaves invoices out is told before it happens; set back, they are looked at again (design 6.1)."""

from datetime import timedelta

import pytest

from tests.support.world.many_invoices import draft_invoices, link_customers, number_of, send_all
from tests.support.world.world import CONNECTION, World
from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.admin.declined import Declined
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.setup.change_settings import load_settings, set_settings


def held_ones(world: World) -> list[str]:
    """Return the ids of two invoices that are held, and of one that waits for its PDF."""
    ids = draft_invoices(world, link_customers(world, 1), 3)
    world.save_settings(vat_rules=())
    for place in (0, 1):
        world.send(ids[place], Number=number_of(place))
    world.run(minutes=2)
    world.save_settings(pdf="required")
    world.switch_tribe(send_order="no_pdf")
    world.send(ids[2], Number=number_of(2))
    world.run(minutes=1)
    return ids


def states(world: World, ids: list[str]) -> list[tuple[State, str | None]]:
    found = [world.transfer(one) for one in ids]
    return [(one.state, one.reason) for one in found if one]


@pytest.mark.parametrize("start", ["2027-01-01", "2026-12-05", "2026-11-24"])
def test_what_it_would_leave_out_is_told_and_set_back_it_is_looked_at_again(world: World, start: str) -> None:
    ids = held_ones(world)
    before = states(world, ids)
    assert [state for state, _ in before] == [State.HELD, State.HELD, State.WAITING]
    with world.operator() as operator:
        with pytest.raises(Declined, match="makes 3 that wait or are held not for Yuki: 2026-5001, 2026-5002") as said:
            set_settings(operator, CONNECTION, {"start_date": start})
        assert "lies ahead of today" in said.value.text
        with pytest.raises(Declined):
            load_settings(operator, CONNECTION, {"start_date": start})
        assert states(world, ids) == before
        first = operator.record(CONNECTION).settings.start_date
        set_settings(operator, CONNECTION, {"start_date": start}, is_confirmed=True)
        operator.stores(CONNECTION).queues.enqueue_invoices(ids, world.clock.now() + timedelta(seconds=5))
    world.run(minutes=2)
    assert states(world, ids) == [(State.SKIPPED, SkipReason.BEFORE_START)] * 3

    with world.operator() as operator:
        back = set_settings(operator, CONNECTION, {"start_date": first.isoformat()})
    assert back.looked_at_again == 3
    world.run(minutes=2)
    assert [state for state, _ in states(world, ids)][:2] == [State.HELD, State.HELD]


def test_a_date_that_leaves_nothing_out_is_taken_at_once(world: World) -> None:
    with world.operator() as operator:
        set_settings(operator, CONNECTION, {"start_date": "2026-11-20"})
        with pytest.raises(Declined, match="lies ahead of today"):
            set_settings(operator, CONNECTION, {"start_date": "2026-11-24"})
        assert set_settings(operator, CONNECTION, {"pdf": "required"}).looked_at_again == 0


@pytest.mark.parametrize("count", [1, 25])
def test_what_the_first_look_did_not_see_goes_within_two_minutes(
    world: World, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    ids = draft_invoices(world, link_customers(world, 3), count)
    real = Transfers.in_state

    def behind(transfers: Transfers, state: State, *, limit: int | None = None) -> list[Transfer]:
        return [] if state is State.WAITING else real(transfers, state, limit=limit)

    monkeypatch.setattr(Transfers, "in_state", behind)
    send_all(world, ids)
    world.run(minutes=2.5)

    assert states(world, ids) == [(State.BOOKED, None)] * count
