"""The seed data is what it says: numbers valid, links whole, the awkward ones there, the expected totals right."""

import json
from collections import Counter
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from stdnum.be import vat as be_vat
from stdnum.ch import vat as ch_vat
from stdnum.eu import vat as eu_vat

LOCAL = Path(__file__).parents[2] / "local"
TRIBE, YUKI = LOCAL / "tribe_simulator" / "seed", LOCAL / "yuki_simulator" / "seed"
DEMO_DOMAIN = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f10"
ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


CONTACTS: list[dict[str, Any]] = [one for one in read(YUKI / "contacts.json") if one["DomainID"] == DEMO_DOMAIN]
BOOKS: dict[str, Any] = read(YUKI / "books.json")
ENTITIES: dict[str, list[dict[str, Any]]] = {
    path.stem: read(path) for path in sorted((TRIBE / "entities").glob("*.json"))
}
INVOICES: dict[str, dict[str, Any]] = {path.stem: read(path) for path in sorted((TRIBE / "invoices").glob("*.json"))}
BOOKED = {name: invoice for name, invoice in INVOICES.items() if invoice["expect"]["state"] == "booked"}


def test_as_many_as_a_small_company_has() -> None:
    relations = [*ENTITIES["Relation_Organization"][1:], *ENTITIES["Relation_Person"]]
    assert (len(CONTACTS), len(relations)) == (250, 40)


def test_twenty_four_cases_of_which_the_credit_has_two_invoices() -> None:
    assert len({name[:2] for name in INVOICES}) == 24
    assert [name for name in INVOICES if name.startswith("10")] == ["10a-full-credit", "10b-partial-credit"]


def is_valid_vat_number(number: str, country: str) -> bool:
    compact = number.replace(" ", "").replace(".", "")
    if country == "CH":
        return bool(ch_vat.is_valid(compact))
    return bool(eu_vat.is_valid(compact)) or (country == "BE" and bool(be_vat.is_valid(compact)))


def test_all_vat_numbers_are_valid() -> None:
    countries = {one["ID"]: one["Code"] for one in ENTITIES["Datastore_Country"]}
    addresses = {one["ID"]: countries[one["Country"]["ID"]] for one in ENTITIES["Address"]}
    in_tribe = [
        (one["VatNumber"], addresses[one["InvoiceAddress"]["ID"]] if "InvoiceAddress" in one else "NL")
        for one in ENTITIES["Relation_Organization"]
        if "VatNumber" in one
    ]
    in_yuki = [(one["VATNumber"], one["Country"]) for one in CONTACTS if "VATNumber" in one]
    assert [number for number, country in in_tribe + in_yuki if not is_valid_vat_number(number, country)] == []


def test_all_kvk_numbers_have_eight_digits() -> None:
    numbers = [one["CoCNumber"] for one in CONTACTS if "CoCNumber" in one]
    assert [number for number in numbers if not (number.isdigit() and len(number) == 8)] == []


def test_every_link_leads_to_a_record() -> None:
    records = {one["ID"] for entities in ENTITIES.values() for one in entities}
    dangling = [
        (entity_set, one["ID"], name)
        for entity_set, entities in ENTITIES.items()
        for one in entities
        for name, value in one.items()
        if isinstance(value, dict) and value["ID"] not in records
    ]
    lines = [line for invoice in INVOICES.values() for line in invoice["invoice"]["ProductLines"]]
    missing = [line["ID"] for line in lines if line["Product"] and line["Product"]["ID"] not in records]
    assert (dangling, missing) == ([], [])
    ids = [line["ID"] for line in lines] + [invoice["invoice"]["ID"] for invoice in INVOICES.values()]
    assert len(ids) == len(set(ids))


def test_nobody_can_be_reached_under_a_seed_address() -> None:
    mails = [one[name] for one in CONTACTS for name in ("EMailWork", "EMailHome") if name in one]
    mails += [one["EmailAddress"] for one in ENTITIES["Relation_Organization"] if "EmailAddress" in one]
    assert [mail for mail in mails if not mail.endswith((".example", "@example.net", "@example.org"))] == []


AWKWARD: Mapping[str, Any] = {
    "two companies with one VAT number": any(
        count > 1 for count in Counter(one["VATNumber"] for one in CONTACTS if "VATNumber" in one).values()
    ),
    "code 1001 owned by another company": [one["Name"] for one in CONTACTS if one.get("Code") == "1001"]
    != [one["Name"] for one in ENTITIES["Relation_Organization"] if one.get("DebtorNumber") == "1001"],
    "one code twice": max(Counter(one["Code"] for one in CONTACTS if "Code" in one).values()) == 2,
    "a code on an inactive contact": any(not one["Active"] and "Code" in one for one in CONTACTS),
    "Belgian numbers with and without prefix": {
        one["VATNumber"].startswith("BE") for one in CONTACTS if one["Country"] == "BE" and "VATNumber" in one
    }
    == {True, False},
    "a Greek customer": any(one["Country"] == "GR" and one["VATNumber"].startswith("EL") for one in CONTACTS),
    "a Swiss customer": any(one["Country"] == "CH" for one in CONTACTS),
    "Postbus 99": any(one["AddressLine_1"] == "Postbus 99" for one in CONTACTS),
    "12 bus 3": any(one["AddressLine_1"].endswith("12 bus 3") for one in CONTACTS),
    "a name with a leading space": any(one["Name"].startswith(" ") for one in CONTACTS),
    "a contact without code": any("Code" not in one for one in CONTACTS),
    "a sole trader": any(one["Name"] == "Fotografie Lichtval" for one in CONTACTS),
    "a customer without the checkbox": any(
        not one["IsCustomer"] and one.get("Code", "").startswith("D-100") for one in CONTACTS
    ),
    "two of one name and place": max(Counter((one["Name"], one["Postcode"]) for one in CONTACTS).values()) == 2,
    "a customer without debtor number": any(
        "DebtorNumber" not in one for one in ENTITIES["Relation_Organization"] if one["Name"].startswith("Stichting")
    ),
    "two VAT codes of one type and percentage": max(
        Counter((one["type"], one["percentage"]) for one in BOOKS["vat_codes"][ADMINISTRATION]).values()
    )
    == 2,
}


@pytest.mark.parametrize("what", AWKWARD)
def test_the_awkward_ones_are_there(what: str) -> None:
    assert AWKWARD[what]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("name", BOOKED)
def test_expected_totals_follow_from_the_expected_lines(name: str) -> None:
    expected = BOOKED[name]["expect"]["yuki"]
    excl = vat = Decimal(0)
    rates: dict[tuple[int, Decimal], Decimal] = {}
    for line in expected["lines"]:
        amount = cents(Decimal(line["quantity"]) * Decimal(line["price"]))
        assert amount == Decimal(line["amount"])
        key = (line["vat_type"], Decimal(line["vat_percentage"]))
        rates[key] = rates.get(key, Decimal(0)) + amount
    included = any(line.get("vat_included") for line in expected["lines"])
    for (_, percentage), amount in rates.items():
        part = cents(amount * percentage / (100 + percentage if included else 100))
        vat += part
        excl += amount - part if included else amount
    totals = tuple(Decimal(expected[f"total_{part}"]) for part in ("excl", "vat", "incl"))
    assert totals == (excl, vat, excl + vat)
    assert expected["outstanding"] == (excl + vat != 0)
    assert (expected["payment_method"] == "ToSettle") == (excl + vat < 0)
