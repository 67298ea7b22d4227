"""Lay records out for the width that there is: as a table where it fits, else as a block for each. No word is ever cut.

A column keeps its cells whole on one line, unless it holds prose, which wraps between words. What is wider than the
whole terminal is left to the terminal, so that it can still be copied.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_GAP = 2
# Between columns: as wide as it may be.
_GAPS = (2, 1)
# Prose in a narrower column than this is harder to read than a block.
_NARROWEST_PROSE = 16
_WORD = re.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its heading; `is_prose` when its cells may wrap, `is_number` when they stand at the right."""

    heading: str
    is_prose: bool = False
    is_number: bool = False


type Row = Sequence[Text]


def print_table(out: Console, columns: Sequence[Column], rows: Sequence[Row], width: int | None) -> None:
    """Print rows as a table, or as blocks where the table is wider than `width`; None is as wide as it takes."""
    rows = [[_on_lines(cell, width) for cell in row] for row in rows]
    for gap in _GAPS:
        if (widths := _widths(columns, rows, width, gap)) is not None:
            break
    else:
        _print_blocks(out, columns, rows, width or 0)
        return
    rows = [[cell if cell.plain else Text("-") for cell in row] for row in rows]
    headings = [Text(column.heading, style="bold") for column in columns]
    for row in (headings, *rows):
        _print_row(out, columns, row, widths, gap)


def print_facts(out: Console, facts: Sequence[tuple[Column, Text]], width: int | None) -> None:
    """Print names with their values, one below the other."""
    names = max((cell_len(column.heading) for column, _ in facts), default=0)
    for column, value in facts:
        _print_fact(out, column, value, names, width)


def print_line(out: Console, line: Text, width: int | None) -> None:
    """Print a sentence; it wraps between words."""
    for part in _wrapped(line, width):
        out.print(part, soft_wrap=True)


def _widths(columns: Sequence[Column], rows: Sequence[Row], width: int | None, gap: int) -> list[int] | None:
    """Return how wide each column is, or None where they do not fit side by side."""
    cells = [[row[place] for row in rows] for place in range(len(columns))]
    if width is None:
        return [_widest(column.heading, *of_column) for column, of_column in zip(columns, cells, strict=True)]
    found = [_least(column, of_column) for column, of_column in zip(columns, cells, strict=True)]
    wanted = [
        _widest(max(column.heading.split(), key=cell_len), *of_column)
        for column, of_column in zip(columns, cells, strict=True)
    ]
    left = width - sum(found) - gap * (len(columns) - 1)
    if left < 0:
        return None
    # What prose needs least more is given first, so that the rest goes to the longest.
    order = sorted(range(len(columns)), key=lambda place: wanted[place] - found[place])
    for number, place in enumerate(order):
        more = min(wanted[place] - found[place], left // (len(order) - number))
        found[place] += more
        left -= more
    return found


def _least(column: Column, cells: Sequence[Text]) -> int:
    heading = max(map(cell_len, column.heading.split()))
    widest = max((_whole(column, cell) for cell in cells), default=0)
    if column.is_prose:
        widest = max(widest, min(_NARROWEST_PROSE, max((cell.cell_len for cell in cells), default=0)))
    return max(heading, widest)


def _widest(heading: str, *cells: Text) -> int:
    return max(cell_len(heading), *(cell_len(line) for cell in cells for line in cell.plain.split("\n")), 1)


def _print_row(out: Console, columns: Sequence[Column], row: Row, widths: Sequence[int], gap: int) -> None:
    cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, cells))):
        line = Text()
        for column, cell, width in zip(columns, cells, widths, strict=True):
            part = cell[number] if number < len(cell) else Text()
            room = " " * max(width - part.cell_len, 0)
            line.append_text(Text.assemble(room, part) if column.is_number else Text.assemble(part, room))
            line.append(" " * gap)
        line.rstrip()
        out.print(line, soft_wrap=True)


def _print_blocks(out: Console, columns: Sequence[Column], rows: Sequence[Row], width: int) -> None:
    names = max(cell_len(column.heading) for column in columns)
    for number, row in enumerate(rows):
        if number:
            out.print()
        for column, cell in zip(columns, row, strict=True):
            if cell.plain:
                _print_fact(out, column, cell, names, width)


def _print_fact(out: Console, column: Column, value: Text, names: int, width: int | None) -> None:
    """Print a value beside its name, or below it where what must stay whole has no room there."""
    name, indent = column.heading, names + _GAP
    room = None if width is None or not column.is_prose else width - indent
    if width is not None and _whole(column, value) > width - indent:
        out.print(Text(name, style="bold"), soft_wrap=True)
        name, indent = "", _GAP
        room = width - indent if column.is_prose else None
    for number, line in enumerate(_wrapped(_on_lines(value, width), room)):
        label = name if number == 0 else ""
        space = " " * (indent - cell_len(label))
        out.print(Text.assemble((label, "bold"), space, line), soft_wrap=True)


def _whole(column: Column, value: Text) -> int:
    """Return the width of what must not be divided: a word of prose, or else the value."""
    parts = value.plain.split() if column.is_prose else value.plain.split("\n")
    return max(map(cell_len, parts), default=0)


def _on_lines(text: Text, width: int | None) -> Text:
    """Return a text with its line ends, or on one line where lines are as wide as it takes."""
    return Text(" ").join(text.split("\n", allow_blank=True)) if width is None else text


def _wrapped(text: Text, width: int | None) -> list[Text]:
    """Return the lines of a text, divided between words; a word that is longer than a line stays whole."""
    lines = [part for line in text.split("\n", allow_blank=True) for part in line.divide(_breaks(line.plain, width))]
    for line in lines:
        line.rstrip()
    return lines or [Text()]


def _breaks(line: str, width: int | None) -> Iterator[int]:
    if width is None:
        return
    used = 0
    for word in _WORD.finditer(line):
        if used and used + cell_len(word[0].rstrip()) > width:
            yield word.start()
            used = 0
        used += cell_len(word[0])
