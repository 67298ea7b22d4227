"""Add up an invoice: what Yuki computes from quantity, price and VAT code."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from simulators.yuki.invoices import ZERO, cents
from simulators.yuki.products import Line


@dataclass(frozen=True)
class Totals:
    """The totals of an invoice in its own currency."""

    excl: Decimal
    vat: Decimal
    incl: Decimal


def line_amount(quantity: Decimal, price: Decimal) -> Decimal:
    """Return a line's amount: quantity times price in cents, half away from zero."""
    return cents(quantity * price)


def add_up(lines: Iterable[Line], rounding: str) -> Totals:
    """Return the totals of some lines.

    `rounding` says where VAT is rounded: on each `line`, on the sum of each VAT code (`rate`), or once on the
    whole `document`. Of lines with VAT included, the VAT is taken out of the amount; of others it is added.
    """
    sums: dict[tuple[object, ...], tuple[Decimal, Decimal, bool]] = {}
    for number, line in enumerate(lines):
        key: tuple[object, ...] = (line.vat_included, line.vat_type, line.vat_percentage, line.vat_description)
        if rounding == "line":
            key = (*key, number)
        amount = sums.get(key, (ZERO,))[0] + line.amount
        sums[key] = (amount, line.vat_percentage, line.vat_included)
    excluded = [(amount, percentage) for amount, percentage, included in sums.values() if not included]
    included = [(amount, percentage) for amount, percentage, included in sums.values() if included]
    added = _rounded((amount * percentage / 100 for amount, percentage in excluded), rounding)
    contained = _rounded((amount * percentage / (100 + percentage) for amount, percentage in included), rounding)
    excl = sum((amount for amount, _ in (*excluded, *included)), ZERO) - contained
    vat = added + contained
    return Totals(excl=excl, vat=vat, incl=excl + vat)


def _rounded(amounts: Iterable[Decimal], rounding: str) -> Decimal:
    if rounding == "document":
        return cents(sum(amounts, ZERO))
    return sum((cents(amount) for amount in amounts), ZERO)
