"""Show a result for people or as JSON, from the same dataclass; and end with what went wrong, if anything did.

On a terminal, tables fit its width. Away from one each record is one line of whole values, for `grep`; programs take
`--json`. Nothing that somebody else typed acts on the terminal. Times are those of Amsterdam, and say so.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.text import Text

from cli.layout import Column, print_facts, print_line, print_table
from tribe_yuki.admin.declined import explain
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.errors import ConnectorError
from tribe_yuki.core.outside_text import on_one_line

NEXT_STEPS = "next_steps"
_COLOURS: Mapping[str, str] = {"green": "green", "amber": "yellow", "red": "red"}
# What is read and never typed: it may wrap. Everything else stays whole.
_PROSE = frozenset(
    {"after", "allowed", "before", "detail", "done", "finding", "to_do", "value", "what", "what_follows", "why"}
)

# What reads badly as it is called in JSON.
_LABELS: Mapping[str, str] = {
    "numbers_that_are_another_relations": "numbers of another relation",
    "looked_at_again": "records looked at again",
    "without_secret": "without a secret",
    "to_do": "what to do",
}
# Control characters beyond ASCII, and those that turn the direction of a line or show nothing.
_NOT_PLAIN = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)

# An instant that a setting holds.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


@dataclass(frozen=True, slots=True)
class Field[Record]:
    """A column of a table about records of one kind."""

    heading: str
    value: Callable[[Record], object]
    is_prose: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    """Where results are shown; `width` is None away from a terminal: lines are then as wide as it takes."""

    console: Console
    width: int | None

    def say(self, text: str, style: str = "") -> None:
        """Print a sentence."""
        self.say_parts((text, style))

    def say_parts(self, *parts: tuple[str, str]) -> None:
        """Print a sentence of several styles, each a text with its style."""
        line = Text.assemble(*((_inert(text), style) for text, style in parts))
        print_line(self.console, line, self.width)

    def table[Record](self, records: Sequence[Record], columns: Sequence[Field[Record]]) -> None:
        """Print records of one kind, without the columns in which nothing stands."""
        values = [(column, [column.value(record) for record in records]) for column in columns]
        filled = [(column, cells) for column, cells in values if not all(map(_is_nothing, cells))]
        headings = [_column(column.heading, cells, column.is_prose, column.is_number) for column, cells in filled]
        rows = [[_cell(cells[place]) for _, cells in filled] for place in range(len(records))]
        print_table(self.console, headings, rows, self.width)

    def records(self, records: Sequence[Any]) -> None:
        """Print dataclasses of one kind with all their fields."""
        names = [field.name for field in fields(records[0])]
        self.table(records, [Field(_label(name), _getter(name), name in _PROSE) for name in names])

    def facts(self, values: Mapping[str, object]) -> None:
        """Print names with their values."""
        facts = [
            (_column(_label(name), [value], name in _PROSE or not _is_plain(value)), _cell(_text(value)))
            for name, value in values.items()
        ]
        print_facts(self.console, facts, self.width)

    def steps(self, steps: Sequence[str]) -> None:
        """Print what to do next."""
        for step in steps:
            self.say_parts(("Next: ", "bold"), (step, ""))

    def gap(self) -> None:
        """Print an empty line."""
        self.console.print()


def screen(*, errors: bool = False) -> Screen:
    """Return the screen on the streams of this moment."""
    console = Console(highlight=False, stderr=errors)
    return Screen(console, console.width if console.is_terminal else None)


def tell(text: str) -> None:
    """Say something beside the result: on the error stream, which a pipe does not take."""
    typer.echo(on_one_line(text), err=True)


@contextmanager
def telling_errors(*, as_json: bool) -> Iterator[None]:
    """Say what went wrong and what to do, and exit with 1."""
    try:
        yield
    except ConnectorError as error:
        text = explain(error)
        if as_json:
            typer.echo(json.dumps({"error": {"code": error.code, "text": text}}))
        else:
            screen(errors=True).say(f"✗ {text}", "red")
        raise typer.Exit(1) from None


def json_text(result: Any, *, exclude_none: bool = False) -> str:  # noqa: ANN401 (any dataclass)
    """Return a dataclass as JSON; what could act on a terminal is escaped."""
    text = TypeAdapter(type(result)).dump_json(result, indent=2, exclude_none=exclude_none).decode()
    return _NOT_PLAIN.sub(lambda found: json.dumps(found[0])[1:-1], text)


def show(result: Any, *, as_json: bool) -> None:  # noqa: ANN401 (any dataclass)
    """Print a dataclass for people or programs."""
    if as_json:
        typer.echo(json_text(result))
    else:
        print_result(result, screen())


def print_result(result: Any, out: Screen) -> None:  # noqa: ANN401 (any dataclass)
    """Print a dataclass; its field `next_steps`, if it has one, comes last as sentences."""
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    steps = values.pop(NEXT_STEPS, ())
    out.facts({name: value for name, value in values.items() if not _is_rows(value)})
    for name, value in values.items():
        if _is_rows(value):
            out.gap()
            out.say(_label(name), "bold")
            out.records(value)
    if steps:
        out.gap()
    out.steps(steps)


def money(currency: str | None, amount: Decimal | None) -> str:
    """Return an amount with its currency, or nothing."""
    return "" if amount is None else f"{currency or ''} {amount}".strip()


def _is_rows(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and is_dataclass(value[0])


def _is_plain(value: object) -> bool:
    return not (isinstance(value, list | tuple | Mapping) or is_dataclass(value))


def _column(heading: str, values: Sequence[object], is_prose: bool, is_number: bool = False) -> Column:
    if any(isinstance(value, datetime) for value in values):
        heading = f"{heading} (Amsterdam)"
    is_number = is_number or all(
        isinstance(value, int | Decimal | None) and not isinstance(value, bool) for value in values
    )
    return Column(heading, is_prose, is_number)


def _getter(name: str) -> Callable[[Any], object]:
    return lambda record: getattr(record, name)


def _label(name: str) -> str:
    return _LABELS.get(name) or name.replace("_", " ")


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    text = "" if _is_nothing(value) else _inert(_text(value))
    return Text(text, style=_COLOURS.get(text, ""))


def _inert(text: str) -> str:
    """Return a text of anybody's as it may be shown; blanks at the ends are ours."""
    head, tail = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    return f"{head}{on_one_line(text)}{tail}" if text.strip(" ") else text


def _is_nothing(value: object) -> bool:
    return value in (None, "", (), [], {})


def _text(value: object) -> str:
    if _is_nothing(value):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return _named(value)


def _named(value: object) -> str:
    """Return what has names inside, as one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{_label(str(key))} {_text(part)}" for key, part in value.items())
    if is_dataclass(value):
        return ", ".join(f"{_label(field.name)} {_text(getattr(value, field.name))}" for field in fields(value))
    text = str(value)
    if _INSTANT.fullmatch(text):
        return f"{datetime.fromisoformat(text).astimezone(AMSTERDAM):%Y-%m-%d %H:%M} (Amsterdam)"
    return text
