"""Whatever happens on the way, every Sent invoice ends in Yuki once, to the cent, or told with reason and owner.

Invoices are sent, edited, reminded, paid, set back, renumbered, copied with their marks and deleted; their numbers go
to others, and bookkeepers type in what waits. Webhooks come once, twice, late or never, Yuki fails in every way there
is, workers die, contacts are ticked and unticked, the connection is paused, people retry; in any order (reliability R2,
R3, R4).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from functions.tribe_webhook.app import handle as handle_webhook
from simulators.tribe.amounts import reckoning, totals_of
from tests.support.faults.crashes import crashes
from tests.support.faults.protections import Protection, without
from tests.support.suite.sampling import long_histories
from tests.support.world.api_gateway import webhook_event
from tests.support.world.invoice_books import UNSETTLED
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.small_seed import yuki_seed
from tests.support.world.webhook_keys import Keys
from tests.support.world.world import CONNECTION, open_world
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.connections.context import CATCH_UP, FIRST_LOOK, POLL_CONTACTS
from tribe_yuki.core.holds import HOLDS
from tribe_yuki.invoices.reasons import ReportReason, SkipReason
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.decisions import retry_held
from tribe_yuki.setup.lifecycle import pause, resume

INVOICES, CUSTOMERS = 6, 3
BOOKING = "ProcessSalesInvoices"
FAULTS = ("timeout_before_commit", "timeout_after_commit", "reset_connection", "unavailable", "truncate")
# What moves on by itself or through people, and a phase that says that the invoice is none.
PHASES = ("Reminder1", "Reminder2", "PartiallyPaid", "Paid", "Cancelled", "Draft", "Sent")
WEBHOOKS = ("once", "twice", "never", "shuffled")
MARKS = ("own", "of_another", "of_another_system")
# Somebody types in what has waited so long (design 6.2).
LONG_WAIT = timedelta(minutes=11)
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
        self.world.save_settings(administrations_in_domain=1)
        self.sent: dict[int, datetime] = {}
        self.typed: set[int] = set()
        self.world.run(minutes=1)

    # What people do

    @initialize(places=st.sets(places, min_size=2), ticked=st.sets(customers), webhooks=st.sampled_from(WEBHOOKS))
    def begin(self, places: set[int], ticked: set[int], webhooks: str) -> None:
        """Send some invoices, of which those wait whose customers are not marked as such."""
        for customer in set(range(CUSTOMERS)) - ticked:
            self.tick(customer, is_customer=False)
        for place in places:
            self.send_as(place, number_of(place), webhooks)
        self.world.run(minutes=13, step_seconds=30)

    @rule(place=places, webhooks=st.sampled_from(WEBHOOKS))
    def send(self, place: int, webhooks: str) -> None:
        """Press Send for a draft."""
        self.send_as(place, number_of(place), webhooks)

    @rule(place=places, other=places)
    def send_under_anothers_number(self, place: int, other: int) -> None:
        """Press Send for a draft, with a number that another invoice has, had or will have."""
        self.send_as(place, number_of(other), "once")

    def send_as(self, place: int, number: str, webhooks: str) -> None:
        """Press Send, unless that was done or the draft was deleted."""
        if place in self.sent or not self.in_tribe(place):
            return
        self.world.switch_tribe(
            drop_webhooks=float(webhooks == "never"),
            duplicate_webhooks=float(webhooks == "twice"),
            shuffle_webhooks=float(webhooks == "shuffled"),
        )
        self.world.send(self.ids[place], Number=number)
        self.world.settle_webhooks()
        self.world.switch_tribe(drop_webhooks=0.0, duplicate_webhooks=0.0, shuffle_webhooks=0.0)
        self.sent[place] = self.world.clock.instant

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
        """Change the subject of an invoice, in which its place stays."""
        self.change(place, Subject=f"{text} {place + 1}")

    @rule(place=places, price=st.sampled_from([12.34, 99.995, 1000]))
    def change_price(self, place: int, price: float) -> None:
        """Change the price of a line."""
        lines = (line for line in self.world.tribe_state()["ProductLine"] if line["Invoice"]["ID"] == self.ids[place])
        if line := next(lines, None):
            self.world.edit_in_tribe(line["ID"], Price=price, PriceInCurrency=price)

    @rule(place=places, phase=st.sampled_from(PHASES))
    def move(self, place: int, phase: str) -> None:
        """Put an invoice that was sent into a phase."""
        if place in self.sent and self.in_tribe(place):
            self.world.set_phase(self.ids[place], phase)

    @rule(place=places, other=places)
    def renumber(self, place: int, other: int) -> None:
        """Give an invoice that was sent a number of its own, or that of another."""
        if place in self.sent:
            self.change(place, Number=number_of(other if other != place else place + INVOICES))

    @rule(place=places)
    def delete(self, place: int) -> None:
        """Delete an invoice."""
        if self.in_tribe(place):
            self.world.delete_in_tribe(self.ids[place])

    @rule(place=places, other=places, whose=st.sampled_from(MARKS))
    def mark(self, place: int, other: int, whose: str) -> None:
        """Have a draft carry a mark, as a copy takes it along, or an importer writes it."""
        number = number_of(place if whose == "own" else other)
        if place not in self.sent and not (whose == "own" or place == other):
            self.change(place, ImportId="shop:1" if whose == "of_another_system" else f"yuki:{number}")

    @rule(place=places, written=st.sampled_from(["{}", "{} ", "Factuur {}"]), hyphen=st.sampled_from(["-", "", "/"]))
    def type_in(self, place: int, written: str, hyphen: str) -> None:
        """Have the bookkeeper type in an invoice that has waited for a while and is not in Yuki, under its number."""
        waiting = [one for one in self.sent if self.waits_for_long(one)]
        if not waiting:
            return
        place = waiting[place % len(waiting)]
        invoice = self.in_tribe(place) or {}
        contact = self.customers[place % CUSTOMERS].id("yuki contact")
        number = written.format(str(invoice["Number"]).replace("-", hyphen))
        wanted = {"reference": number, "contact_id": contact, "date": invoice["InvoiceDate"]}
        typed = {**wanted, "total_incl": str(self.total(place)), "subject": f"Getypt {place + 1}"}
        self.world.control.post(f"{self.world.yuki_url}/_control/invoices", json=typed).raise_for_status()
        self.typed.add(place)

    def waits_for_long(self, place: int) -> bool:
        """Whether somebody may type in an invoice: it has waited with us for a while, and is not in Yuki."""
        invoice, transfer = self.in_tribe(place), self.world.transfer(self.ids[place])
        if invoice is None or transfer is None or self.documents(place):
            return False
        if self.world.clock.instant - transfer.first_seen_at < LONG_WAIT:
            return False
        return all(document["reference"] != invoice["Number"] for document in self.books())

    def change(self, place: int, **fields: str) -> None:
        """Edit an invoice that is there."""
        if self.in_tribe(place):
            self.world.edit_in_tribe(self.ids[place], **fields)

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
        assert [place for place in range(INVOICES) if len(self.documents(place)) > 1] == []
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
        for customer in range(CUSTOMERS):
            self.tick(customer, is_customer=True)
        if self.world.connections.status(CONNECTION) is Status.PAUSED:
            self.pause_or_resume()
        self.world.run(minutes=10, step_seconds=30)
        self.world.start_task(CATCH_UP)
        for _ in range(SETTLED_WITHIN_HOURS):
            self.world.run(minutes=60, step_seconds=300)
            if not any(transfer.state in UNSETTLED for transfer in self.transfers()):
                break
        self.nothing_is_booked_twice_or_waits_for_nothing()
        for place in self.sent:
            self.ended_well(place)

    def ended_well(self, place: int) -> None:
        """Look at an invoice that was sent: booked once as Tribe has it, or told why not, or why otherwise."""
        transfer, invoice = self.world.transfer(self.ids[place]), self.in_tribe(place)
        if transfer is None:
            assert invoice is None or self.phase_of(invoice) == "Draft", "it is in no state"
            return
        documents = self.documents(place)
        match transfer.state:
            case State.BOOKED:
                assert len(documents) == 1, transfer
                assert self.is_as_in_tribe(place, documents[0]) or transfer.reason in ReportReason, transfer
            case State.HELD:
                assert transfer.hold_reason in HOLDS, transfer
                assert not documents or place in self.typed, transfer
            case State.SKIPPED:
                assert transfer.reason in SkipReason, transfer
                assert not documents or place in self.typed, transfer
            case _:
                raise AssertionError(transfer)

    def is_as_in_tribe(self, place: int, document: Mapping[str, Any]) -> bool:
        """Whether a document in Yuki has number and total of the invoice in Tribe; what is gone there is as it was.

        Who types an invoice in may leave a space behind its number, which neither Yuki nor we read as part of it.
        """
        invoice = self.in_tribe(place)
        if invoice is None:
            return True
        reference = document["reference"].rstrip() if place in self.typed else document["reference"]
        return (reference, Decimal(document["total_incl"])) == (invoice["Number"], self.total(place))

    def in_tribe(self, place: int) -> dict[str, Any] | None:
        """Return an invoice as Tribe holds it; None when it was deleted."""
        invoices = self.world.tribe_state()["Activity_Invoice"]
        return next((invoice for invoice in invoices if invoice["ID"] == self.ids[place]), None)

    def phase_of(self, invoice: Mapping[str, Any]) -> str:
        """Return the code of an invoice's phase."""
        phases = self.world.tribe_state()["Datastore_Phase_ActivityInvoice"]
        return next(str(phase["Code"]) for phase in phases if phase["ID"] == invoice["Phase"]["ID"])

    def books(self) -> list[dict[str, Any]]:
        """Return the invoices that Yuki holds."""
        invoices: list[dict[str, Any]] = self.world.yuki_state()["invoices"]
        return invoices

    def documents(self, place: int) -> list[dict[str, Any]]:
        """Return what Yuki holds of an invoice, ours or typed in: its place stands in the subject."""
        return [document for document in self.books() if document["subject"].endswith(f" {place + 1}")]

    def transfers(self) -> Iterator[Transfer]:
        """Yield the transfers that there are."""
        found = (self.world.transfer(one) for one in self.ids)
        return (transfer for transfer in found if transfer is not None)

    def times_booked(self) -> Counter[str]:
        """Return how often each number is in the books."""
        return Counter(document["reference"] for document in self.books())

    def total(self, place: int) -> Decimal:
        """Return what the customer of an invoice is asked to pay."""
        tribe = self.world.tribe
        return totals_of(tribe.store, tribe.store.by_id[self.ids[place]], reckoning(tribe.switches)).incl


TestAnyHistory = InvoiceHistories.TestCase
TestAnyHistory.settings = long_histories(whole=1_000, few=5, steps=20)


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
