"""Read a Tribe invoice back and decide: ready to be sent, waiting, held, or not for Yuki (design 6.1)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tribe_yuki.domain.contact import TribeRelation
from tribe_yuki.domain.errors import Conflict, ConnectorError, Held, OutcomeUnknown, Retryable
from tribe_yuki.domain.holds import HoldReason
from tribe_yuki.domain.invoice import SalesInvoice, TribeAttachment, TribeInvoice
from tribe_yuki.domain.journal import JournalEntry, JournalKind
from tribe_yuki.domain.link import Link
from tribe_yuki.domain.transfer import (
    MAY_BE_IN_YUKI,
    SKIP_BEFORE_START,
    SKIP_EXTERNAL_ID,
    SKIP_GONE,
    WAIT_FIRST_LOOK,
    WAIT_NUMBER,
    WAIT_PAUSED,
    WAIT_PDF,
    Event,
    State,
    Transfer,
    new_transfer,
)
from tribe_yuki.domain.vat import CustomerVat
from tribe_yuki.mapping.invoice_contact import InvoiceContactOptions, invoice_contact
from tribe_yuki.mapping.sales_invoice import MappedInvoice, choose_pdf, content_hash, map_invoice
from tribe_yuki.sync.connection import Connection
from tribe_yuki.sync.link_contact import link_contact
from tribe_yuki.sync.outcome import after_error, decision

OUR_MARK = "yuki:"
NUMBER_PATIENCE = timedelta(minutes=30)
PDF_PATIENCE = timedelta(minutes=2)
_LOOK_AGAIN = timedelta(minutes=1)
_TRIES_AFTER_CONFLICT = 3
_RELEASED_BY_AN_EVENT = frozenset({State.SKIPPED, State.DEAD})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transfer that is ready, with its document as long as this worker lives; the PDF is read when it is sent."""

    transfer: Transfer
    document: SalesInvoice
    pdf: TribeAttachment | None


def prepare_invoice(connection: Connection, tribe_invoice_id: str) -> Prepared | None:
    """Read an invoice back, store where its transfer stands, and return it when it is ready.

    Never touches a transfer that may be in Yuki already, except to report that the invoice changed afterwards.
    """
    for _ in range(_TRIES_AFTER_CONFLICT):
        try:
            return _prepare(connection, tribe_invoice_id)
        except Conflict:
            continue  # another worker was faster: look at what it stored
    raise Retryable("changed_meanwhile", "another worker has this invoice")


def _prepare(connection: Connection, tribe_invoice_id: str) -> Prepared | None:
    now = connection.now()
    stored = connection.transfers.get(connection.connection_id, tribe_invoice_id)
    if stored is not None and stored.state in MAY_BE_IN_YUKI:
        _report_later_change(connection, stored)
        return None
    transfer = stored or new_transfer(connection.connection_id, tribe_invoice_id, now)
    if transfer.state in _RELEASED_BY_AN_EVENT:
        transfer = transfer.move(Event.RELEASE, now)
    outcome = _guarded(connection, transfer, lambda: _read_and_decide(connection, stored, transfer))
    if isinstance(outcome, Transfer):
        _store(connection, stored, outcome)
        return None
    return outcome


type Outcome = Prepared | Transfer | None
"""Ready; or a transfer in another state, still to be stored; or nothing to store."""


def _guarded(connection: Connection, transfer: Transfer, decide: Callable[[], Outcome]) -> Outcome:
    """Return what was decided, or what an error makes of the transfer."""
    try:
        return decide()
    except Conflict:
        raise
    except ConnectorError as error:
        return after_error(connection, transfer, error)


def _read_and_decide(connection: Connection, stored: Transfer | None, transfer: Transfer) -> Outcome:
    now = connection.now()
    invoice = connection.tribe.read_invoice(transfer.tribe_invoice_id)
    if invoice is None:
        return transfer.move(Event.SKIP, now, reason=SKIP_GONE) if stored else None
    if not connection.settings.is_sent(invoice.phase_code):
        return None  # a draft; the next event brings it back
    known = replace(
        transfer,
        read_at=now,
        reference=invoice.number,
        invoice_date=invoice.invoice_date,
        currency=invoice.currency,
        tribe_relation_id=invoice.relation.tribe_relation_id if invoice.relation else None,
        contact_code=invoice.relation.debtor_number if invoice.relation else None,
    )
    decided = _decide_without_yuki(connection, known, invoice)
    return decided or _guarded(connection, known, lambda: _make_ready(connection, stored, known, invoice))


def _decide_without_yuki(connection: Connection, transfer: Transfer, invoice: TribeInvoice) -> Transfer | None:
    """Return the transfer when the invoice alone decides, None when it is to be made ready."""
    now, settings = connection.now(), connection.settings
    mark = invoice.fields.get(settings.external_id_field or "")
    if mark:
        return _already_marked(transfer, mark, now)
    if invoice.invoice_date and invoice.invoice_date < settings.start_date:
        return transfer.move(Event.SKIP, now, reason=SKIP_BEFORE_START)
    if not invoice.number:
        return _wait_or_hold(transfer, now, WAIT_NUMBER, Held(HoldReason.NUMBER_MISSING))
    if not invoice.is_final:
        final = Held(HoldReason.INVOICE_INVALID, detail="it is Sent but not final")
        return _wait_or_hold(transfer, now, WAIT_NUMBER, final)
    return _wait_for_pdf(connection, transfer) if choose_pdf(invoice) is None else None


def _already_marked(transfer: Transfer, mark: str, now: datetime) -> Transfer:
    """Link an invoice that carries our mark; one with another system's mark is not ours to send."""
    if not mark.startswith(OUR_MARK):
        return transfer.move(Event.SKIP, now, reason=SKIP_EXTERNAL_ID)
    return transfer.move(
        Event.CONFIRM,
        now,
        reference=mark.removeprefix(OUR_MARK),
        verification="external_id",
        booked_at=now,
        external_id_written=True,
    )


def _wait_for_pdf(connection: Connection, transfer: Transfer) -> Transfer | None:
    now = connection.now()
    match connection.settings.pdf:
        case "required":
            return _wait_or_hold(transfer, now, WAIT_PDF, Held(HoldReason.PDF_MISSING))
        case "when_found" if now < transfer.first_seen_at + PDF_PATIENCE:
            return transfer.move(Event.WAIT, now, reason=WAIT_PDF, due_at=transfer.first_seen_at + PDF_PATIENCE)
        case _:
            return None


def _wait_or_hold(transfer: Transfer, now: datetime, reason: str, hold: Held) -> Transfer:
    deadline = transfer.first_seen_at + NUMBER_PATIENCE
    if now >= deadline:
        return transfer.move(Event.HOLD, now, reason=hold.reason.value, detail=hold.detail)
    return transfer.move(Event.WAIT, now, reason=reason, due_at=min(now + _LOOK_AGAIN, deadline))


def _make_ready(connection: Connection, stored: Transfer | None, transfer: Transfer, invoice: TribeInvoice) -> Outcome:
    now = connection.now()
    if connection.is_paused:
        return transfer.move(Event.WAIT, now, reason=WAIT_PAUSED, due_at=now)
    if not connection.had_first_look:
        return transfer.move(Event.WAIT, now, reason=WAIT_FIRST_LOOK, due_at=now + _LOOK_AGAIN)
    if invoice.relation is None:
        raise Held(HoldReason.INVOICE_INVALID, detail="the customer is missing")
    mapped = _map(connection, invoice, invoice.relation)
    link = _link(connection, invoice.relation, transfer.read_at or now)
    if link.is_customer is False:
        raise Held(HoldReason.CONTACT_NOT_CUSTOMER)
    ready = transfer.move(
        Event.PREPARE,
        now,
        total_incl=mapped.totals.incl,
        yuki_contact_id=link.yuki_contact_id,
        content_hash=content_hash(mapped.document),
        due_at=now + timedelta(seconds=connection.settings.batch_wait_seconds),
    )
    pdf = choose_pdf(invoice)
    if stored is not None and _same(stored, ready):
        return Prepared(stored, mapped.document, pdf)
    if _was_sent_before_activation(connection, invoice):
        return ready.move(Event.DOUBT, now, reason="sent_before_activation", due_at=now)
    claimed = _claim(connection, ready)
    return claimed if claimed.state is not State.READY else Prepared(claimed, mapped.document, pdf)


def _was_sent_before_activation(connection: Connection, invoice: TribeInvoice) -> bool:
    """Tell whether an invoice was last touched before the connection was active; Tribe tells whole seconds."""
    activated_at = connection.settings.activated_at.replace(microsecond=0)
    return invoice.modified_at is not None and invoice.modified_at < activated_at


def _link(connection: Connection, relation: TribeRelation, read_at: datetime) -> Link:
    """Return the link of the debtor."""
    try:
        return link_contact(connection, relation, read_at=read_at, for_invoice=True)
    except OutcomeUnknown as error:
        # The contact may have been created: its link says so, and asks Yuki before anything is repeated.
        raise Retryable(error.code, error.text) from error


def _map(connection: Connection, invoice: TribeInvoice, relation: TribeRelation) -> MappedInvoice:
    settings = connection.settings
    options = InvoiceContactOptions(financial_email=settings.financial_email_on_invoice)
    contact = invoice_contact(relation, settings=connection.contact_mapping, options=options).contact
    customer = CustomerVat(contact.country, contact.vat_number)
    return map_invoice(invoice, contact, customer, connection.books(), settings)


def _claim(connection: Connection, ready: Transfer) -> Transfer:
    """Store a ready transfer under its number; return another state, not stored yet, when the number is taken."""
    now = connection.now()
    claimed = connection.transfers.claim_reference(ready, [decision(ready)], now)
    if isinstance(claimed, Transfer):
        return claimed
    if claimed == "yuki":
        return ready.move(Event.DOUBT, now, reason="number_in_yuki", due_at=now)
    detail = f"{ready.reference} (another invoice in Tribe has this number)"
    return ready.move(Event.HOLD, now, reason=HoldReason.REFERENCE_IN_USE.value, detail=detail)


def _store(connection: Connection, stored: Transfer | None, decided: Transfer) -> None:
    """Store a decision, unless it is the one that stands there already."""
    if stored is not None and _same(stored, decided):
        return
    now = connection.now()
    connection.transfers.save(decided, [decision(decided)], now)
    if decided.state is State.DEAD:
        connection.queues.bury(decided.connection_id, decided.tribe_invoice_id, now)


def _same(stored: Transfer, decided: Transfer) -> bool:
    """Tell whether storing would change nothing but instants; a wait always moves on."""
    if decided.state is State.WAITING:
        return False
    return stored == replace(
        decided, since=stored.since, due_at=stored.due_at, booked_at=stored.booked_at, read_at=stored.read_at
    )


def _report_later_change(connection: Connection, stored: Transfer) -> None:
    """Report on a booked transfer, once, that its invoice changed in Tribe; nothing is ever sent again."""
    if stored.state is not State.BOOKED or stored.reason == "edited_after_sent":
        return
    invoice = connection.tribe.read_invoice(stored.tribe_invoice_id)
    if invoice is None or invoice.number is None:
        return
    changed = [
        name
        for name, ours, theirs in (
            ("number", stored.reference, invoice.number),
            ("date", stored.invoice_date, invoice.invoice_date),
            ("currency", stored.currency, invoice.currency),
        )
        if ours is not None and ours != theirs
    ]
    if changed:
        report = JournalEntry(JournalKind.REPORT, "edited_after_sent", {"changed": ", ".join(changed)})
        reported = replace(stored, reason="edited_after_sent", detail=", ".join(changed))
        connection.transfers.save(reported, [report], connection.now())
