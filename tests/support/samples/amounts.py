"""Invoices of Tribe for arithmetic: lines at prices, with what Tribe states of them."""

from decimal import Decimal

from tribe_yuki.invoices.model import TribeInvoice, TribeInvoiceLine, TribeProduct, TribeVatGroup


def tribe_line(
    quantity: str, price: str, percentage: str = "21", *, discount: str = "0", account: str = "80000"
) -> TribeInvoiceLine:
    """Return a line of which Tribe states no totals."""
    return TribeInvoiceLine(
        "l",
        "Regel",
        Decimal(quantity),
        Decimal(price),
        Decimal(discount),
        product=TribeProduct(f"p-{account}", f"Product {account}", None, account),
        vat_group=TribeVatGroup(f"g-{percentage}", percentage, None, Decimal(percentage)),
    )


def tribe_invoice(
    *lines: TribeInvoiceLine, amount: str | None = None, discount: str = "0", included: bool = False
) -> TribeInvoice:
    """Return an invoice of some lines, of which Tribe states the amount or nothing."""
    return TribeInvoice(
        tribe_invoice_id="i",
        number="1",
        subject=None,
        phase_code="Sent",
        is_final=True,
        currency="EUR",
        is_vat_included=included,
        discount_percentage=Decimal(discount),
        amount=None if amount is None else Decimal(amount),
        invoice_date=None,
        due_date=None,
        relation=None,
        lines=lines,
    )
