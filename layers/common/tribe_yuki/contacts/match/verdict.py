"""The table of what proves that two records are the same, what may mean it, and what contradicts it (design 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tribe_yuki.contacts.match.profile import Key


class Answer(StrEnum):
    """Whether two records are the same company or person; only the first links, only the last creates."""

    SAME = "same"
    MAYBE = "maybe"
    DIFFERENT = "different"


class Against(StrEnum):
    """What speaks against two records being the same.

    A branch is the same company elsewhere, reached otherwise. A successor is the company that a sole trader's firm
    became. A relative has name and address of another person.
    """

    VAT_NUMBER = "other_vat_number"
    COC_NUMBER = "other_coc_number"
    LEGAL_FORM = "other_legal_form"
    KIND = "other_kind"
    BRANCH = "branch"
    SUCCESSOR = "successor"
    RELATIVE = "relative"
    ADDRESS = "other_address"
    EMAIL = "other_email"
    PHONE = "other_phone"


CONTRADICTIONS = frozenset({Against.VAT_NUMBER, Against.COC_NUMBER, Against.LEGAL_FORM, Against.KIND})
_NEVER_ONE_COMPANY = frozenset({Against.VAT_NUMBER, Against.COC_NUMBER, Against.LEGAL_FORM})


@dataclass(frozen=True, slots=True)
class Proof:
    """What two records must agree on to be the same, unless something speaks against it."""

    agrees: frozenset[Key]
    unless: frozenset[Against] = frozenset()


def _proof(*agrees: Key, unless: tuple[Against, ...] = ()) -> Proof:
    return Proof(frozenset(agrees), frozenset(unless))


PROOFS = (
    _proof(Key.VAT_NUMBER, Key.COC_NUMBER, unless=(Against.BRANCH,)),
    _proof(Key.VAT_NUMBER, Key.NAME_ALIKE, unless=(Against.BRANCH,)),
    _proof(Key.COC_NUMBER, Key.NAME_ALIKE, unless=(Against.BRANCH,)),
    _proof(Key.COC_NUMBER, Key.NAME_SIMILAR, unless=(Against.BRANCH,)),
    _proof(Key.CODE, Key.NAME_ALIKE),
    _proof(Key.CODE, Key.ADDRESS),
    _proof(Key.NAME_ALIKE, Key.ADDRESS, unless=(Against.SUCCESSOR, Against.RELATIVE)),
    _proof(Key.NAME_ALIKE, Key.EMAIL, unless=(Against.SUCCESSOR, Against.RELATIVE, Against.BRANCH)),
    _proof(Key.NAME_ALIKE, Key.PHONE, unless=(Against.SUCCESSOR, Against.RELATIVE, Against.BRANCH)),
    _proof(Key.NAME, Key.FREE_EMAIL, unless=(Against.SUCCESSOR, Against.RELATIVE, Against.BRANCH)),
)

# What may mean it while nothing contradicts.
HINTS = tuple(
    map(
        frozenset,
        (
            {Key.VAT_NUMBER},
            {Key.COC_NUMBER},
            {Key.EMAIL},
            {Key.FREE_EMAIL},
            {Key.PHONE},
            {Key.NAME_ALIKE},
            {Key.NAME_SIMILAR, Key.TOWN},
            {Key.NAME_SIMILAR, Key.ADDRESS},
        ),
    )
)
# What may mean it although something contradicts: a number or a legal form may be wrong in one of the systems.
HINTS_DESPITE = tuple(
    map(
        frozenset,
        (
            {Key.VAT_NUMBER, Key.COC_NUMBER},
            {Key.NAME_ALIKE, Key.VAT_NUMBER},
            {Key.NAME_ALIKE, Key.COC_NUMBER},
            {Key.NAME_ALIKE, Key.CODE},
            {Key.NAME_ALIKE, Key.ADDRESS},
            {Key.NAME_ALIKE, Key.EMAIL},
            {Key.NAME_ALIKE, Key.FREE_EMAIL},
            {Key.NAME_ALIKE, Key.PHONE},
            {Key.CODE, Key.ADDRESS},
        ),
    )
)

# What each sign weighs when several records may be meant: the heaviest is proposed.
WEIGHTS: Mapping[Key | Against, int] = {
    Key.CODE: 4,
    Key.VAT_NUMBER: 4,
    Key.COC_NUMBER: 5,
    Key.NAME: 2,
    Key.NAME_ALIKE: 3,
    Key.NAME_SIMILAR: 2,
    Key.EMAIL: 5,
    Key.FREE_EMAIL: 4,
    Key.PHONE: 4,
    Key.ADDRESS: 3,
    Key.TOWN: 1,
    Against.VAT_NUMBER: -4,
    Against.COC_NUMBER: -4,
    Against.LEGAL_FORM: -3,
    Against.KIND: -4,
    Against.SUCCESSOR: -2,
    Against.ADDRESS: -1,
    Against.EMAIL: -2,
    Against.PHONE: -1,
}


def answer(agrees: frozenset[Key], against: frozenset[Against]) -> Answer:
    """Return what the table says; our ImportId decides alone."""
    if Key.IMPORT_ID in agrees:
        return Answer.SAME
    if against & CONTRADICTIONS:
        is_other = len(against & _NEVER_ONE_COMPANY) > 1
        return Answer.MAYBE if not is_other and _has_any(agrees, HINTS_DESPITE) else Answer.DIFFERENT
    if any(proof.agrees <= agrees and not proof.unless & against for proof in PROOFS):
        return Answer.SAME
    return Answer.MAYBE if _has_any(agrees, HINTS) else Answer.DIFFERENT


def weight(agrees: frozenset[Key], against: frozenset[Against]) -> int:
    """Return how much speaks for two records being the same."""
    return sum(WEIGHTS.get(key, 0) for key in agrees) + sum(WEIGHTS.get(sign, 0) for sign in against)


def _has_any(agrees: frozenset[Key], hints: tuple[frozenset[Key], ...]) -> bool:
    return any(hint <= agrees for hint in hints)
