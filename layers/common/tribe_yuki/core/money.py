"""Rounding as bookkeepers do it."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.0001")


def to_cents(amount: Decimal) -> Decimal:
    """Round to two decimals, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def to_price(amount: Decimal) -> Decimal:
    """Round a unit price to the four decimals that Yuki takes (yuki-api 4.4), half away from zero."""
    return amount.quantize(PRICE_STEP, ROUND_HALF_UP)
