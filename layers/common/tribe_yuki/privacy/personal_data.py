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

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.store import AdminStores
from tribe_yuki.connections.context import COMPARE_CONTACTS, FILL_MATCH_INDEX, IMPORT_CONTACTS
from tribe_yuki.connections.lease import ERASE_LEASE, Lease, LeaseKind
from tribe_yuki.contacts.deferred_event import DeferredEvent
from tribe_yuki.contacts.link import Link, LinkState, erased_link
from tribe_yuki.contacts.store import MirrorKind
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.details import nameless
from tribe_yuki.core.journal import JournalEntry, Subject, SubjectKind, WrittenEntry
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.privacy.person import Person, find_person, links_of, mirrors_of, pending_of, transfers_of, unlinked_of
from tribe_yuki.work.leases import lease_if_free

ERASED = LinkState.ERASED.value
# The tasks that go through all records of a side: none may be in the middle of its lists while somebody is erased.
_TASKS = (IMPORT_CONTACTS, COMPARE_CONTACTS, FILL_MATCH_INDEX)
# Transfers that have come to their end: the law keeps what was booked, and why something was not.
_ENDED = frozenset({State.BOOKED, State.SKIPPED})
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


def export_record(operator: Operator, connection_id: str, name: str) -> PersonalData:
    """Return all that is stored about a relation or contact, by debtor number, number in Yuki's screens, or id.

    Raises Declined when nothing is known under this name, or more than one record.
    """
    stores, person = operator.stores(connection_id), find_person(operator, connection_id, name)
    subjects = [Subject(SubjectKind.RELATION, each) for each in person.relation_ids]
    subjects += [Subject(SubjectKind.YUKI_CONTACT, each) for each in person.contact_ids]
    journals = {stores.journal.name_of(each): tuple(stores.journal.entries(each)) for each in subjects}
    return PersonalData(
        connection=connection_id,
        exported_at=operator.now(),
        tribe_relation_ids=person.relation_ids,
        yuki_contact_ids=person.contact_ids,
        links=tuple(_exported(link) for link in links_of(stores, person)),
        mirrors=tuple(mirror.item for _, mirror in mirrors_of(stores, person)),
        unlinked_contacts=tuple(unlinked_of(stores, person)),
        register=tuple(RegisterEntry(*pair) for pair in stores.match_index.of_records(person.ids)),
        pending_events=tuple(pending_of(stores, person)),
        seen_by=tuple(run for contact_id in person.contact_ids for run in stores.tasks.visits_of(contact_id)),
        invoices=tuple(
            StoredInvoice(
                transfer, tuple(stores.journal.entries(Subject(SubjectKind.INVOICE, transfer.tribe_invoice_id)))
            )
            for transfer in transfers_of(stores, person)
        ),
        journal={item: entries for item, entries in journals.items() if entries},
        meanings=MEANINGS,
    )


def _exported(link: Link) -> Mapping[str, Any]:
    stored: dict[str, Any] = _LINK.dump_python(link, mode="json", exclude_none=True)
    return {**stored, "fingerprints": stored.pop("base")}


def erase_record(operator: Operator, connection_id: str, name: str, why: str = "") -> Erased:
    """Erase what is stored about a relation or contact; a tombstone and ended invoices stay, as this module says.

    May be run again after it failed. Raises Declined while a worker has the record, while an invoice is under way, and
    while a contact of Yuki waits that may be the same person: somebody has to settle these first.
    """
    stores, person = operator.stores(connection_id), find_person(operator, connection_id, name)
    with _leases(operator, stores, person):
        _demand_settled(stores, person)
        removed = {"links": bury(operator, stores, person, why), **_sweep(stores, person, operator.now())}
    done = {kind: count for kind, count in removed.items() if count}
    kept = len(transfers_of(stores, person))
    return Erased(connection_id, name, bool(done), done, kept, tuple(_next_steps(person)) if done else (_AGAIN,))


def _next_steps(person: Person) -> Iterator[str]:
    yield (
        "Tribe and Yuki still hold what they held: erase it there yourself. Logs, queues and backups of the tables end "
        "by themselves, as docs/privacy.md says."
    )
    if not person.contact_ids:
        yield "No contact of Yuki was linked. If Yuki has one, erase that too, by its number: it would be imported."


@contextmanager
def _leases(operator: Operator, stores: AdminStores, person: Person) -> Iterator[None]:
    """Hold the leases that the workers take on the records, and on the tasks that go through all of them."""
    leases = [Lease(LeaseKind.TASK, task) for task in _TASKS]
    leases += [Lease(LeaseKind.YUKI_CONTACT, each) for each in person.contact_ids]
    leases += [Lease(LeaseKind.RELATION, each) for each in person.relation_ids]
    with ExitStack() as held:
        for lease in leases:
            if not held.enter_context(lease_if_free(stores.leases, lease, operator.now(), ERASE_LEASE)):
                raise Declined("record_busy", f"a worker has {lease} right now; try again in a minute")
        yield


def _demand_settled(stores: AdminStores, person: Person) -> None:
    """Raise Declined for what would come back, or get stuck."""
    links = links_of(stores, person)
    is_creating = any(link.state is LinkState.CREATING or link.creating_as for link in links)
    if is_creating or any(contact.state is UnlinkedState.CREATING for contact in unlinked_of(stores, person)):
        raise Declined("record_busy", "it is being created in the other system; try again when that is done")
    transfers = transfers_of(stores, person)
    open_ones = [
        transfer.reference or transfer.tribe_invoice_id for transfer in transfers if transfer.state not in _ENDED
    ]
    if open_ones:
        raise Declined(
            "invoices_open",
            f"invoices are under way: {', '.join(open_ones)}; see to them first (`tribe-yuki holds`), or say "
            "`already-booked` or `dismiss`",
        )
    doubtful = [
        str(contact.number or contact.yuki_contact_id)
        for contact in stores.unlinked.held()
        if contact.yuki_contact_id not in person.contact_ids
        and set(contact.tribe_relation_ids) & set(person.relation_ids)
    ]
    if doubtful:
        raise Declined(
            "contact_in_doubt",
            f"contact {', '.join(doubtful)} of Yuki waits because it may be the same; `tribe-yuki link` it with the "
            "right relation, or erase it first",
        )


def bury(operator: Operator, stores: AdminStores, person: Person, why: str) -> int:
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


def _sweep(stores: AdminStores, person: Person, now: datetime) -> Mapping[str, int]:
    """Delete all but tombstones and ended invoices, and take out of these what may name somebody."""
    removed = dict.fromkeys(
        ("mirrors", "unlinked_contacts", "register", "pending_events", "seen_by", "journal", "words_of_invoices"), 0
    )
    for event in pending_of(stores, person):
        stores.deferred.delete(event.route, event.record_id)
        removed["pending_events"] += 1
    for tribe_relation_id, mirror in mirrors_of(stores, person):
        if mirror.kind is not MirrorKind.YUKI_CONTACT:
            stores.links.forget_mirror(tribe_relation_id, mirror)
            removed["mirrors"] += 1
    for contact in unlinked_of(stores, person):
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
    removed["words_of_invoices"] = _take_words_out(stores, transfers_of(stores, person), now)
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
