"""Bring a change of a Yuki contact to its relation in Tribe (design 5, 7)."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.fields.code import is_same_code
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.gone import mark_gone_in_tribe
from tribe_yuki.contacts.held_links import after_remembered_holds
from tribe_yuki.contacts.link import Link, LinkState, Side, was_read_later
from tribe_yuki.contacts.merge.apply import apply_merge
from tribe_yuki.contacts.merge.changes import changed_in_yuki
from tribe_yuki.contacts.model import RelationSnapshot, TribeRelation, YukiContact, demand_readable
from tribe_yuki.contacts.odd_contacts import forget_odd, odd_ids, report_odd
from tribe_yuki.core.errors import ConnectorError, Defect, Gone
from tribe_yuki.core.fingerprint import Fingerprints
from tribe_yuki.work.leases import relation_lease


class Pulled(StrEnum):
    """What became of one row of Yuki."""

    UNLINKED = "unlinked"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    SKIPPED = "skipped"


def pull_contact(
    connection: ContactContext, contact: YukiContact, requested_at: datetime, *, codes_later: bool = False
) -> Pulled:
    """Merge a contact as it was read after `requested_at` with its relation; a contact without link is left alone.

    Raises Unreadable for a contact with flaws.
    """
    demand_readable(contact)
    tribe_relation_id = connection.links.relation_linked_to(contact.yuki_contact_id)
    if tribe_relation_id is None:
        return Pulled.UNLINKED
    link = connection.links.get(tribe_relation_id)
    if link is None or link.state is not LinkState.LINKED:
        return Pulled.SKIPPED
    if not needs_merge(link, contact, connection.fingerprints(tribe_relation_id), connection.contact_mapping):
        return Pulled.UNCHANGED
    with relation_lease(connection, tribe_relation_id):
        return _merge(connection, tribe_relation_id, contact, requested_at, codes_later=codes_later)


def pull_or_report(
    connection: ContactContext,
    contacts: Iterable[YukiContact],
    requested_at: datetime,
    *,
    codes_later: bool = False,
) -> list[tuple[YukiContact, Pulled]]:
    """Pull contacts; what goes wrong with one must not keep the others waiting, and the nightly compare tries again."""
    odd, pulled = odd_ids(connection), []
    for contact in contacts:
        connection.demand_time()
        try:
            outcome = pull_contact(connection, contact, requested_at, codes_later=codes_later)
        except Exception as error:
            if isinstance(error, ConnectorError) and not isinstance(error, Defect):
                raise
            report_odd(connection, contact, error)
            outcome = Pulled.SKIPPED
        else:
            if contact.yuki_contact_id in odd and outcome in (Pulled.UPDATED, Pulled.UNCHANGED):
                forget_odd(connection, contact.yuki_contact_id)
        pulled.append((contact, outcome))
    return pulled


def needs_merge(link: Link, contact: YukiContact, fingerprints: Fingerprints, mapping: ContactMapping) -> bool:
    """Whether a contact shows anything that the link does not know yet; asks nobody."""
    is_half_made = link.creating_as is not None
    has_other_code = link.code is not None and not is_same_code(link.code, contact.code)
    if is_half_made or has_other_code or link.kind is not contact.kind:
        return True
    return changed_in_yuki(contact, link.base, fingerprints, mapping)


def is_unmerged(link: Link) -> bool:
    """Whether an import linked a contact without having merged its fields yet."""
    return link.state is LinkState.LINKED and link.prefers is Side.YUKI and not link.base


def merge_linked(connection: ContactContext, pairs: Iterable[tuple[Link, YukiContact]], *, codes_later: bool) -> None:
    """Merge contacts with the relations that they were just linked to, and still are."""
    by_relation = {link.tribe_relation_id: contact for link, contact in pairs}
    read_at = connection.now()
    read = connection.tribe.read_relations(list(by_relation))
    relations = {relation.tribe_relation_id: relation for relation in read}
    for tribe_relation_id, contact in by_relation.items():
        connection.demand_time()
        with relation_lease(connection, tribe_relation_id):
            link = connection.links.get(tribe_relation_id)
            if link is None or link.yuki_contact_id != contact.yuki_contact_id or was_read_later(link, read_at):
                continue  # another contact contested it, or an event had it merged
            relation = relations.get(tribe_relation_id)
            if relation is None:
                mark_gone_in_tribe(connection, link)
                continue
            snapshot = RelationSnapshot(relation, read_at)
            _merge_or_report(connection, link, snapshot, contact, codes_later=codes_later)


def _merge_or_report(
    connection: ContactContext, link: Link, snapshot: RelationSnapshot, contact: YukiContact, *, codes_later: bool
) -> None:
    """Merge a pair; what goes wrong with it, unless it is of all of them, keeps the others of its page from nothing."""
    try:
        with after_remembered_holds():
            apply_merge(connection, link, snapshot, contact, codes_later=codes_later)
    except Exception as error:
        if isinstance(error, ConnectorError) and not isinstance(error, Defect):
            raise
        report_odd(connection, contact, error)


def _merge(
    connection: ContactContext,
    tribe_relation_id: str,
    contact: YukiContact,
    requested_at: datetime,
    *,
    codes_later: bool,
) -> Pulled:
    link = connection.links.get(tribe_relation_id)
    if link is None or link.state is not LinkState.LINKED or is_stale(link, requested_at):
        return Pulled.SKIPPED
    read_at = connection.now()
    relation: TribeRelation | None = connection.tribe.read_relation(tribe_relation_id)
    if relation is None:
        mark_gone_in_tribe(connection, link)
        return Pulled.SKIPPED
    try:
        with after_remembered_holds():
            apply_merge(connection, link, RelationSnapshot(relation, read_at), contact, codes_later=codes_later)
    except Gone:
        mark_gone_in_tribe(connection, link)
        return Pulled.SKIPPED
    return Pulled.UPDATED


def is_stale(link: Link, requested_at: datetime) -> bool:
    """Whether a row was asked for before the link last changed; the overlap of the poll brings it back."""
    return link.changed_at is not None and requested_at < link.changed_at
