"""F14: failed work never disappears silently: its record outlives every queue, and says so until somebody acts.

Nothing waits in a queue alone: after fifteen days, longer than any queue keeps a message, each failure still stands in
the tables with its reason, and goes through once the cause is gone. Putting dead letters back on their queues is in
`tests/integration/test_redrive.py`, the alarms in `tests/template`.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.small_seed import yuki_seed
from tests.support.world.virtual_sqs import VirtualSqs
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_queues import CONTACT, DEAD, INVOICE, RETRY, TASK
from tests.support.world.world_tables import ID_MAP
from tribe_yuki.core.holds import Owner
from tribe_yuki.core.ladder import HORIZON
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.open_item import OpenItem
from tribe_yuki.people.open_items import held_records, late_records

PLAIN, PLAIN_NUMBER = "40000000-0000-4000-8000-000000000041", "2026-0101"
CUSTOMER = "D-10045"
FILES = "GET v1"  # what the simulator calls a read of a file
QUEUES = (CONTACT, INVOICE, RETRY, TASK, DEAD)
DEAD_LETTERS_KEPT = timedelta(days=14)
DAYS = 15


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path) -> World:
    """The whole product with one customer in Yuki, which books a number as often as it gets it."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, [CUSTOMER]))
    world.switch_yuki(duplicate_reference="accept")
    world.run(minutes=2)
    return world


def pass_days(world: World, days: int) -> None:
    """Let days pass: every hour a minute in which the functions run."""
    for _ in range(days * 24):
        world.set_time(world.clock.instant + timedelta(hours=1))
        world.run(minutes=1, step_seconds=30)


def forget_messages(world: World) -> None:
    """Let all queues forget what they hold, as they do in the end."""
    for name in QUEUES:
        queue = world.sqs.queues[name]
        queue.messages.clear()
        queue.dead_letters.clear()


def told(world: World) -> list[OpenItem]:
    """Return what people are told of the invoice: that it waits for them, or that it stands still."""
    now = world.clock.instant
    records = [
        *held_records(world.stores()),
        *late_records(world.stores(), now),
    ]
    return [one for one in records if one.tribe_invoice_id == PLAIN]


def state(world: World) -> State | None:
    """Return where the transfer stands."""
    transfer = world.transfer(PLAIN)
    return transfer.state if transfer else None


def give_up(world: World) -> None:
    """Send an invoice whose PDF Tribe does not give, until the ladder has no further step."""
    world.switch_tribe(unavailable={"count": 1_000_000, "operations": [FILES]})
    world.send(PLAIN)
    world.run(minutes=2)
    begin = world.clock.instant
    while (transfer := world.transfer(PLAIN)) and transfer.state is not State.DEAD:
        assert transfer.due_at is not None, "nothing waits without a time"
        assert transfer.reason or transfer.state is State.READY, "nothing waits without a reason"
        world.set_time(max(world.clock.instant, transfer.due_at))
        world.run(minutes=1)
    assert world.clock.instant - begin >= HORIZON


def test_what_was_given_up_is_known_after_every_queue_forgot_it(world: World) -> None:
    give_up(world)
    given_up_at = world.clock.instant
    assert len(world.sqs.queues[DEAD].messages) == 1
    pass_days(world, DAYS)
    assert world.clock.instant - given_up_at > DEAD_LETTERS_KEPT
    forget_messages(world)

    (one,) = told(world)

    assert (one.kind, one.owner, one.number) == ("dead", Owner.OPERATOR, PLAIN_NUMBER)
    assert world.story(PLAIN)[-1] == "dead"
    assert world.booked(PLAIN_NUMBER) == []
    world.switch_tribe(unavailable=0)
    world.edit_in_tribe(PLAIN, Subject="Opnieuw")
    world.run(minutes=30)
    assert state(world) is State.BOOKED
    assert len(world.booked(PLAIN_NUMBER)) == 1
    assert told(world) == []


def test_without_the_record_and_the_nightly_work_nobody_would_know_of_it_once_the_queue_forgot_it(world: World) -> None:
    give_up(world)
    world.without(Protection.NIGHTLY_WORK)
    for item in (f"invoice#{PLAIN}", f"reference#{PLAIN_NUMBER}#2026"):
        key = {"connection_id": {"S": CONNECTION}, "item": {"S": item}}
        world.dynamodb.delete_item(TableName=ID_MAP, Key=key)
    world.switch_tribe(unavailable=0)
    pass_days(world, 1)
    forget_messages(world)

    world.run(minutes=30)

    assert told(world) == []
    assert world.booked(PLAIN_NUMBER) == []


def broken(_: Any) -> None:
    """Fail as a function does that cannot even start."""
    raise RuntimeError("broken")


def run_broken(world: World, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let days pass in which `invoice_push` fails at every message, and queues forget what they could not hand over."""
    with monkeypatch.context() as patch:
        patch.setattr(World, "invoice_push", lambda _, event: broken(event))
        world.send(PLAIN)
        pass_days(world, days)
        forget_messages(world)


def test_an_invoice_whose_worker_was_broken_for_fifteen_days_is_told_of_and_booked_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_broken(world, monkeypatch, DAYS)
    (one,) = told(world)
    assert one.owner is Owner.OPERATOR
    assert one.since < world.clock.instant - timedelta(days=DAYS - 2)

    world.run(minutes=30)

    assert state(world) is State.BOOKED
    assert len(world.booked(PLAIN_NUMBER)) == 1


def test_without_the_nightly_work_it_would_be_gone_with_its_messages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.without(Protection.NIGHTLY_WORK)
    run_broken(world, monkeypatch, 2)

    assert told(world) == []
    pass_days(world, 2)
    assert state(world) is None
    assert world.booked(PLAIN_NUMBER) == []


WAITING: dict[str, Callable[[World], None]] = {
    "for Yuki": lambda world: world.switch_yuki(unavailable=1_000_000),
    "for calls of the next day": lambda world: world.save_settings(daily_call_limit=10),
}


@pytest.mark.parametrize("wait", WAITING.values(), ids=WAITING.keys())
def test_what_waits_goes_on_when_every_message_is_lost(world: World, wait: Callable[[World], None]) -> None:
    wait(world)
    world.send(PLAIN)
    world.run(minutes=10)
    assert state(world) is State.WAITING
    forget_messages(world)
    world.switch_yuki(unavailable=0)
    world.save_settings(daily_call_limit=1_000)

    pass_days(world, 2)

    assert state(world) is State.BOOKED
    assert len(world.booked(PLAIN_NUMBER)) == 1


def test_without_the_sweep_what_waits_would_be_lost_with_its_messages(world: World) -> None:
    world.switch_yuki(unavailable=1_000_000)
    world.send(PLAIN)
    world.run(minutes=10)
    forget_messages(world)
    world.switch_yuki(unavailable=0)
    world.without(Protection.SWEEP)

    pass_days(world, 2)

    assert world.booked(PLAIN_NUMBER) == []


def test_a_queue_that_takes_nothing_keeps_work_waiting_in_the_tables(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep fails, and the next minute's sweep finds everything where it was."""
    world.switch_yuki(unavailable=1_000_000)
    world.send(PLAIN)
    world.run(minutes=3)
    world.switch_yuki(unavailable=0)
    with monkeypatch.context() as patch:
        patch.setattr(VirtualSqs, "send_message", lambda *_, **__: {})
        pass_days(world, 1)
    assert world.booked(PLAIN_NUMBER) == []

    world.run(minutes=15)

    assert state(world) is State.BOOKED
    assert len(world.booked(PLAIN_NUMBER)) == 1
