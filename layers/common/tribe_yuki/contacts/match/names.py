"""Compare names, for finding the same company or person in the other system.

Names are compared this way only to match records; a changed capital or hyphen is still a change to carry over.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from tribe_yuki.contacts.fields.converters import tidy

# What Yuki leaves out when it compares names (yuki-api 3.3), in all their typographic shapes; spaces go later.
IGNORED = ",.'\"`\u00b4\u02bc\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2032\u2033-\u2010\u2011\u2012\u2013\u2014"
WITHOUT_IGNORED = str.maketrans("", "", IGNORED)

# Letters that do not come apart into a letter and an accent.
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss"})
# Signs and words that all mean "en".
AND_SIGN = re.compile(r"[&+]")
AND_WORDS = frozenset({"and", "et", "und"})
# A town or a remark, and what is left of punctuation.
IN_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
NO_LETTER = re.compile(r"[^\w\s]|_")

# Spellings of a legal form, without punctuation. Those on one line are one form, by law or by language.
LEGAL_FORMS: Mapping[str, tuple[str, ...]] = {
    "bv": ("bv", "bvba", "srl", "sprl", "besloten vennootschap"),
    "nv": ("nv", "sa", "naamloze vennootschap"),
    "vof": ("vof", "snc", "vennootschap onder firma"),
    "cv": ("cv", "commv", "scs", "commanditaire vennootschap"),
    "vzw": ("vzw", "asbl"),
    "stichting": ("stichting",),
    "vereniging": ("vereniging",),
    "maatschap": ("maatschap",),
    "eenmanszaak": ("eenmanszaak",),
    "gmbh": ("gmbh",),
    "gmbh & co. kg": ("gmbh en co kg",),
    "kg": ("kg",),
    "ug": ("ug",),
    "ag": ("ag",),
    "sarl": ("sarl",),
    "sas": ("sas",),
    "ltd": ("ltd", "limited"),
    "inc": ("inc", "incorporated"),
    "llc": ("llc",),
}
FORM_OF: Mapping[str, str] = {
    spelling.replace(" ", ""): form for form, spellings in LEGAL_FORMS.items() for spelling in spellings
}
MOST_FORM_WORDS = 4


@dataclass(frozen=True, slots=True)
class ComparableName:
    """A name without punctuation, accents, capitals, spaces and legal form, and the legal form (or "").

    `words` are what the base was joined from, `remark` is what stood in brackets.
    """

    base: str
    legal_form: str = ""
    words: tuple[str, ...] = ()
    remark: str = ""

    def agrees_with(self, other: Self) -> bool:
        """Whether both may name the same company or person: a missing legal form is no difference, another one is."""
        return bool(self.base) and self.base == other.base and not self.has_other_form_than(other)

    def has_other_form_than(self, other: Self) -> bool:
        """Whether both have a legal form, and not the same one."""
        return len({self.legal_form, other.legal_form} - {""}) > 1


def company_name(text: str | None) -> ComparableName:
    """Make the name of an organisation comparable."""
    outside, remark = _without_brackets(text)
    words = _words(outside)
    for count in range(MOST_FORM_WORDS, 0, -1):
        if len(words) > count and (form := FORM_OF.get("".join(words[-count:]))):
            return _comparable(words[:-count], form, remark)
    for count in range(MOST_FORM_WORDS, 0, -1):
        if len(words) > count and (form := FORM_OF.get("".join(words[:count]))):
            return _comparable(words[count:], form, remark)
    return _comparable(words, "", remark)


def person_name(*parts: str | None) -> ComparableName:
    """Make the name of a person comparable, given whole or in parts."""
    outside = [_without_brackets(part) for part in parts]
    words = [word for text, _ in outside for word in _words(text)]
    return _comparable(words, "", "".join(remark for _, remark in outside))


def folded(text: str | None) -> str:
    """Return a text without punctuation, accents, capitals and spaces, such as a town to compare."""
    return "".join(_words(text))


def _comparable(words: Sequence[str], form: str, remark: str) -> ComparableName:
    return ComparableName("".join(words), form, tuple(words), remark)


def _without_brackets(text: str | None) -> tuple[str, str]:
    """Return a name without what stands in brackets, unless nothing else is there, and that remark."""
    tidied = tidy(text)
    outside = IN_BRACKETS.sub(" ", tidied)
    if not _words(outside):
        return tidied, ""
    found = IN_BRACKETS.findall(tidied)
    return outside, "".join(word for pair in found for part in pair for word in _words(part))


def yuki_name_key(text: str | None) -> str:
    """Return what Yuki itself compares when it looks for a contact by name (yuki-api 3.3)."""
    return tidy(text).translate(WITHOUT_IGNORED).casefold().replace(" ", "")


def name_to_search(text: str) -> str:
    """Return a company's name without its legal form at the end, as it is written: that finds all spellings."""
    words = tidy(text).split()
    for count in range(MOST_FORM_WORDS, 0, -1):
        if len(words) > count and "".join(_words(" ".join(words[-count:]))) in FORM_OF:
            return " ".join(words[:-count]).rstrip(" ,-")
    return " ".join(words)


def _words(text: str | None) -> list[str]:
    lower = unicodedata.normalize("NFKD", tidy(text)).casefold().translate(LETTERS)
    folded_text = unicodedata.normalize("NFKD", AND_SIGN.sub(" en ", lower))
    bare = "".join(character for character in folded_text if not unicodedata.combining(character))
    words = NO_LETTER.sub(" ", bare.translate(WITHOUT_IGNORED)).split()
    return ["en" if word in AND_WORDS else word for word in words]
