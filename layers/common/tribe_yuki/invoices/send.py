"""Send the ready transfers of a connection, many per call: write the intent, call Yuki, store what the answer means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from tribe_yuki.connections.lease import SEND_LEASE, SENDING
from tribe_yuki.core.errors import Conflict, ConnectorError, as_ours
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.invoices.batch import Batch, Sending, next_batch
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.customer_checkbox import hold_unless_customers
from tribe_yuki.invoices.document.invoice import content_hash
from tribe_yuki.invoices.external_id import write_due_at, write_external_id
from tribe_yuki.invoices.failure_policy import after_error, decision, store_unless_changed
from tribe_yuki.invoices.judge import Verdict, doubt, judge_answer, judge_error
from tribe_yuki.invoices.model import SalesInvoice
from tribe_yuki.invoices.moves import Confirm, Refuse, Send
from tribe_yuki.invoices.pdf import document_with_pdf
from tribe_yuki.invoices.prepare import Prepared, prepare_invoices
from tribe_yuki.invoices.reasons import UnlistedReason
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.work.leases import lease_if_free

# One call may take a minute; what follows it needs some time too.
CALL_TIMEOUT = timedelta(seconds=60)
TIME_TO_FINISH = CALL_TIMEOUT + timedelta(seconds=20)
# A silent Yuki is asked something harmless before it is told to book (docs/adr/0004).
PROBE_AFTER_SILENCE = timedelta(minutes=1)


def send_invoices(connection: InvoiceContext, prepared: Iterable[Prepared] = ()) -> None:
    """Send what is ready, as long as there is time; leave it to whoever holds the send lease.

    `prepared` are transfers that this worker has just made ready, so that they need not be read again.
    """
    at_hand = {entry.transfer.tribe_invoice_id: entry for entry in prepared}
    if connection.is_paused or not _may_go(connection, at_hand):
        return
    with lease_if_free(connection.leases, SENDING, connection.now(), SEND_LEASE) as is_held:
        while is_held and connection.time_left() > TIME_TO_FINISH and _send_one_batch(connection, at_hand):
            pass


def _may_go(connection: InvoiceContext, at_hand: Mapping[str, Prepared]) -> bool:
    """Whether a batch may go now; otherwise have this looked at when its oldest has waited long enough."""
    batch = _next_batch(connection, at_hand)
    if batch.wait:
        delay = int(batch.wait.total_seconds()) + 1
        connection.queues.enqueue_invoices([], connection.now(), delay_seconds=delay)
    return batch.may_go


def _next_batch(connection: InvoiceContext, at_hand: Mapping[str, Prepared]) -> Batch:
    """Return the next batch; the index lags, so what this worker made ready itself is added."""
    limit = 2 * connection.settings.batch_size
    found = connection.transfers.in_state(State.READY, limit=limit)
    ready = {transfer.tribe_invoice_id: transfer for transfer in found}
    ready |= {key: entry.transfer for key, entry in at_hand.items()}
    return next_batch(ready.values(), connection.settings, connection.now())


def _send_one_batch(connection: InvoiceContext, at_hand: dict[str, Prepared]) -> bool:
    """Send one batch, and return whether there may be another."""
    batch = _next_batch(connection, at_hand)
    if not batch.may_go:
        return False
    chosen = _prepared(connection, at_hand, batch.transfers)
    try:
        probe_after_silence(connection, batch.transfers)
        customers = _customers(connection, chosen)
    except Conflict:
        raise
    except ConnectorError as error:
        _postpone(connection, [entry.transfer for entry in chosen], error)
        return False
    documents = _with_documents(connection, customers)
    sending = [entry for entry in (_write_intent_or_hold(connection, *pair) for pair in documents) if entry]
    if sending:
        _send(connection, sending)
    return bool(sending)


def _prepared(
    connection: InvoiceContext, at_hand: dict[str, Prepared], transfers: Sequence[Transfer]
) -> list[Prepared]:
    """Return ready transfers with their documents, oldest first; those that another worker prepared are read again."""
    ids = [transfer.tribe_invoice_id for transfer in transfers]
    chosen = {invoice: at_hand.pop(invoice) for invoice in ids if invoice in at_hand}
    missing = [invoice for invoice in ids if invoice not in chosen and _is_ready(connection, invoice)]
    if missing:
        chosen |= {entry.transfer.tribe_invoice_id: entry for entry in prepare_invoices(connection, missing).ready}
    return [chosen[invoice] for invoice in ids if invoice in chosen]


def _is_ready(connection: InvoiceContext, tribe_invoice_id: str) -> bool:
    """Whether a transfer is ready still: the index may be behind."""
    stored = connection.transfers.get(tribe_invoice_id)
    return stored is not None and stored.state is State.READY


def probe_after_silence(connection: InvoiceContext, transfers: Sequence[Transfer]) -> None:
    """Ask Yuki something harmless when it has not answered for a while: a refusal now is a certain one."""
    answered_at = connection.yuki_health.answered_at
    if answered_at is None or connection.now() - answered_at > PROBE_AFTER_SILENCE:
        connection.yuki.check_outstanding_item(transfers[0].reference or "")


def _customers(connection: InvoiceContext, chosen: Sequence[Prepared]) -> list[Prepared]:
    """Return those whose contact is marked as Customer; what goes wrong with one of them holds that one alone."""
    try:
        return hold_unless_customers(connection, chosen)
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to one of them)
        if len(chosen) > 1:
            return [customer for entry in chosen for customer in _customers(connection, [entry])]
        _postpone(connection, [entry.transfer for entry in chosen], as_ours(error))
        return []


def _postpone(connection: InvoiceContext, transfers: Iterable[Transfer], error: ConnectorError) -> None:
    """Store what an error makes of transfers that did not go out."""
    for transfer in transfers:
        _store(connection, after_error(connection, transfer, error))


def _store(connection: InvoiceContext, moved: Transfer, *entries: JournalEntry) -> Transfer | None:
    stored = store_unless_changed(connection, moved, entries or (decision(moved),))
    if moved.state is State.DEAD:
        connection.queues.send_to_dead_letters(moved.tribe_invoice_id, connection.now())
    return stored


def _with_documents(connection: InvoiceContext, batch: Sequence[Prepared]) -> list[tuple[Transfer, SalesInvoice]]:
    """Return the documents that fit in one call, each with its PDF; the others stay ready for the next call.

    An invoice that cannot go now waits or is held, and keeps no other back.
    """
    chosen: list[tuple[Transfer, SalesInvoice]] = []
    size = 0
    for entry in batch:
        try:
            document = document_with_pdf(connection, entry)
            size += connection.yuki.document_size(document)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the matter of this invoice alone)
            _postpone(connection, [entry.transfer], as_ours(error))
            continue
        if chosen and size > connection.settings.batch_bytes:
            break
        chosen.append((entry.transfer, document))
    return chosen


def _write_intent_or_hold(connection: InvoiceContext, transfer: Transfer, document: SalesInvoice) -> Sending | None:
    try:
        return write_intent(connection, transfer, document)
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, nothing was sent yet)
        _postpone(connection, [transfer], as_ours(error))
        return None


def write_intent(connection: InvoiceContext, transfer: Transfer, document: SalesInvoice) -> Sending | None:
    """Write the intent down before the call; None when another worker changed the transfer."""
    now = connection.now()
    sending = transfer.after(Send(content_hash(document), document.document is not None, now + SEND_LEASE), now)
    facts = {"send": sending.sends, "pdf": sending.with_document, "content": sending.content_hash}
    stored = store_unless_changed(connection, sending, [JournalEntry(JournalKind.ATTEMPT, "send", facts)])
    return Sending(stored, document) if stored else None


def _send(connection: InvoiceContext, batch: Sequence[Sending]) -> None:
    """Send a batch, and store what its answer means for each invoice."""
    try:
        answer = connection.yuki.process_sales_invoices([sending.document for sending in batch])
    except Exception as error:  # noqa: BLE001 (whatever it is, Yuki may have booked them)
        if isinstance(error, ConnectorError):
            connection.heed(error)
        verdicts = judge_error(batch, error, connection.now(), connection.random)
    else:
        verdicts = judge_answer(batch, answer, connection.now(), write_due_at=write_due_at(connection))
    for verdict in verdicts:
        _conclude_or_doubt(connection, verdict)


def _conclude_or_doubt(connection: InvoiceContext, verdict: Verdict) -> None:
    try:
        conclude(connection, verdict)
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, the others of the batch are concluded)
        conclude(connection, doubt(verdict.sending, UnlistedReason(type(error).__name__), connection.now()))


def conclude(connection: InvoiceContext, verdict: Verdict) -> None:
    """Store a verdict, and do what follows from it."""
    moved = verdict.sending.transfer.after(verdict.move, connection.now())
    match verdict.move:
        case Confirm():
            booked = JournalEntry(JournalKind.ANSWER, "booked", {"words": verdict.words or None})
            stored = _store(connection, moved, booked)
            if stored:
                write_external_id(connection, stored)
        case Refuse(HoldReason.CONTACT_NOT_CUSTOMER):
            _store(connection, moved)
            _remember_not_customer(connection, moved)
        case _:
            _store(connection, moved)


def _remember_not_customer(connection: InvoiceContext, held: Transfer) -> None:
    link = connection.links.get(held.tribe_relation_id or "")
    if link is not None and link.is_customer is not False:
        seen = JournalEntry(JournalKind.ANSWER, "not_customer")
        connection.links.save(replace(link, is_customer=False), [seen], connection.now())
