"""The documents that go to Yuki, and its answers to them.

They are built as trees and checked against the packaged schemas before they leave. Texts become text nodes, so nothing
in them can become markup. Empty elements are never written: they may blank what Yuki holds (yuki-api 4.3). An answer
is judged (yuki-api 3.3, 4.8): whatever it does not say plainly is an unknown outcome.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from lxml import etree

from tribe_yuki.adapters.yuki import values
from tribe_yuki.adapters.yuki.answers import Result, Row, inner_element
from tribe_yuki.adapters.yuki.faults import WORDS_READ
from tribe_yuki.adapters.yuki.markup import (
    CONTACT,
    SALES_INVOICES,
    DocumentSchema,
    Element,
    UnreadableAnswer,
    elements,
    fit_for_xml,
    local_name,
    text_of,
)
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.errors import Defect, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.ids import GUID
from tribe_yuki.invoices.details import element_invalid
from tribe_yuki.invoices.model import BatchAnswer, InvoiceAnswer, SalesInvoice, SalesInvoiceContact, SalesInvoiceLine

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NAMESPACES = {None: SALES_INVOICES.namespace, "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
_CONTACT_TYPES = {ContactKind.ORGANISATION: "Company", ContactKind.PERSON: "Person"}


def sales_invoices_document(invoices: Sequence[SalesInvoice]) -> Element:
    """Build `SalesInvoices`; raise Held(invoice_invalid) with the element that is wrong."""
    root = etree.Element(SALES_INVOICES.tag("SalesInvoices"), nsmap=_NAMESPACES)  # type: ignore[arg-type]
    for invoice in invoices:
        _add_invoice(root, invoice)
    field = SALES_INVOICES.field_at_fault(root)
    if field is not None:
        raise Held(HoldReason.INVOICE_INVALID, element_invalid(field))
    return root


def sales_invoice_size(invoice: SalesInvoice) -> int:
    """Return the bytes that one invoice adds to a call; raise Held(invoice_invalid) as the document itself does."""
    (element,) = sales_invoices_document([invoice])
    return len(etree.tostring(element, encoding="utf-8"))


def contact_document(elements: Mapping[str, str]) -> Element:
    """Build the `Contact` of UpdateContact from elements by name, in the schema's order, without the empty ones.

    Raises Defect for a name or a value that the schema does not know.
    """
    _root, *known = CONTACT.names()
    unknown = sorted(set(elements) - set(known))
    if unknown:
        raise Defect("contact_element_unknown", ", ".join(unknown))
    root = etree.Element(CONTACT.tag("Contact"), nsmap={None: CONTACT.namespace})  # type: ignore[dict-item]
    for name in known:
        _add(root, name, elements.get(name), CONTACT)
    field = CONTACT.field_at_fault(root)
    if field is not None:
        raise Defect("contact_document_invalid", field)
    return root


def plain(value: Decimal) -> str:
    """Return a decimal without exponent, superfluous zeros or minus zero; raise Defect for NaN and infinity."""
    if not value.is_finite():
        raise Defect("amount_not_a_number", str(value))
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _add_invoice(root: Element, invoice: SalesInvoice) -> None:
    element = etree.SubElement(root, SALES_INVOICES.tag("SalesInvoice"))
    _need(element, "Reference", invoice.reference)
    _need(element, "Subject", invoice.subject)
    _need(element, "PaymentMethod", invoice.payment_method)
    _add(element, "PaymentID", invoice.payment_id)
    _add(element, "PurchaseOrderNumber", invoice.purchase_order_number)
    _add(element, "Process", _boolean(value=True))
    _add(element, "EmailToCustomer", _boolean(value=False))
    if invoice.sent_to_peppol is not None:
        _add(element, "SentToPeppol", _boolean(value=invoice.sent_to_peppol))
    _add(element, "Date", invoice.date.isoformat())
    _add(element, "DueDate", invoice.due_date.isoformat())
    _add(element, "Currency", invoice.currency)
    _add(element, "Remarks", invoice.remarks)
    if invoice.document is not None:
        _add(element, "DocumentFileName", invoice.document.file_name)
        _add(element, "DocumentBase64", b64encode(invoice.document.content).decode("ascii"))
    _add_contact(element, invoice.contact)
    lines = etree.SubElement(element, SALES_INVOICES.tag("InvoiceLines"))
    for line in invoice.lines:
        _add_line(lines, line)


def _add_contact(parent: Element, contact: SalesInvoiceContact) -> None:
    element = etree.SubElement(parent, SALES_INVOICES.tag("Contact"))
    _need(element, "ContactCode", contact.code)
    _need(element, "FullName", contact.full_name)
    _add(element, "FirstName", contact.first_name)
    _add(element, "MiddleName", contact.middle_name)
    _add(element, "LastName", contact.last_name)
    _add(element, "CountryCode", contact.country if contact.names_country else None)
    _add(element, "City", contact.city)
    _add(element, "Zipcode", contact.postcode)
    _add(element, "AddressLine_1", contact.address_line_1)
    _add(element, "AddressLine_2", contact.address_line_2)
    _add(element, "EmailAddress", contact.email)
    _add(element, "Website", contact.website)
    _add(element, "CoCNumber", contact.coc_number)
    _add(element, "VATNumber", contact.vat_number)
    _add(element, "ContactType", _CONTACT_TYPES[contact.kind])


def _add_line(parent: Element, line: SalesInvoiceLine) -> None:
    element = etree.SubElement(parent, SALES_INVOICES.tag("InvoiceLine"))
    _add(element, "Description", line.description)
    _add(element, "ProductQuantity", plain(line.quantity))
    product = etree.SubElement(element, SALES_INVOICES.tag("Product"))
    _need(product, "Description", line.product_description, "Product/Description")
    _add(product, "Reference", line.product_reference)
    # All samples send Category, as nil where it has no value (yuki-api 4.4): the one empty element there is.
    etree.SubElement(product, SALES_INVOICES.tag("Category")).set(_NIL, "true")
    _add(product, "SalesPrice", plain(line.price))
    _add(product, "VATPercentage", plain(line.vat_percentage))
    _add(product, "VATIncluded", _boolean(value=line.vat_included))
    _add(product, "VATType", str(line.vat_type))
    _add(product, "VATDescription", line.vat_description)
    _need(product, "GLAccountCode", line.gl_account)


def _add(parent: Element, name: str, text: str | None, schema: DocumentSchema = SALES_INVOICES) -> None:
    content = fit_for_xml(text or "")
    if content:
        etree.SubElement(parent, schema.tag(name)).text = content


def _need(parent: Element, name: str, text: str, shown_as: str = "") -> None:
    """Add what Yuki's rules ask for and the schema does not (yuki-api 4.2, 4.3, 4.4)."""
    if not fit_for_xml(text):
        raise Held(HoldReason.INVOICE_INVALID, element_invalid(shown_as or name))
    _add(parent, name, text)


def _boolean(*, value: bool) -> str:
    return "true" if value else "false"


def batch_answer_of(administration_id: str) -> Callable[[Result], BatchAnswer]:
    """Return the reader of ProcessSalesInvoices' answer for one administration.

    It raises UnreadableAnswer when the answer is that of another administration, or does not say of each of its
    invoices whether it succeeded. Missing totals count as what the invoices add up to, TotalSkipped as none.
    """

    def read(result: Result) -> BatchAnswer:
        answer = inner_element(result)
        if answer is None or local_name(answer) != "SalesInvoicesImportResponse":
            raise UnreadableAnswer("the answer is not that of an import of invoices")
        totals = Row.of(answer)
        if (totals.guid("AdministrationId") or administration_id.lower()) != administration_id.lower():
            raise UnreadableAnswer("the answer is that of another administration")
        invoices = tuple(_invoice(Row.of(child)) for child in elements(answer) if local_name(child) == "Invoice")
        succeeded = sum(invoice.succeeded for invoice in invoices)
        return BatchAnswer(
            invoices=invoices,
            total_succeeded=_count(totals, "TotalSucceeded", succeeded),
            total_failed=_count(totals, "TotalFailed", len(invoices) - succeeded),
            total_skipped=_count(totals, "TotalSkipped", 0),
        )

    return read


def _invoice(row: Row) -> InvoiceAnswer:
    return InvoiceAnswer(
        reference=row.code("Reference") or "",
        succeeded=row.need(row.read(values.to_bool, "Succeeded"), "Succeeded"),
        processed=row.read(values.to_bool, "Processed") is True,
        message=row.text("Message", longest=WORDS_READ) or "",
    )


def _count(totals: Row, name: str, otherwise: int) -> int:
    count = totals.read(values.to_int, name)
    return otherwise if count is None else count


def contact_id_of(result: Result) -> str:
    """Read the answer of UpdateContact: the id stands inside a sentence, and nowhere else.

    Raises Held(refused_by_yuki) when it says Failed and nothing else; UnreadableAnswer when it says neither, or both.
    """
    answer = inner_element(result)
    said = list(elements(answer)) if answer is not None else []
    failed = [text_of(element) for element in said if local_name(element) == "Failed"]
    succeeded = " ".join(text_of(element) for element in said if local_name(element) == "Succeeded")
    found = GUID.search(succeeded)
    if failed and not succeeded:
        raise Held(HoldReason.REFUSED_BY_YUKI, words="; ".join(filter(None, failed))[:WORDS_READ])
    if found is None or any(failed):
        raise UnreadableAnswer("the answer does not say whether the contact was written")
    return found[0].lower()
