"""A line that makes Yuki's totals those of Tribe, where a person asked for it (design 6.5)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from tribe_yuki.core.money import CENT
from tribe_yuki.invoices.document.totals import Totals, line_amount, yuki_totals
from tribe_yuki.invoices.model import SalesInvoiceLine

DESCRIPTION = "Afronding"
# More than this is no rounding but another amount.
MOST_CENTS = 5


def rounding_line(
    lines: Sequence[SalesInvoiceLine], wanted: Totals, vat_rounding: Literal["rate", "line", "document"]
) -> SalesInvoiceLine | None:
    """Return a line of a few cents with which the totals are the wanted ones, or at least the one including VAT.

    It has the VAT code and the ledger account of the largest line with which that works. None when no line does.
    """
    candidates = [(line, yuki_totals([*lines, line], vat_rounding)) for line in _candidates(lines)]
    equal = [line for line, totals in candidates if totals == wanted]
    near = [line for line, totals in candidates if totals.incl == wanted.incl and _is_near(totals, wanted)]
    return next(iter([*equal, *near]), None)


def _candidates(lines: Sequence[SalesInvoiceLine]) -> Iterator[SalesInvoiceLine]:
    by_size = sorted(lines, key=lambda line: abs(line_amount(line)), reverse=True)
    for line in by_size:
        for cents in range(1, MOST_CENTS + 1):
            for price in (CENT * cents, -CENT * cents):
                yield replace(
                    line,
                    description=DESCRIPTION,
                    product_description=DESCRIPTION,
                    product_reference=None,
                    quantity=Decimal(1 if price > 0 else -1),
                    price=abs(price),
                )


def _is_near(totals: Totals, wanted: Totals) -> bool:
    most = CENT * MOST_CENTS
    return abs(totals.excl - wanted.excl) <= most and abs(totals.vat - wanted.vat) <= most
