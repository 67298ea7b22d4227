"""The total that a paper names is found among its amounts, in every notation; what is doubtful decides nothing."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.generic import NameObject, StreamObject

from simulators.tribe.pdf import Row, pdf, scan
from tribe_yuki.invoices.document.pdf_text import MOST_BYTES, MOST_OPERATORS, pdf_text
from tribe_yuki.invoices.document.printed_total import printed_total

POSSIBLE = [Decimal("1210.00"), Decimal("1210.01")]


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("Totaal € 1.210,00", "1210.00"),
        ("Totaal incl. btw\n€ 1.210,01", "1210.01"),
        ("Te betalen: 1 210,01 EUR", "1210.01"),
        ("Te betalen 1\u00a0210,01 €", "1210.01"),
        ("Total incl. VAT 1,210.00", "1210.00"),
        ("Total TTC 1210.01", "1210.01"),
        ("Totaal 1210.-", "1210.00"),
        ("Uren 2 1.210,00\nTotaal 1.210,01", "1210.01"),
        ("Uren 1.210,00 1.210,01", None),
        ("Totaal 1.210,00 Totaal 1.210,01", None),
        ("Totaal excl. btw 1.210,00\nBtw 0,01\nTotaal 1.210,01", "1210.01"),
        ("Subtotaal 1.210,00 Totaal incl. btw 1.210,01", "1210.01"),
        ("Totaal excl. btw\nBtw\nTotaal\n1.000,00\n210,00\n1.210,00", "1210.00"),
        ("Totaal 1.210,01\nReeds voldaan 210,01\nTe betalen 1.000,00", "1210.01"),
        ("Vervaldag 12.10.2026, 1.210,00 %, nummer 1.210,00.12", None),
        ("", None),
        ("Geen bedrag", None),
    ],
)
def test_the_printed_total_is_found(text: str, total: str | None) -> None:
    assert printed_total(text, POSSIBLE) == (Decimal(total) if total else None)


@pytest.mark.parametrize("text", ["Totaal -1.210,00", "Totaal € 1.210,00-", "Totaal 1.210,00", "Totaal -/- 1.210,00"])
def test_the_sign_of_a_credit_invoice_may_be_left_out(text: str) -> None:
    assert printed_total(text, [Decimal("-1210.00"), Decimal("-1210.01")]) == Decimal("-1210.00")


def test_a_quantity_before_an_amount_is_no_part_of_it() -> None:
    assert printed_total("Stuks 2 306,29", [Decimal("306.29"), Decimal("306.28")]) == Decimal("306.29")


def test_only_a_total_in_so_many_words_may_be_one_that_nobody_foresaw() -> None:
    near = Decimal("0.05")
    assert printed_total("Totaal incl. btw 1.210,04", POSSIBLE, near=near) == Decimal("1210.04")
    assert printed_total("Te betalen -1.210,04", [Decimal("-1210.00")], near=near) == Decimal("-1210.04")
    assert printed_total("Totaal incl. btw 1.210,06", POSSIBLE, near=near) is None
    assert printed_total("Bedrag 1.210,04", POSSIBLE, near=near) is None


def test_the_text_of_a_paper_is_read() -> None:
    text = pdf_text(pdf([Row("Factuur 2026-1"), Row("Totaal incl. btw", "€ 1.210,01")]))
    assert text is not None
    assert printed_total(text, POSSIBLE) == Decimal("1210.01")


def locked() -> bytes:
    return pdf([Row("Totaal", "1.210,00")], password="geheim")


def with_content(added: bytes) -> bytes:
    """Return a page that names its total, after some more content."""
    writer = PdfWriter(clone_from=BytesIO(pdf([Row("Totaal", "1.210,00")])))
    page = writer.pages[0]
    content = page.get_contents()
    assert content is not None
    stream = StreamObject()
    stream.set_data(added + content.get_data())
    page[NameObject("/Contents")] = stream.flate_encode()
    kept = BytesIO()
    writer.write(kept)
    return kept.getvalue()


def crowded() -> bytes:
    return with_content(b"q Q " * MOST_OPERATORS)


def inflated() -> bytes:
    return with_content(b" " * (MOST_BYTES + 1))


def without_text() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=10, height=10)
    kept = BytesIO()
    writer.write(kept)
    return kept.getvalue()


def test_a_page_with_some_more_on_it_is_read() -> None:
    text = pdf_text(with_content(b"q Q " * 100))
    assert text is not None
    assert printed_total(text, POSSIBLE) == Decimal("1210.00")


@pytest.mark.parametrize(
    "paper",
    [
        scan,
        locked,
        crowded,
        inflated,
        without_text,
        lambda: b"",
        lambda: b"%PDF-1.4\n%%EOF",
        lambda: pdf([Row("Totaal", "1.210,00")])[:300],
        lambda: b"%PDF-1.4\n" + bytes(range(256)) * 400 + b"%%EOF",
    ],
)
def test_a_paper_that_cannot_be_read_says_nothing(paper: Callable[[], bytes]) -> None:
    text = pdf_text(paper())
    assert text is None or printed_total(text, POSSIBLE) is None
