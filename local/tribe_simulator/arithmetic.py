"""How Tribe computes the amounts of an invoice (tribe-api 6.2): exact, rounded, or as binary doubles do."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from local.tribe_simulator.environment import Environment
from local.tribe_simulator.model import Source
from local.tribe_simulator.store import Fields, Record

CENT = Decimal("0.01")
LINES = Source("ProductLine", "Invoice")
_PRICES = {"": "Price", "InCurrency": "PriceInCurrency"}


def line_totals(environment: Environment, line: Record) -> Fields:
    """Return what Tribe shows on a line; amounts in a currency that the line has no price in are None."""
    switches = environment.switches
    percentage = _vat_percentage(environment, line)
    shown: Fields = {"VatPercentage": percentage}
    discounted = bool(switches["line_totals_include_document_discount"])
    for suffix, price in _PRICES.items():
        amounts = _amounts(environment, line, price, after_document_discount=discounted)
        shown |= {f"{name}{suffix}": _as_shown(value, switches["line_amounts"]) for name, value in amounts.items()}
    return shown


def invoice_total(environment: Environment, invoice: Record, name: str) -> float:
    """Return the sum over the lines of TotalExcludingVat or TotalIncludingVat, after all discounts, in cents."""
    lines = environment.store.pointing(LINES, invoice)
    amounts = (_amounts(environment, line, "Price", after_document_discount=True)[name] for line in lines)
    return float(to_cents(sum((Decimal(str(amount)) for amount in amounts if amount is not None), Decimal(0))))


def _amounts(
    environment: Environment, line: Record, price: str, *, after_document_discount: bool
) -> Mapping[str, Decimal | float | None]:
    invoice = environment.store.linked(line, "Invoice")
    owner = invoice.fields if invoice else {}
    document_discount = owner.get("DiscountPercentage") if after_document_discount else 0
    values = (
        line.fields.get("Quantity"),
        line.fields.get(price),
        line.fields.get("DiscountPercentage"),
        document_discount,
        _vat_percentage(environment, line),
    )
    is_included = bool(owner.get("IsVatIncluded"))
    if line.fields.get(price) is None:
        return dict.fromkeys(compute(*(Decimal(0) for _ in values), vat_included=is_included))
    if environment.switches["line_amounts"] == "binary":
        return compute(*(float(value or 0) for value in values), vat_included=is_included)
    return compute(*(Decimal(str(value or 0)) for value in values), vat_included=is_included)


def compute[Number: (Decimal, float)](
    quantity: Number,
    price: Number,
    discount: Number,
    document_discount: Number,
    vat_percentage: Number,
    *,
    vat_included: bool,
) -> dict[str, Number]:
    """Return the amounts of one line; percentages as 21 for 21 %.

    `VatAmount` is the VAT before the line discount; everything else is after it.
    """
    before = quantity * price * (100 - document_discount) / 100
    total = before * (100 - discount) / 100
    base = 100 + vat_percentage if vat_included else vat_percentage * 0 + 100
    vat = total * vat_percentage / base
    excluding = total - vat if vat_included else total
    return {
        "Total": total,
        "TotalExcludingVat": excluding,
        "TotalIncludingVat": total if vat_included else total + vat,
        "VatAmount": before * vat_percentage / base,
        "VatAmountIncludingDiscount": vat,
    }


def to_cents(value: Decimal) -> Decimal:
    """Round half away from zero, after the noise of doubles is gone."""
    return value.quantize(Decimal("0.00000001"), ROUND_HALF_UP).quantize(CENT, ROUND_HALF_UP)


def _as_shown(value: Decimal | float | None, form: str) -> float | None:
    if value is None:
        return None
    return float(to_cents(Decimal(str(value)))) if form == "rounded" else float(value)


def _vat_percentage(environment: Environment, line: Record) -> float | None:
    group = environment.store.linked(line, "VatGroup")
    return float(group.fields.get("Percentage") or 0) if group else None
