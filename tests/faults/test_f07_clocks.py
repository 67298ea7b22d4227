"""F7: clocks: every row of Yuki is seen, wherever its stamp falls, and seeing one twice writes nothing.

Rows are stamped exactly at the cursor, in one second on two pages, while a poll is under way; Yuki's clock is ten
minutes ahead or behind; in the nights in which the clocks of Amsterdam change half past two comes twice or never, and
Yuki's times have no zone. The nightly comparison then finds nothing. In these nights, too, the day of Yuki's calls
begins at midnight in Amsterdam, each nightly task runs once, and the waits of the ladder are as long as ever.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest

from simulators.shared.companies import Company
from tests.support.faults.protections import Protection, without
from tests.support.outside.hostile_transport import HostileTransport
from tests.support.world.contact_records import writes_to_tribe, writes_to_yuki
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_tables import CONNECTIONS, JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.connections.context import COMPARE_CONTACTS, FIRST_LOOK, POLL_CURSOR
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import Subject, SubjectKind
from tribe_yuki.core.ladder import STEPS
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.transfer import State
from tribe_yuki.work import sweep

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TEN_MINUTES = timedelta(minutes=10)
PLAIN_DAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
# The instants at which the clocks change.
GOING_BACK = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
GOING_FORWARD = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
ODD_NIGHTS = [pytest.param(GOING_BACK, id="back"), pytest.param(GOING_FORWARD, id="forward")]
SKEWS = [pytest.param(timedelta(minutes=minutes), id=f"{minutes:+}") for minutes in (-10, 0, 10)]
PAGE = 100


@dataclass
class Night:
    """A quiet world some hours before an instant, with linked customers; each edit has an address of its own."""

    world: World
    customers: Sequence[Company]
    edits: dict[int, str] = field(default_factory=dict)

    def edit(self, place: int) -> None:
        """Have somebody edit a contact in Yuki."""
        self.edits[place] = f"adres{len(self.edits) + 1}@voorbeeld.example"
        self.world.edit_contact(self.customers[place].id("yuki contact"), EMailWork=self.edits[place])

    def edit_now_and_then(self, until: datetime, *, every: int) -> None:
        """Let time pass, and have somebody edit another contact every few minutes, at any second."""
        random = Random(7)
        for place in range(len(self.customers)):
            if self.world.clock.instant >= until:
                return
            self.world.run(minutes=every, step_seconds=60)
            at = self.world.clock.instant
            self.world.set_time(at + timedelta(seconds=random.randrange(60)))
            self.edit(place)
            self.world.set_time(at)

    @property
    def unseen(self) -> set[int]:
        """Return the places of the edits that have not reached Tribe."""
        relations = {one["ID"]: one["EmailAddress"] for one in self.world.tribe_state()["Relation_Organization"]}
        ids = {place: self.customers[place].id("tribe organisation") for place in self.edits}
        return {place for place, address in self.edits.items() if relations[ids[place]] != address}

    @property
    def writes(self) -> tuple[int, int]:
        """Return how often contacts were written, in Tribe and in Yuki."""
        return writes_to_tribe(self.world), writes_to_yuki(self.world)

    def wait_for_poll(self) -> datetime:
        """Let time pass until a poll has just been; return where its cursor stands."""
        before = self.cursor
        while self.cursor == before:
            self.world.run(minutes=1, step_seconds=60)
        return self.cursor

    @property
    def cursor(self) -> datetime:
        """Return the cursor of the polls."""
        cursor = self.world.timestamps.get(POLL_CURSOR)
        assert cursor is not None
        return cursor

    def compare(self) -> Mapping[str, int]:
        """Run the nightly comparison, and return what it found."""
        self.world.start_task(COMPARE_CONTACTS)
        self.world.run(minutes=10, step_seconds=60)
        progress = self.world.tasks.progress(COMPARE_CONTACTS)
        assert progress is not None
        assert progress.is_finished
        found = dict(progress.counts)
        del found["seen"]
        return found

    def assert_every_row_was_seen_and_written_once(self, writes_before: tuple[int, int]) -> None:
        """Look in Tribe, and have the nightly comparison look too."""
        to_tribe, to_yuki = writes_before
        assert self.unseen == set()
        assert self.writes == (to_tribe + len(self.edits), to_yuki)
        assert self.compare() == {"unchanged": len(self.customers)}
        assert self.writes == (to_tribe + len(self.edits), to_yuki)


def quiet_world(exits: ExitStack, folder: Path, instant: datetime, customers: int) -> Night:
    """Open a world in the evening before an instant, in which all that begins by itself has begun."""
    with pytest.MonkeyPatch.context() as moved:
        moved.setattr("tests.support.world.world.START", instant - timedelta(hours=9))
        world = open_world(exits, yuki_seed=yuki_seed(folder, []))
    world.switch_tribe(rate_limit_per_minute=100_000)
    night = Night(world, link_customers(world, customers))
    for task in (FIRST_LOOK, COMPARE_CONTACTS):
        world.start_task(task)
    world.run(minutes=50, step_seconds=60)
    return night


def without_nightly_tasks(exits: ExitStack) -> None:
    """Have the polls alone see what is to be seen."""
    exits.enter_context(without(Protection.NIGHTLY_WORK))


def skew_yuki(monkeypatch: pytest.MonkeyPatch, skew: timedelta) -> None:
    """Have Yuki's clock go ahead of all others, or behind them."""
    set_time = World.set_time

    def set_skewed(world: World, instant: datetime) -> None:
        set_time(world, instant)
        world.yuki.clock.set(instant + skew)

    monkeypatch.setattr(World, "set_time", set_skewed)


def do_without_overlap(exits: ExitStack) -> None:
    """Have every poll ask from its cursor."""
    exits.enter_context(without(Protection.OVERLAP))


# --- at the cursor ----------------------------------------------------------------------------------------------------


def edit_at_the_cursor(night: Night) -> None:
    """Have somebody edit a contact in the very second to which the cursor has just moved."""
    cursor = night.wait_for_poll()
    night.world.set_time(cursor)
    night.edit(0)
    night.world.run(minutes=50, step_seconds=60)


@pytest.mark.parametrize("is_inclusive", [False, True])
def test_a_row_stamped_exactly_at_the_cursor_is_seen(exits: ExitStack, tmp_path: Path, is_inclusive: bool) -> None:
    night = quiet_world(exits, tmp_path, PLAIN_DAY, 3)
    night.world.switch_yuki(modified_after_inclusive=is_inclusive)
    before = night.writes

    edit_at_the_cursor(night)

    night.assert_every_row_was_seen_and_written_once(before)


def test_without_the_overlap_a_row_at_the_cursor_would_be_missed_until_the_night(
    exits: ExitStack, tmp_path: Path
) -> None:
    night = quiet_world(exits, tmp_path, PLAIN_DAY, 3)
    do_without_overlap(exits)

    edit_at_the_cursor(night)

    assert night.unseen == {0}
    assert night.compare()["updated"] == 1
    assert night.unseen == set()


# --- one second on two pages, and in the middle of a poll -------------------------------------------------------------


def edit_in_one_second(night: Night, *, second: int) -> None:
    """Have a page and a half edited: some in one second, and the rest in the next one."""
    night.wait_for_poll()
    night.world.advance(5)
    for place in range(PAGE * 3 // 2):
        if place == second:
            night.world.advance(1)
        night.edit(place)
    night.world.run(minutes=20, step_seconds=60)


@pytest.mark.parametrize("second", [0, 30, 99, 100])
def test_rows_of_one_second_on_two_pages_are_all_seen(exits: ExitStack, tmp_path: Path, second: int) -> None:
    night = quiet_world(exits, tmp_path, PLAIN_DAY, PAGE * 3 // 2)
    before = night.writes

    edit_in_one_second(night, second=second)

    night.assert_every_row_was_seen_and_written_once(before)


def test_if_the_next_page_began_after_the_last_row_the_rest_of_its_second_would_be_missed(
    exits: ExitStack, tmp_path: Path
) -> None:
    exits.enter_context(without(Protection.PAGES_FROM_A_SECOND))
    do_without_overlap(exits)
    night = quiet_world(exits, tmp_path, PLAIN_DAY, PAGE * 3 // 2)

    edit_in_one_second(night, second=30)

    assert night.unseen == set(range(PAGE, PAGE * 3 // 2))


def act_during_poll(night: Night, exits: ExitStack, act: Callable[[], object]) -> None:
    """Have something happen in Yuki when the next poll has its answer, and has not moved its cursor yet."""
    acts = [act]

    def meanwhile(body: bytes) -> bytes:
        if acts:
            acts.pop()()
        return body

    transport = HostileTransport("SearchContacts", meanwhile)
    exits.callback(transport.close)
    exits.enter_context(patch.object(night.world.workers["connection_task"], "yuki_transport", transport))
    night.wait_for_poll()
    assert acts == []
    night.world.run(minutes=20, step_seconds=60)


def test_a_row_edited_while_a_poll_is_under_way_is_seen_by_the_next(exits: ExitStack, tmp_path: Path) -> None:
    night = quiet_world(exits, tmp_path, PLAIN_DAY, 3)
    before = night.writes

    act_during_poll(night, exits, lambda: night.edit(1))

    night.assert_every_row_was_seen_and_written_once(before)


NEW_CUSTOMER = "Nieuwe Klant B.V."


def type_in(night: Night) -> None:
    """Have the bookkeeper type in a new customer."""
    new = {"Name": NEW_CUSTOMER, "IsCustomer": True}
    night.world.control.post(f"{night.world.yuki_url}/_control/contacts", json=new).raise_for_status()


def times_in_tribe(night: Night) -> int:
    """Return how many organisations of Tribe are called like the new customer."""
    return sum(one["Name"] == NEW_CUSTOMER for one in night.world.tribe_state()["Relation_Organization"])


def test_a_row_created_while_a_poll_is_under_way_is_seen_by_the_next(exits: ExitStack, tmp_path: Path) -> None:
    night = quiet_world(exits, tmp_path, PLAIN_DAY, 3)

    act_during_poll(night, exits, lambda: type_in(night))

    assert times_in_tribe(night) == 1
    writes = night.writes
    night.world.run(minutes=50, step_seconds=60)
    assert night.writes == writes
    assert times_in_tribe(night) == 1


def test_without_the_overlap_a_row_created_while_a_poll_is_under_way_would_be_missed(
    exits: ExitStack, tmp_path: Path
) -> None:
    do_without_overlap(exits)
    night = quiet_world(exits, tmp_path, PLAIN_DAY, 3)

    act_during_poll(night, exits, lambda: type_in(night))

    assert times_in_tribe(night) == 0


# --- clocks that differ, and nights in which they change --------------------------------------------------------------


def live_through(night: Night, change: datetime) -> None:
    """Have contacts edited from midnight in Amsterdam till six, every few minutes."""
    night.world.set_time(change - timedelta(hours=3))
    night.edit_now_and_then(change + timedelta(hours=4), every=6)
    night.world.run(minutes=40, step_seconds=60)


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("change", [pytest.param(PLAIN_DAY, id="plain"), *ODD_NIGHTS])
def test_every_row_is_seen_whatever_the_clocks_do(
    exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: datetime, skew: timedelta
) -> None:
    without_nightly_tasks(exits)
    skew_yuki(monkeypatch, skew)
    night = quiet_world(exits, tmp_path, change, 70)
    before = night.writes

    live_through(night, change)

    assert len(night.edits) == 70
    night.assert_every_row_was_seen_and_written_once(before)


def test_without_the_overlap_a_clock_that_is_behind_would_hide_rows(
    exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_nightly_tasks(exits)
    do_without_overlap(exits)
    skew_yuki(monkeypatch, -TEN_MINUTES)
    night = quiet_world(exits, tmp_path, PLAIN_DAY, 20)

    live_through(night, PLAIN_DAY)

    assert night.unseen != set()


def test_without_the_longer_overlap_rows_of_the_hour_that_comes_twice_would_be_missed(
    exits: ExitStack, tmp_path: Path
) -> None:
    without_nightly_tasks(exits)
    exits.enter_context(without(Protection.OVERLAP_AT_CLOCK_CHANGE))
    night = quiet_world(exits, tmp_path, GOING_BACK, 70)

    live_through(night, GOING_BACK)

    missed = night.unseen
    assert missed != set()
    assert night.compare()["updated"] == len(missed)


@pytest.mark.parametrize("change", ODD_NIGHTS)
def test_if_yukis_times_were_taken_for_those_of_another_zone_rows_would_be_missed(
    exits: ExitStack, tmp_path: Path, change: datetime
) -> None:
    """What is asked for lies in Yuki's future then; with UTC it would lie in the past, and too much would be read."""
    without_nightly_tasks(exits)
    exits.enter_context(without(Protection.TIMES_OF_AMSTERDAM))
    night = quiet_world(exits, tmp_path, change, 20)

    live_through(night, change)

    assert night.unseen != set()


# --- ticks in such a night --------------------------------------------------------------------------------------------


def tick_at(night: Night, instant: datetime) -> str:
    """Have an invoice wait for its contact to be marked as Customer, and the mark set at an instant; return its id."""
    world, customer = night.world, night.customers[0].id("yuki contact")
    (tribe_invoice_id,) = draft_invoices(world, night.customers[:1], 1)
    world.edit_contact(customer, IsCustomer=False)
    world.set_time(instant - timedelta(hours=1))
    world.send(tribe_invoice_id, Number=number_of(0))
    world.run(minutes=58, step_seconds=60)
    waiting = world.transfer(tribe_invoice_id)
    assert waiting is not None
    assert waiting.hold_reason is HoldReason.CONTACT_NOT_CUSTOMER
    world.set_time(instant)
    world.edit_contact(customer, IsCustomer=True)
    world.run(minutes=20, step_seconds=30)
    return tribe_invoice_id


# Of the second of the two hours; and of the hour before the one that is left out, and right after it.
TICKS = [GOING_BACK + timedelta(minutes=minutes) for minutes in (0.5, 3, 14, 29, 45)]
TICKS += [GOING_FORWARD + timedelta(minutes=minutes) for minutes in (-5, 0, 5)]


@pytest.mark.parametrize("instant", TICKS, ids=str)
def test_a_tick_releases_its_invoice_whatever_the_clocks_do(
    exits: ExitStack, tmp_path: Path, instant: datetime
) -> None:
    without_nightly_tasks(exits)
    night = quiet_world(exits, tmp_path, instant, 1)

    tribe_invoice_id = tick_at(night, instant)

    transfer = night.world.transfer(tribe_invoice_id)
    assert transfer is not None
    assert transfer.state is State.BOOKED, transfer
    assert len(night.world.booked(number_of(0))) == 1


def test_with_the_same_overlap_as_ever_a_tick_in_the_second_hour_would_wait_for_the_night(
    exits: ExitStack, tmp_path: Path
) -> None:
    without_nightly_tasks(exits)
    exits.enter_context(without(Protection.OVERLAP_AT_CLOCK_CHANGE))
    night = quiet_world(exits, tmp_path, GOING_BACK, 1)

    tribe_invoice_id = tick_at(night, GOING_BACK + timedelta(seconds=30))
    night.world.run(minutes=60, step_seconds=60)

    transfer = night.world.transfer(tribe_invoice_id)
    assert transfer is not None
    assert transfer.state is State.HELD


# --- the day of Yuki's calls ------------------------------------------------------------------------------------------


def counted(night: Night) -> dict[str, int]:
    """Return how many calls the connector counted on each day around the night."""
    settings = night.world.connections.settings(CONNECTION)
    assert settings is not None
    days = [(night.world.clock.instant.astimezone(AMSTERDAM) + number * DAY).date() for number in range(-3, 2)]
    keys = {str(day): {"owner": f"domain#{settings.yuki_domain_id}", "item": f"calls#{day}"} for day in days}
    found = {day: night.world.db.get(CONNECTIONS, key) for day, key in keys.items()}
    return {day: int(item["calls"]) for day, item in found.items() if item is not None}


def counted_by_yuki(night: Night) -> dict[str, int]:
    """Return how many calls Yuki counted on each day."""
    (days,) = night.world.yuki_state()["daily_calls"].values()
    return dict(days)


def poll_around_both_midnights(night: Night, change: datetime) -> None:
    """Poll often around midnight, before and after the day on which the clocks change."""
    night.world.save_settings(poll_interval_minutes=5)
    for begin in (change - timedelta(hours=4), change + timedelta(hours=20)):
        night.world.set_time(begin)
        night.world.run(minutes=4 * 60, step_seconds=60)


@pytest.mark.parametrize("change", ODD_NIGHTS)
def test_the_day_of_calls_is_that_of_amsterdam_however_long_it_is(
    exits: ExitStack, tmp_path: Path, change: datetime
) -> None:
    night = quiet_world(exits, tmp_path, change, 2)

    poll_around_both_midnights(night, change)

    assert len(counted(night)) == 3
    assert counted(night) == counted_by_yuki(night)


@pytest.mark.parametrize("change", ODD_NIGHTS)
def test_counted_by_days_of_utc_the_calls_would_not_be_those_that_yuki_counts(
    exits: ExitStack, tmp_path: Path, change: datetime
) -> None:
    exits.enter_context(without(Protection.DAYS_OF_AMSTERDAM))
    night = quiet_world(exits, tmp_path, change, 2)

    poll_around_both_midnights(night, change)

    assert counted(night) != counted_by_yuki(night)


def spend_the_day(night: Night, at: datetime, *, says: str = "connector") -> str:
    """Have an invoice sent when no call is left on that day, as the connector or Yuki says; return its id."""
    (tribe_invoice_id,) = draft_invoices(night.world, night.customers[:1], 1)
    night.world.set_time(at)
    night.world.run(minutes=55, step_seconds=60)
    spent = counted(night)[str(night.world.clock.instant.astimezone(AMSTERDAM).date())]
    if says == "connector":
        night.world.save_settings(daily_call_limit=spent)
    else:
        night.world.switch_yuki(daily_limit=spent)
    night.world.send(tribe_invoice_id, Number=number_of(0))
    night.world.run(minutes=2)
    return tribe_invoice_id


# When it is sent, and when the next day begins in Amsterdam.
MIDNIGHTS = [
    (GOING_BACK - timedelta(hours=5), GOING_BACK - timedelta(hours=3)),
    (GOING_BACK - timedelta(hours=2.5), GOING_BACK + timedelta(hours=22)),
    (GOING_BACK + timedelta(hours=10), GOING_BACK + timedelta(hours=22)),
    (GOING_FORWARD - timedelta(hours=4), GOING_FORWARD - timedelta(hours=2)),
    (GOING_FORWARD - timedelta(hours=1.5), GOING_FORWARD + timedelta(hours=21)),
    (GOING_FORWARD + timedelta(hours=10), GOING_FORWARD + timedelta(hours=21)),
]


@pytest.mark.parametrize("says", ["connector", "Yuki"])
@pytest.mark.parametrize(("at", "midnight"), MIDNIGHTS, ids=str)
def test_what_waits_for_midnight_goes_at_midnight_in_amsterdam(
    exits: ExitStack, tmp_path: Path, at: datetime, midnight: datetime, says: str
) -> None:
    without_nightly_tasks(exits)
    night = quiet_world(exits, tmp_path, at + timedelta(hours=6), 2)
    night.world.save_settings(poll_interval_minutes=5)

    tribe_invoice_id = spend_the_day(night, at, says=says)

    transfer = night.world.transfer(tribe_invoice_id)
    assert transfer is not None
    assert (transfer.state, transfer.reason, transfer.due_at) == (State.WAITING, WaitReason.BUDGET, midnight)
    night.world.set_time(midnight - 2 * MINUTE)
    night.world.run(minutes=1, step_seconds=60)
    assert night.world.booked(number_of(0)) == []
    night.world.run(minutes=4, step_seconds=30)
    assert len(night.world.booked(number_of(0))) == 1


def test_a_day_of_24_hours_would_let_it_wait_an_hour_longer_in_spring(exits: ExitStack, tmp_path: Path) -> None:

    without_nightly_tasks(exits)
    exits.enter_context(without(Protection.MIDNIGHT_OF_AMSTERDAM))
    at, midnight = MIDNIGHTS[-2]
    night = quiet_world(exits, tmp_path, at + timedelta(hours=6), 2)
    night.world.save_settings(poll_interval_minutes=5)

    tribe_invoice_id = spend_the_day(night, at)

    transfer = night.world.transfer(tribe_invoice_id)
    assert transfer is not None
    assert transfer.due_at == midnight + timedelta(hours=1)


# --- the nightly tasks ------------------------------------------------------------------------------------------------


def begun(night: Night, change: datetime) -> dict[str, list[tuple[int, int]]]:
    """Live through the odd night and the next one; return the day and hour in Amsterdam at which each task began."""
    world, marks = night.world, {task: set[datetime]() for task in sweep.NIGHTLY}
    for begin, hours in ((change - timedelta(hours=3), 9), (change + timedelta(hours=23), 8)):
        world.set_time(begin)
        for _ in range(hours * 60):
            world.run(minutes=1, step_seconds=60)
            for task, found in marks.items():
                mark = world.timestamps.get(task)
                found.update([mark] if mark is not None and mark >= change - timedelta(hours=8) else [])
    return {
        task: [(at.astimezone(AMSTERDAM).day, at.astimezone(AMSTERDAM).hour) for at in sorted(found)]
        for task, found in marks.items()
    }


@pytest.mark.parametrize("change", ODD_NIGHTS)
def test_each_nightly_task_runs_once_in_such_a_night(exits: ExitStack, tmp_path: Path, change: datetime) -> None:
    night = quiet_world(exits, tmp_path, change, 2)

    assert begun(night, change) == {
        task: [(change.day, hour), (change.day + 1, hour)] for task, hour in sweep.NIGHTLY.items()
    }


def test_at_an_hour_that_comes_twice_each_nightly_task_would_run_twice(exits: ExitStack, tmp_path: Path) -> None:
    exits.enter_context(without(Protection.NIGHTLY_HOURS))
    night = quiet_world(exits, tmp_path, GOING_BACK, 2)

    twice = [(GOING_BACK.day, 2), (GOING_BACK.day, 2), (GOING_BACK.day + 1, 2)]
    assert begun(night, GOING_BACK) == dict.fromkeys(sweep.NIGHTLY, twice)


# --- the ladder -------------------------------------------------------------------------------------------------------


def attempts(night: Night, change: datetime) -> list[timedelta]:
    """Have an invoice fail again and again through the night; return how long it waited after each attempt."""
    world = night.world
    (tribe_invoice_id,) = draft_invoices(world, night.customers[:1], 1)
    world.set_time(change - timedelta(minutes=41))
    world.switch_tribe(unavailable={"count": 1_000, "operations": ["GET v1"]})
    world.send(tribe_invoice_id, Number=number_of(0))
    world.run(minutes=4 * 60, step_seconds=30)
    written = Journal(world.db, JOURNAL, CONNECTION).entries(Subject(SubjectKind.INVOICE, tribe_invoice_id))
    failed = [one.at for one in written if one.entry.code == "waiting" and one.entry.facts.get("attempt")]
    assert world.booked(number_of(0)) == []
    return [after - before for before, after in pairwise(failed)]


def as_on_the_ladder(waited: Sequence[timedelta]) -> list[bool]:
    """Tell of each wait whether it is a step of the ladder, with its jitter and the time of a sweep and a batch."""
    return [step <= length <= step * 1.1 + 2 * MINUTE for step, length in zip(STEPS, waited, strict=False)]


@pytest.mark.parametrize("change", ODD_NIGHTS)
def test_the_waits_of_the_ladder_are_as_long_as_ever(exits: ExitStack, tmp_path: Path, change: datetime) -> None:
    without_nightly_tasks(exits)

    waited = attempts(quiet_world(exits, tmp_path, change, 2), change)

    assert len(waited) == 4
    assert all(as_on_the_ladder(waited)), waited


@pytest.mark.parametrize("change", ODD_NIGHTS)
def test_reckoned_by_the_clock_on_the_wall_a_wait_would_be_an_hour_off(
    exits: ExitStack, tmp_path: Path, change: datetime
) -> None:

    without_nightly_tasks(exits)
    exits.enter_context(without(Protection.WAITS_IN_UTC))

    waited = attempts(quiet_world(exits, tmp_path, change, 2), change)

    assert not all(as_on_the_ladder(waited)), waited
