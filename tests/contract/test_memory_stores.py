"""Stores in memory behave as those of the tables."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.details import told
from tests.support.memory.stores import (
    MemoryAdministration,
    MemoryDeferred,
    MemoryLeases,
    MemoryLinks,
    MemoryMatchIndex,
    MemoryTasks,
    MemoryTimestamps,
    MemoryUnlinked,
)
from tests.support.world.virtual_dynamodb import VirtualDynamoDb
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL, create_tables
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.stores import Tables
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, OwnCompany
from tribe_yuki.connections.lease import Lease, LeaseKind
from tribe_yuki.connections.store import AdministrationStore, LeaseStore, TaskStore, TimestampStore
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.link import FieldBase, Link, LinkState, Side
from tribe_yuki.contacts.store import DeferredEventStore, LinkStore, MatchIndexStore, UnlinkedContactStore
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.errors import Conflict, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.work.progress import Progress

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LEASE = Lease(LeaseKind.RELATION, "one")
MINUTE = timedelta(minutes=1)
ONE = Link("demo", "one", LinkState.LINKED, since=NOW, yuki_contact_id="y-1", code="D-1")


@dataclass
class Ports:
    links: LinkStore
    unlinked: UnlinkedContactStore
    deferred: DeferredEventStore
    match_index: MatchIndexStore
    timestamps: TimestampStore
    tasks: TaskStore
    leases: LeaseStore
    administration: AdministrationStore


def in_memory() -> Ports:
    return Ports(
        MemoryLinks(),
        MemoryUnlinked(),
        MemoryDeferred(),
        MemoryMatchIndex(),
        MemoryTimestamps(),
        MemoryTasks(),
        MemoryLeases(),
        MemoryAdministration(),
    )


def in_tables(db: DynamoDb, connection_id: str) -> Ports:
    nothing: Any = SimpleNamespace(of=lambda _: None)
    stores = Tables(db, nothing, CONNECTIONS, ID_MAP, JOURNAL).stores(connection_id)
    return Ports(
        stores.links,
        stores.unlinked,
        stores.deferred,
        stores.match_index,
        stores.timestamps,
        stores.tasks,
        stores.leases,
        stores.administration,
    )


@pytest.fixture(params=["tables", "memory"])
def both(request: pytest.FixtureRequest) -> tuple[Ports, Ports]:
    """The stores of two connections."""
    if request.param == "memory":
        return in_memory(), in_memory()
    virtual = VirtualDynamoDb()
    create_tables(virtual)
    db = DynamoDb(virtual)  # type: ignore[arg-type]
    return in_tables(db, "demo"), in_tables(db, "another")


@pytest.fixture
def stored(both: tuple[Ports, Ports]) -> Ports:
    return both[0]


@pytest.fixture
def elsewhere(both: tuple[Ports, Ports]) -> Ports:
    return both[1]


class TestLinks:
    def test_come_back_as_they_were_stored(self, stored: Ports) -> None:
        base = {"phone": FieldBase("k1:a", "k1:b", "k1:c", Side.YUKI, NOW)}
        saved = stored.links.save(replace(ONE, base=base, warnings=("vat_number:x",), record_ids=("r",)), [], NOW)
        assert stored.links.get("one") == saved
        assert (saved.version, saved.changed_at) == (1, NOW)
        assert stored.links.get("two") is None
        assert stored.links.relation_linked_to("y-1") == "one"
        assert stored.links.relation_linked_to("y-2") is None

    def test_are_stored_over_the_version_that_was_read_only(self, stored: Ports) -> None:
        stored.links.save(ONE, [], NOW)
        with pytest.raises(Conflict):
            stored.links.save(ONE, [], NOW)
        with pytest.raises(Conflict):
            stored.links.save(replace(ONE, version=7), [], NOW)

    @pytest.mark.parametrize(
        ("other", "reason"),
        [
            (replace(ONE, tribe_relation_id="two", code="D-2"), HoldReason.CONTACT_AMBIGUOUS),
            (replace(ONE, tribe_relation_id="two", yuki_contact_id="y-2"), HoldReason.DEBTOR_NUMBER_DUPLICATE),
            (
                replace(ONE, tribe_relation_id="two", yuki_contact_id="y-2", code=(ONE.code or "").lower()),
                HoldReason.DEBTOR_NUMBER_DUPLICATE,
            ),
        ],
    )
    def test_never_share_a_contact_or_a_code(self, stored: Ports, other: Link, reason: HoldReason) -> None:
        stored.links.save(ONE, [], NOW)
        with pytest.raises(Held) as held:
            stored.links.save(other, [], NOW)
        assert held.value.reason is reason
        assert stored.links.get("two") is None

    def test_free_what_they_no_longer_have(self, stored: Ports) -> None:
        first = stored.links.save(ONE, [], NOW)
        stored.links.save(replace(first, yuki_contact_id=None, code=None), [], NOW, former=first)
        assert stored.links.relation_linked_to("y-1") is None
        stored.links.save(replace(ONE, tribe_relation_id="two"), [], NOW)
        assert stored.links.relation_linked_to("y-1") == "two"

    def test_keep_what_is_not_said_to_be_free(self, stored: Ports) -> None:
        first = stored.links.save(ONE, [], NOW)
        stored.links.save(replace(first, code="D-9"), [], NOW)
        with pytest.raises(Held):
            stored.links.save(replace(ONE, tribe_relation_id="two", yuki_contact_id="y-2"), [], NOW)

    def test_come_in_pages_by_relation(self, stored: Ports, elsewhere: Ports) -> None:
        for name in ("c", "a", "b"):
            link = replace(ONE, tribe_relation_id=name, yuki_contact_id=f"y-{name}", code=f"D-{name}")
            stored.links.save(link, [], NOW)
        assert [one.tribe_relation_id for one in stored.links.page(limit=2)] == ["a", "b"]
        assert [one.tribe_relation_id for one in stored.links.page(after="b", limit=2)] == ["c"]
        assert elsewhere.links.page(limit=2) == []

    def test_are_found_by_state(self, stored: Ports) -> None:
        stored.links.save(ONE, [], NOW)
        held = Link("demo", "two", LinkState.HELD, since=NOW - MINUTE, reason="code_in_use")
        stored.links.save(held, [], NOW)
        assert [one.tribe_relation_id for one in stored.links.in_state(LinkState.HELD)] == ["two"]

    def test_remember_when_they_were_read_and_what_belongs_to_them(self, stored: Ports) -> None:
        stored.links.save(ONE, [], NOW)
        stored.links.set_read_at("one", NOW + MINUTE)
        stored.links.set_read_at("nobody", NOW)
        stored.links.remember_records("one", ["address"])
        link = stored.links.get("one")
        assert link is not None
        assert (link.read_at, link.version) == (NOW + MINUTE, 1)
        assert stored.links.relation_of_record("address") == "one"
        assert stored.links.relation_of_record("role") is None

    def test_hand_their_contact_over_in_one_step(self, stored: Ports) -> None:
        loser = stored.links.save(ONE, [], NOW)
        gone = replace(loser, state=LinkState.GONE_IN_TRIBE, yuki_contact_id=None, code=None)
        winner = Link("demo", "two", LinkState.LINKED, since=NOW, yuki_contact_id="y-1", code="D-1")
        saved = stored.links.repoint(gone, winner, [], NOW)
        assert stored.links.relation_linked_to("y-1") == "two"
        assert stored.links.get("two") == saved
        buried = stored.links.get("one")
        assert buried is not None
        assert buried.state is LinkState.GONE_IN_TRIBE


class TestUnlinkedContacts:
    def test_are_remembered_and_forgotten(self, stored: Ports) -> None:
        one = UnlinkedContact(
            "demo", "y-1", UnlinkedState.HELD, NOW, NOW, "contact_ambiguous", told("one"), 7, ("one",)
        )
        other = UnlinkedContact("demo", "y-2", UnlinkedState.NOT_IMPORTABLE, NOW, modified_at=NOW)
        for contact in (one, other):
            stored.unlinked.save(contact, [], NOW)
        assert stored.unlinked.get("y-1") == one
        assert stored.unlinked.get("y-2") == other
        assert stored.unlinked.held() == [one]
        stored.unlinked.delete("y-1")
        stored.unlinked.delete("nobody")
        assert stored.unlinked.get("y-1") is None
        assert stored.unlinked.held() == []


class TestRegister:
    def test_finds_records_by_any_fingerprint_once(self, stored: Ports, elsewhere: Ports) -> None:
        stored.match_index.remember({"one": ["k1:a", "k1:b"], "two": ["k1:b", "k1:b"]})
        stored.match_index.remember({})
        assert stored.match_index.near(["k1:a", "k1:b"]) == ["one", "two"]
        assert elsewhere.match_index.near(["k1:a"]) == []
        assert stored.match_index.near([]) == []
        stored.match_index.forget("one", "k1:b")
        stored.match_index.forget("nobody", "k1:z")
        assert stored.match_index.near(["k1:b"]) == ["two"]


class TestConnections:
    def test_move_a_run_on_from_where_it_stands_only(self, stored: Ports) -> None:
        first = Progress("import_contacts", "run", NOW, NOW, phase="organisations", expected=3)
        assert stored.tasks.progress("import_contacts") is None
        stored.tasks.save_progress(first, None)
        assert stored.tasks.progress("import_contacts") == first
        second = replace(first, slice_number=1, counts={"seen": 3})
        stored.tasks.save_progress(second, first)
        for former in (None, first):
            with pytest.raises(Conflict):
                stored.tasks.save_progress(replace(second, slice_number=2), former)
        assert stored.tasks.progress("import_contacts") == second

    def test_remember_instants_and_what_was_seen(self, stored: Ports) -> None:
        assert stored.timestamps.get("poll_cursor") is None
        stored.timestamps.set("poll_cursor", NOW)
        assert stored.timestamps.get("poll_cursor") == NOW
        stored.tasks.save_visited("run", "customers#1", ["y-1", "y-2"], NOW)
        stored.tasks.save_visited("run", "customers#2", ["y-3"], NOW)
        stored.tasks.save_visited("run-2", "customers#1", ["y-4"], NOW)
        assert list(stored.tasks.visited("run")) == ["y-1", "y-2", "y-3"]

    def test_keep_what_was_read_for_a_while(self, stored: Ports, elsewhere: Ports) -> None:
        own = (OwnCompany("Voorbeeld", "NL999912345B01", None),)
        books = AdministrationCodes((), (GlAccount("80000", 4, 0, is_enabled=True, description="Omzet"),))
        stored.administration.save_own_companies(own, NOW)
        stored.administration.save_codes(books, NOW)
        assert stored.administration.own_companies(not_older_than=NOW) == own
        assert stored.administration.own_companies(not_older_than=NOW + MINUTE) is None
        assert stored.administration.codes(not_older_than=NOW) == books
        assert stored.administration.codes(not_older_than=NOW + MINUTE) is None
        assert elsewhere.administration.codes(not_older_than=NOW) is None
        stored.administration.forget_codes()
        assert stored.administration.codes(not_older_than=NOW) is None
        assert stored.administration.own_companies(not_older_than=NOW) == own

    def test_give_a_lease_to_one_until_it_ends(self, stored: Ports) -> None:
        token = stored.leases.acquire(LEASE, NOW, MINUTE)
        assert token is not None
        assert stored.leases.acquire(LEASE, NOW, MINUTE) is None
        stored.leases.release(LEASE, "another token")
        assert stored.leases.acquire(LEASE, NOW, MINUTE) is None
        stored.leases.release(LEASE, token)
        assert stored.leases.acquire(LEASE, NOW, MINUTE) is not None
        assert stored.leases.acquire(LEASE, NOW + MINUTE, MINUTE) is not None


class TestPending:
    def test_come_back_and_those_that_wait_for_a_person_are_listed(self, stored: Ports, elsewhere: Ports) -> None:
        held = DeferredEvent("demo", Route.CONTACTS, "one", 0, NOW, HoldReason.NOT_UNDERSTOOD.value, NOW, told("Name"))
        later = DeferredEvent("demo", Route.CONTACTS, "two", 1, NOW, "tribe_unavailable", NOW)
        other = replace(held, connection_id="another")
        for event in (held, later):
            stored.deferred.save(event)
        elsewhere.deferred.save(other)
        assert stored.deferred.get(Route.CONTACTS, "one") == held
        assert stored.deferred.get(Route.INVOICES, "one") is None
        assert stored.deferred.held() == [held]
        stored.deferred.delete(Route.CONTACTS, "one")
        stored.deferred.delete(Route.CONTACTS, "nobody")
        assert stored.deferred.get(Route.CONTACTS, "one") is None
        assert elsewhere.deferred.get(Route.CONTACTS, "one") == other
