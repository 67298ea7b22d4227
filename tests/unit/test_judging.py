"""What Yuki's answer to a batch means for each invoice, and what its words mean."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.samples.samples import NOW
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.details import Detail, DetailCode, error_code, outside_text
from tribe_yuki.core.errors import BudgetSpent, CredentialsRefused, Held, OutcomeUnknown
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.batch import Sending
from tribe_yuki.invoices.document.refusals import classify_refusal
from tribe_yuki.invoices.judge import DRAFT_MADE, judge_answer, judge_error, not_tried
from tribe_yuki.invoices.model import BatchAnswer, InvoiceAnswer, SalesInvoice, SalesInvoiceContact
from tribe_yuki.invoices.moves import Confirm, Doubt, Move, Refuse, Verification, Wait
from tribe_yuki.invoices.reasons import DoubtReason, UnlistedReason
from tribe_yuki.invoices.transfer import VERIFY_AFTER, State, new_transfer


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
        ("De klant is niet te bereiken via Peppol", HoldReason.PEPPOL_REFUSED),
        ("Iets wat niemand kent", HoldReason.REFUSED_BY_YUKI),
        ("", HoldReason.REFUSED_BY_YUKI),
    ],
)
def test_yukis_words_are_read_in_one_table(message: str, reason: HoldReason | None) -> None:
    assert classify_refusal(message).reason is reason


LATER = NOW + timedelta(minutes=1)


def sending(number: int, name: str = "") -> Sending:
    """Return an invoice that went out, of a customer with a name."""
    transfer = replace(new_transfer("demo", str(number), NOW), state=State.SENDING, reference=f"r{number}")
    contact = SalesInvoiceContact("D-1", name, ContactKind.ORGANISATION, "NL")
    return Sending(transfer, SalesInvoice(f"r{number}", "", "", NOW.date(), NOW.date(), "EUR", contact, ()))


def judged(*answers: InvoiceAnswer, invoices: int = 1) -> list[Move]:
    """Return what an answer means for each of some invoices."""
    batch = [sending(number, "Jansen Transport") for number in range(invoices)]
    verdicts = judge_answer(batch, BatchAnswer(answers, 0, 0, 0), NOW, write_due_at=LATER)
    return [verdict.move for verdict in verdicts]


def said(*, succeeded: bool, processed: bool = True, message: str = "", number: int = 0) -> InvoiceAnswer:
    return InvoiceAnswer(f"r{number}", succeeded, processed, message)


MASKED = "… is geen klant"
NO_ANSWER = Doubt(DoubtReason.NO_ANSWER, NOW + VERIFY_AFTER)


@pytest.mark.parametrize(
    ("answers", "move"),
    [
        ([said(succeeded=True)], Confirm(Verification.ANSWER, LATER)),
        ([said(succeeded=True), said(succeeded=True)], Confirm(Verification.ANSWER, LATER)),
        ([said(succeeded=True, processed=False)], Refuse(HoldReason.REFUSED_BY_YUKI, (), DRAFT_MADE)),
        (
            [said(succeeded=False, message="Jansen is geen klant")],
            Refuse(HoldReason.CONTACT_NOT_CUSTOMER, (outside_text(MASKED),), MASKED, is_settled=True),
        ),
        (
            [said(succeeded=False, message="bestaat al: duplicate")],
            Doubt(DoubtReason.DUPLICATE, NOW, "bestaat al: duplicate"),
        ),
        ([said(succeeded=True), said(succeeded=False)], Doubt(DoubtReason.CONTRADICTORY, NOW + VERIFY_AFTER)),
        ([], NO_ANSWER),
        ([said(succeeded=True, number=7)], NO_ANSWER),
    ],
)
def test_each_invoice_is_judged_by_the_answers_with_its_own_number(answers: list[InvoiceAnswer], move: Move) -> None:
    assert judged(*answers) == [move]


def test_the_order_of_the_answers_means_nothing() -> None:
    answers = (said(succeeded=False, number=1), said(succeeded=True, number=0))
    assert [type(move) for move in judged(*answers, invoices=2)] == [Confirm, Refuse]


def failed(error: Exception, invoices: int = 2) -> list[Move]:
    """Return what an error in place of an answer means for each of some invoices."""
    batch = [sending(number) for number in range(invoices)]
    return [verdict.move for verdict in judge_error(batch, error, NOW, Random(0))]


FACT = Detail(DetailCode.KEY_WRONG)
INVALID = Held(HoldReason.INVOICE_INVALID, FACT)


@pytest.mark.parametrize(
    ("error", "move"),
    [
        (CredentialsRefused(HoldReason.YUKI_KEY_REFUSED, FACT), Refuse(HoldReason.YUKI_KEY_REFUSED, (FACT,))),
        (INVALID, Doubt(DoubtReason.REFUSED_AS_A_WHOLE, NOW + VERIFY_AFTER, goes_alone=True)),
        (
            BudgetSpent("yuki_budget_spent", retry_after=VERIFY_AFTER),
            Wait(WaitReason.BUDGET, NOW + VERIFY_AFTER, (error_code("yuki_budget_spent"),)),
        ),
        (OutcomeUnknown("yuki_timeout"), Doubt(UnlistedReason("yuki_timeout"), NOW + VERIFY_AFTER)),
        (KeyError("x"), Doubt(UnlistedReason("KeyError"), NOW + VERIFY_AFTER)),
    ],
)
def test_of_what_is_not_certainly_undone_yuki_is_asked(error: Exception, move: Move) -> None:
    assert failed(error) == [move, move]


def test_a_document_of_one_invoice_that_is_refused_as_a_whole_is_held() -> None:
    assert failed(INVALID, invoices=1) == [Refuse(HoldReason.INVOICE_INVALID, (FACT,))]
