"""Show records as Tribe does: every declared property, empty ones as null, links only when they are expanded."""

from collections.abc import Iterable
from typing import Any

from local.tribe_simulator.environment import Environment
from local.tribe_simulator.odata_evaluate import Evaluator
from local.tribe_simulator.odata_query import HARD_CAP, Query
from local.tribe_simulator.reading import RecordReader
from local.tribe_simulator.store import Fields, Record
from local.tribe_simulator.wire_names import WireNames

_EVERYTHING = Query()


class Renderer:
    """Shows the records of one environment; `base_url` is where its files are."""

    def __init__(self, environment: Environment, base_url: str) -> None:
        self._environment = environment
        self._reader = RecordReader(environment, base_url)
        self.words = WireNames(environment.switches)

    def record(self, record: Record, query: Query = _EVERYTHING) -> Fields:
        """Return a record as a checked query wants it; `ID` always comes along (tribe-api 3.2)."""
        names = self._reader.property_names(record.type)
        if query.select:
            names = [name for name in names if name in {*query.select, "ID"}]
        shown = self._reader.values(record, names)
        for name, inner in query.expand.items():
            shown[name] = self.navigation(record, name, inner)
        return self.words.rename(record.entity_set, shown)

    def state(self, record: Record) -> Fields:
        """Return all properties of a record, and its links as `{"ID": …}`."""
        shown = self._reader.values(record, self._reader.property_names(record.type))
        for name in record.type.links:
            shown[name] = {"ID": target} if (target := record.link(name)) else None
        return self.words.rename(record.entity_set, shown)

    def navigation(self, record: Record, name: str, query: Query) -> Any:
        """Return what a navigation property leads to: a record, None, or a list."""
        if name in record.type.collections:
            chosen = self.select(self._reader.members(record, name), query)
            return [self.record(one, query) for one in page_of(chosen, query)]
        target = self._environment.store.linked(record, name)
        return self.record(target, query) if target else None

    def select(self, records: Iterable[Record], query: Query) -> list[Record]:
        """Return the records that meet the query's condition, in its order."""
        evaluator = Evaluator(self._reader, ignore_case=self._environment.switches["string_eq"] == "insensitive")
        condition = query.condition
        chosen = [one for one in records if condition is None or evaluator.meets(one, condition)]
        for path, descending in reversed(query.order):
            chosen.sort(key=lambda one, path=path: evaluator.sort_key(one, path), reverse=descending)  # type: ignore[misc]
        return chosen


def page_of(records: list[Record], query: Query) -> list[Record]:
    """Return the part that `$skip` and `$top` leave, 100 records at most."""
    return records[query.skip : query.skip + min(query.top, HARD_CAP)]
