"""Texts that others typed, made safe to keep, to compare and to show: nothing in them acts on who reads them.

A control character may move a terminal's cursor or begin a line of a mail, and a character that nobody sees makes two
texts look alike that are not. Every text of Tribe and Yuki comes through here at the edge, and once more where it is
shown. Texts that differ only in what is dropped here are the same text.
"""

import re
from unicodedata import category

# A name, an address or a subject of any length that people type; and what identifies something: a number, a code.
LONGEST_TEXT = 1_000
LONGEST_CODE = 100
CUT_OFF = "…"

# Without a meaning of their own: control (C0, C1), format (among them the bidi overrides), surrogates, private use.
# Characters that Unicode has not assigned yet are kept: they may be letters that this Python does not know.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co"})
_NO_CHARACTERS = re.compile("[\ufdd0-\ufdef\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]")
_PLANE = 0x10000
_FIRST_OF_LAST_TWO = 0xFFFE

# Persian and Indic words are misspelt without their joiners, and joined emoji fall apart; nothing else has a use.
_JOINERS = "\u200c\u200d"
_JOINED = frozenset({"Lo", "Mn", "Mc", "So", "Sk"})


def on_one_line(text: str, longest: int | None = None) -> str:
    """Return a text on one line: white space of any kind becomes one blank, and what nobody sees is dropped.

    A text longer than `longest` characters ends in `…`.
    """
    return cut(" ".join(visible(text).split()), longest)


def on_lines(text: str, longest: int | None = None) -> str:
    """Return a text that may have several lines, each as `on_one_line` returns it; empty ones at the ends go."""
    return cut("\n".join(on_one_line(line) for line in text.splitlines()).strip(), longest)


def visible(text: str) -> str:
    """Return a text without what nobody sees; white space stays as it is."""
    if text.isascii() and text.isprintable():
        return text
    around = zip(text, f" {text}", f"{text[1:]} ", strict=False)
    return "".join(here for here, before, after in around if _is_kept(here, before, after))


def without_joiners(text: str) -> str:
    """Return a text as it is compared: without the joiners that `visible` lets stand."""
    return text.translate(dict.fromkeys(map(ord, _JOINERS)))


def cut(text: str, longest: int | None) -> str:
    """Return at most the first characters of a text, with a sign that there were more."""
    if longest is None or len(text) <= longest:
        return text
    return text[: longest - len(CUT_OFF)].rstrip() + CUT_OFF


def _is_kept(here: str, before: str, after: str) -> bool:
    if here.isspace():
        return True
    if here in _JOINERS:
        return {category(before), category(after)} <= _JOINED
    is_character = ord(here) % _PLANE < _FIRST_OF_LAST_TWO and not _NO_CHARACTERS.match(here)
    return is_character and category(here) not in _DROPPED
