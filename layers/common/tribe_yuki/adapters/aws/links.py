"""Links in the id map table, with their mirrors by Yuki contact and by code, and their journal."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, override

from pydantic import TypeAdapter

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import ConditionFailed, Item, Write, timestamp
from tribe_yuki.adapters.aws.items import IdMapItems
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.stored_details import with_read_details, with_stored_details
from tribe_yuki.contacts.fields.code import code_key, is_same_code
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.store import LinkStore, Mirror
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Conflict, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry

_LINK = TypeAdapter(Link)
# What earlier versions called it, too.
_CODE_AT_IMPORT = "seen_code"
_INDEX_ATTRIBUTES = frozenset({"item", "kind", "state_key", "due_key"})
# A mirror points to one relation; another relation's is neither overwritten nor taken away.
_UNLESS_ANOTHERS = "attribute_not_exists(tribe_relation_id) OR tribe_relation_id = :relation"


@dataclass(frozen=True, slots=True)
class Links(IdMapItems, LinkStore):
    """Stores links; every write is conditional on the version that was read."""

    journal: Journal

    @override
    def get(self, tribe_relation_id: str) -> Link | None:
        item = self._get(f"{keys.LINK}{tribe_relation_id}")
        return link_from_item(item) if item else None

    @override
    def relation_linked_to(self, yuki_contact_id: str) -> str | None:
        return self._mirror(f"{keys.CONTACT_MIRROR}{yuki_contact_id}")

    @override
    def relation_with_code(self, code: str) -> str | None:
        names = [_code_mirror(code), *_old_code_mirrors(code)]
        return next((found for name in names if (found := self._mirror(name))), None)

    @override
    def save(self, link: Link, entries: Sequence[JournalEntry], now: datetime, *, former: Link | None = None) -> Link:
        self._demand_own(link.connection_id)
        saved = replace(link, version=link.version + 1, changed_at=now)
        mirrors = [self._mirror_write(saved, name) for name in _mirror_names(saved)]
        is_other_code = former is None or not is_same_code(former.code, saved.code)
        mirrors += [_removed(self.table, saved, name) for name in _old_code_mirrors(saved.code) if is_other_code]
        item = f"{keys.LINK}{saved.tribe_relation_id}"
        writes = [
            Write(self.table, link_to_item(saved), *_if_version(link)),
            *mirrors,
            *_freed(self.table, saved, former, {write.item["item"] for write in mirrors}),
            *self.journal.writes(item, entries, now, version=saved.version, keep_for_years=False),
        ]
        try:
            self.db.transact(writes)
        except ConditionFailed as failure:
            if 1 <= failure.index <= len(mirrors):
                raise _taken(writes[failure.index].item["item"]) from failure
            raise
        return saved

    @override
    def set_read_at(self, tribe_relation_id: str, read_at: datetime) -> None:
        key = self._key(f"{keys.LINK}{tribe_relation_id}")
        with suppress(Conflict):
            self.db.update(
                self.table,
                key,
                "SET read_at = :read_at",
                condition="attribute_exists(version) AND #state <> :erased",
                names={"#state": "state"},
                values={":read_at": timestamp(read_at), ":erased": LinkState.ERASED.value},
            )

    @override
    def repoint(self, loser: Link, winner: Link, entries: Sequence[JournalEntry], now: datetime) -> Link:
        self._demand_own(winner.connection_id)
        self._demand_own(loser.connection_id)
        saved = replace(winner, version=winner.version + 1, changed_at=now)
        buried = replace(loser, version=loser.version + 1, changed_at=now)
        values = {":relation": loser.tribe_relation_id}
        item = f"{keys.LINK}{saved.tribe_relation_id}"
        self.db.transact(
            [
                Write(self.table, link_to_item(saved), *_if_version(winner)),
                Write(self.table, link_to_item(buried), *_if_version(loser)),
                *(
                    Write(self.table, _mirror_item(saved, name), _UNLESS_ANOTHERS, values)
                    for name in _mirror_names(saved)
                ),
                *(_removed(self.table, buried, name) for name in _old_code_mirrors(saved.code)),
                *self.journal.writes(item, entries, now, version=saved.version, keep_for_years=False),
            ]
        )
        return saved

    @override
    def relation_of_record(self, record_id: str) -> str | None:
        return self._mirror(f"{keys.RECORD_MIRROR}{record_id}")

    @override
    def remember_records(self, tribe_relation_id: str, record_ids: Iterable[str]) -> None:
        for record_id in record_ids:
            self._put(f"{keys.RECORD_MIRROR}{record_id}", {"tribe_relation_id": tribe_relation_id})

    @override
    def page(self, *, after: str = "", limit: int) -> list[Link]:
        return [link_from_item(item) for item in self._after(keys.LINK, after, limit)]

    @override
    def in_state(self, state: LinkState) -> list[Link]:
        return [link_from_item(item) for item in self._in_state(keys.link_state(self.connection_id, state))]

    @override
    def mirrors(self, tribe_relation_id: str) -> list[Mirror]:
        return [
            Mirror(kind, item["item"].removeprefix(prefix), item["item"])
            for kind, prefix in keys.MIRRORS.items()
            for item in self._starting_with(prefix)
            if item["tribe_relation_id"] == tribe_relation_id
        ]

    @override
    def forget_mirror(self, tribe_relation_id: str, mirror: Mirror) -> None:
        with suppress(Conflict):
            self.db.delete(
                self.table,
                self._key(mirror.item),
                condition="tribe_relation_id = :relation",
                values={":relation": tribe_relation_id},
            )

    def _mirror(self, item: str) -> str | None:
        found = self._get(item)
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
    item: Item = with_stored_details(_LINK.dump_python(link, mode="json", exclude_none=True))
    if link.code_at_import is not None:
        item[_CODE_AT_IMPORT] = item.pop("code_at_import")
    item |= {
        "item": f"{keys.LINK}{link.tribe_relation_id}",
        "contact_kind": item.get("kind"),  # "kind" tells the sweep that this is a contact
        "kind": "contact",
        "state_key": keys.link_state(link.connection_id, link.state),
        "since": timestamp(link.since),
    }
    return item


def link_from_item(item: Mapping[str, Any]) -> Link:
    """Return the link that an item holds."""
    link = with_read_details({key: value for key, value in item.items() if key not in _INDEX_ATTRIBUTES})
    renamed = {"kind": link.pop("contact_kind", None), "code_at_import": link.pop(_CODE_AT_IMPORT, None)}
    return _LINK.validate_python(link | renamed)


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
        names.append(f"{keys.CONTACT_MIRROR}{link.yuki_contact_id}")
    if link.code:
        names.append(_code_mirror(link.code))
    return names


def _code_mirror(code: str) -> str:
    """Return the item that says whose a code is, whatever its capitals."""
    return f"{keys.CODE_MIRROR}{code_key(code).upper()}"


def _old_code_mirrors(code: str | None) -> list[str]:
    """Return the items that earlier versions wrote for a code with small letters: as it stood, or in small letters."""
    spellings = {code, code.lower()} if code else set()
    return sorted({f"{keys.CODE_MIRROR}{spelling}" for spelling in spellings} - {_code_mirror(code or "")})


def _taken(mirror: str) -> Held:
    if mirror.startswith(keys.CODE_MIRROR):
        return Held(HoldReason.DEBTOR_NUMBER_DUPLICATE)
    return Held(HoldReason.CONTACT_AMBIGUOUS, Detail(DetailCode.LINKED_ELSEWHERE))
