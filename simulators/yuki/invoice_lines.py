"""Turn the lines of an invoice into booked lines: product, price, VAT code and ledger account (yuki-api 4.4, 4.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from simulators.yuki.books import Administration, new_id
from simulators.yuki.invoice_contact import Refused
from simulators.yuki.products import Line, Product
from simulators.yuki.totals import line_amount

DESCRIPTION_LENGTH = 60
REFERENCE_LENGTH = 40
WRONG_CATEGORY = "Onjuiste artikelcategorie"


def texts(element: etree._Element | None) -> dict[str, str]:
    """Return the texts of an element's children by local name; none when there is no such element."""
    children = element.iterchildren(etree.Element) if element is not None else ()
    return {etree.QName(child).localname: child.text or "" for child in children}


@dataclass
class LineReader:
    """Read the lines of one invoice; products that it meets for the first time wait in `new_products`."""

    administration: Administration
    day: date
    revenue_types: list[int]
    new_products: dict[str, Product] = field(default_factory=dict)

    def read(self, element: etree._Element) -> Line:
        """Return one booked line; raise Refused when Yuki cannot book it."""
        sent = texts(element)
        product_sent = texts(element.find("{*}Product"))
        description = product_sent["Description"].strip()[:DESCRIPTION_LENGTH]
        if not description:
            raise Refused("De omschrijving van het artikel ontbreekt.")
        stored = self._stored(description)
        price = Decimal(product_sent.get("SalesPrice", "").strip() or 0)
        if not price and stored:
            price = stored.price  # a zero price means the one of the catalogue
        vat_code = self._vat_code(product_sent, stored)
        gl_account = self._gl_account(product_sent.get("GLAccountCode", "").strip(), stored)
        included = product_sent.get("VATIncluded", "").strip()
        product = Product(
            id=stored.id if stored else new_id(),
            description=description,
            reference=product_sent.get("Reference", stored.reference if stored else "")[:REFERENCE_LENGTH],
            price=price,
            vat_type=int(vat_code["type"]),
            vat_percentage=Decimal(vat_code["percentage"]),
            vat_description=str(vat_code["description"]),
            vat_included=included in {"true", "1"} if included else bool(stored and stored.vat_included),
            gl_account=gl_account,
        )
        if stored is None:
            self.new_products[description.casefold()] = product
        return _line(sent, product)

    def _stored(self, description: str) -> Product | None:
        key = description.casefold()
        return self.administration.products.get(key) or self.new_products.get(key)

    def _vat_code(self, sent: Mapping[str, str], stored: Product | None) -> Mapping[str, Any]:
        vat_type = sent.get("VATType", "").strip() or (str(stored.vat_type) if stored else "")
        percentage = sent.get("VATPercentage", "").strip() or (str(stored.vat_percentage) if stored else "")
        wanted = sent.get("VATDescription", "").strip()
        if not vat_type or not percentage:
            raise Refused("Het btw-type of het btw-percentage van het artikel ontbreekt.")
        for code in self.administration.vat_codes:
            same = int(code["type"]) == int(vat_type) and Decimal(code["percentage"]) == Decimal(percentage)
            if same and wanted in {"", code["description"]} and _is_valid(code, self.day):
                return code
        detail = f" en omschrijving {wanted}" if wanted else ""
        raise Refused(f"Geen actieve btw-code gevonden voor type {vat_type}, percentage {percentage}{detail}.")

    def _gl_account(self, wanted: str, stored: Product | None) -> str:
        """Return the account that is sent when it can be used, else the product's own, else Yuki's default."""
        account = self.administration.gl_accounts.get(wanted)
        if account is None or not account["isEnabled"]:
            return stored.gl_account if stored else self.administration.default_gl_account
        if account["type"] not in self.revenue_types:
            raise Refused(WRONG_CATEGORY)
        return wanted


def _is_valid(code: Mapping[str, Any], day: date) -> bool:
    start, end = code.get("startDate"), code.get("endDate")
    return (not start or start <= day.isoformat()) and (not end or day.isoformat() <= end)


def _line(sent: Mapping[str, str], product: Product) -> Line:
    quantity = Decimal(sent["ProductQuantity"].strip())
    return Line(
        description=sent.get("Description", "") or product.description,
        remarks=sent.get("Remarks", ""),
        quantity=quantity,
        price=product.price,
        product=product.description,
        product_reference=product.reference,
        vat_type=product.vat_type,
        vat_percentage=product.vat_percentage,
        vat_description=product.vat_description,
        vat_included=product.vat_included,
        gl_account=product.gl_account,
        amount=line_amount(quantity, product.price),
    )
