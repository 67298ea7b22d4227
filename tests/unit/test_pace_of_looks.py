"""How often is looked at what waits: seldom enough for Yuki's calls, and never not at all."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tribe_yuki.connections.codes_of_yuki import BETWEEN_READINGS
from tribe_yuki.contacts.held_links import WAITS_FOR_A_CONTACT
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.look_at_held import IN_TRIBE
from tribe_yuki.invoices.missing_codes import patience_with_codes

POLL = timedelta(minutes=15)
# What ends these is told to us, or is said by a person; a look would send what Yuki refused, or read a PDF each time.
TOLD = {
    HoldReason.CONTACT_GONE_IN_YUKI,
    HoldReason.TOTALS_DIFFER,
    HoldReason.REFERENCE_IN_USE,
    HoldReason.MAYBE_ALREADY_BOOKED,
    HoldReason.REFUSED_BY_YUKI,
    HoldReason.MAYBE_ALREADY_BOOKED,
    HoldReason.PEPPOL_REFUSED,
    HoldReason.NOT_CONFIRMED,
    HoldReason.TRIBE_CONSENT_NEEDED,
    HoldReason.YUKI_KEY_REFUSED,
}


def test_each_reason_is_looked_at_or_told() -> None:
    looked_at = IN_TRIBE | WAITS_FOR_A_CONTACT | {HoldReason.CONTACT_NOT_CUSTOMER}
    assert looked_at.isdisjoint(TOLD)
    assert looked_at | TOLD == set(HoldReason)


def readings(days: int) -> list[timedelta]:
    """Return the ages of a hold at which its polls have Yuki asked for its codes."""
    asked, last = [], -timedelta(days=1)
    for poll in range(1, days * 24 * 4 + 1):
        age = poll * POLL
        if age - last > max(patience_with_codes(age), BETWEEN_READINGS):
            asked.append(age)
            last = age
    return asked


def test_what_lacks_a_code_has_yuki_asked_at_each_poll_at_first() -> None:
    assert readings(1)[:15] == [poll * POLL for poll in range(1, 16)]


def test_what_lacks_a_code_costs_few_calls_and_never_none() -> None:
    ages = readings(10)
    assert 2 * sum(age <= timedelta(days=1) for age in ages) < 90
    assert max(later - earlier for earlier, later in pairwise(ages)) <= timedelta(hours=2) + POLL


@pytest.mark.parametrize("held_for", [timedelta(), timedelta(days=400)])
def test_patience_has_an_end(held_for: timedelta) -> None:
    assert timedelta() <= patience_with_codes(held_for) <= timedelta(hours=2)
