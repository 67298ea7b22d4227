"""Keep tombstones of relations and contacts that are gone, and follow Tribe's merge of two relations."""

from dataclasses import replace

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.link import TOMBSTONES, Link, LinkState
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.work.leases import relation_lease


def mark_gone_in_tribe(connection: ContactContext, link: Link, **facts: str) -> Link:
    """Keep a tombstone of a relation that is gone in Tribe; nothing is deleted in Yuki."""
    return _end(connection, link, LinkState.GONE_IN_TRIBE, **facts)


def mark_gone_in_yuki(connection: ContactContext, link: Link) -> Link:
    """Keep a tombstone of a contact that is gone in Yuki; nothing is deleted in Tribe."""
    return _end(connection, link, LinkState.GONE_IN_YUKI)


def _end(connection: ContactContext, link: Link, state: LinkState, **facts: str) -> Link:
    if link.state in TOMBSTONES:
        return link
    now = connection.now()
    gone = replace(link, state=state, since=now, reason=None, details=(), creating_since=None, creating_as=None)
    return connection.links.save(gone, [JournalEntry(JournalKind.DECISION, state.value, facts)], now)


def mark_gone_or_repoint(connection: ContactContext, tribe_relation_id: str) -> None:
    """Keep a tombstone of a relation that is gone, unless it was merged into another, which then gets its contact.

    Tribe's merge moves addresses and roles to the relation that stays, and deletes the other (tribe-api 4.7).
    """
    link = connection.links.get(tribe_relation_id)
    if link is None or link.state in TOMBSTONES:
        return
    heir = _heir(connection, link)
    if heir is None:
        mark_gone_in_tribe(connection, link)
        return
    heir_link = connection.links.get(heir)
    if heir_link is not None and heir_link.yuki_contact_id is not None:
        mark_gone_in_tribe(connection, link, merged_into=heir)
        return
    _repoint(connection, link, heir_link or Link(link.connection_id, heir, LinkState.NEW, since=connection.now()))
    connection.queues.enqueue_relation(heir, connection.now())


def _heir(connection: ContactContext, link: Link) -> str | None:
    """Return the relation that has an address or role of a relation that is gone."""
    for record_id in link.record_ids:
        record_type = connection.tribe.resolve(record_id)
        owner = connection.tribe.relation_of(record_id, record_type) if record_type else None
        if owner is not None and owner != link.tribe_relation_id:
            return owner
    return None


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
        details=(),
        read_at=None,
    )
    loser = replace(link, state=LinkState.GONE_IN_TRIBE, since=now, yuki_contact_id=None, code=None, reason=None)
    facts = {"merged": link.tribe_relation_id, "yuki_contact_id": link.yuki_contact_id}
    with relation_lease(connection, heir.tribe_relation_id):
        connection.links.repoint(loser, winner, [JournalEntry(JournalKind.DECISION, "repointed", facts)], now)
