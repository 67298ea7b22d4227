"""Report that an invoice was changed in Tribe after it was booked; nothing is ever sent again."""

from dataclasses import replace
from functools import partial

from tribe_yuki.core.details import DetailCode, Details
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.reading import Reading
from tribe_yuki.invoices.reasons import ReportReason
from tribe_yuki.invoices.reconcile.edits import edits_since
from tribe_yuki.invoices.reconcile.invoice_in_tribe import invoice_in_tribe
from tribe_yuki.invoices.reconcile.seen import seen_details
from tribe_yuki.invoices.transfer import State, Transfer

_EDITS = frozenset({DetailCode.EDITED, DetailCode.EDITED_VALUE, DetailCode.EDITED_AMOUNT})


def report_later_change(connection: InvoiceContext, stored: Transfer, reading: Reading) -> None:
    """Report on a booked transfer that its invoice changed in Tribe, and each further change; take it back when undone.

    What a person accepted is left out, and reported again with whatever changes after that.
    """
    if stored.state is not State.BOOKED:
        return
    found = _edits(connection, stored, reading)
    if found is None:
        return
    seen = seen_details(stored)
    edits = () if all(detail in seen for detail in found) else found
    others = tuple(detail for detail in stored.details if detail.code not in _EDITS)
    details = (*edits, *others)
    if details == stored.details:
        return
    reported = replace(stored, reason=_reason(stored, edits, others), details=details)
    events = reading.event(stored, stored.tribe_invoice_id)
    connection.transfers.save(reported, [*events, _entry(stored, edits)], connection.now())


def _edits(connection: InvoiceContext, stored: Transfer, reading: Reading) -> Details | None:
    """Return what Tribe shows otherwise than when it was booked; None when that cannot be told."""
    invoice = reading.invoices.get(stored.tribe_invoice_id)
    if invoice is None:
        return None
    try:
        shown = invoice_in_tribe(invoice, connection.settings.totals)
    except ArithmeticError as error:
        facts = {"tribe_invoice_id": stored.tribe_invoice_id, "code": type(error).__name__}
        connection.log_warning("invoice_not_compared", facts)
        return None
    found = edits_since(stored, shown, partial(_contact_of, connection), connection.settings.standing_of)
    return tuple(found.values())


def _reason(stored: Transfer, edits: Details, others: Details) -> ReportReason | None:
    if edits:
        return ReportReason.EDITED_AFTER_SENT
    is_differently = others and stored.reason is not None
    return ReportReason.BOOKED_DIFFERENTLY if is_differently else None


def _entry(stored: Transfer, edits: Details) -> JournalEntry:
    if edits:
        return JournalEntry(JournalKind.REPORT, "edited_after_sent", {"changed": edits})
    return JournalEntry(JournalKind.REPORT, "difference_settled", {"difference": stored.details})


def _contact_of(connection: InvoiceContext, tribe_relation_id: str) -> str | None:
    link = connection.links.get(tribe_relation_id)
    return link.yuki_contact_id if link else None
