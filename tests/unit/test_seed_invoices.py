"""The seed invoices are what they say: expected lines, totals and dates right, and each about what it claims."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from tests.support.samples.seed_files import (
    ADMINISTRATION,
    BOOKED,
    BOOKS,
    CASES,
    RECORDS,
    Row,
    case_of,
    country_of,
    debtor_of,
    decimal_of,
    lines_of,
    relation_of,
    vat_codes,
)
from tribe_yuki.core.calendar import AMSTERDAM

CENT, HUNDRED = Decimal("0.01"), Decimal(100)
# The demo's VAT mapping, by VAT group and where the customer is ("" is anywhere).
VAT_TYPES: Mapping[tuple[str, str], int] = {
    ("NL-21", "NL"): 1,
    ("NL-9", "NL"): 2,
    ("NL-VRIJ", ""): 0,
    ("NL-VERLEGD", "NL"): 17,
    ("EU-DIENST", "EU"): 20,
    ("EXPORT", "outside"): 6,
}
NEEDS_VAT_NUMBER = {17, 20}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def location_of(relation: Row) -> str:
    country = country_of(relation)
    return country if country == "NL" else "EU" if country in {"BE", "DE", "GR", "SE"} else "outside"


def vat_of(line: Row, relation: Row) -> tuple[int, Decimal]:
    group = RECORDS[line["VatGroup"]["ID"]]
    anywhere = (group["Code"], "")
    key = anywhere if anywhere in VAT_TYPES else (group["Code"], location_of(relation))
    return VAT_TYPES[key], decimal_of(group["Percentage"])


def totals_of_tribe(name: str) -> tuple[Decimal, Decimal, Decimal]:
    """Compute from what stands in Tribe: exact amounts after both discounts, VAT rounded once per rate."""
    draft = CASES[name]["invoice"]
    left = HUNDRED - decimal_of(draft["DiscountPercentage"] or 0)
    total, vats = Decimal(0), defaultdict[Decimal, Decimal](Decimal)
    for line in draft["ProductLines"]:
        price = decimal_of(line["PriceInCurrency"]) * (HUNDRED - decimal_of(line["DiscountPercentage"])) / HUNDRED
        amount = decimal_of(line["Quantity"]) * price * left / HUNDRED
        percentage = decimal_of(RECORDS[line["VatGroup"]["ID"]]["Percentage"])
        base = HUNDRED + percentage if draft["IsVatIncluded"] else HUNDRED
        total, vats[percentage] = total + amount, vats[percentage] + amount * percentage / base
    vat = sum(map(cents, vats.values()), Decimal(0))
    total = cents(total)
    return (total - vat, vat, total) if draft["IsVatIncluded"] else (total, vat, total + vat)


def totals_of_yuki(name: str) -> tuple[Decimal, Decimal, Decimal]:
    """Compute from the expected lines as Yuki adds them up: lines in cents, VAT over the sum per code."""
    lines = CASES[name]["expect"]["yuki"]["lines"]
    included = any(line.get("vat_included") for line in lines)
    sums = defaultdict[tuple[int, Decimal], Decimal](Decimal)
    for line in lines:
        sums[line["vat_type"], decimal_of(line["vat_percentage"])] += cents(
            decimal_of(line["quantity"]) * decimal_of(line["price"])
        )
    vat = sum((cents(s * p / (HUNDRED + p if included else HUNDRED)) for (_, p), s in sums.items()), Decimal(0))
    total = sum(sums.values(), Decimal(0))
    return (total - vat, vat, total) if included else (total, vat, total + vat)


@pytest.mark.parametrize("name", BOOKED)
def test_expected_totals_are_what_tribe_charges_and_what_yuki_adds_up(name: str) -> None:
    expected = CASES[name]["expect"]["yuki"]
    totals = tuple(decimal_of(expected[f"total_{part}"]) for part in ("excl", "vat", "incl"))
    assert totals == totals_of_tribe(name) == totals_of_yuki(name)
    assert expected["outstanding"] == (totals[2] != 0)
    assert (expected["payment_method"] == "ToSettle") == (totals[2] < 0)
    for line in expected["lines"]:
        assert decimal_of(line["amount"]) == cents(decimal_of(line["quantity"]) * decimal_of(line["price"]))
        assert decimal_of(line["price"]) == decimal_of(line["price"]).quantize(Decimal("0.0001"))
        assert decimal_of(line["price"]) > 0


@pytest.mark.parametrize("name", BOOKED)
def test_expected_lines_are_those_of_tribe(name: str) -> None:
    _, relation = debtor_of(name)
    sent = [line for line in CASES[name]["invoice"]["ProductLines"] if line["Price"] != 0]
    expected = [line for line in CASES[name]["expect"]["yuki"]["lines"] if line["description"] != "Korting"]
    for ours, theirs in zip(expected, sent, strict=True):
        # A line that no price gives goes as one piece, with its quantity and price in the text.
        is_whole = ours["description"] == theirs["Description"]
        assert ours["description"].removeprefix(theirs["Description"])[:2] in ("", " (")
        assert decimal_of(ours["quantity"]) == (decimal_of(theirs["Quantity"]) if is_whole else 1)
        assert (ours["vat_type"], decimal_of(ours["vat_percentage"])) == vat_of(theirs, relation)
        product = RECORDS[theirs["Product"]["ID"]]
        assert ours["gl_account"] == RECORDS[product["GeneralLedgerAccount"]["ID"]]["Code"]


@pytest.mark.parametrize("name", BOOKED)
def test_the_books_take_what_is_expected(name: str) -> None:
    expected = CASES[name]["expect"]["yuki"]
    accounts = {one["code"] for one in BOOKS["gl_accounts"][ADMINISTRATION] if one["isEnabled"] and one["type"] == 4}
    assert {line["gl_account"] for line in expected["lines"]} <= accounts
    for line in expected["lines"]:
        kind = (line["vat_type"], line["vat_percentage"])
        codes = [one for one in vat_codes() if (one["type"], one["percentage"]) == kind]
        assert [(one["startDate"] or "") <= expected["date"] <= (one["endDate"] or "9") for one in codes] == [True]
    if {line["vat_type"] for line in expected["lines"]} & NEEDS_VAT_NUMBER:
        assert "VatNumber" in debtor_of(name)[1]


@pytest.mark.parametrize("name", CASES)
def test_dates_follow_from_the_invoice_date_in_amsterdam_and_the_payment_term(name: str) -> None:
    sent, expected = CASES[name]["send"], CASES[name]["expect"]["yuki"]
    stamp = datetime.fromisoformat(sent["InvoiceDate"])
    day = stamp.astimezone(AMSTERDAM).date() if stamp.tzinfo else stamp.date()
    due = day + timedelta(days=debtor_of(name)[0]["PaymentTermInDays"])
    assert sent["ExpirationDate"] == due.isoformat()
    if expected:
        assert (expected["date"], expected["due_date"]) == (day.isoformat(), due.isoformat())


def test_held_and_skipped_ones() -> None:
    endings = {name[:2]: case["expect"] for name, case in CASES.items() if name not in BOOKED}
    assert {key: (one["state"], one["reason"], one["owner"], one["yuki"]) for key, one in endings.items()} == {
        "17": ("held", "vat_number_missing", "sales", None),
        "18": ("held", "vat_unmapped", "bookkeeper", None),
        "21": ("held", "contact_not_customer", "bookkeeper", None),
        "22": ("skipped", "before_start_date", None, None),
        "24": ("held", "ledger_unmapped", "bookkeeper", None),
    }


# --- What each case is about


def prices(which: str) -> set[tuple[float, float]]:
    return {(line["Price"], line["PriceInCurrency"]) for line in lines_of(which)}


def unit_prices_near(price: Decimal) -> list[Decimal]:
    step = Decimal("0.0001")
    return [price.quantize(step) + step * offset for offset in range(-2, 3)]


def customer_of(which: str) -> Row:
    return relation_of(RECORDS[case_of(which)["invoice"]["Relationship"]["ID"]])


def product_names(which: str) -> list[tuple[str, str]]:
    products = [RECORDS[line["Product"]["ID"]] for line in lines_of(which)]
    return [(one["Code"], one["Name"]) for one in products]


ABOUT: Mapping[str, Callable[[], bool]] = {
    "03 rounded line by line it is two cents more": lambda: (
        sum(cents(decimal_of(line["Price"]) * Decimal("0.21")) for line in lines_of("03")) == Decimal("0.55")
        and case_of("03")["expect"]["yuki"]["total_vat"] == "0.53"
    ),
    "04 no unit price of four decimals gives the amount": lambda: (
        Decimal("29.14") not in [cents(1000 * price) for price in unit_prices_near(Decimal("0.0333") * 7 / 8)]
        and [line["amount"] for line in case_of("04")["expect"]["yuki"]["lines"]] == ["29.14"]
    ),
    "05 VAT included": lambda: case_of("05")["expect"]["yuki"]["total_incl"] == "29.97",
    "06 one discount line for each rate": lambda: (
        [line["description"] for line in case_of("06")["expect"]["yuki"]["lines"]][2:] == ["Korting", "Korting"]
    ),
    "07 the free line's product has a price, and its text becomes a remark": lambda: (
        RECORDS[lines_of("07")[1]["Product"]["ID"]]["SalesPrice"] > lines_of("07")[1]["Price"] == 0
        and case_of("07")["expect"]["yuki"]["remarks"] == lines_of("07")[1]["Description"]
    ),
    "08 nothing outstanding": lambda: case_of("08")["expect"]["yuki"]["outstanding"] is False,
    "10a credits the whole of 01": lambda: (
        totals_of_tribe("01-plain") == tuple(-total for total in totals_of_tribe("10a-full-credit"))
    ),
    "10b credits a part of 02": lambda: (
        -totals_of_tribe("02-two-vat-rates")[2] < totals_of_tribe("10b-partial-credit")[2] < 0
    ),
    "11 price and price in currency differ": lambda: (
        prices("11") == {(100.0, 115.0)} and case_of("11")["invoice"]["Currency"] == "USD"
    ),
    "12 the next day, month and quarter": lambda: case_of("12")["expect"]["yuki"]["date"] == "2026-07-01",
    "13 the contact person is not the debtor": lambda: bool(case_of("13")["invoice"]["Contact"]),
    "15 Belgian": lambda: country_of(customer_of("15")) == "BE",
    "16 Swiss": lambda: country_of(customer_of("16")) == "CH",
    "17 no VAT number": lambda: "VatNumber" not in customer_of("17"),
    "18 to a VAT group without a rule": lambda: (
        {RECORDS[line["VatGroup"]["ID"]]["Code"] for line in lines_of("18")} == {"OSS-SE-25"}
    ),
    "19 sixty lines": lambda: len(case_of("19")["expect"]["yuki"]["lines"]) == 60,
    "22 before 2026": lambda: case_of("22")["send"]["InvoiceDate"] == "2025-12-31",
    "23 equal in 60 characters, told apart by the code": lambda: (
        len({name[:60] for _, name in product_names("23")}) == 1
        and [f"{code} {name}"[:60] for code, name in product_names("23")]
        == [line["product"] for line in case_of("23")["expect"]["yuki"]["lines"]]
    ),
    "24 no product": lambda: [line["Product"] for line in lines_of("24")] == [None],
}


@pytest.mark.parametrize("claim", ABOUT)
def test_each_case_is_about_what_it_says(claim: str) -> None:
    assert ABOUT[claim]()


def test_elsewhere_every_line_has_a_product_with_an_account() -> None:
    lines = [line for name, case in CASES.items() if name[:2] != "24" for line in case["invoice"]["ProductLines"]]
    assert all("GeneralLedgerAccount" in RECORDS[line["Product"]["ID"]] for line in lines)
