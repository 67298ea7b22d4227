"""The records, found by id, by entity set and by what they link to, and what changed in them since the last commit."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from simulators.tribe.indexes import INDEXED, SORTED, SortedIndex, ValueIndex
from simulators.tribe.model import DATES, TYPES, dotted, is_a

type Values = dict[str, Any]

_REMEMBERED = 256


@dataclass
class Record:
    """One record: plain values (never None) and the ids that its to-one links lead to."""

    id: str
    type: str
    values: Values = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What one transaction did to one record; links as pairs of the former and the present id."""

    kind: str
    record_id: str
    record_type: str
    fields: Mapping[str, Any]
    links: Mapping[str, tuple[str | None, str | None]]
    upgraded: bool = False


@dataclass(frozen=True)
class _Before:
    type: str
    values: Values
    links: dict[str, str]


class Store:
    """Hold the records. Not locked: the simulator does that."""

    def __init__(self) -> None:
        self.by_id: dict[str, Record] = {}
        self.by_set: dict[str, dict[str, Record]] = {kind.entity_set: {} for kind in TYPES.values()}
        self._by_value = {name: ValueIndex() for name in INDEXED}
        self._by_date = SortedIndex()
        self._indexes: Mapping[str, ValueIndex | SortedIndex] = {**self._by_value, SORTED: self._by_date}
        self._incoming: dict[str, dict[str, dict[str, None]]] = {}
        self._before: dict[str, _Before | None] = {}
        self._remembered: dict[Hashable, list[Record]] = {}

    def add(self, entity_set: str, fields: Mapping[str, Any]) -> Record:
        """Add a record from its flat JSON form: links are objects with an `ID`, no `ID` makes a new one."""
        record = Record(str(fields.get("ID") or uuid4()).lower(), dotted(entity_set))
        if record.id in self.by_id:
            raise ValueError(f"{entity_set}: there is a record {record.id} already")
        self._before.setdefault(record.id, None)
        self._remembered.clear()
        self.by_id[record.id] = record
        self.by_set[entity_set][record.id] = record
        for name, value in fields.items():
            if name in TYPES[record.type].links:
                self.link(record, name, str(value["ID"]).lower() if value else None)
            elif name != "ID":
                self.put(record, name, value)
        return record

    def put(self, record: Record, name: str, value: Any) -> None:
        """Set a value; None and False are what a record does not have."""
        self._touch(record)
        former = record.values.get(name)
        if value is None or value is False:
            record.values.pop(name, None)
        else:
            record.values[name] = value
        if name in self._indexes:
            self._indexes[name].move(record.id, former, record.values.get(name))

    def link(self, record: Record, name: str, target: str | None) -> None:
        """Set a to-one link, or clear it with None."""
        self._touch(record)
        former = record.links.pop(name, None)
        if former is not None:
            self._incoming[former][name].pop(record.id)
        if target is not None:
            record.links[name] = target
            self._incoming.setdefault(target, {}).setdefault(name, {})[record.id] = None

    def retype(self, record: Record, record_type: str) -> None:
        """Make a record one of another type; its id stays."""
        self._touch(record)
        del self.by_set[TYPES[record.type].entity_set][record.id]
        record.type = record_type
        self.by_set[TYPES[record_type].entity_set][record.id] = record

    def remove(self, record: Record) -> None:
        """Forget a record; what linked to it keeps pointing at nothing."""
        self._touch(record)
        for name in list(record.links):
            self.link(record, name, None)
        for name in self._indexes:
            self.put(record, name, None)
        del self.by_id[record.id]
        del self.by_set[TYPES[record.type].entity_set][record.id]

    def target(self, record: Record, name: str) -> Record | None:
        """Return the record that a to-one link leads to, if there is one."""
        return self.by_id.get(record.links.get(name, ""))

    def pointing(self, name: str, target: str, base: str = "Entity") -> list[Record]:
        """Return the records of a type whose link `name` leads to a record, oldest first."""
        found = (self.by_id[record_id] for record_id in self._incoming.get(target, {}).get(name, ()))
        return [record for record in found if is_a(record.type, base)]

    def with_value(self, name: str, value: str) -> list[Record]:
        """Return the records with an indexed value, in any case of its letters."""
        return [self.by_id[record_id] for record_id in self._by_value[name].with_value(value)]

    def changed_since(self, instant: str) -> list[Record]:
        """Return the records whose LastMutationDate is an instant or later, in the order of their changes."""
        return [self.by_id[record_id] for record_id in self._by_date.from_value(instant)]

    def highest_number(self, name: str) -> int:
        """Return the highest number among the indexed values of the shape `123` or `D-123`; zero without any."""
        return self._by_value[name].highest

    def remember(self, key: Hashable, find: Callable[[], list[Record]]) -> list[Record]:
        """Return what `find` found, until a record changes."""
        if key not in self._remembered:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = find()
        return self._remembered[key]

    def pointing_anyhow(self, target: str) -> list[tuple[Record, str]]:
        """Return every record that links to a record, with the name of the link."""
        return [
            (self.by_id[record_id], name) for name, ids in self._incoming.get(target, {}).items() for record_id in ids
        ]

    def of(self, base: str) -> Iterator[Record]:
        """Yield the records of a dotted type and of those below it."""
        for kind in TYPES.values():
            if is_a(kind.name, base):
                yield from self.by_set[kind.entity_set].values()

    def date(self, record: Record, instant: str) -> None:
        """Say when a record was changed for the last time."""
        self._remembered.clear()
        record.values.setdefault("CreationDate", instant)
        self._by_date.move(record.id, record.values.get(SORTED), instant)
        record.values[SORTED] = instant

    def changes(self) -> list[Change]:
        """Return what changed since the last commit."""
        return [change for one, before in self._before.items() if (change := self._change(one, before))]

    def commit(self) -> list[Change]:
        """Return what changed since the last commit, which cannot be undone from now on."""
        changes = self.changes()
        self._before.clear()
        return changes

    def forget_changes(self) -> None:
        """Let all that was changed count as seed data."""
        self._before.clear()

    def roll_back(self) -> None:
        """Undo all that was changed since the last commit."""
        for one, before in list(self._before.items()):
            record = self.by_id.get(one)
            if record is not None:
                self.remove(record)
            if before is not None:
                links = {name: {"ID": target} for name, target in before.links.items()}
                self.add(TYPES[before.type].entity_set, {"ID": one, **before.values, **links})
        self._before.clear()

    def _touch(self, record: Record) -> None:
        self._remembered.clear()
        if record.id not in self._before:
            self._before[record.id] = _Before(record.type, dict(record.values), dict(record.links))

    def _change(self, record_id: str, before: _Before | None) -> Change | None:
        record = self.by_id.get(record_id)
        if record is None:
            if before is None:
                return None
            gone = {name: (target, None) for name, target in before.links.items()}
            return Change("Deletion", record_id, before.type, {}, gone)
        if before is None:
            made = {name: (None, target) for name, target in record.links.items()}
            return Change("Creation", record_id, record.type, _undated(record.values), made)
        fields = _differing(_undated(before.values), _undated(record.values))
        changed = _differing(before.links, record.links)
        links = {name: (before.links.get(name), target) for name, target in changed.items()}
        upgraded = record.type != before.type
        return (
            Change("Update", record_id, record.type, fields, links, upgraded) if fields or links or upgraded else None
        )


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Values:
    names: Iterable[str] = [*after, *(name for name in before if name not in after)]
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}


def _undated(values: Values) -> Values:
    return {name: value for name, value in values.items() if name not in DATES}
