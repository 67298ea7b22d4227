"""Street lines: split a first address line into street, house number and suffix, and write it again (design 5).

A wrong house number is worse than a line that stays whole. So the house number is the only number of the line behind
which everything is known (a letter, a floor, `unit 4`) and before which a street stands that holds no other number
than those of its name (`1e Kruisstraat`, `Rue du 4 Août`, `Plein 1944`). All else stays whole, as the street.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tribe_yuki.contacts.fields import street_grammar as grammar
from tribe_yuki.contacts.fields.converters import tidy
from tribe_yuki.contacts.fields.street_words import NUMBER_SIGN

# Where the house number stands before the street.
NUMBER_FIRST = frozenset({"AU", "CA", "FR", "GB", "IE", "LU", "MC", "NZ", "US"})
# Where the first of two numbers may be that of a flat, or both may be one.
PAIR_IS_NO_RANGE = frozenset({"AU", "CA", "NZ", "US"})
# Where a letter by itself is the house number's; elsewhere it is a direction, or names a street.
LETTER_STANDS_APART = frozenset({"FR", "GB", "IE", "LU", "MC"})
# Where a number in the name of a street is written in digits: "rue des 4 Vents".
NAMES_HAVE_NUMBERS = frozenset({"FR", "LU", "MC"})
# A house number that may be the year that a street is named by.
YEARS = range(1500, 2100)
LONGEST_LINE = 200
EN_DASH = "\u2013"

_BARE = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")
_NUMBER_SIGN = re.compile(rf"(?<!\w){NUMBER_SIGN}\s*(?=[0-9])")
_HYPHEN_BEFORE_FLOOR = re.compile(r"(?<=[0-9])[ -](?=[0-9]{1,2}-?hoog)")


@dataclass(frozen=True, slots=True)
class StreetLine:
    """A street with house number; `number` is a whole number without leading zeros, as Tribe holds it."""

    street: str
    number: str = ""
    suffix: str = ""


def split_line(line: str, country: str | None = None) -> StreetLine:
    """Split a first address line; a line that cannot be split for certain becomes the street.

    What is split says the same when it is written again (`line_key`).
    """
    whole = StreetLine(tidy(line))
    if len(whole.street) > LONGEST_LINE:
        return whole
    read = _number_first if country in NUMBER_FIRST else _number_last
    found = list(read(whole.street, country))
    if len(found) != 1 or line_key(join_line(found[0], country)) != line_key(line):
        return whole
    return found[0]


def _number_last(line: str, _country: str | None) -> Iterator[StreetLine]:
    for parts in grammar.NUMBER.finditer(line):
        street, rest = line[: parts.start()], line[parts.end() :]
        behind = grammar.SUFFIX.fullmatch(rest)
        if behind is None or not _is_street(street) or _claims_a_number(street):
            continue
        if parts["sign"] is None and _may_be_a_year(street, parts["number"], rest):
            continue
        yield StreetLine(street, parts["number"], _stored_suffix(behind["suffix"]))


def _claims_a_number(street: str) -> bool:
    """Whether a number behind a street is a neighbour's or a unit's."""
    if grammar.BEYOND_1500_THERE.fullmatch(street):
        return False
    return bool(grammar.BEGINS_WITH_UNIT.match(street) or grammar.CLAIMS_A_NUMBER.search(street))


def _is_street(text: str) -> bool:
    """Whether a text names a street and holds no number besides its name's."""
    nameless = grammar.NUMBERS_IN_A_NAME.sub("", text)
    return (
        grammar.TWO_LETTERS.search(text) is not None
        and not any(map(str.isdigit, nameless))
        and not grammar.NO_STREET.search(text)
    )


def _may_be_a_year(street: str, number: str, rest: str) -> bool:
    if grammar.RANGE_OF_WAR_YEARS.fullmatch(number + rest):
        return True
    return int(number) in YEARS and not grammar.BEYOND_1500_THERE.fullmatch(street)


def _stored_suffix(text: str) -> str:
    """Return a suffix as Tribe keeps it: what `join_line` puts a hyphen before has none."""
    suffix = re.sub(r"^([/+])\s+", r"\1", text.strip(" ,"))
    behind = grammar.BEHIND_A_HYPHEN.fullmatch(suffix)
    return behind["rest"] if behind else suffix


def _number_first(line: str, country: str | None) -> Iterator[StreetLine]:
    parts = grammar.NUMBER_FIRST_LINE.fullmatch(line)
    if parts is None:
        return
    front, street = (parts["front"] or "").strip(), parts["street"]
    apart = grammar.LETTER_APART.fullmatch(street) if country in LETTER_STANDS_APART and not front else None
    if apart is not None:
        front, street = apart["letter"], apart["street"]
    back = grammar.BACK_OF_LINE.search(street)
    suffix = " ".join(part for part in (_stored_suffix(front), back["back"] if back else "") if part)
    street = (street[: back.start()] if back else street).rstrip(" ,.")
    is_pair = any(map(str.isdigit, front))
    if _is_street_behind_number(street, country) and not (is_pair and country in PAIR_IS_NO_RANGE):
        yield StreetLine(street, parts["number"], suffix)


def _is_street_behind_number(text: str, country: str | None) -> bool:
    """Whether a text behind a house number names a street: there, numbers of roads and before words are its name's."""
    if grammar.IS_A_UNIT.match(text):
        return False
    name = grammar.ROAD_WITH_A_NUMBER.sub("its road", grammar.NUMBERS_IN_A_NAME.sub("", text))
    return _is_street(grammar.NUMBER_BEFORE_A_WORD.sub("", name) if country in NAMES_HAVE_NUMBERS else name)


def join_line(line: StreetLine, country: str | None = None) -> str:
    """Write a street with its house number the way the country does."""
    if country not in NUMBER_FIRST:
        number = line.number + _glue(line.suffix) + line.suffix if line.number else line.suffix
        return " ".join(part for part in (line.street, number) if part)
    parts = grammar.FRONT_AND_BACK.fullmatch(line.suffix) if line.number else None
    front, back = (parts["front"] or "", parts["back"] or "") if parts else (line.suffix, "")
    number = line.number + _glue(front) + front if line.number else front
    return " ".join(part for part in (number, line.street, back) if part)


def _glue(suffix: str) -> str:
    """Return what stands between number and suffix: `12A`, `12-3`, `12 bus 3`."""
    if not suffix or grammar.TOUCHES_NUMBER.fullmatch(suffix):
        return ""
    return "-" if grammar.BEHIND_A_HYPHEN.fullmatch(suffix) else " "


def line_key(line: str | None) -> str:
    """Return what a line is compared by: without capitals, full stops, commas, spaces and "nr.".

    Between numbers a space stays: 12 3 is not 123.
    """
    bare = " ".join(re.sub(r"[.,]", " ", tidy(line).casefold().replace(EN_DASH, "-")).split())
    return _HYPHEN_BEFORE_FLOOR.sub("-", _BARE.sub("", _NUMBER_SIGN.sub("", bare).strip()))
