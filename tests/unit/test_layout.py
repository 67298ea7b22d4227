"""No word is cut at any width, and what has to be typed stays whole."""

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cli.layout import Column, print_facts, print_line, print_table

WIDTHS = (60, 80, 120)
WORDS = st.text(st.sampled_from("abcxyz0189-_.€é日"), min_size=1, max_size=30)
PROSE = st.lists(WORDS, max_size=12).map(" ".join)
COLUMNS = st.lists(st.tuples(WORDS, st.booleans(), st.booleans()), min_size=1, max_size=8)


def drawn(data: st.DataObject) -> tuple[list[Column], list[list[str]]]:
    columns = [Column(heading, is_prose, is_number) for heading, is_prose, is_number in data.draw(COLUMNS)]
    row = st.tuples(*(PROSE if column.is_prose else PROSE.filter(lambda one: len(one) < 60) for column in columns))
    return columns, [list(cells) for cells in data.draw(st.lists(row, min_size=1, max_size=4))]


def printed(columns: list[Column], rows: list[list[str]], width: int | None) -> str:
    out = StringIO()
    console = Console(file=out, width=width or 80, highlight=False)
    print_table(console, columns, [[Text(cell) for cell in row] for row in rows], width)
    return out.getvalue()


@given(st.data(), st.sampled_from(WIDTHS))
def test_every_value_is_there_whole(data: st.DataObject, width: int) -> None:
    columns, rows = drawn(data)
    shown = printed(columns, rows, width)
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            for whole in cell.split() if column.is_prose else [cell]:
                assert whole in shown


@given(st.data(), st.sampled_from(WIDTHS))
def test_no_line_is_wider_than_the_terminal_unless_a_value_is(data: st.DataObject, width: int) -> None:
    columns, rows = drawn(data)
    texts = [column.heading for column in columns] + [cell for row in rows for cell in row]
    widest = max(map(cell_len, texts))
    assert all(cell_len(line) <= max(width, widest + 2) for line in printed(columns, rows, width).splitlines())


@given(st.data())
def test_away_from_a_terminal_each_record_is_one_line(data: st.DataObject) -> None:
    columns, rows = drawn(data)
    lines = printed(columns, rows, None).splitlines()
    assert len(lines) == 1 + len(rows)
    for line, row in zip(lines[1:], rows, strict=True):
        assert all(cell in line for cell in row)


def test_what_does_not_fit_becomes_a_block_for_each_record() -> None:
    columns = [Column("record"), Column("since"), Column("detail", is_prose=True)]
    rows = [["2026-0118", "2026-11-23 15:43", "one two three four"], ["2026-0119", "2026-11-24 09:00", ""]]
    assert printed(columns, rows, 50) == (
        "record     since             detail\n"
        "2026-0118  2026-11-23 15:43  one two three four\n"
        "2026-0119  2026-11-24 09:00  -\n"
    )
    assert printed(columns, rows, 40) == (
        "record  2026-0118\nsince   2026-11-23 15:43\ndetail  one two three four\n\n"
        "record  2026-0119\nsince   2026-11-24 09:00\n"
    )


def test_prose_wraps_beside_what_is_typed() -> None:
    columns = [Column("setting"), Column("allowed", is_prose=True)]
    rows = [["tribe_connector_confirmed_off", "yes or no, as Tribe's page says"]]
    assert printed(columns, rows, 50) == (
        "setting                        allowed\n"
        "tribe_connector_confirmed_off  yes or no, as\n"
        "                               Tribe's page says\n"
    )


def test_facts_and_sentences_wrap_between_words_only() -> None:
    out = StringIO()
    console = Console(file=out, width=30, highlight=False)
    address = "https://example.example/a-very-long-address-that-is-copied"
    print_facts(
        console, [(Column("links", is_prose=True), Text("linked 1, held 2, new 3")), (Column("at"), Text(address))], 30
    )
    print_line(console, Text(f"Open {address} and give consent there, then come back."), 30)
    assert out.getvalue() == (
        f"links  linked 1, held 2, new 3\nat\n  {address}\nOpen\n{address}\nand give consent there, then\ncome back.\n"
    )
