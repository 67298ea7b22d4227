"""What an invoice lacks in Yuki counts once it is there: with the next poll, or at once where somebody asks for it."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.plain_invoice import PLAIN
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_queues import queue_event
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people import decisions

HIGH = {"type": 1, "description": "BTW hoog 21%"}
LISTS = ("ActiveVATCodesList", "GetGLAccountScheme")
# A held invoice is looked for in Yuki twice, ten minutes apart, before it goes.
ASKED_FIRST = 30

type Step = Callable[[World], None]


def in_yuki(call: str, **wanted: Any) -> Step:
    """Do something in Yuki's screens."""

    def act(world: World) -> None:
        world.control.post(f"{world.yuki_url}/_control/{call}", json=wanted).raise_for_status()

    return act


# What is missing, and how a person mends it: each only in Yuki.
CASES: Mapping[str, tuple[HoldReason, Step, Step]] = {
    "a VAT code that was switched off": (
        HoldReason.VAT_UNMAPPED,
        in_yuki("vat_codes", **HIGH, removed=True),
        in_yuki("vat_codes", **HIGH, percentage=21),
    ),
    "a VAT code that began later": (
        HoldReason.VAT_UNMAPPED,
        in_yuki("vat_codes", **HIGH, startDate="2027-01-01"),
        in_yuki("vat_codes", **HIGH, startDate="2012-10-01"),
    ),
    "two VAT codes of a type and percentage": (
        HoldReason.VAT_UNMAPPED,
        in_yuki("vat_codes", type=1, percentage=21, description="BTW hoog verhuur"),
        in_yuki("vat_codes", type=1, description="BTW hoog verhuur", removed=True),
    ),
    "an account that was switched off": (
        HoldReason.LEDGER_UNMAPPED,
        in_yuki("gl_accounts/80000", isEnabled=False),
        in_yuki("gl_accounts/80000", isEnabled=True),
    ),
    "an account that took no revenue": (
        HoldReason.LEDGER_UNMAPPED,
        in_yuki("gl_accounts/80000", type=1),
        in_yuki("gl_accounts/80000", type=4),
    ),
}


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path) -> World:
    """The whole product with one customer in Yuki."""
    return open_world(exits, yuki_seed=yuki_seed(tmp_path, [PLAIN.expect["yuki"]["contact_code"]]))


def transfer(world: World) -> Transfer:
    """Return the invoice as it is stored."""
    stored = world.transfer(PLAIN.tribe_invoice_id)
    assert stored is not None
    return stored


def hold(world: World, reason: HoldReason, fault: Step) -> None:
    """Send the invoice while something is missing in Yuki."""
    fault(world)
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=3)
    assert (transfer(world).state, transfer(world).hold_reason) == (State.HELD, reason)


def lists_read(world: World) -> int:
    """Return how often Yuki was asked for codes and accounts."""
    return sum(world.yuki.calls[name] for name in LISTS)


@pytest.mark.parametrize(("reason", "fault", "mend"), CASES.values(), ids=CASES)
def test_what_was_mended_in_yuki_releases_the_invoice_with_the_next_poll(
    world: World, reason: HoldReason, fault: Step, mend: Step
) -> None:
    hold(world, reason, fault)
    mend(world)
    world.run(minutes=16 + ASKED_FIRST)
    assert transfer(world).state is State.BOOKED
    assert len(world.booked(PLAIN.number)) == 1


def test_without_looking_again_it_would_wait_for_a_person(world: World) -> None:
    world.without(Protection.LOOK_FOR_MISSING_CODES)
    reason, fault, mend = CASES["a VAT code that was switched off"]
    hold(world, reason, fault)
    mend(world)
    world.run(minutes=16 + ASKED_FIRST)
    assert transfer(world).state is State.HELD


@pytest.mark.parametrize("case", ["a VAT code that was switched off", "an account that was switched off"])
def test_a_retry_asks_yuki_at_once(world: World, case: str) -> None:
    reason, fault, mend = CASES[case]
    hold(world, reason, fault)
    mend(world)
    with world.operator() as operator:
        decisions.retry(operator, CONNECTION, [PLAIN.number])
    world.run(minutes=3)
    assert transfer(world).state is not State.HELD


def test_what_is_missing_costs_two_calls_of_each_poll_and_nothing_once_it_is_there(world: World) -> None:
    reason, fault, mend = CASES["a VAT code that was switched off"]
    hold(world, reason, fault)
    before = lists_read(world)
    for _ in range(10):
        world.invoice_push(queue_event([PLAIN.tribe_invoice_id]))
    assert lists_read(world) == before, "events ask for nothing anew within five minutes"
    world.run(minutes=60)
    assert lists_read(world) - before <= 2 * 4
    mend(world)
    world.run(minutes=16 + ASKED_FIRST)
    booked = lists_read(world)
    world.run(minutes=60)
    assert lists_read(world) == booked
