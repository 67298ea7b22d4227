"""Odd values in every field of both systems, one record each in a batch of ten: the other nine are always carried.

Read by the real readers from the answers as they come over the wire, mapped and made into documents by the real rules,
without a world: `tests/faults/test_containment_of_invoices.py` and `…_contacts.py` have what becomes of the odd one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree

from tests.support.faults.protections import Protection, without
from tests.support.samples.samples import NOW, settings
from tests.support.suite.sampling import Sample
from tribe_yuki.adapters.aws.dynamodb import serialize
from tribe_yuki.adapters.tribe.answers import Answer, parse_json
from tribe_yuki.adapters.tribe.invoices import TribeInvoices
from tribe_yuki.adapters.tribe.relations import TribeRelations
from tribe_yuki.adapters.yuki import answers
from tribe_yuki.adapters.yuki.documents import sales_invoices_document
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.settings import VatRule
from tribe_yuki.contacts.fields.mapping import contact_mapping
from tribe_yuki.contacts.match.profile import contact_profile
from tribe_yuki.contacts.merge.tribe_values import values_for_tribe
from tribe_yuki.contacts.model import YukiContact, demand_readable
from tribe_yuki.core.errors import ConnectorError
from tribe_yuki.core.ids import GUID
from tribe_yuki.invoices.document.customer_vat import CustomerVat
from tribe_yuki.invoices.document.debtor import invoice_contact
from tribe_yuki.invoices.document.invoice import content_hash, map_invoice
from tribe_yuki.invoices.model import TribeInvoice
from tribe_yuki.invoices.reading import read_invoices

TEN = 10
ROLE = "Relationship.Organization.CommercialRelationship.Customer"
ROLES = "Relationship_Organization_CommercialRelationship_Customer"
SETTINGS = settings(
    vat_rules=(VatRule(vat_group="NL-21", vat_type=1, percentage=Decimal(21)),), default_ledger_account="80000"
)
BOOKS = AdministrationCodes((VatCode(1, Decimal(21), "", "NL"),), (GlAccount("80000", 4, 0, True, "Omzet"),))
# As they stand in an answer of Tribe: what a person may type, what a program may write, and what neither should.
ODD_IN_TRIBE = (
    *(
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "[1]",
        '{"ID":5}',
        "[[[]]]",
        '""',
        '" "',
        '"twaalf"',
        '"\\ud800"',
        '"\\u0000"',
    ),
    *("0", "-1", "1e12", "1e25", "-1e25", "1e300", "-1e400", "1e999999999", "1e-999", "NaN", "-Infinity", "9" * 5000),
    *("0.1234567890123456789012345678901", "20261231", "12345678901234567890.12345678901", '"1e999999"', '"NaN"'),
    *('"0001-01-01"', '"9999-12-31"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"2026-02-30"'),
    *('"31-12-2026"', '"' + "x" * 20_000 + '"', '"\\u202e"', '"\\u0661\\u0662"', '"<a>&#0;</a>"', '"../../x"'),
)
# As they stand in an answer of Yuki.
ODD_IN_YUKI = (
    *("", " ", "true", "maybe", "0", "-1", "1e25", "1e999999999", "NaN", "9" * 5000, "12a", "1.5", "x" * 20_000),
    *("1/1/0001 12:00:00 AM", "12/31/9999 11:59:59 PM", "13/13/2026 1:00:00 AM", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00", "gisteren", "\u202e", "\u0661\u0662", "&lt;a/&gt;"),
)


def guid(kind: int, place: int) -> str:
    return f"{kind:08}-0000-4000-8000-{place:012}"


def invoice_record(place: int) -> dict[str, Any]:
    line = {
        "ID": guid(2, place),
        "Description": f"Advies {place}",
        "Quantity": 2.0,
        "Price": 100.0 + place,
        "DiscountPercentage": None,
        "SortIndex": 1,
        "VatGroup": {"ID": guid(3, 1), "Code": "NL-21", "Name": "Hoog", "Percentage": 21.0},
        "Product": {
            "ID": guid(4, place),
            "Name": f"Uur {place}",
            "Code": f"U{place}",
            "ProductGroup": {"Code": "UREN"},
        },
        "TotalExcludingVat": 2 * (100.0 + place),
        "TotalIncludingVat": 2.42 * (100 + place),
        "VatAmount": 0.42 * (100 + place),
        "VatAmountIncludingDiscount": 0.42 * (100 + place),
    }
    return {
        "ID": guid(1, place),
        "Number": f"2026-{place:04}",
        "Subject": f"Opdracht {place}",
        "Currency": "EUR",
        "IsVatIncluded": False,
        "IsFinal": True,
        "DiscountPercentage": None,
        "Amount": 2 * (100.0 + place),
        "InvoiceDate": "2026-11-20",
        "ExpirationDate": None,
        "ImportId": None,
        "LastMutationDate": "2026-11-20T10:00:00Z",
        "Phase": {"ID": guid(5, 1), "Code": "Sent"},
        "Relationship": {"ID": guid(6, place), "_Type": ROLE},
        "ProductLines": [line],
        "Attachments": [
            {"ID": guid(7, place), "File": {"Name": f"2026-{place:04}.pdf", "MimeType": "application/pdf"}}
        ],
    }


def relation_record(place: int) -> dict[str, Any]:
    address = {"ID": guid(9, place), "Street": "Kade", "HouseNumber": 12.0, "Postalcode": "1011 AB", "City": "Zwolle"}
    return {
        "ID": guid(8, place),
        "Name": f"Klant {place} B.V.",
        "DebtorNumber": f"D-{place:05}",
        "EmailAddress": f"post@klant{place}.example",
        "PhoneNumber": "038 555 0101",
        "Website": None,
        "VatNumber": None,
        "ChamberOfCommerceNumber": "12345678",
        "ImportId": None,
        "LastMutationDate": "2026-11-20T10:00:00Z",
        "InvoiceAddress": address,
        "PostalAddress": None,
        "VisitingAddress": {**address, "ID": guid(10, place), "Country": {"ID": guid(11, 1), "Code": "NL"}},
    }


def role_record(place: int) -> dict[str, Any]:
    return {"ID": guid(6, place), "PaymentTermInDays": 30.0, "IsFormer": None, "Organization": relation_record(place)}


GOOD = {
    "Activity_Invoice": [invoice_record(place) for place in range(TEN)],
    "Relation_Organization": [relation_record(place) for place in range(TEN)],
    ROLES: [role_record(place) for place in range(TEN)],
}


class Answering:
    """Stands where the OData client stands: answers from some records what is asked for by ids, as text."""

    def __init__(self, records: Mapping[str, Sequence[dict[str, Any]]], odd: str) -> None:
        self._texts = {
            name: [json.dumps(row).replace('"@odd@"', odd) for row in rows] for name, rows in records.items()
        }
        self._ids = {
            name: [guid({"Activity_Invoice": 1, ROLES: 6}.get(name, 8), at) for at in range(TEN)] for name in records
        }

    def rows(self, entity_set: str, options: Mapping[str, str | int]) -> Iterator[Any]:
        wanted = set(GUID.findall(str(options["filter"])))
        kind = 8 if str(options["filter"]).startswith("Organization/ID") else None
        ids = [guid(8, at) for at in range(TEN)] if kind else self._ids.get(entity_set, [])
        texts = [text for one, text in zip(ids, self._texts.get(entity_set, []), strict=False) if one in wanted]
        found: Any = parse_json(
            Answer(200, {}, ('{"value":[' + ",".join(texts) + "]}").encode(errors="replace")), entity_set
        )
        return iter(found["value"])

    def single(self, *_: object, **__: object) -> None:
        return None


def fields_of(record: Mapping[str, Any], way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every field of a record, those of its links included, but the ids by which Tribe finds it."""
    for name, value in record.items():
        if way or name != "ID":
            yield (*way, name)
        if isinstance(value, dict):
            yield from fields_of(value, (*way, name))
        for place, one in enumerate(value if isinstance(value, list) else ()):
            yield from fields_of(one, (*way, name, place))


IN_TRIBE = [(name, way) for name in GOOD for way in fields_of(GOOD[name][0])]


def with_odd(entity_set: str, way: tuple[str | int, ...], place: int) -> dict[str, list[dict[str, Any]]]:
    records = {**GOOD, entity_set: deepcopy(GOOD[entity_set])}
    inner: Any = records[entity_set][place]
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = "@odd@"
    return records


def booked(odata: Any) -> dict[str, str]:
    """Return a hash of the document of each invoice that can be booked, by its id; those that cannot are left out."""
    reader = TribeInvoices(odata)
    connection: Any = SimpleNamespace(now=lambda: NOW, tribe=SimpleNamespace(read_invoices=reader.read_invoices))
    reading = read_invoices(connection, [guid(1, place) for place in range(TEN)])
    return {one: found for one, invoice in reading.invoices.items() if (found := document_of(invoice)) is not None}


def document_of(invoice: TribeInvoice) -> str | None:
    """Return a hash of an invoice's document; None for one that is held, whatever for."""
    try:
        if invoice.flaws or invoice.relation is None:
            return None
        demand_readable(invoice.relation)
        contact = invoice_contact(invoice.relation, settings=contact_mapping(SETTINGS)).contact
        customer = CustomerVat(contact.country, contact.vat_number)
        document = map_invoice(invoice, contact, customer, BOOKS, SETTINGS).document
        sales_invoices_document([document])
        serialize({"total": invoice.raw_amount, "date": str(invoice.invoice_date)})
        return content_hash(document)
    except (ConnectorError, ArithmeticError, ValueError, TypeError):
        return None


def test_nine_of_ten_invoices_are_booked_whatever_the_tenth_holds(sample: Sample) -> None:
    usual = booked(Answering(GOOD, ""))
    assert len(usual) == TEN
    random = sample.random("invoices")
    for _ in range(sample.size(10_000, 300)):
        (entity_set, way), odd, place = random.choice(IN_TRIBE), random.choice(ODD_IN_TRIBE), random.randrange(TEN)
        found = booked(Answering(with_odd(entity_set, way, place), odd))
        others = {one: text for one, text in usual.items() if one != guid(1, place)}
        assert {one: found.get(one) for one in others} == others, (way, odd[:60])


def test_nine_of_ten_relations_are_carried_whatever_the_tenth_holds(sample: Sample) -> None:
    ids = [guid(8, place) for place in range(TEN)]
    usual = TribeRelations(Answering(GOOD, "")).read_relations(ids)  # type: ignore[arg-type]
    random = sample.random("relations")
    ways = [(name, way) for name, way in IN_TRIBE if name == "Relation_Organization" or way[0] != "Organization"]
    ways = [(name, way) for name, way in ways if name != "Activity_Invoice"]
    for _ in range(sample.size(4_000, 150)):
        (entity_set, way), odd, place = random.choice(ways), random.choice(ODD_IN_TRIBE), random.randrange(TEN)
        found = TribeRelations(Answering(with_odd(entity_set, way, place), odd)).read_relations(ids)  # type: ignore[arg-type]
        by_id = {one.tribe_relation_id: one for one in found}
        others = [one for one in usual if one.tribe_relation_id != ids[place]]
        assert [by_id.get(one.tribe_relation_id) for one in others] == others, (way, odd[:60])


FIELDS_IN_YUKI = (
    *(
        "Type",
        "Name",
        "Code",
        "HID",
        "FirstName",
        "MiddleName",
        "LastName",
        "AddressLine_1",
        "AddressLine_2",
        "Postcode",
    ),
    *("City", "Country", "MailAddressLine_1", "MailPostcode", "MailCity", "EMailWork", "EMailHome", "PhoneWork"),
    *(
        "PhoneHome",
        "MobileWork",
        "MobileHome",
        "Website",
        "VATNumber",
        "CoCNumber",
        "IsCustomer",
        "IsSupplier",
        "Created",
    ),
    "Modified",
)


def contacts_answer(odd_place: int | None = None, odd_field: str = "", odd: str = "") -> Any:
    """Return an answer of Yuki with ten contacts, one of which has an odd value."""
    rows = []
    for place in range(TEN):
        fields = dict.fromkeys(FIELDS_IN_YUKI, "") | {
            "Type": "Company",
            "Name": f"Klant {place} B.V.",
            "Code": f"D-{place:05}",
            "HID": str(100 + place),
            "City": "Zwolle",
            "Country": "NL",
            "IsCustomer": "true",
            "Modified": "11/20/2026 10:00:00 AM",
        }
        if place == odd_place:
            fields[odd_field] = odd
        rows.append(f'<Contact ID="{guid(1, place)}">{"".join(f"<{k}>{v}</{k}>" for k, v in fields.items())}</Contact>')
    return etree.fromstring(f'<Result><Contacts xmlns="">{"".join(rows)}</Contacts></Result>')


def carried(contact: YukiContact) -> object:
    """Return what would be matched and written of a contact; None for one that is held, whatever for."""
    try:
        demand_readable(contact)
        mapping = contact_mapping(SETTINGS)
        written = values_for_tribe(contact, settings=mapping)
        serialize({"number": contact.hid})
        return contact_profile(contact, mapping), written.values, written.addresses
    except (ConnectorError, ArithmeticError, ValueError, TypeError):
        return None


def test_nine_of_ten_contacts_are_carried_whatever_the_tenth_holds(sample: Sample) -> None:
    usual = [carried(one) for one in answers.to_contacts(contacts_answer())]
    assert None not in usual
    random = sample.random("contacts")
    for _ in range(sample.size(6_000, 200)):
        field, odd, place = random.choice(FIELDS_IN_YUKI), random.choice(ODD_IN_YUKI), random.randrange(TEN)
        found = [carried(one) for one in answers.to_contacts(contacts_answer(place, field, odd))]
        assert [*found[:place], *found[place + 1 :]] == [*usual[:place], *usual[place + 1 :]], (field, odd[:60])


@pytest.mark.parametrize("odd", ["1e999999999", "NaN", '"0001-01-01T00:00:00+14:00"', "[]"])
def test_read_all_at_once_one_odd_invoice_would_keep_nine_back(odd: str) -> None:
    """Control: what the flaws and the halving of a reading are for."""
    with without(Protection.READING_IN_HALVES):
        reader_of = Answering(with_odd("Activity_Invoice", ("ProductLines", 0, "Price"), 4), odd)
        reader = TribeInvoices(reader_of)  # type: ignore[arg-type]
        with pytest.raises(ConnectorError):
            reader.read_invoices([guid(1, place) for place in range(TEN)])


def test_the_odd_values_hold_their_record_or_are_booked_as_they_are(sample: Sample) -> None:
    """So that the values are odd indeed: most of those in numbers and dates are not booked."""
    random = sample.random("odd ones")
    held = 0
    for _ in range(50):
        odd = random.choice(ODD_IN_TRIBE)
        found = booked(Answering(with_odd("Activity_Invoice", ("ProductLines", 0, "Price"), 4), odd))
        held += guid(1, 4) not in found
    assert held > 25
