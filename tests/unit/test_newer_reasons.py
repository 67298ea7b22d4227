"""What a newer version stored stops nothing after the former one is deployed again."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.world.virtual_dynamodb import VirtualDynamoDb
from tests.support.world.world_tables import ID_MAP, JOURNAL, create_tables
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.transfers import Transfers, transfer_to_item
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.core.texts import explain_hold
from tribe_yuki.invoices.reasons import UnlistedReason
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.digest import mail_of
from tribe_yuki.people.open_item import KINDS
from tribe_yuki.people.open_items import held_records, linked_records

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
UNKNOWN = ("from_the_future", "sold_on_the_moon", "")


def stored(reason: str) -> Any:
    """Return what held_records reads, with one of each kind of record held for a reason."""
    invoice = Transfer("demo", "i-1", State.HELD, since=NOW, first_seen_at=NOW, reason=UnlistedReason(reason))
    link = Link("demo", "r-1", LinkState.HELD, since=NOW, reason=reason)
    contact = UnlinkedContact("demo", "y-1", UnlinkedState.HELD, since=NOW, reason=reason)
    event = DeferredEvent("demo", Route.CONTACTS, "r-2", 0, NOW, reason, NOW)
    return SimpleNamespace(
        transfers=SimpleNamespace(in_state=lambda state: [invoice] if state is State.HELD else [], reported=list),
        links=SimpleNamespace(in_state=lambda state: [link] if state is LinkState.HELD else []),
        unlinked=SimpleNamespace(held=lambda: [contact]),
        deferred=SimpleNamespace(held=lambda: [event]),
    )


@pytest.mark.parametrize("reason", UNKNOWN[:2])
def test_what_is_held_for_a_reason_of_a_newer_version_is_told_to_the_operator(reason: str) -> None:
    waiting = list(held_records(stored(reason)))
    assert [(one.kind, one.owner) for one in waiting] == [(HoldReason.NOT_UNDERSTOOD, Owner.OPERATOR)] * 4
    assert {one.kind for one in waiting} <= set(KINDS)
    assert mail_of("demo", waiting, now=NOW, language="nl").text


def test_a_linked_contact_with_such_a_reason_is_told_too() -> None:
    link = Link("demo", "r-1", LinkState.LINKED, since=NOW, reason=UNKNOWN[0])
    stores: Any = SimpleNamespace(links=SimpleNamespace(in_state=lambda _: [link]))
    (told,) = linked_records(stores)
    assert (told.kind, told.owner) == (HoldReason.NOT_UNDERSTOOD, Owner.OPERATOR)


@pytest.mark.parametrize("reason", HoldReason)
def test_a_known_reason_stays_what_it_is(reason: HoldReason) -> None:
    assert HoldReason(reason.value) is reason
    assert {one.kind for one in held_records(stored(reason.value))} == {reason}


@pytest.mark.parametrize("value", [None, 7, True])
def test_what_is_no_text_is_no_reason(value: object) -> None:
    with pytest.raises(ValueError, match="not a valid HoldReason"):
        HoldReason(value)  # type: ignore[arg-type]


def test_nobody_takes_a_reason_of_a_newer_version_for_a_known_one() -> None:
    assert not any(reason in HoldReason for reason in UNKNOWN)


def newer(transfer: Transfer, **odd: Any) -> dict[str, Any]:
    """Return a stored transfer as a newer version may have written it."""
    return {**transfer_to_item(transfer), **odd}


@pytest.mark.parametrize(
    "odd",
    [
        {"agreed": ["on_the_moon", "2026-1"]},
        {"sends": "twice"},
        {"invoice_date": "the day after"},
    ],
    ids=["an agreement", "a number", "a date"],
)
def test_a_transfer_that_cannot_be_read_keeps_no_other_from_its_turn(odd: dict[str, Any]) -> None:
    tables = VirtualDynamoDb()
    create_tables(tables)
    db = DynamoDb(tables)  # type: ignore[arg-type]
    transfers = Transfers(db, ID_MAP, "demo", Journal(db, JOURNAL, "demo"))
    for state in (State.READY, State.HELD):
        for number in (1, 2):
            one = Transfer("demo", f"{state}-{number}", state, since=NOW, first_seen_at=NOW, reference=f"2026-{number}")
            db.put(ID_MAP, newer(one, **(odd if number == 1 else {})))

    assert [one.tribe_invoice_id for one in transfers.in_state(State.READY)] == ["ready-2"]
    held = {one.tribe_invoice_id: one for one in transfers.in_state(State.HELD)}
    assert held["held-1"].reason == HoldReason.NOT_UNDERSTOOD
    assert (held["held-1"].reference, held["held-2"].reason) == ("2026-1", None)
    assert explain_hold(HoldReason.NOT_UNDERSTOOD, language="nl", details=held["held-1"].details).startswith("Iets in")
    assert len(transfers.page(limit=10)) == 3
    with pytest.raises(Defect, match="deploy the one that wrote it"):
        transfers.get("ready-1")
