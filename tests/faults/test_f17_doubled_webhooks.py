"""F17: however often a connection is connected, each kind of event is registered once, and comes once.

What a person sees of it is in `tests/integration/test_cli_connect.py`. Here are interrupted and simultaneous runs, and
what an event does to the queues and the books afterwards.
"""

from collections import Counter
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from local.stack import demo_connection
from tests.support.faults.protections import Protection, without
from tests.support.world.world import CONNECTION, START, World, stack_description
from tests.support.world.world_queues import INVOICE
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.errors import Conflict, ConnectorError
from tribe_yuki.webhooks.subscriptions import ROUTES

PLAIN, PLAIN_NUMBER = "40000000-0000-4000-8000-000000000041", "2026-0101"
REGISTER, STRIKES = "POST v1", 2


def connect(world: World) -> None:
    """Connect `demo` again, as after a new deployment."""
    settings = demo_connection.demo_settings(activated_at=START - timedelta(hours=1))
    demo_connection.connect(stack_description(world), settings=settings, aws_clients=world.aws_client)


def registered(world: World) -> Counter[str]:
    """Return how often each type of record is registered for this connection."""
    begin = f"{world.receiver_url}/{CONNECTION}/"
    found = world.tribe_state()["Webhook"]
    return Counter(one["entityType"] for one in found if one["webhookUrl"].startswith(begin))


ONCE_EACH = Counter(dict.fromkeys(ROUTES, 1))


def events_of(world: World, tribe_invoice_id: str) -> Counter[Any]:
    """Return how often Tribe told each change of an invoice."""
    deliveries: list[dict[str, Any]] = world.tribe_state()["deliveries"]
    told = (str(one["body"]["payload"]) for one in deliveries if tribe_invoice_id in str(one["body"]))
    return Counter(told)


def send(world: World) -> None:
    """Send an invoice, and give it time to arrive."""
    world.send(PLAIN)
    world.run(minutes=3)


def test_after_every_deployment_there_is_one_webhook_of_each_kind_and_one_event_for_each_change(world: World) -> None:
    before = registered(world)
    for _ in range(3):
        connect(world)
    assert before == registered(world) == ONCE_EACH

    send(world)

    assert set(events_of(world, PLAIN).values()) == {1}
    assert set(world.webhook_answers) == {202}
    assert len(world.booked(PLAIN_NUMBER)) == 1


def test_without_a_look_at_what_is_registered_every_deployment_adds_another_one(world: World) -> None:
    with without(Protection.REGISTERED_WEBHOOKS), pytest.raises(Declined):
        connect(world)
    assert min(registered(world).values()) > 1

    send(world)

    assert min(events_of(world, PLAIN).values()) > 1
    assert len(world.booked(PLAIN_NUMBER)) == 1, "doubled events cost calls, not bookings"

    connect(world)

    assert registered(world) == ONCE_EACH


@pytest.mark.parametrize("fault", ["timeout_after_commit", "timeout_before_commit", "truncate", "unavailable"])
def test_a_registration_whose_answer_is_lost_is_looked_up_and_not_repeated(world: World, fault: str) -> None:
    for one in world.tribe_state()["Webhook"]:
        world.tribe.webhooks.pop(one["id"])
    world.switch_tribe(hang_seconds=0)
    world.switch_tribe(**{fault: {"count": STRIKES, "operations": [REGISTER]}})

    try:
        connect(world)
    except ConnectorError:
        connect(world)

    assert world.tribe.faults.struck[fault] == STRIKES
    assert registered(world) == ONCE_EACH
    send(world)
    assert set(events_of(world, PLAIN).values()) == {1}
    assert len(world.booked(PLAIN_NUMBER)) == 1


def test_two_who_connect_at_the_same_moment_leave_one_of_each_when_one_of_them_does_it_again(world: World) -> None:
    for one in world.tribe_state()["Webhook"]:
        world.tribe.webhooks.pop(one["id"])
    barrier = Barrier(2)
    ended: list[BaseException | None] = []

    def work() -> None:
        barrier.wait()
        try:
            connect(world)
        except (Declined, Conflict) as refused:
            ended.append(refused)
        else:
            ended.append(None)

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 2

    connect(world)

    assert registered(world) == ONCE_EACH
    send(world)
    assert set(events_of(world, PLAIN).values()) == {1}
    assert set(world.webhook_answers) == {202}
    assert len(world.booked(PLAIN_NUMBER)) == 1
    assert world.sqs.queues[INVOICE].messages == []
