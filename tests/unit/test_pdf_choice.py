"""Which file is the invoice: by its whole number, else by when it was made; never a reminder (design 6.4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.faults.protections import Protection, without
from tests.support.samples.samples import NOW
from tribe_yuki.invoices.document import pdf_choice
from tribe_yuki.invoices.model import TribeAttachment, TribeInvoice

INVOICE = TribeInvoice(
    tribe_invoice_id="i",
    number="2026-1",
    subject=None,
    phase_code="Sent",
    is_final=True,
    currency="EUR",
    is_vat_included=False,
    discount_percentage=Decimal(0),
    amount=Decimal("100.00"),
    invoice_date=date(2026, 11, 23),
    due_date=None,
    relation=None,
)
DAY = timedelta(days=1)


def chosen(number: str, *files: str | tuple[str, datetime | None]) -> str | None:
    """Return the name of the file that is chosen; what has no instant was made when the invoice was sent."""
    named = [(file, NOW) if isinstance(file, str) else file for file in files]
    attachments = tuple(TribeAttachment(name, name, "application/pdf", made) for name, made in named)
    found = pdf_choice.choose_pdf(replace(INVOICE, number=number, attachments=attachments), NOW)
    return found.file_name if found else None


@pytest.mark.parametrize(
    ("number", "name"),
    [
        *(
            ("2026-1", f"{word}2026-1.pdf")
            for word in ("", "Factuur ", "factuur_", "Invoice-", "FACTUUR nr. ", "Facture n° ")
        ),
        *(("2026-2", f"Creditnota 2026-2{end}") for end in (".pdf", " (1).PDF", " kopie.pdf", "")),
        ("2026/10", "2026-10.pdf"),
        ("F 2026.10", "f_2026_10.pdf"),
        ("A-10", "Factuur A-10.pdf"),
        ("VF26-0001", "Note de crédit VF26-0001.pdf"),
        ("10", "Rechnung 10.pdf"),
        ("2026-1", "Factuur 2026-1 Van den Berg & Zn.pdf"),
        ("2026-1", "Factuur 2026-1_2026-11-23.pdf"),
        ("Offerte-7", "Offerte-7.pdf"),
    ],
)
def test_the_whole_number_with_usual_words_around_it_names_the_invoice(number: str, name: str) -> None:
    assert chosen(number, ("Overzicht.pdf", NOW), (name, NOW - 30 * DAY)) == name


@pytest.mark.parametrize(
    ("number", "name"),
    [
        *(("2026-1", f"{word} 2026-1.pdf") for word in ("Aanmaning factuur", "2e herinnering", "Betalingsherinnering")),
        *(
            ("2026-1", f"{word} 2026-1.pdf")
            for word in ("Rappel facture", "Mise en demeure", "Reminder invoice", "Sommatie")
        ),
        *(("2026-10", f"{word} 2026-10.pdf") for word in ("Urenstaat bij factuur", "Timesheet", "Bijlage bij factuur")),
        *(("2026-1", f"{word} 2026-1.pdf") for word in ("Pro forma", "Offerte", "Pakbon", "Zahlungserinnerung")),
        *(
            ("2026-1", f"Factuur {other}.pdf")
            for other in ("2026-10", "2026-25", "2026-1-2", "2025-2026-1", "2026-1/B")
        ),
        *(("2026-2", f"Creditnota {other}.pdf") for other in ("2026-25", "2026-20", "12026-2", "2026-2A")),
        ("10", "Factuur A-10.pdf"),
        ("20260001", "Factuur 20260002.pdf"),
    ],
)
def test_a_reminder_a_timesheet_and_another_invoice_are_not_it(number: str, name: str) -> None:
    assert chosen(number, (name, NOW + timedelta(seconds=1)), (f"Factuur {number}.pdf", NOW)) == f"Factuur {number}.pdf"
    assert chosen(number, (name, NOW - 30 * DAY)) is None, "not even when there is nothing else"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["Factuur 2026-1.pdf", "2026-1.pdf"], "2026-1.pdf"),
        (["Factuur 2026-1 Jansen.pdf", "Factuur 2026-1.pdf"], "Factuur 2026-1.pdf"),
        (["document.pdf", "Jansen 2026-1.pdf"], "Jansen 2026-1.pdf"),
        ([("document.pdf", NOW - timedelta(minutes=2)), ("later.pdf", NOW + timedelta(minutes=50))], "document.pdf"),
        ([("old.pdf", NOW - 9 * DAY), ("document.pdf", NOW - DAY)], "document.pdf"),
        ([("contract.pdf", NOW - 9 * DAY)], None),
        ([("mail.pdf", NOW + 9 * DAY)], None),
        ([("undated.pdf", None)], "undated.pdf"),
        ([("undated.pdf", None), ("made at once.pdf", NOW)], "made at once.pdf"),
        (["Aanmaning factuur 2026-1.pdf", "document.pdf"], "document.pdf"),
        (["Factuur januari 2026.pdf"], "Factuur januari 2026.pdf"),
        ([("Factuur 2026-1.pdf", NOW + 3 * DAY), ("Factuur 2026-1.PDF", NOW - DAY)], "Factuur 2026-1.PDF"),
        ([], None),
    ],
)
def test_the_surest_name_comes_first_then_the_nearest_to_the_sending(
    files: Sequence[str | tuple[str, datetime | None]], expected: str | None
) -> None:
    assert chosen("2026-1", *files) == expected


def test_other_kinds_of_files_are_not_it() -> None:
    picture = TribeAttachment("a", "2026-1.pdf", "image/png", NOW)
    assert pdf_choice.choose_pdf(replace(INVOICE, attachments=(picture,)), NOW) is None


def test_a_number_that_counts_as_a_part_of_a_name_would_bring_in_a_reminder() -> None:
    with without(Protection.NAMES_OF_PDFS):
        assert chosen("2026-1", "Aanmaning factuur 2026-10.pdf") == "Aanmaning factuur 2026-10.pdf"
