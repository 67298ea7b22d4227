"""Discount lines: of a line that is given away, and of the document, spread so that the parts add up (design 6.5)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal

from tribe_yuki.core.money import CENT, to_cents
from tribe_yuki.invoices.document.pieces import piece
from tribe_yuki.invoices.document.products import own_product
from tribe_yuki.invoices.document.totals import HUNDRED, ZERO, line_amount
from tribe_yuki.invoices.model import SalesInvoiceLine

DISCOUNT = "Korting"


def discount_line(line: SalesInvoiceLine, discount: Decimal) -> list[SalesInvoiceLine]:
    """Return the line that takes an amount off, with the VAT code and the account of another; none for nothing."""
    if not discount:
        return []
    product, reference = own_product(line.vat_type, line.vat_percentage)
    named = replace(line, description=DISCOUNT, product_description=product, product_reference=reference)
    return [piece(named, -discount)]


def document_discounts(lines: Sequence[SalesInvoiceLine], percentage: Decimal) -> list[SalesInvoiceLine]:
    """Return one discount line for each VAT code and account; together they leave what the discount leaves of all."""
    if not percentage:
        return []
    groups: dict[tuple[object, ...], list[SalesInvoiceLine]] = defaultdict(list)
    for line in lines:
        groups[line.vat_type, line.vat_percentage, line.vat_description, line.gl_account].append(line)
    amounts = {key: sum(map(line_amount, group), ZERO) for key, group in groups.items()}
    before = sum(amounts.values(), ZERO)
    discount = before - to_cents(before * (HUNDRED - percentage) / HUNDRED)
    shares = spread(discount, {key: amount * percentage / HUNDRED for key, amount in amounts.items()})
    return [line for key, group in groups.items() for line in discount_line(group[0], shares[key])]


def spread[Key](amount: Decimal, parts: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """Return an amount in cents as parts in cents, each less than a cent off: the largest remainders are rounded up."""
    cut = {key: part.quantize(CENT, ROUND_FLOOR) for key, part in parts.items()}
    left = int((amount - sum(cut.values(), ZERO)) / CENT)
    by_remainder = sorted(parts, key=lambda key: cut[key] - parts[key])
    return cut | {key: cut[key] + CENT for key in by_remainder[:left]}
