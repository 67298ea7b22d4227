"""The products of an administration, and the booked lines that use them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Line:
    """One booked line; `amount` is in the invoice's currency and includes VAT when `vat_included`."""

    description: str
    remarks: str
    quantity: Decimal
    price: Decimal
    product: str
    product_reference: str
    vat_type: int
    vat_percentage: Decimal
    vat_description: str
    vat_included: bool
    gl_account: str
    amount: Decimal

    def state(self) -> dict[str, Any]:
        """Return the line as the control plane shows it: numbers as strings."""
        return {
            "description": self.description,
            "remarks": self.remarks,
            "quantity": f"{self.quantity.normalize():f}",
            "price": _price(self.price),
            "product": self.product,
            "product_reference": self.product_reference,
            "vat_type": self.vat_type,
            "vat_percentage": f"{self.vat_percentage:.2f}",
            "vat_description": self.vat_description,
            "vat_included": self.vat_included,
            "gl_account": self.gl_account,
            "amount": str(self.amount),
        }


def _price(price: Decimal) -> str:
    """Return a price with two decimals, or with as many more as it needs."""
    shortest = f"{price.normalize():f}"
    return shortest if len(shortest.partition(".")[2]) > 2 else f"{price:.2f}"  # noqa: PLR2004 (cents)


@dataclass(frozen=True)
class Product:
    """A product of an administration, matched on its description of at most 60 characters (yuki-api 4.4)."""

    id: str
    description: str
    reference: str
    price: Decimal
    vat_type: int
    vat_percentage: Decimal
    vat_description: str
    vat_included: bool
    gl_account: str

    def state(self) -> dict[str, Any]:
        """Return the product as the control plane shows it."""
        return {
            "id": self.id,
            "description": self.description,
            "reference": self.reference,
            "price": _price(self.price),
            "vat_type": self.vat_type,
            "vat_percentage": f"{self.vat_percentage:.2f}",
            "gl_account": self.gl_account,
        }
