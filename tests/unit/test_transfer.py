"""The states of a transfer: what may follow what."""

from datetime import timedelta
from decimal import Decimal
from itertools import product
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.details import told
from tests.support.samples.samples import NOW
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner
from tribe_yuki.core.ladder import HORIZON, STEPS, next_attempt
from tribe_yuki.core.texts import explain_hold
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.moves import (
    Confirm,
    Dismiss,
    Doubt,
    FindAbsent,
    FindAlike,
    FindOther,
    GiveUp,
    Hold,
    LookAgain,
    LookInYuki,
    Move,
    Prepare,
    Refuse,
    Release,
    Send,
    Skip,
    Verification,
    Wait,
)
from tribe_yuki.invoices.reasons import DoubtReason, SkipReason
from tribe_yuki.invoices.transfer import MAY_BE_IN_YUKI, TRANSITIONS, State, new_transfer

LATER = NOW + timedelta(minutes=1)
MOVES: tuple[Move, ...] = (
    Wait(WaitReason.RETRY, LATER),
    Prepare(Decimal("121.00"), None, "contact", "hash", LATER),
    Hold(HoldReason.PDF_MISSING),
    Skip(SkipReason.DRAFT),
    Dismiss(),
    Release(),
    LookAgain(LATER),
    LookInYuki(LATER),
    Send("hash", with_document=True, until=LATER),
    Refuse(HoldReason.REFUSED_BY_YUKI),
    Doubt(DoubtReason.NO_ANSWER, LATER),
    Confirm(Verification.ANSWER),
    FindAbsent(),
    FindOther(told("2026-1")[0]),
    FindAlike(told("20261")),
    GiveUp(WaitReason.RETRY),
)


def test_every_kind_of_move_is_tried_here() -> None:
    assert {type(move) for move in MOVES} == set(get_args(Move.__value__)) == {kind for _, kind in TRANSITIONS}


def test_only_a_ready_transfer_is_ever_sent() -> None:
    assert [state for (state, move) in TRANSITIONS if move is Send] == [State.READY]


def test_a_booked_transfer_is_final() -> None:
    assert not [move for (state, move) in TRANSITIONS if state is State.BOOKED]


def test_what_may_be_in_yuki_becomes_ready_again_only_when_it_is_certainly_not_there() -> None:
    back = {(state, move) for (state, move), target in TRANSITIONS.items() if target is State.READY}
    doubtful = {(state, move) for state, move in back if state in MAY_BE_IN_YUKI}
    assert doubtful == {(State.UNCONFIRMED, FindAbsent)}


def test_every_transition_that_is_not_in_the_table_is_a_defect() -> None:
    for state, move in product(State, MOVES):
        transfer = new_transfer("demo", "i", NOW)
        object.__setattr__(transfer, "state", state)
        if (state, type(move)) in TRANSITIONS:
            assert transfer.after(move, LATER).state is TRANSITIONS[state, type(move)]
        else:
            with pytest.raises(Defect):
                transfer.after(move, LATER)


def test_a_move_clears_the_reason_and_keeps_since_when_the_state_stays() -> None:
    waiting = new_transfer("demo", "i", NOW).after(Wait(WaitReason.RETRY, LATER), LATER)
    assert (waiting.since, waiting.reason) == (NOW, "retry")
    booked = waiting.after(Confirm(Verification.EXTERNAL_ID), LATER)
    assert (booked.since, booked.reason, booked.due_at) == (LATER, None, None)


@given(st.integers(min_value=0))
def test_the_ladder_lasts_at_least_75_hours_and_jitter_only_lengthens(seed: int) -> None:
    random, now = Random(seed), NOW
    for attempt, step in enumerate(STEPS, start=1):
        due = next_attempt(attempt, now, random)
        assert due is not None
        assert step <= due - now <= step * 1.1
        now = due
    assert now - NOW >= HORIZON
    assert next_attempt(len(STEPS) + 1, now, random) is None


@pytest.mark.parametrize("reason", HoldReason)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_hold_has_an_owner_and_a_sentence_without_holes(reason: HoldReason, language: str) -> None:
    assert HOLDS[reason].owner in Owner
    sentence = explain_hold(reason, language=language, code="D-1", details=told("x"), words="y")
    assert "{" not in sentence
    assert len(sentence) > 40
