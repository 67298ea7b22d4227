"""What stands in for a protection that is left out, where it takes more than a constant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Never

from lxml import etree

from tests.support.details import told
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Write
from tribe_yuki.adapters.aws.queues import Queues
from tribe_yuki.adapters.aws.timestamps import Timestamps
from tribe_yuki.adapters.aws.yuki_calls import YukiSessions
from tribe_yuki.adapters.tribe.values import opaque
from tribe_yuki.adapters.yuki.documents import contact_document, sales_invoices_document
from tribe_yuki.adapters.yuki.markup import Element
from tribe_yuki.adapters.yuki.soap import Operation
from tribe_yuki.connections.context import COMPARE_CONTACTS, POLL_CURSOR
from tribe_yuki.connections.settings import ConnectionSettings, PhaseMeaning
from tribe_yuki.connections.yuki_session import RefusedKey, StoredSession
from tribe_yuki.contacts.deferred_event import Route
from tribe_yuki.contacts.deferred_events import clear_deferred
from tribe_yuki.contacts.fields.read import ContactPair
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.link import Link, LinkState, Side
from tribe_yuki.contacts.merge.decide import MergePlan, decide_merge
from tribe_yuki.contacts.merge.observation import Change, FieldObservation
from tribe_yuki.contacts.merge.yuki_elements import YukiElements
from tribe_yuki.contacts.model import TribeRelation
from tribe_yuki.contacts.pull import Pulled, pull_contact
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.details import error_code
from tribe_yuki.core.errors import ConnectorError, Held, Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.ladder import STEPS
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.batch import Sending
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.document.invoice import content_hash
from tribe_yuki.invoices.document.pdf_choice import Likeness
from tribe_yuki.invoices.external_id import ExternalId
from tribe_yuki.invoices.failure_policy import after_error, store_unless_changed
from tribe_yuki.invoices.judge import Verdict, judge_answer, judge_error
from tribe_yuki.invoices.model import BatchAnswer, SalesInvoice, TribeAttachment, TribeInvoice, TribeProduct
from tribe_yuki.invoices.moves import Confirm, Doubt, Refuse, Send, Verification, Wait
from tribe_yuki.invoices.send import conclude
from tribe_yuki.invoices.transfer import Transfer
from tribe_yuki.invoices.verify import Finding
from tribe_yuki.work.sweep import tasks_in_turn

_transact, _update = DynamoDb.transact, DynamoDb.update
_set_timestamp, _start_task = Timestamps.set, Queues.start_task
_remember_session, _compare = YukiSessions.replace, FieldObservation.compare
_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def do_nothing(*_: object, **__: object) -> None:
    return None


def say_no(*_: object) -> bool:
    return False


def say_yes(*_: object) -> bool:
    return True


def find_none(*_: object, **__: object) -> list[object]:
    return []


def find_nobody(*_: object) -> frozenset[str]:
    return frozenset()


def count_none(*_: object) -> int:
    return 0


# --- invoices ---------------------------------------------------------------------------------------------------------


def write_no_intent(connection: InvoiceContext, transfer: Transfer, document: SalesInvoice) -> Sending:
    now = connection.now()
    return Sending(transfer.after(Send(content_hash(document), with_document=True, until=now), now), document)


def find_nothing(_: InvoiceContext, transfers: Sequence[Transfer]) -> dict[str, Finding]:
    return {transfer.tribe_invoice_id: Finding.ABSENT for transfer in transfers}


def compare_numbers_only(_: Transfer, items: Sequence[object]) -> Finding:
    return Finding.FOUND if items else Finding.ABSENT


def take_for_failure(connection: InvoiceContext, verdict: Verdict) -> None:
    """Have what is in doubt sent again as if it had never been sent."""
    if not isinstance(verdict.move, Doubt):
        conclude(connection, verdict)
        return
    now = connection.now()
    waiting = verdict.sending.transfer.after(Wait(WaitReason.RETRY, now, (error_code(verdict.move.why),)), now)
    store_unless_changed(connection, replace(waiting, sends=0, sent_at=None, absent_at=None), [])


def take_for_success(connection: InvoiceContext, verdict: Verdict) -> None:
    is_unknown = isinstance(verdict.move, Doubt)
    conclude(connection, replace(verdict, move=Confirm(Verification.ANSWER)) if is_unknown else verdict)


def retry_refusals(connection: InvoiceContext, verdict: Verdict) -> None:
    if isinstance(verdict.move, Refuse):
        later = after_error(connection, verdict.sending.transfer, Retryable("refused"))
        connection.transfers.save(later, [], connection.now())
    else:
        conclude(connection, verdict)


def judge_by_position(batch: Sequence[Sending], answer: BatchAnswer, now: datetime, **due: Any) -> Iterator[Verdict]:
    """Take the first answer for that of the first invoice, and so on."""
    for sending, one in zip(batch, answer.invoices, strict=False):
        own = replace(one, reference=sending.document.reference)
        yield from judge_answer([sending], replace(answer, invoices=(own,)), now, **due)


def refuse_each(entries: Sequence[Sending], *cause: Any) -> Iterator[Verdict]:
    """Take the refusal of a document for that of each of its invoices."""
    return (verdict for sending in entries for verdict in judge_error([sending], *cause))


def believe_every_mark(_: object, invoice: Any, __: object) -> ExternalId:
    return ExternalId.OURS if invoice.fields.get("ImportId") else ExternalId.NONE


def number_as_it_is(record: Any) -> str | None:
    return opaque(record, "Number")


class NoRounder:
    """Finds no line that brings Yuki to a total."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def lines_to(self, _: object) -> None:
        """Find no line."""


def any_pdf_with_the_number(file: TribeAttachment, invoice: TribeInvoice, _: datetime) -> Likeness:
    """Take every file for the invoice, and first of all one whose name holds its number anywhere."""
    return Likeness.NUMBER if (invoice.number or "") in file.file_name else Likeness.MADE_WHEN_SENT


def names_without_codes(named: list[TribeProduct]) -> dict[str, str]:
    return {product.tribe_product_id: product.name for product in named}


def link_nobody(connection: InvoiceContext, relation: TribeRelation, _: object) -> Link:
    return Link(
        connection.connection_id,
        relation.tribe_relation_id,
        LinkState.NEW,
        since=connection.now(),
        code=relation.debtor_number,
    )


def only_named_phases(_: ConnectionSettings, phase_code: str) -> PhaseMeaning:
    return PhaseMeaning.SENT if phase_code in ("Sent", "Paid") else PhaseMeaning.DRAFT


# --- contacts ---------------------------------------------------------------------------------------------------------


def merge_texts(pair: ContactPair, *_: Any, **__: Any) -> MergePlan:
    """Compare texts as they are read, and forget what was synchronised."""
    differs = pair.relation.phone != pair.contact.phone_work
    return MergePlan(elements=YukiElements({"PhoneWork": pair.relation.phone or ""} if differs else {}))


def merge_without_base(pair: ContactPair, _: object, *rest: Any, **more: Any) -> MergePlan:
    return decide_merge(pair, {}, *rest, **more)


def take_own_writes_for_edits(seen: FieldObservation, side: Side, modified_at: datetime | None) -> Change:
    change = _compare(seen, side, modified_at)
    return Change.CHANGED if change in (Change.STALE, Change.NOT_REFLECTED) else change


def sides_with_export(relation: Any, settings: Any) -> frozenset[Side]:
    return writable_sides(relation, settings.model_copy(update={"export_customers": True}))


def names_without_mark(elements: Mapping[str, str], _: object) -> dict[str, str]:
    return dict(elements)


def pull_or_forget(*given: Any, **named: Any) -> Pulled:
    try:
        return pull_contact(*given, **named)
    except ConnectorError:
        return Pulled.SKIPPED


def clear_relations_only(connection: InvoiceContext, route: Route, record_id: str) -> None:
    if connection.links.get(record_id) is not None:
        clear_deferred(connection, route, record_id)


# --- work -------------------------------------------------------------------------------------------------------------


def transact_unconditionally(db: DynamoDb, writes: Sequence[Write]) -> None:
    _transact(db, [replace(write, condition=None, values=None, names=None) for write in writes])


def count_unconditionally(db: DynamoDb, table: str, key: Any, expression: str, **more: Any) -> Any:
    if expression.startswith("ADD calls"):
        more["condition"] = None
        more["values"] = {name: more["values"][name] for name in (":one", ":expires")}
    return _update(db, table, key, expression, **more)


def move_cursor_ahead(timestamps: Timestamps, name: str, at: datetime) -> None:
    _set_timestamp(timestamps, name, at + timedelta(days=1) if name == POLL_CURSOR else at)


def start_no_comparison(queues: Queues, task: str, *rest: Any, **more: Any) -> None:
    if task != COMPARE_CONTACTS:
        _start_task(queues, task, *rest, **more)


def ignore_pauses(connection: Any, now: datetime) -> Iterator[tuple[str, datetime | None]]:
    return ((task, _NOON) for task in tasks_in_turn(connection, now))


def forget_refusals(sessions: YukiSessions, old: str | None, new: StoredSession | RefusedKey) -> bool:
    return not isinstance(new, RefusedKey) and _remember_session(sessions, old, new)


def after_24_hours(now: datetime) -> datetime:
    local = now.astimezone(AMSTERDAM)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC) + timedelta(days=1)


def by_the_wall(attempt: int, now: datetime, _: Random) -> datetime:
    return (now.astimezone(AMSTERDAM) + STEPS[attempt - 1]).astimezone(UTC)


def act_at_once(_tick: object, _connection_id: str, _needs: timedelta, act: Any) -> None:
    act()


def tell_unguarded(_: object, hear: Any, operation: Operation) -> None:
    hear(operation.name)


def fail_unnoted(*_: object) -> Never:
    raise OverflowError


# --- containment and leaks --------------------------------------------------------------------------------------------


def raise_again(error: Exception) -> Never:
    raise error


def raise_unless_ours(error: Exception) -> ConnectorError:
    if isinstance(error, ConnectorError):
        return error
    raise error


def report_nothing(_connection: object, _contact: object, error: Exception) -> Never:
    raise error


def hold_with_words(error: Exception) -> Held:
    return Held(HoldReason.NOT_UNDERSTOOD, *told(str(error)))


def parse_trusting(body: bytes) -> Element:
    """Parse as a parser does that nobody told to be careful."""
    return etree.fromstring(body, etree.XMLParser(resolve_entities=True, load_dtd=True, huge_tree=True))


def pasted(document: Element) -> Element:
    """Return a document as it would be if its texts had been pasted into XML as they are."""
    text = etree.tostring(document).replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&amp;", b"&")
    return etree.fromstring(text)


def pasted_contact(elements: Mapping[str, str]) -> Element:
    return pasted(contact_document(elements))


def pasted_invoices(invoices: Sequence[SalesInvoice]) -> Element:
    return pasted(sales_invoices_document(invoices))
