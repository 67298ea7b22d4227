"""All records of the simulated environment, indexed by id, by set, and by the links that lead to them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from local.tribe_simulator.model import CUSTOM_FIELD, EntityType, Model, Source

type Fields = dict[str, Any]


class Record:
    """One record: its type, and its filled properties and links (`{"ID": …}`); records are listed by `position`."""

    def __init__(self, entity_type: EntityType, fields: Mapping[str, Any], position: int) -> None:
        self.type = entity_type
        self.position = position
        self.fields: Fields = dict(fields)
        self.key = str(self.fields["ID"]).lower()

    @property
    def record_id(self) -> str:
        """Return its id as it was given."""
        return str(self.fields["ID"])

    @property
    def entity_set(self) -> str:
        """Return the name of its set."""
        return self.type.entity_set

    def link(self, name: str) -> str | None:
        """Return the id that a link leads to, in lower case, or None."""
        target = self.fields.get(name)
        return str(target["ID"]).lower() if isinstance(target, dict) else None


class Store:
    """The records; not locked by itself. Ids are found in any case of letters."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.by_id: dict[str, Record] = {}
        self.by_set: dict[str, dict[str, Record]] = defaultdict(dict)
        self.custom_fields: dict[str, dict[str, None]] = defaultdict(dict)
        self._pointing_here: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
        self._positions = count()

    def add(self, entity_set: str, fields: Mapping[str, Any]) -> Record:
        """Add a record; its fields must hold an id of its own."""
        record = Record(self.model[entity_set], fields, next(self._positions))
        self.by_id[record.key] = record
        self.by_set[entity_set][record.key] = record
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

    def retype(self, record: Record, entity_type: EntityType) -> None:
        """Give a record another type, keeping its id."""
        self._unindex(record)
        del self.by_set[record.entity_set][record.key]
        record.type = entity_type
        self.by_set[record.entity_set][record.key] = record
        self._index(record)

    def remove(self, record: Record) -> None:
        """Remove a record; links that lead to it lead nowhere from then on."""
        self._unindex(record)
        del self.by_id[record.key]
        del self.by_set[record.entity_set][record.key]

    def get(self, record_id: str | None) -> Record | None:
        """Return a record by its id."""
        return self.by_id.get(record_id.lower()) if record_id else None

    def linked(self, record: Record, link: str) -> Record | None:
        """Return the record that a link leads to."""
        return self.get(record.link(link))

    def pointing(self, source: Source, owner: Record) -> Iterator[Record]:
        """Give the records of a source that point to their owner, oldest first."""
        for entity_type in self.model.below(source.target):
            keys = self._pointing_here.get((entity_type.entity_set, source.link, owner.key), ())
            yield from sorted((self.by_id[key] for key in keys), key=lambda record: record.position)

    def all_pointing(self, owner: Record) -> Iterator[tuple[Record, str]]:
        """Give every record that points to this one, with the link by which it does."""
        for entity_type in self.model:
            for link in entity_type.links:
                for record in self.pointing(Source(entity_type.entity_set, link), owner):
                    yield record, link

    def _index(self, record: Record) -> None:
        for name in record.fields:
            if CUSTOM_FIELD.fullmatch(name):
                self.custom_fields[record.entity_set][name] = None
        for link in record.type.links:
            if target := record.link(link):
                self._pointing_here[record.entity_set, link, target][record.key] = None

    def _unindex(self, record: Record) -> None:
        for link in record.type.links:
            if target := record.link(link):
                self._pointing_here[record.entity_set, link, target].pop(record.key, None)
