"""Give out and erase what is stored about a person (design 4, "Personal data"; docs/privacy.md names every place).

Nothing is written to Tribe or Yuki here. After erasing, a tombstone is left, which holds ids so that the person is
never matched, created or updated again, and the bookings, which the law keeps, without anything that may name somebody.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from tribe_yuki.admin.access import open_tribe, open_yuki
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.store import AdminStores
from tribe_yuki.connections.context import COMPARE_CONTACTS, FILL_MATCH_INDEX, IMPORT_CONTACTS
from tribe_yuki.connections.lease import ERASE_LEASE, Lease, LeaseKind
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.link import Link, LinkState, erased_link
from tribe_yuki.contacts.store import Mirror, MirrorKind
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.details import nameless
from tribe_yuki.core.ids import is_guid
from tribe_yuki.core.journal import JournalEntry, Subject, SubjectKind, WrittenEntry
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.work.leases import lease_if_free

ERASED = LinkState.ERASED.value
# The tasks that go through all records of a side: none may be in the middle of its lists while somebody is erased.
_TASKS = (IMPORT_CONTACTS, COMPARE_CONTACTS, FILL_MATCH_INDEX)
# Transfers that have come to their end: the law keeps what was booked, and why something was not.
_ENDED = frozenset({State.BOOKED, State.SKIPPED})
_NUMBERED = (LinkState.NEW, LinkState.CREATING, LinkState.HELD, LinkState.LINKED)
# What the journal of a booking keeps; a fact that is not here may name somebody, such as Yuki's words.
KEPT_FACTS = frozenset(
    {
        "attempt",
        "code",
        "due_at",
        "field",
        "pdf",
        "reason",
        "reference",
        "seen_at",
        "send",
        "verification",
        "who",
    }
)
_AGAIN = "Nothing was left to erase."
_LINK = TypeAdapter(Link)
# What each part of an export is, for the person who asked for it.
MEANINGS: Mapping[str, str] = {
    "links": "Which relation of Tribe is which contact of Yuki, and how that stands. `fingerprints` hold one keyed "
    "fingerprint per field and side: enough to tell whether a field changed, nothing to read a value from.",
    "mirrors": "Where the link is found by contact, by debtor number, or by an address or role.",
    "unlinked_contacts": "A contact of Yuki without a relation in Tribe, and why.",
    "register": "Keyed fingerprints of numbers and names, by which a record is recognised.",
    "pending_events": "Events that wait because Tribe could not be asked.",
    "seen_by": "Comparisons of the last week that saw the contact.",
    "invoices": "Number, date, total and fate of each invoice on its way to the books, and its journal.",
    "journal": "What happened to the link or contact, and when.",
}


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A record, and a fingerprint by which it is recognised."""

    record_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """An invoice's transfer with its journal."""

    transfer: Transfer
    journal: tuple[WrittenEntry, ...]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All that the tables hold about a person; `meanings` says what each part is."""

    connection: str
    exported_at: datetime
    tribe_relation_ids: tuple[str, ...]
    yuki_contact_ids: tuple[str, ...]
    links: tuple[Mapping[str, Any], ...]
    mirrors: tuple[str, ...]
    unlinked_contacts: tuple[UnlinkedContact, ...]
    register: tuple[RegisterEntry, ...]
    pending_events: tuple[DeferredEvent, ...]
    seen_by: tuple[str, ...]
    invoices: tuple[StoredInvoice, ...]
    journal: Mapping[str, tuple[WrittenEntry, ...]]
    meanings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, by kind; `changed` is False when nothing was left to erase. `invoices_kept` are bookings."""

    connection: str
    record: str
    changed: bool
    removed: Mapping[str, int]
    invoices_kept: int
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Person:
    """The records of one person or company: the relations of Tribe, those merged into it too, and contacts of Yuki."""

    relation_ids: tuple[str, ...]
    contact_ids: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of both sides."""
        return (*self.relation_ids, *self.contact_ids)


def export_record(operator: Operator, connection_id: str, name: str) -> PersonalData:
    """Return all that is stored about a relation or contact, by debtor number, number in Yuki's screens, or id.

    Raises Declined when nothing is known under this name, or more than one record.
    """
    stores, person = operator.stores(connection_id), _find(operator, connection_id, name)
    subjects = [Subject(SubjectKind.RELATION, each) for each in person.relation_ids]
    subjects += [Subject(SubjectKind.YUKI_CONTACT, each) for each in person.contact_ids]
    journals = {stores.journal.name_of(each): tuple(stores.journal.entries(each)) for each in subjects}
    return PersonalData(
        connection=connection_id,
        exported_at=operator.now(),
        tribe_relation_ids=person.relation_ids,
        yuki_contact_ids=person.contact_ids,
        links=tuple(_exported(link) for link in _links(stores, person)),
        mirrors=tuple(mirror.item for _, mirror in _mirrors(stores, person)),
        unlinked_contacts=tuple(_unlinked(stores, person)),
        register=tuple(RegisterEntry(*pair) for pair in stores.match_index.of_records(person.ids)),
        pending_events=tuple(_pending(stores, person)),
        seen_by=tuple(run for one in person.contact_ids for run in stores.tasks.visits_of(one)),
        invoices=tuple(
            StoredInvoice(
                transfer, tuple(stores.journal.entries(Subject(SubjectKind.INVOICE, transfer.tribe_invoice_id)))
            )
            for transfer in _transfers(stores, person)
        ),
        journal={item: entries for item, entries in journals.items() if entries},
        meanings=MEANINGS,
    )


def erase_record(operator: Operator, connection_id: str, name: str, why: str = "") -> Erased:
    """Erase what is stored about a relation or contact; a tombstone and ended invoices stay, as this module says.

    May be run again after it failed. Raises Declined while a worker has the record, while an invoice is under way, and
    while a contact of Yuki waits that may be the same person: somebody has to settle these first.
    """
    stores, person = operator.stores(connection_id), _find(operator, connection_id, name)
    with _leases(operator, stores, person):
        _demand_settled(stores, person)
        removed = {"links": bury(operator, stores, person, why), **_sweep(stores, person, operator.now())}
    done = {kind: count for kind, count in removed.items() if count}
    kept = len(_transfers(stores, person))
    return Erased(connection_id, name, bool(done), done, kept, tuple(_next_steps(person)) if done else (_AGAIN,))


def _next_steps(person: _Person) -> Iterator[str]:
    yield (
        "Tribe and Yuki still hold what they held: erase it there yourself. Logs, queues and backups of the tables end "
        "by themselves, as docs/privacy.md says."
    )
    if not person.contact_ids:
        yield "No contact of Yuki was linked. If Yuki has one, erase that too, by its number: it would be imported."


# Finding


def _find(operator: Operator, connection_id: str, name: str) -> _Person:
    """Return the person with a name; raise Declined for none, and for several."""
    if operator.records.get(connection_id) is None:
        raise Declined("connection_unknown", f"there is no connection {connection_id}")
    stores = operator.stores(connection_id)
    stored = _by_id(stores, name.lower()) if is_guid(name) else None
    found = stored or _by_number(stores, name) or _asked(operator, connection_id, name)
    if not found and is_guid(name) and stores.match_index.of_records((name.lower(),)):
        found = {_Person((name.lower(),), ())}  # gone in both systems, and still on the match index
    if not found:
        raise Declined("record_unknown", f"nothing is known of {name}: give a debtor number, a Yuki number, or an id")
    if len(found) > 1:
        ids = ", ".join(sorted(one for person in found for one in person.ids[:1]))
        raise Declined("record_ambiguous", f"{len(found)} records are {name}; give an id: {ids}")
    (person,) = found
    return _with_merged(stores, person)


def _by_id(stores: AdminStores, record_id: str) -> set[_Person]:
    relation_id = stores.links.relation_linked_to(record_id) or record_id
    link = stores.links.get(relation_id)
    if link is not None:
        return {_of_link(link)}
    known = stores.unlinked.get(record_id)
    if known is not None:
        return {_Person((), (record_id,))}
    of_invoices = stores.transfers.of_relation(record_id)
    return {_Person((record_id,), ())} if of_invoices else set()


def _by_number(stores: AdminStores, number: str) -> set[_Person]:
    """Return who has a debtor number, or as a contact without link a number of Yuki's screens."""
    holder_id = stores.links.relation_with_code(number)
    holder = stores.links.get(holder_id) if holder_id else None
    numbered = (link for state in _NUMBERED for link in stores.links.in_state(state))
    links = [link for link in numbered if link.number == number] + ([holder] if holder else [])
    held = (one for one in stores.unlinked.held() if str(one.number) == number)
    return {_of_link(link) for link in links} | {_Person((), (one.yuki_contact_id,)) for one in held}


def _asked(operator: Operator, connection_id: str, name: str) -> set[_Person]:
    """Return whom Tribe or Yuki know by a name, when the tables alone do not tell; asks only a working connection."""
    record = operator.records.get(connection_id)
    if record is None or record.status is None:
        return set()
    stores = operator.stores(connection_id)
    with open_tribe(operator, record) as tribe:
        ids = [name.lower()] if is_guid(name) else tribe.find_relations_by_debtor_number(name)
        relations = tribe.read_relations(ids) if ids else []
    found: set[_Person] = set()
    for relation in relations:
        link = stores.links.get(relation.tribe_relation_id)
        found.add(_of_link(link) if link else _Person((relation.tribe_relation_id,), ()))
    if found:
        return found
    option = "ID" if is_guid(name) else "HID"
    for contact in open_yuki(operator, record).search_contacts(option, name, active="Both"):
        if name.lower() in (contact.yuki_contact_id.lower(), str(contact.hid)):
            known = _by_id(stores, contact.yuki_contact_id)
            found |= known or {_Person((), (contact.yuki_contact_id,))}
    return found


def _of_link(link: Link) -> _Person:
    """Return the person behind a link; the tombstone of a contact alone has no relation of its own."""
    contacts = (link.yuki_contact_id,) if link.yuki_contact_id else ()
    return _Person((link.tribe_relation_id,), contacts)


def _with_merged(stores: AdminStores, person: _Person) -> _Person:
    """Return a person with the relations that were merged into theirs in Tribe: they were the same one."""
    relation_ids, left = list(person.relation_ids), list(person.relation_ids)
    gone = stores.links.in_state(LinkState.GONE_IN_TRIBE) if left else []
    into = {one.tribe_relation_id: _merged_into(stores, one) for one in gone}
    while left:
        heir = left.pop()
        told = {entry.entry.facts.get("merged") for entry in _journal(stores, heir)}
        merged = [one for one, other in into.items() if (one in told or other == heir) and one not in relation_ids]
        relation_ids += merged
        left += merged
    links = (stores.links.get(one) for one in relation_ids)
    contacts = {link.yuki_contact_id: None for link in links if link and link.yuki_contact_id}
    return _Person(tuple(relation_ids), tuple({**dict.fromkeys(person.contact_ids), **contacts}))


def _merged_into(stores: AdminStores, link: Link) -> object:
    entries = _journal(stores, link.tribe_relation_id)
    return next((one.entry.facts["merged_into"] for one in entries if "merged_into" in one.entry.facts), None)


def _journal(stores: AdminStores, tribe_relation_id: str) -> list[WrittenEntry]:
    return stores.journal.entries(Subject(SubjectKind.RELATION, tribe_relation_id))


# What there is


def _links(stores: AdminStores, person: _Person) -> Iterator[Link]:
    for tribe_relation_id in person.relation_ids:
        link = stores.links.get(tribe_relation_id)
        if link is not None:
            yield link


def _exported(link: Link) -> Mapping[str, Any]:
    stored: dict[str, Any] = _LINK.dump_python(link, mode="json", exclude_none=True)
    return {**stored, "fingerprints": stored.pop("base")}


def _mirrors(stores: AdminStores, person: _Person) -> Iterator[tuple[str, Mirror]]:
    for tribe_relation_id in person.relation_ids:
        for mirror in stores.links.mirrors(tribe_relation_id):
            yield tribe_relation_id, mirror


def _unlinked(stores: AdminStores, person: _Person) -> Iterator[UnlinkedContact]:
    for yuki_contact_id in person.contact_ids:
        known = stores.unlinked.get(yuki_contact_id)
        if known is not None:
            yield known


def _pending(stores: AdminStores, person: _Person) -> Iterator[DeferredEvent]:
    """Yield the events that wait about a person, by their relations, or by an address or role of theirs."""
    mirrors = (mirror for _, mirror in _mirrors(stores, person))
    record_ids = [mirror.value for mirror in mirrors if mirror.kind is MirrorKind.RECORD]
    for record_id in dict.fromkeys((*person.relation_ids, *record_ids)):
        for route in Route:
            event = stores.deferred.get(route, record_id)
            if event is not None:
                yield event


def _transfers(stores: AdminStores, person: _Person) -> list[Transfer]:
    return [one for each in person.relation_ids for one in stores.transfers.of_relation(each)]


# Erasing


@contextmanager
def _leases(operator: Operator, stores: AdminStores, person: _Person) -> Iterator[None]:
    """Hold the leases that the workers take on the records, and on the tasks that go through all of them."""
    leases = [Lease(LeaseKind.TASK, task) for task in _TASKS]
    leases += [Lease(LeaseKind.YUKI_CONTACT, each) for each in person.contact_ids]
    leases += [Lease(LeaseKind.RELATION, each) for each in person.relation_ids]
    with ExitStack() as held:
        for lease in leases:
            if not held.enter_context(lease_if_free(stores.leases, lease, operator.now(), ERASE_LEASE)):
                raise Declined("record_busy", f"a worker has {lease} right now; try again in a minute")
        yield


def _demand_settled(stores: AdminStores, person: _Person) -> None:
    """Raise Declined for what would come back, or get stuck."""
    links = _links(stores, person)
    is_creating = any(link.state is LinkState.CREATING or link.creating_as for link in links)
    if is_creating or any(one.state is UnlinkedState.CREATING for one in _unlinked(stores, person)):
        raise Declined("record_busy", "it is being created in the other system; try again when that is done")
    transfers = _transfers(stores, person)
    open_ones = [one.reference or one.tribe_invoice_id for one in transfers if one.state not in _ENDED]
    if open_ones:
        raise Declined(
            "invoices_open",
            f"invoices are under way: {', '.join(open_ones)}; see to them first (`tribe-yuki holds`), or say "
            "`already-booked` or `dismiss`",
        )
    doubtful = [
        str(one.number or one.yuki_contact_id)
        for one in stores.unlinked.held()
        if one.yuki_contact_id not in person.contact_ids and set(one.tribe_relation_ids) & set(person.relation_ids)
    ]
    if doubtful:
        raise Declined(
            "contact_in_doubt",
            f"contact {', '.join(doubtful)} of Yuki waits because it may be the same; `tribe-yuki link` it with the "
            "right relation, or erase it first",
        )


def bury(operator: Operator, stores: AdminStores, person: _Person, why: str) -> int:
    """Put a tombstone where each link is or might come to be; return how many are new."""
    now, new = operator.now(), 0
    contacts = list(person.contact_ids)
    for tribe_relation_id in person.relation_ids:
        link = stores.links.get(tribe_relation_id)
        contact_id = link.yuki_contact_id if link else None
        if contact_id in contacts:
            contacts.remove(contact_id)
        if link is None or link.state is not LinkState.ERASED:
            buried = erased_link(stores.connection_id, tribe_relation_id, contact_id, now, link.version if link else 0)
            stores.links.save(buried, [operator.entry("erased", why)], now, former=link)
            new += 1
    for yuki_contact_id in contacts:
        buried = erased_link(stores.connection_id, None, yuki_contact_id, now)
        stores.links.save(buried, [operator.entry("erased", why)], now)
        new += 1
    return new


def _sweep(stores: AdminStores, person: _Person, now: datetime) -> Mapping[str, int]:
    """Delete all but tombstones and ended invoices, and take out of these what may name somebody."""
    removed = dict.fromkeys(
        ("mirrors", "unlinked_contacts", "register", "pending_events", "seen_by", "journal", "words_of_invoices"), 0
    )
    for event in _pending(stores, person):
        stores.deferred.delete(event.route, event.record_id)
        removed["pending_events"] += 1
    for tribe_relation_id, mirror in _mirrors(stores, person):
        if mirror.kind is not MirrorKind.YUKI_CONTACT:
            stores.links.forget_mirror(tribe_relation_id, mirror)
            removed["mirrors"] += 1
    for contact in _unlinked(stores, person):
        stores.unlinked.delete(contact.yuki_contact_id)
        removed["unlinked_contacts"] += 1
    for record_id, fingerprint in stores.match_index.of_records(person.ids):
        stores.match_index.forget(record_id, fingerprint)
        removed["register"] += 1
    for yuki_contact_id in person.contact_ids:
        removed["seen_by"] += stores.tasks.forget_visits_of(yuki_contact_id)
        removed["journal"] += stores.journal.forget(Subject(SubjectKind.YUKI_CONTACT, yuki_contact_id), but=ERASED)
    for tribe_relation_id in person.relation_ids:
        removed["journal"] += stores.journal.forget(Subject(SubjectKind.RELATION, tribe_relation_id), but=ERASED)
    removed["words_of_invoices"] = _take_words_out(stores, _transfers(stores, person), now)
    return removed


def _take_words_out(stores: AdminStores, transfers: Iterable[Transfer], now: datetime) -> int:
    """Keep of ended invoices only what names nobody; return how many items lost something."""
    lost = 0
    for transfer in transfers:
        without = replace(transfer, words="", details=nameless(transfer.details), content_hash=None)
        if without != transfer:
            stores.transfers.save(without, [], now)
            lost += 1
        subject = Subject(SubjectKind.INVOICE, transfer.tribe_invoice_id)
        lost += stores.journal.reduce(subject, _without_words)
    return lost


def _without_words(entry: JournalEntry) -> JournalEntry:
    facts = {
        name: value
        for name, value in entry.facts.items()
        if (nameless(value) == value if isinstance(value, tuple) else name in KEPT_FACTS)
    }
    if "why" in entry.facts and "who" not in entry.facts:
        facts["why"] = entry.facts["why"]  # a code of ours; with `who` it is what a person typed
    return replace(entry, facts=facts)
