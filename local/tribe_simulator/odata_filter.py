"""`$filter` and `$orderby` of Tribe's OData (tribe-api 3.2)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

type Lookup = Callable[[str], Any]
"""Return the value at a path such as `Phase/Code`."""
type Condition = Callable[[Lookup], bool]

TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})
    | (?P<instant>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][\w/]*)
    | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "gt": lambda left, right: left is not None and right is not None and left > right,
    "ge": lambda left, right: left is not None and right is not None and left >= right,
    "lt": lambda left, right: left is not None and right is not None and left < right,
    "le": lambda left, right: left is not None and right is not None and left <= right,
}
FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
LITERALS = {"null": None, "true": True, "false": False}


class BadQuery(ValueError):
    """The query is not of the form that Tribe takes."""


@dataclass(frozen=True)
class Token:
    """A piece of an expression."""

    kind: str
    text: str


def tokenize(expression: str) -> list[Token]:
    """Cut an expression into pieces."""
    tokens, position = [], 0
    while position < len(expression.rstrip()):
        match = TOKEN.match(expression, position)
        if match is None or match.lastgroup is None:
            raise BadQuery(f"cannot read the filter at {expression[position : position + 20]!r}")
        tokens.append(Token(match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return tokens


def parse(expression: str) -> Condition:
    """Return the condition that an expression means; raise BadQuery for what Tribe does not support."""
    parser = _Parser(tokenize(expression))
    condition = parser.disjunction()
    if parser.tokens:
        raise BadQuery(f"unexpected {parser.tokens[0].text!r}; the operators `in` and `has` are not supported")
    return condition


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens

    def _take(self) -> Token:
        if not self.tokens:
            raise BadQuery("the filter ends too early")
        return self.tokens.pop(0)

    def _next_is(self, text: str) -> bool:
        return bool(self.tokens) and self.tokens[0].text == text

    def _expect(self, text: str) -> None:
        if self._take().text != text:
            raise BadQuery(f"expected {text!r}")

    def disjunction(self) -> Condition:
        """Read conditions joined by `or`."""
        parts = [self._conjunction()]
        while self._next_is("or"):
            self._take()
            parts.append(self._conjunction())
        return lambda lookup: any(part(lookup) for part in parts)

    def _conjunction(self) -> Condition:
        parts = [self._single()]
        while self._next_is("and"):
            self._take()
            parts.append(self._single())
        return lambda lookup: all(part(lookup) for part in parts)

    def _single(self) -> Condition:
        token = self._take()
        if token.text == "not":
            inner = self._single()
            return lambda lookup: not inner(lookup)
        if token.text == "(":
            inner = self.disjunction()
            self._expect(")")
            return inner
        if token.text in FUNCTIONS and self._next_is("("):
            return self._function(FUNCTIONS[token.text])
        return self._comparison(token)

    def _function(self, function: Callable[[str, str], bool]) -> Condition:
        self._expect("(")
        left = self._operand(self._take())
        self._expect(",")
        right = self._operand(self._take())
        self._expect(")")
        return lambda lookup: function(str(left(lookup) or "").casefold(), str(right(lookup) or "").casefold())

    def _comparison(self, token: Token) -> Condition:
        left = self._operand(token)
        operator = self._take().text
        if operator not in COMPARISONS:
            raise BadQuery(f"the operator {operator!r} is not supported")
        right = self._operand(self._take())
        compare = COMPARISONS[operator]
        return lambda lookup: _compared(compare, left(lookup), right(lookup))

    def _operand(self, token: Token) -> Callable[[Lookup], Any]:
        match token.kind:
            case "text":
                value: Any = token.text[1:-1].replace("''", "'")
            case "guid":
                value = token.text.lower()
            case "number":
                value = float(token.text)
            case "instant":
                value = token.text
            case "word" if token.text in LITERALS:
                value = LITERALS[token.text]
            case "word":
                return lambda lookup: lookup(token.text)
            case _:
                raise BadQuery(f"unexpected {token.text!r}")
        return lambda _: value


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    try:
        return compare(_comparable(left, right), _comparable(right, left))
    except TypeError:
        raise BadQuery("the filter compares values of different kinds") from None


def _comparable(value: Any, other: Any) -> Any:
    """Bring a value into the form in which it can be compared with another: instants as instants, ids in lower case."""
    if isinstance(value, str) and isinstance(other, str):
        instant = _instant(value)
        return instant if instant is not None and _instant(other) is not None else value.lower()
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _instant(text: str) -> str | None:
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.replace(tzinfo=None).isoformat() if parsed.utcoffset() is None else _utc(parsed)


def _utc(instant: datetime) -> str:
    offset = instant.utcoffset()
    return ((instant - offset) if offset else instant).replace(tzinfo=None).isoformat()
