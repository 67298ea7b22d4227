"""Read an invoice back and decide: ready, waiting, held, or skipped, such as before the start date (design 6.1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from tribe_yuki.connections.invoice_phases import PhaseMeaning
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.link_or_create import link_or_create
from tribe_yuki.contacts.model import RelationSnapshot, TribeRelation, demand_readable
from tribe_yuki.core.details import Detail, DetailCode, phase_code
from tribe_yuki.core.errors import Conflict, ConnectorError, Defect, Gone, Held, OutcomeUnknown, Retryable, as_ours
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind, webhook_entry
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.details import edited, sends
from tribe_yuki.invoices.document.debtor import InvoiceContactOptions, invoice_contact
from tribe_yuki.invoices.document.invoice import MappedInvoice, choose_pdf, content_hash, map_invoice
from tribe_yuki.invoices.document.totals import tribe_totals
from tribe_yuki.invoices.document.vat import CustomerVat
from tribe_yuki.invoices.external_id import Mark, mark_of
from tribe_yuki.invoices.failure_policy import after_error, decision, store_booked
from tribe_yuki.invoices.model import SalesInvoice, TribeAttachment, TribeInvoice
from tribe_yuki.invoices.moves import Confirm, Doubt, Hold, Prepare, Release, Skip, Verification, Wait
from tribe_yuki.invoices.number_claim import claim_number, tell_who_waits
from tribe_yuki.invoices.reasons import DoubtReason, ReportReason, SkipReason
from tribe_yuki.invoices.reconcile.compare import edited_fields, invoice_in_tribe, seen_details
from tribe_yuki.invoices.transfer import (
    MAY_BE_IN_YUKI,
    State,
    Transfer,
    new_transfer,
)
from tribe_yuki.work.leases import relation_lease

NUMBER_PATIENCE = timedelta(minutes=30)
PDF_PATIENCE = timedelta(minutes=2)
HELD_FOR_LONG = timedelta(minutes=10)
# A booking may show in Yuki's lists a while after the call that made it.
FIRST_LOOK_AFTER = timedelta(minutes=5)
_LOOK_AGAIN = timedelta(minutes=1)
_AFTER_FIRST_LOOK = timedelta(minutes=15)
_TRIES_AFTER_CONFLICT = 3
_RELEASED_BY_AN_EVENT = frozenset({State.SKIPPED, State.DEAD})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transfer that is ready, with its document as long as this worker lives; the PDF is read when it is sent."""

    transfer: Transfer
    document: SalesInvoice
    pdf: TribeAttachment | None


@dataclass(frozen=True, slots=True)
class Preparation:
    """What came of some ids: transfers that are ready, or to be looked for in Yuki first, and `strangers`.

    Strangers have no transfer and were not read. Each comes with the error why, or None when Tribe has no such invoice.
    `left` are ids that there was no time for.
    """

    ready: list[Prepared] = field(default_factory=list)
    in_doubt: list[Transfer] = field(default_factory=list)
    strangers: dict[str, ConnectorError | None] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Invoices as they were read in Tribe, or the errors that came instead; webhooks told of them at `heard_at`."""

    read_at: datetime
    invoices: Mapping[str, TribeInvoice] = field(default_factory=dict)
    errors: Mapping[str, ConnectorError] = field(default_factory=dict)
    heard_at: Mapping[str, datetime] = field(default_factory=dict)

    def event(self, stored: Transfer | None, tribe_invoice_id: str) -> list[JournalEntry]:
        """Return the journal entry of what had us look at an invoice, unless we came back to it by ourselves."""
        heard_at = self.heard_at.get(tribe_invoice_id)
        if heard_at is not None:
            return webhook_entry(heard_at)
        return [] if stored else [JournalEntry(JournalKind.EVENT, "looked_up")]

    def invoice(self, tribe_invoice_id: str) -> TribeInvoice | None:
        """Return an invoice, None when it is gone; raise what reading it raised."""
        if tribe_invoice_id in self.errors:
            raise self.errors[tribe_invoice_id]
        return self.invoices.get(tribe_invoice_id)


def prepare_invoices(
    connection: InvoiceContext, tribe_invoice_ids: Sequence[str], heard_at: Mapping[str, datetime] | None = None
) -> Preparation:
    """Read invoices back together, store where their transfers stand, and return those that are ready.

    `heard_at` tells when a webhook told of an invoice, for the journal.
    Never touches a transfer that may be in Yuki already, except to report that the invoice changed afterwards.
    """
    reading = replace(_read(connection, tribe_invoice_ids), heard_at=heard_at or {})
    result = Preparation()
    for place, tribe_invoice_id in enumerate(tribe_invoice_ids):
        if not connection.has_time:
            result.left.extend(tribe_invoice_ids[place:])
            break
        try:
            entry = _prepare_unless_changed(connection, tribe_invoice_id, reading)
        except Gone:
            result.strangers[tribe_invoice_id] = reading.errors.get(tribe_invoice_id)
        else:
            if isinstance(entry, Prepared):
                result.ready.append(entry)
            elif entry is not None and entry.state is State.UNCONFIRMED:
                result.in_doubt.append(entry)
    return result


def _read(connection: InvoiceContext, tribe_invoice_ids: Sequence[str]) -> _Reading:
    """Read invoices together; when one of them cannot be understood, it does not keep the others back."""
    now = connection.now()
    try:
        found = connection.tribe.read_invoices(tribe_invoice_ids)
    except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to one of them)
        is_of_one = isinstance(error, Defect) or not isinstance(error, ConnectorError)
        if is_of_one and len(tribe_invoice_ids) > 1:
            middle = len(tribe_invoice_ids) // 2
            first, second = _read(connection, tribe_invoice_ids[:middle]), _read(connection, tribe_invoice_ids[middle:])
            return _Reading(now, {**first.invoices, **second.invoices}, {**first.errors, **second.errors})
        return _Reading(now, errors=dict.fromkeys(tribe_invoice_ids, as_ours(error)))
    return _Reading(now, {invoice.tribe_invoice_id: invoice for invoice in found})


def _prepare_unless_changed(
    connection: InvoiceContext, tribe_invoice_id: str, reading: _Reading
) -> Prepared | Transfer | None:
    for _ in range(_TRIES_AFTER_CONFLICT):
        try:
            return _prepare(connection, tribe_invoice_id, reading)
        except Conflict:
            # Another worker was faster: look at what it stored, and not at what was read before.
            reading = replace(_read(connection, [tribe_invoice_id]), heard_at=reading.heard_at)
    raise Retryable("changed_meanwhile", "another worker has this invoice")


def _prepare(connection: InvoiceContext, tribe_invoice_id: str, reading: _Reading) -> Prepared | Transfer | None:
    """Do what `prepare_invoices` says for one invoice; raise Gone for a stranger.

    Returns it ready, or as it was stored in another state, or nothing when nothing changed.
    """
    now = connection.now()
    stored = connection.transfers.get(tribe_invoice_id)
    if stored is not None and stored.state in MAY_BE_IN_YUKI:
        try:
            _report_later_change(connection, stored, reading)
        except ArithmeticError as error:
            facts = {"tribe_invoice_id": tribe_invoice_id, "code": type(error).__name__}
            connection.log_warning("invoice_not_compared", facts)
        return None
    if stored is None and tribe_invoice_id not in reading.invoices:
        raise Gone("record_unknown")
    transfer = stored or new_transfer(connection.connection_id, tribe_invoice_id, now)
    if _is_dismissed(transfer):
        return None
    if transfer.state in _RELEASED_BY_AN_EVENT:
        transfer = transfer.after(Release(), now)
    outcome = _guarded(connection, transfer, lambda: _decide(connection, stored, transfer, reading))
    result = outcome
    if isinstance(outcome, Transfer):
        try:
            result = _store(connection, stored, outcome, reading)
        except ConnectorError:
            raise
        except Exception as error:  # noqa: BLE001 (no table takes what was read of it, so it is held without that)
            result = _store(connection, stored, after_error(connection, transfer, as_ours(error)), reading)
    if stored is not None and result is not None:
        tell_who_waits(connection, stored, result.transfer if isinstance(result, Prepared) else result)
    return result


def _is_dismissed(transfer: Transfer) -> bool:
    """Whether a person said that it is not to be booked: only a person takes that back."""
    return transfer.state is State.SKIPPED and transfer.reason == SkipReason.DISMISSED


type Outcome = Prepared | Transfer | None
"""Ready; or a transfer in another state, still to be stored; or nothing to store."""


def _guarded(connection: InvoiceContext, transfer: Transfer, decide: Callable[[], Outcome]) -> Outcome:
    """Return what was decided, or what an error makes of the transfer."""
    try:
        return decide()
    except Conflict:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the matter of this invoice alone)
        return after_error(connection, transfer, as_ours(error))


def _decide(connection: InvoiceContext, stored: Transfer | None, transfer: Transfer, reading: _Reading) -> Outcome:
    now = connection.now()
    invoice = reading.invoice(transfer.tribe_invoice_id)
    standing = _standing(connection, stored, invoice) if invoice else None
    if transfer.sent_as is not None and (invoice is None or not _is_as_sent(transfer, invoice, standing)):
        # It may be in Yuki as it was: what it is now, or that it is gone, has to wait for what came of the attempt.
        attempted = replace(transfer, reference=transfer.sent_as)
        return attempted.after(Doubt(DoubtReason.CHANGED, _first_look_at(transfer, now)), now)
    if invoice is None:
        return transfer.after(Skip(SkipReason.GONE), now)
    if standing is PhaseMeaning.DRAFT:
        # The next event brings it back.
        return transfer.after(Skip(SkipReason.DRAFT), now) if stored else None
    known = replace(
        transfer,
        read_at=reading.read_at,
        reference=invoice.number,
        invoice_date=invoice.invoice_date,
        currency=invoice.currency,
        total_incl=_total_in_tribe(connection, invoice),
        tribe_amount=invoice.raw_amount,
        tribe_relation_id=invoice.relation.tribe_relation_id if invoice.relation else None,
        contact_code=invoice.relation.debtor_number if invoice.relation else None,
    )
    if standing is PhaseMeaning.EXCLUDED:
        return known.after(Skip(SkipReason.PHASE, (phase_code(invoice.phase_code),)), now)
    mark = mark_of(connection, invoice, known)
    decided = _decide_without_yuki(connection, known, invoice, mark)
    if decided is not None:
        return decided
    is_copy = mark is Mark.COPIED
    return _guarded(
        connection, known, lambda: _make_ready(connection, stored, known, invoice, reading, has_copied_mark=is_copy)
    )


def _is_as_sent(transfer: Transfer, invoice: TribeInvoice, standing: PhaseMeaning | None) -> bool:
    return standing is PhaseMeaning.SENT and invoice.number == transfer.sent_as


def _standing(connection: InvoiceContext, stored: Transfer | None, invoice: TribeInvoice) -> PhaseMeaning:
    """Return whether an invoice is a draft, was sent, or is excluded.

    What was seen as sent, and lacks its number or its final mark still, stays so in any phase that may follow.
    """
    standing = connection.settings.standing_of(invoice)
    was_sent = stored is not None and stored.read_at is not None and stored.state is not State.SKIPPED
    if was_sent and connection.settings.meaning_of(invoice.phase_code) is PhaseMeaning.UNCLASSIFIED:
        return PhaseMeaning.SENT
    return standing


def _total_in_tribe(connection: InvoiceContext, invoice: TribeInvoice) -> Decimal | None:
    """Return the total that Tribe shows, so that an invoice that never gets ready can be named with its amount."""
    try:
        totals = None if invoice.flaws else tribe_totals(invoice, connection.settings.totals)
    except ArithmeticError:
        return None  # what is to be booked of it is computed again, and says so
    return totals.incl if totals else None


def _decide_without_yuki(
    connection: InvoiceContext, transfer: Transfer, invoice: TribeInvoice, mark: Mark
) -> Transfer | None:
    """Return the transfer when the invoice alone decides, None when it is to be made ready."""
    now = connection.now()
    if mark is Mark.OURS:
        return transfer.after(Confirm(Verification.EXTERNAL_ID), now)
    reason = _why_not_for_yuki(connection, invoice, mark)
    if reason is not None:
        return transfer.after(Skip(reason), now)
    # A flaw holds it, and nothing that waiting would bring.
    return None if invoice.flaws else _wait_for_more(connection, transfer, invoice)


def _wait_for_more(connection: InvoiceContext, transfer: Transfer, invoice: TribeInvoice) -> Transfer | None:
    """Return the transfer as long as it waits for what Tribe has to add, or is held for the lack of it."""
    now = connection.now()
    if not invoice.number:
        return _wait_or_hold(transfer, now, WaitReason.NUMBER, Hold(HoldReason.NUMBER_MISSING))
    if not invoice.is_final:
        final = Hold(HoldReason.INVOICE_INVALID, (Detail(DetailCode.NOT_FINAL),))
        return _wait_or_hold(transfer, now, WaitReason.NUMBER, final)
    if choose_pdf(invoice) is not None or transfer.has_agreement(Agreement.WITHOUT_PDF):
        return None
    return _wait_for_pdf(connection, transfer)


def _why_not_for_yuki(connection: InvoiceContext, invoice: TribeInvoice, mark: Mark) -> SkipReason | None:
    """Return why an invoice that was sent is not for Yuki, if so."""
    if mark is Mark.FOREIGN:
        return SkipReason.EXTERNAL_ID
    if invoice.invoice_date and invoice.invoice_date < connection.settings.start_date:
        return SkipReason.BEFORE_START
    return SkipReason.EMPTY if invoice.number and invoice.is_final and invoice.is_empty else None


def _wait_for_pdf(connection: InvoiceContext, transfer: Transfer) -> Transfer | None:
    now = connection.now()
    match connection.settings.pdf:
        case "required":
            return _wait_or_hold(transfer, now, WaitReason.PDF, Hold(HoldReason.PDF_MISSING))
        case "when_found" if now < transfer.first_seen_at + PDF_PATIENCE:
            return transfer.after(Wait(WaitReason.PDF, transfer.first_seen_at + PDF_PATIENCE), now)
        case _:
            return None


def _wait_or_hold(transfer: Transfer, now: datetime, why: WaitReason, hold: Hold) -> Transfer:
    deadline = transfer.first_seen_at + NUMBER_PATIENCE
    if now >= deadline:
        return transfer.after(hold, now)
    return transfer.after(Wait(why, min(now + _LOOK_AGAIN, deadline)), now)


def _make_ready(
    connection: InvoiceContext,
    stored: Transfer | None,
    transfer: Transfer,
    invoice: TribeInvoice,
    reading: _Reading,
    *,
    has_copied_mark: bool,
) -> Outcome:
    now = connection.now()
    if connection.is_paused:
        return transfer.after(Wait(WaitReason.PAUSED, now), now)
    if not connection.had_first_look:
        # The look itself has them sent; this is for those that it did not find, because the index was behind.
        waited = max(_LOOK_AGAIN, min(now - transfer.first_seen_at, _AFTER_FIRST_LOOK))
        return transfer.after(Wait(WaitReason.FIRST_LOOK, now + waited), now)
    if invoice.flaws:
        raise Held(HoldReason.INVOICE_INVALID, *invoice.flaws)
    if invoice.relation is None:
        raise Held(HoldReason.INVOICE_INVALID, Detail(DetailCode.CUSTOMER_MISSING))
    demand_readable(invoice.relation)
    mapped = _map(connection, invoice, invoice.relation, transfer.agreements)
    link = _link(connection, invoice.relation, transfer.read_at or now)
    if link.is_customer is False:
        raise Held(HoldReason.CONTACT_NOT_CUSTOMER)
    prepare = Prepare(
        total_incl=mapped.totals.incl,
        due_date=mapped.document.due_date,
        yuki_contact_id=link.yuki_contact_id,
        content_hash=content_hash(mapped.document),
        due_at=now + timedelta(seconds=connection.settings.batch_wait_seconds),
    )
    ready = transfer.after(prepare, now)
    pdf = choose_pdf(invoice)
    if stored is not None and not stored.sends and stored.absent_number is None and _same(stored, ready):
        return Prepared(stored, mapped.document, pdf)
    doubt = _why_in_doubt(connection, stored, ready, invoice, has_copied_mark=has_copied_mark)
    if doubt is not None:
        return ready.after(Doubt(doubt, _first_look_at(ready, now)), now)
    if not ready.sends_left:
        raise Held(HoldReason.NOT_CONFIRMED, sends(ready.sends))
    events = [*reading.event(stored, ready.tribe_invoice_id), *_product_warnings(mapped), decision(ready)]
    claimed = claim_number(connection, ready, events)
    return claimed if claimed.state is not State.READY else Prepared(claimed, mapped.document, pdf)


def _product_warnings(mapped: MappedInvoice) -> list[JournalEntry]:
    """Return the report of lines whose products become one in Yuki; they are booked as they are all the same."""
    lines = ", ".join(map(str, mapped.at_odds))
    return [JournalEntry(JournalKind.REPORT, "product_would_change", {"lines": lines})] if lines else []


def _why_in_doubt(
    connection: InvoiceContext,
    stored: Transfer | None,
    ready: Transfer,
    invoice: TribeInvoice,
    *,
    has_copied_mark: bool,
) -> DoubtReason | None:
    """Return why Yuki may hold an invoice, though nobody confirmed it, if it may."""
    if ready.verify_first:
        return DoubtReason.MISSED
    if stored is not None and stored.held_since and connection.now() - stored.held_since > HELD_FOR_LONG:
        return DoubtReason.HELD  # somebody may have lost patience and typed it in
    if ready.is_known_absent:
        return None
    if ready.sends:
        return DoubtReason.ATTEMPTED  # whatever the answer was: it may have come after the work
    if has_copied_mark:
        return DoubtReason.MARKED
    return DoubtReason.BEFORE_ACTIVATION if _was_sent_before_activation(connection, invoice) else None


def _first_look_at(ready: Transfer, now: datetime) -> datetime:
    """Return when Yuki's lists may tell of an attempt."""
    return max(now, ready.sent_at + FIRST_LOOK_AFTER) if ready.sent_at else now


def _was_sent_before_activation(connection: InvoiceContext, invoice: TribeInvoice) -> bool:
    """Tell whether an invoice was last touched before the connection was active; Tribe tells whole seconds."""
    activated_at = connection.settings.activated_at.replace(microsecond=0)
    return invoice.modified_at is not None and invoice.modified_at < activated_at


def _link(connection: InvoiceContext, relation: TribeRelation, read_at: datetime) -> Link:
    """Return the link of the debtor."""
    try:
        with relation_lease(connection, relation.tribe_relation_id):
            return link_or_create(connection, RelationSnapshot(relation, read_at), for_invoice=True)
    except OutcomeUnknown as error:
        # The contact may have been created: its link says so, and asks Yuki before anything is repeated.
        raise Retryable(error.code, error.text) from error


def _map(
    connection: InvoiceContext, invoice: TribeInvoice, relation: TribeRelation, agreed: Sequence[Agreed]
) -> MappedInvoice:
    settings = connection.settings
    options = InvoiceContactOptions(financial_email=settings.financial_email_on_invoice)
    contact = invoice_contact(relation, settings=connection.contact_mapping, options=options).contact
    customer = CustomerVat(contact.country, contact.vat_number)
    return map_invoice(invoice, contact, customer, connection.codes(), settings, agreed)


def _store(
    connection: InvoiceContext, stored: Transfer | None, decided: Transfer, reading: _Reading
) -> Transfer | None:
    """Store a decision, unless it is the one that stands there already; return what was stored."""
    if stored is not None and _same(stored, decided):
        return None
    now = connection.now()
    events = reading.event(stored, decided.tribe_invoice_id)
    if decided.state is State.BOOKED:
        return store_booked(connection, decided, [*events, decision(decided)])
    saved = connection.transfers.save(decided, [*events, decision(decided)], now)
    if saved.reason == WaitReason.FIRST_LOOK and connection.had_first_look:
        # It ended between the two, and cannot have seen this one.
        connection.queues.enqueue_invoices([saved.tribe_invoice_id], now)
    if decided.state is State.DEAD:
        connection.queues.send_to_dead_letters(decided.tribe_invoice_id, now)
    return saved


def _same(stored: Transfer, decided: Transfer) -> bool:
    """Tell whether storing would change nothing but instants; a wait always moves on."""
    if decided.state is State.WAITING:
        return False
    return stored == replace(
        decided, since=stored.since, due_at=stored.due_at, booked_at=stored.booked_at, read_at=stored.read_at
    )


def _report_later_change(connection: InvoiceContext, stored: Transfer, reading: _Reading) -> None:
    """Report on a booked transfer, once, that its invoice changed in Tribe; nothing is ever sent again."""
    if stored.state is not State.BOOKED or stored.reason == ReportReason.EDITED_AFTER_SENT:
        return
    invoice = reading.invoices.get(stored.tribe_invoice_id)
    if invoice is None or invoice.number is None:
        return
    shown = invoice_in_tribe(invoice, connection.settings.totals)
    changed = edited_fields(stored, shown, partial(_contact_of, connection), connection.settings.standing_of)
    if changed and edited(changed) not in seen_details(stored):
        details = (edited(changed),)
        report = JournalEntry(JournalKind.REPORT, "edited_after_sent", {"changed": details})
        reported = replace(stored, reason=ReportReason.EDITED_AFTER_SENT, details=details)
        events = reading.event(stored, stored.tribe_invoice_id)
        connection.transfers.save(reported, [*events, report], connection.now())


def _contact_of(connection: InvoiceContext, tribe_relation_id: str) -> str | None:
    link = connection.links.get(tribe_relation_id)
    return link.yuki_contact_id if link else None
