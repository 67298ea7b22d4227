"""Show a result as tables or as JSON, from the same dataclass; and end with what went wrong, if anything did."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import typer
from pydantic import TypeAdapter
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tribe_yuki.domain.errors import ConnectorError
from tribe_yuki.operate.errors import explain

NEXT_STEPS = "next_steps"
_COLOURS: Mapping[str, str] = {"green": "green", "amber": "yellow", "red": "red"}
_WIDTH_WITHOUT_TERMINAL = 120


def console(*, errors: bool = False) -> Console:
    """Return a console on the streams of this moment; away from a terminal it has a fixed width."""
    made = Console(highlight=False, stderr=errors)
    return made if made.is_terminal else Console(highlight=False, stderr=errors, width=_WIDTH_WITHOUT_TERMINAL)


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
            console(errors=True).print(Text(f"✗ {text}", style="red"))
        raise typer.Exit(1) from None


def show(result: Any, *, as_json: bool) -> None:  # noqa: ANN401 (any dataclass)
    """Print a dataclass; its field `next_steps`, if it has one, comes last as sentences."""
    if as_json:
        typer.echo(TypeAdapter(type(result)).dump_json(result, indent=2).decode())
        return
    out = console()
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    steps = values.pop(NEXT_STEPS, ())
    single = {name: value for name, value in values.items() if not _is_rows(value)}
    if single:
        out.print(_facts(single))
    for name, value in values.items():
        if _is_rows(value):
            out.print(rows(name, value))
    for step in steps:
        out.print(Text.assemble(("Next: ", "bold"), step))


def _is_rows(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and is_dataclass(value[0])


def _facts(values: Mapping[str, object]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value in values.items():
        table.add_row(_label(name), _cell(value))
    return table


def rows(title: str, records: Sequence[Any]) -> Table:
    """Return dataclasses of one kind as a table, without the columns in which nothing stands."""
    names = [
        field.name for field in fields(records[0]) if any(getattr(one, field.name) not in (None, "") for one in records)
    ]
    table = Table(*(_label(name) for name in names), box=SIMPLE_HEAD, title=_label(title), title_justify="left")
    for record in records:
        table.add_row(*(_cell(getattr(record, name)) for name in names))
    return table


def _label(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: object) -> Text:
    text = _text(value)
    return Text(text, style=_COLOURS.get(text, ""))


def _text(value: object) -> str:
    if value in (None, "", (), [], {}):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return _named(value)


def _named(value: object) -> str:
    """Return what has names inside, as one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{_label(str(key))} {_text(one)}" for key, one in value.items())
    if is_dataclass(value):
        return ", ".join(f"{_label(field.name)} {_text(getattr(value, field.name))}" for field in fields(value))
    return str(value)
