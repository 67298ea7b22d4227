"""What the import stores, in memory: links, contacts without link, the register, progress. Nothing is ever written.

Contract tests hold these to the tables.
"""

from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tribe_yuki.contacts.deferred_event import PendingEvent, Route
from tribe_yuki.contacts.fields.read import code_key
from tribe_yuki.contacts.importable import OwnCompany
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.errors import Conflict, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.invoices.document.invoice import Books
from tribe_yuki.work.progress import Progress, UnfinishedTask

_CONTACT, _CODE = "contact", "code"


@dataclass(slots=True)
class MemoryLinks:
    """Links, beginning with those that are stored."""

    stored: Iterable[Link] = ()
    _links: dict[str, Link] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)
    _mirrors: dict[tuple[str, str], str] = field(default_factory=dict)
    _records: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for link in self.stored:
            self._keep(link)

    def get(self, connection_id: str, tribe_relation_id: str) -> Link | None:
        """Return one link, or None."""
        link = self._links.get(tribe_relation_id)
        return link if link is not None and link.connection_id == connection_id else None

    def relation_linked_to(self, connection_id: str, yuki_contact_id: str) -> str | None:
        """Return the relation that a Yuki contact is linked to, or None."""
        relation = self._mirrors.get((_CONTACT, yuki_contact_id))
        return relation if relation is not None and self.get(connection_id, relation) is not None else None

    def save(
        self,
        link: Link,
        entries: Sequence[JournalEntry],  # noqa: ARG002 (nothing is told of a rehearsal)
        now: datetime,
        *,
        former: Link | None = None,
    ) -> Link:
        """Keep a link; raise Conflict for another version, and Held when contact or code is another relation's."""
        known = self._links.get(link.tribe_relation_id)
        if (known.version if known else 0) != link.version:
            raise Conflict("changed_meanwhile")
        for mirror in _mirrors(link):
            if self._mirrors.get(mirror, link.tribe_relation_id) != link.tribe_relation_id:
                raise _taken(mirror)
        for mirror in set(_mirrors(former)) - set(_mirrors(link)) if former else ():
            self._mirrors.pop(mirror, None)
        return self._keep(replace(link, version=link.version + 1, changed_at=now))

    def note_read(self, connection_id: str, tribe_relation_id: str, read_at: datetime) -> None:
        """Remember when a linked relation was last read in Tribe."""
        link = self.get(connection_id, tribe_relation_id)
        if link is not None:
            self._links[tribe_relation_id] = replace(link, read_at=read_at)

    def repoint(self, loser: Link, winner: Link, entries: Sequence[JournalEntry], now: datetime) -> Link:
        """Give the contact and code of one link to another one, and return the new link."""
        self.save(replace(loser, yuki_contact_id=None, code=None), (), now, former=self._links[loser.tribe_relation_id])
        return self.save(winner, entries, now)

    def relation_of_record(self, connection_id: str, record_id: str) -> str | None:
        """Return the linked relation that an address or role was last seen at, or None."""
        relation = self._records.get(record_id)
        return relation if relation is not None and self.get(connection_id, relation) is not None else None

    def remember_records(self, connection_id: str, tribe_relation_id: str, record_ids: Iterable[str]) -> None:
        """Remember which addresses and roles belong to a relation."""
        if self.get(connection_id, tribe_relation_id) is not None:
            self._records |= dict.fromkeys(record_ids, tribe_relation_id)

    def page(self, connection_id: str, *, after: str = "", limit: int) -> list[Link]:
        """Return links in the order of their relations' ids, beginning after one of them."""
        following = (self._links[one] for one in self._ids if one > after)
        return [link for link in following if link.connection_id == connection_id][:limit]

    def in_state(self, connection_id: str, state: LinkState) -> list[Link]:
        """Return links in a state, longest in it first."""
        found = (link for link in self._links.values() if (link.connection_id, link.state) == (connection_id, state))
        return sorted(found, key=lambda link: link.since)

    def _keep(self, link: Link) -> Link:
        if link.tribe_relation_id not in self._links:
            insort(self._ids, link.tribe_relation_id)
        self._links[link.tribe_relation_id] = link
        self._mirrors |= dict.fromkeys(_mirrors(link), link.tribe_relation_id)
        return link


def _mirrors(link: Link) -> list[tuple[str, str]]:
    pairs = ((_CONTACT, link.yuki_contact_id), (_CODE, code_key(link.code)))
    return [(kind, value) for kind, value in pairs if value]


def _taken(mirror: tuple[str, str]) -> Held:
    if mirror[0] == _CODE:
        return Held(HoldReason.DEBTOR_NUMBER_DUPLICATE)
    return Held(HoldReason.CONTACT_AMBIGUOUS, detail="the contact is linked to another relation")


@dataclass(slots=True)
class MemoryUnlinked:
    """What is known of contacts without link, beginning with those that wait for a person."""

    stored: Iterable[UnlinkedContact] = ()
    _contacts: dict[tuple[str, str], UnlinkedContact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._contacts = {(one.connection_id, one.yuki_contact_id): one for one in self.stored}

    def get(self, connection_id: str, yuki_contact_id: str) -> UnlinkedContact | None:
        """Return what is remembered of a contact, or None."""
        return self._contacts.get((connection_id, yuki_contact_id))

    def save(self, contact: UnlinkedContact, entries: Sequence[JournalEntry], now: datetime) -> None:  # noqa: ARG002
        """Remember a contact, in place of what was known."""
        self._contacts[contact.connection_id, contact.yuki_contact_id] = contact

    def delete(self, connection_id: str, yuki_contact_id: str) -> None:
        """Forget a contact that has a link now."""
        self._contacts.pop((connection_id, yuki_contact_id), None)

    def held(self, connection_id: str) -> list[UnlinkedContact]:
        """Return the contacts that wait for a person, longest first."""
        found = (one for one in self._contacts.values() if one.connection_id == connection_id)
        return sorted((one for one in found if one.state is UnlinkedState.HELD), key=lambda one: one.since)


@dataclass(slots=True)
class MemoryPending:
    """Events that wait: in a rehearsal of the import, those of relations that cannot be read."""

    _events: dict[tuple[str, Route, str], PendingEvent] = field(default_factory=dict)

    def get(self, connection_id: str, route: Route, record_id: str) -> PendingEvent | None:
        """Return a pending event, or None."""
        return self._events.get((connection_id, route, record_id))

    def held(self, connection_id: str) -> list[PendingEvent]:
        """Return the events that wait for a person, longest first."""
        found = (one for one in self._events.values() if one.connection_id == connection_id)
        return sorted((one for one in found if one.reason in HoldReason), key=lambda one: one.due_at)

    def save(self, event: PendingEvent) -> None:
        """Keep an event, in place of what was known of it."""
        self._events[event.connection_id, event.route, event.record_id] = event

    def delete(self, connection_id: str, route: Route, record_id: str) -> None:
        """Forget an event that was dealt with."""
        self._events.pop((connection_id, route, record_id), None)


@dataclass(slots=True)
class MemoryRegister:
    """What records can be recognised by."""

    _records: dict[str, dict[str, None]] = field(default_factory=dict)

    def remember(self, connection_id: str, fingerprints: Mapping[str, Iterable[str]]) -> None:
        """Add records, by id, under some fingerprints each."""
        for record_id, fingerprint in ((one, each) for one, some in fingerprints.items() for each in some):
            self._records.setdefault(f"{connection_id}#{fingerprint}", {})[record_id] = None

    def forget(self, connection_id: str, record_id: str, fingerprint: str) -> None:
        """Take a record away from a fingerprint."""
        self._records.get(f"{connection_id}#{fingerprint}", {}).pop(record_id, None)

    def near(self, connection_id: str, fingerprints: Collection[str]) -> list[str]:
        """Return the ids of records that have one of the fingerprints, each once."""
        found: dict[str, None] = {}
        for fingerprint in sorted(set(fingerprints)):
            found |= dict.fromkeys(sorted(self._records.get(f"{connection_id}#{fingerprint}", {})))
        return list(found)


@dataclass(slots=True)
class MemoryConnections:
    """What belongs to a connection as a whole."""

    _progress: dict[tuple[str, str], Progress] = field(default_factory=dict)
    _marks: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _unfinished: dict[tuple[str, str], UnfinishedTask] = field(default_factory=dict)
    _seen: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _leases: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    _books: dict[str, tuple[Books, datetime]] = field(default_factory=dict)
    _companies: dict[str, tuple[tuple[OwnCompany, ...], datetime]] = field(default_factory=dict)
    _told: dict[str, frozenset[str]] = field(default_factory=dict)

    def books(self, connection_id: str, *, not_older_than: datetime) -> Books | None:
        """Return what Yuki's administration offered when last asked, unless that is too long ago."""
        known = self._books.get(connection_id)
        return known[0] if known and known[1] >= not_older_than else None

    def store_books(self, connection_id: str, books: Books, now: datetime) -> None:
        """Remember what Yuki's administration offers."""
        self._books[connection_id] = (books, now)

    def own_companies(self, connection_id: str, *, not_older_than: datetime) -> tuple[OwnCompany, ...] | None:
        """Return the companies of the administrations when last asked, unless that is too long ago."""
        known = self._companies.get(connection_id)
        return known[0] if known and known[1] >= not_older_than else None

    def store_own_companies(self, connection_id: str, companies: tuple[OwnCompany, ...], now: datetime) -> None:
        """Remember the companies of the administrations."""
        self._companies[connection_id] = (companies, now)

    def mark(self, connection_id: str, name: str) -> datetime | None:
        """Return the instant remembered under a name."""
        return self._marks.get((connection_id, name))

    def set_mark(self, connection_id: str, name: str, instant: datetime) -> None:
        """Remember an instant under a name."""
        self._marks[connection_id, name] = instant

    def told(self, connection_id: str) -> frozenset[str]:
        """Return the kinds of holds that people were told of and that were there ever since."""
        return self._told.get(connection_id, frozenset())

    def store_told(self, connection_id: str, kinds: Collection[str]) -> None:
        """Remember which kinds of holds people were told of."""
        self._told[connection_id] = frozenset(kinds)

    def note_unfinished_task(self, connection_id: str, task: str, unfinished: UnfinishedTask) -> None:
        """Remember that a task has to be started again, and when."""
        self._unfinished[connection_id, task] = unfinished

    def forget_unfinished_task(self, connection_id: str, task: str) -> None:
        """Forget a task that is done."""
        self._unfinished.pop((connection_id, task), None)

    def unfinished_tasks(self, connection_id: str) -> dict[str, UnfinishedTask]:
        """Return the tasks that have to be started again, and when."""
        return {task: one for (owner, task), one in sorted(self._unfinished.items()) if owner == connection_id}

    def progress(self, connection_id: str, task: str) -> Progress | None:
        """Return how far the newest run of a task has come, or None when it never ran."""
        return self._progress.get((connection_id, task))

    def save_progress(self, connection_id: str, progress: Progress, former: Progress | None) -> None:
        """Move a run on; raise Conflict when it stands elsewhere."""
        known = self._progress.get((connection_id, progress.task))
        places = [(one.run, one.slice_number) if one else None for one in (known, former)]
        if places[0] != places[1]:
            raise Conflict("changed_meanwhile")
        self._progress[connection_id, progress.task] = progress

    def note_seen(self, connection_id: str, run: str, name: str, ids: Sequence[str], now: datetime) -> None:  # noqa: ARG002
        """Remember which records a run of a task saw."""
        self._seen[connection_id, f"{run}#{name}"] = list(ids)

    def seen(self, connection_id: str, run: str) -> Iterator[str]:
        """Yield which records a run of a task saw."""
        for (owner, name), ids in sorted(self._seen.items()):
            if owner == connection_id and name.startswith(f"{run}#"):
                yield from ids

    def acquire_lease(self, connection_id: str, name: str, now: datetime, length: timedelta) -> str | None:
        """Return a token when nobody else holds the lease, else None."""
        held = self._leases.get((connection_id, name))
        if held is not None and held[1] > now:
            return None
        token = f"{name}#{now.isoformat()}"
        self._leases[connection_id, name] = (token, now + length)
        return token

    def release_lease(self, connection_id: str, name: str, token: str) -> None:
        """End a lease early, unless somebody else holds it by now."""
        held = self._leases.get((connection_id, name))
        if held is not None and held[0] == token:
            del self._leases[connection_id, name]


class NoQueues:
    """Takes messages and hands them to nobody: the rehearsal runs its slices itself."""

    def push_invoices(
        self, connection_id: str, tribe_invoice_ids: Sequence[str], now: datetime, *, delay_seconds: int = 0
    ) -> None:
        """Drop a message."""

    def push_relation(self, connection_id: str, tribe_relation_id: str, now: datetime) -> None:
        """Drop a message."""

    def start_task(self, connection_id: str, task: str, now: datetime, *, window_seconds: int) -> None:
        """Drop a message."""

    def continue_task(self, connection_id: str, task: str, now: datetime, *, place: str) -> None:
        """Drop a message."""

    def bury(self, connection_id: str, tribe_invoice_id: str, now: datetime) -> None:
        """Drop a message."""
