"""Ask Yuki about invoices that may or may not be in its books, before anything is sent again (design 6.2)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum

from tribe_yuki.core.details import Detail, DetailCode, Details, error_code
from tribe_yuki.core.errors import ConnectorError, Defect, Retryable, code_of
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.core.ladder import next_attempt
from tribe_yuki.invoices.agreement import Agreement
from tribe_yuki.invoices.alike import alike_in_books
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.details import number_in_use
from tribe_yuki.invoices.external_id import write_due_at, write_external_id
from tribe_yuki.invoices.failure_policy import decision, store_booked_unless_changed, store_unless_changed
from tribe_yuki.invoices.model import OutstandingItem, SalesDocument
from tribe_yuki.invoices.moves import Confirm, Doubt, FindAbsent, FindAlike, FindOther, Verification
from tribe_yuki.invoices.number_writing import number_key
from tribe_yuki.invoices.reasons import DoubtReason
from tribe_yuki.invoices.transfer import State, Transfer

BETWEEN_LOOKS = timedelta(minutes=10)
# Archive times have no zone and clocks differ: look a day further back than the attempt.
ARCHIVE_MARGIN = timedelta(days=1)
EURO = "EUR"
# Only a person can have booked these, or we long ago: one look tells.
_ONE_LOOK_TELLS = frozenset({DoubtReason.HELD, DoubtReason.MARKED})


class Finding(Enum):
    """What Yuki's books say of one invoice."""

    FOUND = "found"
    OTHER = "another invoice has this number"
    ABSENT = "absent"
    UNSURE = "unsure"


type Found = Finding | Details
"""What the books say of an invoice; details show invoices under other numbers that may be it."""


def verify_invoices(connection: InvoiceContext, transfers: Sequence[Transfer]) -> None:
    """Settle transfers that are `unconfirmed`, or `sending` longer than a call can take.

    Equal in the books becomes `booked`, an unequal transfer under the same number is held, and a transfer that two
    looks ten minutes apart do not find is ready to be sent again. What cannot be settled stays and is looked at later.
    """
    now = connection.now()
    unsure = [
        unconfirmed for transfer in transfers if (unconfirmed := _unconfirmed(connection, transfer, now)) is not None
    ]
    due = [transfer for transfer in unsure if transfer.due_at is None or transfer.due_at <= now]
    if not due or connection.is_paused or not connection.has_time:
        return  # they stay due
    _look_and_settle(connection, due)


def _look_and_settle(connection: InvoiceContext, due: Sequence[Transfer]) -> None:
    """Settle what is due together; when something of one of them stops that, each by itself."""
    try:
        findings = look_in_books(connection, due)
    except Exception as error:  # noqa: BLE001 (whatever it is, what is in doubt stays in doubt)
        is_of_one = isinstance(error, Defect) or not isinstance(error, ConnectorError)
        if is_of_one and len(due) > 1:
            for transfer in due:
                _look_and_settle(connection, [transfer])
            return
        code = code_of(error)
        for transfer in due:
            _look_later(connection, transfer, code, error.retry_after if isinstance(error, Retryable) else None)
        return
    for transfer in due:
        _settle_or_look_later(connection, transfer, findings[transfer.tribe_invoice_id])


def _unconfirmed(connection: InvoiceContext, transfer: Transfer, now: datetime) -> Transfer | None:
    """Return the transfer as `unconfirmed`; its worker died if it is still `sending` past its lease."""
    if transfer.state is State.UNCONFIRMED:
        return transfer
    if transfer.state is not State.SENDING or transfer.due_at is None or transfer.due_at > now:
        return None
    unsure = transfer.after(Doubt(DoubtReason.WORKER_LOST, transfer.verify_at(now)), now)
    return store_unless_changed(connection, unsure, [decision(unsure)])


def look_in_books(connection: InvoiceContext, transfers: Sequence[Transfer]) -> dict[str, Found]:
    """Look in the outstanding items, then in the archive for what is not there; few calls for many transfers.

    What neither has under its number may be there under another: both lists tell that, too.
    """
    items = _outstanding(connection, transfers)
    by_number, key_of = _by_number(connection, items), connection.settings.same_number
    found: dict[str, Found] = {
        transfer.tribe_invoice_id: among_outstanding(transfer, by_number[number_key(transfer.reference, key_of)])
        for transfer in transfers
    }
    missing = [transfer for transfer in transfers if found[transfer.tribe_invoice_id] is Finding.ABSENT]
    documents = _archive(connection, missing) if missing else []
    in_archive = _by_number(connection, documents)
    is_readable = not documents or any(document.reference for document in documents)
    for transfer in missing:
        own = in_archive[number_key(transfer.reference, key_of)]
        finding = _in_archive(connection, transfer, own) if is_readable else Finding.UNSURE
        alike = alike_in_books(connection, transfer, [*items, *documents]) if finding is Finding.ABSENT else ()
        found[transfer.tribe_invoice_id] = alike or finding
    return found


def _outstanding(connection: InvoiceContext, transfers: Sequence[Transfer]) -> list[OutstandingItem]:
    """Return the open items with a transfer's number; all of them for several, and where somebody may have typed it."""
    alone = transfers[0] if len(transfers) == 1 else None
    if alone is None or alone.sent_at is None or alone.held_since is not None:
        return connection.yuki.outstanding_debtor_items()
    return connection.yuki.check_outstanding_item(alone.reference or "")


def _by_number[Row: (OutstandingItem, SalesDocument)](
    connection: InvoiceContext, rows: Sequence[Row]
) -> Mapping[str, list[Row]]:
    by_number: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.reference:
            by_number[number_key(row.reference, connection.settings.same_number)].append(row)
    return by_number


def among_outstanding(transfer: Transfer, items: Sequence[OutstandingItem]) -> Finding:
    """Whether an outstanding item with the number is this invoice: same contact, date and amount."""
    items = [item for item in items if not _is_of_another_year(transfer, item, item.original_amount)]
    if not items:
        return Finding.ABSENT
    equal = any(
        item.yuki_contact_id == transfer.yuki_contact_id
        and item.date == transfer.invoice_date
        and _same_amount(transfer, item.original_amount)
        for item in items
    )
    return Finding.FOUND if equal else Finding.OTHER


def _archive(connection: InvoiceContext, transfers: Sequence[Transfer]) -> list[SalesDocument]:
    """Return the archive's sales invoices since the transfers were sent, or since their invoices' dates."""
    since = min(transfer.sent_at or _midnight(transfer) for transfer in transfers) - ARCHIVE_MARGIN
    return list(connection.yuki.all_sales_documents(modified_since=since))


def _in_archive(connection: InvoiceContext, transfer: Transfer, documents: Sequence[SalesDocument]) -> Finding:
    documents = [document for document in documents if not _is_of_another_year(transfer, document, document.amount)]
    if not documents:
        return Finding.ABSENT
    equal = [
        document
        for document in documents
        if document.yuki_contact_id == transfer.yuki_contact_id
        and document.date == transfer.invoice_date
        and document.amount is not None
        and _same_amount(transfer, document.amount)
    ]
    if equal:
        # The archive belongs to the domain: only a domain with one administration shows that it is ours.
        return Finding.FOUND if connection.settings.administrations_in_domain == 1 else Finding.UNSURE
    if any(document.yuki_contact_id is None or document.amount is None for document in documents):
        return Finding.UNSURE
    return Finding.OTHER


def _is_of_another_year(transfer: Transfer, record: OutstandingItem | SalesDocument, amount: Decimal | None) -> bool:
    """Whether a record has the number because numbering starts again each year.

    A record of the same contact and amount may be ours, typed in with a wrong date.
    """
    if record.date is None or transfer.invoice_date is None or record.date.year == transfer.invoice_date.year:
        return False
    is_same_contact = record.yuki_contact_id in (None, transfer.yuki_contact_id)
    return not (is_same_contact and (amount is None or _same_amount(transfer, amount)))


def _same_amount(transfer: Transfer, amount: Decimal) -> bool:
    # Outstanding items are in euros: of other currencies only number, contact and date can be compared.
    return transfer.currency != EURO or amount == transfer.total_incl


def _midnight(transfer: Transfer) -> datetime:
    day = transfer.invoice_date or date(2000, 1, 1)
    return datetime(day.year, day.month, day.day, tzinfo=transfer.first_seen_at.tzinfo)


def _settle_or_look_later(connection: InvoiceContext, transfer: Transfer, finding: Found) -> None:
    try:
        _settle(connection, transfer, finding)
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, the others are settled)
        _look_later(connection, transfer, type(error).__name__)


def _settle(connection: InvoiceContext, transfer: Transfer, finding: Found) -> None:
    now, facts = connection.now(), {"reference": transfer.reference}
    if not isinstance(finding, Finding):
        _note_absence(connection, transfer, JournalEntry(JournalKind.VERIFICATION, "alike", facts), now, finding)
        return
    looked = JournalEntry(JournalKind.VERIFICATION, finding.name.lower(), facts)
    match finding:
        case Finding.FOUND:
            how = Verification.FOUND if transfer.sent_at else Verification.FOUND_UNSENT
            booked = transfer.after(Confirm(how, write_due_at(connection)), now)
            stored = store_booked_unless_changed(connection, booked, [looked, decision(booked)])
            if stored:
                write_external_id(connection, stored)
        case Finding.OTHER if transfer.has_agreement(Agreement.SAME_NUMBER):
            # A person compared them: what has the number is not this invoice.
            _note_absence(connection, transfer, looked, now)
        case Finding.OTHER:
            held = transfer.after(FindOther(_in_yuki(transfer)), now)
            store_unless_changed(connection, held, [looked, decision(held)])
        case Finding.UNSURE:
            _look_later(connection, transfer, "archive_unclear")
        case Finding.ABSENT:
            _note_absence(connection, transfer, looked, now)


def _note_absence(
    connection: InvoiceContext, transfer: Transfer, looked: JournalEntry, now: datetime, alike: Details = ()
) -> None:
    """Believe an absence only when seen twice, ten minutes apart, the first time five minutes after the attempt."""
    earliest = transfer.verify_at(now)
    if now < earliest:
        later = replace(transfer, due_at=earliest)
    elif transfer.absent_at is None and not was_never_sent(transfer):
        later = replace(transfer, absent_at=now, due_at=now + BETWEEN_LOOKS)
    elif transfer.absent_at is not None and now < transfer.absent_at + BETWEEN_LOOKS:
        later = replace(transfer, due_at=transfer.absent_at + BETWEEN_LOOKS)
    else:
        later = transfer.after(FindAlike(alike), now) if alike else _after_absence(transfer, now)
        store_unless_changed(connection, later, [looked, decision(later)])
        return
    due_at = later.due_at.isoformat() if later.due_at else None
    store_unless_changed(connection, later, [replace(looked, facts={**looked.facts, "due_at": due_at})])


def was_never_sent(transfer: Transfer) -> bool:
    """Whether nobody can have booked it just now, so that one look tells: no call is under way."""
    return transfer.reason in _ONE_LOOK_TELLS and transfer.sent_at is None


def _after_absence(transfer: Transfer, now: datetime) -> Transfer:
    """Return the transfer that may be sent, unless Yuki has said that it has the invoice: it would say so again."""
    if transfer.reason == DoubtReason.DUPLICATE:
        return transfer.after(FindOther(_in_yuki(transfer), transfer.words), now)
    return transfer.after(FindAbsent(), now)


def _in_yuki(transfer: Transfer) -> Detail:
    return number_in_use(DetailCode.NUMBER_IN_YUKI, transfer.reference)


def _look_later(connection: InvoiceContext, transfer: Transfer, why: str, pause: timedelta | None = None) -> None:
    """Keep an unsettled transfer `unconfirmed`, however long it takes: it is never given up by itself.

    A pause that was asked for is no failed look: the ladder does not move on.
    """
    now = connection.now()
    looks = transfer.attempt + (pause is None)
    due_at = now + pause if pause else next_attempt(looks, now, connection.random) or now + timedelta(hours=12)
    later = replace(transfer, details=(error_code(why),), due_at=due_at, attempt=looks)
    facts = {"why": why, "due_at": due_at.isoformat()}
    store_unless_changed(connection, later, [JournalEntry(JournalKind.VERIFICATION, "postponed", facts)])
