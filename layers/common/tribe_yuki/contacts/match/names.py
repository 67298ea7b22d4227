"""Compare names, for finding the same company or person in the other system.

Names are compared this way only to match records; a changed capital or hyphen is still a change to carry over.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from tribe_yuki.contacts.fields.converters import tidy

# What Yuki leaves out when it compares names (yuki-api 3.3), in all their typographic shapes; spaces go later.
IGNORED = ",.'\"`\u00b4\u02bc\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2032\u2033-\u2010\u2011\u2012\u2013\u2014"
WITHOUT_IGNORED = str.maketrans("", "", IGNORED)

# Spellings of a legal form, without punctuation. Those on one line are one form, by law or by language.
LEGAL_FORMS: Mapping[str, tuple[str, ...]] = {
    "bv": ("bv", "bvba", "srl", "sprl", "besloten vennootschap"),
    "nv": ("nv", "sa", "naamloze vennootschap"),
    "vof": ("vof", "snc", "vennootschap onder firma"),
    "cv": ("cv", "commv", "scs", "commanditaire vennootschap"),
    "vzw": ("vzw", "asbl"),
    "gmbh": ("gmbh",),
    "ag": ("ag",),
    "sarl": ("sarl",),
    "ltd": ("ltd", "limited"),
    "inc": ("inc", "incorporated"),
}
FORM_OF: Mapping[str, str] = {
    spelling.replace(" ", ""): form for form, spellings in LEGAL_FORMS.items() for spelling in spellings
}
MOST_FORM_WORDS = 3


@dataclass(frozen=True, slots=True)
class ComparableName:
    """A name without punctuation, accents, capitals, spaces and legal form, and the legal form (or "")."""

    base: str
    legal_form: str = ""

    def agrees_with(self, other: Self) -> bool:
        """Whether both may name the same company or person: a missing legal form is no difference, another one is."""
        forms = {self.legal_form, other.legal_form} - {""}
        return bool(self.base) and self.base == other.base and len(forms) <= 1


def company_name(text: str | None) -> ComparableName:
    """Make the name of an organisation comparable."""
    words = _words(text)
    for count in range(1, MOST_FORM_WORDS + 1):
        if len(words) > count and (form := FORM_OF.get("".join(words[-count:]))):
            return ComparableName("".join(words[:-count]), form)
    for count in range(1, MOST_FORM_WORDS + 1):
        if len(words) > count and (form := FORM_OF.get("".join(words[:count]))):
            return ComparableName("".join(words[count:]), form)
    return ComparableName("".join(words))


def person_name(*parts: str | None) -> ComparableName:
    """Make the name of a person comparable, given whole or in parts."""
    return ComparableName("".join(word for part in parts for word in _words(part)))


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
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", tidy(text)).casefold())
    bare = "".join(character for character in folded if not unicodedata.combining(character))
    return bare.translate(WITHOUT_IGNORED).split()
