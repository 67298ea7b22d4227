"""Transfers, links, leases and the call counter in DynamoDB: conditions, mirrors and indexes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.samples.samples import NOW, settings
from tests.support.world.moved_clock import MovedClock
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL
from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.deferred_events import DeferredEvents
from tribe_yuki.adapters.aws.dynamodb import ConditionFailed, DynamoDb, Write, timestamp
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.leases import Leases
from tribe_yuki.adapters.aws.links import Links
from tribe_yuki.adapters.aws.stores import Tables
from tribe_yuki.adapters.aws.sweep_tables import SweepTables
from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.adapters.aws.yuki_calls import BreakerTable, CallCounter, YukiBudget, YukiSessions
from tribe_yuki.budget.yuki_budget import Priority, next_midnight
from tribe_yuki.connections.lease import SENDING, TRIBE_TOKEN
from tribe_yuki.connections.yuki_session import StoredSession
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.errors import BudgetSpent, Conflict, Defect, Held, Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.moves import Confirm, Prepare, Send, Skip, Verification, Wait
from tribe_yuki.invoices.reasons import ReportReason, SkipReason
from tribe_yuki.invoices.store import InvoiceStores
from tribe_yuki.invoices.transfer import State, Transfer, new_transfer

INVOICE_ID = "40000000-0000-4000-8000-000000000041"
OTHER_ID = "40000000-0000-4000-8000-000000000042"
ENTRY = JournalEntry(JournalKind.DECISION, "tested", {"n": 1, "empty": None})


@pytest.fixture
def transfers(db: DynamoDb) -> Transfers:
    return Transfers(db, ID_MAP, "demo", Journal(db, JOURNAL, "demo"))


@pytest.fixture
def links(db: DynamoDb) -> Links:
    return Links(db, ID_MAP, "demo", Journal(db, JOURNAL, "demo"))


@pytest.fixture
def leases(db: DynamoDb) -> Leases:
    return Leases(db, CONNECTIONS, "demo")


def swept(db: DynamoDb) -> SweepTables:
    queues: Any = None
    return SweepTables(Tables(db, queues, CONNECTIONS, ID_MAP))


@pytest.fixture
def connections(db: DynamoDb) -> Connections:
    return Connections(db, CONNECTIONS)


PREPARE = Prepare(Decimal("121.00"), None, None, "hash", NOW)
SEND = Send("hash", with_document=True, until=NOW)


def ready(invoice_id: str = INVOICE_ID, reference: str = "2026-0107") -> Transfer:
    return replace(new_transfer("demo", invoice_id, NOW), reference=reference).after(PREPARE, NOW)


class TestTransfers:
    def test_come_back_as_they_were_stored(self, transfers: Transfers) -> None:
        saved = transfers.save(ready(), [ENTRY], NOW)
        assert saved.version == 1
        assert transfers.get(INVOICE_ID) == saved
        assert transfers.get(OTHER_ID) is None

    def test_are_stored_only_over_the_version_that_was_read(self, transfers: Transfers) -> None:
        first = transfers.save(ready(), [], NOW)
        transfers.save(first.after(SEND, NOW), [], NOW)
        with pytest.raises(Conflict):
            transfers.save(first.after(SEND, NOW), [], NOW)
        with pytest.raises(Conflict):
            transfers.save(ready(), [], NOW)

    def test_write_nothing_at_all_when_the_condition_fails(self, transfers: Transfers) -> None:
        transfers.save(ready(), [ENTRY], NOW)
        with pytest.raises(Conflict):
            transfers.save(ready(), [ENTRY], NOW)
        assert len(transfers.journal.read(f"invoice#{INVOICE_ID}")) == 1

    def test_reserve_their_number_once(self, transfers: Transfers) -> None:
        claimed = transfers.claim_reference(ready(), [], NOW)
        assert isinstance(claimed, Transfer)
        assert transfers.claim_reference(ready(OTHER_ID), [], NOW) == INVOICE_ID
        again = transfers.claim_reference(claimed.after(PREPARE, NOW), [], NOW)
        assert isinstance(again, Transfer)

    def test_do_not_get_a_number_that_yuki_holds(self, transfers: Transfers) -> None:
        transfers.reserve_for_yuki("2026-0107", None)
        transfers.reserve_for_yuki("2026-0107", None)
        assert transfers.claim_reference(ready(), [], NOW) == "yuki"

    def test_are_found_by_state_longest_first_and_only_of_their_connection(
        self, db: DynamoDb, transfers: Transfers
    ) -> None:
        others = Transfers(db, ID_MAP, "other", Journal(db, JOURNAL, "other"))
        others.save(replace(ready(reference="3"), connection_id="other"), [], NOW)
        for transfer in (replace(ready(OTHER_ID, "2"), since=NOW + timedelta(seconds=1)), ready()):
            transfers.save(transfer, [], NOW)
        found = transfers.in_state(State.READY)
        assert [transfer.tribe_invoice_id for transfer in found] == [INVOICE_ID, OTHER_ID]
        assert transfers.in_state(State.HELD) == []

    def test_are_found_newest_first_from_a_day_on_and_with_what_is_reported(
        self, db: DynamoDb, transfers: Transfers
    ) -> None:
        ids = [f"40000000-0000-4000-8000-00000000000{number}" for number in range(5)]
        for number, tribe_invoice_id in enumerate(ids):
            then = NOW + timedelta(hours=number)
            known = replace(ready(tribe_invoice_id, str(number)), state=State.UNCONFIRMED)
            booked = known.after(Confirm(Verification.FOUND), then)
            reason = ReportReason.EDITED_AFTER_SENT if number == 3 else None
            transfers.save(replace(booked, reason=reason), [], then)
        newest = [one.tribe_invoice_id for one in transfers.newest(State.BOOKED, limit=3)]
        assert newest == [ids[4], ids[3], ids[2]]
        since = transfers.newest(State.BOOKED, since=NOW + timedelta(hours=3), limit=9)
        assert [one.tribe_invoice_id for one in since] == [ids[4], ids[3]]
        elsewhere = Transfers(db, ID_MAP, "other", transfers.journal)
        assert elsewhere.newest(State.BOOKED, limit=3) == []


class TestOfAnotherConnection:
    """A store is of one connection, and so is the journal that it writes: a record of another belongs in neither."""

    @pytest.mark.parametrize(
        "save",
        [
            lambda stores: stores.transfers.save(new_transfer("other", INVOICE_ID, NOW), [ENTRY], NOW),
            lambda stores: stores.transfers.claim_reference(replace(ready(), connection_id="other"), [ENTRY], NOW),
            lambda stores: stores.links.save(Link("other", "r", LinkState.NEW, since=NOW), [ENTRY], NOW),
            lambda stores: stores.links.repoint(
                Link("demo", "r", LinkState.NEW, since=NOW), Link("other", "s", LinkState.NEW, since=NOW), [ENTRY], NOW
            ),
            lambda stores: stores.unlinked.save(
                UnlinkedContact("other", "y", UnlinkedState.HELD, since=NOW), [ENTRY], NOW
            ),
            lambda stores: stores.deferred.save(DeferredEvent("other", Route.CONTACTS, "r", 1, NOW, "retry", NOW)),
        ],
    )
    def test_it_is_refused_and_nothing_is_stored(self, db: DynamoDb, save: Callable[[InvoiceStores], object]) -> None:
        queues: Any = SimpleNamespace(of=lambda _: None)
        with pytest.raises(Defect, match="other"):
            save(Tables(db, queues, CONNECTIONS, ID_MAP, JOURNAL).stores("demo"))
        assert [item for table in (ID_MAP, JOURNAL) for item in db.client.scan(TableName=table)["Items"]] == []


class TestTheDueIndex:
    def test_shows_what_is_due_and_nothing_else(self, db: DynamoDb, transfers: Transfers) -> None:
        transfers.save(ready(), [], NOW)
        waiting = ready(OTHER_ID, "2").after(Wait(WaitReason.RETRY, NOW + timedelta(hours=1)), NOW)
        transfers.save(waiting, [], NOW)
        pending = DeferredEvents(db, ID_MAP, "demo")
        pending.save(DeferredEvent("demo", Route.CONTACTS, "relation", 1, NOW - timedelta(minutes=1), "retry", NOW))
        due = list(swept(db).due("demo", NOW, limit=10))
        assert [(item.kind, item.record_id) for item in due] == [
            ("pending_contacts", "relation"),
            ("invoice", INVOICE_ID),
        ]

    def test_forgets_what_is_no_longer_due(self, db: DynamoDb, transfers: Transfers) -> None:
        stored = transfers.save(ready(), [], NOW)
        transfers.save(stored.after(Skip(SkipReason.GONE), NOW), [], NOW)
        assert list(swept(db).due("demo", NOW, limit=10)) == []


class TestLinks:
    def test_pair_a_yuki_contact_and_a_code_with_one_relation_only(self, links: Links) -> None:
        first = Link("demo", "one", LinkState.LINKED, since=NOW, yuki_contact_id="y-1", code="D-1")
        links.save(first, [ENTRY], NOW)
        assert links.relation_linked_to("y-1") == "one"
        with pytest.raises(Held) as same_contact:
            links.save(replace(first, tribe_relation_id="two", code="D-2"), [], NOW)
        with pytest.raises(Held) as same_code:
            links.save(replace(first, tribe_relation_id="two", yuki_contact_id="y-2"), [], NOW)
        assert same_contact.value.reason is HoldReason.CONTACT_AMBIGUOUS
        assert same_code.value.reason is HoldReason.DEBTOR_NUMBER_DUPLICATE
        assert links.get("two") is None

    @pytest.mark.parametrize(("code", "other"), [("d-9", "D-9"), ("D-9", "d-9"), ("Kl-7a", "KL-7A"), ("abc", "aBc")])
    def test_have_a_code_for_one_relation_only_whatever_its_capitals(self, links: Links, code: str, other: str) -> None:
        first = Link("demo", "one", LinkState.LINKED, since=NOW, yuki_contact_id="y-1", code=code)
        saved = links.save(first, [], NOW)
        with pytest.raises(Held) as held:
            links.save(replace(first, tribe_relation_id="two", yuki_contact_id="y-2", code=other), [], NOW)
        assert held.value.reason is HoldReason.DEBTOR_NUMBER_DUPLICATE
        assert links.relation_with_code(other) == "one"
        links.save(replace(saved, code=other), [], NOW, former=saved)
        assert links.relation_with_code(code) == "one"

    @pytest.mark.parametrize(
        ("code", "other"), [("d-9", "D-9"), ("d-9", "d-9"), ("kl-7a", "Kl-7A"), ("Kl-7a", "Kl-7a")]
    )
    def test_know_the_codes_that_earlier_versions_stored_as_they_stood(
        self, db: DynamoDb, links: Links, code: str, other: str
    ) -> None:
        first = Link("demo", "one", LinkState.LINKED, since=NOW, yuki_contact_id="y-1", code=code)
        saved = links.save(first, [], NOW)
        for item in (f"code#{code.upper()}", f"code#{code}"):
            db.delete(ID_MAP, {"connection_id": "demo", "item": item})
        db.put(ID_MAP, {"connection_id": "demo", "item": f"code#{code}", "tribe_relation_id": "one"})
        assert links.relation_with_code(code) == "one"
        with pytest.raises(Held) as held:
            links.save(replace(first, tribe_relation_id="two", yuki_contact_id="y-2", code=other), [], NOW)
        assert held.value.reason is HoldReason.DEBTOR_NUMBER_DUPLICATE
        again = links.save(saved, [], NOW)  # the next save of its own brings it to the new form
        assert db.get(ID_MAP, {"connection_id": "demo", "item": f"code#{code}"}) is None
        links.save(replace(again, code="free"), [], NOW, former=again)
        two = replace(first, tribe_relation_id="two", yuki_contact_id="y-2", code=other)
        assert links.save(two, [], NOW).code == other

    def test_give_an_old_code_to_the_relation_that_takes_a_contact_over(self, db: DynamoDb, links: Links) -> None:
        loser = links.save(Link("demo", "one", LinkState.LINKED, since=NOW, yuki_contact_id="y-1", code="d-9"), [], NOW)
        db.delete(ID_MAP, {"connection_id": "demo", "item": "code#D-9"})
        db.put(ID_MAP, {"connection_id": "demo", "item": "code#d-9", "tribe_relation_id": "one"})
        winner = replace(loser, tribe_relation_id="two", version=0)
        links.repoint(replace(loser, state=LinkState.GONE_IN_TRIBE, yuki_contact_id=None, code=None), winner, [], NOW)
        assert links.relation_with_code("d-9") == "two"

    def test_keep_the_code_at_the_import_under_its_old_name(self, db: DynamoDb, links: Links) -> None:
        saved = links.save(Link("demo", "one", LinkState.LINKED, since=NOW, code_at_import="D-1"), [], NOW)
        item = db.get(ID_MAP, {"connection_id": "demo", "item": "contact#tribe#one"})
        assert item is not None
        assert item["seen_code"] == "D-1"
        assert links.get("one") == saved

    def test_free_the_code_that_they_had(self, links: Links) -> None:
        first = links.save(Link("demo", "one", LinkState.LINKED, since=NOW, yuki_contact_id="y-1", code="D-1"), [], NOW)
        links.save(replace(first, code="D-9"), [], NOW, former=first)
        links.save(Link("demo", "two", LinkState.LINKED, since=NOW, yuki_contact_id="y-2", code="D-1"), [], NOW)
        two = links.get("two")
        assert two is not None
        assert two.code == "D-1"


class TestConnections:
    def test_keep_their_settings_and_are_listed(self, connections: Connections) -> None:
        connections.save("demo", settings(), Status.PAUSED, NOW)
        assert connections.settings("demo") == settings()
        assert list(connections.all_ids()) == [("demo", Status.PAUSED)]
        assert connections.settings("unknown") is None

    def test_say_which_stored_setting_is_wrong(self, db: DynamoDb, connections: Connections) -> None:
        db.put(CONNECTIONS, {"owner": "demo", "item": "settings", "settings": '{"yuki_region":"xx"}'})
        with pytest.raises(Defect, match="yuki_region"):
            connections.settings("demo")

    def test_give_a_lease_to_one_at_a_time_until_it_ends(self, leases: Leases) -> None:
        length = timedelta(seconds=60)
        token = leases.acquire(SENDING, NOW, length)
        assert token is not None
        assert leases.acquire(SENDING, NOW + length / 2, length) is None
        assert leases.acquire(TRIBE_TOKEN, NOW, length) is not None
        assert leases.acquire(SENDING, NOW + length, length) is not None
        leases.release(SENDING, token)  # somebody else holds it by now: nothing happens
        assert leases.acquire(SENDING, NOW + length, length) is None

    def test_a_lease_given_back_is_free(self, leases: Leases) -> None:
        token = leases.acquire(SENDING, NOW, timedelta(hours=1))
        assert token is not None
        leases.release(SENDING, token)
        assert leases.acquire(SENDING, NOW, timedelta(hours=1)) is not None


class TestYukiSessions:
    def test_are_replaced_only_by_whoever_saw_the_one_that_stands(self, db: DynamoDb) -> None:
        sessions = YukiSessions(db, CONNECTIONS, "demo")
        first, second = StoredSession("a", NOW), StoredSession("b", NOW)
        assert sessions.read() is None
        assert sessions.replace(None, first)
        assert not sessions.replace(None, second)
        assert not sessions.replace("x", second)
        assert sessions.read() == first
        assert sessions.replace("a", second)


type MakeCalls = Callable[..., YukiBudget]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(NOW)


@pytest.fixture
def make_calls(db: DynamoDb, clock: MovedClock) -> MakeCalls:
    def make(priority: Priority = Priority.INVOICES, limit: int = 100) -> YukiBudget:
        return YukiBudget(
            CallCounter(db, CONNECTIONS, "domain-1"), BreakerTable(db, CONNECTIONS, "demo"), limit, priority, clock.now
        )

    return make


class TestTheBudget:
    def test_contacts_stop_before_invoices_and_nobody_at_the_limit(self, make_calls: MakeCalls) -> None:
        contacts, invoices = make_calls(Priority.CONTACTS), make_calls(Priority.INVOICES)
        for _ in range(83):
            contacts.take("SearchContacts")
        with pytest.raises(BudgetSpent):
            contacts.take("SearchContacts")
        for _ in range(15):
            invoices.take("ProcessSalesInvoices")
        with pytest.raises(BudgetSpent) as spent:
            invoices.take("ProcessSalesInvoices")
        assert spent.value.retry_after == next_midnight(NOW) - NOW

    def test_a_new_day_in_amsterdam_has_a_new_allowance(self, make_calls: MakeCalls, clock: MovedClock) -> None:
        calls = make_calls(limit=10)
        clock.instant = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
        for _ in range(9):
            calls.take("SearchContacts")
        with pytest.raises(BudgetSpent):
            calls.take("SearchContacts")
        clock.instant += timedelta(minutes=1)
        calls.take("SearchContacts")

    @pytest.mark.parametrize(
        ("now", "hours"),
        [(datetime(2026, 10, 24, 22, 0, tzinfo=UTC), 25), (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 23)],
    )
    def test_midnight_is_right_on_the_odd_days_of_the_year(self, now: datetime, hours: int) -> None:
        assert next_midnight(now) - now == timedelta(hours=hours)

    def test_yukis_own_word_that_the_limit_is_reached_blocks_all_but_one_read_an_hour(
        self, make_calls: MakeCalls, clock: MovedClock
    ) -> None:
        make_calls().limit_exceeded()
        for operation in ("SearchContacts", "ProcessSalesInvoices"):
            with pytest.raises(BudgetSpent):
                make_calls().take(operation)
        clock.instant += timedelta(hours=1)
        with pytest.raises(BudgetSpent):
            make_calls().take("ProcessSalesInvoices")
        probing = make_calls()
        probing.take("SearchContacts")
        with pytest.raises(BudgetSpent):
            make_calls().take("SearchContacts")
        probing.succeeded("SearchContacts")
        assert probing.recovered
        make_calls().take("ProcessSalesInvoices")


class TestTheBreaker:
    def test_opens_after_five_failures_in_a_row_and_lets_one_read_probe(
        self, make_calls: MakeCalls, clock: MovedClock
    ) -> None:
        for _ in range(5):
            make_calls().take("SearchContacts")
            make_calls().failed_in_transport("SearchContacts")
        with pytest.raises(Retryable, match="breaker"):
            make_calls().take("SearchContacts")
        clock.instant += timedelta(minutes=5)
        with pytest.raises(Retryable, match="breaker"):
            make_calls().take("ProcessSalesInvoices")
        probing = make_calls()
        probing.take("SearchContacts")
        with pytest.raises(Retryable, match="breaker"):
            make_calls().take("SearchContacts")
        probing.succeeded("SearchContacts")
        assert probing.recovered
        make_calls().take("ProcessSalesInvoices")

    def test_who_sends_invoices_and_hears_from_yuki_again_releases_what_it_had_asked_to_pause(
        self, make_calls: MakeCalls
    ) -> None:
        make_calls().slowed_down("ProcessSalesInvoices")
        make_calls().take("ProcessSalesInvoices")  # it is a pause of what was refused, and nothing else stops
        contacts = make_calls(Priority.CONTACTS)
        contacts.take("SearchContacts")
        contacts.succeeded("SearchContacts")
        assert not contacts.recovered
        invoices = make_calls()
        invoices.take("CheckOutstandingItemAdmin")
        invoices.succeeded("CheckOutstandingItemAdmin")
        assert invoices.recovered
        again = make_calls()
        again.take("SearchContacts")
        again.succeeded("SearchContacts")
        assert not again.recovered

    def test_a_pause_is_remembered_by_who_closes_the_breaker_and_sends_no_invoices(
        self, make_calls: MakeCalls, clock: MovedClock
    ) -> None:
        make_calls().slowed_down("ProcessSalesInvoices")
        for _ in range(5):
            make_calls().failed_in_transport("SearchContacts")
        clock.instant += timedelta(minutes=5)
        contacts = make_calls(Priority.CONTACTS)
        contacts.take("SearchContacts")
        contacts.succeeded("SearchContacts")
        make_calls().take("ProcessSalesInvoices")
        invoices = make_calls()
        invoices.take("SearchContacts")
        invoices.succeeded("SearchContacts")
        assert invoices.recovered

    def test_who_only_looks_asks_all_the_same_and_leaves_it_as_it_is(
        self, db: DynamoDb, make_calls: MakeCalls, clock: MovedClock
    ) -> None:
        looking = replace(make_calls(), only_looks=True)
        for _ in range(5):
            looking.failed_in_transport("SearchContacts")
        make_calls().take("SearchContacts")
        for _ in range(5):
            make_calls().failed_in_transport("SearchContacts")
        looking.take("SearchContacts")
        looking.succeeded("SearchContacts")
        with pytest.raises(Retryable, match="breaker"):
            looking.take("ProcessSalesInvoices")
        with pytest.raises(Retryable, match="breaker"):
            make_calls().take("SearchContacts")
        state = BreakerTable(db, CONNECTIONS, "demo").read()
        assert state is not None
        assert state.open_since == clock.now()

    def test_a_success_in_between_counts_from_the_start(self, make_calls: MakeCalls) -> None:
        for _ in range(4):
            make_calls().failed_in_transport("SearchContacts")
        calls = make_calls()
        calls.take("SearchContacts")
        calls.succeeded("SearchContacts")
        assert not calls.recovered
        make_calls().failed_in_transport("SearchContacts")
        make_calls().take("SearchContacts")


class TestTheStorageItself:
    """What no emulator shows is injected into the client."""

    @pytest.mark.parametrize(
        ("reasons", "expected"),
        [
            ([{"Code": "None"}, {"Code": "TransactionConflict"}], Retryable),
            ([{"Code": "ThrottlingError"}], Retryable),
            ([{"Code": "ConditionalCheckFailed"}], ConditionFailed),
        ],
    )
    def test_conflicts_and_throttles_may_be_tried_again(
        self, db: DynamoDb, monkeypatch: pytest.MonkeyPatch, reasons: list[Any], expected: type[Exception]
    ) -> None:
        def refuse(**_: Any) -> None:
            response: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(response, "TransactWriteItems")

        monkeypatch.setattr(db.client, "transact_write_items", refuse)
        with pytest.raises(expected):
            db.transact([Write(ID_MAP, {"connection_id": "demo", "item": "x"})])

    def test_a_missing_right_is_a_defect_that_says_where(self, db: DynamoDb, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(**_: Any) -> None:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "x"}}, "GetItem")

        monkeypatch.setattr(db.client, "get_item", refuse)
        with pytest.raises(Defect, match="GetItem"):
            db.get(ID_MAP, {"connection_id": "demo", "item": "x"})

    def test_stored_instants_sort_by_time(self) -> None:
        instants = [NOW, NOW + timedelta(milliseconds=1), NOW + timedelta(seconds=1)]
        assert sorted(map(timestamp, instants)) == list(map(timestamp, instants))
