"""Handle events about relations: read them back and bring what changed to Yuki (design 3, 5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tribe_yuki.connections.context import OUT_OF_TIME, SOON
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.deferred_event import Route, Sighting
from tribe_yuki.contacts.deferred_events import forget, keep, resolve_or_keep
from tribe_yuki.contacts.fields.read import contact_code, is_same_code
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.link import TOMBSTONES, Link, LinkState, Side
from tribe_yuki.contacts.link_or_create import link_contact_under_lease
from tribe_yuki.contacts.merge.apply import after_remembered_holds, merge_and_write, register_relation, was_read_later
from tribe_yuki.contacts.merge.changes import changed_in_tribe
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeRelation, demand_readable
from tribe_yuki.contacts.pull import bury, mark_gone_in_yuki
from tribe_yuki.core.errors import ConnectorError, Defect, Held, Retryable, as_ours
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.work.leases import BUSY_PAUSE, relation_lease

PAUSE = timedelta(minutes=1)
# Longer than the events of the first write take to get here, and not much longer: a person may edit the relation, too.
SETTLED_AFTER = timedelta(seconds=20)
CLOCK_MARGIN = timedelta(seconds=1)
BOTH_STATES = "Both"


def push_contacts(connection: ContactContext, sightings: Sequence[Sighting]) -> None:
    """Bring the relations that some events name to Yuki, and let invoices go that waited for them.

    Raises Retryable or Defect only when nothing could be stored: the ids are then handed over again.
    """
    seen: dict[str, datetime] = {}
    heard_at: dict[str, datetime] = {}
    for sighting in sightings:
        if not connection.has_time:
            _keep_all(connection, sighting.ids)
            continue
        for tribe_relation_id in relations_behind(connection, sighting.ids):
            seen[tribe_relation_id] = max(sighting.seen_at, seen.get(tribe_relation_id, sighting.seen_at))
            if sighting.by_webhook:
                heard_at[tribe_relation_id] = sighting.seen_at
    links = {one: connection.links.get(one) for one in seen}
    settling = {one for one, link in links.items() if _let_settle(connection, link)}
    wanted = [one for one, seen_at in seen.items() if one not in settling and not _is_known(links[one], seen_at)]
    for tribe_relation_id in seen.keys() - settling - set(wanted):
        forget(connection, Route.CONTACTS, tribe_relation_id)
    read_at = connection.now()
    reading = _read(connection, wanted)
    for place, tribe_relation_id in enumerate(wanted):
        if not connection.has_time:
            _keep_all(connection, wanted[place:])
            break
        if tribe_relation_id not in reading.kept:
            relation = reading.relations.get(tribe_relation_id)
            _push_relation(connection, tribe_relation_id, relation, read_at, heard_at.get(tribe_relation_id))


def _keep_all(connection: ContactContext, record_ids: Iterable[str]) -> None:
    """Keep events that this invocation has no time for: the next minute's sweep brings them back."""
    for record_id in record_ids:
        keep(connection, Route.CONTACTS, record_id, Retryable(OUT_OF_TIME, retry_after=SOON))


def relations_behind(connection: ContactContext, record_ids: Sequence[str]) -> list[str]:
    """Return the relations that the ids of one event belong to: their own, or those of their roles and addresses.

    When one of them is known, the others are its links and say nothing more. What Tribe cannot be asked about now is
    kept for later.
    """
    known = {record_id: _known_relation(connection, record_id) for record_id in record_ids}
    for record_id, relation in known.items():
        if relation and relation != record_id:
            # What was kept about an address or role goes on as an event about its relation.
            forget(connection, Route.CONTACTS, record_id)
    found = {relation: None for relation in known.values() if relation}
    if not found:
        for record_id in record_ids:
            relation = _relation_behind(connection, record_id)
            found |= {relation: None} if relation else {}
    return list(found)


def _known_relation(connection: ContactContext, record_id: str) -> str | None:
    if connection.links.get(record_id) is not None:
        return record_id
    return connection.links.relation_of_record(record_id)


def _relation_behind(connection: ContactContext, record_id: str) -> str | None:
    def resolve() -> str | None:
        record_type = connection.tribe.resolve(record_id)
        return connection.tribe.relation_of(record_id, record_type) if record_type is not None else None

    return resolve_or_keep(connection, Route.CONTACTS, record_id, resolve)


def _let_settle(connection: ContactContext, link: Link | None) -> bool:
    """Keep an event about a relation that the import has just linked, and tell whether it is one.

    Its own writes come back as several events. One look later, together with that at other relations, spares Tribe
    more calls than the import makes.
    """
    if link is None or link.state is not LinkState.LINKED or link.prefers is not Side.YUKI:
        return False
    left = link.since + SETTLED_AFTER - connection.now()
    if left <= timedelta():
        return False
    keep(connection, Route.CONTACTS, link.tribe_relation_id, Retryable(WaitReason.SETTLING, retry_after=left))
    return True


def _is_known(link: Link | None, seen_at: datetime) -> bool:
    """Tell whether an event came before the relation was last read, clocks of two machines allowing."""
    return link is not None and link.read_at is not None and link.read_at >= seen_at + CLOCK_MARGIN


def _read(connection: ContactContext, tribe_relation_ids: Sequence[str]) -> "_Reading":
    """Read relations together; when something of one of them stops that, by halves, until that one stands alone."""
    try:
        relations = connection.tribe.read_relations(tribe_relation_ids) if tribe_relation_ids else []
    except Exception as error:  # noqa: BLE001 (whatever it is, it may belong to one of them)
        is_of_one = isinstance(error, Defect) or not isinstance(error, ConnectorError)
        if is_of_one and len(tribe_relation_ids) > 1:
            return _read_apart(connection, tribe_relation_ids)
        for tribe_relation_id in tribe_relation_ids:
            keep(connection, Route.CONTACTS, tribe_relation_id, as_ours(error))
        return _Reading(frozenset(tribe_relation_ids))
    return _Reading(frozenset(), {relation.tribe_relation_id: relation for relation in relations})


def _read_apart(connection: ContactContext, tribe_relation_ids: Sequence[str]) -> "_Reading":
    middle = len(tribe_relation_ids) // 2
    first = _read(connection, tribe_relation_ids[:middle])
    second = _read(connection, tribe_relation_ids[middle:])
    return _Reading(first.kept | second.kept, {**first.relations, **second.relations})


@dataclass(frozen=True, slots=True)
class _Reading:
    """Relations as they were read, by id; those that Tribe could not be asked about are `kept` for later."""

    kept: frozenset[str]
    relations: Mapping[str, TribeRelation] = field(default_factory=dict)


def travels(connection: ContactContext, relation: TribeRelation) -> bool:
    """Tell whether a relation goes to Yuki by itself: customers, and suppliers when they are exported."""
    settings = connection.settings
    is_person = relation.kind is ContactKind.PERSON
    exported = settings.export_private_customers if is_person else settings.export_customers
    if exported and relation.has_role(RoleKind.CUSTOMER):
        return True
    return settings.export_suppliers and relation.has_role(RoleKind.SUPPLIER)


def _push_relation(
    connection: ContactContext,
    tribe_relation_id: str,
    relation: TribeRelation | None,
    read_at: datetime,
    heard_at: datetime | None,
) -> None:
    try:
        is_in_yuki = _push(connection, tribe_relation_id, relation, read_at, heard_at)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the matter of this relation alone)
        # The link itself is written only under its lease, so what waits is the event.
        keep(connection, Route.CONTACTS, tribe_relation_id, as_ours(error))
        return
    forget(connection, Route.CONTACTS, tribe_relation_id)
    if is_in_yuki:
        connection.waiting_invoices.release_of_relation(tribe_relation_id)


def _push(
    connection: ContactContext,
    tribe_relation_id: str,
    relation: TribeRelation | None,
    read_at: datetime,
    heard_at: datetime | None,
) -> bool:
    """Bring a relation to Yuki; tell whether invoices may have waited for this. A webhook told of it at `heard_at`."""
    stored = connection.links.get(tribe_relation_id)
    if relation is None:
        if stored is not None and stored.state not in TOMBSTONES:
            with relation_lease(connection, tribe_relation_id):
                _bury_or_repoint(connection, tribe_relation_id)
        return False
    demand_readable(relation)
    if stored is None:
        register_relation(connection, relation)
        if not travels(connection, relation):
            return False
    if stored is not None and stored.state in TOMBSTONES:
        return False
    if stored is not None and not _has_news(connection, stored, relation):
        connection.links.set_read_at(tribe_relation_id, read_at)
        return True
    if connection.is_paused:
        raise Retryable(WaitReason.PAUSED, retry_after=PAUSE)
    with relation_lease(connection, tribe_relation_id), after_remembered_holds():
        _push_fields(connection, relation, read_at, heard_at)
    return True


def _has_news(connection: ContactContext, link: Link, relation: TribeRelation) -> bool:
    """Tell whether a relation has something to tell Yuki; asks nobody.

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


def _push_fields(
    connection: ContactContext, relation: TribeRelation, read_at: datetime, heard_at: datetime | None
) -> None:
    """Link a relation that has no contact yet; read the contact of another one, and merge."""
    link = connection.links.get(relation.tribe_relation_id)
    if link is None or link.state is not LinkState.LINKED:
        link_contact_under_lease(connection, relation, read_at=read_at, for_invoice=False, heard_at=heard_at)
        return
    if was_read_later(link, read_at):
        raise Retryable(WaitReason.BUSY, "another worker read this relation later", retry_after=BUSY_PAUSE)
    found = connection.yuki.search_contacts("ID", link.yuki_contact_id or "", active=BOTH_STATES)
    contact = next((one for one in found if one.yuki_contact_id == link.yuki_contact_id), None)
    if contact is None:
        mark_gone_in_yuki(connection, link)
        raise Held(HoldReason.CONTACT_GONE_IN_YUKI)
    merge_and_write(connection, link, relation, contact, read_at=read_at, heard_at=heard_at)


def _bury_or_repoint(connection: ContactContext, tribe_relation_id: str) -> None:
    """Keep a tombstone of a relation that is gone; one that was merged into another leaves its contact to that one.

    Tribe's merge moves addresses and roles to the relation that stays, and deletes the other (tribe-api 4.7).
    """
    link = connection.links.get(tribe_relation_id)
    if link is None or link.state in TOMBSTONES:
        return
    heir = _heir(connection, link)
    if heir is None:
        bury(connection, link)
        return
    heir_link = connection.links.get(heir)
    if heir_link is not None and heir_link.yuki_contact_id is not None:
        bury(connection, link, merged_into=heir)
        return
    _repoint(connection, link, heir_link or Link(link.connection_id, heir, LinkState.NEW, since=connection.now()))
    connection.queues.enqueue_relation(heir, connection.now())


def _repoint(connection: ContactContext, link: Link, heir: Link) -> None:
    now = connection.now()
    winner = replace(
        heir,
        state=LinkState.LINKED,
        since=now,
        kind=link.kind,
        yuki_contact_id=link.yuki_contact_id,
        code=link.code,
        is_customer=link.is_customer,
        reason=None,
        detail="",
        read_at=None,
    )
    loser = replace(link, state=LinkState.GONE_IN_TRIBE, since=now, yuki_contact_id=None, code=None, reason=None)
    facts = {"merged": link.tribe_relation_id, "yuki_contact_id": link.yuki_contact_id}
    with relation_lease(connection, heir.tribe_relation_id):
        connection.links.repoint(loser, winner, [JournalEntry(JournalKind.DECISION, "repointed", facts)], now)


def _heir(connection: ContactContext, link: Link) -> str | None:
    """Return the relation that has an address or role of a relation that is gone."""
    for record_id in link.record_ids:
        record_type = connection.tribe.resolve(record_id)
        owner = connection.tribe.relation_of(record_id, record_type) if record_type else None
        if owner is not None and owner != link.tribe_relation_id:
            return owner
    return None
