"""The rules that decide whether an invoice may be sent, each by itself and in their order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples.samples import NOW, settings
from tribe_yuki.connections.settings import PhaseMeaning
from tribe_yuki.contacts.model import ContactKind, TribeRelation
from tribe_yuki.core.details import Detail, DetailCode, phase_code
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.details import sends
from tribe_yuki.invoices.external_id import ExternalId
from tribe_yuki.invoices.model import TribeAttachment, TribeInvoice
from tribe_yuki.invoices.moves import Confirm, Doubt, Hold, Move, Skip, Verification, Wait
from tribe_yuki.invoices.readiness import AS_READ, AS_STORED, MAY_BE_BOOKED, Facts, Rule, first_move, sent_too_often
from tribe_yuki.invoices.reasons import DoubtReason, SkipReason
from tribe_yuki.invoices.transfer import MOST_SENDS, VERIFY_AFTER, Transfer, new_transfer

INVOICE = TribeInvoice(
    tribe_invoice_id="i",
    number="2026-1",
    subject=None,
    phase_code="Sent",
    is_final=True,
    currency="EUR",
    is_vat_included=False,
    discount_percentage=Decimal(0),
    amount=Decimal("100.00"),
    invoice_date=date(2026, 11, 20),
    due_date=None,
    relation=TribeRelation("r", ContactKind.ORGANISATION, "Voorbeeld B.V."),
    modified_at=NOW,
)
FLAW = Detail(DetailCode.LINES_CUT_OFF)
HOUR = timedelta(hours=1)
OLD = date(2025, 12, 31)
SINCE = (Detail(DetailCode.SENT_SINCE_ACTIVATION),)
SEEN = NOW - HOUR
READY: Transfer = replace(new_transfer("demo", "i", SEEN), reference="2026-1")


def invoice(**changes: Any) -> TribeInvoice:
    return replace(INVOICE, **changes)


def paper(*, days: int) -> TribeAttachment:
    """Return the PDF of the invoice, made some days ago."""
    return TribeAttachment("a", "2026-1.pdf", "application/pdf", NOW - timedelta(days=days))


def facts(
    read: TribeInvoice | None = INVOICE,
    transfer: Transfer = READY,
    *,
    found: ExternalId = ExternalId.NONE,
    **changes: Any,
) -> Facts:
    """Return the facts about an invoice that was sent an hour ago, and may be sent by everything but the changes."""
    known: dict[str, Any] = {
        "standing": PhaseMeaning.SENT if read else None,
        "settings": settings(pdf="off"),
        "now": NOW,
        "is_paused": False,
        "had_first_look": True,
        "external_id": lambda: found,
    }
    return Facts(transfer=transfer, read=read, **(known | changes))


def transfer(**changes: Any) -> Transfer:
    return replace(READY, **changes)


@pytest.mark.parametrize("rules", [AS_STORED, AS_READ, (*MAY_BE_BOOKED, sent_too_often)])
def test_nothing_keeps_a_whole_invoice_back(rules: tuple[Rule, ...]) -> None:
    assert first_move(rules, facts()) is None


@pytest.mark.parametrize(
    ("about", "move"),
    [
        (facts(transfer=transfer(sent_as="2026-1")), None),
        (facts(None, transfer(sent_as="2026-1")), Doubt(DoubtReason.CHANGED, NOW, number="2026-1")),
        (
            facts(invoice(number="2026-2"), transfer(sent_as="2026-1", sent_at=NOW)),
            Doubt(DoubtReason.CHANGED, NOW + VERIFY_AFTER, number="2026-1"),
        ),
        (facts(None), Skip(SkipReason.GONE)),
        (facts(standing=PhaseMeaning.DRAFT), Skip(SkipReason.DRAFT)),
    ],
)
def test_what_is_stored_decides_first(about: Facts, move: Move | None) -> None:
    assert first_move(AS_STORED, about) == move


@pytest.mark.parametrize(
    ("about", "move"),
    [
        (facts(standing=PhaseMeaning.EXCLUDED), Skip(SkipReason.PHASE, (phase_code("Sent"),))),
        (facts(found=ExternalId.OURS), Confirm(Verification.EXTERNAL_ID)),
        (facts(found=ExternalId.FOREIGN), Skip(SkipReason.EXTERNAL_ID)),
        (facts(found=ExternalId.COPIED), None),
        (facts(invoice(invoice_date=OLD)), Skip(SkipReason.BEFORE_START, SINCE)),
        (facts(invoice(invoice_date=OLD, attachments=(paper(days=300),))), Skip(SkipReason.BEFORE_START, SINCE)),
        (facts(invoice(invoice_date=OLD, attachments=(paper(days=400),))), Skip(SkipReason.BEFORE_START)),
        (facts(invoice(invoice_date=OLD, phase_code="Reminder1")), Skip(SkipReason.BEFORE_START)),
        (facts(invoice(invoice_date=OLD), found=ExternalId.FOREIGN), Skip(SkipReason.BEFORE_START, SINCE)),
        (facts(invoice(amount=None)), Skip(SkipReason.EMPTY)),
        (facts(invoice(number=None)), Hold(HoldReason.NUMBER_MISSING)),
        (facts(invoice(is_final=False)), Hold(HoldReason.INVOICE_INVALID, (Detail(DetailCode.NOT_FINAL),))),
        (facts(settings=settings(pdf="required")), Hold(HoldReason.PDF_MISSING)),
        (facts(settings=settings(pdf="when_found")), None),
        (facts(is_paused=True), Wait(WaitReason.PAUSED, NOW)),
        (facts(had_first_look=False), Wait(WaitReason.FIRST_LOOK, NOW + timedelta(minutes=15))),
        (facts(invoice(flaws=(FLAW,))), Hold(HoldReason.INVOICE_INVALID, (FLAW,))),
        (facts(invoice(relation=None)), Hold(HoldReason.INVOICE_INVALID, (Detail(DetailCode.CUSTOMER_MISSING),))),
    ],
)
def test_then_the_invoice_as_it_was_read(about: Facts, move: Move | None) -> None:
    assert first_move(AS_READ, about) == move


@pytest.mark.parametrize(
    ("read", "pdf", "why", "minutes"),
    [
        (invoice(number=None), "off", WaitReason.NUMBER, 1),
        (invoice(is_final=False), "off", WaitReason.NUMBER, 1),
        (INVOICE, "required", WaitReason.PDF, 1),
        (INVOICE, "when_found", WaitReason.PDF, 2),
    ],
)
def test_what_tribe_may_still_save_is_waited_for(read: TribeInvoice, pdf: str, why: WaitReason, minutes: int) -> None:
    about = facts(read, transfer(first_seen_at=NOW), settings=settings(pdf=pdf))
    assert first_move(AS_READ, about) == Wait(why, NOW + timedelta(minutes=minutes))


def test_a_flaw_holds_an_invoice_whatever_else_it_lacks() -> None:
    odd = invoice(flaws=(FLAW,), number=None, is_final=False)
    assert isinstance(first_move(AS_READ, facts(odd, transfer(first_seen_at=NOW))), Hold)


def test_a_person_may_let_it_go_without_its_pdf() -> None:
    agreed = READY.agree(Agreed(Agreement.WITHOUT_PDF))
    assert first_move(AS_READ, facts(transfer=agreed, settings=settings(pdf="required"))) is None


def test_the_external_id_is_asked_for_only_when_nothing_else_decides_before() -> None:
    def ask() -> ExternalId:
        raise AssertionError

    assert first_move(AS_STORED, facts(None, external_id=ask)) is not None
    assert first_move(AS_READ, facts(standing=PhaseMeaning.EXCLUDED, external_id=ask)) is not None


@pytest.mark.parametrize(
    ("about", "why"),
    [
        (lambda **known: facts(transfer=transfer(verify_first=True, **known)), DoubtReason.MISSED),
        (lambda **known: facts(transfer=transfer(held_since=SEEN, **known)), DoubtReason.HELD),
        (lambda **known: facts(transfer=transfer(sends=1, **known)), DoubtReason.ATTEMPTED),
        (lambda **known: facts(transfer=transfer(**known), found=ExternalId.COPIED), DoubtReason.MARKED),
        (
            lambda **known: facts(invoice(modified_at=settings().activated_at - HOUR), transfer(**known)),
            DoubtReason.BEFORE_ACTIVATION,
        ),
    ],
)
def test_what_may_be_in_yuki_is_asked_for(about: Callable[..., Facts], why: DoubtReason) -> None:
    assert first_move(MAY_BE_BOOKED, about()) == Doubt(why, NOW)
    is_asked_anyway = why in (DoubtReason.MISSED, DoubtReason.HELD)
    assert (first_move(MAY_BE_BOOKED, about(absent_number="2026-1")) is not None) is is_asked_anyway


def test_what_was_held_for_a_moment_was_not_typed_in() -> None:
    assert first_move(MAY_BE_BOOKED, facts(transfer=transfer(held_since=NOW - timedelta(minutes=10)))) is None


def test_it_is_not_sent_for_ever() -> None:
    often = transfer(sends=MOST_SENDS)
    assert sent_too_often(facts(transfer=often)) == Hold(HoldReason.NOT_CONFIRMED, (sends(MOST_SENDS),))
    assert sent_too_often(facts(transfer=often.agree(Agreed(Agreement.SEND_AGAIN, (sends(MOST_SENDS),))))) is None
