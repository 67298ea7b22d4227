"""A reason to hold that a newer version stored stops nothing after the former one is deployed again."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tribe_yuki.domain.digest import KINDS, mail_of
from tribe_yuki.domain.holds import HoldReason, Owner
from tribe_yuki.domain.link import Link, LinkState
from tribe_yuki.domain.pending import PendingEvent, Route
from tribe_yuki.domain.transfer import State, Transfer
from tribe_yuki.domain.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.sync.waiting_for_people import held_records, linked_records

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
UNKNOWN = ("from_the_future", "sold_on_the_moon", "")


def stored(reason: str) -> tuple[Any, ...]:
    """Return what held_records reads, with one of each kind of record held for a reason."""
    invoice = Transfer("demo", "i-1", State.HELD, since=NOW, first_seen_at=NOW, reason=reason)
    link = Link("demo", "r-1", LinkState.HELD, since=NOW, reason=reason)
    contact = UnlinkedContact("demo", "y-1", UnlinkedState.HELD, since=NOW, reason=reason)
    event = PendingEvent("demo", Route.CONTACTS, "r-2", 0, NOW, reason, NOW)
    return (
        SimpleNamespace(in_state=lambda _, state: [invoice] if state is State.HELD else [], reported=lambda _: []),
        SimpleNamespace(in_state=lambda _, state: [link] if state is LinkState.HELD else []),
        SimpleNamespace(held=lambda _: [contact]),
        SimpleNamespace(held=lambda _: [event]),
    )


@pytest.mark.parametrize("reason", UNKNOWN[:2])
def test_what_is_held_for_a_reason_of_a_newer_version_is_told_to_the_operator(reason: str) -> None:
    waiting = list(held_records("demo", *stored(reason)))
    assert [(one.kind, one.owner) for one in waiting] == [(HoldReason.NOT_UNDERSTOOD, Owner.OPERATOR)] * 4
    assert {one.kind for one in waiting} <= set(KINDS)
    assert mail_of("demo", waiting, now=NOW, language="nl").text


def test_a_linked_contact_with_such_a_reason_is_told_too() -> None:
    link = Link("demo", "r-1", LinkState.LINKED, since=NOW, reason=UNKNOWN[0])
    (told,) = linked_records("demo", SimpleNamespace(in_state=lambda *_: [link]))
    assert (told.kind, told.owner) == (HoldReason.NOT_UNDERSTOOD, Owner.OPERATOR)


@pytest.mark.parametrize("reason", HoldReason)
def test_a_known_reason_stays_what_it_is(reason: HoldReason) -> None:
    assert HoldReason(reason.value) is reason
    assert {one.kind for one in held_records("demo", *stored(reason.value))} == {reason}


@pytest.mark.parametrize("value", [None, 7, True])
def test_what_is_no_text_is_no_reason(value: object) -> None:
    with pytest.raises(ValueError, match="not a valid HoldReason"):
        HoldReason(value)  # type: ignore[arg-type]


def test_nobody_takes_a_reason_of_a_newer_version_for_a_known_one() -> None:
    assert not any(reason in HoldReason for reason in UNKNOWN)
