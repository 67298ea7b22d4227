"""Handle events about relations: read them back and make sure of their contact in Yuki (design 3, 5)."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from tribe_yuki.domain.contact import ContactKind, RoleKind, TribeRelation
from tribe_yuki.domain.errors import ConnectorError, Held, Retryable
from tribe_yuki.domain.holds import HOLDS, Release
from tribe_yuki.domain.journal import JournalEntry, JournalKind
from tribe_yuki.domain.link import TOMBSTONES, Link, LinkState
from tribe_yuki.domain.pending import Route
from tribe_yuki.domain.transfer import WAIT_PAUSED, State
from tribe_yuki.sync.connection import Connection
from tribe_yuki.sync.link_contact import link_contact
from tribe_yuki.sync.pending import forget, keep, resolve_or_keep

PAUSE = timedelta(minutes=1)
_RELEASED_BY_A_CHANGE = frozenset({Release.RECORD_CHANGED, Release.CAUSE_GONE_IN_YUKI})


def push_contacts(connection: Connection, seen: Mapping[str, datetime]) -> None:
    """Bring the relations behind some record ids to Yuki, and let invoices go that waited for them.

    Raises Retryable or Defect only when nothing could be stored: the ids are then handed over again.
    """
    for tribe_relation_id in relations_behind(connection, list(seen)):
        _push_relation(connection, tribe_relation_id)


def relations_behind(connection: Connection, record_ids: list[str]) -> list[str]:
    """Return the relations that some ids belong to: their own, or those of their roles and addresses.

    What Tribe cannot be asked about now is kept for later.
    """
    found: dict[str, None] = {}
    for record_id in record_ids:
        relation = _relation_behind(connection, record_id)
        found |= {relation: None} if relation else {}
    return list(found)


def _relation_behind(connection: Connection, record_id: str) -> str | None:
    if connection.links.get(connection.connection_id, record_id) is not None:
        return record_id

    def resolve() -> str | None:
        record_type = connection.tribe.resolve(record_id)
        return connection.tribe.relation_of(record_id, record_type) if record_type is not None else None

    return resolve_or_keep(connection, Route.CONTACTS, record_id, resolve)


def travels(connection: Connection, relation: TribeRelation) -> bool:
    """Tell whether a relation goes to Yuki by itself: customers, and suppliers when they are exported."""
    settings = connection.settings
    is_person = relation.kind is ContactKind.PERSON
    exported = settings.export_private_customers if is_person else settings.export_customers
    if exported and relation.has_role(RoleKind.CUSTOMER):
        return True
    return settings.export_suppliers and relation.has_role(RoleKind.SUPPLIER)


def _push_relation(connection: Connection, tribe_relation_id: str) -> None:
    try:
        is_in_yuki = _read_and_link(connection, tribe_relation_id)
    except ConnectorError as error:
        # The link itself is written only under its lease, so what waits is the event.
        keep(connection, Route.CONTACTS, tribe_relation_id, error)
        return
    forget(connection, Route.CONTACTS, tribe_relation_id)
    if is_in_yuki:
        _release_invoices(connection, tribe_relation_id)


def _read_and_link(connection: Connection, tribe_relation_id: str) -> bool:
    """Make sure of a relation's contact; tell whether invoices may have waited for this."""
    relation = connection.tribe.read_relation(tribe_relation_id)
    stored = connection.links.get(connection.connection_id, tribe_relation_id)
    if relation is None:
        _bury(connection, stored)
        return False
    if stored is None and not travels(connection, relation):
        return False
    if connection.is_paused:
        raise Retryable(WAIT_PAUSED, retry_after=PAUSE)
    with suppress(Held):  # the link remembers why; an invoice may wait for another reason that is gone now
        link_contact(connection, relation)
    return True


def _bury(connection: Connection, link: Link | None) -> None:
    """Keep a tombstone of a relation that is gone in Tribe; nothing is deleted in Yuki."""
    if link is None or link.state in TOMBSTONES:
        return
    now = connection.now()
    gone = replace(link, state=LinkState.GONE_IN_TRIBE, since=now, reason=None, detail="")
    connection.links.save(gone, [JournalEntry(JournalKind.DECISION, LinkState.GONE_IN_TRIBE.value)], now)


def _release_invoices(connection: Connection, tribe_relation_id: str) -> None:
    """Have held invoices of a relation looked at again that a change of it may release."""
    held = [
        transfer.tribe_invoice_id
        for transfer in connection.transfers.in_state(connection.connection_id, State.HELD)
        if transfer.tribe_relation_id == tribe_relation_id
        and (reason := transfer.hold_reason) is not None
        and HOLDS[reason].release in _RELEASED_BY_A_CHANGE
    ]
    if held:
        connection.queues.push_invoices(connection.connection_id, held, connection.now())
