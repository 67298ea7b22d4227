"""What people reported in public of invoices a cent off, given away, or of texts alone: booked as the paper says.

Tribe states and prints each case as its switches say, and Yuki adds up what it gets, in each way in which it may
round: the total is the customer's, and VAT is that of each rate (design 6.5). The page has the sources.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from simulators.yuki.products import Line as BookedLine
from simulators.yuki.totals import add_up, line_amount
from tests.support.outside.stated_invoices import Stated, stated
from tests.support.samples.public_cases import CASES, PAPERS, TOLD, Case, Paper
from tests.support.samples.samples import settings
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.settings import ConnectionSettings, VatRule
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.document.customer_vat import CustomerVat
from tribe_yuki.invoices.document.invoice import map_invoice
from tribe_yuki.invoices.document.pdf_text import pdf_text
from tribe_yuki.invoices.document.printed_total import printed_total
from tribe_yuki.invoices.model import SalesInvoiceContact, SalesInvoiceLine

# Yuki's types of VAT codes by percentage (yuki-api 4.5); the Belgian rates are here, too.
VAT_TYPES = {0: 0, 21: 1, 9: 2, 12: 1, 6: 2}
ACCOUNTS = ("80000", "80100", "80300")
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "public-cases.md"
CONTACT = SalesInvoiceContact("D-10001", "Klant B.V.", ContactKind.ORGANISATION, "NL")
BOOKS = AdministrationCodes(
    tuple(VatCode(vat_type, Decimal(percentage), "", "NL") for percentage, vat_type in VAT_TYPES.items()),
    tuple(GlAccount(code, 4, 0, True, "Omzet") for code in ACCOUNTS),
)
ROUNDINGS = ("rate", "line", "document")


@cache
def of_place(place: int) -> Stated:
    """Return what Tribe states of the case at a place of the table."""
    return of_case(CASES[place])


def of_case(case: Case) -> Stated:
    """Return what Tribe states of a case, and the paper."""
    return stated(case.lines, case.switches, DiscountPercentage=case.discount, IsVatIncluded=case.is_vat_included)


def mapping() -> ConnectionSettings:
    """Return settings that map each VAT group, whose code begins with its percentage."""
    groups = {f"{line.percentage}{line.group}": line.percentage for case in CASES for line in case.lines}
    rules = tuple(
        VatRule(vat_group=code, vat_type=VAT_TYPES[percentage], percentage=Decimal(percentage))
        for code, percentage in groups.items()
    )
    return settings(vat_rules=rules, default_ledger_account=ACCOUNTS[0], rounding_ledger_account=ACCOUNTS[0])


SETTINGS = mapping()


def booked(line: SalesInvoiceLine) -> BookedLine:
    """Return a line as Yuki books it."""
    return BookedLine(
        description=line.description,
        remarks="",
        quantity=line.quantity,
        price=line.price,
        product=line.product_description,
        product_reference=line.product_reference or "",
        vat_type=line.vat_type,
        vat_percentage=line.vat_percentage,
        vat_description=line.vat_description or "",
        vat_included=line.vat_included,
        gl_account=line.gl_account,
        amount=line_amount(line.quantity, line.price),
    )


def document_lines(asked: Stated, rounding: str) -> list[BookedLine]:
    """Return the lines that Yuki gets, where it rounds VAT in some way."""
    document = map_invoice(
        asked.invoice,
        CONTACT,
        CustomerVat("NL", None),
        BOOKS,
        SETTINGS.model_copy(update={"vat_rounding": rounding}),
        paper=lambda: pdf_text(asked.document),
    ).document
    return [booked(line) for line in document.lines]


def vat_of_customer(case: Case) -> dict[int, Decimal]:
    """Return the VAT by percentage as it is before anything is rounded."""
    vats = defaultdict[int, Decimal](Decimal)
    for line in case.lines:
        amount = Decimal(str(line.quantity or 0)) * Decimal(str(line.price or 0))
        for discount in (line.discount, case.discount):
            amount *= 1 - Decimal(str(discount)) / 100
        vats[line.percentage] += amount * line.percentage / (100 + line.percentage * case.is_vat_included)
    return vats


def vat_of_yuki(lines: Sequence[BookedLine], rounding: str) -> dict[int, Decimal]:
    """Return the VAT that Yuki books by percentage."""
    percentages = {int(line.vat_percentage) for line in lines}
    return {one: add_up([line for line in lines if line.vat_percentage == one], rounding).vat for one in percentages}


@pytest.mark.parametrize("place", range(len(CASES)), ids=[case.source for case in CASES])
def test_the_paper_says_what_the_customer_was_asked_to_pay(place: int) -> None:
    text = pdf_text(of_place(place).document)
    assert text is not None
    whole, _, cents = CASES[place].total.removeprefix("-").partition(".")
    sign = "-" if CASES[place].total.startswith("-") else ""
    assert f"Totaal incl. btw € {sign}{int(whole):,}".replace(",", ".") + f",{cents}" in text


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("place", range(len(CASES)), ids=[case.source for case in CASES])
def test_yuki_comes_to_the_same_total_and_the_same_vat(place: int, rounding: str) -> None:
    case, asked = CASES[place], of_place(place)
    lines = document_lines(asked, rounding)
    assert add_up(lines, rounding).incl == Decimal(case.total)
    wanted = vat_of_customer(case)
    for percentage, vat in vat_of_yuki(lines, rounding).items():
        of_rate = sum(line.percentage == percentage for line in case.lines)
        # How amounts become cents is no part of VAT's own rounding.
        bound = max(Decimal("0.01"), Decimal("0.005") * (of_rate + 1))
        assert abs(vat - wanted.get(percentage, Decimal(0))) <= bound, percentage


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("case", TOLD, ids=[case.source for case in TOLD])
def test_what_yuki_cannot_hold_is_told_with_both_amounts(case: Case, rounding: str) -> None:
    with pytest.raises(Held) as told:
        document_lines(of_case(case), rounding)
    assert told.value.reason is HoldReason.TOTALS_DIFFER
    assert f"Totaal incl. btw € {case.total.replace('.', ',')}" in (pdf_text(of_case(case).document) or "")


@pytest.mark.parametrize("paper", PAPERS, ids=[paper.source for paper in PAPERS])
def test_the_total_on_a_paper_is_read_in_every_notation(paper: Paper) -> None:
    possible = [Decimal(total) for total in (*paper.others, paper.total)]
    assert printed_total(paper.text, possible) == Decimal(paper.total)


def test_every_case_has_its_source_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    sources = {case.source for case in (*CASES, *TOLD)} | {paper.source for paper in PAPERS}
    assert {source for source in sources if source.partition(", ")[0] not in page} == set()
