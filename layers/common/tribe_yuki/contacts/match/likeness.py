"""Tell how alike two names are: equal, alike (one typing error, one initial, one town) or similar (a part)."""

from collections.abc import Collection, Iterable
from enum import IntEnum

from tribe_yuki.contacts.match.names import ComparableName

# A word that only one of two names has, and that makes it another company of the group.
_OF_A_GROUP = (
    "beheer beleggingen beleggingsmaatschappij capital deelnemingen exploitatie facilities finance groep group "
    "holding holdings immo immobilien invest investments management materieel onroerendgoed participatie "
    "participaties patrimonium pensioen personeel properties services vastgoed verhuur"
)
GROUP_WORDS = frozenset(_OF_A_GROUP.split())
SHORTEST_MISTYPED = 4
LONG_WORD = 9
SHORTEST_PART = 5
SIMILAR_SHARE = 0.7


class Likeness(IntEnum):
    """How alike two names are, the legal form aside."""

    UNLIKE = 0
    SIMILAR = 1
    ALIKE = 2
    EQUAL = 3


def company_likeness(ours: ComparableName, theirs: ComparableName, towns: Collection[str]) -> Likeness:
    """Compare the names of organisations; `towns` are those of the two, which may stand behind a name."""
    if not (ours.base and theirs.base):
        return Likeness.UNLIKE
    if ours.base == theirs.base:
        return Likeness.EQUAL
    if _has_group_word(ours, theirs) or _digits(ours.base) != _digits(theirs.base):
        return Likeness.UNLIKE
    if _without_town(ours, towns) == _without_town(theirs, towns) or _is_mistyped(ours.words, theirs.words):
        return Likeness.ALIKE
    return Likeness.SIMILAR if _is_part(ours, theirs) else Likeness.UNLIKE


def person_likeness(ours: ComparableName, theirs: ComparableName) -> Likeness:
    """Compare the names of persons; words may stand in another order ("Molen, Femke van der")."""
    if not (ours.base and theirs.base):
        return Likeness.UNLIKE
    if ours.base == theirs.base or sorted(ours.words) == sorted(theirs.words):
        return Likeness.EQUAL
    if _is_mistyped(ours.words, theirs.words) or _has_initials_of(ours.words, theirs.words):
        return Likeness.ALIKE
    return (
        Likeness.SIMILAR
        if _is_mistyped(ours.words[1:], theirs.words[1:]) and _starts_alike(ours, theirs)
        else (Likeness.UNLIKE)
    )


def _has_group_word(ours: ComparableName, theirs: ComparableName) -> bool:
    """Whether only one of two names says that it is the holding, or another company of a group."""
    return not GROUP_WORDS.isdisjoint(set(ours.words) ^ set(theirs.words))


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _without_town(name: ComparableName, towns: Iterable[str]) -> str:
    endings = (town for town in towns if town and name.base.endswith(town) and len(name.base) > len(town))
    return name.base.removesuffix(next(endings, ""))


def _is_mistyped(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether the words are the same but for one, which one typing error explains (two in a long word)."""
    if len(ours) != len(theirs):
        return False
    different = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    return len(different) <= 1 and all(is_typing_error(*pair) for pair in different)


def is_typing_error(ours: str, theirs: str) -> bool:
    """Whether two words are one, of which one is mistyped."""
    shortest = min(len(ours), len(theirs))
    if shortest < SHORTEST_MISTYPED or not (ours.isalpha() and theirs.isalpha()):
        return False
    return _distance(ours, theirs) <= (2 if shortest >= LONG_WORD else 1)


def _distance(ours: str, theirs: str) -> int:
    """Return how many letters were left out, added, replaced or swapped with the next."""
    before: list[int] = []
    row = list(range(len(theirs) + 1))
    for place, letter in enumerate(ours, 1):
        following = [place]
        for other_place, other in enumerate(theirs, 1):
            cost = min(row[other_place] + 1, following[other_place - 1] + 1, row[other_place - 1] + (letter != other))
            if place > 1 and other_place > 1 and letter == theirs[other_place - 2] and ours[place - 2] == other:
                cost = min(cost, before[other_place - 2] + 1)
            following.append(cost)
        before, row = row, following
    return row[-1]


def _is_part(ours: ComparableName, theirs: ComparableName) -> bool:
    """Whether most of two names is the same, or one is a part of the other."""
    shared = sum(map(len, set(ours.words) & set(theirs.words)))
    lengths = (len(ours.base), len(theirs.base))
    if min(lengths) >= SHORTEST_PART and (ours.base.startswith(theirs.base) or theirs.base.startswith(ours.base)):
        return True
    return (shared >= SHORTEST_PART and shared == min(lengths)) or 2 * shared >= SIMILAR_SHARE * sum(lengths)


def _has_initials_of(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether one first name is the initial of the other, and the rest of the names is the same."""
    if not ours[1:] or ours[1:] != theirs[1:]:
        return False
    short, long = sorted((ours[0], theirs[0]), key=len)
    return len(short) == 1 and long.startswith(short)


def _starts_alike(ours: ComparableName, theirs: ComparableName) -> bool:
    return len(ours.words) > 1 and ours.base[0] == theirs.base[0]
