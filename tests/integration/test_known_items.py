"""An invocation reads each record once, and anew as soon as somebody else may have changed it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.faults.protections import Protection, without
from tests.support.world.virtual_dynamodb import VirtualDynamoDb
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL, create_tables
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Write
from tribe_yuki.adapters.aws.known_items import MOST_KNOWN, KnownItems
from tribe_yuki.adapters.aws.leases import Leases
from tribe_yuki.connections.lease import RECORD_LEASE, SENDING
from tribe_yuki.core.errors import Conflict
from tribe_yuki.entrypoints.tribe_pause import KNOWN_FOR, KnownPauses, PauseTimestamps

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MISSING = "attribute_not_exists(version)"


def key(item: str) -> dict[str, str]:
    return {"connection_id": "demo", "item": item}


def record(item: str, **values: object) -> dict[str, Any]:
    return {**key(item), **values}


class CountedReads(VirtualDynamoDb):
    """Tables that count what is asked of them, and leave some keys of a batch over."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.left_over: list[dict[str, Any]] = []

    def get_item(self, **request: Any) -> dict[str, Any]:
        self.reads += 1
        return super().get_item(**request)

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        self.reads += 1
        table, wanted = next(iter(request["RequestItems"].items()))
        asked = [one for one in wanted["Keys"] if one not in self.left_over]
        left = [one for one in wanted["Keys"] if one in self.left_over]
        answer = super().batch_get_item(RequestItems={table: {"Keys": asked}})
        return {**answer, "UnprocessedKeys": {table: {"Keys": left}} if left else {}}


@pytest.fixture
def tables() -> CountedReads:
    made = CountedReads()
    create_tables(made)
    return made


@pytest.fixture
def others(tables: CountedReads) -> DynamoDb:
    """What other workers write with."""
    return DynamoDb(tables)  # type: ignore[arg-type]


@pytest.fixture
def items(others: DynamoDb) -> KnownItems:
    return KnownItems(others, ID_MAP)


class TestKnown:
    def test_a_record_is_read_once_whether_it_is_there_or_not(
        self, tables: CountedReads, others: DynamoDb, items: KnownItems
    ) -> None:
        others.put(ID_MAP, record("x", n=1))
        assert [items.get(ID_MAP, key(name)) for name in "xyxy"] == [record("x", n=1), None] * 2
        assert tables.reads == 2

    def test_what_is_written_is_known(self, tables: CountedReads, items: KnownItems) -> None:
        items.get(ID_MAP, key("x"))
        items.put(ID_MAP, record("x", n=1, nothing=None))
        assert items.get(ID_MAP, key("x")) == record("x", n=1)
        items.transact([Write(ID_MAP, record("x", n=2)), Write(JOURNAL, {"record": "r", "at": "1"})])
        assert items.get(ID_MAP, key("x")) == record("x", n=2)
        items.update(ID_MAP, key("x"), "SET m = :m", values={":m": 3})
        assert items.get(ID_MAP, key("x")) == record("x", n=2, m=3)
        items.put_many(ID_MAP, [record("x", n=4)])
        assert items.get(ID_MAP, key("x")) == record("x", n=4)
        items.delete(ID_MAP, key("x"))
        assert items.get(ID_MAP, key("x")) is None
        assert tables.reads == 1

    def test_the_connections_own_items_are_read_each_time(self, others: DynamoDb, items: KnownItems) -> None:
        own = {"owner": "demo", "item": "mark#first_look"}
        assert items.get(CONNECTIONS, own) is None
        others.put(CONNECTIONS, {**own, "at": "now"})
        assert items.get(CONNECTIONS, own) == {**own, "at": "now"}

    def test_a_long_task_does_not_end_with_all_records_in_its_memory(
        self, tables: CountedReads, items: KnownItems
    ) -> None:
        for place in range(MOST_KNOWN + 2):
            items.get(ID_MAP, key(str(place)))
        items.get(ID_MAP, key("0"))
        assert tables.reads == MOST_KNOWN + 3


class TestReadAhead:
    def test_records_are_read_together(self, tables: CountedReads, others: DynamoDb, items: KnownItems) -> None:
        others.put_many(ID_MAP, [record(str(place)) for place in range(0, 250, 2)])
        items.read_ahead(ID_MAP, [key(str(place)) for place in range(250)])
        assert [items.get(ID_MAP, key(str(place))) is None for place in range(4)] == [False, True] * 2
        assert tables.reads == 3

    def test_what_dynamodb_leaves_over_is_read_all_the_same(
        self, tables: CountedReads, others: DynamoDb, items: KnownItems
    ) -> None:
        others.put_many(ID_MAP, [record("x"), record("y")])
        tables.left_over = [{"connection_id": {"S": "demo"}, "item": {"S": name}} for name in "yz"]
        items.read_ahead(ID_MAP, [key(name) for name in "xyz"])
        assert [items.get(ID_MAP, key(name)) for name in "xyz"] == [record("x"), record("y"), None]

    def test_what_no_lease_guards_is_handed_out_once(self, others: DynamoDb, items: KnownItems) -> None:
        own = {"owner": "demo", "item": "breaker"}
        items.read_ahead(CONNECTIONS, [own])
        others.put(CONNECTIONS, {**own, "failures": 1})
        assert [items.get(CONNECTIONS, own) for _ in range(2)] == [None, {**own, "failures": 1}]

    def test_what_was_written_since_is_not_handed_out(self, items: KnownItems) -> None:
        own = {"owner": "demo", "item": "breaker"}
        items.read_ahead(CONNECTIONS, [own])
        items.put(CONNECTIONS, {**own, "failures": 1})
        assert items.get(CONNECTIONS, own) == {**own, "failures": 1}

    def test_tables_read_many_items(self, db: DynamoDb) -> None:
        db.put_many(ID_MAP, [record(f"{place:03}") for place in range(120)])
        found = db.get_many(ID_MAP, [key(f"{place:03}") for place in range(130)])
        assert sorted(item["item"] for item in found) == [f"{place:03}" for place in range(120)]


class TestReadAnew:
    """Another worker stores a record that is known here."""

    @pytest.fixture
    def changed(self, others: DynamoDb, items: KnownItems) -> None:
        items.get(ID_MAP, key("x"))
        others.put(ID_MAP, record("x", version=1))

    def fail(self, items: KnownItems) -> None:
        with pytest.raises(Conflict):
            items.put(ID_MAP, record("x", version=7), condition=MISSING)

    def lease(self, items: KnownItems) -> None:
        assert Leases(items, CONNECTIONS, "demo").acquire(SENDING, NOW, RECORD_LEASE)

    @pytest.mark.usefixtures("changed")
    def test_after_a_condition_that_failed(self, items: KnownItems) -> None:
        self.fail(items)
        assert items.get(ID_MAP, key("x")) == record("x", version=1)

    @pytest.mark.usefixtures("changed")
    def test_after_a_transaction_that_failed_on_another_item(self, others: DynamoDb, items: KnownItems) -> None:
        others.put(ID_MAP, record("y", version=1))
        with pytest.raises(Conflict):
            items.transact([Write(ID_MAP, record("y", version=2), MISSING)])
        assert items.get(ID_MAP, key("x")) == record("x", version=1)

    @pytest.mark.usefixtures("changed")
    def test_under_a_lease(self, items: KnownItems) -> None:
        self.lease(items)
        assert items.get(ID_MAP, key("x")) == record("x", version=1)

    @pytest.mark.usefixtures("changed")
    @pytest.mark.parametrize("happens", [fail, lease])
    def test_otherwise_it_would_stay_unknown(self, items: KnownItems, happens: Any) -> None:
        with without(Protection.READING_ANEW):
            happens(self, items)
            assert items.get(ID_MAP, key("x")) is None


class TestPause:
    """When Tribe wants to be left alone is looked up once a second."""

    @pytest.fixture
    def clock(self) -> list[datetime]:
        return [NOW]

    @pytest.fixture
    def ours(self, others: DynamoDb, clock: list[datetime]) -> PauseTimestamps:
        known: KnownPauses = {}
        return PauseTimestamps(others, CONNECTIONS, "demo", lambda: clock[0], known)

    @pytest.fixture
    def theirs(self, others: DynamoDb, clock: list[datetime]) -> PauseTimestamps:
        return PauseTimestamps(others, CONNECTIONS, "demo", lambda: clock[0], {})

    def test_it_is_looked_up_once_a_second(self, tables: CountedReads, ours: PauseTimestamps) -> None:
        assert [ours.pause() for _ in range(10)] == [None] * 10
        assert tables.reads == 1

    def test_the_pause_of_another_worker_is_known_a_second_later(
        self, ours: PauseTimestamps, theirs: PauseTimestamps, clock: list[datetime]
    ) -> None:
        assert ours.pause() is None
        theirs.set("tribe_pause", NOW + timedelta(minutes=1))
        clock[0] += KNOWN_FOR
        assert ours.pause() == NOW + timedelta(minutes=1)

    def test_the_own_pause_is_known_at_once(self, ours: PauseTimestamps) -> None:
        assert ours.pause() is None
        ours.set("first_look", NOW)
        ours.set("tribe_pause", NOW + timedelta(minutes=1))
        assert ours.pause() == NOW + timedelta(minutes=1)
