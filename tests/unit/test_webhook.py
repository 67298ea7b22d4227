import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tribe_yuki.webhooks.events import (
    IDS_PER_MESSAGE,
    contact_messages,
    find_ids,
    invoice_messages,
)

DATA = Path(__file__).parents[1] / "data" / "tribe"
INVOICE = "40000000-0000-4000-8000-000000000041"
CUSTOMER = "30000000-0000-4000-8000-000000000031"
ORGANISATION = "20000000-0000-4000-8000-000000000011"
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


VARIANTS = {
    "invoice-sent--as-relationship-update": (
        "a0000000-0000-4000-8000-000000000007",
        INVOICE,
        "70000000-0000-4000-8000-0000000000a2",
    ),
    "invoice-sent--discriminator-mutationType": (INVOICE,),
    "invoice-sent--no-discriminator": (INVOICE,),
    "invoice-sent--underscore-entity-type": (INVOICE,),
    "invoice-sent--uppercase-guid-and-extra-keys": (INVOICE,),
    "invoice-sent--wrapped-by-kind": (INVOICE,),
    "lead-upgraded-to-customer--as-update": (CUSTOMER,),
    "unknown-kind": (INVOICE,),
    "invalid-no-ids": (),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in (DATA / "variants").glob("*.json")))
def test_finds_the_ids_of_every_variant(name: str) -> None:
    assert find_ids(load(f"variants/{name}.json")) == VARIANTS[name]


@pytest.mark.parametrize("name", sorted(path.name for path in (DATA / "minimal").glob("*.json")))
def test_finds_the_one_id_of_every_minimal_body(name: str) -> None:
    payload = load(f"minimal/{name}")
    (documented,) = payload["payload"].values()

    assert find_ids(payload) == (documented,)


def test_takes_ids_from_any_depth_in_document_order_each_once() -> None:
    payload = {
        "webhookId": "3f0c2b5e-8c1d-4a57-9d0e-51a7c3b0e104",
        "payload": [{"changes": [[{"childEntityId": ORGANISATION}]], "entityId": CUSTOMER}, {"entityId": ORGANISATION}],
        "parentEntityId": INVOICE,
    }

    assert find_ids(payload) == (ORGANISATION, CUSTOMER, INVOICE)


def test_reads_a_list_of_ids_under_a_known_key() -> None:
    assert find_ids({"entityId": [CUSTOMER, ORGANISATION]}) == (CUSTOMER, ORGANISATION)


def test_lowers_ids_and_ignores_the_case_of_keys() -> None:
    guid = "ABCDEF01-0000-4000-8000-00000000ABCD"

    assert find_ids({"EntityId": guid, "entityId": guid.lower()}) == (guid.lower(),)


@pytest.mark.parametrize("value", [None, 7, True, "", "41", f" {INVOICE}", f"{INVOICE}0", f"{INVOICE}\n", {}, []])
def test_takes_nothing_that_is_not_a_guid(value: object) -> None:
    assert find_ids({"payload": {"entityId": value}}) == ()


@pytest.mark.parametrize("key", ["webhookId", "id", "entityType", "userId", "Phase"])
def test_takes_nothing_from_other_keys(key: str) -> None:
    assert find_ids({key: INVOICE, "payload": {key: {"x": INVOICE}}}) == ()


def test_walks_deeper_than_python_recurses() -> None:
    payload: dict[str, Any] = {"entityId": INVOICE}
    for _ in range(100_000):
        payload = {"payload": payload}

    assert find_ids(payload) == (INVOICE,)
    while payload:  # taken apart from the outside, because freeing it recurses
        payload = payload.pop("payload", {})


def test_the_body_is_the_contract_of_every_queue() -> None:
    (message,) = invoice_messages("demo", (INVOICE,), NOON)

    assert json.loads(message.body) == {
        "v": 1,
        "connection_id": "demo",
        "ids": [INVOICE],
        "seen_at": "2026-03-04T12:00:00.000Z",
    }


def test_an_invoice_message_is_grouped_by_connection_and_never_dropped() -> None:
    (message,) = invoice_messages("demo", (INVOICE,), NOON)

    assert (message.group, message.deduplication_id) == ("demo", None)


def test_a_contact_message_is_grouped_by_connection_and_record() -> None:
    (message,) = contact_messages("demo", (CUSTOMER, ORGANISATION), NOON, 10)

    assert message.group == f"demo#{CUSTOMER}"
    assert message.deduplication_id is not None
    assert len(message.group) <= 128
    assert len(message.deduplication_id) <= 128


def deduplication_id(ids: tuple[str, ...], at: datetime, connection_id: str = "demo", window: int = 10) -> str:
    (message,) = contact_messages(connection_id, ids, at, window)
    assert message.deduplication_id is not None
    return message.deduplication_id


def test_the_same_ids_in_one_window_are_duplicates() -> None:
    assert deduplication_id((CUSTOMER,), NOON) == deduplication_id((CUSTOMER,), NOON + timedelta(seconds=9.999))


@pytest.mark.parametrize(
    "other",
    [
        deduplication_id((CUSTOMER,), NOON + timedelta(seconds=10)),
        deduplication_id((CUSTOMER,), NOON - timedelta(milliseconds=1)),
        deduplication_id((CUSTOMER, ORGANISATION), NOON),
        deduplication_id((ORGANISATION,), NOON),
        deduplication_id((CUSTOMER,), NOON, connection_id="other"),
    ],
    ids=["next window", "window before", "one id more", "other id", "other connection"],
)
def test_what_differs_is_no_duplicate(other: str) -> None:
    assert deduplication_id((CUSTOMER,), NOON) != other


def test_many_ids_become_several_messages_that_lose_none() -> None:
    ids = tuple(f"40000000-0000-4000-8000-{number:012}" for number in range(2 * IDS_PER_MESSAGE + 1))
    for messages in (contact_messages("demo", ids, NOON, 10), invoice_messages("demo", ids, NOON)):
        bodies = [json.loads(message.body)["ids"] for message in messages]

        assert [len(some) for some in bodies] == [IDS_PER_MESSAGE, IDS_PER_MESSAGE, 1]
        assert [one for some in bodies for one in some] == list(ids)
    assert len({message.deduplication_id for message in contact_messages("demo", ids, NOON, 10)}) == 3


class DelayedQueue:
    """What SQS promises of a FIFO queue with a delivery delay: a duplicate is dropped, the rest arrives later."""

    def __init__(self, delay: timedelta) -> None:
        self._delay = delay
        self._sent: dict[str, datetime] = {}

    def send(self, key: str, at: datetime) -> None:
        self._sent.setdefault(key, at)

    def delivered_after(self, instant: datetime) -> bool:
        return any(at + self._delay > instant for at in self._sent.values())


# Milliseconds after noon at which a record was changed, and how far the clock is off that looked at the change: two
# functions may differ by the second that the queue's delay has above the window.
edits = st.lists(st.tuples(st.integers(0, 60_000), st.integers(-499, 499)), min_size=1, max_size=20)


def lost(changes: list[tuple[int, int]], window: int, delay: float, *, windowed: bool = True) -> list[datetime]:
    """Return the changes after which no delivery follows that would read them back."""
    queue = DelayedQueue(timedelta(seconds=delay))
    instants = []
    for milliseconds, off in sorted(changes):
        instant = NOON + timedelta(milliseconds=milliseconds)
        seen_at = instant + timedelta(milliseconds=off)
        queue.send(deduplication_id((CUSTOMER,), seen_at, window=window) if windowed else "always", instant)
        instants.append(instant)
    return [instant for instant in instants if not queue.delivered_after(instant)]


@given(changes=edits, window=st.integers(1, 30))
def test_a_dropped_duplicate_never_loses_a_change(changes: list[tuple[int, int]], window: int) -> None:
    assert lost(changes, window, delay=window + 1) == []


@pytest.mark.parametrize(
    ("delay", "windowed", "changes"),
    [
        pytest.param(11, False, [(0, 0), (20_000, 0)], id="deduplication without the window number"),
        pytest.param(5, True, [(0, 0), (9_000, 0)], id="a delay shorter than the window"),
        pytest.param(10, True, [(-400, 400), (9_900, -200)], id="no margin for clocks"),
    ],
)
def test_each_part_of_the_window_is_needed(delay: float, windowed: bool, changes: list[tuple[int, int]]) -> None:
    assert lost(changes, 10, delay=delay, windowed=windowed)
    assert lost(changes, 10, delay=11) == []


@given(changes=edits)
def test_a_burst_becomes_one_message_per_window(changes: list[tuple[int, int]]) -> None:
    instants = [NOON + timedelta(milliseconds=milliseconds) for milliseconds, _ in changes]
    windows = {int(instant.timestamp()) // 10 for instant in instants}

    assert len({deduplication_id((CUSTOMER,), instant) for instant in instants}) == len(windows)
