"""Yuki comes to exactly what the customer was asked to pay; what lies between is a line of cents, or a hold."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples.amounts import tribe_invoice, tribe_line
from tests.support.samples.samples import settings
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.settings import ConnectionSettings, TotalsReading, TribeRounding
from tribe_yuki.core.details import DetailCode
from tribe_yuki.core.errors import Held
from tribe_yuki.core.money import to_cents
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.document.amounts import Amounts, settle_amounts
from tribe_yuki.invoices.document.lines import map_lines
from tribe_yuki.invoices.document.rounding import ROUNDING
from tribe_yuki.invoices.document.target import TargetFrom, allowed_rounding
from tribe_yuki.invoices.document.totals import YukiRounding, line_amount, yuki_totals
from tribe_yuki.invoices.document.tribe_rounding import (
    left_of_document,
    lines_with_amount,
    totals_in_tribe,
)
from tribe_yuki.invoices.model import TribeInvoice, TribeInvoiceLine

DAY = date(2026, 12, 1)
PERCENTAGES = ("21", "12", "9", "6", "0")
WITHOUT_VAT = VatCode(0, Decimal(0), "Vrijgesteld")
CODES = (WITHOUT_VAT, *(VatCode(place, Decimal(each), "") for place, each in enumerate(PERCENTAGES, start=1)))
ACCOUNTS = tuple(
    GlAccount(code, 4, 0, is_enabled=True, description="") for code in ("80000", "80100", "80200", "80900")
)
BOOKS = AdministrationCodes(CODES, ACCOUNTS)
CHOSEN = settings()


def vat_of(line: TribeInvoiceLine) -> VatCode:
    assert line.vat_group is not None
    return next(code for code in CODES[1:] if code.percentage == line.vat_group.percentage)


def settled(
    invoice: TribeInvoice,
    chosen: ConnectionSettings = CHOSEN,
    *agreed: Agreed,
    paper: str | None = None,
    books: AdministrationCodes = BOOKS,
) -> Amounts:
    mapped = map_lines(
        invoice.lines,
        vat_included=invoice.is_vat_included,
        discount_percentage=invoice.discount_percentage,
        vat_of=vat_of,
        accounts=ACCOUNTS,
        settings=chosen,
    )
    return settle_amounts(invoice, mapped, chosen, books, DAY, agreed, lambda: paper)


def reading(rounding: TribeRounding | None = None, vat_rounding: YukiRounding = "rate") -> ConnectionSettings:
    return settings(totals=TotalsReading(rounding=rounding), vat_rounding=vat_rounding)


HOURS = tribe_invoice(*[tribe_line("1.25", "67.50")] * 3, amount="253.13")
HALVES = tribe_invoice(*[tribe_line("1", "0.50")] * 5, amount="2.50")
TENS = tribe_invoice(tribe_line("1", "10.00"), tribe_line("1", "10.00", "9"), amount="17.44", included=True)
DISCOUNTED = tribe_invoice(
    *(tribe_line("1", "10.05", account=account) for account in ("80000", "80100", "80200")),
    amount="27.14",
    discount="10",
)


@pytest.mark.parametrize(
    ("invoice", "chosen", "incl", "rounding"),
    [
        (HOURS, reading("rate"), "306.29", "-0.01"),
        (HOURS, reading("none"), "306.28", "-0.02"),
        (HOURS, reading("rate", "line"), "306.29", "-0.01"),
        (HALVES, reading("rate"), "3.03", "0"),
        (HALVES, reading("line_net_and_vat"), "3.05", "0.02"),
        (HALVES, reading("line_net_and_vat", "line"), "3.05", "0"),
        (HALVES, reading("rate", "line"), "3.03", "-0.02"),
        (TENS, reading(), "20.00", "0"),
        (TENS, reading("line_net_and_vat", "document"), "20.00", "0"),
        (DISCOUNTED, reading("rate"), "32.84", "0"),
        (tribe_invoice(tribe_line("0.33333", "75"), amount="25.00"), reading("rate"), "30.25", "0"),
        (tribe_invoice(tribe_line("1950000", "0.00000548"), amount="10.69"), reading("line_net"), "12.93", "0"),
        (tribe_invoice(*[tribe_line("-1.25", "67.50")] * 3, amount="-253.13"), reading("rate"), "-306.29", "0.01"),
        (tribe_invoice(tribe_line("1", "100"), amount="121"), reading("rate"), "121.00", "0"),
        (tribe_invoice(tribe_line("1", "100", "0"), amount="100"), reading(), "100.00", "0"),
        (tribe_invoice(tribe_line("2", "50", discount="100"), amount="0"), reading(), "0.00", "0"),
        (tribe_invoice(tribe_line("2", "50"), amount="0", discount="100"), reading(), "0.00", "0"),
    ],
)
def test_yuki_comes_to_what_the_customer_was_asked_to_pay(
    invoice: TribeInvoice, chosen: ConnectionSettings, incl: str, rounding: str
) -> None:
    amounts = settled(invoice, chosen)
    assert (amounts.totals.incl, amounts.rounding) == (Decimal(incl), Decimal(rounding))
    assert yuki_totals(amounts.lines, chosen.vat_rounding) == amounts.totals


def test_the_paper_decides_between_several_totals_and_overrules_the_reading() -> None:
    said = "Totaal excl. btw € 253,13\nBtw 21 % € 53,15\nTotaal incl. btw € 306,28"
    amounts = settled(HOURS, reading("rate"), paper=said)
    assert (amounts.totals.incl, amounts.found_by) == (Decimal("306.28"), TargetFrom.PDF)
    assert settled(HOURS, reading("rate"), paper="Urenstaat").found_by is TargetFrom.READING
    assert settled(TENS, paper="Urenstaat").found_by is TargetFrom.SINGLE


def test_a_total_that_no_way_of_rounding_gives_is_still_the_one_on_the_paper() -> None:
    amounts = settled(HOURS, paper="Te betalen 306,31 €")
    assert (amounts.totals.incl, amounts.found_by) == (Decimal("306.31"), TargetFrom.PDF)


def test_what_vat_makes_unreachable_is_a_line_without_vat_and_without_such_a_code_it_is_held() -> None:
    only_high = AdministrationCodes(CODES[1:2], ACCOUNTS)
    # 0.02 and 0.03 at 21 % come to 0.02 and 0.04.
    invoice = tribe_invoice(tribe_line("1", "0.025"), amount="0.03")
    chosen = reading("none")
    (line,) = [line for line in settled(invoice, chosen).lines if line.description == ROUNDING]
    assert (line.vat_type, line.vat_percentage, line.vat_included) == (0, Decimal(0), False)
    with pytest.raises(Held) as held:
        settled(invoice, chosen, books=only_high)
    assert DetailCode.NO_CODE_WITHOUT_VAT in {detail.code for detail in held.value.details}
    accepted = Agreed(Agreement.OTHER_TOTALS, held.value.details)
    assert settled(invoice, chosen, accepted, books=only_high).totals.incl == Decimal("0.04")


def test_the_rounding_line_goes_to_its_own_account_or_to_that_of_the_largest_line() -> None:
    small = tribe_line("1", "1", account="80100")
    invoice = replace(HOURS, lines=(small, *HOURS.lines), amount=Decimal("254.13"))
    chosen = reading("rate")
    assert settled(invoice, chosen).lines[-1].gl_account == "80000"
    with_account = chosen.model_copy(update={"rounding_ledger_account": "80900"})
    assert settled(invoice, with_account).lines[-1].gl_account == "80900"
    unusable = chosen.model_copy(update={"rounding_ledger_account": "1300"})
    assert settled(invoice, unusable).lines[-1].gl_account == "80000"


@pytest.mark.parametrize("amount", ["200.00", "253.30", "306.50"])
def test_a_real_difference_is_held_with_three_amounts_and_nobody_may_accept_it(amount: str) -> None:
    invoice = replace(HOURS, amount=Decimal(amount))
    with pytest.raises(Held) as held:
        settled(invoice)
    codes = [detail.code for detail in held.value.details]
    assert codes.count(DetailCode.TOTAL_DIFFERS) == 3
    assert DetailCode.MORE_THAN_ROUNDING in codes
    for agreement in (Agreement.OTHER_TOTALS, Agreement.ROUNDING):
        with pytest.raises(Held):
            settled(invoice, CHOSEN, Agreed(agreement, held.value.details))


def test_a_code_of_another_rate_is_a_real_difference_though_the_totals_agree() -> None:
    lines = (tribe_line("1", "100", "21"), tribe_line("1", "100", "9"))
    invoice = tribe_invoice(*lines, amount="200")
    swapped = {"21": CODES[3], "9": CODES[1]}
    mapped = map_lines(
        lines,
        vat_included=False,
        discount_percentage=Decimal(0),
        vat_of=lambda line: swapped[(line.vat_group and line.vat_group.code) or ""],
        accounts=ACCOUNTS,
        settings=CHOSEN,
    )
    with pytest.raises(Held) as held:
        settle_amounts(invoice, mapped, CHOSEN, BOOKS, DAY, (), lambda: None)
    assert [detail.code for detail in held.value.details].count(DetailCode.VAT_DIFFERS) == 2


def test_where_tribe_states_nothing_only_the_paper_can_tell() -> None:
    invoice = tribe_invoice(tribe_line("1", "100"))
    with pytest.raises(Held) as held:
        settled(invoice)
    assert [detail.code for detail in held.value.details] == [DetailCode.TOTALS_MISSING]
    assert settled(invoice, paper="Totaal € 121,00").totals.incl == Decimal("121.00")


quantities = st.sampled_from(["0.25", "0.5", "0.75", "1", "1.25", "2", "3", "7", "12", "0.333", "-1", "-2.5"])
prices = st.decimals("0.01", "999", places=2).map(str)
discounts = st.sampled_from(["0", "0", "0", "2.5", "5", "10", "12.5", "33.33"])
lines = st.builds(
    tribe_line,
    quantities,
    prices,
    st.sampled_from(PERCENTAGES),
    discount=discounts,
    account=st.sampled_from(["80000", "80100", "80200"]),
)


@given(
    sold=st.lists(lines, min_size=1, max_size=8),
    included=st.booleans(),
    discount=discounts,
    ways=st.sampled_from(list(product(get_args(TribeRounding.__value__), get_args(YukiRounding.__value__)))),
)
def test_however_both_round_the_total_is_the_customers_and_no_line_or_account_is_dropped(
    sold: list[TribeInvoiceLine], discount: str, ways: tuple[TribeRounding, YukiRounding], *, included: bool
) -> None:
    tribe, yuki = ways
    invoice = tribe_invoice(*sold, discount=discount, included=included)
    asked = totals_in_tribe(
        lines_with_amount(invoice),
        left_of_document(invoice),
        tribe,
        "before_document_discount",
        is_vat_included=included,
    )
    invoice = replace(invoice, amount=asked.excl)
    try:
        amounts = settled(invoice, reading(tribe, yuki))
    except Held:
        return  # the sum of many roundings may be more than what they may come to
    assert yuki_totals(amounts.lines, yuki).incl == asked.incl == amounts.totals.incl
    assert abs(amounts.rounding) <= allowed_rounding(len(sold), len({line.vat_group for line in sold}))
    booked = [line for line in amounts.lines if line.description not in ("Korting", ROUNDING)]
    worth = [line for line in sold if to_cents(line.quantity * line.price * (100 - line.discount_percentage) / 100)]
    assert len(booked) >= len(worth)
    assert all(line.price > 0 and line_amount(line) == to_cents(line.quantity * line.price) for line in amounts.lines)
