"""The journal table: what happened to each record, written in the transaction that made it happen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from secrets import token_hex
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item, Write, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.stored_details import read_facts, stored_facts
from tribe_yuki.admin.store import JournalStore
from tribe_yuki.core.journal import JournalEntry, JournalKind, Retention, Subject, WrittenEntry


@dataclass(frozen=True, slots=True)
class Journal(JournalStore):
    """The journal of one connection; `log` is told of each entry, `retention` says how long they are kept."""

    db: DynamoDb
    table: str
    connection_id: str
    log: Callable[[str, JournalEntry], None] = lambda _record, _entry: None
    retention: Callable[[], Retention] = Retention

    def writes(
        self, item: str, entries: Sequence[JournalEntry], now: datetime, *, version: int, keep_for_years: bool
    ) -> list[Write]:
        """Return the entries as parts of the transaction that stores an item's version."""
        record = self._record(item)
        for entry in entries:
            self.log(record, entry)
        retention = self.retention()
        kept_until = retention.of_books(now) if keep_for_years else retention.of_contacts(now)
        return [
            Write(self.table, _item(record, entry, now, f"{version:06}.{number}", kept_until))
            for number, entry in enumerate(entries)
        ]

    def read(self, item: str) -> list[Item]:
        """Return all entries about an item as they are stored, oldest first."""
        # DynamoDB reserves the word.
        names = {"#record": "record"}
        return list(self.db.query(self.table, "#record = :record", {":record": self._record(item)}, names=names))

    @override
    def name_of(self, subject: Subject) -> str:
        return keys.subject(subject)

    @override
    def entries(self, subject: Subject) -> list[WrittenEntry]:
        return [_written(found) for found in self.read(keys.subject(subject))]

    @override
    def forget(self, subject: Subject, *, but: str) -> int:
        found = self.read(keys.subject(subject))
        last = max((entry["at"] for entry in found if entry["code"] == but), default="")
        former = [entry for entry in found if entry["at"] != last]
        for entry in former:
            self.db.delete(self.table, {"record": entry["record"], "at": entry["at"]})
        return len(former)

    @override
    def reduce(self, subject: Subject, reduced: Callable[[JournalEntry], JournalEntry]) -> int:
        lost = 0
        for found in self.read(keys.subject(subject)):
            entry = _written(found).entry
            kept = reduced(entry).facts
            if kept != entry.facts:
                facts = {name: found["facts"][name] for name in kept}
                self.db.put(self.table, {**found, "facts": facts}, condition="attribute_exists(code)")
                lost += 1
        return lost

    def _record(self, item: str) -> str:
        return f"{self.connection_id}#{item}"


def _item(record: str, entry: JournalEntry, now: datetime, place: str, kept_until: datetime) -> Item:
    return {
        "record": record,
        "at": f"{timestamp(now)}#{place}#{token_hex(4)}",
        "kind": entry.kind.value,
        "code": entry.code,
        "facts": stored_facts(entry.facts),
        "expires_at": int(kept_until.timestamp()),
    }


def _written(item: Item) -> WrittenEntry:
    facts = read_facts(
        {name: int(value) if isinstance(value, Decimal) else value for name, value in item["facts"].items()}
    )
    at = parse_timestamp(item["at"].partition("#")[0])
    return WrittenEntry(at, JournalEntry(JournalKind(item["kind"]), item["code"], facts))
