"""A very small Tribe environment as seed data for the simulator: one of each kind of record."""

import json
from pathlib import Path
from typing import Any

OWN = "10000000-0000-4000-8000-000000000001"
BAKERY = "20000000-0000-4000-8000-000000000011"
MILL = "20000000-0000-4000-8000-000000000012"
PROSPECT = "20000000-0000-4000-8000-000000000013"
GONE_CUSTOMER = "20000000-0000-4000-8000-000000000014"
JIP = "20000000-0000-4000-8000-000000000022"
CONTACT_PERSON = "20000000-0000-4000-8000-000000000023"
VIRTUAL_USER = "20000000-0000-4000-8000-000000000029"
IDENTITY = "30000000-0000-4000-8000-000000000001"
BAKERY_CUSTOMER = "30000000-0000-4000-8000-000000000031"
JIP_CUSTOMER = "30000000-0000-4000-8000-000000000032"
MILL_SUPPLIER = "30000000-0000-4000-8000-000000000033"
PROSPECT_LEAD = "30000000-0000-4000-8000-000000000034"
BAKERY_SUPPLIER = "30000000-0000-4000-8000-000000000035"
FORMER_CUSTOMER = "30000000-0000-4000-8000-000000000036"
BAKERY_CONTACT = "30000000-0000-4000-8000-000000000041"
EMPLOYEE = "b0000000-0000-4000-8000-000000000001"
INVOICE = "40000000-0000-4000-8000-000000000041"
DOLLARS = "40000000-0000-4000-8000-000000000043"
PRIVATE_INVOICE = "40000000-0000-4000-8000-000000000044"
LINE = "50000000-0000-4000-8000-000000000051"
PRODUCT = "60000000-0000-4000-8000-000000000061"
GROUP = "60000000-0000-4000-8000-000000000071"
DRAFT, SENT, PAID = (f"70000000-0000-4000-8000-0000000000a{n}" for n in (1, 2, 3))
VAT_21, VAT_9 = (f"70000000-0000-4000-8000-00000000007{n}" for n in (1, 2))
LEDGER = "70000000-0000-4000-8000-000000000081"
NETHERLANDS, GREECE = (f"70000000-0000-4000-8000-00000000009{n}" for n in (1, 2))
VISITING, BILLING, HOME = (f"80000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))

type Rows = list[dict[str, Any]]


def to(record_id: str) -> dict[str, str]:
    return {"ID": record_id}


ENTITIES: dict[str, Rows] = {
    "Relation_Organization": [
        {"ID": OWN, "Name": "Voorbeeld Administratie B.V."},
        {
            "ID": BAKERY,
            "Name": "\nBakkerij 't Korenschuurtje & Zn.",
            "DebtorNumber": "D-10045",
            "EmailAddress": "info@korenschuur.example",
            "VisitingAddress": to(VISITING),
            "InvoiceAddress": to(BILLING),
        },
        {"ID": MILL, "Name": "Molen De Windvang", "DebtorNumber": "d-10045", "CreditorNumber": "C-7"},
        {"ID": PROSPECT, "Name": "Misschien Ooit B.V."},
        {"ID": GONE_CUSTOMER, "Name": "Was Klant B.V.", "DebtorNumber": "D-10050"},
    ],
    "Relation_Person": [
        {
            "ID": JIP,
            "FirstName": "Jip",
            "MiddleName": "van der",
            "LastName": "Meulen",
            "DebtorNumber": "D-10046",
            "Address": to(HOME),
        },
        {"ID": CONTACT_PERSON, "FirstName": "Noor", "LastName": "Contact"},
        {"ID": VIRTUAL_USER, "LastName": "Yuki koppeling"},
    ],
    "Address": [
        {
            "ID": VISITING,
            "Street": "Molenweg",
            "HouseNumber": 12,
            "HouseNumberSuffix": "A",
            "Postalcode": "1234 AB",
            "City": "Voorbeeldstad",
            "Country": to(NETHERLANDS),
            "Organization": to(BAKERY),
        },
        {
            "ID": BILLING,
            "Street": "Postbus",
            "HouseNumber": 99,
            "Postalcode": "1230 AA",
            "City": "Voorbeeldstad",
            "Country": to(GREECE),
            "Organization": to(BAKERY),
        },
        {"ID": HOME, "Street": "Dorpsstraat", "HouseNumber": 5, "City": "Elders", "Person": to(JIP)},
    ],
    "Relationship_Organization_CommercialRelationship_Customer": [
        {"ID": BAKERY_CUSTOMER, "Organization": to(BAKERY), "Relation": to(OWN), "PaymentTermInDays": 30},
        {"ID": FORMER_CUSTOMER, "Organization": to(GONE_CUSTOMER), "Relation": to(OWN), "IsFormer": True},
    ],
    "Relationship_Organization_CommercialRelationship_Lead": [
        {"ID": PROSPECT_LEAD, "Organization": to(PROSPECT), "Relation": to(OWN)}
    ],
    "Relationship_Person_CommercialRelationship_Customer": [
        {"ID": JIP_CUSTOMER, "Person": to(JIP), "Relation": to(OWN), "PaymentTermInDays": 14}
    ],
    "Relationship_Organization_Supplier": [
        {"ID": MILL_SUPPLIER, "Organization": to(MILL), "Relation": to(OWN)},
        {"ID": BAKERY_SUPPLIER, "Organization": to(BAKERY), "Relation": to(OWN)},
    ],
    "Relationship_Person_Contact_Standard": [
        {"ID": BAKERY_CONTACT, "Person": to(CONTACT_PERSON), "Relation": to(BAKERY)}
    ],
    "Relationship_Person_Contact_Employee": [
        {"ID": EMPLOYEE, "Name": "Yuki koppeling", "Person": to(VIRTUAL_USER), "Relation": to(OWN)}
    ],
    "Relationship_Organization_Identity": [
        {"ID": IDENTITY, "Name": "Voorbeeld Administratie B.V.", "Relation": to(OWN), "Organization": to(OWN)}
    ],
    "ProductGroup": [{"ID": GROUP, "Name": "Diensten", "Code": "DIENST"}],
    "Product": [
        {
            "ID": PRODUCT,
            "Name": "Roggebrood 800 g",
            "Code": "BR-800",
            "SalesPrice": 2.5,
            "VatGroup": to(VAT_9),
            "GeneralLedgerAccount": to(LEDGER),
            "ProductGroup": to(GROUP),
        }
    ],
    "Datastore_VatGroup": [
        {"ID": VAT_21, "Name": "NL - 21%", "Code": "NL-21", "Percentage": 21.0, "IsDefault": True},
        {"ID": VAT_9, "Name": "NL - 9%", "Code": "NL-9", "Percentage": 9.0},
    ],
    "Datastore_GeneralLedgerAccount": [{"ID": LEDGER, "Name": "Omzet binnenland", "Code": "80000"}],
    "Datastore_Phase_ActivityInvoice": [
        {"ID": DRAFT, "Name": "Concept", "Code": "Draft", "IsDefault": True},
        {"ID": SENT, "Name": "Verstuurd", "Code": "Sent"},
        {"ID": PAID, "Name": "Betaald", "Code": "Paid"},
    ],
    "Datastore_Country": [
        {"ID": NETHERLANDS, "Name": "Nederland", "Code": "NL", "IsDefault": True},
        {"ID": GREECE, "Name": "Griekenland", "Code": "EL"},
    ],
    "Datastore_AdressType": [],
}


def line(line_id: str, **fields: Any) -> dict[str, Any]:
    plain = {
        "ID": line_id,
        "Description": "Roggebrood 800 g",
        "Quantity": 40,
        "Price": 2.5,
        "PriceInCurrency": 2.5,
        "DiscountPercentage": 0,
        "Currency": "EUR",
        "Product": to(PRODUCT),
        "VatGroup": to(VAT_9),
    }
    return plain | fields


def invoice(invoice_id: str, number: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    draft = {
        "ID": invoice_id,
        "Subject": "Levering november",
        "Currency": "EUR",
        "IsVatIncluded": False,
        "DiscountPercentage": 0,
        "Relationship": to(BAKERY_CUSTOMER),
        "Contact": None,
        "ProductLines": list(lines),
    }
    return {
        "tests": "",
        "invoice": draft | fields,
        "send": {"Number": number, "InvoiceDate": "2026-11-20", "ExpirationDate": "2026-12-20"},
        "expect": {"state": "booked", "reason": None, "owner": None, "yuki": None},
    }


_FREE = line(
    "50000000-0000-4000-8000-000000000052",
    Description="Bezorging",
    Quantity=1,
    Price=30.0,
    PriceInCurrency=30.0,
    DiscountPercentage=10,
    Product=None,
    VatGroup=to(VAT_21),
)
_IN_DOLLARS = line("50000000-0000-4000-8000-000000000053", Price=2.5, PriceInCurrency=2.75, Currency="USD")
_PRIVATE = line("50000000-0000-4000-8000-000000000054", Quantity=1)

INVOICES: dict[str, dict[str, Any]] = {
    "01-plain": invoice(INVOICE, "2026-0101", line(LINE), _FREE, Contact=to(BAKERY_CONTACT)),
    "02-dollars": invoice(DOLLARS, "2026-0102", _IN_DOLLARS, Currency="USD"),
    "03-private": invoice(PRIVATE_INVOICE, "2026-0103", _PRIVATE, Relationship=to(JIP_CUSTOMER)),
}


def write_seed(folder: Path) -> Path:
    """Write the seed files into a folder and return it."""
    for name, rows in ENTITIES.items():
        _write(folder / "entities" / f"{name}.json", rows)
    for name, content in INVOICES.items():
        _write(folder / "invoices" / f"{name}.json", content)
    return folder


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False))
