"""Links in the id map table (`contact#tribe#<id>`), their mirrors by Yuki contact and by code, and their journal."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from tribe_yuki.adapters.aws.dynamodb import ConditionFailed, DynamoDb, Item, Write, timestamp
from tribe_yuki.adapters.aws.journal import Journal, record_of
from tribe_yuki.contacts.fields.read import code_key, is_same_code
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.core.errors import Conflict, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry

_LINK = TypeAdapter(Link)
_INDEX_ATTRIBUTES = frozenset({"item", "kind", "state_key", "due_key"})
_CODE_MIRROR = "code#"
_MIRRORS = (_CODE_MIRROR, "contact#yuki#", "record#")
# A mirror points to one relation; another one's is neither overwritten nor taken away.
_UNLESS_ANOTHERS = "attribute_not_exists(tribe_relation_id) OR tribe_relation_id = :relation"


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

    def relation_with_code(self, connection_id: str, code: str) -> str | None:
        """Return the id of the relation whose contact has a relation code, or None."""
        names = [_code_mirror(code), *_old_code_mirrors(code)]
        return next((found for name in names if (found := self._mirror(connection_id, name))), None)

    def save(self, link: Link, entries: Sequence[JournalEntry], now: datetime, *, former: Link | None = None) -> Link:
        """Store a link, its mirrors and its journal entries, and return it with its new version.

        What `former` had and the link no longer has, contact or code, is free again for other relations.
        Raises Conflict when somebody else stored it since it was read, and Held when its Yuki contact
        (`contact_ambiguous`) or its code (`debtor_number_duplicate`) belongs to another relation's link.
        """
        saved = replace(link, version=link.version + 1, changed_at=now)
        mirrors = [self._mirror_write(saved, name) for name in _mirror_names(saved)]
        is_other_code = former is None or not is_same_code(former.code, saved.code)
        mirrors += [_removed(self.table, saved, name) for name in _old_code_mirrors(saved.code) if is_other_code]
        record = record_of(saved.connection_id, f"contact#tribe#{saved.tribe_relation_id}")
        writes = [
            Write(self.table, link_to_item(saved), *_if_version(link)),
            *mirrors,
            *_freed(self.table, saved, former, {write.item["item"] for write in mirrors}),
            *self.journal.writes(record, entries, now, version=saved.version, keep_for_years=False),
        ]
        try:
            self.db.transact(writes)
        except ConditionFailed as failure:
            if 1 <= failure.index <= len(mirrors):
                raise _taken(writes[failure.index].item["item"]) from failure
            raise
        return saved

    def note_read(self, connection_id: str, tribe_relation_id: str, read_at: datetime) -> None:
        """Remember when a relation was last read in Tribe; nothing happens without a link, or when it was erased."""
        key = {"connection_id": connection_id, "item": f"contact#tribe#{tribe_relation_id}"}
        with suppress(Conflict):
            self.db.update(
                self.table,
                key,
                "SET read_at = :read_at",
                condition="attribute_exists(version) AND #state <> :erased",
                names={"#state": "state"},
                values={":read_at": timestamp(read_at), ":erased": LinkState.ERASED.value},
            )

    def repoint(self, loser: Link, winner: Link, entries: Sequence[JournalEntry], now: datetime) -> Link:
        """Give the contact and code of one link to another one, in one step, and return the new link.

        Raises Conflict when one of both was stored by somebody else meanwhile.
        """
        saved = replace(winner, version=winner.version + 1, changed_at=now)
        buried = replace(loser, version=loser.version + 1, changed_at=now)
        values = {":relation": loser.tribe_relation_id}
        record = record_of(saved.connection_id, f"contact#tribe#{saved.tribe_relation_id}")
        self.db.transact(
            [
                Write(self.table, link_to_item(saved), *_if_version(winner)),
                Write(self.table, link_to_item(buried), *_if_version(loser)),
                *(
                    Write(self.table, _mirror_item(saved, name), _UNLESS_ANOTHERS, values)
                    for name in _mirror_names(saved)
                ),
                *(_removed(self.table, buried, name) for name in _old_code_mirrors(saved.code)),
                *self.journal.writes(record, entries, now, version=saved.version, keep_for_years=False),
            ]
        )
        return saved

    def relation_of_record(self, connection_id: str, record_id: str) -> str | None:
        """Return the linked relation that an address or role was last seen at, or None."""
        return self._mirror(connection_id, f"record#{record_id}")

    def remember_records(self, connection_id: str, tribe_relation_id: str, record_ids: Iterable[str]) -> None:
        """Remember which addresses and roles belong to a relation."""
        for record_id in record_ids:
            item = {"connection_id": connection_id, "item": f"record#{record_id}"}
            self.db.put(self.table, {**item, "tribe_relation_id": tribe_relation_id})

    def page(self, connection_id: str, *, after: str = "", limit: int) -> list[Link]:
        """Return links in the order of their relations' ids, beginning after one of them."""
        items = self.db.query(
            self.table,
            "connection_id = :connection AND #item BETWEEN :first AND :last",
            {
                ":connection": connection_id,
                ":first": f"contact#tribe#{after} ",
                ":last": "contact#tribe#~",
            },
            names={"#item": "item"},
            limit=limit,
        )
        return [link_from_item(item) for item in items]

    def in_state(self, connection_id: str, state: LinkState) -> list[Link]:
        """Return links in a state; the index may lag behind by a moment."""
        key = f"{connection_id}#contact#{state}"
        return [
            link_from_item(item) for item in self.db.query(self.table, "state_key = :key", {":key": key}, index="state")
        ]

    def mirrors(self, connection_id: str, tribe_relation_id: str) -> list[str]:
        """Return the items that point to a relation: by contact, by code, by address or role. Reads all of them."""
        return [
            str(item["item"])
            for prefix in _MIRRORS
            for item in self.db.query(
                self.table,
                "connection_id = :connection AND begins_with(#item, :prefix)",
                {":connection": connection_id, ":prefix": prefix},
                names={"#item": "item"},
            )
            if item["tribe_relation_id"] == tribe_relation_id
        ]

    def forget_mirror(self, connection_id: str, tribe_relation_id: str, mirror: str) -> None:
        """Delete an item that points to a relation; nothing happens when it points to another one by now."""
        with suppress(Conflict):
            self.db.delete(
                self.table,
                {"connection_id": connection_id, "item": mirror},
                condition="tribe_relation_id = :relation",
                values={":relation": tribe_relation_id},
            )

    def _mirror(self, connection_id: str, item: str) -> str | None:
        found = self.db.get(self.table, {"connection_id": connection_id, "item": item})
        return str(found["tribe_relation_id"]) if found else None

    def _mirror_write(self, link: Link, name: str) -> Write:
        return Write(
            self.table,
            _mirror_item(link, name),
            _UNLESS_ANOTHERS,
            {":relation": link.tribe_relation_id},
        )


def link_to_item(link: Link) -> Item:
    """Return the stored form of a link, with the keys of the sparse index."""
    item: Item = _LINK.dump_python(link, mode="json", exclude_none=True)
    item |= {
        "item": f"contact#tribe#{link.tribe_relation_id}",
        "contact_kind": item.get("kind"),  # "kind" tells the sweep that this is a contact
        "kind": "contact",
        "state_key": f"{link.connection_id}#contact#{link.state}",
        "since": timestamp(link.since),
    }
    return item


def link_from_item(item: Mapping[str, Any]) -> Link:
    """Return the link that an item holds."""
    link = {key: value for key, value in item.items() if key not in _INDEX_ATTRIBUTES}
    return _LINK.validate_python(link | {"kind": link.pop("contact_kind", None)})


def _if_version(link: Link) -> tuple[str, Mapping[str, int] | None]:
    """Return condition and values of a write: the stored version is the one that was read."""
    return (
        ("version = :version", {":version": link.version}) if link.version else ("attribute_not_exists(version)", None)
    )


def _freed(table: str, link: Link, former: Link | None, written: Collection[str]) -> list[Write]:
    """Return the removal of what the link had and has no longer, besides what is written anyway."""
    had = {*_mirror_names(former), *_old_code_mirrors(former.code)} if former else set()
    is_kept = former is not None and is_same_code(former.code, link.code)
    kept = set(_mirror_names(link)) | (set(_old_code_mirrors(link.code)) if is_kept else set())
    return [_removed(table, link, name) for name in sorted(had - kept - set(written))]


def _removed(table: str, link: Link, name: str) -> Write:
    return Write(
        table,
        {"connection_id": link.connection_id, "item": name},
        _UNLESS_ANOTHERS,
        {":relation": link.tribe_relation_id},
        is_delete=True,
    )


def _mirror_item(link: Link, name: str) -> Item:
    return {"connection_id": link.connection_id, "item": name, "tribe_relation_id": link.tribe_relation_id}


def _mirror_names(link: Link) -> list[str]:
    names = []
    if link.yuki_contact_id:
        names.append(f"contact#yuki#{link.yuki_contact_id}")
    if link.code:
        names.append(_code_mirror(link.code))
    return names


def _code_mirror(code: str) -> str:
    """Return the item that says whose a code is, whatever its capitals."""
    return f"{_CODE_MIRROR}{code_key(code).upper()}"


def _old_code_mirrors(code: str | None) -> list[str]:
    """Return the items that earlier versions wrote for a code with small letters: as it stood, or in small letters."""
    spellings = {code, code.lower()} if code else set()
    return sorted({f"{_CODE_MIRROR}{one}" for one in spellings} - {_code_mirror(code or "")})


def _taken(mirror: str) -> Held:
    if mirror.startswith(_CODE_MIRROR):
        return Held(HoldReason.DEBTOR_NUMBER_DUPLICATE)
    return Held(HoldReason.CONTACT_AMBIGUOUS, detail="the contact is linked to another relation")
