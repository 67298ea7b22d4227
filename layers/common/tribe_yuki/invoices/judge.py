"""What Yuki's answer, or the lack of one, means for each invoice that went out (design 6.3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from tribe_yuki.contacts.masking import OwnValues, mask
from tribe_yuki.core.details import outside_text
from tribe_yuki.core.errors import CredentialsRefused, Defect, Held, OutcomeUnknown, Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.batch import Sending
from tribe_yuki.invoices.document.refusals import classify_refusal
from tribe_yuki.invoices.failure_policy import move_for
from tribe_yuki.invoices.model import BatchAnswer, InvoiceAnswer, SalesInvoice
from tribe_yuki.invoices.moves import Confirm, Doubt, Move, Refuse, Verification
from tribe_yuki.invoices.reasons import DoubtReason, UnlistedReason
from tribe_yuki.invoices.transfer import VERIFY_AFTER

# Yuki stops importing after this many incorrect invoices (yuki-api 4.9).
STOPS_AFTER = 6
DRAFT_MADE = "Yuki kept the invoice as a draft"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an invoice that went out; `words` are Yuki's own about an invoice that it booked, masked."""

    sending: Sending
    move: Move
    words: str = ""


def judge_answer(
    batch: Sequence[Sending], answer: BatchAnswer, now: datetime, *, write_due_at: datetime | None
) -> Iterator[Verdict]:
    """Judge each invoice by the answers that carry its own number; `write_due_at` is as `Confirm.due_at`."""
    missing = not_tried(batch, answer)
    for sending in batch:
        own = [part for part in answer.invoices if part.reference == sending.document.reference]
        if not own:
            is_untried = sending.transfer.tribe_invoice_id in missing
            yield doubt(sending, DoubtReason.NOT_TRIED if is_untried else DoubtReason.NO_ANSWER, now)
        elif len({(part.succeeded, part.processed) for part in own}) > 1:
            yield doubt(sending, DoubtReason.CONTRADICTORY, now)
        else:
            yield _judge_or_doubt(sending, own[0], now, write_due_at)


def judge_error(batch: Sequence[Sending], error: Exception, now: datetime, random: Random) -> Iterator[Verdict]:
    """Judge a batch that came to an error: of what is not certainly undone, Yuki is asked.

    Of a document that is refused as a whole each invoice goes alone.
    """
    for sending in batch:
        match error:
            case CredentialsRefused():
                yield _refusal(sending, error)
            case Held() if len(batch) == 1:
                yield _refusal(sending, error)
            case Held():
                yield doubt(sending, DoubtReason.REFUSED_AS_A_WHOLE, now, goes_alone=True)
            case Retryable() | Defect():
                yield Verdict(sending, move_for(sending.transfer, error, now, random))
            case OutcomeUnknown():
                yield doubt(sending, UnlistedReason(error.code), now)
            case _:
                yield doubt(sending, UnlistedReason(type(error).__name__), now)


def doubt(sending: Sending, why: DoubtReason | UnlistedReason, now: datetime, *, goes_alone: bool = False) -> Verdict:
    """Leave an invoice to verification: whether it was booked is not known."""
    return Verdict(sending, Doubt(why, now + VERIFY_AFTER, goes_alone=goes_alone))


def not_tried(batch: Sequence[Sending], answer: BatchAnswer) -> frozenset[str]:
    """Return the ids of invoices that Yuki certainly did not try.

    That is only certain when six failed, all missing invoices stand after the sixth failure in document order, and
    their number is what Yuki says it skipped.
    """
    answered = {part.reference: part for part in answer.invoices}
    failures = [
        position
        for position, sending in enumerate(batch)
        if (own := answered.get(sending.document.reference)) is not None and not own.succeeded
    ]
    missing = [position for position, sending in enumerate(batch) if sending.document.reference not in answered]
    if len(failures) != STOPS_AFTER or len(missing) != answer.total_skipped:
        return frozenset()
    if any(position < failures[-1] for position in missing):
        return frozenset()
    return frozenset(batch[position].transfer.tribe_invoice_id for position in missing)


def _judge_or_doubt(sending: Sending, answer: InvoiceAnswer, now: datetime, write_due_at: datetime | None) -> Verdict:
    """Judge one invoice; when its answer is beyond us, Yuki's books tell."""
    try:
        return judge_invoice(sending, answer, now, write_due_at)
    except Exception as error:  # noqa: BLE001 (whatever it is, the others of the batch are judged)
        return doubt(sending, UnlistedReason(type(error).__name__), now)


def judge_invoice(sending: Sending, answer: InvoiceAnswer, now: datetime, write_due_at: datetime | None) -> Verdict:
    """Judge one invoice by its own part of Yuki's answer."""
    words = _masked(sending, answer.message)
    if answer.succeeded and answer.processed:
        return Verdict(sending, Confirm(Verification.ANSWER, write_due_at), words)
    if answer.succeeded:
        return _refusal(sending, Held(HoldReason.REFUSED_BY_YUKI, words=DRAFT_MADE))
    refusal = classify_refusal(answer.message)
    if refusal.reason is None:
        return Verdict(sending, Doubt(DoubtReason.DUPLICATE, now, words))
    return _refusal(sending, Held(refusal.reason, outside_text(words), words=words), is_settled=True)


def _refusal(sending: Sending, held: Held, *, is_settled: bool = False) -> Verdict:
    return Verdict(sending, Refuse(held.reason, held.details, _masked(sending, held.words), is_settled))


def _masked(sending: Sending, words: str) -> str:
    return mask(words, _own_values(sending.document))


def _own_values(document: SalesInvoice) -> OwnValues:
    contact = document.contact
    names = (
        contact.full_name,
        contact.first_name,
        contact.middle_name,
        contact.last_name,
        contact.email,
        contact.website,
        contact.address_line_1,
        contact.address_line_2,
        contact.city,
    )
    numbers = (contact.postcode, contact.vat_number, contact.coc_number, document.payment_id)
    texts = (document.subject, document.remarks, document.purchase_order_number)
    of_lines = [text for line in document.lines for text in (line.description, line.product_description)]
    return OwnValues(names, (*numbers, *texts, *of_lines), document.reference)
