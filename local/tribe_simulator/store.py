"""All records of the simulated environment, indexed by id, by set and by the links that collections need."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.tribe_simulator.model import TYPES, EntityType

type Fields = dict[str, Any]


@dataclass
class Record:
    """One record: its set, and its filled properties and links (`{"ID": …}`)."""

    entity_set: str
    fields: Fields

    @property
    def record_id(self) -> str:
        """Return its id."""
        return str(self.fields["ID"])

    @property
    def type(self) -> EntityType:
        """Return its type."""
        return TYPES[self.entity_set]

    def link(self, name: str) -> str | None:
        """Return the id that a link points to, or None."""
        target = self.fields.get(name)
        return str(target["ID"]).lower() if isinstance(target, dict) and target.get("ID") else None


@dataclass
class Store:
    """The records; not locked by itself."""

    by_id: dict[str, Record] = field(default_factory=dict)
    by_set: dict[str, dict[str, Record]] = field(default_factory=lambda: defaultdict(dict))
    pointing_here: dict[tuple[str, str, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, entity_set: str, fields: Mapping[str, Any]) -> Record:
        """Add a record with an id of its own."""
        record = Record(entity_set, dict(fields))
        self.by_id[record.record_id.lower()] = record
        self.by_set[entity_set][record.record_id.lower()] = record
        self._index(record)
        return record

    def change(self, record: Record, fields: Mapping[str, Any]) -> None:
        """Set fields of a record; None empties one."""
        self._unindex(record)
        for name, value in fields.items():
            if value is None:
                record.fields.pop(name, None)
            else:
                record.fields[name] = value
        self._index(record)

    def retype(self, record: Record, entity_set: str) -> None:
        """Move a record to another set, keeping its id."""
        self._unindex(record)
        del self.by_set[record.entity_set][record.record_id.lower()]
        record.entity_set = entity_set
        self.by_set[entity_set][record.record_id.lower()] = record
        self._index(record)

    def remove(self, record: Record) -> None:
        """Remove a record; links to it stay and lead nowhere."""
        self._unindex(record)
        del self.by_id[record.record_id.lower()]
        del self.by_set[record.entity_set][record.record_id.lower()]

    def get(self, record_id: str | None) -> Record | None:
        """Return a record by its id, in any case of letters."""
        return self.by_id.get(record_id.lower()) if record_id else None

    def linked(self, record: Record, link: str) -> Record | None:
        """Return the record that a link points to."""
        return self.get(record.link(link))

    def collection(self, entity_set: str, link: str, record_id: str) -> Iterator[Record]:
        """Give the records of a set that point to a record, in the order in which they began to."""
        for one in list(self.pointing_here[entity_set, link, record_id.lower()]):
            yield self.by_id[one]

    def _index(self, record: Record) -> None:
        for link in record.type.links:
            if target := record.link(link):
                self.pointing_here[record.entity_set, link, target][record.record_id.lower()] = None

    def _unindex(self, record: Record) -> None:
        for link in record.type.links:
            if target := record.link(link):
                self.pointing_here[record.entity_set, link, target].pop(record.record_id.lower(), None)
