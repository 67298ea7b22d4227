"""A line that brings Yuki to what the customer was asked to pay, where only rounding lies between (design 6.5)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import TribeRounding
from tribe_yuki.core.money import CENT, to_cents
from tribe_yuki.invoices.document.pieces import piece
from tribe_yuki.invoices.document.target import HALF_A_CENT
from tribe_yuki.invoices.document.totals import (
    HUNDRED,
    ZERO,
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
from tribe_yuki.invoices.document.tribe_rounding import VatInTribe
from tribe_yuki.invoices.model import SalesInvoiceLine

ROUNDING = "Afronding"
# Around the amount that is missing, VAT on it and its rounding allowing.
_CENTS_AROUND = (0, 1, -1, 2, -2)
# Nine cents at 6 % change VAT by a cent.
_CENTS_THAT_CANCEL = tuple(sign * cents for cents in range(1, 11) for sign in (1, -1))


type IsVatRight = Callable[[ByCode], bool]


@dataclass(frozen=True, slots=True)
class Rounder:
    """Brings lines to a total: by at most `allowed` a line, on `account`, or on that of the largest line.

    `without_vat` is the code for what VAT's own rounding makes unreachable, where the administration has such a code.
    The VAT of each code is to be what Tribe charges that rounds as `rounding` says; failing that, as any Tribe may.
    """

    lines: Sequence[SalesInvoiceLine]
    vat_rounding: YukiRounding
    vat_in_tribe: Mapping[CodeOfVat, VatInTribe]
    rounding: TribeRounding
    allowed: Decimal
    account: str | None
    without_vat: VatCode | None
    may_move_vat: bool = False

    def lines_to(self, incl: Decimal) -> list[SalesInvoiceLine] | None:
        """Return the lines, if any, with which Yuki comes to a total including VAT; None when none do.

        It is a line with the VAT code of the largest base, else another rate, else none; or both, where only that makes
        the VAT of a rate right.
        """
        groups = by_code(self.lines)
        missing = incl - totals_of(groups, self.vat_rounding).incl
        if not missing and not self._is_vat_off(groups):
            return []
        for is_right in self._standards():
            if not missing and is_right(groups):
                return []
            found = self._of_a_rate(groups, missing, is_right) or self._without_vat(groups, missing, is_right)
            if found := found or self._of_both(groups, missing, is_right):
                return found
        return None

    def _standards(self) -> Iterator[IsVatRight]:
        yield lambda groups: not self._is_vat_off(groups, with_exact=True)
        yield lambda groups: not self._is_vat_off(groups)
        yield lambda groups: not vat_differences(groups, self.vat_rounding, self.vat_in_tribe)
        if self.may_move_vat:
            yield lambda _: True

    def _is_vat_off(self, groups: ByCode, *, with_exact: bool = False) -> bool:
        """Whether the VAT of a code is not what Tribe charges, or with that what it would be without any rounding."""
        for code, vat in vat_by_code(groups, self.vat_rounding).items():
            tribe = self.vat_in_tribe.get(code, VatInTribe())
            wanted = (*tribe.charged(self.rounding), *((tribe.exact,) if with_exact else ()))
            if any(abs(vat - charged) > _allowed_vat(tribe) for charged in wanted):
                return True
        return False

    def _of_a_rate(self, groups: ByCode, missing: Decimal, is_right: IsVatRight) -> list[SalesInvoiceLine]:
        for line, group in self._by_base(groups):
            for amount in _amounts_near(missing, group):
                changed = _with_amount(groups, line, amount)
                if abs(amount) <= self.allowed and not self._left(groups, changed, missing) and is_right(changed):
                    return [self._line(line, amount)]
        return []

    def _without_vat(self, groups: ByCode, missing: Decimal, is_right: IsVatRight) -> list[SalesInvoiceLine]:
        if self.without_vat is None or not ZERO < abs(missing) <= self.allowed or not is_right(groups):
            return []
        return [self._line(_with_code(self.lines[0], self.without_vat), missing)]

    def _of_both(self, groups: ByCode, missing: Decimal, is_right: IsVatRight) -> list[SalesInvoiceLine]:
        """Return a line of a rate and one without VAT that nearly cancel, so that only VAT changes."""
        if self.without_vat is None or abs(missing) > self.allowed:
            return []
        for line, _ in self._by_base(groups):
            for cents in _CENTS_THAT_CANCEL:
                changed = _with_amount(groups, line, cents * CENT)
                left = self._left(groups, changed, missing)
                if left and is_right(changed):
                    rest = self._line(_with_code(self.lines[0], self.without_vat), left)
                    return [self._line(line, cents * CENT), rest]
        return []

    def _left(self, groups: ByCode, changed: ByCode, missing: Decimal) -> Decimal:
        """Return what is missing still, once the lines are changed."""
        return missing + totals_of(groups, self.vat_rounding).incl - totals_of(changed, self.vat_rounding).incl

    def _by_base(self, groups: ByCode) -> Iterator[tuple[SalesInvoiceLine, LinesOfCode]]:
        """Yield a line and the sum of each VAT code that has VAT, the largest base first."""
        firsts = {(vat_code_of(line), line.vat_included): line for line in reversed(self.lines)}
        for key in sorted(groups, key=lambda key: abs(groups[key].amount), reverse=True):
            if groups[key].percentage:
                yield firsts[key], groups[key]

    def _line(self, line: SalesInvoiceLine, amount: Decimal) -> SalesInvoiceLine:
        largest = max(self.lines, key=lambda line: abs(line_amount(line)))
        named = replace(
            line,
            description=ROUNDING,
            product_description=ROUNDING,
            product_reference=None,
            gl_account=self.account or largest.gl_account,
        )
        return piece(named, amount)


def _with_amount(groups: ByCode, line: SalesInvoiceLine, amount: Decimal) -> ByCode:
    key = vat_code_of(line), line.vat_included
    return {**groups, key: groups[key].plus(amount)}


@dataclass(frozen=True, slots=True)
class VatDifference:
    """The VAT of a code that Yuki would book otherwise than the customer pays it."""

    percentage: Decimal
    tribe: Decimal
    yuki: Decimal


def vat_differences(
    groups: ByCode, rounding: YukiRounding, vat_in_tribe: Mapping[CodeOfVat, VatInTribe]
) -> list[VatDifference]:
    """Return where VAT is none that the customer may pay: within half a cent for each line of the code, or a cent."""
    found = []
    for code, vat in vat_by_code(groups, rounding).items():
        expected = vat_in_tribe.get(code, VatInTribe())
        if expected.distance_to(vat) > _allowed_vat(expected):
            found.append(VatDifference(code[1], expected.exact, vat))
    return found


def _allowed_vat(expected: VatInTribe) -> Decimal:
    return max(CENT, HALF_A_CENT * expected.lines)


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
