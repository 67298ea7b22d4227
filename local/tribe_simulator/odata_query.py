"""The query options of a request: `$select`, `$expand`, `$filter`, `$orderby`, `$top`, `$skip`, `$count`."""

from dataclasses import dataclass, field
from urllib.parse import unquote

from local.tribe_simulator.odata_filter import BadQuery, Condition, parse

HARD_CAP = 100


@dataclass
class Query:
    """What to show of each record, and which records."""

    select: tuple[str, ...] = ()
    expand: dict[str, "Query"] = field(default_factory=dict)
    condition: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    top: int = HARD_CAP
    skip: int = 0
    count: bool = False


def parse_query(raw: str, *, plus_is_blank: bool = False) -> Query:
    """Return the query of a raw query string; raise BadQuery for anything that Tribe would not take."""
    if "+" in raw and not plus_is_blank:
        raise BadQuery("a blank must be written as %20")
    options = {}
    for part in filter(None, raw.split("&")):
        name, _, value = part.partition("=")
        options[unquote(name)] = unquote(value.replace("+", "%20"))
    query = Query()
    for name, value in options.items():
        _apply(query, name, value)
    return query


def _apply(query: Query, name: str, value: str) -> None:
    match name:
        case "$select":
            query.select = tuple(part.strip() for part in value.split(","))
        case "$expand":
            query.expand = parse_expand(value)
        case "$filter":
            query.condition = parse(value)
        case "$orderby":
            query.order = tuple(_order(part) for part in value.split(","))
        case "$top":
            query.top = min(_number(value), HARD_CAP)
        case "$skip":
            query.skip = _number(value)
        case "$count":
            query.count = value == "true"
        case "$format":
            return
        case _:
            raise BadQuery(f"unknown query option {name}")


def parse_expand(text: str) -> dict[str, Query]:
    """Return the expansions of a text such as `Organization($select=Name;$expand=InvoiceAddress),Phase`."""
    expansions = {}
    for part in split_outside_brackets(text, ","):
        name, _, inside = part.strip().partition("(")
        query = Query()
        for option in split_outside_brackets(inside.removesuffix(")"), ";"):
            key, _, value = option.strip().partition("=")
            if key:
                _apply(query, key, value)
        expansions[name] = query
    return expansions


def split_outside_brackets(text: str, mark: str) -> list[str]:
    """Split a text at a mark, except between brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == mark and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _order(text: str) -> tuple[str, bool]:
    name, _, direction = text.strip().partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise BadQuery(f"cannot order by {text!r}")
    return name, direction.strip() == "desc"


def _number(text: str) -> int:
    if not text.isdigit():
        raise BadQuery(f"{text!r} is not a number")
    return int(text)
