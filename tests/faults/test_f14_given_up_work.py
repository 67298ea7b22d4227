"""F14: failed work does not silently disappear: the record survives the queue, and a redrive makes no doubles."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.details import told
from tests.support.faults.protections import Protection, without
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of, send_all
from tests.support.world.world import CONNECTION, World
from tests.support.world.world_queues import CONTACT_DEAD, DEAD, INVOICE, RETRY, TASK_DEAD
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.errors import Defect, Retryable
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.moves import GiveUp
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people import redrive as redriving
from tribe_yuki.people.redrive import Redriven, redrive
from tribe_yuki.setup.lifecycle import pause

GIVEN_UP, NEW = 500, 60
FEW, A_MINUTE = 20, 5


def redriven(world: World) -> Redriven:
    """Redrive as an operator does."""
    with world.operator() as operator:
        return redrive(operator, CONNECTION, "Yuki is well again")


def give_up(world: World, ids: list[str]) -> None:
    """Have invoices end as they do after the last step of the ladder: dead, and their ids on the dead-letter queue."""
    now = world.clock.instant
    for tribe_invoice_id in ids:
        transfer = world.transfer(tribe_invoice_id)
        assert transfer is not None
        dead = transfer.after(GiveUp(WaitReason.RETRY, told("yuki_timeout")), now)
        world.transfers.save(dead, [JournalEntry(JournalKind.DECISION, "dead", {"reason": "retry"})], now)
        world.queues.send_to_dead_letters(tribe_invoice_id, now)


def times_booked(world: World, number: int) -> set[int]:
    """Return how often the invoices of a list are in the books: {1} when all are there once."""
    books: dict[str, int] = {}
    for invoice in world.yuki_state()["invoices"]:
        books[invoice["reference"]] = books.get(invoice["reference"], 0) + 1
    return {books.get(number_of(place), 0) for place in range(number)}


@pytest.fixture
def given_up(world: World) -> tuple[World, list[str]]:
    """A world in which 500 sent invoices were given up, and 60 more are drafts."""
    customers = link_customers(world, 100)
    ids = draft_invoices(world, customers, GIVEN_UP + NEW)
    world.switch_yuki(unavailable=1_000_000, duplicate_reference="accept")
    world.switch_tribe(rate_limit_per_minute=100_000)
    send_all(world, ids[:GIVEN_UP])
    world.run(minutes=3)
    give_up(world, ids[:GIVEN_UP])
    world.switch_yuki(unavailable=0)
    return world, ids


def test_after_fifteen_days_the_queue_has_forgotten_and_the_table_has_not(given_up: tuple[World, list[str]]) -> None:
    world, ids = given_up
    world.set_time(world.clock.instant + timedelta(days=15))
    assert world.sqs.receive_message(QueueUrl=DEAD, MaxNumberOfMessages=10, VisibilityTimeout=1) == {}
    transfer = world.transfer(ids[0])
    assert transfer is not None
    assert transfer.state is State.DEAD
    assert "dead" in world.story(ids[0])

    assert redriven(world).invoices == GIVEN_UP
    world.run(minutes=30)

    assert times_booked(world, GIVEN_UP) == {1}


def test_a_redrive_of_500_pressed_twice_while_new_ones_arrive_books_each_once(
    given_up: tuple[World, list[str]],
) -> None:
    world, ids = given_up

    first = redriven(world)
    for place, tribe_invoice_id in enumerate(ids[GIVEN_UP:], GIVEN_UP):
        world.send(tribe_invoice_id, Number=number_of(place))
    second = redriven(world)
    world.run(minutes=2)
    redriven(world)
    world.run(minutes=30)

    assert (first.invoices, first.messages) == (GIVEN_UP, GIVEN_UP)
    assert (second.invoices, second.messages) == (0, 0)
    assert times_booked(world, GIVEN_UP + NEW) == {1}
    assert not world.sqs.queues[DEAD].messages


def test_what_is_redriven_takes_its_turn(given_up: tuple[World, list[str]]) -> None:
    world, ids = given_up
    redriven(world)
    due = [transfer.due_at for one in ids[:GIVEN_UP] if (transfer := world.transfer(one)) and transfer.due_at]
    assert max(due) - min(due) == timedelta(minutes=4)


@pytest.fixture
def few_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which 20 sent invoices were given up, of which 5 a minute are redriven."""
    monkeypatch.setattr(redriving, "INVOICES_PER_MINUTE", A_MINUTE)
    ids = draft_invoices(world, link_customers(world, FEW), FEW)
    world.switch_yuki(unavailable=1_000_000, duplicate_reference="accept")
    send_all(world, ids)
    world.run(minutes=3)
    give_up(world, ids)
    world.switch_yuki(unavailable=0)
    world.run(minutes=6)  # somebody sees that Yuki is back
    return world


def in_books(world: World) -> int:
    """Return how many of the invoices are in the books."""
    numbers = set(map(number_of, range(FEW)))
    return sum(invoice["reference"] in numbers for invoice in world.yuki_state()["invoices"])


def test_their_dead_letters_have_none_jump_the_queue(few_given_up: World) -> None:
    world = few_given_up
    redriven(world)
    world.run(minutes=1.5)
    assert 0 < in_books(world) <= 2 * A_MINUTE
    world.run(minutes=6)
    assert times_booked(world, FEW) == {1}


def test_without_regard_to_their_turn_all_would_go_at_once(few_given_up: World) -> None:
    """The control."""
    few_given_up.without(Protection.TURNS_OF_REDRIVEN)
    world = few_given_up
    redriven(world)
    world.run(minutes=1.5)
    assert in_books(world) == FEW


def test_what_stood_in_no_table_comes_back_at_the_same_rate(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redriving, "INVOICES_PER_MINUTE", A_MINUTE)
    for place in range(FEW):
        _put(world, DEAD, {"v": 1, "connection_id": CONNECTION, "ids": [str(place)], "seen_at": "2026-11-23T09:00:00Z"})
    redriven(world)
    waits = sorted(message.visible_at - world.clock.instant for message in world.sqs.queues[RETRY].messages)
    assert waits == [timedelta(minutes=place // A_MINUTE) for place in range(FEW)]


def typed_in_after_it_was_given_up(world: World) -> None:
    """Give one invoice up, book it in Yuki's screens, and redrive it a while later."""
    world.save_settings(administrations_in_domain=1)
    (tribe_invoice_id,) = draft_invoices(world, link_customers(world, 1), 1)
    world.switch_yuki(duplicate_reference="accept")
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("tribe_yuki.invoices.send.probe_after_silence", _retryable)
        send_all(world, [tribe_invoice_id])
        world.run(minutes=3)
        give_up(world, [tribe_invoice_id])
    transfer = world.transfer(tribe_invoice_id)
    assert transfer is not None
    assert transfer.sends == 0
    invoice = {
        "reference": transfer.reference,
        "contact_id": transfer.yuki_contact_id,
        "date": str(transfer.invoice_date),
        "total_incl": str(transfer.total_incl),
    }
    world.control.post(f"{world.yuki_url}/_control/invoices", json=invoice).raise_for_status()
    world.run(minutes=15)
    redriven(world)
    world.run(minutes=30)


def test_what_somebody_typed_in_after_it_was_given_up_is_found_and_not_sent(world: World) -> None:
    typed_in_after_it_was_given_up(world)
    assert times_booked(world, 1) == {1}


def test_without_looking_for_it_a_redrive_would_book_it_again(world: World) -> None:
    """The control."""
    world.without(Protection.ASKING_BEFORE_A_REPEAT)
    typed_in_after_it_was_given_up(world)
    assert times_booked(world, 1) == {2}


def test_a_message_that_nobody_could_handle_is_put_back_and_then_works(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tribe_invoice_id,) = draft_invoices(world, link_customers(world, 1), 1)
    with monkeypatch.context() as broken:
        broken.setattr("tribe_yuki.adapters.aws.transfers.Transfers.get", _fail)
        send_all(world, [tribe_invoice_id])
        world.run(minutes=80, step_seconds=60)
    assert world.sqs.queues[INVOICE].dead_letters
    assert world.transfer(tribe_invoice_id) is None

    assert redriven(world).messages > 0
    world.run(minutes=5)

    assert times_booked(world, 1) == {1}


def test_tasks_and_contacts_go_back_where_they_came_from(world: World) -> None:
    for queue, body in (
        (TASK_DEAD, {"ids": [], "task": "poll_contacts"}),
        (CONTACT_DEAD, {"ids": ["20000000-0000-4000-8000-000000000011"]}),
    ):
        _put(world, queue, {"v": 1, "connection_id": CONNECTION, "seen_at": "2026-11-23T09:00:00.000Z", **body})

    assert redriven(world).messages == 2
    assert world.sqs.queues["task.fifo"].messages
    assert world.sqs.queues["contact.fifo"].messages


def test_what_cannot_be_read_or_belongs_to_others_stays(world: World) -> None:
    _put(world, DEAD, {"v": 1, "connection_id": "another", "ids": ["1"], "seen_at": "2026-11-23T09:00:00.000Z"})
    world.sqs.send_message(QueueUrl=DEAD, MessageBody="no JSON", MessageGroupId="x")

    done = redriven(world)

    assert (done.of_other_connections, done.unreadable, done.messages) == (1, 1, 0)
    assert len(world.sqs.queues[DEAD].messages) == 2


def test_a_paused_connection_is_resumed_first(world: World) -> None:
    with world.operator() as operator:
        pause(operator, CONNECTION)
    with pytest.raises(Declined, match="resume"):
        redriven(world)


def test_a_message_is_deleted_only_when_its_work_is_safe(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(world, DEAD, {"v": 1, "connection_id": CONNECTION, "ids": ["1"], "seen_at": "2026-11-23T09:00:00.000Z"})
    monkeypatch.setattr("tribe_yuki.adapters.aws.queues.Queues.enqueue_invoices", _fail)
    with pytest.raises(Defect):
        redriven(world)
    assert len(world.sqs.queues[DEAD].messages) == 1


def test_without_the_states_a_redrive_would_book_again(given_up: tuple[World, list[str]]) -> None:
    """The control: an id alone says nothing about what became of its invoice."""
    world, ids = given_up
    redriven(world)
    world.run(minutes=30)
    assert times_booked(world, GIVEN_UP) == {1}
    key = {"connection_id": CONNECTION}
    for one in ids[:3]:
        world.db.delete("id-map", {**key, "item": f"invoice#{one}"})
    world.save_settings(external_id_field=None)
    world.queues.enqueue_invoices(ids[:3], world.clock.instant + timedelta(hours=1))
    # What stood still for long is asked for by its age alone, which would find them.
    with without(Protection.AGE_OF_DOCUMENTS, Protection.ASKING_AFTER_A_WAIT):
        world.run(minutes=30)

    assert times_booked(world, 3) == {2}


def test_who_had_it_tried_again_is_kept(given_up: tuple[World, list[str]]) -> None:
    world, ids = given_up
    redriven(world)
    entries = Journal(world.db, JOURNAL, CONNECTION).read(f"invoice#{ids[0]}")
    (entry,) = [one for one in entries if one["code"] == "redriven"]
    assert (entry["facts"]["who"], entry["facts"]["why"]) == ("tester", "Yuki is well again")


def _retryable(*_: Any, **__: Any) -> None:
    raise Retryable("yuki_timeout", "for a test")


def _put(world: World, queue: str, body: dict[str, Any]) -> None:
    world.sqs.send_message(
        QueueUrl=queue, MessageBody=json.dumps(body), MessageGroupId="x", MessageDeduplicationId=json.dumps(body)
    )


def _fail(*_: Any, **__: Any) -> None:
    raise Defect("broken", "for a test")
