"""F1: Yuki booked and its answer got lost, or nobody was left to hear it: there is one invoice for each reference.

Found is what has the reference, contact, date and amount of ours; absent is what two looks ten minutes apart do not
show, the first at least five minutes after the attempt (design 6.2). Every single cut of the work is in
`test_cuts_between_effects.py`, a thousand invoices are in `test_thousand_pushes.py`; what is found when somebody typed
an invoice in before it was ever sent is in `test_never_mistaken.py`.
"""

from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest

from tests.support.faults.crashes import crashes
from tests.support.faults.protections import Protection, without
from tests.support.faults.random_faults import SHARES, Place, RandomFaults, Shares, random_faults
from tests.support.outside.hostile_transport import HostileTransport
from tests.support.world.invoice_books import booked_totals, sent_totals, settle, states, times_booked
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.plain_invoice import PLAIN, ended, one_administration, pay, type_in
from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import Subject, SubjectKind
from tribe_yuki.invoices.transfer import State

BOOKING = "ProcessSalesInvoices"
LONG_ENOUGH = 45
FIVE_MINUTES, TEN_MINUTES = timedelta(minutes=5), timedelta(minutes=10)
# Which end of a reset connection had the work done is a coin of the simulator.
RESET_AFTER_COMMIT, RESET_BEFORE_COMMIT = 1, 0
ANSWER_LOST = ["timeout_after_commit", "truncate", "reset_after_commit"]
REQUEST_LOST = ["timeout_before_commit", "unavailable", "reset_before_commit"]


@pytest.fixture
def world(world: World) -> World:
    """A world whose Yuki books whatever it is sent, as often as it is sent."""
    one_administration(world)
    world.switch_yuki(duplicate_reference="accept", hang_seconds=0)
    world.start_task("first_look")
    world.run(minutes=1)
    return world


def send_through(world: World, fault: str) -> None:
    """Send the plain invoice, have the call that books it meet a fault, and look that doubt is left."""
    coin = {"reset_after_commit": RESET_AFTER_COMMIT, "reset_before_commit": RESET_BEFORE_COMMIT}.get(fault, 0)
    name = "reset_connection" if fault.startswith("reset") else fault
    world.switch_yuki(seed=coin)
    world.switch_yuki(**{name: {"count": 1, "operations": [BOOKING]}})
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=2)
    assert ended(world)[0] is State.UNCONFIRMED


def times_sent(world: World) -> int:
    """Return how often Yuki worked on a call that books."""
    return int(world.yuki_state()["calls"].get(BOOKING, 0))


def story(world: World) -> list[tuple[str, datetime]]:
    """Return the codes of the invoice's journal with their instants, oldest first."""
    written = Journal(world.db, JOURNAL, CONNECTION).entries(Subject(SubjectKind.INVOICE, PLAIN.tribe_invoice_id))
    return [(one.entry.code, one.at) for one in written]


def when(world: World, code: str) -> list[datetime]:
    """Return when something happened to the invoice."""
    return [at for found, at in story(world) if found == code]


# --- found, and absent ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ANSWER_LOST)
def test_an_invoice_whose_answer_is_lost_is_found_and_not_sent_again(world: World, fault: str) -> None:
    send_through(world, fault)
    assert len(world.booked(PLAIN.number)) == 1

    world.run(minutes=LONG_ENOUGH, step_seconds=30)

    assert ended(world) == (State.BOOKED, None, "found_in_yuki")
    assert len(world.booked(PLAIN.number)) == 1
    assert times_sent(world) == 1
    (invoice,) = [one for one in world.tribe_state()["Activity_Invoice"] if one["ID"] == PLAIN.tribe_invoice_id]
    assert invoice["ImportId"] == f"yuki:{PLAIN.number}"


@pytest.mark.parametrize("fault", REQUEST_LOST)
def test_an_invoice_that_never_arrived_is_sent_again_after_two_looks(world: World, fault: str) -> None:
    send_through(world, fault)
    assert world.booked(PLAIN.number) == []

    world.run(minutes=LONG_ENOUGH, step_seconds=30)

    assert ended(world)[0] is State.BOOKED
    assert len(world.booked(PLAIN.number)) == 1
    first_send, second_send = when(world, "send")
    first_look, second_look = when(world, "absent")
    assert first_look - first_send >= FIVE_MINUTES
    assert second_look - first_look >= TEN_MINUTES
    assert second_send >= second_look


@pytest.mark.parametrize("is_paid", [False, True])
def test_one_that_equals_it_in_everything_is_taken_for_ours(world: World, is_paid: bool) -> None:
    """Somebody missed it in Yuki before the second look did, and typed it in."""
    send_through(world, "timeout_before_commit")
    type_in(world)
    if is_paid:
        pay(world)

    world.run(minutes=LONG_ENOUGH, step_seconds=30)

    assert ended(world) == (State.BOOKED, None, "found_in_yuki")
    assert len(world.booked(PLAIN.number)) == 1


@pytest.mark.parametrize(
    "difference", [{"total_incl": "287.39"}, {"date": "2026-11-01"}], ids=["another amount", "another day"]
)
def test_one_that_differs_is_not_taken_for_ours_and_ours_is_not_sent_again(
    world: World, difference: dict[str, str]
) -> None:
    send_through(world, "timeout_before_commit")
    type_in(world, **difference)

    world.run(minutes=LONG_ENOUGH, step_seconds=30)

    assert ended(world)[:2] == (State.HELD, HoldReason.REFERENCE_IN_USE)
    assert len(world.booked(PLAIN.number)) == 1


@pytest.mark.parametrize("fault", ["timeout_before_commit", "timeout_after_commit"])
def test_while_the_archive_does_not_tell_numbers_doubt_stays_doubt(world: World, fault: str) -> None:
    """It was paid at once, so that only the archive can show it, or it never arrived: nobody can tell."""
    world.switch_yuki(archive_reference=False)
    type_in(world, reference="2026-0999", total_incl="1.00")
    send_through(world, fault)
    if fault == "timeout_after_commit":
        pay(world)

    world.run(minutes=LONG_ENOUGH, step_seconds=60)

    assert ended(world)[0] is State.UNCONFIRMED
    assert len(world.booked(PLAIN.number)) == (fault == "timeout_after_commit")

    world.switch_yuki(archive_reference=True)
    world.run(minutes=3 * 60, step_seconds=300)
    assert ended(world)[0] is State.BOOKED
    assert len(world.booked(PLAIN.number)) == 1


def book_slowly(world: World, minutes: int) -> None:
    """Have the answer lost, and the booking show in no list for some minutes; give it time."""
    world.switch_yuki(outstanding_delay_seconds=60 * minutes, archive_delay_seconds=60 * minutes)
    send_through(world, "timeout_after_commit")
    world.run(minutes=LONG_ENOUGH, step_seconds=30)
    world.switch_yuki(outstanding_delay_seconds=0, archive_delay_seconds=0)
    world.run(minutes=LONG_ENOUGH, step_seconds=30)


@pytest.mark.parametrize("minutes", [4, 8, 14])
def test_a_booking_that_shows_late_is_found(world: World, minutes: int) -> None:
    book_slowly(world, minutes)

    assert ended(world) == (State.BOOKED, None, "found_in_yuki")
    assert len(world.booked(PLAIN.number)) == 1


def test_without_the_second_look_a_booking_that_shows_late_would_be_doubled(world: World) -> None:
    world.without(Protection.SECOND_LOOK)

    book_slowly(world, 8)

    assert len(world.booked(PLAIN.number)) == 2


def test_without_the_ten_minutes_between_both_looks_would_come_too_early(world: World) -> None:
    world.without(Protection.TIME_BETWEEN_LOOKS)

    book_slowly(world, 14)

    assert len(world.booked(PLAIN.number)) == 2


@pytest.mark.parametrize("difference", [{"total_incl": "287.39"}, {"date": "2026-11-01"}])
def test_if_the_number_alone_were_compared_anything_would_pass_for_ours(
    world: World, difference: dict[str, str]
) -> None:
    world.without(Protection.COMPARISON_OF_BOOKINGS)
    send_through(world, "timeout_before_commit")
    type_in(world, **difference)

    world.run(minutes=LONG_ENOUGH, step_seconds=30)

    assert ended(world)[0] is State.BOOKED, "though what is in the books is not ours"


def test_without_verification_a_lost_answer_would_be_booked_twice(world: World, exits: ExitStack) -> None:
    world.without(Protection.VERIFICATION)
    send_through(world, "timeout_after_commit")

    world.run(minutes=LONG_ENOUGH, step_seconds=30)

    assert len(world.booked(PLAIN.number)) == 2


# --- a number that no document can hold -------------------------------------------------------------------------------

ODD_NUMBERS = ["2026-\x0b0101", "2026-\x000101", "2026-\x9f0101", "2026-\ufffe0101", "2026-\u200b0101", "2026\r\n 0101"]


def send_numbered(world: World, number: str) -> list[str]:
    """Send the plain invoice with a number, give it time, and return what numbers Yuki has of our invoices then."""
    world.send(PLAIN.tribe_invoice_id, Number=number)
    world.run(minutes=LONG_ENOUGH, step_seconds=30)
    return [one["reference"] for one in world.yuki_state()["invoices"] if one["source"] == "webservice"]


@pytest.mark.parametrize("number", ODD_NUMBERS, ids=ascii)
def test_an_invoice_whose_number_no_document_can_hold_is_booked_once_under_what_is_left_of_it(
    world: World, number: str
) -> None:
    booked = send_numbered(world, number)

    assert len(booked) == 1
    assert ended(world) == (State.BOOKED, None, "answer")


def test_looked_for_under_the_number_as_it_is_such_an_invoice_would_be_sent_again_and_again(world: World) -> None:
    world.without(Protection.CLEAN_NUMBERS, Protection.LIKENESS_OF_NUMBERS)

    assert len(send_numbered(world, ODD_NUMBERS[1])) > 2


# --- nobody left to hear the answer -----------------------------------------------------------------------------------


def send_and_die(world: World, exits: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the plain invoice through a worker that dies when Yuki has booked it and nothing is stored of that yet."""
    with crashes(world, lambda _: False) as killed:
        transport = HostileTransport(BOOKING, lambda _: killed.kill() if not killed.happened else _)
        exits.callback(transport.close)
        monkeypatch.setattr(world.workers["invoice_push"], "yuki_transport", transport)
        world.send(PLAIN.tribe_invoice_id)
        world.run(minutes=2)
        assert killed.happened == 1
        assert len(world.booked(PLAIN.number)) == 1
        world.run(minutes=LONG_ENOUGH, step_seconds=30)


def test_a_worker_that_dies_between_the_booking_and_its_note_leaves_one_invoice(
    world: World, exits: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_and_die(world, exits, monkeypatch)

    assert ended(world) == (State.BOOKED, None, "found_in_yuki")
    assert len(world.booked(PLAIN.number)) == 1
    assert times_sent(world) == 1


@pytest.mark.parametrize("protection", [Protection.WRITE_AHEAD, Protection.VERIFICATION])
def test_without_either_protection_that_worker_would_leave_two(
    world: World, exits: ExitStack, monkeypatch: pytest.MonkeyPatch, protection: Protection
) -> None:
    exits.enter_context(without(protection))

    send_and_die(world, exits, monkeypatch)

    assert len(world.booked(PLAIN.number)) == 2


# --- cuts at random ---------------------------------------------------------------------------------------------------

INVOICES, PORTION, CUSTOMERS = 60, 5, 5
# Every second call that books is cut somewhere, and so are the looks after it.
CUTS: Shares = {
    Place.BOOKING: dict.fromkeys(SHARES[Place.BOOKING], 0.12),
    Place.BOOKING_WORKERS: dict.fromkeys(SHARES[Place.BOOKING_WORKERS], 0.12),
    Place.YUKI: dict.fromkeys(SHARES[Place.YUKI], 0.04),
    Place.WORKERS: dict.fromkeys(SHARES[Place.WORKERS], 0.01),
}


def push_through_cuts(world: World, seed: int) -> list[str]:
    """Press Send for some invoices while every second booking is cut, and then let everything come to its end."""
    ids = draft_invoices(world, link_customers(world, CUSTOMERS), INVOICES, seed=seed)
    with random_faults(world, RandomFaults(seed, CUTS)) as faults:
        for start in range(0, INVOICES, PORTION):
            for place in range(start, start + PORTION):
                world.send(ids[place], Number=number_of(place))
            world.run(minutes=10, step_seconds=20)
        faults.is_on = False
        settle(world, ids)
    print(faults)  # noqa: T201 (the report of the run)
    return ids


@pytest.mark.parametrize("seed", [1, 20261123])
def test_wherever_the_work_is_cut_there_is_one_invoice_for_each_reference(world: World, seed: int) -> None:
    ids = push_through_cuts(world, seed)

    assert {number: times for number, times in times_booked(world, len(ids)).items() if times != 1} == {}, seed
    assert states(world, ids) == {State.BOOKED: len(ids)}, seed
    assert booked_totals(world, len(ids)) == sent_totals(world, ids)


@pytest.mark.parametrize("protection", [Protection.WRITE_AHEAD, Protection.VERIFICATION])
def test_without_either_protection_the_same_cuts_would_double_invoices(
    world: World, exits: ExitStack, protection: Protection
) -> None:
    # What stood still for long is asked for by its age alone, which would find most of them.
    exits.enter_context(without(protection, Protection.AGE_OF_DOCUMENTS, Protection.ASKING_AFTER_A_WAIT))

    ids = push_through_cuts(world, 1)

    assert max(times_booked(world, len(ids)).values()) > 1
