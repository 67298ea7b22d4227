"""Load the books from a folder with `books.json` and `contacts.json`."""

import json
from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulators.yuki.books import AccessKey, Administration, Books, Domain, new_id
from simulators.yuki.contacts import HIDDEN_FIELDS, TYPES, VISIBLE_FIELDS, Contact
from simulators.yuki.invoices import Invoice, cents
from simulators.yuki.local_time import parse_date, to_instant, to_local

DEFAULT_SEED = Path(__file__).parent / "seed"

# Units of the currency for one euro. Fixed, so that the same invoice always gives the same outstanding item.
CURRENCY_RATES: Mapping[str, Decimal] = {
    code: Decimal(rate)
    for code, rate in {
        "EUR": "1",
        "CHF": "0.94",
        "DKK": "7.46",
        "GBP": "0.87",
        "NOK": "11.70",
        "PLN": "4.25",
        "SEK": "11.00",
        "USD": "1.15",
    }.items()
}


def load(folder: Path) -> Books:
    """Return the books of a seed folder; raise ValueError or FileNotFoundError that says what is missing."""
    source = _read(folder / "books.json")
    books = Books(currency_rates={**CURRENCY_RATES, **_rates(source)})
    for key in source["access_keys"]:
        books.access_keys[key["key"].lower()] = _access_key(key)
    for domain in source["domains"]:
        books.domains[domain["ID"].lower()] = Domain(
            domain["ID"].lower(), domain["Name"], domain["URL"], domain.get("Active", True)
        )
    for administration in source["administrations"]:
        books.administrations[administration["ID"].lower()] = _administration(administration, source)
    for contact in _read(folder / "contacts.json"):
        add_contact(books, contact)
    for invoice in source.get("invoices", []):
        books.invoices.add(invoice_of(books, invoice))
    return books


def _read(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"the seed file {path} is missing; see --seed")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"the seed file {path} is no JSON: {error}") from None


def _rates(source: Mapping[str, Any]) -> dict[str, Decimal]:
    return {code: Decimal(rate) for code, rate in source.get("currency_rates", {}).items()}


def _access_key(one: Mapping[str, Any]) -> AccessKey:
    return AccessKey(
        key=one["key"].lower(),
        region=one["region"],
        domain_ids=tuple(domain_id.lower() for domain_id in one["domain_ids"]),
        rights=frozenset(one["rights"]),
        administration_ids=tuple(one_id.lower() for one_id in one.get("administration_ids", ())),
    )


_ADMINISTRATION_DETAILS = ("AddressLine", "Postcode", "City", "Country", "CoCNumber", "VATNumber", "StartDate")


def _administration(one: Mapping[str, Any], source: Mapping[str, Any]) -> Administration:
    def listed(name: str) -> list[dict[str, Any]]:
        return list(source.get(name, {}).get(one["ID"], []))

    return Administration(
        id=one["ID"].lower(),
        name=one["Name"],
        domain_id=one["DomainID"].lower(),
        details={name: one.get(name, "") for name in _ADMINISTRATION_DETAILS},
        active=one.get("Active", True),
        vat_codes=listed("vat_codes"),
        gl_accounts={account["code"]: account for account in listed("gl_accounts")},
        payment_methods=listed("payment_methods"),
    )


def add_contact(books: Books, one: Mapping[str, Any]) -> Contact:
    """Add a contact given by element names; raise ValueError for a type or field that Yuki does not have."""
    record = ("ID", "Type", "HID", "Created", "Modified", "DomainID", "IsCustomer", "IsSupplier", "Active")
    unknown = set(one) - {*record, *VISIBLE_FIELDS, *HIDDEN_FIELDS}
    if unknown or one["Type"] not in TYPES:
        raise ValueError(f"contact {one.get('Name')!r}: wrong type {one['Type']!r} or unknown fields {sorted(unknown)}")
    domain = books.domains[str(one.get("DomainID") or next(iter(books.domains))).lower()]
    contact = Contact(
        id=one["ID"].lower(),
        hid=one.get("HID") or domain.contacts.next_hid,
        domain_id=domain.id,
        type=one["Type"],
        created=datetime.fromisoformat(one["Created"]),
        modified=datetime.fromisoformat(one["Modified"]),
        values={name: one.get(name) or "" for name in (*VISIBLE_FIELDS, *HIDDEN_FIELDS) if one.get(name)},
        is_customer=one.get("IsCustomer", False),
        is_supplier=one.get("IsSupplier", False),
        active=one.get("Active", True),
    )
    domain.contacts.add(contact)
    return contact


def invoice_of(books: Books, one: Mapping[str, Any], booked: datetime | None = None) -> Invoice:
    """Return an invoice that the web service did not book: a seeded one, or one that a person typed in.

    `booked` is the aware instant of booking; without it, noon on the invoice date. `open_amount` is in euros and
    defaults to the whole amount. Raise ValueError for an unknown contact or administration.
    """
    wanted = str(one.get("administration_id") or next(iter(books.administrations)))
    administration = books.administrations.get(wanted.lower())
    contact = books.find_contact(one["contact_id"])
    if administration is None or contact is None:
        raise ValueError(f"invoice {one['reference']!r}: its administration or contact does not exist")
    day = parse_date(one["date"], "date")
    incl = cents(Decimal(one["total_incl"]))
    excl = cents(Decimal(one.get("total_excl", incl)))
    booked = booked or to_instant(datetime.combine(day, time(12)))
    invoice = Invoice(
        id=new_id(),
        document_id=new_id(),
        administration_id=administration.id,
        reference=one["reference"],
        contact_id=contact.id,
        contact_code=contact["Code"],
        contact_name=contact["Name"],
        day=day,
        due_date=parse_date(one.get("due_date") or one["date"], "due_date"),
        subject=one.get("subject", ""),
        booked_at=booked,
        created=to_local(booked),
        modified=to_local(booked),
        currency=one.get("currency", "EUR"),
        rate=books.currency_rates[one.get("currency", "EUR")],
        payment_method=one.get("payment_method", "ElectronicTransfer"),
        source=one.get("source", "bookkeeper"),
        total_excl=excl,
        total_vat=incl - excl,
        total_incl=incl,
    )
    paid = invoice.open_amount() - Decimal(one.get("open_amount", invoice.open_amount()))
    if paid:
        invoice.payments.append((day, paid))
    return invoice
