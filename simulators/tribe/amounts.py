"""What Tribe works out of an invoice's lines: their totals, its amount, and what the customer is asked to pay.

How Tribe rounds is not known, so `rounding` and `arithmetic` say how (tribe-api 6.2).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import reduce
from typing import Any

from simulators.tribe.store import Record, Store

_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)
_ZERO = Decimal(0)
type Step = Callable[[Decimal], Decimal]
# What every step of a calculation is kept as: all of it, or the nearest double.
ARITHMETIC: Mapping[str, Step] = {
    "exact": lambda amount: amount,
    "double": lambda amount: Decimal(float(amount)),
}
# How amounts become cents: half a cent goes away from zero, to the even cent, or up; or all below a cent is cut off.
TO_CENTS: Mapping[str, Step] = {
    "half_away": lambda amount: amount.quantize(_CENT, ROUND_HALF_UP),
    "half_even": lambda amount: amount.quantize(_CENT, ROUND_HALF_EVEN),
    "half_up": lambda amount: (amount + _CENT / 2).quantize(_CENT, ROUND_FLOOR),
    "cut_off": lambda amount: amount.quantize(_CENT, ROUND_DOWN),
}
_STATED = ("Total", "TotalExcludingVat", "TotalIncludingVat", "VatAmount", "VatAmountIncludingDiscount")
_CURRENCIES = (("Price", ""), ("PriceInCurrency", "InCurrency"))


@dataclass(frozen=True)
class Reckoning:
    """How Tribe works out amounts, as the switches have it."""

    rounding: str
    keep: Step
    cents: Step
    includes_document_discount: bool


@dataclass(frozen=True)
class LineAmounts:
    """The amounts of a line in one currency, with the VAT before discounts and the VAT group and its percentage."""

    total: Decimal
    excl: Decimal
    incl: Decimal
    full_vat: Decimal
    vat: Decimal
    group: tuple[str, Decimal]


@dataclass(frozen=True)
class Totals:
    """The totals on the customer's invoice, in cents: the VAT of each VAT group with its percentage, or as a whole."""

    excl: Decimal
    vats: Sequence[tuple[Decimal | None, Decimal]]
    incl: Decimal


def reckoning(switches: Mapping[str, Any]) -> Reckoning:
    """Return how amounts are worked out."""
    return Reckoning(
        rounding=switches["rounding"],
        keep=ARITHMETIC[switches["arithmetic"]],
        cents=TO_CENTS[switches["to_cents"]],
        includes_document_discount=bool(switches["line_totals_include_document_discount"]),
    )


def set_amounts(store: Store, invoice: Record, switches: Mapping[str, Any]) -> None:
    """Set the totals of an invoice's lines and its amount, from the lines' quantities, prices and discounts."""
    how, lines = reckoning(switches), lines_of(store, invoice)
    for line in lines:
        for name, value in _stated(store, invoice, line, how, str(switches["text_line_totals"])).items():
            _put(store, line, name, None if value is None else float(value))
    totals = totals_of(store, invoice, how)
    amount = totals.incl if switches["amount_meaning"] == "incl" else totals.excl
    _put(store, invoice, "Amount", float(amount) if lines else None)


def lines_of(store: Store, invoice: Record) -> list[Record]:
    """Return the lines of an invoice."""
    return store.pointing("Invoice", invoice.id, "ProductLine")


def totals_of(store: Store, invoice: Record, how: Reckoning) -> Totals:
    """Return what the customer is asked to pay, in the currency of the invoice."""
    factor = Decimal(1) if how.includes_document_discount else _factor(invoice, how.keep)
    lines = [amounts for line in lines_of(store, invoice) if (amounts := paper_amounts(store, invoice, line, how))]
    excl = how.cents(how.keep(_sum((line.excl for line in lines), how.keep) * factor))
    incl = how.cents(how.keep(_sum((line.incl for line in lines), how.keep) * factor))
    if how.rounding == "none":
        return Totals(excl, [(None, incl - excl)], incl)
    vats = [(rate, how.cents(vat)) for rate, vat in _vats(lines, factor, how)]
    return Totals(excl, vats, incl if _is_vat_included(invoice) else excl + sum((vat for _, vat in vats), _ZERO))


def _vats(lines: Sequence[LineAmounts], factor: Decimal, how: Reckoning) -> Iterator[tuple[Decimal | None, Decimal]]:
    """Yield what is rounded: the VAT of each VAT group, with its percentage, or all of it."""
    if how.rounding == "document":
        yield None, how.keep(_sum((line.vat for line in lines), how.keep) * factor)
        return
    for group in dict.fromkeys(line.group for line in lines):
        vats = (line.vat for line in lines if line.group == group)
        yield group[1], how.keep(_sum(vats, how.keep) * factor)


def paper_amounts(store: Store, invoice: Record, line: Record, how: Reckoning) -> LineAmounts | None:
    """Return the amounts of a line in the currency of the invoice; None for a text."""
    in_currency = line_amounts(store, invoice, line, "PriceInCurrency", how)
    return in_currency or line_amounts(store, invoice, line, "Price", how)


def line_amounts(store: Store, invoice: Record, line: Record, price: str, how: Reckoning) -> LineAmounts | None:
    """Return the amounts of a line at one of its prices; None without quantity or price."""
    quantity = line.values.get("Quantity")
    full = _product(quantity, line.values.get(price), how.keep)
    if full is None:
        return None
    factor = _factor(line, how.keep)
    if how.includes_document_discount:
        factor = how.keep(factor * _factor(invoice, how.keep))
    percentage, is_included = _percentage(store, line) or _ZERO, _is_vat_included(invoice)
    total = how.keep(full * factor)
    if how.rounding in ("line_net", "line_net_and_vat"):
        total = how.cents(total)
    pieces = Decimal(str(quantity)) if how.rounding == "piece" else Decimal(1)
    full_vat, vat = (_vat(amount, percentage, pieces, how, is_included=is_included) for amount in (full, total))
    excl, incl = (how.keep(total - vat), total) if is_included else (total, how.keep(total + vat))
    return LineAmounts(total, excl, incl, full_vat, vat, (line.links.get("VatGroup", ""), percentage))


def _vat(amount: Decimal, percentage: Decimal, pieces: Decimal, how: Reckoning, *, is_included: bool) -> Decimal:
    """Return the VAT of an amount; rounded by line, or for each of its pieces, where that is how it is done."""
    rate = how.keep(percentage / _HUNDRED)
    if how.rounding == "piece" and pieces:
        amount = how.keep(amount / pieces)
    vat = how.keep(amount - how.keep(amount / how.keep(1 + rate))) if is_included else how.keep(amount * rate)
    if how.rounding == "line_net_and_vat":
        return how.cents(vat)
    return how.keep(how.cents(vat) * pieces) if how.rounding == "piece" else vat


def _stated(
    store: Store, invoice: Record, line: Record, how: Reckoning, text_line_totals: str
) -> dict[str, Decimal | None]:
    """Return what Tribe states of a line, in both currencies."""
    stated = {"VatPercentage": _percentage(store, line)}
    for price, suffix in _CURRENCIES:
        shown = _shown(line_amounts(store, invoice, line, price, how), text_line_totals)
        stated |= {name + suffix: value for name, value in zip(_STATED, shown, strict=True)}
    stated["TotalPurchasePrice"] = _product(
        line.values.get("Quantity"), line.values.get("PurchasePrice"), ARITHMETIC["exact"]
    )
    return stated


def _shown(amounts: LineAmounts | None, text_line_totals: str) -> tuple[Decimal | None, ...]:
    if amounts is None:
        return (_ZERO if text_line_totals == "zero" else None,) * len(_STATED)
    if not amounts.total and text_line_totals == "null_when_zero":
        return (None,) * len(_STATED)
    return amounts.total, amounts.excl, amounts.incl, amounts.full_vat, amounts.vat


def _is_vat_included(invoice: Record) -> bool:
    return bool(invoice.values.get("IsVatIncluded"))


def _percentage(store: Store, line: Record) -> Decimal | None:
    group = store.target(line, "VatGroup")
    return _decimal(group.values.get("Percentage")) if group else None


def _factor(record: Record, keep: Step) -> Decimal:
    return keep(1 - keep((_decimal(record.values.get("DiscountPercentage")) or _ZERO) / _HUNDRED))


def _sum(amounts: Iterable[Decimal], keep: Step) -> Decimal:
    return reduce(lambda left, right: keep(left + right), amounts, _ZERO)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _product(left: Any, right: Any, keep: Step) -> Decimal | None:
    return None if left is None or right is None else keep(keep(Decimal(str(left))) * keep(Decimal(str(right))))


def _put(store: Store, record: Record, name: str, value: float | None) -> None:
    if record.values.get(name) != value:
        store.put(record, name, value)
