"""What stands in a street line, as regular expressions: a house number, what follows it, and the name of a street."""

import re

from tribe_yuki.contacts.fields.street_words import (
    ARTICLE,
    BEFORE_A_STREET,
    BESIDE,
    BEYOND_1500,
    FLOOR,
    JOINER,
    MONTH,
    NAMED_BY_NUMBER,
    NAMED_BY_YEAR,
    NUMBER_SIGN,
    NUMBERED_ELSE,
    NUMBERED_ROAD,
    ORDINAL_END,
    PART,
    PLAINLY_BESIDE,
    REPETITION,
    UNIT,
)

HYPHEN = "-\u2013"

_END = r"(?![^\W_])"
_GAP = r"(?:\s*,\s*|\s+)"
_DIGITS = r"[1-9][0-9]{0,4}(?![0-9])"
_VALUE = rf"(?:[a-z]{{0,2}}[0-9]{{1,5}}(?:\.[0-9]{{1,4}})*[a-z]{{0,2}}|[a-z]{{1,2}}|[ivx]{{1,4}}){_END}"
_VALUES = rf"{_VALUE}(?:\s*{JOINER}\s*{_VALUE}){{0,3}}"

# What may follow a house number: "2e verd.", "unit 4-6", "#5", "m. 34", "huis", "bis A", "A", "K 1", "G4.02", "III".
_FLOOR_ITEM = rf"(?:[0-9]{{1,3}}{ORDINAL_END}?|[ivx]{{1,4}}(?=\s))\s*-?\s*{FLOOR}{_END}\.?"
_UNIT_ITEM = rf"(?:(?:{UNIT}(?:\.\s*|\s+|(?=[0-9]))(?:nr\.?\s*)?|\#\s*){_VALUES}|[a-z]\.\s*[0-9]{{1,5}}[a-z]?{_END})"
_REPEATED = rf"{REPETITION}(?:\s*-?\s*(?:[a-z]|[0-9]{{1,4}}))?{_END}"
_LETTERS = rf"(?!(?:{NUMBER_SIGN}|{BESIDE}){_END})[a-z]{{1,2}}(?:\s*[0-9]{{1,5}}(?:[.-][0-9]{{1,4}})*[a-z]?)?{_END}"
_WORDS = rf"(?:{_FLOOR_ITEM}|{_UNIT_ITEM}|{PART}{_END}\.?|{_REPEATED})"
_ITEM = rf"(?:{_WORDS}|{_LETTERS}|[ivx]{{1,4}}{_END})"
_NEXT_ITEM = rf"(?:{_GAP}{_WORDS}|\s*[{HYPHEN}/]\s*{_ITEM})"
_NEXT_VALUE = rf"\s*{JOINER}\s*{_VALUE}"
_FURTHER = rf"(?:{_NEXT_ITEM}|{_NEXT_VALUE}){{0,6}}"

NUMBER = re.compile(rf"(?:{_GAP}|(?<=[^\W\d_]\.))(?P<sign>{NUMBER_SIGN}\s*)?(?P<number>{_DIGITS})", re.IGNORECASE)
SUFFIX = re.compile(rf"(?P<suffix>(?:\s*{_ITEM})?{_FURTHER})[\s.,]*", re.IGNORECASE)
# Written without a blank behind the number: "12A", "12A-3 bus 2", "12/3", "12-14".
TOUCHES_NUMBER = re.compile(
    rf"[{HYPHEN}/+](?!\s).*|(?!t/m)[a-z](?:[0-9]{{1,4}})?(?:[/-]{_VALUE})*{_FURTHER}", re.IGNORECASE
)
BEHIND_A_HYPHEN = re.compile(
    rf"[{HYPHEN}]?\s*(?P<rest>[0-9]{{1,5}}[a-z]?(?:[/-]{_VALUE})*|[0-9]{{1,2}}[\s-]*hoog)", re.IGNORECASE
)

# Where the number stands first: "12", "12B", "12 bis", "12-14"; and behind the street "Apt 4B", "3e étage".
_FRONT = rf"(?:[a-z]|{REPETITION}|(?:[{HYPHEN}/]|à|et|and|&)\s*[0-9]{{1,5}}[a-z]?)"
_BACK = rf"(?:{_FLOOR_ITEM}|{_UNIT_ITEM})(?:{_GAP}(?:{_FLOOR_ITEM}|{_UNIT_ITEM})){{0,3}}"
NUMBER_FIRST_LINE = re.compile(
    rf"(?P<number>{_DIGITS})(?P<front>\s*(?![a-z]\s)(?!\s){_FRONT}(?=[\s,])|[a-z](?=[\s,]))?[\s,]+(?P<street>[^\W_].*)",
    re.IGNORECASE,
)
LETTER_APART = re.compile(r"(?P<letter>[a-h])[\s,]+(?!l[ae]\s)(?P<street>[^\W\d_].*)", re.IGNORECASE)
BACK_OF_LINE = re.compile(rf"{_GAP}(?P<back>{_BACK})[\s.,]*$", re.IGNORECASE)
FRONT_AND_BACK = re.compile(
    rf"(?P<front>{_FRONT}{_END}|[0-9]{{1,5}}[a-z]?{_END}(?!\s))?(?:(?:^|{_GAP})(?P<back>{_BACK}))?", re.IGNORECASE
)

# Numbers that belong to the name of a street.
_WAR = r"'?(?:19)?(?:40\s*[-/]\s*'?(?:19)?45|14\s*[-/]\s*'?(?:19)?18)"
_DATE = rf"[0-9]{{1,2}}(?:\.|er)?\s+{MONTH}{_END}(?:\s+[0-9]{{4}}{_END})?"
_ORDINAL = rf"[0-9]{{1,3}}{ORDINAL_END}(?=\s*[^\W\d_])|[0-9]{{2,4}}-lecia{_END}"
NUMBERS_IN_A_NAME = re.compile(
    rf"(?<![\w'])(?:{_WAR}{_END}|{_DATE}|{_ORDINAL}|{NAMED_BY_YEAR}\s+(?:1[5-9]|20)[0-9]{{2}}$)", re.IGNORECASE
)
NUMBER_BEFORE_A_WORD = re.compile(r"(?<!\S)[0-9]{1,2}\s+(?=[^\W\d_]{2})")
ROAD_WITH_A_NUMBER = re.compile(rf"(?<!\w){NUMBERED_ROAD}[\s-]*[0-9]{{1,4}}{_END}", re.IGNORECASE)
BEYOND_1500_THERE = re.compile(rf"(?:^|.*\s){BEYOND_1500}(?:\s.*)?", re.IGNORECASE)
RANGE_OF_WAR_YEARS = re.compile(rf"{_WAR}[\s.,]*", re.IGNORECASE)
TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
# Not the name of a street: somebody's, a neighbour's, that of a unit, or two names.
NO_STREET = re.compile(
    rf"^{BEFORE_A_STREET}|(?<!\w){PLAINLY_BESIDE}(?!\w)|^(?:[a-z]|{JOINER})\s+[0-9]|^{NAMED_BY_NUMBER}$|[,()]|[{HYPHEN}/+&]$",
    re.IGNORECASE,
)
BEGINS_WITH_UNIT = re.compile(rf"(?:{UNIT}|{NUMBERED_ELSE})(?![\w'-])", re.IGNORECASE)
IS_A_UNIT = re.compile(rf"{UNIT}(?:\.?\s*{_VALUE}|$)|km\s|[a-z]\s+[0-9]{{1,5}}[a-z]?\s", re.IGNORECASE)
# What a number behind it belongs to: a neighbour's, a unit, or a road with a letter.
CLAIMS_A_NUMBER = re.compile(
    rf"(?:^|\s)(?:(?!{ARTICLE}\s)\S+\s+{UNIT}\.?|{NUMBERED_ELSE}\.?|{BESIDE}|(?![ivx]$)[a-z])$",
    re.IGNORECASE,
)
