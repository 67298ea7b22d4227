"""What each decision of a person makes of an invoice as it stands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.support.samples.samples import NOW
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.details import edited, more_than_rounding, sends, times_in_yuki, total_differs
from tribe_yuki.invoices.reasons import DoubtReason, ReportReason, SkipReason
from tribe_yuki.invoices.transfer import State, Transfer, new_transfer
from tribe_yuki.people.choices import Change, Choice, accept, dismiss, release_dead, retry, round_totals, say_booked

CENT = total_differs("incl", Decimal("1.00"), Decimal("1.01"))
SEEN = Agreed(Agreement.SEEN, (edited(["date"]), times_in_yuki(2)))
LATER = NOW + timedelta(hours=1)
type Choose = Callable[[Transfer, datetime], Choice]
EVERY: tuple[Choose, ...] = (retry, accept, round_totals, say_booked, dismiss, partial(release_dead, at=LATER))


def transfer(state: State, **changes: Any) -> Transfer:
    known = replace(new_transfer("demo", "i", NOW - timedelta(days=1)), state=state, reference="2026-1")
    return replace(known, **changes)


def changed(choice: Choice) -> Transfer:
    assert isinstance(choice, Change)
    return choice.transfer


@pytest.mark.parametrize("choose", EVERY)
@pytest.mark.parametrize("state", State)
def test_nothing_is_sent_by_deciding(choose: Choose, state: State) -> None:
    try:
        choice = choose(transfer(state), NOW)
    except Declined:
        return
    after = choice.transfer.state if isinstance(choice, Change) else state
    assert after is state or after not in (State.READY, State.SENDING)


@pytest.mark.parametrize("state", [State.HELD, State.DEAD, State.SKIPPED])
def test_what_was_sent_is_asked_for_before_it_is_sent_again(state: State) -> None:
    doubted = changed(retry(transfer(state, sends=2), NOW))
    assert (doubted.state, doubted.reason, doubted.due_at) == (State.UNCONFIRMED, DoubtReason.RETRIED, NOW)
    assert doubted.has_agreement(Agreement.SEND_AGAIN, sends(2))
    again = changed(retry(transfer(state), NOW))
    assert (again.state, again.reason, again.agreements) == (State.WAITING, WaitReason.DECIDED, ())


def test_a_number_that_yuki_has_is_asked_for_too() -> None:
    held = transfer(State.HELD, reason=HoldReason.REFERENCE_IN_USE)
    doubted = changed(retry(held, NOW, is_number_in_yuki=True))
    assert (doubted.state, doubted.agreements) == (State.UNCONFIRMED, (Agreed(Agreement.SAME_NUMBER),))


def test_accepting_and_rounding_hold_for_what_was_shown() -> None:
    differing = transfer(State.HELD, reason=HoldReason.TOTALS_DIFFER, details=(CENT,))
    assert changed(accept(differing, NOW)).agreements == (Agreed(Agreement.OTHER_TOTALS, (CENT,)),)
    rounded = changed(round_totals(differing, NOW))
    assert rounded.agreements == (Agreed(Agreement.ROUNDING, (CENT,)),)
    with pytest.raises(Declined, match="no line of a few cents"):
        round_totals(replace(differing, agreements=rounded.agreements), NOW)


def test_an_invoice_without_pdf_goes_whatever_the_detail() -> None:
    held = transfer(State.HELD, reason=HoldReason.PDF_MISSING, details=(CENT,))
    assert changed(accept(held, NOW)).agreements == (Agreed(Agreement.WITHOUT_PDF),)


def test_a_report_is_accepted_part_by_part() -> None:
    reported = transfer(
        State.BOOKED, reason=ReportReason.EDITED_AFTER_SENT, details=(edited(["date"]), times_in_yuki(2))
    )
    seen = changed(accept(reported, NOW))
    assert (seen.state, seen.reason, seen.agreements) == (State.BOOKED, None, (SEEN,))


def test_what_is_said_to_be_booked_takes_its_number_and_is_due_to_be_marked() -> None:
    choice = say_booked(transfer(State.DEAD), NOW)
    assert isinstance(choice, Change)
    assert (choice.is_booked, choice.transfer.state, choice.transfer.due_at) == (True, State.BOOKED, NOW)
    with pytest.raises(Declined, match="no number"):
        say_booked(transfer(State.HELD, reference=None), NOW)


def test_what_is_dismissed_is_looked_for_in_yuki_should_it_be_retried() -> None:
    dismissed = changed(dismiss(transfer(State.WAITING), NOW))
    assert (dismissed.reason, dismissed.held_since) == (SkipReason.DISMISSED, dismissed.first_seen_at)
    assert dismiss(dismissed, NOW) == "It was dismissed already."
    with pytest.raises(Declined):
        dismiss(transfer(State.UNCONFIRMED), NOW)


def test_only_what_is_given_up_is_redriven_and_takes_its_turn() -> None:
    assert changed(release_dead(transfer(State.DEAD), NOW, LATER)).due_at == LATER
    assert changed(release_dead(transfer(State.DEAD, sends=1), NOW, LATER)).state is State.UNCONFIRMED
    assert isinstance(release_dead(transfer(State.HELD), NOW, LATER), str)


@pytest.mark.parametrize("choose", [accept, round_totals])
def test_nobody_may_have_more_than_rounding_booked(choose: Choose) -> None:
    details = (total_differs("incl", Decimal("1210.00"), Decimal("1090.00")), more_than_rounding(Decimal("0.05")))
    with pytest.raises(Declined) as declined:
        choose(transfer(State.HELD, reason=HoldReason.TOTALS_DIFFER, details=details), NOW)
    assert declined.value.code == "more_than_rounding"
    assert "already-booked" in str(declined.value)
    cents = transfer(State.HELD, reason=HoldReason.TOTALS_DIFFER, details=details[:1])
    assert changed(choose(cents, NOW)).state is State.WAITING
