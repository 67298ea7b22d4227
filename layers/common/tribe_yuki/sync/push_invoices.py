"""Handle events about invoices: find out what the ids are, prepare, verify, send (design 3, 6)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tribe_yuki.domain.errors import Conflict, Gone
from tribe_yuki.domain.journal import JournalEntry, JournalKind
from tribe_yuki.domain.pending import Route, Sighting
from tribe_yuki.domain.transfer import WAITS_FOR_YUKI, State, Transfer
from tribe_yuki.sync.connection import FIRST_LOOK, RECENT_INVOICES, Connection
from tribe_yuki.sync.pending import resolve_or_keep
from tribe_yuki.sync.prepare_invoice import Prepared, prepare_invoice
from tribe_yuki.sync.send_invoices import send_invoices
from tribe_yuki.sync.verify_invoices import verify_invoices

# A webhook about a link that Tribe does not know starts one look at the recent invoices per window.
RECENT_WINDOW = 60
CLOCK_MARGIN = timedelta(seconds=1)
_TASK_WINDOW = 300
_IN_DOUBT = frozenset({State.SENDING, State.UNCONFIRMED})


def push_invoices(connection: Connection, sightings: Sequence[Sighting]) -> None:
    """Bring the invoices that some events name as far as they can go, then send what is ready.

    What was read after its event was seen need not be read again.
    Raises Retryable or Defect only when nothing could be stored: the ids are then handed over again.
    """
    by_time = sorted(sightings, key=lambda sighting: sighting.seen_at)
    seen = {record_id: sighting.seen_at for sighting in by_time for record_id in sighting.ids}
    if not connection.had_first_look and not connection.is_paused:
        now = connection.now()
        connection.queues.start_task(connection.connection_id, FIRST_LOOK, now, window_seconds=_TASK_WINDOW)
    prepared: list[Prepared] = []
    in_doubt: list[Transfer] = []
    for tribe_invoice_id in invoices_behind(connection, list(seen)):
        stored = connection.transfers.get(connection.connection_id, tribe_invoice_id)
        if stored is not None and _is_known(stored, seen.get(tribe_invoice_id)):
            continue
        if stored is not None and stored.state in _IN_DOUBT:
            in_doubt.append(stored)
        elif (entry := prepare_invoice(connection, tribe_invoice_id)) is not None:
            prepared.append(entry)
    verify_invoices(connection, in_doubt)
    send_invoices(connection, prepared)
    if connection.yuki_health.recovered:
        release_waiting(connection)


def _is_known(stored: Transfer, seen_at: datetime | None) -> bool:
    """Tell whether an event came before the invoice was last read, clocks of two machines allowing."""
    return seen_at is not None and stored.read_at is not None and stored.read_at >= seen_at + CLOCK_MARGIN


def invoices_behind(connection: Connection, record_ids: list[str]) -> list[str]:
    """Return the invoices that some ids belong to: their own, or their lines'.

    An id that nobody knows may be a link's: when a message names nothing else, the recent invoices are looked at.
    What Tribe cannot be asked about now is kept for later.
    """
    found: dict[str, None] = {}
    unknown = 0
    for record_id in record_ids:
        try:
            invoice = _invoice_behind(connection, record_id)
        except Gone:
            unknown += 1
        else:
            found |= {invoice: None} if invoice else {}
    if unknown and not found:
        connection.queues.start_task(
            connection.connection_id, RECENT_INVOICES, connection.now(), window_seconds=RECENT_WINDOW
        )
    return list(found)


def _invoice_behind(connection: Connection, record_id: str) -> str | None:
    if connection.transfers.get(connection.connection_id, record_id) is not None:
        return record_id

    def resolve() -> str | None:
        match connection.tribe.resolve(record_id):
            case None:
                raise Gone("record_unknown")
            case "Activity.Invoice":
                return record_id
            case "ProductLine":
                return connection.tribe.invoice_of_line(record_id)
            case _:
                return None

    return resolve_or_keep(connection, Route.INVOICES, record_id, resolve)


def look_at_recent_invoices(connection: Connection) -> None:
    """Push the invoices that were sent within the last hour, because a link changed that only Tribe knows."""
    since = connection.now() - timedelta(hours=1)
    ids = connection.tribe.sent_invoices(modified_since=since)
    if ids:
        connection.queues.push_invoices(connection.connection_id, ids, connection.now())


def release_waiting(connection: Connection) -> None:
    """Make retries due now, because Yuki is back."""
    now = connection.now()
    entry = JournalEntry(JournalKind.DECISION, "released", {"why": "yuki_is_back"})
    for transfer in connection.transfers.in_state(connection.connection_id, State.WAITING):
        if transfer.reason in WAITS_FOR_YUKI and transfer.due_at is not None and transfer.due_at > now:
            try:
                connection.transfers.save(replace(transfer, due_at=now), [entry], now)
            except Conflict:
                continue
