"""Yuki contacts without a link, in the id map table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item, Write, timestamp
from tribe_yuki.adapters.aws.journal import Journal, record_of
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.journal import JournalEntry

_UNLINKED = TypeAdapter(UnlinkedContact)
_INDEX_ATTRIBUTES = frozenset({"item", "kind", "state_key"})


@dataclass(frozen=True, slots=True)
class UnlinkedContacts:
    """Stores what is known of contacts without a link."""

    db: DynamoDb
    table: str
    journal: Journal

    def get(self, connection_id: str, yuki_contact_id: str) -> UnlinkedContact | None:
        """Return what is remembered of a contact, or None."""
        item = self.db.get(self.table, _key(connection_id, yuki_contact_id))
        return _from_item(item) if item else None

    def save(self, contact: UnlinkedContact, entries: Sequence[JournalEntry], now: datetime) -> None:
        """Store what is known of a contact, in place of what was known, with journal entries."""
        key = _key(contact.connection_id, contact.yuki_contact_id)
        item: Item = _UNLINKED.dump_python(contact, mode="json", exclude_none=True)
        item |= {**key, "kind": "unlinked", "since": timestamp(contact.since)}
        if contact.state is UnlinkedState.HELD:
            item["state_key"] = _held_key(contact.connection_id)
        record = record_of(contact.connection_id, key["item"])
        writes = self.journal.writes(record, entries, now, version=0, keep_for_years=False)
        self.db.transact([Write(self.table, item), *writes])

    def delete(self, connection_id: str, yuki_contact_id: str) -> None:
        """Forget a contact that has a link now."""
        self.db.delete(self.table, _key(connection_id, yuki_contact_id))

    def held(self, connection_id: str) -> list[UnlinkedContact]:
        """Return the contacts that wait for a person, longest first; may lag behind by a moment."""
        condition, values = "state_key = :key", {":key": _held_key(connection_id)}
        return [_from_item(item) for item in self.db.query(self.table, condition, values, index="state")]


def _key(connection_id: str, yuki_contact_id: str) -> dict[str, str]:
    return {"connection_id": connection_id, "item": f"unlinked#{yuki_contact_id}"}


def _held_key(connection_id: str) -> str:
    return f"{connection_id}#unlinked#held"


def _from_item(item: Item) -> UnlinkedContact:
    return _UNLINKED.validate_python({key: value for key, value in item.items() if key not in _INDEX_ATTRIBUTES})
