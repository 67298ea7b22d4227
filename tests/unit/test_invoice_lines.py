"""Lines of a Tribe invoice become lines that Yuki adds up to the same cents."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.details import said
from tests.support.samples.samples import settings
from tribe_yuki.connections.administration import GlAccount, VatCode
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.money import to_cents, to_price
from tribe_yuki.invoices.document.discounts import DISCOUNT, spread
from tribe_yuki.invoices.document.lines import MappedLines, map_lines
from tribe_yuki.invoices.document.products import product_names
from tribe_yuki.invoices.document.totals import HUNDRED, line_amount
from tribe_yuki.invoices.model import TribeInvoiceLine, TribeProduct

ACCOUNTS = (
    *(GlAccount(code, 4, 0, is_enabled=True, description="Omzet") for code in ("80000", "80100", "80200")),
    GlAccount("80999", 4, 0, is_enabled=False, description="Omzet oud"),
    GlAccount("13000", 1, 0, is_enabled=True, description="Debiteuren"),
)
BREAD = TribeProduct("p-1", "Roggebrood", "BR-1", "80000")


def line(quantity: str, price: str, discount: str = "0", product: TribeProduct | None = BREAD) -> TribeInvoiceLine:
    return TribeInvoiceLine("l", "Tekst", Decimal(quantity), Decimal(price), Decimal(discount), product)


def mapped(*lines: TribeInvoiceLine, discount: str = "0", default_account: str | None = None) -> MappedLines:
    return map_lines(
        lines,
        vat_included=False,
        discount_percentage=Decimal(discount),
        vat_of=lambda _: VatCode(1, Decimal("21.00"), ""),
        accounts=ACCOUNTS,
        settings=settings(default_ledger_account=default_account),
    )


def total(lines: MappedLines) -> Decimal:
    return sum(map(line_amount, lines.lines), Decimal(0))


def test_a_discount_goes_into_the_price_when_four_decimals_give_the_same_cents() -> None:
    (only,) = mapped(line("4", "10", "12.5")).lines
    assert (only.quantity, only.price, line_amount(only)) == (Decimal(4), Decimal("8.7500"), Decimal("35.00"))


def test_otherwise_the_line_is_one_piece_at_its_amount_and_says_quantity_and_price() -> None:
    (only,) = mapped(line("1000", "0.0333", "12.5")).lines
    assert (only.quantity, only.price) == (Decimal(1), Decimal("29.14"))
    assert only.description == "Tekst (1000 x 0,0333, 12,5 % korting)"


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("0.33333", "75", "25.00"),
        ("1950000", "0.00000548", "10.69"),
        ("-3", "0.123456", "-0.37"),
        ("2.5", "-0.123456", "-0.31"),
    ],
)
def test_any_number_of_decimals_can_be_booked(quantity: str, price: str, amount: str) -> None:
    (only,) = mapped(line(quantity, price)).lines
    assert line_amount(only) == Decimal(amount)
    assert only.price > 0
    assert only.price == to_price(only.price)


def test_a_line_that_comes_to_no_cent_at_no_price_of_four_decimals_is_a_remark() -> None:
    lines = mapped(line("1", "0.00000548"), line("1", "5"))
    assert (lines.remarks, total(lines)) == (("Tekst",), Decimal("5.00"))


def test_a_document_discount_is_one_line_per_account() -> None:
    other = TribeProduct("p-2", "Anders", "A", "80000")
    lines = mapped(line("1", "10.05"), line("1", "10.05", product=other), discount="10").lines
    assert [one.price for one in lines] == [Decimal("10.0500"), Decimal("10.0500"), Decimal("2.01")]


def test_a_negative_line_stays_negative_with_a_positive_price() -> None:
    (only,) = mapped(line("-2", "10")).lines
    assert (only.quantity, only.price) == (Decimal(-2), Decimal("10.0000"))
    (turned,) = mapped(line("2", "-10")).lines
    assert (turned.quantity, turned.price) == (Decimal(-2), Decimal("10.0000"))


@pytest.mark.parametrize(("quantity", "price", "discount"), [("1", "0", "0"), ("0", "5", "0"), ("1", "5", "100")])
def test_a_line_without_an_amount_becomes_a_remark(quantity: str, price: str, discount: str) -> None:
    lines = mapped(line(quantity, price, discount), line("1", "5"))
    assert lines.remarks == ("Tekst",)
    assert len(lines.lines) == 1


def test_an_invoice_of_nothing_but_such_lines_is_held() -> None:
    with pytest.raises(Held) as held:
        mapped(line("1", "0"))
    assert held.value.reason is HoldReason.INVOICE_INVALID


def test_what_is_given_away_line_by_line_goes_as_under_a_discount_of_the_whole() -> None:
    by_line = mapped(line("2", "50", "100"), line("1", "0"), line("3", "9.99", "100"))
    as_a_whole = mapped(line("2", "50"), line("1", "0"), line("3", "9.99"), discount="100")
    assert total(by_line) == total(as_a_whole) == Decimal(0)
    assert [one.description for one in by_line.lines] == ["Tekst", DISCOUNT, "Tekst", DISCOUNT]
    assert by_line.remarks == as_a_whole.remarks == ("Tekst",)


@pytest.mark.parametrize(
    ("account", "says"),
    [("99999", "does not exist"), ("80999", "disabled"), ("13000", "not a revenue account"), (None, "has none")],
)
def test_an_unusable_ledger_account_is_held_with_the_cause(account: str | None, says: str) -> None:
    with pytest.raises(Held) as held:
        mapped(line("1", "5", product=TribeProduct("p", "Ding", "D", account)))
    assert held.value.reason is HoldReason.LEDGER_UNMAPPED
    assert says in said(held.value.details)


def test_a_line_without_a_product_uses_one_of_ours_and_the_default_account() -> None:
    (only,) = mapped(line("1", "5", product=None), default_account="80000").lines
    assert (only.product_reference, only.gl_account) == ("TRIBE-1-21", "80000")
    assert only.description == "Tekst"


def test_names_that_yuki_would_cut_off_or_confuse_get_the_code_in_front() -> None:
    long = "Onderhoudscontract voor een zonnepaneleninstallatie op een plat dak "
    first, second = (TribeProduct(f"p-{n}", long + n, f"ZON-{n}", "80000") for n in ("klein", "groot"))
    names = product_names([first, second, BREAD])
    assert names["p-klein"].startswith("ZON-klein Onderhouds")
    assert names["p-groot"].startswith("ZON-groot Onderhouds")
    assert names["p-1"] == "Roggebrood"
    assert all(len(name) <= 60 for name in names.values())


def test_a_product_keeps_its_description_whatever_else_is_on_the_invoice() -> None:
    long = TribeProduct("p-9", "x" * 61, "LANG", "80000")
    assert product_names([long]) == {"p-9": product_names([long, BREAD])["p-9"]}


cents = st.decimals(min_value="0.01", max_value="9999", places=2)
prices = st.decimals(min_value="0.0001", max_value="9999", places=4)
quantities = st.decimals(min_value="-999", max_value="999", places=2).filter(bool)
percentages = st.decimals(min_value="0", max_value="99", places=2)


@given(quantity=quantities, price=prices, discount=percentages)
def test_a_line_with_its_discount_comes_to_the_cents_that_tribe_shows(
    quantity: Decimal, price: Decimal, discount: Decimal
) -> None:
    lines = mapped(line(str(quantity), str(price), str(discount)))
    assert total(lines) == to_cents(quantity * price * (HUNDRED - discount) / HUNDRED)
    assert all(one.price > 0 and one.price == to_price(one.price) for one in lines.lines)


@given(prices=st.lists(cents, min_size=1, max_size=9), discount=percentages)
def test_a_document_discount_leaves_what_the_sum_leaves_over_any_accounts(
    prices: list[Decimal], discount: Decimal
) -> None:
    accounts = ("80000", "80100", "80200")
    products = [TribeProduct(account, account, None, account) for account in accounts]
    lines = mapped(
        *(line("1", str(price), product=products[place % 3]) for place, price in enumerate(prices)),
        discount=str(discount),
    )
    before = sum(prices, Decimal(0))
    assert total(lines) == to_cents(before * (HUNDRED - discount) / HUNDRED)
    assert {part.gl_account for part in lines.lines} == set(accounts[: len(prices)])


def test_a_discount_over_three_accounts_adds_up() -> None:
    products = [TribeProduct(account, account, None, account) for account in ("80000", "80100", "80200")]
    lines = mapped(*(line("1", "10.05", product=product) for product in products), discount="10")
    assert total(lines) == Decimal("27.14")


@given(parts=st.dictionaries(st.integers(), st.decimals("-9999", "9999", places=4), min_size=1, max_size=9))
def test_what_is_spread_adds_up_and_no_part_is_a_cent_off(parts: dict[int, Decimal]) -> None:
    amount = to_cents(sum(parts.values(), Decimal(0)))
    shares = spread(amount, parts)
    assert sum(shares.values(), Decimal(0)) == amount
    assert all(abs(shares[key] - part) < Decimal("0.01") for key, part in parts.items())
