"""Transfers as they are stored, by this version and by earlier and later ones."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.details import told
from tests.support.samples.samples import NOW
from tribe_yuki.adapters.aws.transfers import transfer_from_item, transfer_to_item
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.reasons import DoubtReason, Reason, ReportReason, SkipReason, UnlistedReason
from tribe_yuki.invoices.transfer import State, Transfer, new_transfer

SEEN, PDF = Agreed(Agreement.SEEN, told("date")), Agreed(Agreement.WITHOUT_PDF)
OLD_SEEN = {"to": "seen", "detail": "date"}


def transfer(state: State = State.WAITING, **changes: Any) -> Transfer:
    return replace(new_transfer("demo", "i", NOW), state=state, **changes)


def test_agreements_are_stored_and_read_again() -> None:
    agreed = transfer().agree(PDF).agree(SEEN)
    item = transfer_to_item(agreed)
    assert item["agreements"] == [{"to": "seen", "detail": "edited?fields=date"}, {"to": "without_pdf", "detail": ""}]
    assert transfer_from_item(item) == agreed


def test_without_agreements_nothing_is_stored_of_them() -> None:
    assert "agreements" not in transfer_to_item(transfer())


@pytest.mark.parametrize(
    ("stored", "agreements"),
    [
        ({"agreed": {"to": "seen", "detail": "date"}}, (SEEN,)),
        (
            {"agreed": {"to": "seen", "detail": "date"}, "also_agreed": [{"to": "without_pdf", "detail": ""}]},
            (SEEN, PDF),
        ),
    ],
)
def test_agreements_of_earlier_versions_are_read(stored: dict[str, Any], agreements: tuple[Agreed, ...]) -> None:
    assert transfer_from_item(transfer_to_item(transfer()) | stored).agreements == agreements


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.WAITING, WaitReason.MISSED),
        (State.UNCONFIRMED, DoubtReason.MISSED),
        (State.UNCONFIRMED, UnlistedReason("yuki_timeout")),
        (State.HELD, HoldReason.PDF_MISSING),
        (State.SKIPPED, SkipReason.GONE),
        (State.BOOKED, ReportReason.EDITED_AFTER_SENT),
        (State.DEAD, WaitReason.DEFECT),
        (State.HELD, UnlistedReason("sold_on_the_moon")),
    ],
)
def test_a_reason_is_read_as_what_it_means_in_its_state(state: State, reason: Reason) -> None:
    read = transfer_from_item(transfer_to_item(transfer(state, reason=reason))).reason
    assert (read, type(read)) == (reason, type(reason))
