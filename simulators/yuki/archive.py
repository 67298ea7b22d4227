"""The archive: every booked sales invoice is a document, next to documents of other kinds (yuki-api 5.4).

The measured element names `ContactId`, `Reference` and `VATAmount` stand between ContactName and Created.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from simulators.yuki.books import Document
from simulators.yuki.context import Context
from simulators.yuki.invoices import ZERO, Invoice
from simulators.yuki.local_time import seconds_notation
from simulators.yuki.soap import SoapFault
from simulators.yuki.texts import display
from simulators.yuki.xml_nodes import child, payload

SALES_INVOICE = 6
SALES_FOLDER = 2
SALES_TAB = 201

FOLDERS: Mapping[int, str] = {
    7: "folder_to_sort",
    1: "folder_purchase",
    2: "folder_sales",
    3: "folder_bank",
    4: "folder_personnel",
    5: "folder_tax",
    8: "folder_other",
    100: "folder_own",
}
FIRST_OWN_FOLDER = 100
TYPE_TEXTS: Mapping[int, str] = {
    0: "standard",
    1: "bank",
    2: "purchase_invoice",
    6: "sales_invoice",
    10: "statement",
    14: "vat_return",
    21: "journal",
}


@dataclass(frozen=True)
class Entry:
    """A document as the archive shows it; times are naive Amsterdam times."""

    id: str
    type: int
    folder: int
    subject: str
    day: str
    amount: Decimal
    vat_amount: Decimal
    file_name: str
    file_size: int
    contact_name: str
    contact_id: str
    reference: str
    created: datetime
    modified: datetime


SORTING: Mapping[str, tuple[Callable[[Entry], Any], bool]] = {
    "CreatedDesc": (lambda entry: entry.created, True),
    "CreatedAsc": (lambda entry: entry.created, False),
    "ModifiedDesc": (lambda entry: entry.modified, True),
    "ModifiedAsc": (lambda entry: entry.modified, False),
    "DocumentDateDesc": (lambda entry: entry.day, True),
    "DocumentDateAsc": (lambda entry: entry.day, False),
    "ContactNameAsc": (lambda entry: entry.contact_name.strip().casefold(), False),
    "ContactNameDesc": (lambda entry: entry.contact_name.strip().casefold(), True),
}


def document_folders(context: Context) -> etree._Element:
    """List the folders, Yuki's own and the one that the users made."""
    answer = payload("DocumentFolders")
    for folder, name in FOLDERS.items():
        element = child(answer, "DocumentFolder")
        element.set("ID", str(folder))
        child(element, "Description", display(name, context.session.language))
        child(element, "Icon", "DocumentFolder_red_label.png")
        child(element, "ProcessedByYuki", str(folder < FIRST_OWN_FOLDER))
    return answer


def documents_by_type(context: Context) -> etree._Element:
    """List the documents of a type with a date between two dates."""
    return _page(context, filter(_dated(context), _of_type(context)))


def documents_in_folder(context: Context) -> etree._Element:
    """List the documents of a folder with a date between two dates."""
    return _page(context, filter(_dated(context), _in_folder(context)))


def modified_documents_by_type(context: Context) -> etree._Element:
    """List the documents of a type that changed at or after a moment."""
    since = context.arguments["modifiedSince"]
    return _page(context, (entry for entry in _of_type(context) if entry.modified >= since))


def modified_documents_in_folder(context: Context) -> etree._Element:
    """List the documents of a folder that changed at or after a moment."""
    since = context.arguments["modifiedSince"]
    return _page(context, (entry for entry in _in_folder(context) if entry.modified >= since))


def find_document(context: Context) -> etree._Element:
    """Return the document with an id, with its folder; raise SoapFault when there is none."""
    wanted = context.arguments["documentID"].strip().lower()
    found = next((entry for entry in _entries(context) if entry.id == wanted), None)
    if found is None:
        raise SoapFault("Invalid document ID")
    answer = payload("Documents")
    _append(context, answer, found, with_folder=True)
    return answer


def _dated(context: Context) -> Callable[[Entry], bool]:
    first, last = (context.arguments[name].date().isoformat() for name in ("startDate", "endDate"))
    return lambda entry: first <= entry.day <= last


def _of_type(context: Context) -> Iterable[Entry]:
    return (entry for entry in _entries(context) if entry.type == context.arguments["documentType"])


def _in_folder(context: Context) -> Iterable[Entry]:
    return (entry for entry in _entries(context) if entry.folder == context.arguments["folderID"])


def _entries(context: Context) -> list[Entry]:
    """Return the documents of the session's current domain: the archive knows no administrations."""
    domain_id = context.session.domain_id
    delay = context.switches["archive_delay_seconds"]
    invoices = (
        _invoice_entry(context, invoice)
        for invoice in context.books.invoices_of_domain(domain_id)
        if invoice.processed and invoice.is_visible(context.now, delay)
    )
    return [*invoices, *(_entry(document) for document in context.books.documents if document.domain_id == domain_id)]


def _invoice_entry(context: Context, invoice: Invoice) -> Entry:
    contact = context.books.contact_of(invoice)
    return Entry(
        id=invoice.document_id,
        type=SALES_INVOICE,
        folder=SALES_FOLDER,
        subject=invoice.subject,
        day=invoice.day.isoformat(),
        amount=invoice.total_incl_eur,
        vat_amount=invoice.total_vat_eur,
        file_name=invoice.document_file_name or f"Invoice {invoice.reference}.pdf",
        file_size=invoice.document_bytes,
        contact_name=contact["Name"] if contact else invoice.contact_name,
        contact_id=invoice.contact_id,
        reference=invoice.reference,
        created=invoice.created,
        modified=invoice.modified,
    )


def _entry(document: Document) -> Entry:
    values = document.values
    return Entry(
        id=document.id,
        type=document.type,
        folder=document.folder,
        subject=values.get("Subject", ""),
        day=values.get("DocumentDate", ""),
        amount=Decimal(values.get("Amount", ZERO)),
        vat_amount=Decimal(values.get("VATAmount", ZERO)),
        file_name=values.get("FileName", ""),
        file_size=0,
        contact_name=values.get("ContactName", ""),
        contact_id=values.get("ContactId", ""),
        reference=values.get("Reference", ""),
        created=document.created,
        modified=document.modified,
    )


def _page(context: Context, entries: Iterable[Entry]) -> etree._Element:
    by_key, descending = SORTING[context.arguments["sortOrder"]]
    found = sorted(entries, key=by_key, reverse=descending)
    start = max(context.arguments["startRecord"], 0)
    answer = payload("Documents")
    for entry in found[start : start + max(context.arguments["numberOfRecords"], 0)]:
        _append(context, answer, entry, with_folder=False)
    return answer


def _append(context: Context, answer: etree._Element, entry: Entry, *, with_folder: bool) -> None:
    language = context.session.language
    element = child(answer, "Document")
    element.set("ID", entry.id)
    child(element, "Subject", entry.subject)
    if entry.day:
        child(element, "DocumentDate", entry.day)
    child(element, "Amount", f"{entry.amount:.2f}")
    if with_folder:
        child(element, "Folder", display(FOLDERS.get(entry.folder, "folder_own"), language)).set(
            "ID", str(entry.folder)
        )
        child(element, "Tab", display("tab_invoices", language)).set("ID", str(SALES_TAB))
    child(element, "Type", str(entry.type))
    child(element, "TypeDescription", display(TYPE_TEXTS.get(entry.type, "standard"), language))
    if entry.file_name:
        child(element, "FileName", entry.file_name)
        child(element, "ContentType", "application/pdf")
        child(element, "FileSize", str(entry.file_size))
    child(element, "ContactName", entry.contact_name)
    if context.switches["archive_reference"]:
        child(element, context.switches["archive_contact_element"], entry.contact_id)
        child(element, "Reference", entry.reference)
    child(element, "VATAmount", f"{entry.vat_amount:.2f}")
    child(element, "Created", seconds_notation(entry.created))
    child(element, "Creator", "yuki")
    child(element, "Modified", seconds_notation(entry.modified))
    child(element, "Modifier", "yuki")
