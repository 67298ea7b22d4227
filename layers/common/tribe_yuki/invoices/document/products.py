"""Which product of Yuki a line of Tribe's is, by description and reference (design 6.4)."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from tribe_yuki.connections.administration import VatCode
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoiceLine, TribeProduct

# Yuki cuts both off and matches products on what is left (yuki-api 4.4).
PRODUCT_DESCRIPTION_LENGTH = 60
PRODUCT_REFERENCE_LENGTH = 40
OWN_PRODUCT = "Factuurregel zonder product"


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


def products_at_odds(sold: Sequence[tuple[int, TribeInvoiceLine, SalesInvoiceLine]]) -> tuple[int, ...]:
    """Return the positions of lines whose product would change another product.

    Yuki knows a product by its description alone: two of one description are one product, with the account and
    VAT of the first.
    """
    groups: dict[str, list[tuple[int, TribeProduct, SalesInvoiceLine]]] = defaultdict(list)
    for position, source, line in sold:
        if source.product is not None and source.product.name:
            groups[line.product_description.casefold()].append((position, source.product, line))
    at_odds: list[int] = []
    for group in groups.values():
        kinds = {(line.gl_account, line.vat_type, line.vat_percentage, line.vat_description) for *_, line in group}
        if len(kinds) > 1 and len({product.tribe_product_id for _, product, _ in group}) > 1:
            at_odds += [position for position, *_ in group]
    return tuple(sorted(at_odds))


def product_of(line: TribeInvoiceLine, vat: VatCode, names: dict[str, str]) -> tuple[str, str | None]:
    """Return the description and reference of a line's product; without a product it is one of ours per VAT code."""
    if line.product is None or not line.product.name:
        return own_product(vat.type, vat.percentage)
    code = line.product.code
    return names[line.product.tribe_product_id], code[:PRODUCT_REFERENCE_LENGTH] if code else None


def own_product(vat_type: int, percentage: Decimal) -> tuple[str, str]:
    """Return the description and reference of our product for a VAT code."""
    return f"{OWN_PRODUCT} ({percentage.normalize():f} %, {vat_type})", f"TRIBE-{vat_type}-{percentage.normalize():f}"
