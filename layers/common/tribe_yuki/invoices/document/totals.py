"""What Yuki will make of the lines: amounts, VAT and totals in its own rounding (design 6.5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tribe_yuki.core.money import to_cents
from tribe_yuki.invoices.model import SalesInvoiceLine

HUNDRED = Decimal(100)
ZERO = Decimal(0)

type YukiRounding = Literal["rate", "line", "document"]
YUKI_ROUNDINGS: Sequence[YukiRounding] = ("rate", "line", "document")
type CodeOfVat = tuple[int, Decimal, str | None]
"""Type, percentage and description of a VAT code, by which Yuki tells codes apart."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of an invoice, in cents of its currency."""

    excl: Decimal
    vat: Decimal
    incl: Decimal


@dataclass(frozen=True, slots=True)
class LinesOfCode:
    """The lines of one VAT code that all include VAT, or all do not: amount, unrounded VAT, and VAT rounded by line."""

    percentage: Decimal
    is_vat_included: bool
    amount: Decimal = ZERO
    vat: Decimal = ZERO
    vat_by_line: Decimal = ZERO

    def plus(self, amount: Decimal) -> "LinesOfCode":
        """Return them with another line of an amount."""
        vat = amount * self.percentage / (HUNDRED + self.percentage if self.is_vat_included else HUNDRED)
        return LinesOfCode(
            self.percentage,
            self.is_vat_included,
            self.amount + amount,
            self.vat + vat,
            self.vat_by_line + to_cents(vat),
        )

    def vat_in(self, rounding: YukiRounding) -> Decimal:
        """Return the VAT as Yuki books it; not rounded where it rounds the whole document's."""
        match rounding:
            case "line":
                return self.vat_by_line
            case "rate":
                return to_cents(self.vat)
            case "document":
                return self.vat


type ByCode = Mapping[tuple[CodeOfVat, bool], LinesOfCode]
"""The lines of an invoice by VAT code, and whether their prices include VAT."""


def line_amount(line: SalesInvoiceLine) -> Decimal:
    """Return quantity times price in cents, as Yuki computes it (VAT included where the price includes it)."""
    return to_cents(line.quantity * line.price)


def vat_code_of(line: SalesInvoiceLine) -> CodeOfVat:
    """Return the VAT code of a line."""
    return line.vat_type, line.vat_percentage, line.vat_description


def by_code(lines: Iterable[SalesInvoiceLine]) -> dict[tuple[CodeOfVat, bool], LinesOfCode]:
    """Return what the lines of each VAT code come to."""
    groups: dict[tuple[CodeOfVat, bool], LinesOfCode] = {}
    for line in lines:
        key = vat_code_of(line), line.vat_included
        group = groups.get(key) or LinesOfCode(line.vat_percentage, line.vat_included)
        groups[key] = group.plus(line_amount(line))
    return groups


def yuki_totals(lines: Sequence[SalesInvoiceLine], rounding: YukiRounding) -> Totals:
    """Return the totals that Yuki will compute; its way of rounding VAT is a setting (`vat_rounding`)."""
    return totals_of(by_code(lines), rounding)


def totals_of(groups: ByCode, rounding: YukiRounding) -> Totals:
    """Return the totals of lines by VAT code: VAT is added to prices without it, and taken out of prices with it."""
    added = _vat(groups, rounding, is_included=False)
    contained = _vat(groups, rounding, is_included=True)
    excl = sum((group.amount for group in groups.values()), ZERO) - contained
    return Totals(excl, added + contained, excl + added + contained)


def told_apart(groups: ByCode) -> dict[YukiRounding, Decimal]:
    """Return the totals including VAT by how Yuki rounds; nothing where they are all the same."""
    totals = {rounding: totals_of(groups, rounding).incl for rounding in YUKI_ROUNDINGS}
    return totals if len(set(totals.values())) > 1 else {}


def _vat(groups: ByCode, rounding: YukiRounding, *, is_included: bool) -> Decimal:
    parts = (group.vat_in(rounding) for group in groups.values() if group.is_vat_included is is_included)
    return to_cents(sum(parts, ZERO))


def vat_by_code(groups: ByCode, rounding: YukiRounding) -> dict[CodeOfVat, Decimal]:
    """Return the VAT of each code; not rounded where Yuki rounds the whole document's."""
    vats: dict[CodeOfVat, Decimal] = {}
    for (code, _), group in groups.items():
        vats[code] = vats.get(code, ZERO) + group.vat_in(rounding)
    return vats
