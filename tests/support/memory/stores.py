"""Stores in memory for tests of use cases; `tests/contract/test_memory_stores.py` holds them to the tables."""

from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tribe_yuki.connections.administration import AdministrationCodes, OwnCompany
from tribe_yuki.connections.lease import Lease
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.fields.code import code_key
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.store import Mirror
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Conflict, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry
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

    def get(self, tribe_relation_id: str) -> Link | None:
        """Return one link, or None."""
        return self._links.get(tribe_relation_id)

    def relation_linked_to(self, yuki_contact_id: str) -> str | None:
        """Return the relation that a Yuki contact is linked to, or None."""
        relation = self._mirrors.get((_CONTACT, yuki_contact_id))
        return relation if relation is not None and self.get(relation) is not None else None

    def save(
        self,
        link: Link,
        entries: Sequence[JournalEntry],  # noqa: ARG002 (there is no journal)
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

    def set_read_at(self, tribe_relation_id: str, read_at: datetime) -> None:
        """Remember when a linked relation was last read in Tribe."""
        link = self.get(tribe_relation_id)
        if link is not None:
            self._links[tribe_relation_id] = replace(link, read_at=read_at)

    def repoint(self, loser: Link, winner: Link, entries: Sequence[JournalEntry], now: datetime) -> Link:
        """Give the contact and code of one link to another one, and return the new link."""
        self.save(replace(loser, yuki_contact_id=None, code=None), (), now, former=self._links[loser.tribe_relation_id])
        return self.save(winner, entries, now)

    def relation_of_record(self, record_id: str) -> str | None:
        """Return the linked relation that an address or role was last seen at, or None."""
        relation = self._records.get(record_id)
        return relation if relation is not None and self.get(relation) is not None else None

    def remember_records(self, tribe_relation_id: str, record_ids: Iterable[str]) -> None:
        """Remember which addresses and roles belong to a relation."""
        if self.get(tribe_relation_id) is not None:
            self._records |= dict.fromkeys(record_ids, tribe_relation_id)

    def page(self, *, after: str = "", limit: int) -> list[Link]:
        """Return links in the order of their relations' ids, beginning after one of them."""
        following = (self._links[one] for one in self._ids if one > after)
        return list(following)[:limit]

    def in_state(self, state: LinkState) -> list[Link]:
        """Return links in a state, longest in it first."""
        found = (link for link in self._links.values() if link.state is state)
        return sorted(found, key=lambda link: link.since)

    def relation_with_code(self, code: str) -> str | None:
        """Return the relation whose contact has a relation code, or None."""
        return self._mirrors.get((_CODE, code_key(code) or ""))

    def mirrors(self, tribe_relation_id: str) -> list[Mirror]:
        """Raise: what erases a person is tested on the tables."""
        raise NotImplementedError(tribe_relation_id)

    def forget_mirror(self, tribe_relation_id: str, mirror: Mirror) -> None:
        """Raise: what erases a person is tested on the tables."""
        raise NotImplementedError(tribe_relation_id, mirror)

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
    return Held(HoldReason.CONTACT_AMBIGUOUS, Detail(DetailCode.LINKED_ELSEWHERE))


@dataclass(slots=True)
class MemoryUnlinked:
    """What is known of contacts without link, beginning with those that wait for a person."""

    stored: Iterable[UnlinkedContact] = ()
    _contacts: dict[str, UnlinkedContact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._contacts = {one.yuki_contact_id: one for one in self.stored}

    def get(self, yuki_contact_id: str) -> UnlinkedContact | None:
        """Return what is remembered of a contact, or None."""
        return self._contacts.get(yuki_contact_id)

    def save(self, contact: UnlinkedContact, entries: Sequence[JournalEntry], now: datetime) -> None:  # noqa: ARG002
        """Remember a contact, in place of what was known."""
        self._contacts[contact.yuki_contact_id] = contact

    def delete(self, yuki_contact_id: str) -> None:
        """Forget a contact that has a link now."""
        self._contacts.pop(yuki_contact_id, None)

    def held(self) -> list[UnlinkedContact]:
        """Return the contacts that wait for a person, longest first."""
        return sorted(
            (one for one in self._contacts.values() if one.state is UnlinkedState.HELD), key=lambda one: one.since
        )


@dataclass(slots=True)
class MemoryDeferred:
    """Events whose records could not be asked about yet."""

    _events: dict[tuple[Route, str], DeferredEvent] = field(default_factory=dict)

    def get(self, route: Route, record_id: str) -> DeferredEvent | None:
        """Return a pending event, or None."""
        return self._events.get((route, record_id))

    def read_ahead(self, route: Route, record_ids: Iterable[str]) -> None:
        """Do nothing: all is at hand."""

    def held(self) -> list[DeferredEvent]:
        """Return the events that wait for a person, longest first."""
        return sorted((one for one in self._events.values() if one.reason in HoldReason), key=lambda one: one.due_at)

    def save(self, event: DeferredEvent) -> None:
        """Keep an event, in place of what was known of it."""
        self._events[event.route, event.record_id] = event

    def delete(self, route: Route, record_id: str) -> None:
        """Forget an event that was dealt with."""
        self._events.pop((route, record_id), None)


@dataclass(slots=True)
class MemoryMatchIndex:
    """What records can be recognised by."""

    _records: dict[str, dict[str, None]] = field(default_factory=dict)

    def remember(self, fingerprints: Mapping[str, Iterable[str]]) -> None:
        """Add records, by id, under some fingerprints each."""
        for record_id, fingerprint in ((one, each) for one, some in fingerprints.items() for each in some):
            self._records.setdefault(fingerprint, {})[record_id] = None

    def forget(self, record_id: str, fingerprint: str) -> None:
        """Take a record away from a fingerprint."""
        self._records.get(fingerprint, {}).pop(record_id, None)

    def near(self, fingerprints: Collection[str]) -> list[str]:
        """Return the ids of records that have one of the fingerprints, each once."""
        found: dict[str, None] = {}
        for fingerprint in sorted(set(fingerprints)):
            found |= dict.fromkeys(sorted(self._records.get(fingerprint, {})))
        return list(found)

    def of_records(self, record_ids: Collection[str]) -> list[tuple[str, str]]:
        """Return record and fingerprint of all entries of some records."""
        pairs = ((record_id, each) for each, records in self._records.items() for record_id in records)
        return [pair for pair in pairs if pair[0] in record_ids]


@dataclass(slots=True)
class MemoryTimestamps:
    """Timestamps by name."""

    _instants: dict[str, datetime] = field(default_factory=dict)

    def get(self, name: str) -> datetime | None:
        """Return the instant stored under a name, or None."""
        return self._instants.get(name)

    def set(self, name: str, instant: datetime) -> None:
        """Store an instant under a name."""
        self._instants[name] = instant

    def all(self) -> dict[str, datetime]:
        """Return all instants by name."""
        return self._instants


@dataclass(slots=True)
class MemoryTasks:
    """The state of tasks."""

    _progress: dict[str, Progress] = field(default_factory=dict)
    _unfinished: dict[str, UnfinishedTask] = field(default_factory=dict)
    _visited: dict[str, list[str]] = field(default_factory=dict)

    def postpone(self, task: str, unfinished: UnfinishedTask) -> None:
        """Remember that a task has to be started again, and when."""
        self._unfinished[task] = unfinished

    def clear(self, task: str) -> None:
        """Remember that a task need not be started again."""
        self._unfinished.pop(task, None)

    def unfinished(self) -> dict[str, UnfinishedTask]:
        """Return the tasks that have to be started again, and when."""
        return dict(sorted(self._unfinished.items()))

    def progress(self, task: str) -> Progress | None:
        """Return how far the newest run of a task has come, or None when it never ran."""
        return self._progress.get(task)

    def save_progress(self, progress: Progress, former: Progress | None) -> None:
        """Move a run on; raise Conflict when it stands elsewhere."""
        known = self._progress.get(progress.task)
        places = [(each.run, each.slice_number) if each else None for each in (known, former)]
        if places[0] != places[1]:
            raise Conflict("changed_meanwhile")
        self._progress[progress.task] = progress

    def save_visited(self, run: str, name: str, ids: Sequence[str], now: datetime) -> None:  # noqa: ARG002
        """Remember which records a run visited."""
        self._visited[f"{run}#{name}"] = list(ids)

    def visited(self, run: str) -> Iterator[str]:
        """Yield the records that a run visited."""
        for name, ids in sorted(self._visited.items()):
            if name.startswith(f"{run}#"):
                yield from ids

    def visits_of(self, record_id: str) -> list[str]:
        """Return the lists of visited records that name a record."""
        return [name for name, ids in self._visited.items() if record_id in ids]

    def forget_visits_of(self, record_id: str) -> int:
        """Take a record out of the lists of visited records; return how many named it."""
        named = [ids for ids in self._visited.values() if record_id in ids]
        for ids in named:
            ids.remove(record_id)
        return len(named)


@dataclass(slots=True)
class MemoryLeases:
    """Leases."""

    _leases: dict[Lease, tuple[str, datetime]] = field(default_factory=dict)

    def acquire(self, lease: Lease, now: datetime, length: timedelta) -> str | None:
        """Return a token when nobody else holds the lease, else None."""
        held = self._leases.get(lease)
        if held is not None and held[1] > now:
            return None
        token = f"{lease}#{now.isoformat()}"
        self._leases[lease] = (token, now + length)
        return token

    def release(self, lease: Lease, token: str) -> None:
        """End a lease early, unless somebody else holds it by now."""
        held = self._leases.get(lease)
        if held is not None and held[0] == token:
            del self._leases[lease]


@dataclass(slots=True)
class MemoryAdministration:
    """What Yuki said about the administration."""

    _codes: tuple[AdministrationCodes, datetime] | None = None
    _companies: tuple[tuple[OwnCompany, ...], datetime] | None = None

    def codes(self, *, not_older_than: datetime) -> AdministrationCodes | None:
        """Return VAT codes and ledger accounts, or None when they were asked for too long ago."""
        return self._codes[0] if self._codes and self._codes[1] >= not_older_than else None

    def save_codes(self, codes: AdministrationCodes, now: datetime) -> None:
        """Store VAT codes and ledger accounts."""
        self._codes = (codes, now)

    def forget_codes(self) -> None:
        """Have VAT codes and ledger accounts asked for again."""
        self._codes = None

    def own_companies(self, *, not_older_than: datetime) -> tuple[OwnCompany, ...] | None:
        """Return the companies of the administrations, or None when they were asked for too long ago."""
        return self._companies[0] if self._companies and self._companies[1] >= not_older_than else None

    def save_own_companies(self, companies: tuple[OwnCompany, ...], now: datetime) -> None:
        """Store the companies of the administrations."""
        self._companies = (companies, now)
