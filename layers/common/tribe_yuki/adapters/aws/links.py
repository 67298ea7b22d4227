"""Links in the id map table, with their mirrors by Yuki contact and by code, and their journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from tribe_yuki.adapters.aws.dynamodb import ConditionFailed, DynamoDb, Item, Write, timestamp
from tribe_yuki.adapters.aws.journal import Journal, record_of
from tribe_yuki.domain.errors import Held
from tribe_yuki.domain.holds import HoldReason
from tribe_yuki.domain.journal import JournalEntry
from tribe_yuki.domain.link import Link, LinkState

_LINK = TypeAdapter(Link)
_INDEX_ATTRIBUTES = frozenset({"item", "kind", "state_key", "due_key"})


@dataclass(frozen=True, slots=True)
class Links:
    """Stores links; every write is conditional on the version that was read."""

    db: DynamoDb
    table: str
    journal: Journal

    def get(self, connection_id: str, tribe_relation_id: str) -> Link | None:
        """Return one link, or None."""
        item = self.db.get(self.table, {"connection_id": connection_id, "item": f"contact#tribe#{tribe_relation_id}"})
        return link_from_item(item) if item else None

    def relation_linked_to(self, connection_id: str, yuki_contact_id: str) -> str | None:
        """Return the id of the relation that a Yuki contact is linked to, or None."""
        return self._mirror(connection_id, f"contact#yuki#{yuki_contact_id}")

    def save(
        self, link: Link, entries: Sequence[JournalEntry], now: datetime, *, former_code: str | None = None
    ) -> Link:
        """Store a link, its mirrors and its journal entries, and return it with its new version.

        A `former_code` is free again for other relations.
        Raises Conflict when somebody else stored it since it was read, and Held when its Yuki contact
        (`contact_ambiguous`) or its code (`debtor_number_duplicate`) belongs to another relation's link.
        """
        saved = replace(link, version=link.version + 1)
        condition = "attribute_not_exists(version)" if link.version == 0 else "version = :version"
        values = {":version": link.version} if link.version else None
        mirrors = [self._mirror_write(saved, name) for name in _mirror_names(saved)]
        record = record_of(saved.connection_id, f"contact#tribe#{saved.tribe_relation_id}")
        writes = [
            Write(self.table, link_to_item(saved), condition, values),
            *mirrors,
            *self._freed(saved, former_code),
            *self.journal.writes(record, entries, now, version=saved.version, keep_for_years=False),
        ]
        try:
            self.db.transact(writes)
        except ConditionFailed as failure:
            if 1 <= failure.index <= len(mirrors):
                raise _taken(writes[failure.index].item["item"]) from failure
            raise
        return saved

    def in_state(self, connection_id: str, state: LinkState) -> list[Link]:
        """Return links in a state; the index may lag behind by a moment."""
        key = f"{connection_id}#contact#{state}"
        return [
            link_from_item(item) for item in self.db.query(self.table, "state_key = :key", {":key": key}, index="state")
        ]

    def _freed(self, link: Link, former_code: str | None) -> list[Write]:
        if former_code is None or former_code == link.code:
            return []
        key = {"connection_id": link.connection_id, "item": f"code#{former_code}"}
        return [
            Write(
                self.table,
                key,
                "attribute_not_exists(tribe_relation_id) OR tribe_relation_id = :relation",
                {":relation": link.tribe_relation_id},
                is_delete=True,
            )
        ]

    def _mirror(self, connection_id: str, item: str) -> str | None:
        found = self.db.get(self.table, {"connection_id": connection_id, "item": item})
        return str(found["tribe_relation_id"]) if found else None

    def _mirror_write(self, link: Link, name: str) -> Write:
        return Write(
            self.table,
            {"connection_id": link.connection_id, "item": name, "tribe_relation_id": link.tribe_relation_id},
            "attribute_not_exists(tribe_relation_id) OR tribe_relation_id = :relation",
            {":relation": link.tribe_relation_id},
        )


def link_to_item(link: Link) -> Item:
    """Return the stored form of a link, with the keys of the sparse index."""
    item: Item = _LINK.dump_python(link, mode="json", exclude_none=True)
    item |= {
        "item": f"contact#tribe#{link.tribe_relation_id}",
        "kind": "contact",
        "state_key": f"{link.connection_id}#contact#{link.state}",
        "since": timestamp(link.since),
    }
    return item


def link_from_item(item: Mapping[str, Any]) -> Link:
    """Return the link that an item holds."""
    return _LINK.validate_python({key: value for key, value in item.items() if key not in _INDEX_ATTRIBUTES})


def _mirror_names(link: Link) -> list[str]:
    names = []
    if link.yuki_contact_id:
        names.append(f"contact#yuki#{link.yuki_contact_id}")
    if link.code:
        names.append(f"code#{link.code}")
    return names


def _taken(mirror: str) -> Held:
    if mirror.startswith("code#"):
        return Held(HoldReason.DEBTOR_NUMBER_DUPLICATE)
    return Held(HoldReason.CONTACT_AMBIGUOUS, detail="the contact is linked to another relation")
