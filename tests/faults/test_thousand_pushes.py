"""A thousand invoices, faults everywhere: each is in the books once, to the cent (reliability R2, R3, R4, R17; F1)."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from tests.support.faults.protections import Protection
from tests.support.faults.random_faults import SECOND_WORKER, SHARES, Place, RandomFaults, Shares, random_faults
from tests.support.suite.sampling import Sample
from tests.support.world.invoice_books import LONG_STEP, booked_totals, sent_totals, settle, states, times_booked
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.world import World, open_world
from tests.support.world.yuki_calls import calls_today
from tribe_yuki.invoices.transfer import State

SEED = 20261123
CUSTOMERS = 40
PORTION = 20
BATCH = 10
# Yuki's own limit ends the first day early, the connector's own a later one.
CALLS_LEFT, PORTIONS_WITHOUT_CALLS = 10, 2
STEP = 15
# So many show what a protection prevents; a sample has no more.
FEW = 120


def push_through_faults(world: World, count: int, faults: RandomFaults) -> list[str]:
    """Press Send for so many invoices over some days of faults, and then let everything come to its end."""
    ids = draft_invoices(world, link_customers(world, CUSTOMERS), count)
    world.switch_yuki(duplicate_reference="accept", seed=faults.seed)
    world.switch_tribe(rate_limit_per_minute=100_000, duplicate_webhooks=0.1, drop_webhooks=0.02, seed=faults.seed)
    world.save_settings(batch_size=BATCH)
    world.sqs.random, world.sqs.duplicates, world.sqs.shuffle = faults.random("queues"), 0.1, True
    portions = [ids[start : start + PORTION] for start in range(0, count, PORTION)]
    half = len(portions) // 2
    sent: list[str] = []
    with random_faults(world, faults, recent=lambda: sent[-2 * PORTION :]):
        for place, portion in enumerate(portions):
            if place == half - PORTIONS_WITHOUT_CALLS:
                world.switch_yuki(daily_limit=calls_today(world) + CALLS_LEFT)
            if place == half:
                _next_morning(world)
                world.switch_yuki(daily_limit=1_000)
            if place == len(portions) - PORTIONS_WITHOUT_CALLS:
                world.save_settings(daily_call_limit=calls_today(world) + CALLS_LEFT)
            for tribe_invoice_id in portion:
                world.send(tribe_invoice_id, Number=number_of(len(sent)))
                sent.append(tribe_invoice_id)
            world.run(minutes=6, step_seconds=STEP)
        _next_morning(world)
        faults.is_on = False
        world.save_settings(daily_call_limit=1_000)
        settle(world, ids)
    return ids


def _next_morning(world: World) -> None:
    morning = (world.clock.instant + timedelta(days=1)).replace(hour=8, minute=0)
    world.run(minutes=(morning - world.clock.instant).total_seconds() / 60, step_seconds=LONG_STEP)


def test_a_thousand_pushes_through_random_faults_end_with_each_invoice_booked_once(sample: Sample) -> None:
    with ExitStack() as stack:
        world, faults = open_world(stack), RandomFaults(SEED if sample.is_whole else sample.seed)
        ids = push_through_faults(world, sample.size(1_000, FEW), faults)
        print(faults)  # noqa: T201 (the report of the run)
        assert {number: times for number, times in times_booked(world, len(ids)).items() if times != 1} == {}, faults
        assert states(world, ids) == {State.BOOKED: len(ids)}, faults
        assert booked_totals(world, len(ids)) == sent_totals(world, ids)
        # Among a thousand each fault strikes.
        assert faults.missing == [] or not sample.is_whole, faults


# Each protection left out, and whether the same run, with fewer invoices, then books any of them twice. Against two
# workers at once there are two, and either alone is enough: leases, and writes on the condition that nobody else wrote.
OVERLAPPING: Shares = {**SHARES, Place.OVERLAPS: {SECOND_WORKER: 0.6}}


@pytest.mark.parametrize(
    ("left_out", "shares", "books_twice"),
    [
        ((Protection.WRITE_AHEAD,), SHARES, True),
        ((Protection.VERIFICATION,), SHARES, True),
        ((Protection.LEASES,), OVERLAPPING, False),
        ((Protection.LEASES, Protection.CONDITIONAL_WRITES), OVERLAPPING, True),
    ],
    ids=["write_ahead", "verification", "leases", "leases_and_conditions"],
)
def test_without_its_protections_the_same_run_books_invoices_twice(
    left_out: tuple[Protection, ...], shares: Shares, books_twice: bool
) -> None:
    with ExitStack() as stack:
        world, faults = open_world(stack), RandomFaults(SEED, shares)
        world.without(*left_out)
        push_through_faults(world, FEW, faults)
        times = times_booked(world, FEW)
        twice = sum(booked > 1 for booked in times.values())
        print(f"{twice} of {FEW} invoices booked more than once", faults, sep="\n")  # noqa: T201 (the report of the run)
        assert (twice > 0) is books_twice, faults
