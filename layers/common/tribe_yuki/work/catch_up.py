"""Nightly: find the changes of Tribe that no webhook told (design 7; reliability F16)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tribe_yuki.connections.context import CATCH_UP, CAUGHT_UP_TO
from tribe_yuki.contacts.fields.code import contact_code, is_same_code
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.link import TOMBSTONES, LinkState, Side
from tribe_yuki.contacts.match.index import index_relations
from tribe_yuki.contacts.merge.changes import changed_in_tribe
from tribe_yuki.contacts.model import TribeRelation
from tribe_yuki.contacts.push import travels
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.failure_policy import store_unless_changed
from tribe_yuki.invoices.transfer import State, missed_transfer
from tribe_yuki.work.progress import Progress
from tribe_yuki.work.slices import SlicedTask

# Tribe stamps changes with its own clock, in whole seconds, and a slow transaction shows late.
OVERLAP = timedelta(hours=1)
RELATIONS_PER_SLICE = 200
READ_AT_ONCE = 20
_INVOICES, _RELATIONS = "invoices", "relations"


def run_catch_up_slice(connection: InvoiceContext, progress: Progress) -> Progress:
    """Do one slice: first the invoices, then the relations, a few hundred at a time."""
    if progress.phase == _INVOICES:
        return _catch_up_invoices(connection, progress).go_on(_RELATIONS)
    return _catch_up_relations(connection, progress)


def _catch_up_invoices(connection: InvoiceContext, progress: Progress) -> Progress:
    """Have the invoices pushed that were sent and have no transfer, and held invoices whose change nobody told us."""
    ids = connection.tribe.sent_invoices(modified_since=_since(connection, invoices=True))
    missed = [invoice_id for invoice_id in ids if note_missed(connection, invoice_id)]
    changed = changed_while_held(connection, ids)
    if missed or changed:
        connection.queues.enqueue_invoices([*missed, *changed], connection.now())
        connection.log_warning("webhooks_missed", {"invoices": str(len(missed) + len(changed))})
    return progress.count(invoices=len(ids), missed_invoices=len(missed))


def note_missed(connection: InvoiceContext, tribe_invoice_id: str) -> bool:
    """Begin the transfer of an invoice that has none, and tell whether that was so."""
    if connection.transfers.get(tribe_invoice_id) is not None:
        return False
    missed = missed_transfer(connection.connection_id, tribe_invoice_id, connection.now())
    return store_unless_changed(connection, missed, [JournalEntry(JournalKind.EVENT, "webhook_missed")]) is not None


def changed_while_held(connection: InvoiceContext, tribe_invoice_ids: Sequence[str]) -> list[str]:
    """Return the held invoices that changed since they were last read: the change may release them."""
    stored = (connection.transfers.get(invoice_id) for invoice_id in tribe_invoice_ids)
    read_at = {
        transfer.tribe_invoice_id: transfer.read_at
        for transfer in stored
        if transfer and transfer.state is State.HELD and transfer.read_at
    }
    ids, changed = list(read_at), []
    for start in range(0, len(ids), READ_AT_ONCE):
        connection.demand_time()
        for invoice in connection.tribe.read_invoices(ids[start : start + READ_AT_ONCE]):
            known = read_at[invoice.tribe_invoice_id].replace(microsecond=0)  # Tribe tells whole seconds
            if invoice.modified_at is not None and invoice.modified_at >= known:
                changed.append(invoice.tribe_invoice_id)
    return changed


def _catch_up_relations(connection: InvoiceContext, progress: Progress) -> Progress:
    changed = sorted(connection.tribe.relations_changed_since(_since(connection, invoices=False)))
    left = [tribe_relation_id for tribe_relation_id in changed if tribe_relation_id > progress.cursor]
    portion = left[:RELATIONS_PER_SLICE]
    for start in range(0, len(portion), READ_AT_ONCE):
        connection.demand_time()
        missed = _missed(connection, portion[start : start + READ_AT_ONCE])
        for tribe_relation_id in missed:
            connection.queues.enqueue_relation(tribe_relation_id, connection.now())
        progress = progress.count(missed_relations=len(missed))
    progress = progress.count(relations=len(portion))
    if len(portion) < len(left):
        return progress.go_on(_RELATIONS, portion[-1])
    connection.timestamps.set(CAUGHT_UP_TO, progress.started_at)
    return progress.finish(connection.now())


def _missed(connection: InvoiceContext, tribe_relation_ids: Sequence[str]) -> list[str]:
    """Return the relations among some that have something to tell Yuki still."""
    relations = connection.tribe.read_relations(tribe_relation_ids)
    return [relation.tribe_relation_id for relation in relations if _is_missed(connection, relation)]


def _is_missed(connection: InvoiceContext, relation: TribeRelation) -> bool:
    if relation.flaws:
        return True  # it is held when it is looked at
    link = connection.links.get(relation.tribe_relation_id)
    if link is None or link.state not in (LinkState.LINKED, *TOMBSTONES):
        index_relations(connection, [relation])
        return travels(connection, relation)
    if link.state in TOMBSTONES:
        return False
    if Side.YUKI not in writable_sides(relation, connection.settings):
        return False
    if not is_same_code(link.number, contact_code(relation)):
        return True
    fingerprints = connection.fingerprints(link.tribe_relation_id)
    return changed_in_tribe(relation, link.base, fingerprints, connection.contact_mapping)


def _since(connection: InvoiceContext, *, invoices: bool) -> datetime:
    """Return from when on changes are looked at; the first time, since when each kind of record is to travel."""
    last = connection.timestamps.get(CAUGHT_UP_TO)
    if last is not None:
        return last - OVERLAP
    settings = connection.settings
    start = datetime(settings.start_date.year, settings.start_date.month, settings.start_date.day, tzinfo=UTC)
    return start if invoices else settings.activated_at


catch_up = SlicedTask(CATCH_UP, _INVOICES, run_catch_up_slice)
