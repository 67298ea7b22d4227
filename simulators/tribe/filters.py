"""$filter: reading an expression (tribe-api 3.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from simulators.tribe.errors import Refused
from simulators.tribe.model import Kind, link_target, property_kind

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"
    r"|(?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<mark>[(),]))"
)
COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
FUNCTIONS = frozenset({"contains", "startswith", "endswith"})
_WORDS = {"true": True, "false": False, "null": None}
_FAMILY: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.FLAG: "flag",
    Kind.NUMBER: "number",
    Kind.INTEGER: "number",
    Kind.DATE: "date",
    Kind.INSTANT: "date",
    Kind.ID: "guid",
}


@dataclass(frozen=True)
class Literal:
    """A value in an expression, and which family of values it is of (`null` fits all)."""

    family: str
    value: Any


@dataclass(frozen=True)
class Path:
    """A property, at the end of to-one links."""

    links: tuple[str, ...]
    name: str
    family: str


type Operand = Literal | Path


@dataclass(frozen=True)
class Comparison:
    """Two operands, compared."""

    left: Operand
    name: str
    right: Operand


@dataclass(frozen=True)
class Match:
    """A text function."""

    name: str
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Not:
    """The opposite."""

    inner: "Node"


@dataclass(frozen=True)
class Both:
    """Two conditions, joined by `and` or `or`."""

    left: "Node"
    word: str
    right: "Node"


type Node = Comparison | Match | Not | Both | Path


class _Parser:
    def __init__(self, text: str, base: str) -> None:
        self._text, self._base, self._at = text, base, 0
        self._tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise Refused(f"$filter: cannot read {text[position:]!r}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()

    def parse(self) -> Node:
        node = self._either()
        if self._peek()[0] != "end":
            raise Refused(f"$filter: unexpected {self._peek()[1]!r}")
        return node

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else ("end", "the end")

    def _take(self, wanted: str = "") -> tuple[str, str]:
        token = self._peek()
        if token[0] == "end" or (wanted and token[1] != wanted):
            raise Refused(f"$filter: expected {wanted or 'more'}, found {token[1]!r}")
        self._at += 1
        return token

    def _either(self) -> Node:
        node = self._all()
        while self._peek() == ("word", "or"):
            self._take()
            node = Both(node, "or", self._all())
        return node

    def _all(self) -> Node:
        node = self._one()
        while self._peek() == ("word", "and"):
            self._take()
            node = Both(node, "and", self._one())
        return node

    def _one(self) -> Node:
        if self._peek() == ("word", "not"):
            self._take()
            return Not(self._one())
        if self._peek() == ("mark", "("):
            self._take()
            node = self._either()
            self._take(")")
            return node
        if self._peek(1) == ("mark", "("):
            return self._match()
        return self._comparison()

    def _match(self) -> Node:
        name = self._take()[1]
        if name not in FUNCTIONS:
            raise Refused(f"$filter: the function {name} is not supported")
        self._take("(")
        left = self._operand()
        self._take(",")
        right = self._operand()
        self._take(")")
        if "text" not in (left.family, right.family) or not {left.family, right.family} <= {"text", "null"}:
            raise Refused(f"$filter: {name} takes two texts")
        return Match(name, left, right)

    def _comparison(self) -> Node:
        left = self._operand()
        kind, name = self._peek()
        if isinstance(left, Path) and left.family == "flag" and (kind, name) in _AFTER_FLAG:
            return left
        self._take()
        if name not in COMPARISONS:
            raise Refused(f"$filter: the operator {name} is not supported")
        right = self._operand()
        families = {left.family, right.family} - {"null"}
        if len(families) > 1:
            raise Refused(f"$filter: cannot compare {left.family} with {right.family}")
        return Comparison(left, name, right)

    def _operand(self) -> Operand:
        kind, text = self._take()
        match kind:
            case "text":
                return Literal("text", text[1:-1].replace("''", "'"))
            case "guid":
                return Literal("guid", text.lower())
            case "date":
                return Literal("date", instant_of(text))
            case "number":
                return Literal("number", float(text))
            case "word" if text in _WORDS:
                return Literal("null" if text == "null" else "flag", _WORDS[text])
            case "word":
                return _path(self._base, text)
            case _:
                raise Refused(f"$filter: unexpected {text!r}")


_AFTER_FLAG = {("end", "the end"), ("mark", ")"), ("word", "and"), ("word", "or")}


def _path(base: str, text: str) -> Path:
    *links, name = text.split("/")
    for link in links:
        target = link_target(base, link)
        if target is None:
            raise Refused(f"The property '{link}' is not a to-one link of '{base}'.")
        base = target
    kind = property_kind(base, name)
    if kind is None:
        raise Refused(f"The property '{name}' is not defined in type '{base}'.")
    return Path(tuple(links), name, _FAMILY[kind])


@lru_cache(maxsize=1 << 16)
def instant_of(text: str) -> datetime:
    """Return the instant that a date or a time is written as; UTC without a zone. Raises Refused for anything else."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no date") from None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def parse_filter(text: str, base: str) -> Node:
    """Read an expression about records of a dotted type; raise Refused when Tribe would not understand it."""
    return _Parser(text, base).parse()


def parse_path(text: str, base: str) -> Path:
    """Read a property path, as in $orderby."""
    return _path(base, text)
