"""A line that brings Yuki to what the customer was asked to pay, where only rounding lies between (design 6.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tribe_yuki.connections.administration import VatCode
from tribe_yuki.core.money import CENT, to_cents
from tribe_yuki.invoices.document.lines import VatInTribe
from tribe_yuki.invoices.document.pieces import piece
from tribe_yuki.invoices.document.target import HALF_A_CENT
from tribe_yuki.invoices.document.totals import (
    HUNDRED,
    ByCode,
    CodeOfVat,
    LinesOfCode,
    YukiRounding,
    by_code,
    line_amount,
    totals_of,
    vat_by_code,
    vat_code_of,
)
from tribe_yuki.invoices.model import SalesInvoiceLine

ROUNDING = "Afronding"
# Around the amount that is missing, VAT on it and its rounding allowing.
_CENTS_AROUND = (0, 1, -1, 2, -2)


@dataclass(frozen=True, slots=True)
class Rounder:
    """Brings lines to a total: by at most `allowed`, with a line on `account`, or on that of the largest line.

    `without_vat` is the code for what VAT's own rounding makes unreachable, where the administration has such a code.
    """

    lines: Sequence[SalesInvoiceLine]
    vat_rounding: YukiRounding
    vat_in_tribe: Mapping[CodeOfVat, VatInTribe]
    allowed: Decimal
    account: str | None
    without_vat: VatCode | None
    may_move_vat: bool = False

    def line_to(self, incl: Decimal) -> SalesInvoiceLine | None:
        """Return the line with which Yuki comes to a total including VAT; None when none does.

        It has the VAT code of the largest base, else another rate, else none.
        """
        groups = by_code(self.lines)
        missing = incl - totals_of(groups, self.vat_rounding).incl
        if not missing:
            return None
        for line, group in self._by_base(groups):
            for amount in _amounts_near(missing, group):
                if abs(amount) <= self.allowed and self._reaches(groups, line, amount, incl):
                    return self._rounding(line, amount)
        if self.without_vat is None or abs(missing) > self.allowed or not self._is_vat_right(groups):
            return None
        return self._rounding(_with_code(self.lines[0], self.without_vat), missing)

    def _by_base(self, groups: ByCode) -> Iterator[tuple[SalesInvoiceLine, LinesOfCode]]:
        """Yield a line and the sum of each VAT code that has VAT, the largest base first."""
        firsts = {(vat_code_of(line), line.vat_included): line for line in reversed(self.lines)}
        for key in sorted(groups, key=lambda key: abs(groups[key].amount), reverse=True):
            if groups[key].percentage:
                yield firsts[key], groups[key]

    def _reaches(self, groups: ByCode, line: SalesInvoiceLine, amount: Decimal, incl: Decimal) -> bool:
        key = vat_code_of(line), line.vat_included
        changed = {**groups, key: groups[key].plus(amount)}
        return totals_of(changed, self.vat_rounding).incl == incl and self._is_vat_right(changed)

    def _is_vat_right(self, groups: ByCode) -> bool:
        return self.may_move_vat or not vat_differences(groups, self.vat_rounding, self.vat_in_tribe)

    def _rounding(self, line: SalesInvoiceLine, amount: Decimal) -> SalesInvoiceLine:
        largest = max(self.lines, key=lambda line: abs(line_amount(line)))
        named = replace(
            line,
            description=ROUNDING,
            product_description=ROUNDING,
            product_reference=None,
            gl_account=self.account or largest.gl_account,
        )
        return piece(named, amount)


@dataclass(frozen=True, slots=True)
class VatDifference:
    """The VAT of a code that Yuki would book otherwise than the customer pays it."""

    percentage: Decimal
    tribe: Decimal
    yuki: Decimal


def vat_differences(
    groups: ByCode, rounding: YukiRounding, vat_in_tribe: Mapping[CodeOfVat, VatInTribe]
) -> list[VatDifference]:
    """Return where VAT is not what the customer pays: within half a cent for each line of the code, a cent at least."""
    found = []
    for code, vat in vat_by_code(groups, rounding).items():
        expected = vat_in_tribe.get(code, VatInTribe())
        if abs(vat - expected.vat) > max(CENT, HALF_A_CENT * expected.lines):
            found.append(VatDifference(code[1], expected.vat, vat))
    return found


def _amounts_near(missing: Decimal, group: LinesOfCode) -> Iterator[Decimal]:
    """Yield amounts of a line that may make up for what is missing, nearest first."""
    nearest = missing if group.is_vat_included else to_cents(missing * HUNDRED / (HUNDRED + group.percentage))
    yield from (amount for cents in _CENTS_AROUND if (amount := nearest + cents * CENT))


def _with_code(line: SalesInvoiceLine, code: VatCode) -> SalesInvoiceLine:
    return replace(
        line,
        vat_type=code.type,
        vat_percentage=code.percentage,
        vat_description=code.description or None,
        vat_included=False,
    )
