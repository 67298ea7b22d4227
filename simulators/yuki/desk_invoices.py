"""What a bookkeeper does with invoices, documents and bank lines in Yuki's screens."""

from collections.abc import Mapping
from typing import Any

from simulators.yuki.books import BankTransaction, Document, new_id
from simulators.yuki.desk import Desk, amount, flag, plain_text, refuse_unknown
from simulators.yuki.invoices import Invoice
from simulators.yuki.local_time import parse_date
from simulators.yuki.seed import invoice_of

_TEXTS = ("reference", "subject", "payment_method", "payment_id")
_AMOUNTS = ("total_excl", "total_vat", "total_incl")
_DAYS = {"date": "day", "due_date": "due_date"}
_KNOWN_OF_NEW = {
    *("administration_id", "contact_id", "reference", "date", "due_date", "currency", "source"),
    *("subject", "payment_method", "open_amount"),
    *_AMOUNTS,
}


def create_invoice(desk: Desk, wanted: dict[str, Any]) -> dict[str, Any]:
    """Book an invoice that the bookkeeper typed in; `reference`, `contact_id`, `date`, `total_incl` are needed."""
    texts = {name: plain_text(wanted, name) for name in ("subject", "payment_method") if name in wanted}
    amounts = {name: str(amount(wanted, name)) for name in (*_AMOUNTS, "open_amount") if name in wanted}
    given = wanted | texts | amounts | {"reference": plain_text(wanted, "reference")}
    refuse_unknown(wanted, _KNOWN_OF_NEW)
    invoice = invoice_of(desk.books, given, desk.now)
    desk.books.invoices.add(invoice)
    return invoice.state()


def change_invoice(desk: Desk, wanted: dict[str, Any], reference: str) -> dict[str, Any]:
    """Edit a booked invoice, or delete it (`deleted`); the one of `administration_id` when several share the number."""
    refuse_unknown(wanted, {"administration_id", "deleted", "contact_id", *_TEXTS, *_AMOUNTS, *_DAYS})
    invoice = _invoice(desk, wanted, reference)
    changes: dict[str, Any] = {name: plain_text(wanted, name) for name in _TEXTS if name in wanted}
    changes |= {name: amount(wanted, name) for name in _AMOUNTS if name in wanted}
    changes |= {stored: parse_date(wanted[name], name) for name, stored in _DAYS.items() if name in wanted}
    if "contact_id" in wanted:
        contact = desk.contact(str(wanted["contact_id"]))
        changes |= {"contact_id": contact.id, "contact_code": contact["Code"], "contact_name": contact["Name"]}
    deleted = flag(wanted, "deleted", default=False)
    desk.books.invoices.remove(invoice)
    if deleted:
        return {**invoice.state(), "deleted": True}
    for name, value in {**changes, "modified": desk.local}.items():
        setattr(invoice, name, value)
    desk.books.invoices.add(invoice)
    return invoice.state()


def pay_invoice(desk: Desk, wanted: dict[str, Any], reference: str) -> dict[str, Any]:
    """Pay an invoice, wholly or by an `amount` in euros, today or on a `date`."""
    refuse_unknown(wanted, {"administration_id", "amount", "date"})
    invoice = _invoice(desk, wanted, reference)
    day = parse_date(wanted["date"], "date") if "date" in wanted else desk.local.date()
    invoice.payments.append((day, amount(wanted, "amount") if "amount" in wanted else invoice.open_amount()))
    return invoice.state()


def create_document(desk: Desk, wanted: dict[str, Any]) -> dict[str, Any]:
    """Put a document of another kind in the archive: `Type`, `Folder`, `DomainID` and the elements of the answer."""
    domain_id = str(wanted.get("DomainID") or next(iter(desk.books.domains))).lower()
    if domain_id not in desk.books.domains:
        raise ValueError(f"there is no domain {domain_id}")
    record = {"Type", "Folder", "DomainID"}
    shown = {"Subject", "DocumentDate", "Amount", "VATAmount", "FileName", "ContactName", "ContactId", "Reference"}
    refuse_unknown(wanted, record | shown)
    amounts = {name: str(amount(wanted, name)) for name in {"Amount", "VATAmount"} & set(wanted)}
    document = Document(
        id=new_id(),
        domain_id=domain_id,
        type=int(wanted.get("Type", 0)),
        folder=int(wanted.get("Folder", 7)),
        created=desk.local,
        modified=desk.local,
        values={name: plain_text(wanted, name) for name in shown & set(wanted)} | amounts,
    )
    desk.books.documents.append(document)
    return {"ID": document.id}


def create_bank_transaction(desk: Desk, wanted: dict[str, Any]) -> dict[str, Any]:
    """Add a bank line that is matched to nothing: `amount`, and `Date`, `Description`, `Contact` as you like."""
    refuse_unknown(wanted, {"administration_id", "amount", "Date", "Description", "Contact"})
    administration_id = str(wanted.get("administration_id") or next(iter(desk.books.administrations))).lower()
    if administration_id not in desk.books.administrations:
        raise ValueError(f"there is no administration {administration_id}")
    day = parse_date(wanted["Date"], "Date") if "Date" in wanted else desk.local.date()
    texts = {name: plain_text(wanted, name) for name in ("Description", "Contact")}
    values = {**texts, "Date": day.isoformat()}
    line = BankTransaction(new_id(), administration_id, values, amount(wanted, "amount"))
    desk.books.bank_transactions.append(line)
    return {"ID": line.id}


def _invoice(desk: Desk, wanted: Mapping[str, Any], reference: str) -> Invoice:
    owners = [str(wanted["administration_id"]).lower()] if "administration_id" in wanted else desk.books.administrations
    found = [invoice for owner in owners for invoice in desk.books.invoices.with_reference(owner, reference)]
    if not found:
        raise ValueError(f"there is no booked invoice {reference}")
    return found[0]
