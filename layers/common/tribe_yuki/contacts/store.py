"""What is stored of contacts, as Protocols. Every store is made for one connection.

Writes raise Conflict when the stored version is another than the one given; lists by state may lag behind by a moment.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tribe_yuki.connections.store import ConnectionStores
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.model import YukiContact
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.core.journal import JournalEntry


class MirrorKind(StrEnum):
    """By what else than its relation a link is found."""

    CODE = "code"
    YUKI_CONTACT = "yuki_contact"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A stored pointer to a relation: by its contact's code or id, or by an address or role; `item` is its key."""

    kind: MirrorKind
    value: str
    item: str


class LinkStore(Protocol):
    """The pairs of a Tribe relation and a Yuki contact."""

    def get(self, tribe_relation_id: str) -> Link | None:
        """Return a relation's link, or None."""
        ...

    def save(self, link: Link, entries: Sequence[JournalEntry], now: datetime, *, former: Link | None = None) -> Link:
        """Store a link with journal entries, and return it with its new version.

        What `former` had and the link no longer has, contact or code, is free again for other relations.
        Raises Conflict when somebody else stored it since it was read, and Held when its Yuki contact
        (`contact_ambiguous`) or its code (`debtor_number_duplicate`) belongs to another relation's link.
        """
        ...

    def repoint(self, loser: Link, winner: Link, entries: Sequence[JournalEntry], now: datetime) -> Link:
        """Give the contact and code of one link to another one, in one step, and return the new link."""
        ...

    def set_read_at(self, tribe_relation_id: str, read_at: datetime) -> None:
        """Store when a relation was last read in Tribe; nothing happens without a link, or when it was erased."""
        ...

    def relation_linked_to(self, yuki_contact_id: str) -> str | None:
        """Return the relation that a Yuki contact is linked to, or None."""
        ...

    def relation_with_code(self, code: str) -> str | None:
        """Return the relation whose contact has a relation code, or None."""
        ...

    def relation_of_record(self, record_id: str) -> str | None:
        """Return the linked relation that an address or role was last seen at, or None."""
        ...

    def remember_records(self, tribe_relation_id: str, record_ids: Iterable[str]) -> None:
        """Remember which addresses and roles belong to a relation."""
        ...

    def page(self, *, after: str = "", limit: int) -> list[Link]:
        """Return links in the order of their relations' ids, beginning after one of them."""
        ...

    def in_state(self, state: LinkState) -> list[Link]:
        """Return links in a state."""
        ...

    def mirrors(self, tribe_relation_id: str) -> list[Mirror]:
        """Return what points to a relation: by contact, by code, by address or role. Reads all of them."""
        ...

    def forget_mirror(self, tribe_relation_id: str, mirror: Mirror) -> None:
        """Delete an item that points to a relation; nothing happens when it points to another relation by now."""
        ...


class UnlinkedContactStore(Protocol):
    """What is known of Yuki contacts without a link."""

    def get(self, yuki_contact_id: str) -> UnlinkedContact | None:
        """Return what is known of a contact, or None."""
        ...

    def save(self, contact: UnlinkedContact, entries: Sequence[JournalEntry], now: datetime) -> None:
        """Store what is known of a contact, in place of what was known, with journal entries."""
        ...

    def delete(self, yuki_contact_id: str) -> None:
        """Forget a contact that has a link now."""
        ...

    def held(self) -> list[UnlinkedContact]:
        """Return the contacts that wait for a person, longest first."""
        ...


class MatchIndexStore(Protocol):
    """What records can be recognised by, as fingerprints, so that a match is found without reading all records."""

    def remember(self, fingerprints: Mapping[str, Iterable[str]]) -> None:
        """Add records, by id, under some fingerprints each. Old ones stay: who looks one up reads the record itself."""
        ...

    def forget(self, record_id: str, fingerprint: str) -> None:
        """Take a record away from a fingerprint."""
        ...

    def near(self, fingerprints: Collection[str]) -> list[str]:
        """Return the ids of records that have one of the fingerprints, each once."""
        ...

    def of_records(self, record_ids: Collection[str]) -> list[tuple[str, str]]:
        """Return record and fingerprint of all entries of some records; reads the whole index."""
        ...


class DeferredEventStore(Protocol):
    """The events whose records could not be asked about or written yet."""

    def get(self, route: Route, record_id: str) -> DeferredEvent | None:
        """Return a deferred event, or None."""
        ...

    def read_ahead(self, route: Route, record_ids: Iterable[str]) -> None:
        """Read events together that will be asked for one by one."""
        ...

    def save(self, event: DeferredEvent) -> None:
        """Store an event, in place of what was known of it."""
        ...

    def delete(self, route: Route, record_id: str) -> None:
        """Forget an event that was dealt with."""
        ...

    def held(self) -> list[DeferredEvent]:
        """Return the events that wait for a person, longest first."""
        ...


class WaitingInvoices(Protocol):
    """The invoices that wait for a contact; contacts release them without knowing what an invoice is."""

    def release_of_relation(self, tribe_relation_id: str) -> None:
        """Release the invoices of a relation that a change of it may release."""
        ...

    def release_known_customers(self) -> int:
        """Release the invoices whose contact is known to be marked as Customer by now; return how many."""
        ...

    def release_of_contacts(self, contacts: Collection[YukiContact]) -> None:
        """Release the invoices that may have waited for a change of some contacts of Yuki, which are active."""
        ...


@dataclass(frozen=True, kw_only=True)
class ContactStores(ConnectionStores):
    """The stores of one connection, with what is stored of contacts."""

    links: LinkStore
    unlinked: UnlinkedContactStore
    match_index: MatchIndexStore
    deferred: DeferredEventStore
