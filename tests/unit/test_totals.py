"""Our totals are those that Yuki will compute, and they are compared with Tribe's to the cent."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.details import said, told
from tribe_yuki.connections.settings import TotalsReading
from tribe_yuki.invoices.document.totals import Totals, differences, tribe_totals, yuki_totals
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoice, TribeInvoiceLine, TribeVatGroup


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
def test_vat_is_rounded_as_the_setting_says(rounding: str, lines: list[SalesInvoiceLine], expected: Totals) -> None:
    assert yuki_totals(lines, rounding) == expected  # type: ignore[arg-type]


def invoice(amount: str | None, vat_amounts: list[str | None], discount: str = "0") -> TribeInvoice:
    group = TribeVatGroup("g", "NL-21", None, Decimal(21))
    return TribeInvoice(
        tribe_invoice_id="i",
        number="1",
        subject=None,
        phase_code="Sent",
        is_final=True,
        currency="EUR",
        is_vat_included=False,
        discount_percentage=Decimal(discount),
        amount=Decimal(amount) if amount else None,
        invoice_date=None,
        due_date=None,
        relation=None,
        lines=tuple(
            TribeInvoiceLine(
                "l", "x", Decimal(1), Decimal(1), vat_group=group, vat_amount=Decimal(vat) if vat else None
            )
            for vat in vat_amounts
        ),
    )


@pytest.mark.parametrize(
    ("reading", "amount", "discount", "expected"),
    [
        (TotalsReading(), "2.50", "0", totals("2.50", "0.53", "3.03")),
        (TotalsReading(amount="incl"), "3.03", "0", totals("2.50", "0.53", "3.03")),
        (TotalsReading(), "2.25", "10", totals("2.25", "0.47", "2.72")),
        (TotalsReading(line_totals="after_document_discount"), "2.25", "10", totals("2.25", "0.53", "2.78")),
    ],
)
def test_what_tribe_shows_is_read_as_the_setting_says(
    reading: TotalsReading, amount: str, discount: str, expected: Totals
) -> None:
    assert tribe_totals(invoice(amount, ["0.105"] * 5, discount), reading) == expected


@pytest.mark.parametrize(("quantity", "price", "discount"), [("0", "0", "0"), ("1", "0", "0"), ("0", "5", "0")])
def test_a_text_line_counts_for_nothing_when_tribe_shows_no_totals_for_it(
    quantity: str, price: str, discount: str
) -> None:
    text = TribeInvoiceLine("t", "Uw opdracht van mei", Decimal(quantity), Decimal(price), Decimal(discount))
    priced = invoice("100.00", ["21.00"])
    with_text = replace(priced, lines=(text, *priced.lines, text))
    assert tribe_totals(with_text, TotalsReading()) == totals("100.00", "21.00", "121.00")
    assert not with_text.is_empty


def test_only_what_sells_nothing_and_shows_no_amount_is_empty() -> None:
    text = TribeInvoiceLine("t", "Tekst", Decimal(1), Decimal(0))
    given_away = replace(text, price=Decimal(5), discount_percentage=Decimal(100))
    empty = replace(invoice("0", []), lines=(text,))
    assert empty.is_empty
    assert replace(empty, lines=(), amount=None).is_empty
    assert not replace(empty, lines=(text, given_away)).is_empty
    assert not replace(empty, amount=Decimal("0.01")).is_empty
    assert not replace(empty, flaws=told("line 1 has no price in USD")).is_empty


def test_an_invoice_without_totals_cannot_be_compared() -> None:
    assert tribe_totals(invoice(None, ["1"]), TotalsReading()) is None
    assert tribe_totals(invoice("1", [None]), TotalsReading()) is None


def test_a_cent_too_much_is_a_difference_with_both_amounts() -> None:
    ours, theirs = totals("2.50", "0.53", "3.03"), totals("2.50", "0.55", "3.05")
    assert said(differences(ours, ours, 0)) == ""
    assert said(differences(ours, theirs, 0)) == "VAT 0.55 in Tribe, 0.53 in Yuki; incl. 3.05 in Tribe, 3.03 in Yuki"
    assert said(differences(ours, theirs, 2)) == ""
