"""Learn from invoices how Tribe's totals are to be understood, and how sure that is (design 6.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import get_args

from tribe_yuki.connections.settings import AmountMeaning, LineTotals, TotalsReading, TribeRounding
from tribe_yuki.invoices.document.printed_total import printed_total
from tribe_yuki.invoices.document.target import Stated, as_stated, candidates
from tribe_yuki.invoices.document.tribe_rounding import WAYS_TO_ROUND
from tribe_yuki.invoices.model import TribeInvoice


@dataclass(frozen=True, slots=True)
class Sample:
    """An invoice, and the text of its paper where that is known."""

    invoice: TribeInvoice
    paper: str | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """The best reading of some invoices.

    It `fits` so many `of` them to the cent: the amount that Tribe states, and where the paper names a total, that.
    `told_by_paper` counts those papers of which another way of rounding would have another total; `equals` are all
    readings that fit as well.
    """

    equals: tuple[TotalsReading, ...]
    fits: int
    of: int
    told_by_paper: int = 0

    @property
    def reading(self) -> TotalsReading:
        """The likeliest reading."""
        return self.equals[0]

    @property
    def rivals(self) -> tuple[TribeRounding, ...]:
        """The ways of rounding that fit as well as the likeliest."""
        roundings = (each.rounding for each in self.equals if each.rounding)
        return tuple(name for name in dict.fromkeys(roundings) if name != self.reading.rounding)

    def is_as_good(self, reading: TotalsReading) -> bool:
        """Whether a reading fits as well."""
        return reading in self.equals

    def agrees_but_for_rounding(self, reading: TotalsReading) -> bool:
        """Whether a reading fits as well that leaves out how Tribe rounds."""
        return any((each.amount, each.line_totals) == (reading.amount, reading.line_totals) for each in self.equals)


@dataclass(slots=True)
class _Evidence:
    papers: int = 0
    amounts: int = 0
    looks: int = 0
    fits: int = 0

    @property
    def weight(self) -> tuple[int, int, int]:
        return self.papers, self.amounts, self.looks


type _Key = tuple[AmountMeaning, LineTotals, TribeRounding]


@dataclass(frozen=True, slots=True)
class _Tally:
    """What speaks for each reading: papers weigh more than amounts, and these more than the look of lines."""

    readings: Mapping[_Key, _Evidence] = field(
        default_factory=lambda: {
            (meaning, share, rounding): _Evidence()
            for meaning in get_args(AmountMeaning.__value__)
            for share in get_args(LineTotals.__value__)
            for rounding in WAYS_TO_ROUND
        }
    )

    def add(self, stated: Stated, printed: Decimal | None) -> None:
        looks = {rounding for rounding, way in WAYS_TO_ROUND.items() if stated.shows_lines_of(way)}
        totals = {
            (share, rounding): stated.totals(rounding, share)
            for share in get_args(LineTotals.__value__)
            for rounding in WAYS_TO_ROUND
        }
        for (meaning, share, rounding), evidence in self.readings.items():
            candidate = as_stated(stated, totals[share, rounding], rounding, meaning)
            if candidate is None:
                continue
            is_printed = printed in (None, candidate.totals.incl)
            evidence.papers += printed == candidate.totals.incl
            evidence.amounts += candidate.is_as_stated
            evidence.looks += rounding in looks
            evidence.fits += is_printed and candidate.is_as_stated

    def best(self) -> Iterator[_Key]:
        """Yield the readings that most speaks for, the likeliest first."""
        most = max(evidence.weight for evidence in self.readings.values())
        yield from (key for key, evidence in self.readings.items() if evidence.weight == most)


def learn(samples: Sequence[Sample]) -> Learned | None:
    """Return the reading that fits some invoices best; None without an invoice whose amount is the sum of its lines."""
    tally, of, told = _Tally(), 0, 0
    for sample in samples:
        stated = Stated(sample.invoice)
        totals = {candidate.totals.incl for candidate in candidates(stated, TotalsReading())}
        if stated.is_silent or not totals:
            continue
        of += 1
        printed = printed_total(sample.paper, totals, near=stated.allowed) if sample.paper else None
        told += printed is not None and len(totals) > 1
        tally.add(stated, printed)
    if not of:
        return None
    best = list(tally.best())
    equals = tuple(TotalsReading(amount=meaning, line_totals=share, rounding=way) for meaning, share, way in best)
    return Learned(equals, tally.readings[best[0]].fits, of, told)
