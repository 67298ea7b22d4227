"""Nightly: compare all contacts of both sides, and find what no poll and no webhook shows (design 7).

Found are ticks that did not count as modified, contacts that were deactivated or deleted in Yuki, be they linked or
held, relations that were deleted in Tribe unnoticed, codes that are free now, and everything that drifted apart. The
phases: the lists of Yuki's active contacts by role, one page a slice, then all links.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from tribe_yuki.connections.context import COMPARE_CONTACTS
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.erased import erased_ids
from tribe_yuki.contacts.gone import mark_gone_in_tribe, mark_gone_in_yuki
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.initial_import.phases import merge_or_import
from tribe_yuki.contacts.link import Link, LinkState, Side
from tribe_yuki.contacts.match.fill_index import FIRST_PHASE, fill_slice, is_index_phase, is_indexed
from tribe_yuki.contacts.merge.changes import changed_in_tribe
from tribe_yuki.contacts.model import TribeRelation, YukiContact
from tribe_yuki.contacts.outside import ROWS_PER_PAGE
from tribe_yuki.core.errors import Defect, Held
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.work.leases import relation_lease
from tribe_yuki.work.progress import Progress
from tribe_yuki.work.slices import SlicedTask

LINKS_PER_SLICE = 100
_CUSTOMERS, _SUPPLIERS, _OTHERS, _LINKS = "customers", "suppliers", "others", "links"
# The list of each phase and the phase after it. Together the lists hold every active contact.
_LISTS: Mapping[str, tuple[str, str]] = {
    _CUSTOMERS: ("Customer", _SUPPLIERS),
    _SUPPLIERS: ("Supplier", _OTHERS),
    _OTHERS: ("None", _LINKS),
}


def run_compare_slice(connection: ContactContext, progress: Progress) -> Progress:
    """Do one slice of the comparison; without a complete match index nothing could be matched, so that comes first."""
    if is_index_phase(progress):
        is_complete = not progress.cursor and progress.phase == FIRST_PHASE and is_indexed(connection)
        return progress.go_on(_CUSTOMERS) if is_complete else fill_slice(connection, progress, then=_CUSTOMERS)
    return _compare_links(connection, progress) if progress.phase == _LINKS else _compare_page(connection, progress)


def _compare_page(connection: ContactContext, progress: Progress) -> Progress:
    contact_type, following = _LISTS[progress.phase]
    page = int(progress.cursor or 1)
    requested_at = connection.now()
    contacts = connection.yuki.suppliers_and_customers(contact_type, page=page)
    erased = erased_ids(connection)
    ids = [contact.yuki_contact_id for contact in contacts if contact.yuki_contact_id not in erased]
    connection.tasks.save_visited(progress.run, f"{progress.phase}#{page}", ids, requested_at)
    for contact in contacts:
        _remember_tick(connection, contact)
    progress = progress.count(seen=len(contacts), **merge_or_import(connection, contacts, requested_at))
    if len(contacts) == ROWS_PER_PAGE:
        return progress.go_on(progress.phase, str(page + 1))
    if progress.phase == _CUSTOMERS:
        progress = progress.count(released=connection.waiting_invoices.release_known_customers())
    return progress.go_on(following)


def _remember_tick(connection: ContactContext, contact: YukiContact) -> None:
    if contact.is_customer is None:
        return
    relation_id = connection.links.relation_linked_to(contact.yuki_contact_id)
    link = connection.links.get(relation_id) if relation_id else None
    if link is not None and link.state is LinkState.LINKED and link.is_customer is not contact.is_customer:
        entry = JournalEntry(JournalKind.ANSWER, "customer" if contact.is_customer else "not_customer")
        connection.links.save(replace(link, is_customer=contact.is_customer), [entry], connection.now())


def _compare_links(connection: ContactContext, progress: Progress) -> Progress:
    links = connection.links.page(after=progress.cursor, limit=LINKS_PER_SLICE)
    linked = [link for link in links if link.state is LinkState.LINKED]
    seen = set(connection.tasks.visited(progress.run))
    looked_at: list[Link] = []
    for link in linked:
        if not connection.has_time:
            break
        if link.yuki_contact_id not in seen:
            progress = progress.count(**_look_in_yuki(connection, link))
        looked_at.append(link)
    progress = progress.count(**_look_in_tribe(connection, looked_at))
    if len(looked_at) < len(linked):
        # Yuki is slow, and what was asked is not asked again: the next slice goes on from here.
        return progress.go_on(_LINKS, looked_at[-1].tribe_relation_id if looked_at else progress.cursor)
    if len(links) == LINKS_PER_SLICE:
        return progress.go_on(_LINKS, links[-1].tribe_relation_id)
    return progress.count(held_and_gone=_let_go(connection, seen)).finish(connection.now())


def _let_go(connection: ContactContext, seen: Container[str]) -> int:
    """Forget the contacts that waited for a person and that Yuki no longer shows as active; return how many.

    Merging, deleting or deactivating a double is what that person was asked for; one that is active again is imported.
    """
    gone = 0
    for held in connection.unlinked.held():
        if held.yuki_contact_id in seen or not connection.has_time:
            continue
        if not connection.yuki.search_contacts("ID", held.yuki_contact_id):
            connection.unlinked.delete(held.yuki_contact_id)
            gone += 1
    return gone


def _look_in_tribe(connection: ContactContext, links: Sequence[Link]) -> dict[str, int]:
    """End links whose relation is gone, and have those pushed whose relation changed unnoticed."""
    relations = connection.tribe.read_relations([link.tribe_relation_id for link in links])
    by_id = {relation.tribe_relation_id: relation for relation in relations}
    counts = {"gone_in_tribe": 0, "drifted_in_tribe": 0}
    for link in links:
        relation = by_id.get(link.tribe_relation_id)
        if relation is None:
            counts["gone_in_tribe"] += _under_lease(connection, link, mark_gone_in_tribe)
        elif relation.flaws or _drifted(connection, link, relation):
            counts["drifted_in_tribe"] += 1
            connection.queues.enqueue_relation(link.tribe_relation_id, connection.now())
    return counts


def _drifted(connection: ContactContext, link: Link, relation: TribeRelation) -> bool:
    if Side.YUKI not in writable_sides(relation, connection.settings):
        return False
    fingerprints = connection.fingerprints(link.tribe_relation_id)
    return changed_in_tribe(relation, link.base, fingerprints, connection.contact_mapping)


def _look_in_yuki(connection: ContactContext, link: Link) -> dict[str, int]:
    """Find out why a linked contact is in none of the lists of active contacts."""
    found = connection.yuki.search_contacts("ID", link.yuki_contact_id or "", active="Both")
    if not found:
        return {"gone_in_yuki": _under_lease(connection, link, mark_gone_in_yuki)}
    return {"inactive_in_yuki": _under_lease(connection, link, _report_inactive)}


def _report_inactive(connection: ContactContext, link: Link) -> Link:
    """Tell once that a contact is inactive in Yuki; that is not carried to Tribe."""
    if "inactive_in_yuki" in link.warnings:
        return link
    entry = JournalEntry(JournalKind.REPORT, "inactive_in_yuki")
    told = replace(link, warnings=(*link.warnings, "inactive_in_yuki"))
    return connection.links.save(told, [entry], connection.now())


def _under_lease(connection: ContactContext, link: Link, act: Callable[[ContactContext, Link], Link]) -> int:
    """Do something to a link that nobody changed meanwhile; return how many were changed."""
    with relation_lease(connection, link.tribe_relation_id), suppress(Held, Defect):
        current = connection.links.get(link.tribe_relation_id)
        if current is not None and current.version == link.version:
            return int(act(connection, current).version != link.version)
    return 0


compare_contacts = SlicedTask(COMPARE_CONTACTS, FIRST_PHASE, run_compare_slice)
