"""A thousand invoices, faults everywhere: each is in the books once, to the cent (reliability R2, R3, R4, R17; F1)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from unittest.mock import patch

import pytest

from tests.support.faults.random_faults import SECOND_WORKER, SHARES, Place, RandomFaults, Shares, random_faults
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.world import World, open_world
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dynamodb import Write
from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.domain.invoice import SalesInvoice
from tribe_yuki.domain.transfer import Event, State, Transfer
from tribe_yuki.sync import send_invoices, verify_invoices
from tribe_yuki.sync.connection import Connection
from tribe_yuki.sync.send_invoices import Sending
from tribe_yuki.sync.verify_invoices import Finding

SEED = 20261123
CUSTOMERS = 40
PORTION = 20
BATCH = 10
# Yuki's own limit ends the first day early, the connector's own a later one.
CALLS_LEFT, PORTIONS_WITHOUT_CALLS = 10, 2
CENT = Decimal("0.01")
LONGEST = timedelta(days=6)
STEP, LONG_STEP = 15, 300
UNSETTLED = frozenset({State.WAITING, State.READY, State.SENDING, State.UNCONFIRMED})

type Totals = tuple[Decimal, Decimal, Decimal]


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


def settle(world: World, ids: Sequence[str]) -> None:
    """Let time pass until nothing waits, or for too long."""
    end = world.clock.instant + LONGEST
    while world.clock.instant < end and UNSETTLED.union({None}) & states(world, ids).keys():
        world.run(minutes=60, step_seconds=LONG_STEP)


def _next_morning(world: World) -> None:
    morning = (world.clock.instant + timedelta(days=1)).replace(hour=8, minute=0)
    world.run(minutes=(morning - world.clock.instant).total_seconds() / 60, step_seconds=LONG_STEP)


def calls_today(world: World) -> int:
    """Return how many calls Yuki counted for the day so far."""
    (days,) = world.yuki_state()["daily_calls"].values()
    return int(days[max(days)])


def states(world: World, ids: Sequence[str]) -> Counter[State | None]:
    """Return how many invoices are in each state."""
    found = (world.transfer(one) for one in ids)
    return Counter(transfer.state if transfer else None for transfer in found)


def times_booked(world: World, count: int) -> Mapping[str, int]:
    """Return for every number that was sent how often it is in the books."""
    booked = Counter(invoice["reference"] for invoice in world.yuki_state()["invoices"])
    return {number: booked[number] for number in map(number_of, range(count))}


def booked_totals(world: World, count: int) -> dict[str, Totals]:
    """Return the totals of the invoices in Yuki by number: without VAT, the VAT, with it."""
    numbers = set(map(number_of, range(count)))
    return {
        invoice["reference"]: (
            Decimal(invoice["total_excl"]),
            Decimal(invoice["total_vat"]),
            Decimal(invoice["total_incl"]),
        )
        for invoice in world.yuki_state()["invoices"]
        if invoice["reference"] in numbers
    }


def sent_totals(world: World, ids: Sequence[str]) -> dict[str, Totals]:
    """Return what the totals are by the lines in Tribe, VAT rounded per rate."""
    by_rate: dict[str, dict[Decimal, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in world.tribe_state()["ProductLine"]:
        amount = Decimal(str(line["Quantity"])) * Decimal(str(line["Price"]))
        by_rate[line["Invoice"]["ID"]][Decimal(str(line["VatPercentage"]))] += _to_cent(amount)
    totals = {}
    for place, tribe_invoice_id in enumerate(ids):
        rates = by_rate[tribe_invoice_id]
        excl = sum(rates.values(), Decimal())
        vat = sum((_to_cent(amount * rate / 100) for rate, amount in rates.items()), Decimal())
        totals[number_of(place)] = (excl, vat, excl + vat)
    return totals


def _to_cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def test_a_thousand_pushes_through_random_faults_end_with_each_invoice_booked_once() -> None:
    with ExitStack() as stack:
        world, faults = open_world(stack), RandomFaults(SEED)
        ids = push_through_faults(world, 1_000, faults)
        print(faults)  # noqa: T201 (the report of the run)
        assert {number: times for number, times in times_booked(world, len(ids)).items() if times != 1} == {}, faults
        assert states(world, ids) == {State.BOOKED: len(ids)}, faults
        assert booked_totals(world, len(ids)) == sent_totals(world, ids)
        assert faults.missing == [], faults


# Each protection switched off, and whether the same run, with fewer invoices, then books any of them twice. Against two
# workers at once there are two, and either alone is enough: leases, and writes on the condition that nobody else wrote.
FEW = 120
OVERLAPPING: Shares = {**SHARES, Place.OVERLAPS: {SECOND_WORKER: 0.6}}


def write_ahead_off() -> Iterator[Any]:
    """Do not store that an invoice is being sent before it is."""

    def mark_sending(connection: Connection, transfer: Transfer, document: SalesInvoice) -> Sending:
        now = connection.now()
        return Sending(transfer.move(Event.SEND, now, sends=transfer.sends + 1, sent_at=now), document)

    yield patch.object(send_invoices, "_mark_sending", mark_sending)


def verification_off() -> Iterator[Any]:
    """Take for granted that what may or may not be in Yuki is not."""

    def look(_: Connection, transfers: Sequence[Transfer]) -> dict[str, Finding]:
        return {transfer.tribe_invoice_id: Finding.ABSENT for transfer in transfers}

    yield patch.object(verify_invoices, "_look", look)


def leases_off() -> Iterator[Any]:
    """Give every worker the lease that it asks for."""
    yield patch.object(Connections, "acquire_lease", lambda *_: "token")
    yield patch.object(Connections, "release_lease", lambda *_: None)


def conditions_off() -> Iterator[Any]:
    """Store transfers whatever anybody else stored meanwhile."""
    writes_of = Transfers._writes

    def writes(transfers: Transfers, *rest: Any) -> list[Write]:
        transfer, *journal = writes_of(transfers, *rest)
        return [replace(transfer, condition=None, values=None), *journal]

    yield patch.object(Transfers, "_writes", writes)


@pytest.mark.parametrize(
    ("switched_off", "shares", "books_twice"),
    [
        ((write_ahead_off,), SHARES, True),
        ((verification_off,), SHARES, True),
        ((leases_off,), OVERLAPPING, False),
        ((leases_off, conditions_off), OVERLAPPING, True),
    ],
    ids=["write_ahead", "verification", "leases", "leases_and_conditions"],
)
def test_without_its_protections_the_same_run_books_invoices_twice(
    switched_off: tuple[Callable[[], Iterator[Any]], ...], shares: Shares, books_twice: bool
) -> None:
    with ExitStack() as stack:
        for protection in switched_off:
            for off in protection():
                stack.enter_context(off)
        world, faults = open_world(stack), RandomFaults(SEED, shares)
        push_through_faults(world, FEW, faults)
        times = times_booked(world, FEW)
        twice = sum(booked > 1 for booked in times.values())
        print(f"{twice} of {FEW} invoices booked more than once", faults, sep="\n")  # noqa: T201 (the report of the run)
        assert (twice > 0) is books_twice, faults
