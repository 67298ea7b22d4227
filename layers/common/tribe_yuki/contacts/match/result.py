"""What the matching of a relation or contact ends in: the match, several candidates for a person, or nothing."""

from dataclasses import dataclass
from enum import StrEnum

from tribe_yuki.contacts.match.profile import Key
from tribe_yuki.core.holds import HoldReason


class Cause(StrEnum):
    """Why a match needs a person."""

    CODE_OF_ANOTHER = "code_of_another"
    SEVERAL = "several"
    UNSURE = "unsure"
    OTHER_KIND = "other_kind"
    INACTIVE = "inactive"
    GONE = "gone"


REASONS = {
    Cause.CODE_OF_ANOTHER: HoldReason.CODE_IN_USE,
    Cause.SEVERAL: HoldReason.CONTACT_AMBIGUOUS,
    Cause.UNSURE: HoldReason.CONTACT_AMBIGUOUS,
    Cause.OTHER_KIND: HoldReason.CONTACT_TYPE_DIFFERS,
    Cause.INACTIVE: HoldReason.CONTACT_INACTIVE_IN_YUKI,
    Cause.GONE: HoldReason.CONTACT_GONE_IN_YUKI,
}


@dataclass(frozen=True, slots=True)
class Match[Record]:
    """The one record that it is, and on what they agree."""

    record: Record
    agrees: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Ambiguous[Record]:
    """A person has to decide, between these records, the likeliest first."""

    cause: Cause
    candidates: tuple[Record, ...] = ()

    @property
    def reason(self) -> HoldReason:
        """Return the reason of the hold."""
        return REASONS[self.cause]


@dataclass(frozen=True, slots=True)
class NoMatch:
    """There is no such record: it may be created."""


type MatchResult[Record] = Match[Record] | Ambiguous[Record] | NoMatch
