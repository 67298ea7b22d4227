"""The simulated Tribe adds up and prints an invoice in every way that Tribe may (tribe-api 6.1, 6.2, 6.4)."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from simulators.tribe import TribeSimulator
from simulators.tribe.paper import PASSWORDS
from tests.support.outside.stated_invoices import newest_document, steer

VAT_GROUPS = {21: "70000000-0000-4000-8000-000000000071", 9: "70000000-0000-4000-8000-000000000072"}
type Line = tuple[float | None, float | None, int] | tuple[float | None, float | None, int, float]
QUARTERS: list[Line] = [(1.25, 67.5, 21)] * 3
HALVES: list[Line] = [(1, 0.5, 21)] * 5
TWO_RATES: list[Line] = [(1, 0.5, 21), (1, 0.5, 9)]
INCLUDED: list[Line] = [(1, 10, 21), (1, 10, 9)]
# Quantity, price, percentage and discount of a line; the text after it has none of them.
DISCOUNTED: list[Line] = [(3, 19.95, 21, 12.5), (None, None, 21)]


@pytest.fixture(scope="module")
def tribe() -> TribeSimulator:
    return TribeSimulator()


def invoice(tribe: TribeSimulator, lines: list[Line], **fields: Any) -> dict[str, Any]:
    """Return an invoice of these lines as Tribe states it."""
    rows = [
        {
            "Description": "Regel",
            "Quantity": line[0],
            "Price": line[1],
            "VatGroup": {"ID": VAT_GROUPS[line[2]]},
            "DiscountPercentage": line[3] if len(line) > 3 else 0,
        }
        for line in lines
    ]
    made: dict[str, Any] = steer(tribe, "invoices", Currency="EUR", ProductLines=rows, **fields)
    return made


def paper(tribe: TribeSimulator, made: Mapping[str, Any]) -> list[str]:
    """Return the last rows of the invoice's document, from the total without VAT on."""
    document = steer(tribe, f"invoices/{made['ID']}/documents", Name="x.pdf")
    rows = texts(tribe._files[document["ID"]])
    return rows[rows.index("Totaal excl. btw") :]


def texts(content: bytes) -> list[str]:
    """Return what a document shows, in its own order."""
    found = re.findall(rb"\(((?:\\.|[^()\\])*)\) Tj", content)
    return [re.sub(r"\\(.)", r"\1", one.decode("cp1252")) for one in found]


@pytest.mark.parametrize(
    ("rounding", "lines", "fields", "amount", "total"),
    [
        ("none", QUARTERS, {}, "253.13", "306,28"),
        ("rate", QUARTERS, {}, "253.13", "306,29"),
        ("document", QUARTERS, {}, "253.13", "306,29"),
        ("line_net", QUARTERS, {}, "253.14", "306,30"),
        ("line_net_and_vat", QUARTERS, {}, "253.14", "306,30"),
        ("rate", HALVES, {}, "2.5", "3,03"),
        ("line_net", HALVES, {}, "2.5", "3,03"),
        ("line_net_and_vat", HALVES, {}, "2.5", "3,05"),
        ("none", TWO_RATES, {}, "1", "1,15"),
        ("rate", TWO_RATES, {}, "1", "1,16"),
        ("document", TWO_RATES, {}, "1", "1,15"),
        ("line_net_and_vat", TWO_RATES, {}, "1", "1,16"),
        ("rate", INCLUDED, {"IsVatIncluded": True}, "17.44", "20,00"),
        ("line_net_and_vat", INCLUDED, {"IsVatIncluded": True}, "17.43", "20,00"),
        ("rate", DISCOUNTED, {"DiscountPercentage": 5}, "49.75", "60,20"),
        ("line_net", DISCOUNTED, {"DiscountPercentage": 5}, "49.75", "60,20"),
    ],
)
def test_the_amount_and_the_paper_follow_the_rounding(
    tribe: TribeSimulator, rounding: str, lines: list[Line], fields: dict[str, Any], amount: str, total: str
) -> None:
    steer(tribe, "switches", rounding=rounding)
    made = invoice(tribe, lines, **fields)
    assert str(made["Amount"]).removesuffix(".0") == amount
    assert paper(tribe, made)[-2:] == ["Totaal incl. btw", f"€ {total}"]


def test_the_amount_may_include_vat(tribe: TribeSimulator) -> None:
    steer(tribe, "switches", rounding="line_net_and_vat", amount_meaning="incl")
    assert invoice(tribe, HALVES)["Amount"] == 3.05


def test_lines_state_what_the_rounding_leaves_of_them(tribe: TribeSimulator) -> None:
    names = ("TotalExcludingVat", "VatAmountIncludingDiscount", "TotalIncludingVat")
    stated = {}
    for rounding in ("rate", "line_net", "line_net_and_vat"):
        steer(tribe, "switches", rounding=rounding, amount_meaning="excl")
        (line,) = invoice(tribe, QUARTERS[:1])["ProductLines"]
        stated[rounding] = [line[name] for name in names]
    assert stated == {
        "rate": [84.375, 17.71875, 102.09375],
        "line_net": [84.38, 17.7198, 102.0998],
        "line_net_and_vat": [84.38, 17.72, 102.1],
    }


@pytest.mark.parametrize(
    ("totals", "shown"), [("null", [None, 0.0]), ("null_when_zero", [None, None]), ("zero", [0.0, 0.0])]
)
def test_a_text_has_no_totals_or_zeros(tribe: TribeSimulator, totals: str, shown: list[float | None]) -> None:
    steer(tribe, "switches", text_line_totals=totals)
    lines = invoice(tribe, [(None, None, 21), (1, 0, 21)])["ProductLines"]
    assert [line["TotalExcludingVat"] for line in lines] == shown
    assert [line["VatAmountIncludingDiscount"] for line in lines] == shown


@pytest.mark.parametrize(
    ("to_cents", "amounts"),
    [
        ("half_away", (0.13, -0.13)),
        ("half_even", (0.12, -0.12)),
        ("half_up", (0.13, -0.12)),
        ("cut_off", (0.12, -0.12)),
    ],
)
def test_amounts_become_cents_as_the_switch_says(
    tribe: TribeSimulator, to_cents: str, amounts: tuple[float, float]
) -> None:
    steer(tribe, "switches", rounding="line_net", to_cents=to_cents)
    assert tuple(invoice(tribe, [(1, price, 21)])["Amount"] for price in (0.125, -0.125)) == amounts


@pytest.mark.parametrize(("is_included", "total"), [(False, "13,28"), (True, "10,96")])
def test_vat_may_be_rounded_for_each_piece(tribe: TribeSimulator, *, is_included: bool, total: str) -> None:
    steer(tribe, "switches", rounding="piece", to_cents="half_away")
    made = invoice(tribe, [(8, 1.37, 21)], IsVatIncluded=is_included)
    (line,) = made["ProductLines"]
    assert line["VatAmountIncludingDiscount"] == (1.92 if is_included else 2.32)
    assert paper(tribe, made)[-1] == f"€ {total}"


def test_doubles_leave_their_noise(tribe: TribeSimulator) -> None:
    steer(tribe, "switches", rounding="rate", to_cents="half_away", arithmetic="double")
    (line,) = invoice(tribe, [(3, 1.1, 21)])["ProductLines"]
    assert line["TotalExcludingVat"] == 3.3000000000000003
    steer(tribe, "switches", arithmetic="exact")
    (line,) = invoice(tribe, [(3, 1.1, 21)])["ProductLines"]
    assert line["TotalExcludingVat"] == 3.3


@pytest.mark.parametrize(
    ("notation", "total"),
    [
        ("dutch", ["Totaal incl. btw", "€ 1.493,75"]),
        ("belgian", ["Te betalen", "1\xa0493,75 €"]),
        ("plain", ["Total incl. VAT", "1493.75"]),
    ],
)
def test_a_document_shows_its_number_its_lines_and_what_is_to_be_paid(
    tribe: TribeSimulator, notation: str, total: list[str]
) -> None:
    steer(tribe, "switches", pdf_text=notation)
    made = invoice(tribe, [(2.5, 493.8, 21)])
    steer(tribe, f"invoices/{made['ID']}/send", Number="2026-7001")
    name, content = newest_document(tribe, made["ID"])
    read = reader(content).pages[0].extract_text()
    assert name == "2026-7001.pdf"
    assert "2026-7001" in read
    assert "Regel" in read
    assert texts(content)[-2:] == total
    assert all(part.replace("\xa0", " ") in read.replace("\xa0", " ") for part in total)


def test_a_reminder_asks_for_more_and_is_called_otherwise(tribe: TribeSimulator) -> None:
    steer(tribe, "switches", pdf_text="dutch")
    made = invoice(tribe, [(1, 100, 21)])
    steer(tribe, f"invoices/{made['ID']}/send", Number="2026-7002")
    reminded = steer(tribe, f"invoices/{made['ID']}/remind", costs=40)
    name, content = newest_document(tribe, made["ID"])
    assert name == "Aanmaning factuur 2026-7002.pdf"
    assert texts(content)[-4:] == ["Incassokosten", "€ 40,00", "Totaal incl. btw", "€ 161,00"]
    assert reminded["Phase"] != made["Phase"]


def test_many_lines_take_several_pages(tribe: TribeSimulator) -> None:
    made = invoice(tribe, [(1, 2, 21)] * 100)
    _, content = newest_document(tribe, steer(tribe, f"invoices/{made['ID']}/send")["ID"])
    assert len(reader(content).pages) == 3
    assert "242,00" in reader(content).pages[2].extract_text()


def test_a_scan_has_no_text(tribe: TribeSimulator) -> None:
    steer(tribe, "switches", pdf_text="scan")
    made = invoice(tribe, [(1, 2, 21)])
    _, content = newest_document(tribe, steer(tribe, f"invoices/{made['ID']}/send")["ID"])
    assert reader(content).pages[0].extract_text() == ""


def test_a_closed_document_opens_with_its_password_only(tribe: TribeSimulator) -> None:
    steer(tribe, "switches", pdf_text="encrypted")
    made = invoice(tribe, [(1, 2, 21)])
    _, content = newest_document(tribe, steer(tribe, f"invoices/{made['ID']}/send")["ID"])
    closed = reader(content)
    assert closed.is_encrypted
    assert not closed.decrypt("")
    assert closed.decrypt(PASSWORDS["encrypted"])
    assert "2,42" in closed.pages[0].extract_text()


def test_a_protected_document_is_read_by_everybody(tribe: TribeSimulator) -> None:
    steer(tribe, "switches", pdf_text="protected")
    made = invoice(tribe, [(1, 2, 21)])
    _, content = newest_document(tribe, steer(tribe, f"invoices/{made['ID']}/send")["ID"])
    assert reader(content).is_encrypted
    assert "2,42" in reader(content).pages[0].extract_text()


def reader(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content), strict=True)
