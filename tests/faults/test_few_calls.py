"""How few of Yuki's calls the work takes, and what happens when there are none left (design 6.3, 7; R14, R15, F9)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from local.bridge.embedded_metrics import parse
from tests.support.faults.protections import Protection, without
from tests.support.suite.sampling import Sample
from tests.support.template.template import resources
from tests.support.world.invoice_books import assert_booked_once, states
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of, send_all
from tests.support.world.settled_world import PHONE, settled_world, with_phone
from tests.support.world.world import World, open_world
from tests.support.world.yuki_calls import calls, counted_today
from tribe_yuki.invoices.transfer import State

OF_OTHER_WORK = (
    "SearchContacts",
    "GetSuppliersAndCustomers",
    "UpdateContact",
    "OutstandingDebtorItems",
    "GetCurrentDomain",
    "SetCurrentDomain",
    "ModifiedDocumentsByType",
)
MIDNIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)  # in Amsterdam


def run_until_booked(world: World, ids: Sequence[str], *, most_minutes: int) -> int:
    """Let time pass until all invoices are booked; return how many minutes that took."""
    for minute in range(most_minutes):
        world.run(minutes=1)
        if states(world, ids) == {State.BOOKED: len(ids)}:
            return minute + 1
    raise AssertionError(f"after {most_minutes} minutes: {states(world, ids)}")


def unanswered(world: World) -> int:
    """Return how many calls found Yuki away."""
    return world.yuki.faults.struck.get("unavailable", 0)


def test_a_thousand_invoices_take_at_most_sixty_calls(exits: ExitStack, sample: Sample) -> None:
    world = open_world(exits)
    invoices, most_calls = sample.size(1_000, 200), sample.size(60, 20)
    customers = link_customers(world, sample.size(300, 60))
    ids = draft_invoices(world, customers, invoices)
    world.run(minutes=20)
    world.switch_tribe(pdf_bytes=60_000)
    before = calls(world)

    send_all(world, ids)
    minutes = run_until_booked(world, ids, most_minutes=30)

    taken = calls(world) - before
    assert taken.total() <= most_calls, taken
    assert_booked_once(world, ids)
    # Tribe's thousand calls a minute are what it waits for, not a rush that undoes itself again and again.
    assert minutes <= 10
    (last,) = world.booked(number_of(invoices - 1))
    assert last["document_bytes"] > 60_000


def test_a_quiet_hour_takes_one_call_a_poll(exits: ExitStack) -> None:
    world, _ = settled_world(exits, 20)
    world.run(minutes=5)
    before = calls(world)

    world.run(minutes=60)

    assert calls(world) - before == {"SearchContacts": 4}


@pytest.fixture(scope="module")
def scarce_days() -> Iterator["ScarceDays"]:
    """See `ScarceDays`."""
    with ExitStack() as stack:
        yield ScarceDays(stack)


class ScarceDays:
    """A day with 100 calls, 200 invoices, 200 changed contacts and hourly polls, and a day with 1,000 calls."""

    def __init__(self, stack: ExitStack) -> None:
        world, companies = settled_world(stack, 200)
        world.set_time(MIDNIGHT - timedelta(hours=12))
        self.ids = draft_invoices(world, companies, 200)
        printed = stack.enter_context(redirect_stdout(StringIO()))
        world.save_settings(daily_call_limit=100, poll_interval_minutes=60)
        world.switch_yuki(daily_limit=100)
        world.run(minutes=1)
        before = calls(world)
        for company in companies:
            world.edit_in_tribe(company.id("tribe organisation"), PhoneNumber=PHONE)
        send_all(world, self.ids)
        self.minutes_to_book = run_until_booked(world, self.ids, most_minutes=60)
        world.run(minutes=(MIDNIGHT - world.clock.instant).total_seconds() // 60 - 1, step_seconds=60)
        self.first_day = (calls(world) - before).total()
        self.counted_first_day = counted_today(world)
        self.phones_first_day = with_phone(world)
        world.save_settings(daily_call_limit=1_000)
        world.switch_yuki(daily_limit=1_000)
        world.set_time(MIDNIGHT)
        world.run(minutes=60)
        self.world = world
        self.phones_second_day = with_phone(world)
        self.measured = measured(printed.getvalue())


def measured(printed: str) -> Mapping[str, list[float]]:
    """Return all values of each metric, in the order in which the functions printed them."""
    found: dict[str, list[float]] = defaultdict(list)
    for datum in (one for line in printed.splitlines() for one in parse(line)):
        found[datum.metric].extend(datum.values)
    return found


def test_invoices_go_first_when_calls_are_scarce(scarce_days: ScarceDays) -> None:
    assert scarce_days.minutes_to_book <= 10
    assert_booked_once(scarce_days.world, scarce_days.ids)


def test_no_call_goes_beyond_the_limit(scarce_days: ScarceDays) -> None:
    assert scarce_days.counted_first_day <= 98
    assert scarce_days.first_day <= 98
    assert scarce_days.phones_first_day < 100


def test_what_waited_for_midnight_is_done_on_the_next_day(scarce_days: ScarceDays) -> None:
    assert scarce_days.phones_second_day == 200


def test_nothing_failed_while_it_waited_for_calls(scarce_days: ScarceDays) -> None:
    assert not scarce_days.world.sqs.queues["dead"].messages
    assert all(not queue.dead_letters for queue in scarce_days.world.sqs.queues.values())


def test_no_alarm_rings_but_those_about_the_calls(scarce_days: ScarceDays) -> None:
    ringing = {
        alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for alarm in (one["Properties"] for one in resources("AWS::CloudWatch::Alarm").values())
        if rings(alarm, scarce_days.measured.get(alarm["MetricName"], []))
    }
    assert ringing == {"calls-to-yuki-run-out"}


def rings(alarm: Mapping[str, Any], values: Sequence[float]) -> bool:
    """Tell whether an alarm rings at some time: of a sum all of it is looked at, of a gauge each value in turn."""
    if alarm["Statistic"] == "Sum":
        return sum(values) >= float(alarm["Threshold"])
    in_a_row = zip(*(values[start:] for start in range(alarm["EvaluationPeriods"])), strict=False)
    return any(min(some) >= alarm["Threshold"] for some in in_a_row)


def test_yuki_away_for_a_day_loses_nothing_and_costs_only_probes(exits: ExitStack, sample: Sample) -> None:
    batches = sample.size(12, 4)
    world, companies = settled_world(exits, sample.size(100, 25))
    ids = draft_invoices(world, companies, 25 * batches)
    world.switch_yuki(unavailable=1_000_000)
    send_all(world, ids)
    world.run(minutes=24 * 60, step_seconds=60)

    assert states(world, ids) == {State.WAITING: 25 * batches}
    # Five failures open the breaker; then there is a probe every five minutes.
    assert unanswered(world) <= 5 + 24 * 12

    world.switch_yuki(unavailable=0)
    before = calls(world)
    minutes = run_until_booked(world, ids, most_minutes=30)

    assert minutes <= 30
    drained = calls(world) - before
    assert drained["ProcessSalesInvoices"] == batches
    # The poll and the night's comparisons, which were missed as well, are not what drains the invoices.
    of_invoices = drained.total() - sum(drained[operation] for operation in OF_OTHER_WORK)
    assert of_invoices <= 20, drained
    assert_booked_once(world, ids)


def test_without_the_breaker_a_day_of_outage_costs_more_calls_than_there_are(exits: ExitStack) -> None:
    exits.enter_context(without(Protection.BREAKER))
    world, companies = settled_world(exits, 30)
    ids = draft_invoices(world, companies, 60)
    world.switch_yuki(unavailable=1_000_000)
    before = counted_today(world)
    send_all(world, ids)
    world.run(minutes=60, step_seconds=60)

    assert counted_today(world) - before > 2 * 12
