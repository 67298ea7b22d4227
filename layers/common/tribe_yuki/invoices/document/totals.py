"""What Yuki will make of the lines, and whether that is what Tribe says (design 6.5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tribe_yuki.connections.settings import TotalsReading
from tribe_yuki.core.details import Details
from tribe_yuki.core.money import CENT, to_cents
from tribe_yuki.invoices.details import Total, total_differs
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoice

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of an invoice, in cents of its currency."""

    excl: Decimal
    vat: Decimal
    incl: Decimal


def line_amount(line: SalesInvoiceLine) -> Decimal:
    """Return quantity times price in cents, as Yuki computes it (VAT included where the price includes it)."""
    return to_cents(line.quantity * line.price)


def yuki_totals(lines: Sequence[SalesInvoiceLine], rounding: Literal["rate", "line", "document"]) -> Totals:
    """Return the totals that Yuki will compute; its way of rounding VAT is a setting (`vat_rounding`)."""
    groups: dict[tuple[object, ...], list[SalesInvoiceLine]] = defaultdict(list)
    for number, line in enumerate(lines):
        key: tuple[object, ...] = (line.vat_type, line.vat_percentage, line.vat_description, line.vat_included)
        groups[(*key, number) if rounding == "line" else key].append(line)
    amounts = [(sum(map(line_amount, group), Decimal(0)), group[0]) for group in groups.values()]
    vats = [(amount, line, _vat_part(amount, line)) for amount, line in amounts]
    if rounding == "document":
        vat = to_cents(sum((part for *_, part in vats), Decimal(0)))
        incl_only = sum((amount for amount, line, _ in vats if line.vat_included), Decimal(0))
        net_only = sum((amount for amount, line, _ in vats if not line.vat_included), Decimal(0))
        included_vat = to_cents(sum((part for _, line, part in vats if line.vat_included), Decimal(0)))
        excl = net_only + incl_only - included_vat
        return Totals(excl, vat, excl + vat)
    vat = sum((to_cents(part) for *_, part in vats), Decimal(0))
    excl = sum((amount - to_cents(part) if line.vat_included else amount for amount, line, part in vats), Decimal(0))
    return Totals(excl, vat, excl + vat)


def _vat_part(amount: Decimal, line: SalesInvoiceLine) -> Decimal:
    base = HUNDRED + line.vat_percentage if line.vat_included else HUNDRED
    return amount * line.vat_percentage / base


def tribe_totals(invoice: TribeInvoice, reading: TotalsReading) -> Totals | None:
    """Return the totals that Tribe shows, in the chosen reading; None when it shows none.

    VAT is the sum of the lines' VAT after discount, rounded once per VAT group.
    """
    if invoice.amount is None or any(line.vat_amount is None and line.has_amount for line in invoice.lines):
        return None
    remaining = HUNDRED if reading.line_totals == "after_document_discount" else HUNDRED - invoice.discount_percentage
    groups: dict[str | None, Decimal] = defaultdict(Decimal)
    for line in invoice.lines:
        group = line.vat_group.tribe_vat_group_id if line.vat_group else None
        groups[group] += (line.vat_amount or Decimal(0)) * remaining / HUNDRED
    vat = sum(map(to_cents, groups.values()), Decimal(0))
    amount = to_cents(invoice.amount)
    excl = amount if reading.amount == "excl" else amount - vat
    return Totals(excl, vat, excl + vat)


def differences(ours: Totals, theirs: Totals, tolerance_cents: int) -> Details:
    """Return which totals differ by more than the tolerance, with both amounts; nothing when they agree."""
    allowed = CENT * tolerance_cents
    compared: tuple[tuple[Total, Decimal, Decimal], ...] = (
        ("excl", ours.excl, theirs.excl),
        ("vat", ours.vat, theirs.vat),
        ("incl", ours.incl, theirs.incl),
    )
    return tuple(total_differs(total, their, our) for total, our, their in compared if abs(our - their) > allowed)
