"""F9: a system that asks for a pause gets one, from all workers at once, and what waited goes on by itself.

Tribe answers 429 for five minutes: nobody calls it for a minute after such an answer, or for as long as Retry-After
says. Yuki says that the day's calls are used up although we counted fewer: one read an hour looks whether that still
holds, and midnight brings the rest. Workers that run at once take no more calls together than they may. What waits is
not started before its time.
A limit of 100 calls with 200 invoices and 200 contacts, spent in the middle of everything, is in
`tests/faults/test_few_calls.py`: invoices first, no call beyond the limit, the rest on the next day.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from simulators.shared import Response
from simulators.shared.companies import Company
from simulators.shared.server import Handler
from simulators.yuki.sessions import Sessions
from simulators.yuki.soap import SoapFault
from tests.support.faults.overlapping import in_the_middle, run_in_new_process
from tests.support.faults.protections import Protection
from tests.support.world.invoice_books import assert_booked_once
from tests.support.world.many_invoices import draft_invoices, send_all
from tests.support.world.settled_world import PHONE, settled_world, with_phone
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import World, open_world
from tests.support.world.world_queues import TASK, queue_event
from tests.support.world.yuki_calls import calls, counted_today
from tribe_yuki.connections.context import POLL_CONTACTS
from tribe_yuki.invoices.transfer import State

SOME = 12
TOO_MANY_REQUESTS = 429
MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)  # twelve in Amsterdam
MIDNIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What a system answered, when, to which path."""

    at: datetime
    path: str
    status: int


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """Everything that Tribe answers to the connector from now on."""
    found: list[Answer] = []
    send = Handler.send

    def note(handler: Handler, answer: Response) -> None:
        simulator = handler.server.simulator
        if simulator.operation.__qualname__.startswith("Tribe") and not handler.path.startswith("/_control/"):
            found.append(Answer(simulator.clock.now(), handler.path, answer.status))
        send(handler, answer)

    monkeypatch.setattr(Handler, "send", note)
    return found


def too_early(answers: Sequence[Answer], pause: timedelta = MINUTE) -> list[Answer]:
    """Return the calls that came within the pause after a 429."""
    early = []
    asked_until: datetime | None = None
    for answer in answers:
        if asked_until is not None and answer.at < asked_until:
            early.append(answer)
        if answer.status == TOO_MANY_REQUESTS:
            asked_until = answer.at + pause
    return early


@dataclass
class Busy:
    """A world in which much is to be done at once: invoices, contacts of both sides, and a poll."""

    world: World
    companies: Sequence[Company]
    invoices: Sequence[str]

    def begin(self) -> None:
        """Give every function something to do."""
        send_all(self.world, self.invoices)
        for company in self.companies[: SOME // 2]:
            self.world.edit_in_tribe(company.id("tribe organisation"), PhoneNumber=PHONE)
        for company in self.companies[SOME // 2 :]:
            self.world.edit_contact(company.id("yuki contact"), PhoneWork=PHONE)
        self.world.start_task(POLL_CONTACTS)

    def assert_done(self) -> None:
        """Look whether everything arrived on the other side, once."""
        assert_booked_once(self.world, self.invoices)
        assert with_phone(self.world) == SOME
        phones = [row["PhoneNumber"] for row in self.world.tribe_state()["Relation_Organization"]]
        assert phones.count(PHONE) == SOME
        assert all(not queue.dead_letters for queue in self.world.sqs.queues.values())


@pytest.fixture
def busy(exits: ExitStack) -> Busy:
    """See `Busy`."""
    world, companies = settled_world(exits, SOME)
    world.set_time(NOON)
    world.run(minutes=20, step_seconds=60)  # the work of the night that was left out
    return Busy(world, companies, draft_invoices(world, companies, SOME))


# --- Tribe asks for a pause -------------------------------------------------------------------------------------------


def refuse_for_five_minutes(busy: Busy) -> None:
    """Have Tribe answer 429 to whoever asks, for five minutes in which everything is to be done."""
    busy.world.switch_tribe(too_many_requests=1_000_000)
    busy.begin()
    busy.world.run(minutes=5)
    busy.world.switch_tribe(too_many_requests=0)


def test_nobody_calls_tribe_for_a_minute_after_it_said_too_many(busy: Busy, answers: list[Answer]) -> None:
    refuse_for_five_minutes(busy)
    refused = [answer for answer in answers if answer.status == TOO_MANY_REQUESTS]
    assert 2 <= len(refused) <= 6
    assert too_early(answers) == []

    busy.world.run(minutes=40)

    busy.assert_done()


def test_without_the_pause_tribe_would_be_asked_again_at_once(busy: Busy, answers: list[Answer]) -> None:
    busy.world.without(Protection.PAUSE_OF_TRIBE)

    refuse_for_five_minutes(busy)

    assert too_early(answers) != []


def test_tribe_is_left_alone_for_as_long_as_it_says(
    busy: Busy, answers: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.tribe.simulator.WINDOW_SECONDS", 150)
    busy.world.switch_tribe(retry_after=True, rate_limit_per_minute=0)
    busy.begin()
    busy.world.run(minutes=5)
    busy.world.switch_tribe(rate_limit_per_minute=1000)
    refused = [answer for answer in answers if answer.status == TOO_MANY_REQUESTS]
    assert len(refused) == 2
    assert too_early(answers, timedelta(seconds=150)) == []

    busy.world.run(minutes=40)

    busy.assert_done()


def poll_while_another_worker_is_refused(busy: Busy, exits: ExitStack) -> None:
    """Refuse a worker in the middle of a poll that began before, and goes on after that."""
    world = busy.world
    for company in busy.companies:
        world.edit_contact(company.id("yuki contact"), PhoneWork=PHONE)

    def refuse() -> None:
        world.switch_tribe(too_many_requests=1)
        world.contact_push(queue_event([busy.companies[0].id("tribe customer")]))
        world.invoice_push(queue_event(busy.invoices))
        world.advance(1)  # for so long a worker may not know what another one was told

    with in_the_middle("GET Rel", refuse) as done:
        run_in_new_process(world, exits, POLL_CONTACTS)
    assert done != []


def test_a_worker_that_is_in_the_middle_of_its_work_stops_too(
    busy: Busy, answers: list[Answer], exits: ExitStack
) -> None:
    poll_while_another_worker_is_refused(busy, exits)
    assert TOO_MANY_REQUESTS in {answer.status for answer in answers}
    assert too_early(answers) == []

    busy.world.run(minutes=40)

    assert with_phone(busy.world) == SOME


def test_without_the_look_before_each_call_it_would_go_on(busy: Busy, answers: list[Answer], exits: ExitStack) -> None:
    busy.world.without(Protection.LOOK_BEFORE_TRIBE_CALLS)

    poll_while_another_worker_is_refused(busy, exits)

    assert too_early(answers) != []


# --- Yuki says that the day's calls are used up -----------------------------------------------------------------------


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When Yuki said that the limit is reached."""
    found: list[datetime] = []
    check = Sessions.check_limit

    def note(sessions: Sessions, domain_id: str, now: datetime, switches: Any, **more: Any) -> None:
        try:
            check(sessions, domain_id, now, switches, **more)
        except SoapFault:
            found.append(now)
            raise

    monkeypatch.setattr(Sessions, "check_limit", note)
    return found


def spend_for_others(busy: Busy) -> None:
    """Have other users of the domain take the rest of the day's calls, at noon; then begin, and let the day end."""
    world = busy.world
    assert counted_today(world) < 100
    world.switch_yuki(daily_limit=1)
    busy.begin()
    world.run(minutes=(MIDNIGHT - world.clock.instant) / MINUTE - 1, step_seconds=60)
    assert world.booked("2026-5001") == []


def test_a_limit_that_others_reached_is_looked_at_once_an_hour_and_waited_for(
    busy: Busy, refusals: list[datetime]
) -> None:
    spend_for_others(busy)
    assert 2 <= len(refusals) <= 12 + 1
    states = Counter(transfer.state for one in busy.invoices if (transfer := busy.world.transfer(one)))
    assert states == {State.WAITING: SOME}

    busy.world.switch_yuki(daily_limit=1000)
    busy.world.set_time(MIDNIGHT)
    busy.world.run(minutes=60)

    busy.assert_done()


def test_without_heed_of_that_answer_yuki_would_be_asked_all_day(busy: Busy, refusals: list[datetime]) -> None:
    busy.world.without(Protection.LIMIT_OF_YUKI)

    spend_for_others(busy)

    assert len(refusals) > 100


# --- workers that run at once -----------------------------------------------------------------------------------------


def push_at_once(busy: Busy, *, left: int) -> int:
    """Let two polls and eight pushes run at once with some calls left; return how many calls they made."""
    world = busy.world
    for company in busy.companies:
        world.edit_in_tribe(company.id("tribe organisation"), PhoneNumber=PHONE)
    world.settle_webhooks()
    for queue in world.sqs.queues.values():
        queue.messages.clear()
    world.save_settings(daily_call_limit=-(-(counted_today(world) + left) * 100 // 83))
    before = calls(world).total()
    works: list[Callable[[], object]] = [
        *(lambda: world.connection_task(queue_event([], task=POLL_CONTACTS)) for _ in range(2)),
        *(
            lambda company=company: world.contact_push(queue_event([company.id("tribe organisation")]))
            for company in busy.companies[:8]
        ),
    ]
    barrier = Barrier(len(works))

    def begin(work: Callable[[], object]) -> None:
        barrier.wait()
        work()

    threads = [Thread(target=begin, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return calls(world).total() - before


def test_two_pollers_and_eight_pushers_take_no_more_calls_together_than_are_left(busy: Busy) -> None:
    assert push_at_once(busy, left=5) <= 6  # the share is a whole number of percents


def test_without_the_condition_on_the_counter_they_would(busy: Busy) -> None:

    busy.world.without(Protection.COUNTING_OF_CALLS)

    assert push_at_once(busy, left=5) > 6


# --- what waits is not started before its time ------------------------------------------------------------------------


def spend_the_share_of_contacts(world: World) -> None:
    """Use up what polls may have of the day's calls, at noon, and let the next poll find that out."""
    world.set_time(NOON)
    world.run(minutes=1)
    world.save_settings(daily_call_limit=counted_today(world) * 100 // 83)
    world.run(minutes=20)


def polls_started(world: World, minutes: int) -> int:
    """Sweep for some minutes without letting anything run; return how many polls were put on the queue."""
    queue = world.sqs.queues[TASK]
    started = 0
    for _ in range(minutes):
        world.advance(60)
        queue.messages.clear()
        world.poller.tick()
        started += sum(POLL_CONTACTS in message.body for message in queue.messages)
    queue.messages.clear()
    return started


@pytest.fixture
def quiet_world(exits: ExitStack, tmp_path: Path) -> World:
    """A world with nobody in Yuki."""
    return open_world(exits, yuki_seed=yuki_seed(tmp_path, []))


def test_a_poll_that_waits_for_midnights_calls_is_not_started_before(quiet_world: World) -> None:
    world = quiet_world
    spend_the_share_of_contacts(world)

    assert polls_started(world, 120) == 0

    world.set_time(MIDNIGHT)
    assert polls_started(world, 2) == 1
    assert POLL_CONTACTS in world.tasks.unfinished()
    before = calls(world)
    world.run(minutes=6)  # the start was lost here, and SQS takes the same one again after five minutes
    assert (calls(world) - before)["SearchContacts"] == 1


def test_without_heed_of_its_pause_it_would_be_started_all_the_time(quiet_world: World) -> None:
    quiet_world.without(Protection.PAUSES_OF_TASKS)
    spend_the_share_of_contacts(quiet_world)

    assert polls_started(quiet_world, 120) > 20
