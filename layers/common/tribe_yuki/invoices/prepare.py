"""Read Tribe invoices back, and store where each stands: ready, waiting, held, or not for Yuki (design 6.1)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from tribe_yuki.connections.administration import AdministrationCodes
from tribe_yuki.connections.settings import PhaseMeaning
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.link_or_create import link_for_invoice
from tribe_yuki.contacts.model import RelationSnapshot, TribeRelation
from tribe_yuki.core.errors import Conflict, ConnectorError, Gone, Held, OutcomeUnknown, Retryable, as_ours
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.document.customer_vat import CustomerVat
from tribe_yuki.invoices.document.debtor import InvoiceContactOptions, invoice_contact
from tribe_yuki.invoices.document.invoice import MappedInvoice, content_hash, map_invoice
from tribe_yuki.invoices.document.pdf_choice import choose_pdf
from tribe_yuki.invoices.document.target import shown_total
from tribe_yuki.invoices.document.vat import EU_SUPPLIES
from tribe_yuki.invoices.external_id import external_id_on
from tribe_yuki.invoices.failure_policy import after_error, decision
from tribe_yuki.invoices.later_change import report_later_change
from tribe_yuki.invoices.missing_codes import is_missing_in_yuki, patience_with_codes
from tribe_yuki.invoices.model import SalesInvoice, SalesInvoiceContact, TribeAttachment, TribeInvoice
from tribe_yuki.invoices.moves import Doubt, Prepare, Release
from tribe_yuki.invoices.number_claim import claim_number, tell_who_waits
from tribe_yuki.invoices.paper import Paper
from tribe_yuki.invoices.readiness import (
    AS_READ,
    AS_STORED,
    MAY_BE_BOOKED,
    Facts,
    first_move,
    is_dismissed,
    sent_too_often,
    waits_for_long,
)
from tribe_yuki.invoices.reading import Reading, read_invoices
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.shown_lines import hash_of_lines, vat_by_group
from tribe_yuki.invoices.stored_decision import changes_nothing, store_or_hold
from tribe_yuki.invoices.transfer import MAY_BE_IN_YUKI, State, Transfer, new_transfer

_TRIES_AFTER_CONFLICT = 3
_RELEASED_BY_AN_EVENT = frozenset({State.SKIPPED, State.DEAD})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transfer that is ready, with its document as long as this worker lives.

    `content` is the PDF where it was read already for what it says; else it is read when it is sent.
    """

    transfer: Transfer
    document: SalesInvoice
    pdf: TribeAttachment | None
    content: bytes | None = None


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


type Outcome = Prepared | Transfer | None
"""Ready; or a transfer in another state, still to be stored; or nothing to store."""


def prepare_invoices(
    connection: InvoiceContext, tribe_invoice_ids: Sequence[str], heard_at: Mapping[str, datetime] | None = None
) -> Preparation:
    """Read invoices back together, store where their transfers stand, and return those that are ready.

    `heard_at` tells when a webhook told of an invoice, for the journal.
    Never touches a transfer that may be in Yuki already, except to report that the invoice changed afterwards.
    """
    reading = read_invoices(connection, tribe_invoice_ids, heard_at)
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


def _prepare_unless_changed(
    connection: InvoiceContext, tribe_invoice_id: str, reading: Reading
) -> Prepared | Transfer | None:
    for _ in range(_TRIES_AFTER_CONFLICT):
        try:
            return _prepare(connection, tribe_invoice_id, reading)
        except Conflict:
            # Another worker was faster: look at what it stored, and not at what was read before.
            reading = read_invoices(connection, [tribe_invoice_id], reading.heard_at)
    raise Retryable("changed_meanwhile", "another worker has this invoice")


def _prepare(connection: InvoiceContext, tribe_invoice_id: str, reading: Reading) -> Outcome:
    """Do what `prepare_invoices` says for one invoice; raise Gone for a stranger.

    Returns it ready, or as it was stored in another state, or nothing when nothing changed.
    """
    now = connection.now()
    stored = connection.transfers.get(tribe_invoice_id)
    if stored is not None and stored.state in MAY_BE_IN_YUKI:
        report_later_change(connection, stored, reading)
        return None
    if stored is None and tribe_invoice_id not in reading.invoices:
        raise Gone("record_unknown")
    transfer = stored or new_transfer(connection.connection_id, tribe_invoice_id, now)
    if is_dismissed(transfer):
        return None
    if transfer.state in _RELEASED_BY_AN_EVENT:
        transfer = transfer.after(Release(), now)
    outcome = _guarded(connection, transfer, lambda: decide(connection, stored, transfer, reading))
    result = outcome
    if isinstance(outcome, Transfer):
        result = store_or_hold(connection, stored, transfer, outcome, reading)
    if stored is not None and result is not None:
        tell_who_waits(connection, stored, result.transfer if isinstance(result, Prepared) else result)
    return result


def _guarded(connection: InvoiceContext, transfer: Transfer, decide: Callable[[], Outcome]) -> Outcome:
    """Return what was decided, or what an error makes of the transfer."""
    try:
        return decide()
    except Conflict:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the matter of this invoice alone)
        return after_error(connection, transfer, as_ours(error))


def decide(connection: InvoiceContext, stored: Transfer | None, transfer: Transfer, reading: Reading) -> Outcome:
    """Return what becomes of an invoice as it was read."""
    invoice = reading.invoice(transfer.tribe_invoice_id)
    standing = _standing(connection, stored, invoice) if invoice else None
    if stored is None and standing is PhaseMeaning.DRAFT:
        return None  # the next event brings it back
    known = _known(connection, transfer, invoice, reading.read_at) if invoice else transfer
    if stored is not None and stored.reason == SkipReason.DRAFT:
        known = replace(known, first_seen_at=connection.now())  # sent anew: its number and PDF are new, too
    facts = Facts(
        transfer=transfer,
        read=invoice,
        standing=standing,
        settings=connection.settings,
        now=connection.now(),
        is_paused=connection.is_paused,
        had_first_look=connection.had_first_look,
        external_id=cache(lambda: external_id_on(connection, facts.invoice, known)),
    )
    move = first_move(AS_STORED, facts)
    if move is not None:
        return transfer.after(move, facts.now)
    facts = replace(facts, transfer=known)
    return _guarded(connection, known, lambda: _decide_as_read(connection, stored, facts, reading))


def _decide_as_read(connection: InvoiceContext, stored: Transfer | None, facts: Facts, reading: Reading) -> Outcome:
    move = first_move(AS_READ, facts)
    if move is not None:
        return facts.transfer.after(move, facts.now)
    return _make_ready(connection, stored, facts, reading)


def _standing(connection: InvoiceContext, stored: Transfer | None, invoice: TribeInvoice) -> PhaseMeaning:
    """Whether an invoice is a draft, was sent, or is excluded.

    What was seen as sent, and lacks its number or its final mark still, stays so in any phase that may follow.
    """
    standing = connection.settings.standing_of(invoice)
    was_sent = stored is not None and stored.read_at is not None and stored.state is not State.SKIPPED
    if was_sent and connection.settings.meaning_of(invoice.phase_code) is PhaseMeaning.UNCLASSIFIED:
        return PhaseMeaning.SENT
    return standing


def _known(connection: InvoiceContext, transfer: Transfer, invoice: TribeInvoice, read_at: datetime) -> Transfer:
    """Return a transfer with what Tribe shows of its invoice."""
    return replace(
        transfer,
        read_at=read_at,
        reference=invoice.number,
        invoice_date=invoice.invoice_date,
        currency=invoice.currency,
        total_incl=_total_in_tribe(connection, invoice),
        tribe_amount=invoice.raw_amount,
        tribe_vat=None if invoice.flaws else vat_by_group(invoice),
        tribe_lines=None if invoice.flaws else hash_of_lines(invoice),
        tribe_relation_id=invoice.relation.tribe_relation_id if invoice.relation else None,
        contact_code=invoice.relation.debtor_number if invoice.relation else None,
    )


def _total_in_tribe(connection: InvoiceContext, invoice: TribeInvoice) -> Decimal | None:
    """Return the total that Tribe shows, so that an invoice that never gets ready can be named with its amount."""
    try:
        return None if invoice.flaws else shown_total(invoice, connection.settings.totals)
    except ArithmeticError:
        return None  # what is to be booked of it is computed again, and says so


def _make_ready(connection: InvoiceContext, stored: Transfer | None, facts: Facts, reading: Reading) -> Outcome:
    """Map an invoice, link its customer, and claim its number, unless it may be in Yuki already."""
    known, now = facts.transfer, facts.now
    paper = Paper(connection, known, choose_pdf(facts.invoice, known.first_seen_at))
    mapped = _map(connection, known, facts.invoice, facts.customer, paper)
    link = customer_link(connection, facts.customer, known.read_at or now)
    if link.is_customer is False:
        raise Held(HoldReason.CONTACT_NOT_CUSTOMER)
    ready = known.after(_prepare_move(connection, mapped, link, now), now)
    if stored is not None and not _may_be_in_yuki(stored, now) and changes_nothing(stored, ready):
        return Prepared(stored, mapped.document, paper.attachment, paper.content)
    held_for = known.details if known.state is State.HELD else ()
    move = first_move((*MAY_BE_BOOKED, sent_too_often), replace(facts, transfer=ready, held_for=held_for))
    if move is not None:
        return (ready if isinstance(move, Doubt) else known).after(move, now)
    events = [*reading.event(stored, ready.tribe_invoice_id), *_reports(mapped), decision(ready)]
    claimed = claim_number(connection, ready, events)
    if claimed.state is not State.READY:
        return claimed
    return Prepared(claimed, mapped.document, paper.attachment, paper.content)


def _may_be_in_yuki(stored: Transfer, now: datetime) -> bool:
    """Whether a transfer that is ready went out before, or waits for so long that it is looked for again."""
    return bool(stored.sends) or stored.absent_number is not None or waits_for_long(stored, now)


def _prepare_move(connection: InvoiceContext, mapped: MappedInvoice, link: Link, now: datetime) -> Prepare:
    return Prepare(
        total_incl=mapped.amounts.totals.incl,
        due_date=mapped.document.due_date,
        yuki_contact_id=link.yuki_contact_id,
        content_hash=content_hash(mapped.document),
        due_at=now + timedelta(seconds=connection.settings.batch_wait_seconds),
        rounding=mapped.amounts.rounding,
        totals_by_rounding=mapped.amounts.by_yuki_rounding,
    )


def _map(
    connection: InvoiceContext, transfer: Transfer, invoice: TribeInvoice, relation: TribeRelation, paper: Paper
) -> MappedInvoice:
    settings = connection.settings
    options = InvoiceContactOptions(financial_email=settings.financial_email_on_invoice)
    contact = invoice_contact(relation, settings=connection.contact_mapping, options=options).contact
    customer = _customer_vat(contact)

    def mapped(books: AdministrationCodes) -> MappedInvoice:
        return map_invoice(invoice, contact, customer, books, settings, transfer.agreements, paper.text)

    try:
        return mapped(connection.codes())
    except Held as held:
        if not is_missing_in_yuki(held.details):
            raise
        return mapped(_newest_codes(connection, transfer, held))


def _newest_codes(connection: InvoiceContext, transfer: Transfer, held: Held) -> AdministrationCodes:
    """Return what Yuki has now; while it cannot be asked, the invoice stays held for what was missing."""
    now = connection.now()
    held_for = now - transfer.since if transfer.state is State.HELD else timedelta()
    try:
        return connection.newest_codes(patience_with_codes(held_for))
    except Retryable:
        raise held from None


def customer_link(connection: InvoiceContext, relation: TribeRelation, read_at: datetime) -> Link:
    """Return the debtor's link."""
    try:
        return link_for_invoice(connection, RelationSnapshot(relation, read_at))
    except OutcomeUnknown as error:
        # The contact may have been created: its link says so, and asks Yuki before anything is repeated.
        raise Retryable(error.code, error.text) from error


def _reports(mapped: MappedInvoice) -> Iterator[JournalEntry]:
    """Yield what is told of an invoice that is booked as it is all the same."""
    if mapped.at_odds:
        # Their products become one in Yuki.
        lines = ", ".join(map(str, mapped.at_odds))
        yield JournalEntry(JournalKind.REPORT, "product_would_change", {"lines": lines})
    if mapped.lacks_payment_id:
        yield JournalEntry(JournalKind.REPORT, "payment_reference_left_out")
    customer = _customer_vat(mapped.document.contact)
    is_eu_supply = any(line.vat_type in EU_SUPPLIES for line in mapped.document.lines)
    if is_eu_supply and customer.has_number_of_another_country:
        countries = {"of_country": customer.number_country, "country": customer.country}
        yield JournalEntry(JournalKind.REPORT, "vat_number_of_another_country", countries)


def _customer_vat(contact: SalesInvoiceContact) -> CustomerVat:
    return CustomerVat(contact.country, contact.vat_number)
