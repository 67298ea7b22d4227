"""Whatever happens on the way, every Sent invoice ends in Yuki exactly once, to the cent, or held with a reason.

Invoices are sent and edited, their webhooks come once, twice, late or never, Yuki fails in every way there is, workers
die, contacts are ticked and unticked, the connection is paused, people retry; in any order (reliability R2, R3, R4).
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from functions.tribe_webhook.app import handle as handle_webhook
from tests.support.faults.crashes import crashes
from tests.support.faults.protections import Protection, without
from tests.support.suite.sampling import long_histories
from tests.support.world.api_gateway import webhook_event
from tests.support.world.invoice_books import booked_totals, sent_totals
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.small_seed import yuki_seed
from tests.support.world.webhook_keys import Keys
from tests.support.world.world import CONNECTION, open_world
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.connections.context import CATCH_UP, FIRST_LOOK, POLL_CONTACTS
from tribe_yuki.core.holds import HOLDS
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.decisions import retry_held
from tribe_yuki.setup.lifecycle import pause, resume

INVOICES, CUSTOMERS = 6, 3
BOOKING = "ProcessSalesInvoices"
FAULTS = ("timeout_before_commit", "timeout_after_commit", "reset_connection", "unavailable", "truncate")
UNSETTLED = frozenset({State.WAITING, State.READY, State.SENDING, State.UNCONFIRMED})
# An hour at a time, for at most three days.
SETTLED_WITHIN_HOURS = 72

places = st.integers(0, INVOICES - 1)
customers = st.integers(0, CUSTOMERS - 1)


class InvoiceHistories(RuleBasedStateMachine):
    """A world with a few drafts in Tribe and their customers in Yuki, and everything that people and faults may do."""

    def __init__(self) -> None:
        super().__init__()
        self.exits = ExitStack()
        folder = Path(self.exits.enter_context(TemporaryDirectory()))
        self.world = open_world(self.exits, yuki_seed=yuki_seed(folder, []))
        self.customers = link_customers(self.world, CUSTOMERS)
        self.world.start_task(FIRST_LOOK)
        self.ids = draft_invoices(self.world, self.customers, INVOICES)
        self.keys = Keys(self.world)
        self.world.yuki.switches["hang_seconds"] = 0
        self.world.switch_yuki(duplicate_reference="accept")
        self.sent: set[int] = set()
        self.world.run(minutes=1)

    # What people do

    @rule(place=places, webhooks=st.sampled_from(["once", "twice", "never", "shuffled"]))
    def send(self, place: int, webhooks: str) -> None:
        """Press Send for a draft."""
        if place in self.sent:
            return
        self.world.switch_tribe(
            drop_webhooks=float(webhooks == "never"),
            duplicate_webhooks=float(webhooks == "twice"),
            shuffle_webhooks=float(webhooks == "shuffled"),
        )
        self.world.send(self.ids[place], Number=number_of(place))
        self.world.settle_webhooks()
        self.world.switch_tribe(drop_webhooks=0.0, duplicate_webhooks=0.0, shuffle_webhooks=0.0)
        self.sent.add(place)

    @precondition(lambda self: self.sent)
    @rule(place=places, times=st.integers(1, 3))
    def deliver_late(self, place: int, times: int) -> None:
        """Deliver a webhook about an invoice, long after it happened, and perhaps again."""
        body = f'{{"payload": {{"entityId": "{self.ids[place]}"}}}}'.encode()
        for _ in range(times):
            event = webhook_event(CONNECTION, "invoices", *self.keys.request(body))
            assert handle_webhook(event, self.world.ingest)["statusCode"] == 202

    @rule(place=places, text=st.sampled_from(["Anders", "Nog anders"]))
    def edit(self, place: int, text: str) -> None:
        """Change the subject of an invoice."""
        self.world.edit_in_tribe(self.ids[place], Subject=f"{text} {place}")

    @rule(customer=customers, is_customer=st.booleans())
    def tick(self, customer: int, is_customer: bool) -> None:
        """Mark a contact as Customer in Yuki, or not."""
        self.world.edit_contact(self.customers[customer].id("yuki contact"), IsCustomer=is_customer)

    @rule()
    def pause_or_resume(self) -> None:
        """Pause the connection, or let it go on."""
        is_active = self.world.connections.status(CONNECTION) is Status.ACTIVE
        with self.world.operator() as operator:
            (pause if is_active else resume)(operator, CONNECTION)

    @rule()
    def retry(self) -> None:
        """Have everything tried again that is held."""
        with self.world.operator() as operator:
            retry_held(operator, CONNECTION, None)

    # What happens by itself

    @rule(minutes=st.sampled_from([1, 3, 12, 45]))
    def run_minutes(self, minutes: int) -> None:
        """Let time pass."""
        self.world.run(minutes=minutes, step_seconds=10 if minutes < 10 else 30)

    @rule()
    def poll(self) -> None:
        """Poll."""
        self.world.start_task(POLL_CONTACTS)
        self.world.pump()

    @rule(fault=st.sampled_from(FAULTS), count=st.integers(1, 3), is_booking=st.booleans(), seed=st.integers(0, 9))
    def fail(self, fault: str, count: int, is_booking: bool, seed: int) -> None:
        """Let the next calls of Yuki fail, those that book or any."""
        wanted = {"count": count, "operations": [BOOKING] if is_booking else []}
        self.world.switch_yuki(**{fault: wanted, "seed": seed})

    @rule()
    def end_session(self) -> None:
        """Have Yuki end all sessions."""
        self.world.control.post(f"{self.world.yuki_url}/_control/sessions/expire").raise_for_status()

    @rule(strike=st.integers(1, 25))
    def die(self, strike: int) -> None:
        """Let a worker die before one of its next effects, and others go on."""
        with crashes(self.world, lambda effect: effect == strike):
            self.world.run(minutes=1)

    # What must hold

    @invariant()
    def nothing_is_booked_twice_or_waits_for_nothing(self) -> None:
        """Look in the books and in the tables."""
        assert [number for number, times in self.times_booked().items() if times > 1] == []
        for transfer in self.transfers():
            if transfer.state in UNSETTLED:
                assert transfer.due_at is not None, transfer
            if transfer.state is State.HELD:
                assert transfer.hold_reason is not None, transfer
                assert HOLDS[transfer.hold_reason].owner, transfer

    def teardown(self) -> None:
        """Let everything come to its end without further faults, and look at every invoice that was sent."""
        try:
            self.finish()
        finally:
            self.exits.close()

    def finish(self) -> None:
        """Do what `teardown` says."""
        self.world.switch_yuki(**dict.fromkeys(FAULTS, 0))
        if self.world.connections.status(CONNECTION) is Status.PAUSED:
            self.pause_or_resume()
        self.world.run(minutes=10, step_seconds=30)
        self.world.start_task(CATCH_UP)
        for _ in range(SETTLED_WITHIN_HOURS):
            self.world.run(minutes=60, step_seconds=300)
            if not any(transfer.state in UNSETTLED for transfer in self.transfers()):
                break
        ended = {transfer.tribe_invoice_id: transfer for transfer in self.transfers()}
        times, amounts, wanted = self.times_booked(), booked_totals(self.world, INVOICES), self.wanted_totals()
        for place in self.sent:
            transfer, number = ended.get(self.ids[place]), number_of(place)
            assert transfer is not None, "it is in no state"
            assert transfer.state in (State.BOOKED, State.HELD), transfer
            assert times[number] == (transfer.state is State.BOOKED), transfer
            if transfer.state is State.BOOKED:
                assert amounts[number] == wanted[number]
            else:
                assert transfer.hold_reason in HOLDS, transfer

    def transfers(self) -> Iterator[Transfer]:
        """Yield the transfers that there are."""
        found = (self.world.transfer(one) for one in self.ids)
        return (transfer for transfer in found if transfer is not None)

    def times_booked(self) -> Counter[str]:
        """Return how often each number is in the books."""
        return Counter(invoice["reference"] for invoice in self.world.yuki_state()["invoices"])

    def wanted_totals(self) -> dict[str, object]:
        """Return what the totals are by the lines in Tribe."""
        return dict(sent_totals(self.world, self.ids))


TestAnyHistory = InvoiceHistories.TestCase
TestAnyHistory.settings = long_histories(whole=30, few=3, steps=14)


@contextmanager
def a_history() -> Iterator[InvoiceHistories]:
    """Give a world to write a history in by hand."""
    history = InvoiceHistories()
    try:
        yield history
    finally:
        history.exits.close()


def lose_an_answer(history: InvoiceHistories) -> None:
    """Send an invoice; Yuki books it, and nobody hears of it."""
    history.fail("timeout_after_commit", 1, is_booking=True, seed=0)
    history.send(0, "once")
    history.run_minutes(3)


def test_a_lost_answer_ends_well() -> None:
    with a_history() as history:
        lose_an_answer(history)
        history.finish()
        assert history.times_booked()[number_of(0)] == 1


def test_the_books_would_tell_when_doubt_was_taken_for_failure() -> None:
    with without(Protection.DOUBT_IS_NO_FAILURE), a_history() as history:
        lose_an_answer(history)
        with pytest.raises(AssertionError):
            history.finish()
        assert history.times_booked()[number_of(0)] > 1


def test_the_end_would_tell_when_nobody_looked_for_what_was_missed() -> None:
    with without(Protection.NOTES_OF_MISSED), a_history() as history:
        history.send(0, "never")
        with pytest.raises(AssertionError, match="no state"):
            history.finish()
