"""Handle events about invoices: find out what the ids are, prepare, verify, send (design 3, 6)."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tribe_yuki.connections.context import FIRST_LOOK, RECENT_INVOICES
from tribe_yuki.contacts.deferred_event import EventReceipt, Route
from tribe_yuki.contacts.deferred_events import clear_deferred, defer_event, resolve_or_defer
from tribe_yuki.core.errors import Conflict, ConnectorError, Gone, as_ours
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.external_id import write_external_id
from tribe_yuki.invoices.prepare import Preparation, Prepared, prepare_invoices
from tribe_yuki.invoices.send import TIME_TO_FINISH, send_invoices
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.invoices.verify import verify_invoices

# A webhook about a link that Tribe does not know starts one look at the recent invoices per window.
RECENT_WINDOW = 60
CLOCK_MARGIN = timedelta(seconds=1)
# As many as Tribe lets be read together.
PORTION = 20
_TASK_WINDOW = 300
# These end early when Yuki is back.
_WAITS_FOR_YUKI = frozenset({WaitReason.RETRY, WaitReason.BREAKER, WaitReason.BUDGET, WaitReason.SLOW_DOWN})
_IN_DOUBT = frozenset({State.SENDING, State.UNCONFIRMED})


def push_invoices(connection: InvoiceContext, receipts: Sequence[EventReceipt]) -> None:
    """Bring the invoices that some events name as far as they can go, then send what is ready.

    What was read after its event was seen need not be read again. A portion at a time is prepared and sent, so that
    an invoice is not read in vain when Tribe wants to be left alone for a while.
    Raises Retryable or Defect only when some could not be stored: the ids are then handed over again, and those that
    were dealt with are known as such.
    """
    by_time = sorted(receipts, key=lambda receipt: receipt.received_at)
    seen = {record_id: receipt.received_at for receipt in by_time for record_id in receipt.ids}
    if not connection.had_first_look and not connection.is_paused:
        now = connection.now()
        connection.queues.start_task(FIRST_LOOK, now, window_seconds=_TASK_WINDOW)
    if connection.yuki_health.is_away and not connection.is_paused:
        _probe(connection)
    heard_at = {
        record_id: receipt.received_at for receipt in by_time if receipt.by_webhook for record_id in receipt.ids
    }
    events = Events(seen, deque(seen), heard_at)
    while events.left and connection.time_left() > TIME_TO_FINISH:
        bring_on_apart(connection, events, events.portion())
        if len(events.prepared) >= connection.settings.batch_size:
            send_invoices(connection, events.take_prepared())
    if events.left:
        connection.queues.enqueue_invoices(list(events.left), connection.now())
    if events.unknown and not events.found:
        connection.queues.start_task(RECENT_INVOICES, connection.now(), window_seconds=RECENT_WINDOW)
    verify_invoices(connection, events.in_doubt)
    send_invoices(connection, events.take_prepared())
    if connection.yuki_health.recovered:
        release_waiting(connection)
    if events.failures:
        raise events.failures[0]


def _probe(connection: InvoiceContext) -> None:
    """Ask Yuki something harmless, to see whether it is back."""
    with suppress(ConnectorError):
        connection.yuki.administrations()


@dataclass(slots=True)
class Events:
    """The ids of some events: when each was `seen`, which are `left`, and what came of the others.

    `heard_at` is when a webhook told of an id.
    `found` counts the ids that led to an invoice, `unknown` those that Tribe does not know: they may be links'.
    `failures` are of what could not be stored.
    """

    seen: Mapping[str, datetime]
    left: deque[str]
    heard_at: dict[str, datetime]
    prepared: list[Prepared] = field(default_factory=list)
    in_doubt: list[Transfer] = field(default_factory=list)
    found: int = 0
    unknown: int = 0
    failures: list[ConnectorError] = field(default_factory=list)

    def portion(self) -> list[str]:
        """Take the next ids."""
        return [self.left.popleft() for _ in range(min(PORTION, len(self.left)))]

    def take_prepared(self) -> list[Prepared]:
        """Take what is ready to be sent."""
        taken, self.prepared = self.prepared, []
        return taken


def bring_on_apart(connection: InvoiceContext, events: Events, portion: Sequence[str]) -> None:
    """Prepare some ids; when that fails, one by one, so that it stops none but the one that it is of."""
    try:
        bring_on(connection, events, portion)
    except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to one of them)
        if len(portion) > 1:
            for record_id in portion:
                bring_on_apart(connection, events, [record_id])
        elif isinstance(error, ConnectorError):
            events.failures.append(error)
        else:
            defer_event(connection, Route.INVOICES, portion[0], as_ours(error))


def bring_on(connection: InvoiceContext, events: Events, portion: Sequence[str]) -> None:
    """Prepare some ids, as far as that is needed."""
    connection.transfers.read_ahead(portion)
    connection.deferred.read_ahead(Route.INVOICES, portion)
    wanted = []
    for record_id in portion:
        stored = connection.transfers.get(record_id)
        if stored is not None and stored.state in _IN_DOUBT:
            events.in_doubt.append(stored)
        elif stored is not None and stored.state is State.BOOKED and stored.due_at is not None:
            write_external_id(connection, stored)
        elif stored is None or not _is_known(stored, events.seen.get(record_id)):
            wanted.append(record_id)
    result = prepare_invoices(connection, wanted, events.heard_at) if wanted else Preparation()
    events.prepared += result.ready
    events.in_doubt += result.in_doubt
    events.left.extend(result.left)
    for record_id, error in result.strangers.items():
        if error is not None:
            defer_event(connection, Route.INVOICES, record_id, error)
        else:
            _find_behind(connection, record_id, events)
    for record_id in portion:
        if record_id not in result.strangers and record_id not in result.left:
            events.found += 1
            clear_deferred(connection, Route.INVOICES, record_id)


def _find_behind(connection: InvoiceContext, record_id: str, events: Events) -> None:
    """Have the invoice looked at that an id belongs to as one of its lines.

    What Tribe cannot be asked about now is kept for later.
    """

    def resolve() -> str | None:
        match connection.tribe.resolve(record_id):
            case None:
                raise Gone("record_unknown")
            case "ProductLine":
                return connection.tribe.invoice_of_line(record_id)
            case _:
                return None

    try:
        tribe_invoice_id = resolve_or_defer(connection, Route.INVOICES, record_id, resolve)
    except Gone:
        events.unknown += 1
        return
    if tribe_invoice_id is not None:
        events.found += 1
        if record_id in events.heard_at:
            events.heard_at.setdefault(tribe_invoice_id, events.heard_at[record_id])
        if tribe_invoice_id not in events.seen:
            events.left.append(tribe_invoice_id)


def _is_known(stored: Transfer, seen_at: datetime | None) -> bool:
    """Whether an event came before the invoice was last read, clocks of two machines allowing."""
    return seen_at is not None and stored.read_at is not None and stored.read_at >= seen_at + CLOCK_MARGIN


def look_at_recent_invoices(connection: InvoiceContext) -> None:
    """Push the invoices that were sent within the last hour, because a link changed that only Tribe knows."""
    since = connection.now() - timedelta(hours=1)
    ids = connection.tribe.sent_invoices(modified_since=since)
    if ids:
        connection.queues.enqueue_invoices(ids, connection.now())


def release_waiting(connection: InvoiceContext) -> None:
    """Make retries due now, because Yuki is back."""
    now = connection.now()
    entry = JournalEntry(JournalKind.DECISION, "released", {"why": "yuki_is_back"})
    for transfer in connection.transfers.in_state(State.WAITING):
        if transfer.reason in _WAITS_FOR_YUKI and transfer.due_at is not None and transfer.due_at > now:
            try:
                connection.transfers.save(replace(transfer, due_at=now), [entry], now)
            except Conflict:
                continue
