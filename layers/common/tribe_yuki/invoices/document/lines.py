"""Turn the lines of a Tribe invoice into lines that Yuki adds up to the same cents (design 6.4, 6.5)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tribe_yuki.connections.administration import GlAccount, VatCode
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.details import account_missing, account_unusable, on_line
from tribe_yuki.invoices.document.discounts import discount_line, document_discounts
from tribe_yuki.invoices.document.pieces import at_price
from tribe_yuki.invoices.document.products import product_names, product_of, products_at_odds
from tribe_yuki.invoices.document.totals import HUNDRED, ZERO, CodeOfVat, line_amount, vat_code_of
from tribe_yuki.invoices.document.tribe_rounding import VatInTribe, exact_amounts
from tribe_yuki.invoices.document.vat import name_of
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoiceLine

type Sold = tuple[int, TribeInvoiceLine, SalesInvoiceLine]
"""A line that is no text: its position, as Tribe has it, and as Yuki gets it."""

type VatOf = Callable[[TribeInvoiceLine], VatCode]


@dataclass(frozen=True, slots=True)
class MappedLines:
    """Lines for Yuki, and the texts of lines without an amount, which go to the invoice's remarks.

    `vat_in_tribe` is what the customer pays of each code, after all discounts.
    `at_odds` are the positions of lines whose product is to Yuki the same as another product of another account or VAT.
    """

    lines: tuple[SalesInvoiceLine, ...]
    remarks: tuple[str, ...]
    vat_in_tribe: Mapping[CodeOfVat, VatInTribe]
    at_odds: tuple[int, ...] = ()


def map_lines(
    lines: Sequence[TribeInvoiceLine],
    *,
    vat_included: bool,
    discount_percentage: Decimal,
    vat_of: VatOf,
    accounts: Sequence[GlAccount],
    settings: ConnectionSettings,
) -> MappedLines:
    """Return the lines for Yuki, discounts included.

    Where everything is given away, the lines go with a discount line each, as they do under a discount of the whole.
    Raises Held with `ledger_unmapped`, `invoice_invalid`, or what `vat_of` raises.
    """
    is_free = not any(line.has_amount for line in lines)
    names = product_names([line.product for line in lines if line.product])
    remarks: list[str] = []
    sold: list[Sold] = []
    for position, line in enumerate(lines, start=1):
        priced = None
        # A zero price would make Yuki fill in its catalogue price (yuki-api 4.4).
        if line.has_price if is_free else line.has_amount:
            vat, account = _vat(line, position, vat_of), _account(line, position, accounts, settings)
            named = _named(line, vat, account, product_of(line, vat, names), is_vat_included=vat_included)
            priced = at_price(named, line, ZERO if is_free else line.discount_percentage)
        if priced is None:
            remarks.append(line.description)
        else:
            sold.append((position, line, priced))
    if not sold:
        raise Held(HoldReason.INVOICE_INVALID, Detail(DetailCode.NO_AMOUNTS))
    mapped = [part for *_, line in sold for part in (_given_away(line) if is_free else [line])]
    return MappedLines(
        lines=(*mapped, *document_discounts(mapped, discount_percentage)),
        remarks=tuple(remarks),
        vat_in_tribe=_vat_in_tribe(sold, (HUNDRED - discount_percentage) / HUNDRED),
        at_odds=products_at_odds(sold),
    )


def _given_away(line: SalesInvoiceLine) -> list[SalesInvoiceLine]:
    return [line, *discount_line(line, line_amount(line))]


def _named(
    line: TribeInvoiceLine, vat: VatCode, account: str, product: tuple[str, str | None], *, is_vat_included: bool
) -> SalesInvoiceLine:
    description, reference = product
    return SalesInvoiceLine(
        description=line.description,
        quantity=line.quantity,
        price=line.price,
        product_description=description,
        product_reference=reference,
        vat_type=vat.type,
        vat_percentage=vat.percentage,
        vat_description=vat.description or None,
        vat_included=is_vat_included,
        gl_account=account,
    )


def _vat_in_tribe(sold: Sequence[Sold], left: Decimal) -> dict[CodeOfVat, VatInTribe]:
    """Return the VAT of each code as Tribe has it, of which the document's discount leaves a share."""
    vats: dict[CodeOfVat, VatInTribe] = defaultdict(VatInTribe)
    for _, line, mapped in sold:
        amounts = exact_amounts(line, is_vat_included=mapped.vat_included)
        vats[vat_code_of(mapped)] = vats[vat_code_of(mapped)].plus(amounts, left)
    return vats


def _vat(line: TribeInvoiceLine, position: int, vat_of: VatOf) -> VatCode:
    """Return the VAT code of a line; a hold says which line and VAT group it is about."""
    try:
        return vat_of(line)
    except Held as held:
        group = name_of(line.vat_group) if line.vat_group else None
        raise Held(held.reason, *(on_line(detail, position, group) for detail in held.details)) from None


def _account(line: TribeInvoiceLine, position: int, accounts: Sequence[GlAccount], settings: ConnectionSettings) -> str:
    code = (line.product.ledger_account if line.product else None) or settings.default_ledger_account
    if not code:
        raise Held(HoldReason.LEDGER_UNMAPPED, account_missing(position))
    account = next((account for account in accounts if account.code == code), None)
    if account is None:
        raise Held(HoldReason.LEDGER_UNMAPPED, account_unusable(DetailCode.ACCOUNT_UNKNOWN, code))
    if not account.is_enabled:
        raise Held(HoldReason.LEDGER_UNMAPPED, account_unusable(DetailCode.ACCOUNT_DISABLED, code))
    if account.type not in settings.revenue_gl_account_types:
        raise Held(HoldReason.LEDGER_UNMAPPED, account_unusable(DetailCode.ACCOUNT_NOT_REVENUE, code))
    return code
