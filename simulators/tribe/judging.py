"""$filter and $orderby: judging records, and finding them without looking at all of them."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from simulators.tribe.filters import Both, Comparison, Literal, Match, Node, Not, Operand, Path, instant_of
from simulators.tribe.indexes import INDEXED
from simulators.tribe.model import moment
from simulators.tribe.rendering import COMPUTED, value_of
from simulators.tribe.store import Record, Store

type Condition = Callable[[Record], bool]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_MATCH: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
# The switches that decide what a condition finds.
JUDGING_SWITCHES = ("eq_is_case_sensitive", "nulls")


class Judge:
    """Turn conditions and operands into functions of a record."""

    def __init__(self, store: Store, switches: Mapping[str, Any]) -> None:
        self._store, self._switches = store, switches

    def condition(self, node: Node) -> Condition:
        """Return what says whether a record meets a condition."""
        match node:
            case Both(left, word, right):
                one, other = self.condition(left), self.condition(right)
                if word == "and":
                    return lambda record: one(record) and other(record)
                return lambda record: one(record) or other(record)
            case Not(inner):
                opposite = self.condition(inner)
                return lambda record: not opposite(record)
            case Match(name, left, right):
                return self._match(_MATCH[name], self.value(left), self.value(right))
            case Comparison(left, name, right):
                return self._comparison(left, name, right)
            case Path():
                value = self.value(node)
                return lambda record: value(record) is True

    def value(self, operand: Operand) -> Callable[[Record], Any]:
        """Return what gives an operand's value for a record, ready to be compared.

        It gives None when a link on the way is empty.
        """
        if isinstance(operand, Literal):
            return lambda _: operand.value
        own = self._own_value(operand)
        if not operand.links:
            return own

        def linked(record: Record) -> Any:
            found: Record | None = record
            for link in operand.links:
                found = self._store.target(found, link) if found else None
            return own(found) if found else None

        return linked

    def _own_value(self, path: Path) -> Callable[[Record], Any]:
        name = path.name
        if name == "ID":
            return lambda record: record.id
        if path.family == "date":
            return lambda record: None if (text := record.values.get(name)) is None else instant_of(text)
        if path.family == "text" and name not in COMPUTED:
            return lambda record: record.values.get(name)
        return lambda record: value_of(self._store, record, name, self._switches)

    @staticmethod
    def _match(function: Callable[[str, str], bool], left: Callable[[Record], Any], right: Any) -> Condition:
        def meets(record: Record) -> bool:
            text, part = left(record), right(record)
            return text is not None and part is not None and function(text.casefold(), part.casefold())

        return meets

    def _comparison(self, left: Operand, name: str, right: Operand) -> Condition:
        one, other, compare = self.value(left), self.value(right), _COMPARE[name]
        is_text = "text" in (left.family, right.family)
        folds = is_text and not self._switches["eq_is_case_sensitive"]
        meets_null = name in ("eq", "ne")

        def meets(record: Record) -> bool:
            first, second = one(record), other(record)
            if first is None or second is None:
                return meets_null and compare(first, second)
            return compare(first.casefold(), second.casefold()) if folds else compare(first, second)

        return meets


def candidates(store: Store, node: Node) -> dict[str, Record] | None:
    """Return the only records that can meet a condition, where an index tells them; None when all may."""
    match node:
        case Both(left, "and", right):
            both = [found for side in (left, right) if (found := candidates(store, side)) is not None]
            return min(both, key=len, default=None)
        case Both(left, _, right):
            one, other = candidates(store, left), candidates(store, right)
            return None if one is None or other is None else one | other
        case Comparison(Path(links, name, _), operator_name, Literal(_, value)) if value is not None:
            few = _indexed(store, links, name, operator_name, value)
            return None if few is None else {record.id: record for record in few}
    return None


def _indexed(store: Store, links: tuple[str, ...], name: str, operator_name: str, value: Any) -> list[Record] | None:
    match links, name, operator_name:
        case (), "ID", "eq":
            return [store.by_id[value]] if value in store.by_id else []
        case (link,), "ID", "eq":
            return store.pointing(link, value)
        case (), _, "eq" if name in INDEXED:
            return store.with_value(name, value)
        case (), "LastMutationDate", "gt" | "ge":
            return store.changed_since(moment(value))
    return None
