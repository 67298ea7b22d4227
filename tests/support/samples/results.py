"""Results of the operator's commands, made up by their types: whatever a field may hold stands in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any, Literal, get_args, get_origin, get_type_hints

START = datetime(2026, 1, 1, tzinfo=UTC)
# As long as what people have to type gets: ids, names of settings, remedies.
WORDS = (
    "2026-0118",
    "D-10045",
    "eu_without_vat",
    "eu_with_vat",
    "tribe_connector_confirmed_off",
    "20000000-0000-4000-8000-000000000129",
    "`tribe-yuki",
    "revenue_gl_account_types",
    "bookkeeper",
    "237.50",
    "Café",
    "of",
)
_MOST = 3
_WORDS_IN_TEXT = 8

_PLAIN: Mapping[Any, Callable[[Random], Any]] = {
    int: lambda random: random.randrange(10**6),
    bool: lambda random: random.random() < 1 / 2,
    Decimal: lambda random: Decimal(random.randrange(-(10**9), 10**9)) / 100,
    datetime: lambda random: START + timedelta(minutes=random.randrange(10**7)),
    date: lambda random: START.date() + timedelta(days=random.randrange(5000)),
    timedelta: lambda random: timedelta(minutes=random.randrange(100)),
}


def made_up(kind: Any, random: Random, words: Sequence[str] = WORDS) -> Any:
    """Return a value of a type in which nothing is left out; texts have one to eight of the words."""
    kind = getattr(kind, "__value__", kind)
    if kind is str:
        return " ".join(random.choices(words, k=random.randint(1, _WORDS_IN_TEXT)))
    if kind in _PLAIN:
        return _PLAIN[kind](random)
    return _of_parts(kind, random, words) if get_args(kind) else _of_class(kind, random, words)


def _of_parts(kind: Any, random: Random, words: Sequence[str]) -> Any:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return random.choice(parts)
    if origin is tuple:
        return tuple(made_up(parts[0], random, words) for _ in range(random.randint(1, _MOST)))
    if origin is Mapping:
        keys = {made_up(parts[0], random, words) for _ in range(_MOST)}
        return {key: made_up(parts[1], random, words) for key in sorted(keys)}
    return made_up(parts[0], random, words)  # of what may be None


def _of_class(kind: Any, random: Random, words: Sequence[str]) -> Any:
    if not is_dataclass(kind):
        assert issubclass(kind, Enum)
        return random.choice(list(kind))
    hints = get_type_hints(kind)
    made: Any = kind
    return made(**{field.name: made_up(hints[field.name], random, words) for field in fields(kind)})
