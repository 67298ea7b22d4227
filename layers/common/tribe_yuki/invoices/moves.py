"""What may happen to a transfer: a move for each kind of event, with exactly the fields that it brings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from tribe_yuki.core.details import Detail, Details
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.agreement import Agreed
from tribe_yuki.invoices.reasons import DoubtReason, SkipReason, UnlistedReason


class Verification(StrEnum):
    """How it is known that an invoice is booked."""

    ANSWER = "answer"
    FOUND = "found_in_yuki"
    FOUND_UNSENT = "already_in_yuki"
    EXTERNAL_ID = "external_id"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Wait:
    """It is looked at again at an instant; without an `attempt` it stays where it is on the ladder."""

    why: WaitReason
    until: datetime
    details: Details = ()
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Prepare:
    """It is mapped and may be sent; `due_at` is when it no longer waits for others to go with.

    `rounding` is what the lines that make up for rounding come to, `totals_by_rounding` what Yuki would come to by each
    way of rounding VAT, where that differs.
    """

    total_incl: Decimal | None
    due_date: date | None
    yuki_contact_id: str | None
    content_hash: str
    due_at: datetime
    rounding: Decimal = Decimal(0)
    totals_by_rounding: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """A person has to act before it can be sent."""

    why: HoldReason
    details: Details = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """It is not for Yuki, as it stands in Tribe."""

    why: SkipReason
    details: Details = ()


@dataclass(frozen=True, slots=True)
class Dismiss:
    """A person says that it is not to be booked."""


@dataclass(frozen=True, slots=True)
class Release:
    """What was skipped or given up is looked at again, because something happened to it."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """A person has it looked at again from an instant on: events, ladder and sends begin anew."""

    at: datetime
    agreed: Agreed | None = None


@dataclass(frozen=True, slots=True)
class LookInYuki:
    """A person has it looked for in Yuki from an instant on; it is sent again only when it is certainly not there."""

    at: datetime
    agreed: Agreed | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """The call is about to go out; a worker that has not told the answer at `until` is lost."""

    content_hash: str
    with_document: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class Refuse:
    """Yuki did not book it; `is_settled` when it said so of this very invoice, so that the attempt left nothing."""

    why: HoldReason
    details: Details = ()
    words: str = ""
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """It may be in Yuki, which is asked at an instant; `goes_alone` when it must not share a call again.

    `number` is what it is looked for by, where that is no longer its number.
    """

    why: DoubtReason | UnlistedReason
    look_at: datetime
    words: str = ""
    goes_alone: bool = False
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """It is in Yuki; `due_at` is when somebody else has to mark it in Tribe, should this worker die first."""

    how: Verification
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FindAbsent:
    """Yuki certainly does not hold it."""


@dataclass(frozen=True, slots=True)
class FindOther:
    """Yuki holds another invoice with its number."""

    detail: Detail
    words: str = ""


@dataclass(frozen=True, slots=True)
class FindAlike:
    """Yuki holds an invoice that may be this one under another number."""

    details: Details


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Every step of the ladder failed."""

    why: WaitReason
    details: Details = ()


type Move = (
    Wait
    | Prepare
    | Hold
    | Skip
    | Dismiss
    | Release
    | LookAgain
    | LookInYuki
    | Send
    | Refuse
    | Doubt
    | Confirm
    | FindAbsent
    | FindOther
    | FindAlike
    | GiveUp
)
