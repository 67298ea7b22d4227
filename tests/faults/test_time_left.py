"""No function begins what it has no time for: the rest goes on in the next invocation, and nothing is lost."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpcore
import pytest

from tests.support.world.many_invoices import link_customers
from tests.support.world.small_seed import yuki_seed
from tests.support.world.workers import TIMEOUTS, lambda_context
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_queues import queue_event
from tribe_yuki.adapters.yuki import HttpTransport
from tribe_yuki.adapters.yuki.deadline import _left, deadline, ending
from tribe_yuki.adapters.yuki.transport import RawAnswer
from tribe_yuki.domain.pending import Route
from tribe_yuki.sync.connection import OUT_OF_TIME, POLL_CONTACTS, Connection
from tribe_yuki.sync.push_contacts import push_contacts

TWENTY = 20
TELEPHONE = "0385550103"


@pytest.fixture
def twenty(exits: ExitStack, tmp_path: Path) -> tuple[World, list[tuple[str, str]]]:
    """A world with twenty linked customers, each as relation and contact."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    made = link_customers(world, TWENTY)
    return world, [(one.id("tribe organisation"), one.id("yuki contact")) for one in made]


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch, twenty: tuple[World, list[tuple[str, str]]]) -> Callable[[float], Any]:
    """Have every call to Yuki take some seconds; returns how long the longest invocation of each function took."""
    world, _ = twenty

    def slow_yuki(seconds: float) -> dict[str, timedelta]:
        real = HttpTransport.post
        took: dict[str, timedelta] = {}

        def post(transport: HttpTransport, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
            world.advance(seconds)
            return real(transport, url, body, headers)

        monkeypatch.setattr(HttpTransport, "post", post)
        for function in ("contact_push", "connection_task"):
            handle = getattr(World, function)

            def timed(self: World, event: Any, function: str = function, handle: Any = handle) -> Any:
                began = self.clock.instant
                answer = handle(self, event)
                took[function] = max(took.get(function, timedelta()), self.clock.instant - began)
                return answer

            monkeypatch.setattr(World, function, timed)
        return took

    return slow_yuki


def edit_all_in_tribe(world: World, pairs: list[tuple[str, str]], telephone: str = TELEPHONE) -> None:
    world.switch_tribe(drop_webhooks=1.0)
    for relation, _ in pairs:
        world.edit_in_tribe(relation, PhoneNumber=telephone)
    world.switch_tribe(drop_webhooks=0.0)
    for relation, _ in pairs:
        world.queues.push_relation(CONNECTION, relation, world.clock.now())


def in_yuki(world: World) -> int:
    phones = ["".join(filter(str.isdigit, one.get("PhoneWork") or "")) for one in world.yuki_state()["contacts"]]
    return sum(phone.endswith(TELEPHONE[-7:]) for phone in phones)


@pytest.mark.parametrize("seconds", [5, 15, 30])
def test_contact_push_ends_in_time_however_slow_yuki_is_and_all_changes_arrive(
    twenty: tuple[World, list[tuple[str, str]]], longest: Callable[[float], Any], seconds: float
) -> None:
    world, pairs = twenty
    edit_all_in_tribe(world, pairs)
    took = longest(seconds)
    for _ in range(40):
        world.run(minutes=1)
        if in_yuki(world) == TWENTY:
            break
    assert in_yuki(world) == TWENTY
    assert took["contact_push"] < timedelta(seconds=TIMEOUTS["contact_push"])
    assert world.pending.get(CONNECTION, Route.CONTACTS, pairs[0][0]) is None


def test_without_a_look_at_the_time_contact_push_would_be_killed(
    twenty: tuple[World, list[tuple[str, str]]], longest: Callable[[float], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    world, pairs = twenty
    edit_all_in_tribe(world, pairs)
    monkeypatch.setattr(Connection, "has_time", True)
    took = longest(15)
    world.run(minutes=3)
    assert took["contact_push"] > timedelta(seconds=TIMEOUTS["contact_push"])


def test_with_half_a_second_left_nobody_is_asked_anything_and_every_event_is_kept(
    twenty: tuple[World, list[tuple[str, str]]],
) -> None:
    world, pairs = twenty
    calls = len(world.tribe_state().get("calls", [])) + world.yuki_calls()
    event = queue_event([relation for relation, _ in pairs])
    left = lambda_context(lambda: timedelta(seconds=0.5))
    report = world.workers["contact_push"].handle_ids(event, left, push_contacts)
    assert report == {"batchItemFailures": []}
    assert len(world.tribe_state().get("calls", [])) + world.yuki_calls() == calls
    kept = [world.pending.get(CONNECTION, Route.CONTACTS, relation) for relation, _ in pairs]
    assert {one.reason if one else None for one in kept} == {OUT_OF_TIME}


@pytest.mark.parametrize("seconds", [10, 30])
def test_a_poll_goes_on_where_it_had_to_end(
    twenty: tuple[World, list[tuple[str, str]]], longest: Callable[[float], Any], seconds: float
) -> None:
    world, pairs = twenty
    world.start_task("register_relations")
    world.run(minutes=2)
    edit_all_in_tribe(world, pairs, "0385550999")
    world.run(minutes=5)
    for _, contact in pairs:
        world.edit_contact(contact, PhoneWork=TELEPHONE)
    took = longest(seconds)

    def arrived() -> int:
        phones = [one.get("PhoneNumber") or "" for one in world.tribe_state()["Relation_Organization"]]
        return sum("".join(filter(str.isdigit, phone)).endswith(TELEPHONE[-7:]) for phone in phones)

    for _ in range(60):
        world.run(minutes=1)
        if arrived() == TWENTY:
            break
    assert arrived() == TWENTY
    assert took["connection_task"] < timedelta(seconds=TIMEOUTS["connection_task"])
    world.run(minutes=5)
    assert POLL_CONTACTS not in world.connections.unfinished_tasks(CONNECTION)


def test_no_call_outlasts_the_invocation() -> None:
    with ending(lambda: timedelta(seconds=2)), deadline(60):
        left = _left(45, httpcore.ReadTimeout)
    assert left is not None
    assert left <= 2
    with deadline(60):
        assert _left(45, httpcore.ReadTimeout) == 45
    with ending(lambda: timedelta(seconds=-1)), deadline(60), pytest.raises(httpcore.ReadTimeout):
        _left(45, httpcore.ReadTimeout)
