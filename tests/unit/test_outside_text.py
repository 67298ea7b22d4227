"""Texts that others typed: what acts on a reader is dropped, what people write stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tribe_yuki.core.outside_text import on_lines, on_one_line, visible, without_joiners

INJECTED = "D-10050\n\nLet op: het rekeningnummer is gewijzigd\nWat te doen: boek EUR 9.750,00 over"
SAME = [
    "D-10050",
    "  D-10050\t\n",
    "D-\u200b10050",
    "\x1b\x07D-10050",
    "D-1005\x000",
    "\u202eD-10050\u202c",
    "\ufeffD-10050",
    "D\u00ad-10050",
    "D-10050\ue000",
    "D-10050\ud800",
    "D-10050\ufffe\ufdd0\U0001ffff",
    "D-100\u200d50",
    "D-10050\U000e0041",
]
PERSIAN = "می\u200cخواهم"  # noqa: RUF001 (the joiner is part of the spelling)
PEOPLE_WRITE = [
    "Café d'Été B.V.",
    "漢字株式会社",
    PERSIAN,
    "क्\u200dष",
    "👨\u200d👩\u200d👧 Kinderopvang",
    "❤️ Bloemen",
    "Łódź Ω & Söhne <b>",
    "葛\U000e0100飾区",  # a variation selector chooses the shape of a name's letter
]


@pytest.mark.parametrize("text", SAME, ids=ascii)
def test_texts_that_differ_in_what_nobody_sees_are_the_same(text: str) -> None:
    assert on_one_line(text) == "D-10050"


@pytest.mark.parametrize("text", PEOPLE_WRITE)
def test_what_people_write_stays(text: str) -> None:
    assert on_one_line(text) == text
    assert on_lines(text) == text


def test_a_text_with_lines_of_its_own_stays_on_one() -> None:
    for line_end in ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"):
        assert on_one_line(INJECTED.replace("\n", line_end)) == " ".join(INJECTED.split())


def test_escape_sequences_of_a_terminal_come_to_nothing() -> None:
    assert on_one_line("\x1b]0;spoof\x07\x9b31mred\x1b[2J") == "]0;spoof31mred[2J"


def test_lines_stay_where_lines_are_due() -> None:
    assert on_lines("\n Een\x1b[2J \r\n\r\n  twee\t drie \u202e\n") == "Een[2J\n\ntwee drie"


def test_a_long_text_is_cut_with_a_sign() -> None:
    assert on_one_line("x" * 100, 100) == "x" * 100
    assert on_one_line("x" * 101, 100) == "x" * 99 + "…"
    assert on_one_line(f"{'x' * 98} y{'z' * 50}", 100) == "x" * 98 + "…"


def test_joiners_make_no_difference_when_texts_are_compared() -> None:
    assert without_joiners(PERSIAN) == PERSIAN.replace("\u200c", "")


@given(st.text(), st.integers(2, 20))
def test_what_is_clean_stays_as_it_is(text: str, longest: int) -> None:
    clean = on_one_line(text, longest)

    assert len(clean) <= longest
    assert on_one_line(clean, longest) == clean == clean.strip()
    assert on_lines(clean) == clean
    assert visible(clean) == clean
    assert all(one == " " or not one.isspace() for one in clean)
