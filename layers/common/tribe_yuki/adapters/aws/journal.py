"""The journal table: what happened to each record, written in the transaction that made it happen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from secrets import token_hex

from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item, Write, parse_timestamp, timestamp
from tribe_yuki.core.journal import JournalEntry, JournalKind, Retention, WrittenEntry


def record_of(connection_id: str, item: str) -> str:
    """Return the partition of a record's entries."""
    return f"{connection_id}#{item}"


@dataclass(frozen=True, slots=True)
class Journal:
    """Writes journal entries; `note` is told of each, for the log, `retention` for how long a connection keeps them."""

    db: DynamoDb
    table: str
    note: Callable[[str, JournalEntry], None] = lambda _record, _entry: None
    retention: Callable[[str], Retention] = lambda _connection_id: Retention()

    def writes(
        self, record: str, entries: Sequence[JournalEntry], now: datetime, *, version: int, keep_for_years: bool
    ) -> list[Write]:
        """Return the entries as parts of the transaction that stores a record's version."""
        for entry in entries:
            self.note(record, entry)
        retention = self.retention(record.partition("#")[0])
        kept_until = retention.of_books(now) if keep_for_years else retention.of_contacts(now)
        return [
            Write(self.table, _item(record, entry, now, f"{version:06}.{number}", kept_until))
            for number, entry in enumerate(entries)
        ]

    def read(self, record: str) -> list[Item]:
        """Return all entries of a record, oldest first."""
        # DynamoDB reserves the word.
        names = {"#record": "record"}
        return list(self.db.query(self.table, "#record = :record", {":record": record}, names=names))

    def forget(self, connection_id: str, item: str, *, but: str) -> int:
        """Delete all entries about an item but the last one with a code; return how many there were."""
        found = self.read(record_of(connection_id, item))
        last = max((entry["at"] for entry in found if entry["code"] == but), default="")
        former = [entry for entry in found if entry["at"] != last]
        for entry in former:
            self.db.delete(self.table, {"record": entry["record"], "at": entry["at"]})
        return len(former)

    def reduce(self, connection_id: str, item: str, reduced: Callable[[JournalEntry], JournalEntry]) -> int:
        """Replace the facts of each entry about an item by those of `reduced`; return how many lost something."""
        lost = 0
        for found in self.read(record_of(connection_id, item)):
            entry = _written(found).entry
            kept = reduced(entry).facts
            if kept != entry.facts:
                facts = {name: found["facts"][name] for name in kept}
                self.db.put(self.table, {**found, "facts": facts}, condition="attribute_exists(code)")
                lost += 1
        return lost

    def entries(self, connection_id: str, item: str) -> list[WrittenEntry]:
        """Return all entries about a connection's item, such as `invoice#<id>`, oldest first."""
        return [_written(found) for found in self.read(record_of(connection_id, item))]


def _item(record: str, entry: JournalEntry, now: datetime, place: str, kept_until: datetime) -> Item:
    return {
        "record": record,
        "at": f"{timestamp(now)}#{place}#{token_hex(4)}",
        "kind": entry.kind.value,
        "code": entry.code,
        "facts": {name: value for name, value in entry.facts.items() if value is not None},
        "expires_at": int(kept_until.timestamp()),
    }


def _written(item: Item) -> WrittenEntry:
    facts = {name: int(value) if isinstance(value, Decimal) else value for name, value in item["facts"].items()}
    at = parse_timestamp(item["at"].partition("#")[0])
    return WrittenEntry(at, JournalEntry(JournalKind(item["kind"]), item["code"], facts))
