"""Our totals are those that Yuki will compute."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.details import told
from tests.support.samples.amounts import tribe_invoice, tribe_line
from tribe_yuki.invoices.document.totals import Totals, YukiRounding, yuki_totals
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoiceLine


def line(quantity: str, price: str, percentage: str = "21", *, included: bool = False) -> SalesInvoiceLine:
    return SalesInvoiceLine(
        description="x",
        quantity=Decimal(quantity),
        price=Decimal(price),
        product_description="x",
        product_reference=None,
        vat_type=1,
        vat_percentage=Decimal(percentage),
        vat_description=None,
        vat_included=included,
        gl_account="80000",
    )


def totals(excl: str, vat: str, incl: str) -> Totals:
    return Totals(Decimal(excl), Decimal(vat), Decimal(incl))


FIVE_HALVES = [line("1", "0.50")] * 5
TWO_RATES = [line("1", "0.05", "21"), line("1", "0.05", "9"), line("1", "0.05", "6")]


@pytest.mark.parametrize(
    ("rounding", "lines", "expected"),
    [
        ("rate", FIVE_HALVES, totals("2.50", "0.53", "3.03")),
        ("line", FIVE_HALVES, totals("2.50", "0.55", "3.05")),
        ("document", FIVE_HALVES, totals("2.50", "0.53", "3.03")),
        ("rate", TWO_RATES, totals("0.15", "0.01", "0.16")),
        ("document", TWO_RATES, totals("0.15", "0.02", "0.17")),
        ("rate", [line("3", "9.99", included=True)], totals("24.77", "5.20", "29.97")),
        ("line", [line("3", "9.99", included=True)], totals("24.77", "5.20", "29.97")),
        ("document", [line("3", "9.99", included=True)], totals("24.77", "5.20", "29.97")),
        ("rate", [line("-2", "10")], totals("-20.00", "-4.20", "-24.20")),
    ],
)
def test_vat_is_rounded_as_the_setting_says(
    rounding: YukiRounding, lines: list[SalesInvoiceLine], expected: Totals
) -> None:
    assert yuki_totals(lines, rounding) == expected


def test_only_what_sells_nothing_and_shows_no_amount_is_empty() -> None:
    text = TribeInvoiceLine("t", "Tekst", Decimal(1), Decimal(0))
    given_away = replace(tribe_line("1", "5"), discount_percentage=Decimal(100))
    empty = tribe_invoice(text, amount="0")
    assert empty.is_empty
    assert replace(empty, lines=(), amount=None).is_empty
    assert not replace(empty, lines=(text, given_away)).is_empty
    assert not replace(empty, amount=Decimal("0.01")).is_empty
    assert not replace(empty, flaws=told("line 1 has no price in USD")).is_empty
