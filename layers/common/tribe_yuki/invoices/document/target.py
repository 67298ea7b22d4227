"""What the customer was asked to pay: from what Tribe states, the paper, and how Tribe rounds (design 6.5)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import get_args

from tribe_yuki.connections.settings import AmountMeaning, LineTotals, TotalsReading, TribeRounding
from tribe_yuki.core.money import CENT, to_cents
from tribe_yuki.invoices.document.printed_total import printed_total
from tribe_yuki.invoices.document.totals import ZERO, Totals
from tribe_yuki.invoices.document.tribe_rounding import (
    WAYS_TO_ROUND,
    LineAmounts,
    WayToRound,
    left_of_document,
    lines_with_amount,
    totals_in_tribe,
)
from tribe_yuki.invoices.model import TribeInvoice, TribeInvoiceLine

LEAST_ALLOWED = 5 * CENT
HALF_A_CENT = CENT / 2
# What doubles make of an amount is no other amount.
_NOISE = Decimal("1e-6")

type PaperText = Callable[[], str | None]
"""Gives the text of an invoice's paper; None where there is none, or it cannot be read."""


def no_paper() -> None:
    """Give no text: the paper is not asked."""


class TargetFrom(StrEnum):
    """How it is known what the customer was asked to pay."""

    SINGLE = "single"
    PDF = "pdf"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class Target:
    """What the customer was asked to pay, by the likeliest way of rounding that comes to it.

    Where Tribe `contradicts` itself that is only what it states.
    """

    totals: Totals
    found_by: TargetFrom
    rounding: TribeRounding
    contradicts: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Totals by one way of rounding; `is_as_stated` when they are so without moving a cent."""

    rounding: TribeRounding
    totals: Totals
    is_as_stated: bool


def allowed_rounding(lines: int, rates: int) -> Decimal:
    """Return what rounding may come to at most: half a cent for each line and rate, five cents at least."""
    return max(LEAST_ALLOWED, HALF_A_CENT * (lines + rates))


@dataclass(frozen=True)
class Stated:
    """An invoice as Tribe states it, and what its lines come to."""

    invoice: TribeInvoice

    @cached_property
    def lines(self) -> list[LineAmounts]:
        """The amounts of its lines, before the document's discount."""
        return lines_with_amount(self.invoice)

    @cached_property
    def allowed(self) -> Decimal:
        """What rounding may come to at most."""
        return allowed_rounding(len(self.lines), len({line.percentage for line in self.lines}))

    @cached_property
    def vat(self) -> Decimal | None:
        """The VAT of its lines as Tribe states it, before the document's discount or after; None without."""
        parts = [line.vat_amount for line in self.invoice.lines if line.has_amount]
        known = [part for part in parts if part is not None]
        return sum(known, ZERO) if len(known) == len(parts) else None

    @cached_property
    def has_line_totals(self) -> bool:
        """Whether Tribe states the totals of all lines."""
        return all(None not in (line.total_excl, line.total_incl) for line in self.invoice.lines if line.has_amount)

    @property
    def is_silent(self) -> bool:
        """Whether Tribe states nothing that its lines could be compared with."""
        return self.invoice.amount is None and not self.has_line_totals

    @cached_property
    def has_groups_of_one_rate(self) -> bool:
        """Whether VAT groups share a percentage: Tribe may round the VAT of each of them, or of the rate."""
        return len({line.group for line in self.lines}) > len({line.percentage for line in self.lines})

    def totals(self, rounding: TribeRounding, line_totals: LineTotals, *, by_percentage: bool = False) -> Totals:
        """Return what its lines come to when Tribe rounds so, whatever its amount says."""
        left = left_of_document(self.invoice)
        lines = [replace(line, group="") for line in self.lines] if by_percentage else self.lines
        return totals_in_tribe(lines, left, rounding, line_totals, is_vat_included=self.invoice.is_vat_included)

    def shows_lines_of(self, way: WayToRound) -> bool:
        """Whether the lines are rounded as Tribe states them."""
        shown = [line for line in self.invoice.lines if line.has_amount]
        left = left_of_document(self.invoice)
        return all(
            any(_is_shown(line, amounts.times(share).rounded(way)) for share in (Decimal(1), left))
            for line, amounts in zip(shown, self.lines, strict=True)
        )

    @cached_property
    def is_vat_plausible(self) -> bool:
        """Whether the stated VAT is that of the lines' groups, be it before the document's discount or after."""
        ours = sum((line.vat for line in self.lines), ZERO)
        shares = (Decimal(1), left_of_document(self.invoice))
        return self.vat is None or any(abs(self.vat - ours * share) <= self.allowed for share in shares)


def _is_shown(line: TribeInvoiceLine, amounts: LineAmounts) -> bool:
    pairs = ((line.total_excl, amounts.net), (line.vat_amount, amounts.vat))
    return all(stated is None or abs(stated - ours) <= _NOISE for stated, ours in pairs)


def find_target(invoice: TribeInvoice, reading: TotalsReading, paper: PaperText = no_paper) -> Target | None:
    """Return what the customer was asked to pay; None when Tribe states nothing and the paper does not help.

    Where several totals are possible, the one that is printed decides; else the chosen reading, or while there is none,
    what the lines look like.
    """
    stated = Stated(invoice)
    if stated.is_silent:
        return _of_silent(stated, reading, paper)
    found = candidates(stated, reading)
    if not found or not stated.is_vat_plausible:
        rounding = reading.rounding or "rate"
        return Target(_as_it_says(stated, reading), TargetFrom.READING, rounding, contradicts=True)
    return _decided(stated, found, paper)


def shown_total(invoice: TribeInvoice, reading: TotalsReading) -> Decimal | None:
    """Return the total including VAT that Tribe states in a reading, without a look at the paper; None without."""
    target = find_target(invoice, reading)
    return target.totals.incl if target else None


def possible_totals(invoice: TribeInvoice, reading: TotalsReading) -> frozenset[Decimal]:
    """Return the totals including VAT that may stand on the paper of an invoice."""
    stated = Stated(invoice)
    return frozenset(candidate.totals.incl for candidate in candidates(stated, reading))


def candidates(stated: Stated, reading: TotalsReading) -> list[Candidate]:
    """Return the totals that an invoice may have, the chosen reading's first; none when its amount is no sum of lines.

    Where some are just as Tribe states them, the others are none.
    """
    found = list(_each_candidate(stated, reading))
    exact = [candidate for candidate in found if candidate.is_as_stated]
    return exact or found


def _each_candidate(stated: Stated, reading: TotalsReading) -> Iterator[Candidate]:
    computed = [
        (rounding, stated.totals(rounding, line_totals, by_percentage=by_percentage))
        for by_percentage in ((False, True) if stated.has_groups_of_one_rate else (False,))
        for rounding, line_totals in _ways(stated, reading)
    ]
    for meaning in sorted(get_args(AmountMeaning.__value__), key=lambda meaning: meaning != reading.amount):
        for rounding, totals in computed:
            candidate = as_stated(stated, totals, rounding, meaning)
            if candidate is not None:
                yield candidate


def _ways(stated: Stated, reading: TotalsReading) -> list[tuple[TribeRounding, LineTotals]]:
    """Return how Tribe may come from lines to totals, likeliest first."""
    likeliest = reading.rounding or likeliest_rounding(stated)
    roundings = sorted(WAYS_TO_ROUND, key=lambda rounding: rounding != likeliest)
    shares: list[LineTotals] = ["before_document_discount", "after_document_discount"]
    if not stated.invoice.discount_percentage:
        shares = [reading.line_totals]
    shares.sort(key=lambda share: share != reading.line_totals)
    return [(rounding, share) for rounding in roundings for share in shares]


def likeliest_rounding(stated: Stated) -> TribeRounding:
    """Return the first way of rounding in which the lines look as Tribe states them."""
    return next((name for name, way in WAYS_TO_ROUND.items() if stated.shows_lines_of(way)), "rate")


def as_stated(stated: Stated, totals: Totals, rounding: TribeRounding, meaning: AmountMeaning) -> Candidate | None:
    """Return totals with the amount that Tribe states in their place; None when rounding does not explain it."""
    if stated.invoice.amount is None:
        return Candidate(rounding, totals, is_as_stated=True)
    amount = to_cents(stated.invoice.amount)
    moved = amount - (totals.excl if meaning == "excl" else totals.incl)
    if abs(moved) > stated.allowed:
        return None
    if meaning == "incl":
        shown = Totals(amount - totals.vat, totals.vat, amount)
    elif stated.invoice.is_vat_included:
        shown = Totals(amount, totals.incl - amount, totals.incl)
    else:
        shown = Totals(amount, totals.vat, totals.incl + moved)
    return Candidate(rounding, shown, is_as_stated=not moved)


def _decided(stated: Stated, found: Sequence[Candidate], paper: PaperText) -> Target:
    by_total = {candidate.totals.incl: candidate for candidate in reversed(found)}
    first, known_by = found[0], TargetFrom.SINGLE if len(by_total) == 1 else TargetFrom.READING
    text = paper()
    # Where VAT is less than what rounding may come to, the total without VAT lies as near as the other.
    is_telling = not first.totals.vat or abs(first.totals.vat) > stated.allowed
    printed = printed_total(text, by_total, near=stated.allowed if is_telling else ZERO) if text else None
    if printed is None:
        return Target(first.totals, known_by, first.rounding)
    if printed in by_total:
        chosen = by_total[printed]
        return Target(chosen.totals, TargetFrom.SINGLE if len(by_total) == 1 else TargetFrom.PDF, chosen.rounding)
    excl = first.totals.excl
    return Target(Totals(excl, printed - excl, printed), TargetFrom.PDF, first.rounding)


def _of_silent(stated: Stated, reading: TotalsReading, paper: PaperText) -> Target | None:
    text = paper()
    found = {candidate.totals.incl: candidate for candidate in reversed(candidates(stated, reading))}
    printed = printed_total(text, found) if text else None
    return None if printed is None else Target(found[printed].totals, TargetFrom.PDF, found[printed].rounding)


def _as_it_says(stated: Stated, reading: TotalsReading) -> Totals:
    """Return the totals that Tribe states, however little they agree with the lines."""
    computed = stated.totals(reading.rounding or "rate", reading.line_totals)
    left = Decimal(1) if reading.line_totals == "after_document_discount" else left_of_document(stated.invoice)
    vat = computed.vat if stated.vat is None else to_cents(stated.vat * left)
    amount = computed.excl if stated.invoice.amount is None else to_cents(stated.invoice.amount)
    excl = amount if reading.amount == "excl" else amount - vat
    return Totals(excl, vat, excl + vat)
