"""Turn the lines of a Tribe invoice into lines that Yuki adds up to the same cents (design 6.4)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tribe_yuki.connections.administration import GlAccount, VatCode
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.money import PRICE_STEP, to_cents, to_price
from tribe_yuki.invoices.details import account_missing, account_unusable, price_too_precise, quantity_too_precise
from tribe_yuki.invoices.document.totals import HUNDRED, line_amount
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoiceLine, TribeProduct

DISCOUNT = "Korting"
# Yuki cuts both off and matches products on what is left (yuki-api 4.4).
PRODUCT_DESCRIPTION_LENGTH = 60
PRODUCT_REFERENCE_LENGTH = 40
OWN_PRODUCT = "Factuurregel zonder product"

type VatOf = Callable[[TribeInvoiceLine], VatCode]


@dataclass(frozen=True, slots=True)
class MappedLines:
    """Lines for Yuki, and the texts of lines without an amount, which go to the invoice's remarks.

    `at_odds` are the positions of lines whose product is to Yuki the same as another product of another account or VAT.
    """

    lines: tuple[SalesInvoiceLine, ...]
    remarks: tuple[str, ...]
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
    mapped: list[SalesInvoiceLine] = []
    remarks: list[str] = []
    with_product: list[tuple[int, str, SalesInvoiceLine]] = []
    for position, line in enumerate(lines, start=1):
        # A zero price would make Yuki fill in its catalogue price (yuki-api 4.4).
        if not (line.has_price if is_free else line.has_amount):
            remarks.append(line.description)
            continue
        vat = vat_of(line)
        product, reference = _product(line, vat, names)
        plain = SalesInvoiceLine(
            description=line.description,
            quantity=line.quantity if line.price > 0 else -line.quantity,
            price=abs(line.price),
            product_description=product,
            product_reference=reference,
            vat_type=vat.type,
            vat_percentage=vat.percentage,
            vat_description=vat.description or None,
            vat_included=vat_included,
            gl_account=_account(line, position, accounts, settings),
        )
        mapped += _with_line_discount(plain, line.discount_percentage)
        if line.product is not None and line.product.name:
            with_product.append((position, line.product.tribe_product_id, plain))
    if not mapped:
        raise Held(HoldReason.INVOICE_INVALID, Detail(DetailCode.NO_AMOUNTS))
    lines_and_discounts = (*mapped, *_document_discounts(mapped, discount_percentage))
    return MappedLines(lines_and_discounts, tuple(remarks), products_at_odds(with_product))


def product_names(products: Sequence[TribeProduct]) -> dict[str, str]:
    """Return the description under which each product goes to Yuki, by product id.

    The code goes in front of a name that Yuki would cut off, always and not only when two are alike on one invoice,
    so that a product keeps one description; and of names that two products share.
    """
    by_name: dict[str, set[str]] = defaultdict(set)
    for product in products:
        by_name[product.name[:PRODUCT_DESCRIPTION_LENGTH].casefold()].add(product.tribe_product_id)
    names = {}
    for product in products:
        shared = len(by_name[product.name[:PRODUCT_DESCRIPTION_LENGTH].casefold()]) > 1
        needs_code = product.code and (shared or len(product.name) > PRODUCT_DESCRIPTION_LENGTH)
        name = f"{product.code} {product.name}" if needs_code else product.name
        names[product.tribe_product_id] = name[:PRODUCT_DESCRIPTION_LENGTH].rstrip()
    return names


def products_at_odds(lines: Sequence[tuple[int, str, SalesInvoiceLine]]) -> tuple[int, ...]:
    """Return the positions of lines, each given with its product's id, whose product would change another product.

    Yuki knows a product by its description alone: two of one description are one product, with the account and
    VAT of the first.
    """
    groups: dict[str, list[tuple[int, str, SalesInvoiceLine]]] = defaultdict(list)
    for entry in lines:
        groups[entry[2].product_description.casefold()].append(entry)
    at_odds: list[int] = []
    for group in groups.values():
        kinds = {(line.gl_account, line.vat_type, line.vat_percentage, line.vat_description) for *_, line in group}
        if len(kinds) > 1 and len({tribe_product_id for _, tribe_product_id, _ in group}) > 1:
            at_odds += [position for position, *_ in group]
    return tuple(sorted(at_odds))


def _product(line: TribeInvoiceLine, vat: VatCode, names: dict[str, str]) -> tuple[str, str | None]:
    """Return description and reference; a line without a product uses one product of ours per VAT code."""
    if line.product is None or not line.product.name:
        return _own_product(vat.type, vat.percentage)
    code = line.product.code
    return names[line.product.tribe_product_id], code[:PRODUCT_REFERENCE_LENGTH] if code else None


def _own_product(vat_type: int, percentage: Decimal) -> tuple[str, str]:
    return f"{OWN_PRODUCT} ({percentage.normalize():f} %, {vat_type})", f"TRIBE-{vat_type}-{percentage.normalize():f}"


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


def _with_line_discount(line: SalesInvoiceLine, percentage: Decimal) -> list[SalesInvoiceLine]:
    """Return the line at its net unit price where four decimals give the same cents, else with a discount line."""
    _check_precision(line)
    exact = line.price * (HUNDRED - percentage) / HUNDRED
    net = to_cents(line.quantity * exact)
    at_net_price = replace(line, price=to_price(exact))
    if at_net_price.price > 0 and line_amount(at_net_price) == net:
        return [at_net_price]
    if line.price != to_price(line.price):
        raise Held(HoldReason.INVOICE_INVALID, price_too_precise(line.price))
    return [line, *_discount_line(line, line_amount(line) - net)]


def _check_precision(line: SalesInvoiceLine) -> None:
    if line.quantity != line.quantity.quantize(PRICE_STEP):
        raise Held(HoldReason.INVOICE_INVALID, quantity_too_precise(line.quantity))


def _discount_line(line: SalesInvoiceLine, discount: Decimal) -> list[SalesInvoiceLine]:
    if discount == 0:
        return []
    product, reference = _own_product(line.vat_type, line.vat_percentage)
    quantity = Decimal(-1) if discount > 0 else Decimal(1)
    return [
        replace(
            line,
            description=DISCOUNT,
            quantity=quantity,
            price=abs(discount),
            product_description=product,
            product_reference=reference,
        )
    ]


def _document_discounts(lines: Sequence[SalesInvoiceLine], percentage: Decimal) -> list[SalesInvoiceLine]:
    """Return one discount line for each VAT code and account."""
    if percentage == 0:
        return []
    groups: dict[tuple[object, ...], list[SalesInvoiceLine]] = defaultdict(list)
    for line in lines:
        groups[line.vat_type, line.vat_percentage, line.vat_description, line.gl_account].append(line)
    discounts = []
    for group in groups.values():
        amount = sum(map(line_amount, group), Decimal(0))
        discounts += _discount_line(group[0], to_cents(amount * percentage / HUNDRED))
    return discounts
