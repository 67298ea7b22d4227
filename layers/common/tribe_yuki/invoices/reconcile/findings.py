"""What a reconciliation found: Tribe's invoices, our transfers and Yuki's books next to each other (design 9)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from typing import Self

from tribe_yuki.core.details import Details

EURO = "EUR"
ZERO = Decimal(0)
_WAYS_OF_YUKI = ("rate", "line", "document")


class FindingCode(StrEnum):
    """Stable codes of what can be found."""

    MISSING_IN_YUKI = "missing_in_yuki"
    NOT_IN_TRIBE = "not_in_tribe"
    DOUBLE_IN_YUKI = "double_in_yuki"
    BOOKED_DIFFERENTLY = "booked_differently"
    EDITED_AFTER_SENT = "edited_after_sent"
    GAP_IN_NUMBERS = "gap_in_numbers"
    DOUBLE_NUMBER_IN_TRIBE = "double_number_in_tribe"


class Standing(StrEnum):
    """Whether a finding needs a person, in the order of a report.

    `explained` findings are on their way, or held with an owner of their own; `repaired` findings go on by themselves
    now; `accepted` findings a person has seen.
    """

    OPEN = "open"
    REPAIRED = "repaired"
    EXPLAINED = "explained"
    ACCEPTED = "accepted"


class Ending(StrEnum):
    """How the comparison of one invoice ended."""

    EQUAL = "equal"
    OPEN = "open"
    REPAIRED = "repaired"
    EXPLAINED = "explained"
    ACCEPTED = "accepted"
    UNCHECKED = "unchecked"


class Unchecked(StrEnum):
    """Why an invoice could not be compared with the books."""

    ARCHIVE_OF_DOMAIN = "archive_of_domain"
    ARCHIVE_WITHOUT_NUMBERS = "archive_without_numbers"
    JUST_BOOKED = "just_booked"
    SAID_BY_A_PERSON = "said_by_a_person"
    NUMBER_UNKNOWN = "number_unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference; `state` and `reason` are the transfer's, where it has one, `amount` is in the currency."""

    code: FindingCode
    standing: Standing
    number: str
    tribe_invoice_id: str | None = None
    invoice_date: date | None = None
    amount: Decimal | None = None
    currency: str | None = None
    state: str | None = None
    reason: str | None = None
    details: Details = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """A number of invoices and their euros; those in other currencies are only counted."""

    count: int = 0
    euros: Decimal = ZERO
    foreign: int = 0

    def add(self, amount: Decimal | None, currency: str | None) -> Self:
        """Return the tally with one more invoice."""
        if currency not in (None, EURO):
            return replace(self, count=self.count + 1, foreign=self.foreign + 1)
        return replace(self, count=self.count + 1, euros=self.euros + (amount or ZERO))

    def join(self, other: Self) -> Self:
        """Return both tallies together."""
        return replace(
            self,
            count=self.count + other.count,
            euros=self.euros + other.euros,
            foreign=self.foreign + other.foreign,
        )


@dataclass(frozen=True, slots=True)
class YukiRoundingSeen:
    """How many bookings came to what each way of Yuki to round VAT would give, `of` so many that were compared.

    `telling` are those of them for which the ways differ.
    """

    of: int = 0
    telling: int = 0
    fits: Mapping[str, int] = field(default_factory=dict)

    def add(self, total: Decimal | None, by_rounding: Mapping[str, Decimal], booked: Decimal) -> Self:
        """Return it with another booking: what was to be booked, by way of rounding where they differ, and what was."""
        fits = {name: self.fits.get(name, 0) + (by_rounding.get(name, total) == booked) for name in _WAYS_OF_YUKI}
        return replace(self, of=self.of + 1, telling=self.telling + bool(by_rounding), fits=fits)

    def join(self, other: Self) -> Self:
        """Return both together."""
        fits = {name: self.fits.get(name, 0) + other.fits.get(name, 0) for name in {*self.fits, *other.fits}}
        return replace(self, of=self.of + other.of, telling=self.telling + other.telling, fits=fits)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was found about the invoices dated in a period, both days included.

    Every invoice that was compared counts under exactly one ending. `typed_in_yuki` are those that only Yuki knows,
    because somebody typed them there. `unchecked` counts why some could not be compared. `rounding` are the lines
    of cents that were booked, by month; `yuki_rounding` is how Yuki was seen to round. `findings` may be shortened;
    `found` is how many there are.
    """

    first: date
    last: date
    checked_at: datetime
    endings: Mapping[Ending, Tally] = field(default_factory=dict)
    typed_in_yuki: Tally = Tally()
    unchecked: Mapping[Unchecked, int] = field(default_factory=dict)
    number_faults: int = 0
    rounding: Mapping[str, Tally] = field(default_factory=dict)
    yuki_rounding: YukiRoundingSeen = YukiRoundingSeen()
    found: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def compared(self) -> Tally:
        """Return how many invoices were compared."""
        return _joined(self.endings.values())

    @property
    def rounded(self) -> Tally:
        """Return the invoices with a line of cents, and what these lines come to."""
        return _joined(self.rounding.values())

    def ended(self, ending: Ending) -> Tally:
        """Return the invoices that ended in one way."""
        return self.endings.get(ending, Tally())

    @property
    def needs_a_person(self) -> bool:
        """Whether something differs that nobody looks after yet."""
        return self.ended(Ending.OPEN).count > 0 or self.number_faults > 0

    def shortened(self, most: int) -> Self:
        """Return the report with at most so many findings: those that need a person come first."""
        return replace(self, findings=self.findings[:most])


def join_reconciliations(parts: Sequence[Reconciliation]) -> Reconciliation:
    """Return one report of several, of which none holds an invoice of another; raise ValueError when there is none."""
    endings: dict[Ending, Tally] = {}
    unchecked: Counter[Unchecked] = Counter()
    rounding: dict[str, Tally] = {}
    for part in parts:
        unchecked.update(part.unchecked)
        for month, tally in part.rounding.items():
            rounding[month] = rounding.get(month, Tally()).join(tally)
        for ending, tally in part.endings.items():
            endings[ending] = endings.get(ending, Tally()).join(tally)
    order = list(Standing)
    findings = sorted(
        (finding for part in parts for finding in part.findings),
        key=lambda finding: (
            order.index(finding.standing),
            finding.invoice_date or date.max,
            finding.number,
            finding.code,
        ),
    )
    return Reconciliation(
        first=min(part.first for part in parts),
        last=max(part.last for part in parts),
        checked_at=max(part.checked_at for part in parts),
        endings=endings,
        typed_in_yuki=_joined(part.typed_in_yuki for part in parts),
        unchecked=dict(unchecked),
        number_faults=sum(part.number_faults for part in parts),
        rounding=rounding,
        yuki_rounding=reduce(YukiRoundingSeen.join, (part.yuki_rounding for part in parts), YukiRoundingSeen()),
        found=sum(part.found for part in parts),
        findings=tuple(findings),
    )


def _joined(tallies: Iterable[Tally]) -> Tally:
    joined = Tally()
    for tally in tallies:
        joined = joined.join(tally)
    return joined
