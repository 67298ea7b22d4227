"""An invocation reads a record once, but does not act on what another worker has changed meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.faults.overlapping import in_the_middle
from tests.support.faults.protections import Protection
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.workers import lambda_context, make_worker
from tests.support.world.world import World, open_world
from tests.support.world.world_queues import queue_event
from tribe_yuki.invoices.receive import push_invoices
from tribe_yuki.invoices.transfer import State

READING = "GET Activity_Invoice"


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        world = open_world(stack)
        world.timestamps.set("first_look", world.clock.now())
        world.save_settings(pdf="off")
        yield world


def sent_invoice(world: World) -> str:
    invoice = draft_invoices(world, link_customers(world, 1), 1)[0]
    world.switch_tribe(drop_webhooks=1.0)
    world.send(invoice, Number=number_of(0))
    return invoice


def another_process(world: World, exits: ExitStack) -> Callable[[str], Any]:
    secrets = world.aws_client("secretsmanager")
    worker = make_worker("invoice_push", world.clock, world.db, world.sqs, secrets, world.tribe_url, world.yuki_url)
    exits.callback(worker.close)
    return lambda invoice: worker.handle_ids(queue_event([invoice]), lambda_context(), push_invoices)


def prepare_twice(world: World, exits: ExitStack) -> tuple[str, Any]:
    """Prepare an invoice while another worker does: both found it new."""
    invoice, prepare = sent_invoice(world), another_process(world, exits)
    with in_the_middle(READING, lambda: prepare(invoice)) as done:
        report = world.invoice_push(queue_event([invoice]))
    assert done
    return invoice, report


def test_who_was_slower_looks_at_what_the_other_stored(world: World, exits: ExitStack) -> None:
    invoice, report = prepare_twice(world, exits)
    assert report == {"batchItemFailures": []}
    world.run(minutes=2)
    transfer = world.transfer(invoice)
    assert transfer is not None
    assert transfer.state is State.BOOKED
    assert len(world.booked(number_of(0))) == 1


def test_otherwise_it_would_come_to_the_same_conflict_again_and_again(world: World, exits: ExitStack) -> None:
    world.without(Protection.READING_ANEW)
    _, report = prepare_twice(world, exits)
    assert report["batchItemFailures"]
