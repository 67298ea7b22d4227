"""Read values of records: stored ones, computed ones, and those at the end of a path."""

from collections.abc import Iterable, Iterator
from typing import Any

from local.tribe_simulator.computed import computed_values, display_name
from local.tribe_simulator.environment import Environment
from local.tribe_simulator.model import EntityType, Kind
from local.tribe_simulator.store import Fields, Record
from local.tribe_simulator.values import show_value

# Read as they are stored: filters look at thousands of these.
_AS_STORED = (Kind.TEXT, Kind.DATE, Kind.INSTANT)
# Computed whatever is stored; other computed values only stand in for what was never filled in.
_BY_TYPE = ("_Type", "_Name")


class RecordReader:
    """Reads the records of one environment; `base_url` is where its files are."""

    def __init__(self, environment: Environment, base_url: str) -> None:
        self.environment = environment
        self._base_url = base_url

    def values(self, record: Record, names: Iterable[str]) -> Fields:
        """Return properties as they read; empty ones are None."""
        wanted = list(names)
        fields, switches = record.fields, self.environment.switches
        missing = [name for name in wanted if name not in fields]
        values = computed_values(self.environment, record, missing) if missing else {}
        shown = {}
        for name in wanted:
            value = self._by_type(record, name) if name in _BY_TYPE else fields.get(name, values.get(name))
            shown[name] = show_value(record.type.kind_of(name), name, value, switches)
        if shown.get("Url"):
            shown["Url"] = self._base_url + shown["Url"]
        return shown

    def value_at(self, record: Record, names: tuple[str, ...]) -> Any:
        """Return the value at the end of a path over links; None where a link is empty. Ids are in lower case."""
        *links, last = names
        current: Record | None = record
        for link in links:
            current = self.environment.store.linked(current, link) if current else None
        if current is None:
            return None
        if last == "ID":
            return current.key
        if current.type.kind_of(last) in _AS_STORED and isinstance(stored := current.fields.get(last), str):
            return stored
        return current.link(last) if last in current.type.links else self.values(current, (last,))[last]

    def members(self, record: Record, name: str) -> Iterator[Record]:
        """Give the members of a collection."""
        return self.environment.store.pointing(record.type.collections[name], record)

    def property_names(self, entity_type: EntityType) -> list[str]:
        """Return the declared properties of a type, and the custom fields that any of its records has."""
        return [*entity_type.properties, *self.environment.store.custom_fields.get(entity_type.entity_set, ())]

    def _by_type(self, record: Record, name: str) -> str:
        return record.type.name if name == "_Type" else display_name(self.environment, record).strip()
