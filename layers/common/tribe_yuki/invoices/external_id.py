"""A booked invoice's external id in Tribe: written after the booking; what it tells where it is found (design 6.2)."""

from dataclasses import replace
from datetime import datetime
from enum import Enum, auto

from tribe_yuki.connections.lease import SEND_LEASE
from tribe_yuki.connections.settings import PhaseMeaning
from tribe_yuki.core.errors import Defect, Retryable, as_ours
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.core.ladder import next_attempt
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.failure_policy import store_unless_changed
from tribe_yuki.invoices.model import TribeInvoice
from tribe_yuki.invoices.transfer import Transfer

EXTERNAL_ID_PREFIX = "yuki:"


class ExternalId(Enum):
    """Whose the external id is that an invoice carries."""

    NONE = auto()
    OURS = auto()
    COPIED = auto()
    FOREIGN = auto()


def external_id_on(connection: InvoiceContext, invoice: TribeInvoice, transfer: Transfer) -> ExternalId:
    """Return whose external id an invoice carries; ours is believed when it names this invoice, and this one alone.

    A copy, a credit made from it or an import may have taken it along (one call to Tribe where the number fits); a
    copy may have got the number too, of an invoice that was deleted after it was booked. `transfer` knows its number.
    """
    carried = invoice.fields.get(connection.settings.external_id_field or "")
    if not carried:
        return ExternalId.NONE
    if not carried.startswith(EXTERNAL_ID_PREFIX):
        return ExternalId.FOREIGN
    if invoice.number is None or carried != external_id_of(invoice.number) or _is_of_another(connection, transfer):
        return ExternalId.COPIED
    return ExternalId.OURS if _is_alone(connection, invoice, invoice.number) else ExternalId.COPIED


def external_id_of(number: str) -> str:
    """Return the external id of the invoice with a number."""
    return f"{EXTERNAL_ID_PREFIX}{number}"


def _is_of_another(connection: InvoiceContext, transfer: Transfer) -> bool:
    """Whether another invoice was sent under the number, or is to be, as far as we remember."""
    holder = connection.transfers.holder_of_number(transfer)
    if holder is None or holder == transfer.tribe_invoice_id:
        return False
    # Without a transfer it is Yuki's own, or a table was restored.
    return connection.transfers.get(holder) is not None


def _is_alone(connection: InvoiceContext, invoice: TribeInvoice, number: str) -> bool:
    try:
        found = connection.tribe.invoices_with_numbers([number])
    except Defect:
        return False  # how Tribe compares numbers is not certain (tribe-api 11): Yuki is asked instead
    sent = {head.tribe_invoice_id for head in found if connection.settings.standing_of(head) is not PhaseMeaning.DRAFT}
    return sent <= {invoice.tribe_invoice_id}


def write_due_at(connection: InvoiceContext) -> datetime | None:
    """Return when somebody else has to write the external id of what is booked now, should this worker die first."""
    return connection.now() + SEND_LEASE if connection.settings.external_id_field is not None else None


def write_external_id(connection: InvoiceContext, booked: Transfer) -> None:
    """Write a booked invoice's external id; a failure is reported, tried again if that may help, and undoes nothing."""
    field = connection.settings.external_id_field
    if field is None or booked.external_id_written:
        if booked.due_at is not None:
            store_unless_changed(connection, replace(booked, due_at=None), [])
        return
    try:
        connection.tribe.write_invoice_field(booked.tribe_invoice_id, field, external_id_of(booked.reference or ""))
    except Exception as error:  # noqa: BLE001 (whatever it is, the booking stands)
        _write_later(connection, booked, error)
        return
    written = replace(booked, external_id_written=True, attempt=0, due_at=None)
    entry = JournalEntry(JournalKind.REPORT, "external_id_written", {"field": field})
    store_unless_changed(connection, written, [entry])


def _write_later(connection: InvoiceContext, booked: Transfer, error: Exception) -> None:
    failure, attempt, due_at = as_ours(error), booked.attempt + 1, None
    if isinstance(failure, Retryable):
        connection.heed(failure)
        due_at = next_attempt(attempt, connection.now(), connection.random)
    failed = replace(booked, attempt=attempt, due_at=due_at)
    facts = {"code": failure.code, "due_at": due_at.isoformat() if due_at else None}
    store_unless_changed(connection, failed, [JournalEntry(JournalKind.REPORT, "external_id_not_written", facts)])
