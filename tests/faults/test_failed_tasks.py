"""A task that fails, whatever it fails with, keeps no other task waiting, and is tried again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.demo.invoices import seed_invoices
from tests.support.faults.protections import Protection
from tests.support.world.world import World
from tests.support.world.world_queues import TASK
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.credentials import CredentialStore
from tribe_yuki.connections.context import (
    OUT_OF_TIME,
    POLL_CONTACTS,
    RECENT_INVOICES,
    SEND_DIGEST,
    SOON,
    TELL_FIRST_HOLDS,
)
from tribe_yuki.core.errors import Defect, Gone, OutcomeUnknown, RateLimited, Retryable
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.transfer import State
from tribe_yuki.work import put_off, tasks
from tribe_yuki.work.progress import UnfinishedTask

MINUTE = timedelta(minutes=1)


def replaced(monkeypatch: pytest.MonkeyPatch, name: str, task: Callable[[InvoiceContext], None]) -> None:
    monkeypatch.setattr(tasks, "TASKS", {**tasks.TASKS, name: task})


def failing(error: Exception) -> Callable[[InvoiceContext], None]:
    def task(_: InvoiceContext) -> None:
        raise error

    return task


def polls(world: World) -> Any:
    return world.timestamps.get(POLL_CONTACTS)


@pytest.fixture
def polling(world: World) -> World:
    """A connection that polls: its relations are on the register."""
    world.start_task("register_relations")
    world.run(minutes=2)
    assert polls(world) is not None
    return world


def test_a_task_that_always_fails_delays_no_poll_and_is_told(polling: World, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[Exception] = [
        OverflowError("1e309"),
        Defect("tribe_refused"),
        Gone("x"),
        RecursionError(),
        KeyError("k"),
    ]
    tried: list[timedelta] = []

    def task(connection: InvoiceContext) -> None:
        tried.append(connection.now() - began)
        raise errors[len(tried) % len(errors)]

    began = polling.clock.now()
    replaced(monkeypatch, TELL_FIRST_HOLDS, task)
    for _ in range(60):
        polling.run(minutes=1)
        assert polling.clock.now() - polls(polling) <= 17 * MINUTE
        assert len(polling.sqs.queues[TASK].messages) <= 1
    assert len(tried) == 4  # after one, five and thirty minutes
    unfinished = polling.tasks.unfinished()[TELL_FIRST_HOLDS]
    assert (unfinished.attempt, unfinished.is_failing) == (4, True)
    assert polling.poller.tick()["ConnectionsFailing"] == 1
    assert polling.sqs.queues[TASK].dead_letters == []
    monkeypatch.undo()
    polling.start_task(TELL_FIRST_HOLDS)
    polling.run(minutes=1)
    assert TELL_FIRST_HOLDS not in polling.tasks.unfinished()
    assert polling.poller.tick()["ConnectionsFailing"] == 0


def test_without_the_note_a_task_that_fails_delays_everything_behind_it(
    polling: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: what fails in a FIFO queue keeps its group waiting."""

    replaced(monkeypatch, TELL_FIRST_HOLDS, failing(OverflowError()))
    polling.without(Protection.NOTES_OF_TASKS)
    gaps = []
    for _ in range(40):
        polling.run(minutes=1)
        gaps.append(polling.clock.now() - polls(polling))
    assert max(gaps) > 20 * MINUTE


@pytest.mark.parametrize("broken", ["no such secret", "not JSON", "settings", "throttled"])
def test_what_fails_before_a_task_begins_is_noted_as_well(
    polling: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def get(*_: object) -> Any:
        if broken == "not JSON":
            raise ValueError(broken)
        raise Defect(broken.replace(" ", "_"))

    part = "saved_settings" if broken in ("settings", "throttled") else "get"
    owner = Connections if part == "saved_settings" else CredentialStore
    monkeypatch.setattr(owner, part, get)
    polling.start_task(SEND_DIGEST)
    polling.run(minutes=1)
    assert polling.tasks.unfinished()[SEND_DIGEST].attempt >= 1
    assert not [one for one in polling.sqs.queues[TASK].messages if one.receives]
    monkeypatch.undo()
    polling.run(minutes=6)
    assert polling.tasks.unfinished() == {}
    assert polling.timestamps.get(SEND_DIGEST) is not None


def test_a_start_that_was_asked_for_before_the_task_began_runs_it_once(
    polling: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def task(connection: InvoiceContext) -> None:
        ran.append("poll")
        connection.timestamps.set(POLL_CONTACTS, connection.now())

    replaced(monkeypatch, POLL_CONTACTS, task)
    for _ in range(20):
        polling.advance(60)
        polling.start_task(POLL_CONTACTS)
    polling.advance(1)
    polling.pump()
    assert ran == ["poll"]


def test_the_sweep_does_not_start_again_what_it_has_started(polling: World) -> None:
    polling.timestamps.set(POLL_CONTACTS, polling.clock.now() - 20 * MINUTE)
    polling.sqs.queues[TASK].messages.clear()
    for _ in range(5):
        polling.advance(59)
        polling.poller.tick()
    starts = [message.body for message in polling.sqs.queues[TASK].messages]
    assert len([body for body in starts if POLL_CONTACTS in body]) == 1


def test_a_task_of_a_newer_version_waits_for_it(polling: World) -> None:
    polling.start_task("tidy_up")
    polling.run(minutes=1)
    unfinished = polling.tasks.unfinished()["tidy_up"]
    assert (unfinished.code, unfinished.attempt) == ("task_unknown", 2)
    assert RECENT_INVOICES not in polling.tasks.unfinished()


@pytest.mark.parametrize("minutes", [5, 15, 30])
def test_while_tribe_is_away_a_poll_that_needs_it_asks_yuki_no_more_often_than_any_poll(
    polling: World, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    polling.save_settings(poll_interval_minutes=minutes)

    def task(connection: InvoiceContext) -> None:
        connection.yuki.search_contacts("All", "", modified_after=connection.now())
        raise Retryable("tribe_unavailable")

    replaced(monkeypatch, POLL_CONTACTS, task)
    calls = polling.yuki_calls()
    polling.run(minutes=121, step_seconds=30)
    assert polling.yuki_calls() - calls <= 121 // minutes + 3
    unfinished = polling.tasks.unfinished()[POLL_CONTACTS]
    assert (unfinished.code, unfinished.is_failing) == ("tribe_unavailable", False)
    monkeypatch.undo()
    polling.run(minutes=minutes + 1)
    assert POLL_CONTACTS not in polling.tasks.unfinished()


NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECONDS = timedelta(seconds=40)


@pytest.mark.parametrize(
    ("error", "known", "pause"),
    [
        (Retryable("tribe_unavailable"), None, timedelta()),
        (Retryable("tribe_unavailable"), UnfinishedTask(NOW), timedelta()),
        (Retryable("tribe_unavailable"), UnfinishedTask(NOW, NOW, 0, "yuki_timeout"), put_off.LOOK_AGAIN),
        (OutcomeUnknown("tribe_timeout"), UnfinishedTask(NOW, NOW, 0, "tribe_timeout"), put_off.LOOK_AGAIN),
        (RateLimited("slow", retry_after=SECONDS), UnfinishedTask(NOW, NOW, 0, "slow"), SECONDS),
        (Retryable(OUT_OF_TIME, retry_after=SOON), UnfinishedTask(NOW, NOW, 0, OUT_OF_TIME), SOON),
        (Retryable(OUT_OF_TIME), UnfinishedTask(NOW, NOW, 0, OUT_OF_TIME), put_off.LOOK_AGAIN),
        (Defect("x"), UnfinishedTask(NOW, NOW, 1, "x"), 5 * MINUTE),
    ],
)
def test_what_passes_is_tried_again_at_once_and_then_now_and_then(
    error: Exception, known: UnfinishedTask | None, pause: timedelta
) -> None:
    assert put_off.after_failure(error, NOW, known).again_at == NOW + pause


@pytest.mark.parametrize("is_urgent", [True, False])
def test_the_first_look_that_all_invoices_wait_for_is_tried_every_minute(world: World, is_urgent: bool) -> None:
    if not is_urgent:
        world.without(Protection.URGENT_TASKS)
    invoice = seed_invoices()[0].tribe_invoice_id
    world.switch_yuki(unavailable=1_000)
    world.send(invoice)
    world.run(minutes=2)
    world.switch_yuki(unavailable=0)
    world.run(minutes=3)

    transfer = world.transfer(invoice)
    assert transfer is not None
    assert (transfer.state is State.BOOKED) is is_urgent
