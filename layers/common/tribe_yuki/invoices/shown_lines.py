"""What is kept of the lines that Tribe shows, to notice a later change: VAT by group, and a hash of the rest."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from tribe_yuki.core.money import to_cents
from tribe_yuki.invoices.document.tribe_rounding import exact_amounts
from tribe_yuki.invoices.model import TribeInvoice, TribeInvoiceLine


def vat_by_group(invoice: TribeInvoice) -> Mapping[str, Decimal]:
    """Return the VAT of each VAT group: as Tribe states it, or as its lines come to."""
    vat: dict[str, Decimal] = defaultdict(Decimal)
    for line in invoice.lines:
        if line.has_amount and line.vat_group is not None:
            vat[line.vat_group.tribe_vat_group_id] += _vat(line, is_vat_included=invoice.is_vat_included)
    return {group: to_cents(amount) for group, amount in sorted(vat.items())}


def _vat(line: TribeInvoiceLine, *, is_vat_included: bool) -> Decimal:
    stated = line.vat_amount
    return stated if stated is not None else exact_amounts(line, is_vat_included=is_vat_included).vat


def hash_of_lines(invoice: TribeInvoice) -> str:
    """Return a hash of what is sold: the lines in any order, prices and discounts, and the document's discount.

    Texts do not count: the books have no use for them, and a line without a text is called like its product.
    """
    lines = sorted(_as_text(line) for line in invoice.lines if line.has_price)
    whole = (invoice.is_vat_included, _plain(invoice.discount_percentage), lines)
    return sha256(repr(whole).encode()).hexdigest()[:16]


def _as_text(line: TribeInvoiceLine) -> str:
    group = line.vat_group.tribe_vat_group_id if line.vat_group else None
    numbers = (line.quantity, line.price, line.discount_percentage)
    return repr((*map(_plain, numbers), group))


def _plain(number: Decimal) -> str:
    """Return a number without the zeros that say nothing."""
    return f"{number.normalize():f}"
