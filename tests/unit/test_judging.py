"""What Yuki's answer to a batch means for each invoice, and what its words mean."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.document.refusals import classify_refusal
from tribe_yuki.invoices.model import BatchAnswer, InvoiceAnswer
from tribe_yuki.invoices.send import not_tried


@dataclass(frozen=True)
class Case:
    """Ten invoices 0…9 were sent; `failed` failed, `missing` are not in the answer."""

    failed: str
    missing: str
    skipped: int
    certain: bool


def batch() -> Any:
    return [
        SimpleNamespace(
            transfer=SimpleNamespace(tribe_invoice_id=str(number)), document=SimpleNamespace(reference=f"r{number}")
        )
        for number in range(10)
    ]


def answer(case: Case) -> BatchAnswer:
    answers = tuple(
        InvoiceAnswer(f"r{number}", succeeded=str(number) not in case.failed, processed=True)
        for number in range(10)
        if str(number) not in case.missing
    )
    return BatchAnswer(answers, 10 - len(case.failed), len(case.failed), case.skipped)


@pytest.mark.parametrize(
    "case",
    [
        Case(failed="012345", missing="6789", skipped=4, certain=True),
        Case(failed="023578", missing="9", skipped=1, certain=True),
        Case(failed="012345", missing="6789", skipped=3, certain=False),  # Yuki counts otherwise
        Case(failed="012345", missing="6789", skipped=0, certain=False),  # it says that it skipped none
        Case(failed="01234", missing="6789", skipped=4, certain=False),  # fewer than six failed
        Case(failed="123456", missing="0789", skipped=4, certain=False),  # one is missing before the sixth failure
        Case(failed="", missing="9", skipped=1, certain=False),
    ],
)
def test_only_what_yuki_certainly_did_not_try_may_be_sent_again(case: Case) -> None:
    expected = frozenset(case.missing) if case.certain else frozenset()
    assert not_tried(batch(), answer(case)) == expected


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Onjuiste artikelcategorie", HoldReason.LEDGER_UNMAPPED),
        ("Contact is niet gemarkeerd als klant", HoldReason.CONTACT_NOT_CUSTOMER),
        ("The contact is not a customer", HoldReason.CONTACT_NOT_CUSTOMER),
        ("Het contact is inactief", HoldReason.CONTACT_INACTIVE_IN_YUKI),
        ("Referentie 2026-0107 bestaat al", None),
        ("A duplicate invoice reference", None),
        ("Iets wat niemand kent", HoldReason.REFUSED_BY_YUKI),
        ("", HoldReason.REFUSED_BY_YUKI),
    ],
)
def test_yukis_words_are_read_in_one_table(message: str, reason: HoldReason | None) -> None:
    assert classify_refusal(message).reason is reason
