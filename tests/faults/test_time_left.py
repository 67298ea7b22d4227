"""No function begins what it has no time for: the rest goes on in the next invocation, and nothing is lost."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpcore
import pytest

from tests.support.faults.protections import Protection
from tests.support.world.many_invoices import draft_invoices, link_customers, send_all
from tests.support.world.new_customers import new_organisation
from tests.support.world.small_seed import yuki_seed
from tests.support.world.workers import TIMEOUTS, lambda_context
from tests.support.world.world import World, open_world
from tests.support.world.world_queues import queue_event
from tribe_yuki.adapters.yuki import HttpTransport
from tribe_yuki.adapters.yuki.transport import RawAnswer, TransportFailure, _left, deadline, ending, time_left
from tribe_yuki.connections.context import COMPARE_CONTACTS, OUT_OF_TIME, POLL_CONTACTS
from tribe_yuki.contacts.deferred_event import Route
from tribe_yuki.contacts.push import push_contacts

TWENTY = 20
TELEPHONE = "0385550103"
ADVICE = "60000000-0000-4000-8000-000000000102"
RATE = "70000000-0000-4000-8000-000000000071"


@pytest.fixture
def twenty(exits: ExitStack, tmp_path: Path) -> tuple[World, list[tuple[str, str]]]:
    """A world with twenty linked customers, each as relation and contact."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    made = link_customers(world, TWENTY)
    return world, [(one.id("tribe organisation"), one.id("yuki contact")) for one in made]


@pytest.fixture
def longest(
    twenty: tuple[World, list[tuple[str, str]]], longest_of: Callable[[World, float], Any]
) -> Callable[[float], Any]:
    """Have every call to Yuki of that world take some seconds."""
    return partial(longest_of, twenty[0])


@pytest.fixture
def longest_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[World, float], Any]:
    """Have every call to Yuki take some seconds; returns how long the longest invocation of each function took."""

    def slow_yuki(world: World, seconds: float) -> dict[str, timedelta]:
        real = HttpTransport.post
        took: dict[str, timedelta] = {}

        def post(transport: HttpTransport, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
            left = time_left()
            world.advance(seconds if left is None else max(min(seconds, left.total_seconds()), 0))
            return real(transport, url, body, headers)

        monkeypatch.setattr(HttpTransport, "post", post)
        for function in TIMEOUTS:
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
        world.queues.enqueue_relation(relation, world.clock.now())


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
    assert world.deferred.get(Route.CONTACTS, pairs[0][0]) is None


def test_without_a_look_at_the_time_contact_push_would_be_killed(
    twenty: tuple[World, list[tuple[str, str]]], longest: Callable[[float], Any]
) -> None:
    """Control."""
    world, pairs = twenty
    edit_all_in_tribe(world, pairs)
    world.without(Protection.LOOK_AT_TIME)
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
    kept = [world.deferred.get(Route.CONTACTS, relation) for relation, _ in pairs]
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
    assert POLL_CONTACTS not in world.tasks.unfinished()


def test_no_call_outlasts_the_invocation() -> None:
    with ending(lambda: timedelta(seconds=2)), deadline(60):
        left = _left(45, httpcore.ReadTimeout)
    assert left is not None
    assert left <= 2
    with deadline(60):
        assert _left(45, httpcore.ReadTimeout) == 45
    with ending(lambda: timedelta(seconds=-1)), deadline(60), pytest.raises(httpcore.ReadTimeout):
        _left(45, httpcore.ReadTimeout)


def send_to_new_customers(world: World, number: int) -> list[str]:
    """Send an invoice each to customers that Yuki does not know; return their ids."""
    world.switch_tribe(drop_webhooks=1.0)
    customers = [new_organisation(world, place) for place in range(number)]
    ids = []
    for customer in customers:
        line = {
            "Description": "Advies",
            "Quantity": 1,
            "Price": 10,
            "Product": {"ID": ADVICE},
            "VatGroup": {"ID": RATE},
        }
        body = {"Currency": "EUR", "Relationship": {"ID": customer.role}, "ProductLines": [line]}
        made = world.control.post(f"{world.tribe_url}/_control/invoices", json=body).raise_for_status()
        ids.append(made.json()["ID"])
    world.settle_webhooks()
    world.switch_tribe(drop_webhooks=0.0)
    send_all(world, ids)
    return ids


def states(world: World, ids: list[str]) -> set[str | None]:
    transfers = [world.transfer(one) for one in ids]
    return {one.state.value if one else None for one in transfers}


@pytest.mark.parametrize("seconds", [15, 25])
def test_invoices_of_new_customers_come_through_and_a_slow_yuki_is_not_taken_for_one_that_is_away(
    world: World, longest_of: Callable[[World, float], Any], seconds: float
) -> None:
    world.run(minutes=2)
    took = longest_of(world, seconds)
    ids = send_to_new_customers(world, 8)
    for _ in range(45):
        world.run(minutes=1)
        assert world.breaker.open_since is None
        if states(world, ids) == {"held"}:
            break
    assert {one.reason if (one := world.transfer(invoice)) else None for invoice in ids} == {"contact_not_customer"}
    assert took["invoice_push"] < timedelta(seconds=TIMEOUTS["invoice_push"])


def test_without_a_look_at_the_time_a_slow_yuki_is_taken_for_one_that_is_away(
    world: World, longest_of: Callable[[World, float], Any]
) -> None:
    """Control."""
    world.without(Protection.LOOK_AT_TIME_OF_CALLS)
    world.run(minutes=2)
    longest_of(world, 15)
    send_to_new_customers(world, 8)
    world.run(minutes=5)
    assert world.breaker.open_since is not None


def test_the_comparison_asks_a_slow_yuki_about_each_inactive_contact_once(
    twenty: tuple[World, list[tuple[str, str]]], longest: Callable[[float], Any]
) -> None:
    world, pairs = twenty
    world.start_task("register_relations")
    world.run(minutes=2)
    for _, contact in pairs:
        world.edit_contact(contact, Active=False)
    world.run(minutes=20)
    took, calls = longest(25), world.yuki_calls()
    world.start_task(COMPARE_CONTACTS)
    for _ in range(30):
        world.run(minutes=1)
        progress = world.tasks.progress(COMPARE_CONTACTS)
        if progress is not None and progress.is_finished:
            break
    assert progress is not None
    assert progress.is_finished
    assert world.yuki_calls() - calls < 2 * TWENTY
    assert took["connection_task"] < timedelta(seconds=TIMEOUTS["connection_task"])


def test_an_import_with_a_slow_yuki_writes_each_code_once_and_ends(
    exits: ExitStack, tmp_path: Path, longest_of: Callable[[World, float], Any]
) -> None:
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    for address, wanted in ((world.yuki_url, "contacts"), (world.tribe_url, "relations")):
        world.control.post(f"{address}/_control/bulk", json={wanted: 24, "seed": 3}).raise_for_status()
    took = longest_of(world, 30)
    world.import_everything(most_minutes=45)
    written = world.yuki.calls["UpdateContact"]
    assert all(link.code is not None for link in world.all_links())
    assert written <= 2 * len(world.all_links())
    assert took["connection_task"] < timedelta(seconds=TIMEOUTS["connection_task"])
    assert world.breaker.open_since is None


def test_a_list_of_customers_that_is_too_long_for_a_slow_yuki_holds_no_invoice_up(
    exits: ExitStack, tmp_path: Path, longest_of: Callable[[World, float], Any]
) -> None:
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    customers = link_customers(world, 201)
    ids = draft_invoices(world, customers, 3)
    for company in customers[:3]:
        link = world.links.get(company.id("tribe organisation"))
        assert link is not None
        world.links.save(replace(link, is_customer=None), [], world.clock.instant, former=link)
    world.run(minutes=2)
    longest_of(world, 30)
    send_all(world, ids)
    for _ in range(20):
        world.run(minutes=1)
        if states(world, ids) == {"booked"}:
            break
    assert states(world, ids) == {"booked"}


@pytest.mark.parametrize("left", [0.0, -3.0])
def test_a_call_that_there_is_no_time_for_is_not_begun_and_is_no_failure_of_yuki(left: float) -> None:
    with ending(lambda: timedelta(seconds=left)), pytest.raises(TransportFailure) as failure:
        HttpTransport().post("http://127.0.0.1:1/", b"", {})
    found = failure.value
    assert (found.code, found.was_sent, found.is_ours) == (OUT_OF_TIME, False, True)


def test_a_call_that_nobody_answers_is_a_failure_of_yuki() -> None:
    with ending(lambda: timedelta(seconds=30)), pytest.raises(TransportFailure) as failure:
        HttpTransport().post("http://127.0.0.1:1/", b"", {})
    assert (failure.value.code, failure.value.is_ours) == ("yuki_unreachable", False)
