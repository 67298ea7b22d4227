"""A worker may die between any two outside effects, and any call to a table may fail: the books stay right (F1, R3).

Each test repeats one piece of work, and has something happen at the first effect, at the second, and so on, until
there is no effect left at which it could; in a run that samples, at a few of them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from operator import eq
from unittest.mock import patch

import pytest

from simulators.shared.companies import Company
from tests.support.faults.crashes import Crashes, dying_before_tribe_writes
from tests.support.faults.protections import Protection, without
from tests.support.faults.random_faults import (
    ANSWER_LOST,
    CONFLICT,
    THROTTLES,
    Place,
    StruckQueues,
    StruckTables,
)
from tests.support.suite.sampling import Sample
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.world import World, open_world
from tests.support.world.world_queues import INVOICE, RETRY
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.queues import AllQueues
from tribe_yuki.adapters.aws.yuki_calls import YukiBudget
from tribe_yuki.connections.context import CUSTOMER_CHECK
from tribe_yuki.core.errors import Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.entrypoints.worker import Worker
from tribe_yuki.invoices.transfer import State

BATCH = 3
MOST_CUTS = 150
CUTS_OF_A_SAMPLE = 5
# The control needs no more of them to find the ones that matter.
CUTS_WITHOUT_PROTECTION = 40
BOOKING = "ProcessSalesInvoices"
# A dead worker's messages and leases come back, and its invoices are looked for twice.
MOST_MINUTES, STEP_SECONDS = 60, 60


@dataclass
class Office:
    """A world with drafts, of which some more are sent each time."""

    world: World
    customers: Sequence[Company]
    drafts: Sequence[str]
    sample: Sample
    sent: list[str] = field(default_factory=list)

    def send(self, number: int = BATCH) -> list[str]:
        """Press Send for the next drafts; return their ids."""
        ids = list(self.drafts[len(self.sent) : len(self.sent) + number])
        for tribe_invoice_id in ids:
            self.world.send(tribe_invoice_id, Number=number_of(len(self.sent)))
            self.sent.append(tribe_invoice_id)
        return ids

    def come_to_rest(self, state: State = State.BOOKED) -> None:
        """Let time pass until all that was sent is in a state (and booked ones are marked), with no message left."""
        for _ in range(MOST_MINUTES):
            self.world.run(minutes=1, step_seconds=STEP_SECONDS)
            if not self._messages() and all(self._is_at_rest(one, state) for one in self.sent[-BATCH:]):
                return

    def _messages(self) -> bool:
        return any(self.world.sqs.queues[queue].messages for queue in (INVOICE, RETRY))

    def _is_at_rest(self, tribe_invoice_id: str, state: State) -> bool:
        transfer = self.world.transfer(tribe_invoice_id)
        if transfer is None or (transfer.state is State.BOOKED and not transfer.external_id_written):
            return False
        return transfer.state in (state, State.BOOKED)

    def tick(self, *, is_customer: bool) -> None:
        """Tick all contacts as customers in Yuki, or none."""
        for company in self.customers:
            self.world.edit_contact(company.id("yuki contact"), IsCustomer=is_customer)

    def faults(self) -> list[str]:
        """Return what is wrong with the invoices that were sent."""
        booked = Counter(invoice["reference"] for invoice in self.world.yuki_state()["invoices"])
        found = []
        for place, tribe_invoice_id in enumerate(self.sent):
            number, transfer = number_of(place), self.world.transfer(tribe_invoice_id)
            if booked[number] != 1:
                found.append(f"{number} is booked {booked[number]} times")
            if transfer is None or transfer.state is not State.BOOKED or not transfer.external_id_written:
                found.append(f"{number} is not booked and marked: {transfer}")
        return found

    def assert_all_is_well(self) -> None:
        """Compare the books, the transfers and the marks in Tribe with what was sent."""
        marks = {invoice["ID"]: invoice["ImportId"] for invoice in self.world.tribe_state()["Activity_Invoice"]}
        expected = [f"yuki:{number_of(place)}" for place in range(len(self.sent))]
        assert [marks[one] for one in self.sent] == expected
        assert self.faults() == []


@pytest.fixture
def office(sample: Sample) -> Iterator[Office]:
    with ExitStack() as stack:
        world = open_world(stack)
        customers = link_customers(world, BATCH)
        drafts = draft_invoices(world, customers, BATCH * sample.size(MOST_CUTS, CUTS_WITHOUT_PROTECTION))
        world.switch_yuki(duplicate_reference="accept", daily_limit=1_000_000)
        world.switch_tribe(rate_limit_per_minute=1_000_000)
        world.save_settings(daily_call_limit=1_000_000)
        world.run(minutes=20, step_seconds=60)
        yield Office(world, customers, drafts, sample)


@dataclass
class OneFault:
    """Strikes the given call to the tables, and no other."""

    fault: str = ""
    number: int = 0
    calls: int = 0

    def strike(self, place: Place) -> str | None:
        """Return the fault if this is the call."""
        self.calls += place is Place.TABLES
        return self.fault if place is Place.TABLES and self.calls == self.number else None

    @property
    def happened(self) -> bool:
        """Tell whether there was such a call."""
        return self.calls >= self.number


@contextmanager
def disturbed(world: World, functions: Sequence[str], killed: Crashes, fault: OneFault) -> Iterator[None]:
    """Let the workers of some functions die, or meet a fault of the tables."""
    tables, queues = StruckTables(world.dynamodb, fault, killed), StruckQueues(world.sqs, fault, killed)
    workers = [world.workers[function] for function in functions]
    with ExitStack() as patches:
        patches.enter_context(patch.object(Worker, "before_tribe_call", dying_before_tribe_writes(killed, workers)))
        for worker in workers:
            _forget_tribe(worker)
            patches.enter_context(patch.object(worker, "db", DynamoDb(tables)))  # type: ignore[arg-type]
            patches.enter_context(patch.object(worker, "queues", AllQueues(queues, worker.queues.urls)))  # type: ignore[arg-type]
        yield


def _forget_tribe(worker: Worker) -> None:
    """Have the worker make its client of Tribe anew: a client keeps whom it tells of its calls."""
    for _, _, client in worker._tribe_clients.values():
        client.close()
    worker._tribe_clients.clear()


def die_everywhere(
    office: Office, functions: Sequence[str], work: Callable[[], None], *, before: Callable[[], None] = lambda: None
) -> int:
    """Repeat some work with a worker that dies before the first effect, the second, …; return how many there were."""

    def cut(number: int) -> tuple[int, bool]:
        before()
        killed = Crashes(partial(eq, number))
        with disturbed(office.world, functions, killed, OneFault()):
            work()
        assert office.faults() == [], f"a worker died before effect {number}"
        return killed.effects, killed.happened > 0

    return everywhere(office, cut, "a worker died")


def fail_everywhere(office: Office, faults: Sequence[str], work: Callable[[], None]) -> int:
    """Repeat some work with one of the faults at the first call to the tables, the second, …; return how many."""

    def cut(number: int) -> tuple[int, bool]:
        struck = OneFault(faults[number % len(faults)], number)
        with disturbed(office.world, ("invoice_push",), Crashes(lambda _: False), struck):
            work()
        assert office.faults() == [], f"{struck.fault} at call {number} to the tables"
        return struck.calls, number > 0 and struck.happened

    return everywhere(office, cut, ", ".join(faults))


def everywhere(office: Office, cut: Callable[[int], tuple[int, bool]], what: str) -> int:
    """Repeat some work, cut at each place there is or at those of the sample; return how many there are.

    `cut` gets the number of the place, which is 0 for nowhere, and returns how many it passed and whether it was cut.
    """
    places, _ = cut(0)
    if office.sample.is_whole:
        places = next(number for number in count(1) if not cut(number)[1]) - 1
    else:
        drawn = office.sample.of(range(1, places + 1), CUTS_OF_A_SAMPLE, what)
        assert sum(was_cut for _, was_cut in map(cut, drawn)) > 0
    office.assert_all_is_well()
    print(f"{what} at each of {places} places")  # noqa: T201 (the report of the run)
    return places


def send_a_batch(office: Office) -> None:
    office.send()
    office.come_to_rest()


def leave_doubts(office: Office) -> None:
    """Have two invoices sent whose answer is lost, and one that never arrives."""
    for fault, number in (("truncate", BATCH - 1), ("unavailable", 1)):
        office.world.switch_yuki(**{fault: {"count": 1, "operations": [BOOKING]}})
        ids = office.send(number)
        office.world.run(minutes=2, step_seconds=30)
        assert {state_of(office.world, one) for one in ids} == {State.UNCONFIRMED}


def hold_and_release(office: Office) -> None:
    """Have invoices held because their contacts are not ticked as customers, until somebody ticks them."""
    office.tick(is_customer=False)
    ids = office.send()
    office.come_to_rest(State.HELD)
    assert {hold_of(office.world, one) for one in ids} == {HoldReason.CONTACT_NOT_CUSTOMER}
    office.tick(is_customer=True)
    office.world.start_task(CUSTOMER_CHECK)
    office.come_to_rest()


def state_of(world: World, tribe_invoice_id: str) -> State | None:
    transfer = world.transfer(tribe_invoice_id)
    return transfer.state if transfer else None


def hold_of(world: World, tribe_invoice_id: str) -> HoldReason | None:
    transfer = world.transfer(tribe_invoice_id)
    return transfer.hold_reason if transfer else None


def test_a_worker_dies_before_each_effect_of_sending_a_batch(office: Office) -> None:
    assert die_everywhere(office, ("invoice_push",), partial(send_a_batch, office)) > 5 * BATCH


def test_a_worker_dies_before_each_effect_of_verifying_a_batch(office: Office) -> None:
    before, work = (lambda: leave_doubts(office)), office.come_to_rest
    assert die_everywhere(office, ("invoice_push",), work, before=before) > 5 * BATCH


def test_a_worker_dies_before_each_effect_of_holding_and_releasing_a_batch(office: Office) -> None:
    work = partial(hold_and_release, office)
    assert die_everywhere(office, ("invoice_push",), work) > 5 * BATCH


@pytest.mark.parametrize("faults", [(*THROTTLES, CONFLICT), (ANSWER_LOST,)], ids=["refused", "answer_lost"])
def test_each_call_to_the_tables_fails_once_while_a_batch_is_sent(office: Office, faults: Sequence[str]) -> None:
    assert fail_everywhere(office, faults, partial(send_a_batch, office)) > 10 * BATCH


@pytest.mark.parametrize("is_protected", [True, False])
def test_failing_to_note_that_yuki_booked_does_not_pass_for_a_failing_call(office: Office, is_protected: bool) -> None:
    """The note that Yuki answered is written to a table after it booked; taken for a failure, it books twice."""
    noted, failures = YukiBudget.succeeded, [Retryable("aws_throttled")]

    def succeeded(calls: YukiBudget, operation: str) -> None:
        if operation == BOOKING and failures:
            raise failures.pop()
        noted(calls, operation)

    with ExitStack() as patches:
        patches.enter_context(patch.object(YukiBudget, "succeeded", succeeded))
        if not is_protected:
            patches.enter_context(without(Protection.APART_FROM_NOTES))
        send_a_batch(office)
    assert failures == []
    assert (office.faults() == []) is is_protected


def test_without_the_write_ahead_a_worker_that_dies_has_a_batch_booked_twice(office: Office) -> None:
    # A sample might miss the places that matter.
    office.sample = Sample(seed=0, is_whole=True)
    with (
        without(Protection.WRITE_AHEAD),
        pytest.raises(AssertionError, match="is booked 2 times"),
    ):
        die_everywhere(office, ("invoice_push",), partial(send_a_batch, office))
