"""A line of an invoice as Yuki can hold it, at its amount to the cent: at a price, or as one piece (design 6.5)."""

from dataclasses import replace
from decimal import Decimal

from tribe_yuki.core.money import PRICE_STEP, to_cents, to_price
from tribe_yuki.invoices.document.totals import HUNDRED
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoiceLine


def at_price(line: SalesInvoiceLine, source: TribeInvoiceLine, discount: Decimal) -> SalesInvoiceLine | None:
    """Return a line at quantity and price of another system's, less a discount.

    The net price has four decimals; where they do not come to the line's amount, or the quantity has more, the line is
    one piece at that amount, and its text says quantity and price. None when it comes to nothing so.
    """
    price = source.price * (HUNDRED - discount) / HUNDRED
    quantity = source.quantity if price > 0 else -source.quantity
    amount = to_cents(quantity * abs(price))
    net_price = to_price(abs(price))
    is_short = quantity == quantity.quantize(PRICE_STEP)
    if is_short and net_price and to_cents(quantity * net_price) == amount:
        return replace(line, quantity=quantity, price=net_price)
    if not amount:
        return None
    text = f"{line.description} ({_said(source, discount)})".strip()
    return piece(replace(line, description=text), amount)


def piece(line: SalesInvoiceLine, amount: Decimal) -> SalesInvoiceLine:
    """Return a line as one piece at an amount: its price is never negative, its quantity may be."""
    return replace(line, quantity=Decimal(1 if amount > 0 else -1), price=abs(amount))


def _said(source: TribeInvoiceLine, discount: Decimal) -> str:
    less = f", {_number(discount)} % korting" if discount else ""
    return f"{_number(source.quantity)} x {_number(source.price)}{less}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")
