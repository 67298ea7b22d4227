"""Outstanding items: which invoices are still to be paid (yuki-api 5.1 to 5.3)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from simulators.yuki.books import Administration
from simulators.yuki.context import Context
from simulators.yuki.invoices import Invoice
from simulators.yuki.texts import display, payment_method
from simulators.yuki.xml_nodes import child, payload

# Element names here, and the names under which the contact holds them.
_CONTACT_FIELDS: Mapping[str, str] = {
    "ContactCode": "Code",
    "CoCNumber": "CoCNumber",
    "VATNumber": "VATNumber",
    "AddressLine_1": "AddressLine_1",
    "AddressLine_2": "AddressLine_2",
    "Postcode": "Postcode",
    "City": "City",
    "MailAddressLine_1": "MailAddressLine_1",
    "MailAddressLine_2": "MailAddressLine_2",
    "MailPostcode": "MailPostcode",
    "MailCity": "MailCity",
    "Country": "Country",
    "RecipientEmail": "InvoiceEmail",
    "PhoneHome": "PhoneHome",
    "PhoneWork": "PhoneWork",
    "EmailHome": "EMailHome",
    "EmailWork": "EMailWork",
}


@dataclass(frozen=True)
class Item:
    """One outstanding item; an empty `type` marks a bank line."""

    id: str
    day: date
    description: str
    contact: str
    open_amount: Decimal
    original_amount: Decimal
    type: str
    reference: str = ""
    due: str = ""
    document_id: str = ""
    payment_method: str = ""
    payment_id: str = ""
    invoice: Invoice | None = None


SORTING: Mapping[str, tuple[Callable[[Item], Any], bool]] = {
    "ContactAsc": (lambda item: item.contact.strip().casefold(), False),
    "ContactDesc": (lambda item: item.contact.strip().casefold(), True),
    "AmountAsc": (lambda item: item.open_amount, False),
    "AmountDesc": (lambda item: item.open_amount, True),
    "DateAsc": (lambda item: item.day, False),
    "DateDesc": (lambda item: item.day, True),
}


def debtor_items(context: Context) -> etree._Element:
    """List all open items of an administration."""
    return _list(context, _items(context, context.administration))


def debtor_items_with_language(context: Context) -> etree._Element:
    """List all open items with the language of their layout."""
    return _list(context, _items(context, context.administration), extra="LayoutLanguage")


def debtor_items_by_date_outstanding(context: Context) -> etree._Element:
    """List what was open at the end of a day."""
    return _list(context, _items(context, context.administration, on=context.arguments["dateOutstanding"].date()))


def debtor_items_by_date(context: Context) -> etree._Element:
    """List the open items with a date between two dates, both included."""
    return _list(context, _dated_items(context))


def debtor_items_with_payment_reference(context: Context) -> etree._Element:
    """List the open items between two dates with their payment references."""
    return _list(context, _dated_items(context), extra="PaymentReference")


def creditor_items(_context: Context) -> etree._Element:
    """List no items: these books hold no purchases."""
    return payload("OutstandingCreditorItems")


def check_item(context: Context) -> etree._Element:
    """Return the open items with a reference, in all administrations of the current domain that the key sees."""
    here = [
        administration
        for administration in context.administrations()
        if administration.domain_id == context.session.domain_id
    ]
    return _check(context, here)


def check_item_of_administration(context: Context) -> etree._Element:
    """Return the open items with a reference in one administration."""
    return _check(context, [context.administration])


def _check(context: Context, administrations: Iterable[Administration]) -> etree._Element:
    reference = context.arguments["Reference"].strip()
    answer, invoices = payload("OutstandingItems"), context.books.invoices
    for administration in administrations if reference else ():
        for invoice in invoices.with_same_reference(administration.id, reference, context.switches["same_reference"]):
            for item in _open(context, [invoice], on=None):
                _append(context, answer, item, listed=False)
    return answer


def _dated_items(context: Context) -> list[Item]:
    first, last = context.arguments["startDate"].date(), context.arguments["endDate"].date()
    return [item for item in _items(context, context.administration) if first <= item.day <= last]


def _items(context: Context, administration: Administration, on: date | None = None) -> list[Item]:
    invoices = context.books.invoices.of(administration.id)
    bank = _bank_items(context, administration) if context.arguments["includeBankTransactions"] else []
    return [*_open(context, invoices, on), *(item for item in bank if on is None or item.day <= on)]


def _open(context: Context, invoices: Iterable[Invoice], on: date | None) -> list[Item]:
    delay = context.switches["outstanding_delay_seconds"]
    return [
        _item(context, invoice, invoice.open_amount(on))
        for invoice in invoices
        if invoice.is_visible(context.now, delay) and invoice.open_amount(on) and (on is None or invoice.day <= on)
    ]


def _item(context: Context, invoice: Invoice, open_amount: Decimal) -> Item:
    return Item(
        id=invoice.id,
        day=invoice.day,
        description=invoice.subject,
        contact=invoice.contact_name,
        open_amount=open_amount,
        original_amount=invoice.total_incl_eur,
        type="6",
        reference=invoice.reference,
        due=invoice.due_date.isoformat(),
        document_id=invoice.document_id,
        payment_method=payment_method(invoice.payment_method, context.session.language),
        payment_id=invoice.payment_id,
        invoice=invoice,
    )


def _bank_items(context: Context, administration: Administration) -> list[Item]:
    return [
        Item(
            id=transaction.id,
            day=date.fromisoformat(transaction.values["Date"]),
            description=transaction.values.get("Description", ""),
            contact=transaction.values.get("Contact", ""),
            open_amount=transaction.amount,
            original_amount=transaction.amount,
            type="",
        )
        for transaction in context.books.bank_transactions
        if transaction.administration_id == administration.id
    ]


def _list(context: Context, items: Iterable[Item], extra: str = "") -> etree._Element:
    by_key, descending = SORTING[context.arguments["sortOrder"]]
    answer = payload("OutstandingDebtorItems")
    for item in sorted(items, key=by_key, reverse=descending):
        _append(context, answer, item, extra=extra)
    return answer


def _append(context: Context, answer: etree._Element, item: Item, *, extra: str = "", listed: bool = True) -> None:
    contact = context.books.contact_of(item.invoice) if item.invoice else None
    element = child(answer, "Item")
    element.set("ID", item.id)
    child(element, "Date", item.day.isoformat())
    child(element, "Description", item.description)
    child(element, "Contact", contact["Name"] if contact else item.contact)
    child(element, "ContactID", item.invoice.contact_id if item.invoice else "")
    child(element, "OpenAmount", str(item.open_amount))
    child(element, "OriginalAmount", str(item.original_amount))
    kind = display("sales_invoice" if item.type else "bank", context.session.language)
    child(element, "Type", kind).set("ID", item.type)
    child(element, "Reference", item.reference)
    if extra == "PaymentReference":
        child(element, extra, item.payment_id)
    child(element, "DueDate", item.due)
    if listed:
        child(element, "DocumentID", item.document_id)
    child(element, "PaymentMethod", item.payment_method)
    if extra == "LayoutLanguage":
        child(element, extra, context.session.language[:2])
    for name, stored in _CONTACT_FIELDS.items():
        child(element, name, contact[stored] if contact else "")
