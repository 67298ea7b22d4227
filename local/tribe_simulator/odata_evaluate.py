"""What a checked filter means for a record, in OData's logic of three values (tribe-api 3.2)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from local.tribe_simulator.model import Kind, Source
from local.tribe_simulator.odata_filter import Call, Comparison, Expression, Joined, Lambda, Literal, Not, Path
from local.tribe_simulator.reading import RecordReader
from local.tribe_simulator.store import Record

type Variables = Mapping[str, Record]

_TIMES = (Kind.DATE, Kind.INSTANT, "date", "instant")

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}


class Evaluator:
    """Tells which records meet a condition, and how records are ordered."""

    def __init__(self, reader: RecordReader, *, ignore_case: bool) -> None:
        self._reader = reader
        self._ignore_case = ignore_case

    def meets(self, record: Record, condition: Expression) -> bool:
        """Tell whether a record meets a condition; not knowing (because of nulls) is no."""
        return self._truth(condition, record, {}) is True

    def sort_key(self, record: Record, path: Path) -> tuple[bool, Any]:
        """Return what to order a record by: nulls come first."""
        value = self._reader.value_at(record, path.names)
        if path.kind in _TIMES:
            value = _instant(value)
        return value is not None, value.casefold() if isinstance(value, str) else value

    def _truth(self, expression: Expression, record: Record, variables: Variables) -> bool | None:
        match expression:
            case Not(inner):
                truth = self._truth(inner, record, variables)
                return None if truth is None else not truth
            case Joined(word, parts):
                return _joined(word, (self._truth(part, record, variables) for part in parts))
            case Comparison():
                return self._compared(expression, record, variables)
            case Call(function, left, right):
                text, part = (self._value(one, record, variables) for one in (left, right))
                known = text is not None and part is not None
                return _TEXTS[function](str(text).casefold(), str(part).casefold()) if known else None
            case Lambda(path, word, variable, inner):
                members = self._reader.members(record, path.names[0])
                truths = [self._truth(inner, record, {**variables, variable: one}) is True for one in members]
                return any(truths) if word == "any" else all(truths)

    def _compared(self, comparison: Comparison, record: Record, variables: Variables) -> bool | None:
        sides = (comparison.left, comparison.right)
        values = (self._value(side, record, variables) for side in sides)
        if any(side.kind in _TIMES for side in sides):
            left, right = (_instant(value) for value in values)
        else:
            left, right = (self._folded(value) for value in values)
        if comparison.operator in ("eq", "ne"):
            return bool(left == right) is (comparison.operator == "eq")
        return None if left is None or right is None else _COMPARE[comparison.operator](left, right)

    def _folded(self, value: Any) -> Any:
        return value.casefold() if self._ignore_case and isinstance(value, str) else value

    def _value(self, operand: Literal | Path, record: Record, variables: Variables) -> Any:
        if isinstance(operand, Literal):
            return operand.value
        names = operand.names
        if names[0] in variables:
            return self._reader.value_at(variables[names[0]], names[1:])
        return self._reader.value_at(record, names)


def narrowed(condition: Expression | None) -> Iterable[tuple[tuple[str, ...], str]]:
    """Give the ids that a condition demands at a path, such as `Organization/ID`: what an index can answer."""
    match condition:
        case Joined("and", parts):
            for part in parts:
                yield from narrowed(part)
        case Comparison("eq", Path(names), Literal("guid", str(value))):
            yield names, value


def source_of(entity_set: str, names: tuple[str, ...]) -> Source | None:
    """Return the index that knows who has a certain id at a path; None when there is none."""
    is_link = len(names) == 2 and names[1] == "ID"  # noqa: PLR2004 (a link and its id)
    return Source(entity_set, names[0]) if is_link else None


def _joined(word: str, truths: Iterable[bool | None]) -> bool | None:
    deciding = word == "or"
    unknown = False
    for truth in truths:
        if truth is deciding:
            return deciding
        unknown = unknown or truth is None
    return None if unknown else not deciding


def _instant(value: Any) -> datetime | None:
    """Return a time as an instant, a day as its beginning in UTC."""
    if value is None:
        return None
    instant = datetime.fromisoformat(value)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
