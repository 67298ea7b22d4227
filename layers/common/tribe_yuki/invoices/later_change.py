"""Report that an invoice was changed in Tribe after it was booked; nothing is ever sent again."""

from dataclasses import replace
from functools import partial

from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.details import edited
from tribe_yuki.invoices.reading import Reading
from tribe_yuki.invoices.reasons import ReportReason
from tribe_yuki.invoices.reconcile.booking import edited_fields
from tribe_yuki.invoices.reconcile.invoice_in_tribe import invoice_in_tribe
from tribe_yuki.invoices.reconcile.seen import seen_details
from tribe_yuki.invoices.transfer import State, Transfer


def report_later_change(connection: InvoiceContext, stored: Transfer, reading: Reading) -> None:
    """Report on a booked transfer, once, that its invoice changed in Tribe."""
    if stored.state is not State.BOOKED or stored.reason == ReportReason.EDITED_AFTER_SENT:
        return
    invoice = reading.invoices.get(stored.tribe_invoice_id)
    if invoice is None or invoice.number is None:
        return
    try:
        shown = invoice_in_tribe(invoice, connection.settings.totals)
    except ArithmeticError as error:
        facts = {"tribe_invoice_id": stored.tribe_invoice_id, "code": type(error).__name__}
        connection.log_warning("invoice_not_compared", facts)
        return
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
