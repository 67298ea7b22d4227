"""Query options, and the answers that they shape (tribe-api 3.2)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from simulators.tribe.errors import Refused
from simulators.tribe.filters import Node, Path, parse_filter, parse_path
from simulators.tribe.judging import JUDGING_SWITCHES, Judge, candidates
from simulators.tribe.model import collection, is_a, link_target, property_kind
from simulators.tribe.rendering import plain
from simulators.tribe.store import Record, Store

LARGEST_PAGE = 100
KNOWN = frozenset({"$select", "$filter", "$expand", "$orderby", "$top", "$skip", "$count", "$format"})


@dataclass(frozen=True)
class Options:
    """What an address, or one expanded link, asks for."""

    select: frozenset[str] | None = None
    condition: Node | None = None
    expand: "Mapping[str, Options]" = field(default_factory=dict)
    order: tuple[tuple[Path, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False


def raw_options(query: str, *, accept_plus: bool) -> dict[str, str]:
    """Decode a query string; a blank that was sent as `+` is refused unless the switch says otherwise."""
    if "+" in query and not accept_plus:
        raise Refused("The query holds '+', which is not a blank here: write %20.")
    pairs = (part.partition("=") for part in query.replace("+", "%20").split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}


def read_options(given: Mapping[str, str], base: str) -> Options:
    """Read the options for records of a dotted type; raise Refused for what Tribe would not understand."""
    return _read(tuple(given.items()), base)


@lru_cache(maxsize=1 << 10)
def _read(pairs: tuple[tuple[str, str], ...], base: str) -> Options:
    given = dict(pairs)
    unknown = [name for name in given if name.startswith("$") and name not in KNOWN]
    if unknown:
        raise Refused(f"The query option {unknown[0]} is not supported.")
    return Options(
        select=_select(given["$select"], base) if "$select" in given else None,
        condition=parse_filter(given["$filter"], base) if "$filter" in given else None,
        expand=_expand(given["$expand"], base) if "$expand" in given else {},
        order=tuple(_order(part, base) for part in _split(given.get("$orderby", ""), ",")),
        top=_number(given, "$top"),
        skip=_number(given, "$skip") or 0,
        count=_flag(given),
    )


def _flag(given: Mapping[str, str]) -> bool:
    value = given.get("$count", "false")
    if value not in ("true", "false"):
        raise Refused(f"$count: {value!r} is neither true nor false")
    return value == "true"


def _number(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    if not given[name].isdecimal():
        raise Refused(f"{name}: {given[name]!r} is no whole number")
    return int(given[name])


def _select(text: str, base: str) -> frozenset[str]:
    names = frozenset(part.strip() for part in text.split(","))
    for name in names:
        if name != "*" and not (property_kind(base, name) or link_target(base, name) or collection(base, name)):
            raise Refused(f"The property '{name}' is not defined in type '{base}'.")
    return names


def _expand(text: str, base: str) -> dict[str, Options]:
    expand = {}
    for part in _split(text, ","):
        name, bracket, rest = part.strip().partition("(")
        if bracket and not rest.endswith(")"):
            raise Refused(f"$expand: a bracket is not closed in {part!r}")
        listed = collection(base, name)
        target = listed.child_type if listed else link_target(base, name)
        if target is None:
            raise Refused(f"The navigation property '{name}' is not defined in type '{base}'.")
        inner = (option.partition("=") for option in _split(rest[:-1], ";"))
        expand[name] = read_options({option.strip(): value.strip() for option, _, value in inner}, target)
    return expand


def _order(text: str, base: str) -> tuple[Path, bool]:
    words = text.split()
    match words:
        case [path]:
            return parse_path(path, base), False
        case [path, "asc" | "desc" as direction]:
            return parse_path(path, base), direction == "desc"
        case _:
            raise Refused(f"$orderby: cannot read {text!r}")


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark outside brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
            if letter == mark and depth == 0:
                parts.append(text[start:place])
                start = place + 1
    if depth or quoted:
        raise Refused(f"a bracket or quote is not closed in {text!r}")
    return [part for part in [*parts, text[start:]] if part.strip()]


class Reader:
    """Find records and write them down as options ask."""

    def __init__(self, store: Store, switches: Mapping[str, Any], base_url: str = "") -> None:
        self._store, self._switches, self._base_url = store, switches, base_url
        self._judge = Judge(store, switches)

    def matching(self, base: str, options: Options) -> list[Record]:
        """Return all records of a dotted type that meet the condition, in order."""
        key = (base, options.condition, options.order, *map(self._switches.get, JUDGING_SWITCHES))
        return self._store.remember(key, lambda: self._find(base, options))

    def _find(self, base: str, options: Options) -> list[Record]:
        few = candidates(self._store, options.condition) if options.condition else None
        found = self._store.of(base) if few is None else (record for record in few.values() if is_a(record.type, base))
        return self._chosen(found, options)

    def listed(self, record: Record, name: str, options: Options) -> list[Record] | None:
        """Return the records of a collection; None when `name` is none."""
        listed = collection(record.type, name)
        if listed is None:
            return None
        children = self._store.pointing(listed.child_link, record.id, listed.child_type)
        return self._page(self._chosen(children, options), options)

    def written(self, record: Record, options: Options) -> dict[str, Any]:
        """Return one record as an answer shows it; `ID` comes along always."""
        answer = self._own(record, options.select)
        for name, inner in options.expand.items():
            children = self.listed(record, name, inner)
            target = self._store.target(record, name)
            if children is not None:
                answer[name] = [self.written(child, inner) for child in children]
            else:
                answer[name] = self.written(target, inner) if target else None
        return answer

    def _own(self, record: Record, select: frozenset[str] | None) -> dict[str, Any]:
        names = None if select is None or "*" in select else select
        return plain(self._store, record, self._switches, self._base_url, names)

    def _chosen(self, records: Iterable[Record], options: Options) -> list[Record]:
        condition = options.condition
        found = list(records) if condition is None else list(filter(self._judge.condition(condition), records))
        for path, descending in reversed(options.order):
            found.sort(key=self._key(path), reverse=descending)
        return found

    def _key(self, path: Path) -> Callable[[Record], tuple[bool, Any]]:
        read = self._judge.value(path)

        def key(record: Record) -> tuple[bool, Any]:
            value = read(record)
            if value is None:
                return (False, 0)
            return (True, value.casefold() if isinstance(value, str) else value)

        return key

    @staticmethod
    def _page(found: list[Record], options: Options) -> list[Record]:
        end = None if options.top is None else options.skip + options.top
        return found[options.skip : end]
