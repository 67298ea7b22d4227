"""Yuki contacts without a link, in the id map table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import override

from pydantic import TypeAdapter

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import Item, Write, timestamp
from tribe_yuki.adapters.aws.items import IdMapItems
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.stored_details import with_read_details, with_stored_details
from tribe_yuki.contacts.store import UnlinkedContactStore
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.journal import JournalEntry

_UNLINKED = TypeAdapter(UnlinkedContact)
_INDEX_ATTRIBUTES = frozenset({"item", "kind", "state_key"})


@dataclass(frozen=True, slots=True)
class UnlinkedContacts(IdMapItems, UnlinkedContactStore):
    """Stores what is known of contacts without a link."""

    journal: Journal

    @override
    def get(self, yuki_contact_id: str) -> UnlinkedContact | None:
        item = self._get(f"{keys.UNLINKED}{yuki_contact_id}")
        return _from_item(item) if item else None

    @override
    def save(self, contact: UnlinkedContact, entries: Sequence[JournalEntry], now: datetime) -> None:
        self._demand_own(contact.connection_id)
        key = self._key(f"{keys.UNLINKED}{contact.yuki_contact_id}")
        item: Item = with_stored_details(_UNLINKED.dump_python(contact, mode="json", exclude_none=True))
        item |= {**key, "kind": "unlinked", "since": timestamp(contact.since)}
        if contact.state is UnlinkedState.HELD:
            item["state_key"] = keys.unlinked_held(contact.connection_id)
        writes = self.journal.writes(key["item"], entries, now, version=0, keep_for_years=False)
        self.db.transact([Write(self.table, item), *writes])

    @override
    def delete(self, yuki_contact_id: str) -> None:
        self._delete(f"{keys.UNLINKED}{yuki_contact_id}")

    @override
    def held(self) -> list[UnlinkedContact]:
        return [_from_item(item) for item in self._in_state(keys.unlinked_held(self.connection_id))]


def _from_item(item: Item) -> UnlinkedContact:
    contact = {key: value for key, value in item.items() if key not in _INDEX_ATTRIBUTES}
    return _UNLINKED.validate_python(with_read_details(contact))
