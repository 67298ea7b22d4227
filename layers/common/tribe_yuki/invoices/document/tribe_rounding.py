"""What Tribe may ask of a customer: an invoice's totals under each way in which Tribe may round (design 6.5).

Tribe does not document how it rounds. Its fields and its paper show it; `learned.py` finds it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tribe_yuki.connections.settings import LineTotals, TribeRounding
from tribe_yuki.core.money import to_cents
from tribe_yuki.invoices.document.totals import HUNDRED, ZERO, Totals
from tribe_yuki.invoices.model import TribeInvoice, TribeInvoiceLine


@dataclass(frozen=True, slots=True)
class WayToRound:
    """Whether the amount of each line is in cents; what VAT is computed from; and where VAT is rounded.

    `vat_of` is the line as it is, the line in cents, or the sum of a rate in cents.
    """

    are_lines_in_cents: bool
    vat_of: Literal["line", "line_in_cents", "rate_in_cents"]
    vat_rounded: Literal["never", "by_line", "by_rate", "once"]


WAYS_TO_ROUND: Mapping[TribeRounding, WayToRound] = {
    "rate": WayToRound(are_lines_in_cents=False, vat_of="line", vat_rounded="by_rate"),
    "line_net": WayToRound(are_lines_in_cents=True, vat_of="line_in_cents", vat_rounded="by_rate"),
    "line_net_and_vat": WayToRound(are_lines_in_cents=True, vat_of="line_in_cents", vat_rounded="by_line"),
    "document": WayToRound(are_lines_in_cents=False, vat_of="line", vat_rounded="once"),
    "none": WayToRound(are_lines_in_cents=False, vat_of="line", vat_rounded="never"),
    "rate_net": WayToRound(are_lines_in_cents=False, vat_of="rate_in_cents", vat_rounded="by_rate"),
    "rate_net_document": WayToRound(are_lines_in_cents=False, vat_of="rate_in_cents", vat_rounded="once"),
    "line_net_document": WayToRound(are_lines_in_cents=True, vat_of="line_in_cents", vat_rounded="once"),
    "line_net_only": WayToRound(are_lines_in_cents=True, vat_of="line_in_cents", vat_rounded="never"),
    "line_net_exact_vat": WayToRound(are_lines_in_cents=True, vat_of="line", vat_rounded="by_rate"),
    "line_each": WayToRound(are_lines_in_cents=True, vat_of="line", vat_rounded="by_line"),
    "line_vat": WayToRound(are_lines_in_cents=False, vat_of="line", vat_rounded="by_line"),
}


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """A line after its discount, or the lines of a VAT group: without VAT, the VAT, and with VAT."""

    net: Decimal
    vat: Decimal
    gross: Decimal
    percentage: Decimal
    group: str = ""

    def times(self, factor: Decimal) -> "LineAmounts":
        """Return a share of the line, as a discount leaves it."""
        return LineAmounts(self.net * factor, self.vat * factor, self.gross * factor, self.percentage, self.group)

    def rounded(self, way: WayToRound) -> "LineAmounts":
        """Return the line as Tribe shows it that rounds in this way."""
        net, gross = (to_cents(self.net), to_cents(self.gross)) if way.are_lines_in_cents else (self.net, self.gross)
        vat = net * self.percentage / HUNDRED if way.vat_of == "line_in_cents" else self.vat
        return LineAmounts(
            net, to_cents(vat) if way.vat_rounded == "by_line" else vat, gross, self.percentage, self.group
        )


def exact_amounts(line: TribeInvoiceLine, *, is_vat_included: bool) -> LineAmounts:
    """Return quantity times price less the line's discount, not rounded, with VAT as the line's group has it."""
    amount = line.quantity * line.price * (HUNDRED - line.discount_percentage) / HUNDRED
    percentage = (line.vat_group.percentage if line.vat_group else None) or ZERO
    group = line.vat_group.tribe_vat_group_id if line.vat_group else ""
    if is_vat_included:
        net = amount * HUNDRED / (HUNDRED + percentage)
        return LineAmounts(net, amount - net, amount, percentage, group)
    vat = amount * percentage / HUNDRED
    return LineAmounts(amount, vat, amount + vat, percentage, group)


def lines_with_amount(invoice: TribeInvoice) -> list[LineAmounts]:
    """Return the amounts of the lines that are no text, before the document's discount."""
    return [exact_amounts(line, is_vat_included=invoice.is_vat_included) for line in invoice.lines if line.has_amount]


def left_of_document(invoice: TribeInvoice) -> Decimal:
    """Return which share of the lines the document's discount leaves."""
    return (HUNDRED - invoice.discount_percentage) / HUNDRED


def totals_in_tribe(
    lines: Sequence[LineAmounts],
    left: Decimal,
    rounding: TribeRounding,
    line_totals: LineTotals,
    *,
    is_vat_included: bool,
) -> Totals:
    """Return the totals of lines of which a document's discount leaves a share.

    Prices with VAT make the total with VAT exact; what Tribe rounds then is what it shows without.
    """
    way = WAYS_TO_ROUND[rounding]
    if line_totals == "after_document_discount":
        shown = [line.times(left).rounded(way) for line in lines]
        rates = _by_rate(shown)
    else:
        rates = [rate.times(left) for rate in _by_rate(line.rounded(way) for line in lines)]
    if way.vat_of == "rate_in_cents":
        rates = [_from_net_in_cents(rate) for rate in rates]
    excl = to_cents(sum((rate.net for rate in rates), ZERO))
    incl = to_cents(sum((rate.gross for rate in rates), ZERO)) if is_vat_included else _total(rates, excl, way)
    return Totals(excl, incl - excl, incl)


def _total(rates: Sequence[LineAmounts], excl: Decimal, way: WayToRound) -> Decimal:
    match way.vat_rounded:
        case "never":
            return to_cents(sum((rate.net + rate.vat for rate in rates), ZERO))
        case "once":
            return excl + to_cents(sum((rate.vat for rate in rates), ZERO))
        case _:
            return excl + sum((to_cents(rate.vat) for rate in rates), ZERO)


def _by_rate(lines: Iterable[LineAmounts]) -> list[LineAmounts]:
    rates: dict[tuple[str, Decimal], LineAmounts] = {}
    for line in lines:
        key = line.group, line.percentage
        sums = rates.get(key) or LineAmounts(ZERO, ZERO, ZERO, line.percentage)
        rates[key] = LineAmounts(sums.net + line.net, sums.vat + line.vat, sums.gross + line.gross, line.percentage)
    return list(rates.values())


def _from_net_in_cents(rate: LineAmounts) -> LineAmounts:
    net = to_cents(rate.net)
    return LineAmounts(net, net * rate.percentage / HUNDRED, rate.gross, rate.percentage)


@dataclass(frozen=True, slots=True)
class VatInTribe:
    """The VAT of lines of one code: not rounded, of each line in cents, and rounded by line; and how many they are."""

    exact: Decimal = ZERO
    of_lines_in_cents: Decimal = ZERO
    by_line: Decimal = ZERO
    lines: int = 0

    def plus(self, line: LineAmounts, left: Decimal) -> "VatInTribe":
        """Return it with another line, of which the document's discount leaves a share."""
        in_cents = to_cents(line.net) * line.percentage / HUNDRED
        return VatInTribe(
            self.exact + line.vat * left,
            self.of_lines_in_cents + in_cents * left,
            self.by_line + to_cents(in_cents) * left,
            self.lines + 1,
        )

    def charged(self, rounding: TribeRounding) -> tuple[Decimal, ...]:
        """Return the VAT that a Tribe charges that rounds so, in cents, and before it rounds the whole."""
        way = WAYS_TO_ROUND[rounding]
        if way.vat_rounded == "by_line":
            return (to_cents(self.by_line),)
        vat = self.of_lines_in_cents if way.vat_of == "line_in_cents" else self.exact
        return (to_cents(vat), self.exact) if way.vat_rounded == "by_rate" else (self.exact,)

    def distance_to(self, vat: Decimal) -> Decimal:
        """Return how far a VAT lies outside of all that a Tribe may charge, however it rounds."""
        low, *_, high = sorted((self.exact, self.of_lines_in_cents, self.by_line))
        return max(low - vat, vat - high, ZERO)
