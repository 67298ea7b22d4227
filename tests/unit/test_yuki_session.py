"""One session for all processes, renewed by one of them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.details import said, told
from tribe_yuki.adapters.yuki.session import InMemorySessionStore, Sessions
from tribe_yuki.connections.yuki_session import RefusedKey, StoredSession
from tribe_yuki.core.errors import CredentialsRefused
from tribe_yuki.core.holds import HoldReason

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Process:
    """One process: its sessions and how often it authenticated."""

    def __init__(self, name: str, store: InMemorySessionStore, *, key: str = "key") -> None:
        self.name = name
        self.now = NOON
        self.opened = 0
        self.is_refused = False
        self.store = store
        self.sessions = Sessions(store, self.authenticate, lambda: self.now, key_id=key)

    def authenticate(self) -> str:
        self.opened += 1
        if self.is_refused:
            raise CredentialsRefused(HoldReason.YUKI_KEY_REFUSED, *told("withdrawn"))
        return f"{self.name}-{self.opened}"


def test_processes_share_one_session() -> None:
    store = InMemorySessionStore()
    first, second = Process("a", store), Process("b", store)
    assert [first.sessions.current(), second.sessions.current(), first.sessions.current()] == ["a-1"] * 3
    assert (first.opened, second.opened) == (1, 0)


def test_a_session_is_renewed_after_twelve_hours() -> None:
    process = Process("a", InMemorySessionStore())
    process.sessions.current()
    process.now += timedelta(hours=11, minutes=59)
    assert process.sessions.current() == "a-1"
    process.now += timedelta(minutes=1)
    assert process.sessions.current() == "a-2"


def test_a_refused_session_is_renewed_once_for_all() -> None:
    store = InMemorySessionStore()
    first, second = Process("a", store), Process("b", store)
    first.sessions.current()
    second.sessions.current()
    assert first.sessions.renew("a-1") == "a-2"
    assert second.sessions.renew("a-1") == "a-2"
    assert (first.opened, second.opened) == (2, 0)


def test_the_loser_of_a_race_uses_the_winners_session() -> None:
    store = InMemorySessionStore()
    winner, loser = Process("winner", store), Process("loser", store)

    def authenticate_while_the_other_does_too() -> str:
        winner.sessions.current()
        return "lost"

    racing = Sessions(store, authenticate_while_the_other_does_too, lambda: loser.now, key_id="key")
    assert racing.current() == "winner-1"
    assert racing.current() == "winner-1"
    stored = store.read()
    assert isinstance(stored, StoredSession)
    assert stored.session_id == "winner-1"


def test_a_doubted_session_is_not_used_again() -> None:
    process = Process("a", InMemorySessionStore())
    process.sessions.doubt(process.sessions.current())
    assert process.sessions.current() == "a-2"
    assert process.sessions.current() == "a-2"


def test_a_key_that_was_refused_is_used_by_no_process_again() -> None:
    store = InMemorySessionStore()
    first, second = Process("a", store), Process("b", store)
    first.is_refused = True
    for process in (first, first, second):
        process.now += timedelta(days=1)
        with pytest.raises(CredentialsRefused) as refused:
            process.sessions.current()
        assert said(refused.value.details) == "withdrawn"
    assert (first.opened, second.opened) == (1, 0)


def test_a_key_that_is_refused_in_a_call_is_not_used_in_another_one() -> None:
    store = InMemorySessionStore()
    first, second = Process("a", store), Process("b", store)
    session = first.sessions.current()
    first.sessions.refuse(session, CredentialsRefused(HoldReason.YUKI_KEY_REFUSED, *told("no right")))
    for process in (first, second):
        with pytest.raises(CredentialsRefused):
            process.sessions.current()
    assert (first.opened, second.opened) == (1, 0)


def test_another_key_opens_a_session_in_the_place_of_the_refused_one() -> None:
    store = InMemorySessionStore()
    store.replace(None, RefusedKey("former", told("withdrawn"), NOON))
    process = Process("a", store, key="new")
    assert process.sessions.current() == "a-1"
    assert store.read() == StoredSession("a-1", NOON)


def test_a_refusal_does_not_end_a_session_that_was_opened_meanwhile() -> None:
    store = InMemorySessionStore()
    late = Process("late", store)
    session = late.sessions.current()
    store.replace(session, StoredSession("newer", NOON))
    late.sessions.refuse(session, CredentialsRefused(HoldReason.YUKI_KEY_REFUSED))
    assert store.read() == StoredSession("newer", NOON)


def test_a_store_replaces_only_what_the_caller_saw() -> None:
    store = InMemorySessionStore()
    assert store.replace("something", StoredSession("x", NOON)) is False
    assert store.replace(None, StoredSession("x", NOON)) is True
    assert store.replace(None, StoredSession("y", NOON)) is False
    assert store.replace("x", StoredSession("y", NOON)) is True


def test_a_session_id_is_in_no_representation() -> None:
    process = Process("kanarie", InMemorySessionStore())
    process.sessions.current()
    assert "kanarie" not in f"{process.store.read()!r} {process.sessions!r}"
