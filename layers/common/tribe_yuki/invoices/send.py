"""Send ready transfers in a batch that waits for more, and judge each answer by its own number (design 6.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tribe_yuki.connections.lease import SEND_LEASE, SENDING
from tribe_yuki.contacts.masking import OwnValues, mask
from tribe_yuki.core.details import outside_text
from tribe_yuki.core.errors import (
    Conflict,
    ConnectorError,
    CredentialsRefused,
    Defect,
    Held,
    OutcomeUnknown,
    Retryable,
    as_ours,
)
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.core.ladder import next_attempt
from tribe_yuki.invoices.agreement import Agreement
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.customer_checkbox import hold_unless_customers
from tribe_yuki.invoices.document.invoice import content_hash, is_pdf, with_pdf
from tribe_yuki.invoices.document.refusals import classify_refusal
from tribe_yuki.invoices.external_id import mark_for
from tribe_yuki.invoices.failure_policy import after_error, decision, store_unless_changed
from tribe_yuki.invoices.model import BatchAnswer, InvoiceAnswer, SalesInvoice, TribeAttachment
from tribe_yuki.invoices.moves import Confirm, Doubt, Refuse, Send, Verification
from tribe_yuki.invoices.prepare import FIRST_LOOK_AFTER, Prepared, prepare_invoices
from tribe_yuki.invoices.reasons import DoubtReason, UnlistedReason
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.work.leases import lease_if_free

# One call may take a minute; what follows it needs some time too.
CALL_TIMEOUT = timedelta(seconds=60)
TIME_TO_FINISH = CALL_TIMEOUT + timedelta(seconds=20)
# Yuki stops importing after this many incorrect invoices (yuki-api 4.9).
STOPS_AFTER = 6
# A silent Yuki is asked something harmless before it is told to book (docs/adr/0004).
PROBE_AFTER_SILENCE = timedelta(minutes=1)

# What Tribe gives for a PDF is fetched so often at once, and in so many attempts, before it counts as missing.
_FETCHES = 2
_ATTEMPTS_FOR_PDF = 2

DRAFT_MADE = "Yuki kept the invoice as a draft"


@dataclass(frozen=True, slots=True)
class Sending:
    """A transfer in state `sending`, with the document that goes out."""

    transfer: Transfer
    document: SalesInvoice


def send_invoices(connection: InvoiceContext, prepared: Iterable[Prepared] = ()) -> None:
    """Send what is ready, as long as there is time; leave it to whoever holds the send lease.

    `prepared` are transfers that this worker has just made ready, so that they need not be read again.
    """
    at_hand = {entry.transfer.tribe_invoice_id: entry for entry in prepared}
    if connection.is_paused or not _anything_due(connection, at_hand):
        return
    with lease_if_free(connection.leases, SENDING, connection.now(), SEND_LEASE) as is_held:
        while is_held and connection.time_left() > TIME_TO_FINISH and _send_one_batch(connection, at_hand):
            pass


def _anything_due(connection: InvoiceContext, at_hand: Mapping[str, Prepared]) -> bool:
    """Tell whether a batch may go now; otherwise have this looked at when its oldest has waited long enough."""
    ready = _ready(connection, at_hand)
    if not ready or len(ready) >= connection.settings.batch_size:
        return bool(ready)
    left = ready[0].since + timedelta(seconds=connection.settings.batch_wait_seconds) - connection.now()
    if left <= timedelta():
        return True
    delay = int(left.total_seconds()) + 1
    connection.queues.enqueue_invoices([], connection.now(), delay_seconds=delay)
    return False


def _ready(connection: InvoiceContext, at_hand: Mapping[str, Prepared]) -> list[Transfer]:
    """Return ready transfers, oldest first; the index lags, so what this worker made ready itself is added."""
    limit = 2 * connection.settings.batch_size
    found = connection.transfers.in_state(State.READY, limit=limit)
    known = {transfer.tribe_invoice_id: transfer for transfer in found}
    known |= {key: entry.transfer for key, entry in at_hand.items()}
    return sorted(known.values(), key=lambda transfer: transfer.since)


def _send_one_batch(connection: InvoiceContext, at_hand: dict[str, Prepared]) -> bool:
    """Send one batch; tell whether there may be another one."""
    candidates = _next_batch(connection, at_hand)
    full = len(candidates) >= connection.settings.batch_size
    oldest = candidates[0].since if candidates else connection.now()
    if not full and connection.now() - oldest < timedelta(seconds=connection.settings.batch_wait_seconds):
        return False
    chosen = _prepared(connection, at_hand, candidates)
    try:
        _probe_after_silence(connection, candidates)
        batch = _customers(connection, chosen)
    except Conflict:
        raise
    except ConnectorError as error:
        _postpone(connection, [entry.transfer for entry in chosen], error)
        return False
    documents = _with_documents(connection, batch)
    sending = [entry for entry in (_mark_sending_or_hold(connection, *pair) for pair in documents) if entry]
    if sending:
        _send(connection, sending)
    return bool(sending)


def _customers(connection: InvoiceContext, chosen: Sequence[Prepared]) -> list[Prepared]:
    """Return those whose contact is marked as Customer; what goes wrong with one of them holds that one alone."""
    try:
        return hold_unless_customers(connection, chosen)
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to one of them)
        if len(chosen) > 1:
            return [one for entry in chosen for one in _customers(connection, [entry])]
        _postpone(connection, [entry.transfer for entry in chosen], as_ours(error))
        return []


def _next_batch(connection: InvoiceContext, at_hand: Mapping[str, Prepared]) -> list[Transfer]:
    """Return the oldest ready transfers that may go together; one that goes alone waits until it is the oldest."""
    ready = _ready(connection, at_hand)
    if ready and ready[0].goes_alone:
        return ready[:1]
    return [transfer for transfer in ready if not transfer.goes_alone][: connection.settings.batch_size]


def _prepared(
    connection: InvoiceContext, at_hand: dict[str, Prepared], transfers: Sequence[Transfer]
) -> list[Prepared]:
    """Return ready transfers with their documents, oldest first; those that another worker prepared are read again."""
    ids = [transfer.tribe_invoice_id for transfer in transfers]
    chosen = {one: at_hand.pop(one) for one in ids if one in at_hand}
    missing = [one for one in ids if one not in chosen and _is_ready(connection, one)]
    if missing:
        chosen |= {entry.transfer.tribe_invoice_id: entry for entry in prepare_invoices(connection, missing).ready}
    return [chosen[one] for one in ids if one in chosen]


def _is_ready(connection: InvoiceContext, tribe_invoice_id: str) -> bool:
    """Tell whether a transfer is ready still: the index may be behind."""
    stored = connection.transfers.get(tribe_invoice_id)
    return stored is not None and stored.state is State.READY


def _probe_after_silence(connection: InvoiceContext, candidates: Sequence[Transfer]) -> None:
    """Ask Yuki something harmless when it has not answered for a while: a refusal now is a certain one."""
    if not candidates:
        return
    answered_at = connection.yuki_health.answered_at
    if answered_at is None or connection.now() - answered_at > PROBE_AFTER_SILENCE:
        connection.yuki.check_outstanding_item(candidates[0].reference or "")


def _postpone(connection: InvoiceContext, transfers: Iterable[Transfer], error: ConnectorError) -> None:
    now = connection.now()
    for transfer in transfers:
        later = after_error(connection, transfer, error)
        store_unless_changed(connection, later, [decision(later)])
        if later.state is State.DEAD:
            connection.queues.send_to_dead_letters(later.tribe_invoice_id, now)


def _with_documents(connection: InvoiceContext, batch: Sequence[Prepared]) -> list[tuple[Transfer, SalesInvoice]]:
    """Return the documents that fit in one call, each with its PDF; the others stay ready for the next call.

    One that cannot go now waits or is held, and keeps nobody else back.
    """
    chosen: list[tuple[Transfer, SalesInvoice]] = []
    size = 0
    for entry in batch:
        try:
            document = _document(connection, entry)
            size += connection.yuki.document_size(document)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the matter of this invoice alone)
            _postpone(connection, [entry.transfer], as_ours(error))
            continue
        if chosen and size > connection.settings.batch_bytes:
            break
        chosen.append((entry.transfer, document))
    return chosen


def _document(connection: InvoiceContext, entry: Prepared) -> SalesInvoice:
    """Return the document with its PDF; without when that is too large, unless the setting says that it is required."""
    if entry.pdf is None or connection.settings.pdf == "off":
        return entry.document
    content = _pdf(connection, entry.transfer, entry.pdf)
    may_go_without = connection.settings.pdf != "required" or entry.transfer.has_agreement(Agreement.WITHOUT_PDF)
    if content is None and not may_go_without:
        raise Held(HoldReason.PDF_MISSING)
    return with_pdf(entry.document, entry.pdf.file_name, content) if content else entry.document


def _pdf(connection: InvoiceContext, transfer: Transfer, attachment: TribeAttachment) -> bytes | None:
    """Return the PDF; None when it is too large, gone, or not one however often it is fetched.

    Yuki has no call that takes a document away again. What is no PDF may be a page of a server that is away: it is
    fetched again, and with the next attempts of the invoice. Raises Retryable until then.
    """
    largest = connection.settings.pdf_largest_bytes
    for _ in range(_FETCHES):
        content = connection.tribe.read_document(attachment.tribe_attachment_id, largest=largest)
        if content is None or is_pdf(content):
            return content
    if transfer.attempt < _ATTEMPTS_FOR_PDF:
        raise Retryable("tribe_document_unreadable", "what Tribe gives for the PDF is none")
    return None


def _mark_sending_or_hold(connection: InvoiceContext, transfer: Transfer, document: SalesInvoice) -> Sending | None:
    try:
        return _mark_sending(connection, transfer, document)
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, nothing was sent yet)
        _postpone(connection, [transfer], as_ours(error))
        return None


def _mark_sending(connection: InvoiceContext, transfer: Transfer, document: SalesInvoice) -> Sending | None:
    """Write the intent down before the call; None when another worker changed the transfer."""
    now = connection.now()
    sending = transfer.after(Send(content_hash(document), document.document is not None, now + SEND_LEASE), now)
    facts = {"send": sending.sends, "pdf": sending.with_document, "content": sending.content_hash}
    stored = store_unless_changed(connection, sending, [JournalEntry(JournalKind.ATTEMPT, "send", facts)])
    return Sending(stored, document) if stored else None


def _send(connection: InvoiceContext, batch: Sequence[Sending]) -> None:
    """Send a batch; of a document that is refused as a whole each invoice goes alone, once Yuki was asked for it."""
    try:
        answer = connection.yuki.process_sales_invoices([entry.document for entry in batch])
    except CredentialsRefused as error:
        _refuse(connection, batch, error)
    except Held as error:
        if len(batch) == 1:
            _refuse(connection, batch, error)
        else:
            _doubt(connection, batch, DoubtReason.REFUSED_AS_A_WHOLE, goes_alone=True)
    except (Retryable, Defect) as error:
        _postpone(connection, [entry.transfer for entry in batch], error)
    except OutcomeUnknown as error:
        _doubt(connection, batch, UnlistedReason(error.code))
    except Exception as error:  # noqa: BLE001 (whatever it is, Yuki may have booked them)
        _doubt(connection, batch, UnlistedReason(type(error).__name__))
    else:
        _judge(connection, batch, answer)


def _judge(connection: InvoiceContext, batch: Sequence[Sending], answer: BatchAnswer) -> None:
    """Judge each invoice by the answers that carry its own number."""
    missing = not_tried(batch, answer)
    for entry in batch:
        own = [one for one in answer.invoices if one.reference == entry.document.reference]
        if not own:
            if entry.transfer.tribe_invoice_id in missing:
                _doubt(connection, [entry], DoubtReason.NOT_TRIED)
            else:
                _doubt(connection, [entry], DoubtReason.NO_ANSWER)
        elif len(own) > 1 and len({(one.succeeded, one.processed) for one in own}) > 1:
            _doubt(connection, [entry], DoubtReason.CONTRADICTORY)
        else:
            _judge_or_doubt(connection, entry, own[0])


def _judge_or_doubt(connection: InvoiceContext, entry: Sending, answer: InvoiceAnswer) -> None:
    """Judge one invoice; when its answer is beyond us, Yuki's books tell."""
    try:
        _judge_one(connection, entry, answer)
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, the others of the batch are judged)
        _doubt(connection, [entry], UnlistedReason(type(error).__name__))


def not_tried(batch: Sequence[Sending], answer: BatchAnswer) -> frozenset[str]:
    """Return the ids of invoices that Yuki certainly did not try.

    That is only certain when six failed, all missing ones stand after the sixth failure in document order, and
    their number is what Yuki says it skipped.
    """
    answered = {one.reference: one for one in answer.invoices}
    failures = [
        position
        for position, entry in enumerate(batch)
        if (one := answered.get(entry.document.reference)) is not None and not one.succeeded
    ]
    missing = [position for position, entry in enumerate(batch) if entry.document.reference not in answered]
    if len(failures) != STOPS_AFTER or len(missing) != answer.total_skipped:
        return frozenset()
    if any(position < failures[-1] for position in missing):
        return frozenset()
    return frozenset(batch[position].transfer.tribe_invoice_id for position in missing)


def _judge_one(connection: InvoiceContext, entry: Sending, answer: InvoiceAnswer) -> None:
    if answer.succeeded and answer.processed:
        _confirm(connection, entry, answer)
    elif answer.succeeded:
        held = Held(HoldReason.REFUSED_BY_YUKI, words=DRAFT_MADE)
        _refuse(connection, [entry], held)
    else:
        words = _masked(entry, answer.message)
        refusal = classify_refusal(answer.message)
        if refusal.reason is None:
            _doubt(connection, [entry], DoubtReason.DUPLICATE, words=words, at_once=True)
        else:
            _refuse(connection, [entry], Held(refusal.reason, outside_text(words), words=words), is_settled=True)


def _confirm(connection: InvoiceContext, entry: Sending, answer: InvoiceAnswer) -> None:
    now = connection.now()
    booked = entry.transfer.after(Confirm(Verification.ANSWER, mark_due_at(connection)), now)
    words = _masked(entry, answer.message) or None
    stored = store_unless_changed(connection, booked, [JournalEntry(JournalKind.ANSWER, "booked", {"words": words})])
    if stored:
        write_external_id(connection, stored)


def mark_due_at(connection: InvoiceContext) -> datetime | None:
    """Return when somebody else has to mark an invoice in Tribe that is booked now, should this worker die first."""
    return connection.now() + SEND_LEASE if connection.settings.external_id_field is not None else None


def write_external_id(connection: InvoiceContext, booked: Transfer) -> None:
    """Mark a booked invoice in Tribe; failing to is reported, tried again if that may help, and undoes no booking."""
    field = connection.settings.external_id_field
    if field is None or booked.external_id_written:
        if booked.due_at is not None:
            store_unless_changed(connection, replace(booked, due_at=None), [])
        return
    try:
        connection.tribe.write_invoice_field(booked.tribe_invoice_id, field, mark_for(booked.reference or ""))
    except Exception as exception:  # noqa: BLE001 (whatever it is, the booking stands)
        error, attempt, due_at = as_ours(exception), booked.attempt + 1, None
        if isinstance(error, Retryable):
            connection.heed(error)
            due_at = next_attempt(attempt, connection.now(), connection.random)
        failed = replace(booked, attempt=attempt, due_at=due_at)
        facts = {"code": error.code, "due_at": due_at.isoformat() if due_at else None}
        store_unless_changed(connection, failed, [JournalEntry(JournalKind.REPORT, "external_id_not_written", facts)])
        return
    marked = replace(booked, external_id_written=True, attempt=0, due_at=None)
    store_unless_changed(
        connection, marked, [JournalEntry(JournalKind.REPORT, "external_id_written", {"field": field})]
    )


def _refuse(connection: InvoiceContext, batch: Sequence[Sending], error: Held, *, is_settled: bool = False) -> None:
    for entry in batch:
        refuse = Refuse(error.reason, error.details, _masked(entry, error.words), is_settled)
        held = entry.transfer.after(refuse, connection.now())
        store_unless_changed(connection, held, [decision(held)])
        if error.reason is HoldReason.CONTACT_NOT_CUSTOMER:
            _remember_not_customer(connection, held)


def _remember_not_customer(connection: InvoiceContext, held: Transfer) -> None:
    link = connection.links.get(held.tribe_relation_id or "")
    if link is not None and link.is_customer is not False:
        seen = JournalEntry(JournalKind.ANSWER, "not_customer")
        connection.links.save(replace(link, is_customer=False), [seen], connection.now())


def _doubt(
    connection: InvoiceContext,
    batch: Sequence[Sending],
    why: DoubtReason | UnlistedReason,
    *,
    words: str = "",
    at_once: bool = False,
    goes_alone: bool = False,
) -> None:
    """Leave transfers to verification: whether they were booked is not known."""
    now = connection.now()
    due = now if at_once else now + FIRST_LOOK_AFTER
    for entry in batch:
        unsure = entry.transfer.after(Doubt(why, due, words, goes_alone), now)
        store_unless_changed(connection, unsure, [decision(unsure)])


def _masked(entry: Sending, words: str) -> str:
    return mask(words, _own_values(entry.document))


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
