"""Find a person or company by a name, and the records that are stored about them."""

from collections.abc import Iterator
from dataclasses import dataclass

from tribe_yuki.admin.access import open_tribe, open_yuki
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.find_records import find_links, find_relations, find_unlinked
from tribe_yuki.admin.store import AdminStores
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.store import Mirror, MirrorKind
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.core.ids import is_guid
from tribe_yuki.core.journal import Subject, SubjectKind, WrittenEntry
from tribe_yuki.invoices.transfer import Transfer


@dataclass(frozen=True, slots=True)
class Person:
    """The records of one person or company: the relations of Tribe, those merged into it too, and contacts of Yuki."""

    relation_ids: tuple[str, ...]
    contact_ids: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of both sides."""
        return (*self.relation_ids, *self.contact_ids)


def find_person(operator: Operator, connection_id: str, name: str) -> Person:
    """Return the person with a name; raise Declined for none, and for several."""
    if operator.records.get(connection_id) is None:
        raise Declined("connection_unknown", f"there is no connection {connection_id}")
    stores = operator.stores(connection_id)
    found = _stored(stores, name) or _asked(operator, connection_id, name)
    if not found and is_guid(name) and stores.match_index.of_records((name.lower(),)):
        found = {Person((name.lower(),), ())}  # gone in both systems, and still on the match index
    if not found:
        raise Declined("record_unknown", f"nothing is known of {name}: give a debtor number, a Yuki number, or an id")
    if len(found) > 1:
        ids = ", ".join(sorted(record_id for person in found for record_id in person.ids[:1]))
        raise Declined("record_ambiguous", f"{len(found)} records are {name}; give an id: {ids}")
    (person,) = found
    return _with_merged(stores, person)


def _stored(stores: AdminStores, name: str) -> set[Person]:
    """Return who has an id or a debtor number, or as a contact without link a number of Yuki's screens."""
    links = find_links(stores.links, name)
    if links and is_guid(name):
        return set(map(_of_link, links))
    contacts = find_unlinked(stores.unlinked, name)
    found = {*map(_of_link, links), *(Person((), (contact.yuki_contact_id,)) for contact in contacts)}
    if not found and is_guid(name) and stores.transfers.of_relation(name.lower()):
        return {Person((name.lower(),), ())}
    return found


def _asked(operator: Operator, connection_id: str, name: str) -> set[Person]:
    """Return whom Tribe or Yuki know by a name, when the tables alone do not tell; asks only a working connection."""
    record = operator.records.get(connection_id)
    if record is None or record.status is None:
        return set()
    stores = operator.stores(connection_id)
    with open_tribe(operator, record) as tribe:
        relations = find_relations(tribe, name)
    found: set[Person] = set()
    for relation in relations:
        link = stores.links.get(relation.tribe_relation_id)
        found.add(_of_link(link) if link else Person((relation.tribe_relation_id,), ()))
    if found:
        return found
    option = "ID" if is_guid(name) else "HID"
    for contact in open_yuki(operator, record).search_contacts(option, name, active="Both"):
        if name.lower() in (contact.yuki_contact_id.lower(), str(contact.hid)):
            known = _stored(stores, contact.yuki_contact_id)
            found |= known or {Person((), (contact.yuki_contact_id,))}
    return found


def _of_link(link: Link) -> Person:
    """Return the person behind a link; the tombstone of a contact alone has no relation of its own."""
    contacts = (link.yuki_contact_id,) if link.yuki_contact_id else ()
    return Person((link.tribe_relation_id,), contacts)


def _with_merged(stores: AdminStores, person: Person) -> Person:
    """Return a person with the relations that were merged into theirs in Tribe: they were the same person."""
    relation_ids, left = list(person.relation_ids), list(person.relation_ids)
    gone = stores.links.in_state(LinkState.GONE_IN_TRIBE) if left else []
    into = {link.tribe_relation_id: _merged_into(stores, link) for link in gone}
    while left:
        heir = left.pop()
        told = {entry.entry.facts.get("merged") for entry in _journal(stores, heir)}
        merged = [
            relation_id
            for relation_id, other in into.items()
            if (relation_id in told or other == heir) and relation_id not in relation_ids
        ]
        relation_ids += merged
        left += merged
    links = (stores.links.get(relation_id) for relation_id in relation_ids)
    contacts = {link.yuki_contact_id: None for link in links if link and link.yuki_contact_id}
    return Person(tuple(relation_ids), tuple({**dict.fromkeys(person.contact_ids), **contacts}))


def _merged_into(stores: AdminStores, link: Link) -> object:
    entries = _journal(stores, link.tribe_relation_id)
    return next((entry.entry.facts["merged_into"] for entry in entries if "merged_into" in entry.entry.facts), None)


def _journal(stores: AdminStores, tribe_relation_id: str) -> list[WrittenEntry]:
    return stores.journal.entries(Subject(SubjectKind.RELATION, tribe_relation_id))


def links_of(stores: AdminStores, person: Person) -> Iterator[Link]:
    """Yield the links of a person's relations."""
    for tribe_relation_id in person.relation_ids:
        link = stores.links.get(tribe_relation_id)
        if link is not None:
            yield link


def mirrors_of(stores: AdminStores, person: Person) -> Iterator[tuple[str, Mirror]]:
    """Yield what finds their links, each with its relation."""
    for tribe_relation_id in person.relation_ids:
        for mirror in stores.links.mirrors(tribe_relation_id):
            yield tribe_relation_id, mirror


def unlinked_of(stores: AdminStores, person: Person) -> Iterator[UnlinkedContact]:
    """Yield the contacts without link that are a person's."""
    for yuki_contact_id in person.contact_ids:
        known = stores.unlinked.get(yuki_contact_id)
        if known is not None:
            yield known


def pending_of(stores: AdminStores, person: Person) -> Iterator[DeferredEvent]:
    """Yield the events that wait about a person, by their relations, or by an address or role of theirs."""
    mirrors = (mirror for _, mirror in mirrors_of(stores, person))
    record_ids = [mirror.value for mirror in mirrors if mirror.kind is MirrorKind.RECORD]
    for record_id in dict.fromkeys((*person.relation_ids, *record_ids)):
        for route in Route:
            event = stores.deferred.get(route, record_id)
            if event is not None:
                yield event


def transfers_of(stores: AdminStores, person: Person) -> list[Transfer]:
    """Return the transfers of all invoices to a person."""
    return [transfer for each in person.relation_ids for transfer in stores.transfers.of_relation(each)]
