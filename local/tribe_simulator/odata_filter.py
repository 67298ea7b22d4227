"""`$filter`: read an expression into a tree (tribe-api 3.2). Names are checked and meanings given elsewhere."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from local.tribe_simulator.errors import NotAllowed

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
FUNCTIONS = ("contains", "startswith", "endswith")
_REFUSED = ("in", "has")

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})
    | (?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[A-Za-z_][\w/]*)
    | (?P<mark>[(),:])
    )""",
    re.VERBOSE,
)
_LITERALS: dict[str, bool | None] = {"null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Literal:
    """A value; `kind` is text, guid, instant, date, number, boolean or null."""

    kind: str
    value: str | float | bool | None


@dataclass(frozen=True)
class Path:
    """A property, perhaps over links: `Phase/Code`. Its kind is known once it was checked."""

    names: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two operands and one of the operators."""

    operator: str
    left: "Literal | Path"
    right: "Literal | Path"


@dataclass(frozen=True)
class Call:
    """A function on two texts."""

    function: str
    left: "Literal | Path"
    right: "Literal | Path"


@dataclass(frozen=True)
class Not:
    """The opposite."""

    inner: "Expression"


@dataclass(frozen=True)
class Joined:
    """Conditions joined by `and` or `or`."""

    word: str
    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Lambda:
    """`any` or `all` over a collection, with a variable for its members."""

    path: Path
    word: str
    variable: str
    inner: "Expression"


type Expression = Comparison | Call | Not | Joined | Lambda


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def parse_filter(text: str) -> Expression:
    """Return the tree of an expression; raise NotAllowed for what Tribe does not take."""
    parser = _Parser(_tokens(text))
    expression = parser.either()
    parser.end()
    return expression


def _tokens(text: str) -> list[_Token]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise NotAllowed(f"cannot read the filter from {text[position : position + 20]!r}")
        tokens.append(_Token(match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return tokens


class _Parser:
    """Reads an expression by descending: or, and, not, brackets, comparisons."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def either(self) -> Expression:
        """Read conditions joined by `or`."""
        return self._joined("or", lambda: self._joined("and", self._one))

    def end(self) -> None:
        """Raise NotAllowed unless everything was read."""
        if self._at < len(self._tokens):
            raise NotAllowed(f"unexpected {self._tokens[self._at].text!r} in the filter")

    def _joined(self, word: str, read: Callable[[], Expression]) -> Expression:
        parts = [read()]
        while self._next_is(word):
            self._take()
            parts.append(read())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _one(self) -> Expression:
        token = self._take()
        if token == _Token("word", "not"):
            return Not(self._one())
        if token.text == "(":
            inner = self.either()
            self._expect(")")
            return inner
        if token.kind == "word" and self._next_is("("):
            return self._called(token)
        return self._comparison(token)

    def _called(self, token: _Token) -> Expression:
        self._expect("(")
        *path, word = token.text.split("/")
        if path and word in ("any", "all"):
            return self._lambda(Path(tuple(path)), word)
        if token.text not in FUNCTIONS:
            raise NotAllowed(f"the function {token.text!r} is not supported")
        left = self._operand(self._take())
        self._expect(",")
        right = self._operand(self._take())
        self._expect(")")
        return Call(token.text, left, right)

    def _lambda(self, path: Path, word: str) -> Expression:
        variable = self._take().text
        self._expect(":")
        inner = self.either()
        self._expect(")")
        return Lambda(path, word, variable, inner)

    def _comparison(self, token: _Token) -> Expression:
        left = self._operand(token)
        operator = self._take().text
        if operator not in COMPARISONS:
            refused = "the operator {!r} is not supported" if operator in _REFUSED else "{!r} is no operator"
            raise NotAllowed(refused.format(operator))
        return Comparison(operator, left, self._operand(self._take()))

    def _operand(self, token: _Token) -> Literal | Path:
        match token.kind:
            case "text":
                return Literal("text", token.text[1:-1].replace("''", "'"))
            case "number":
                return Literal("number", float(token.text))
            case "guid" | "instant" | "date":
                return Literal(token.kind, token.text.lower() if token.kind == "guid" else token.text)
            case "word" if token.text in _LITERALS:
                value = _LITERALS[token.text]
                return Literal("null" if value is None else "boolean", value)
            case "word":
                return Path(tuple(token.text.split("/")))
            case _:
                raise NotAllowed(f"unexpected {token.text!r} in the filter")

    def _take(self) -> _Token:
        if self._at >= len(self._tokens):
            raise NotAllowed("the filter ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _next_is(self, text: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].text == text

    def _expect(self, text: str) -> None:
        if (found := self._take().text) != text:
            raise NotAllowed(f"expected {text!r} in the filter, found {found!r}")
