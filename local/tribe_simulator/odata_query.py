"""The query options of a request: `$select`, `$expand`, `$filter`, `$orderby`, `$top`, `$skip`, `$count`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.odata_filter import Expression, Path, parse_filter

# No answer holds more records, whatever is asked for (tribe-api 3.2).
HARD_CAP = 100


@dataclass
class Query:
    """What to show of each record, and which records."""

    select: tuple[str, ...] = ()
    expand: dict[str, "Query"] = field(default_factory=dict)
    condition: Expression | None = None
    order: tuple[tuple[Path, bool], ...] = ()
    top: int = HARD_CAP
    skip: int = 0
    count: bool = False


def parse_query(raw: str, *, plus_is_blank: bool = False) -> Query:
    """Return the query of a raw query string; raise NotAllowed for anything that Tribe would not take.

    Options without a dollar sign are nobody's and passed over, as OData has it.
    """
    if "+" in raw and not plus_is_blank:
        raise NotAllowed("a blank must be written as %20, a plus as %2B")
    query, seen = Query(), set[str]()
    for name, value in _options(raw):
        if name in seen:
            raise NotAllowed(f"{name} is there twice")
        seen.add(name)
        if name.startswith("$"):
            _apply(query, name, value)
    return query


def _options(raw: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, raw.split("&")):
        name, _, value = part.partition("=")
        yield unquote(name), unquote(value.replace("+", "%20"))


def _apply(query: Query, name: str, value: str) -> None:
    match name:
        case "$select":
            query.select = tuple(_name(part) for part in value.split(","))
        case "$expand":
            query.expand = _expansions(value)
        case "$filter":
            query.condition = parse_filter(value)
        case "$orderby":
            query.order = tuple(_order(part) for part in value.split(","))
        case "$top":
            query.top = min(_number(value), HARD_CAP)
        case "$skip":
            query.skip = _number(value)
        case "$count":
            query.count = _boolean(value)
        case "$format":
            return
        case _:
            raise NotAllowed(f"the query option {name} is not supported")


def _expansions(text: str) -> dict[str, Query]:
    """Return the expansions of a text such as `Organization($select=Name;$expand=InvoiceAddress),Phase`."""
    expansions = {}
    for part in _split(text, ","):
        name, bracket, inside = part.strip().partition("(")
        if bracket and not inside.endswith(")"):
            raise NotAllowed(f"a bracket is missing in $expand after {name}")
        query = Query()
        for option in _split(inside.removesuffix(")"), ";") if bracket else ():
            key, _, value = option.strip().partition("=")
            _apply(query, key, value)
        expansions[_name(name)] = query
    return expansions


def _split(text: str, mark: str) -> list[str]:
    """Split a text at a mark, except within brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for position, character in enumerate(text):
        quoted ^= character == "'"
        if quoted:
            continue
        depth += (character == "(") - (character == ")")
        if character == mark and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _order(text: str) -> tuple[Path, bool]:
    name, _, direction = text.strip().partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise NotAllowed(f"cannot order by {text!r}")
    return Path(tuple(_name(name).split("/"))), direction.strip() == "desc"


def _name(text: str) -> str:
    name = text.strip()
    if not name.replace("/", "").isidentifier():
        raise NotAllowed(f"{name!r} is no name of a property")
    return name


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise NotAllowed(f"{text!r} is no number of records")
    return int(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise NotAllowed(f"{text!r} is neither true nor false")
    return text == "true"
