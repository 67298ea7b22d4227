"""Handle events about relations: read them back and bring what changed to Yuki (design 3, 5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.deferred_event import EventReceipt, Route
from tribe_yuki.contacts.deferred_events import clear_deferred, defer_event
from tribe_yuki.contacts.fields.code import contact_code, is_same_code
from tribe_yuki.contacts.gone import mark_gone_in_yuki, mark_gone_or_repoint
from tribe_yuki.contacts.held_links import after_remembered_holds
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.link import TOMBSTONES, Link, LinkState, Side, was_read_later
from tribe_yuki.contacts.link_or_create import link_or_create
from tribe_yuki.contacts.match.index import index_relations
from tribe_yuki.contacts.merge.apply import apply_merge
from tribe_yuki.contacts.merge.changes import changed_in_tribe
from tribe_yuki.contacts.model import ContactKind, RelationSnapshot, RoleKind, TribeRelation, demand_readable
from tribe_yuki.contacts.relation_events import RelationEvents, events_by_relation, keep_all, read_relations
from tribe_yuki.contacts.update_in_yuki import BOTH_STATES
from tribe_yuki.core.errors import Held, Retryable, as_ours
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.work.leases import BUSY_PAUSE, relation_lease

PAUSE = timedelta(minutes=1)
# Longer than the events of the first write take to get here, and not much longer: a person may edit the relation, too.
SETTLED_AFTER = timedelta(seconds=20)
CLOCK_MARGIN = timedelta(seconds=1)


def push_contacts(connection: ContactContext, receipts: Sequence[EventReceipt]) -> None:
    """Bring the relations that some events name to Yuki, and let invoices go that waited for them.

    Raises Retryable or Defect only when nothing could be stored: the ids are then handed over again.
    """
    events = events_by_relation(connection, receipts)
    wanted = _worth_reading(connection, events)
    read_at = connection.now()
    read = read_relations(connection, wanted)
    for place, tribe_relation_id in enumerate(wanted):
        if not connection.has_time:
            keep_all(connection, wanted[place:])
            break
        if tribe_relation_id not in read.kept:
            relation = read.by_id.get(tribe_relation_id)
            webhook_at = events[tribe_relation_id].webhook_at
            snapshot = RelationSnapshot(relation, read_at, webhook_at) if relation is not None else None
            _push_relation(connection, tribe_relation_id, snapshot)


def _worth_reading(connection: ContactContext, events: Mapping[str, RelationEvents]) -> list[str]:
    """Return the relations that were not read since their events, and did not come from the import just now."""
    wanted = []
    for tribe_relation_id, event in events.items():
        link = connection.links.get(tribe_relation_id)
        if _let_settle(connection, link):
            continue
        if _is_known(link, event.received_at):
            clear_deferred(connection, Route.CONTACTS, tribe_relation_id)
        else:
            wanted.append(tribe_relation_id)
    return wanted


def _let_settle(connection: ContactContext, link: Link | None) -> bool:
    """Keep an event about a relation that the import has just linked; return whether it is that.

    Its own writes come back as several events. One look later, together with that at other relations, spares Tribe
    more calls than the import makes.
    """
    if link is None or link.state is not LinkState.LINKED or link.prefers is not Side.YUKI:
        return False
    left = link.since + SETTLED_AFTER - connection.now()
    if left <= timedelta():
        return False
    defer_event(connection, Route.CONTACTS, link.tribe_relation_id, Retryable(WaitReason.SETTLING, retry_after=left))
    return True


def _is_known(link: Link | None, received_at: datetime) -> bool:
    """Whether an event came before the relation was last read, clocks of two machines allowing."""
    return link is not None and link.read_at is not None and link.read_at >= received_at + CLOCK_MARGIN


def travels(connection: ContactContext, relation: TribeRelation) -> bool:
    """Whether a relation goes to Yuki by itself: customers, and suppliers when they are exported."""
    settings = connection.settings
    is_person = relation.kind is ContactKind.PERSON
    exported = settings.export_private_customers if is_person else settings.export_customers
    if exported and relation.has_role(RoleKind.CUSTOMER):
        return True
    return settings.export_suppliers and relation.has_role(RoleKind.SUPPLIER)


def _push_relation(connection: ContactContext, tribe_relation_id: str, snapshot: RelationSnapshot | None) -> None:
    try:
        may_go = _push(connection, tribe_relation_id, snapshot)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the matter of this relation alone)
        # The link itself is written only under its lease, so what waits is the event.
        defer_event(connection, Route.CONTACTS, tribe_relation_id, as_ours(error))
        return
    clear_deferred(connection, Route.CONTACTS, tribe_relation_id)
    if may_go:
        connection.waiting_invoices.release_of_relation(tribe_relation_id)


def _push(connection: ContactContext, tribe_relation_id: str, snapshot: RelationSnapshot | None) -> bool:
    """Bring a relation to Yuki; return whether invoices may go for it. Without a snapshot it is gone."""
    link = connection.links.get(tribe_relation_id)
    if snapshot is None:
        if link is not None and link.state not in TOMBSTONES:
            with relation_lease(connection, tribe_relation_id):
                mark_gone_or_repoint(connection, tribe_relation_id)
        return False
    demand_readable(snapshot.relation)
    if link is None:
        index_relations(connection, [snapshot.relation])
        if not travels(connection, snapshot.relation):
            return True
    elif link.state in TOMBSTONES:
        return False
    elif not _has_news(connection, link, snapshot.relation):
        connection.links.set_read_at(tribe_relation_id, snapshot.read_at)
        return True
    if connection.is_paused:
        raise Retryable(WaitReason.PAUSED, retry_after=PAUSE)
    with relation_lease(connection, tribe_relation_id), after_remembered_holds():
        _push_fields(connection, snapshot)
    pushed = connection.links.get(tribe_relation_id)
    return pushed is None or pushed.state is not LinkState.HELD


def _has_news(connection: ContactContext, link: Link, relation: TribeRelation) -> bool:
    """Whether a relation has something to tell Yuki; asks nobody.

    One of a type that is not exported has not: what waits for it is an invoice, which sees to its contact itself.
    """
    if link.creating_as is not None:
        return True
    if Side.YUKI not in writable_sides(relation, connection.settings):
        return False
    if (
        link.state is not LinkState.LINKED
        or link.reason is not None
        or not is_same_code(link.number, contact_code(relation))
    ):
        return True
    fingerprints = connection.fingerprints(link.tribe_relation_id)
    return changed_in_tribe(relation, link.base, fingerprints, connection.contact_mapping)


def _push_fields(connection: ContactContext, snapshot: RelationSnapshot) -> None:
    """Link a relation that has no contact yet; read the contact of another one, and merge."""
    link = connection.links.get(snapshot.relation.tribe_relation_id)
    if link is None or link.state is not LinkState.LINKED:
        link_or_create(connection, snapshot)
        return
    if was_read_later(link, snapshot.read_at):
        raise Retryable(WaitReason.BUSY, "another worker read this relation later", retry_after=BUSY_PAUSE)
    contacts = connection.yuki.search_contacts("ID", link.yuki_contact_id or "", active=BOTH_STATES)
    contact = next((contact for contact in contacts if contact.yuki_contact_id == link.yuki_contact_id), None)
    if contact is None:
        mark_gone_in_yuki(connection, link)
        raise Held(HoldReason.CONTACT_GONE_IN_YUKI)
    apply_merge(connection, link, snapshot, contact)
