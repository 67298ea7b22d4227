"""The seed data is what it says: as much as it says, numbers valid, links whole, the awkward ones there."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import pytest
from stdnum.be import vat as be_vat
from stdnum.ch import vat as ch_vat
from stdnum.eu import vat as eu_vat

from tests.support.samples.seed_files import (
    ADMINISTRATION,
    ALL_CONTACTS,
    BOOKS,
    CASES,
    CONTACTS,
    CUSTOMERS,
    ENTITIES,
    ORGANISATIONS,
    PERSONS,
    RECORDS,
    TRIBE,
    YUKI,
    Row,
    case_of,
    contacts_named,
    contacts_with_code,
    country_of,
    decimal_of,
    lines_of,
    read,
    relation_numbered,
    relation_of,
    repeated,
    vat_codes,
)

TODAY = date(2026, 11, 23)
# Links whose name is not that of the set they lead to.
TARGETS: Mapping[str, str] = {
    **dict.fromkeys(("InvoiceAddress", "PostalAddress", "VisitingAddress", "Address"), "Address"),
    **dict.fromkeys(("Organization", "Relation"), "Relation_Organization"),
    "Person": "Relation_Person",
    "AccountManager": "Relationship_Person_Contact_Employee",
    "Country": "Datastore_Country",
    "AddressType": "Datastore_AdressType",
    "VatGroup": "Datastore_VatGroup",
    "GeneralLedgerAccount": "Datastore_GeneralLedgerAccount",
    "Contact": "Relationship_Person_Contact_Standard",
}


def test_as_much_as_a_small_company_has() -> None:
    assert (len(CONTACTS), len(ALL_CONTACTS) - len(CONTACTS)) == (250, 5)
    assert len(ORGANISATIONS) - 1 + len(PERSONS) == 40, "besides our own organisation"
    assert len(CUSTOMERS) == 32
    roles = Counter((one["IsCustomer"], one["IsSupplier"]) for one in CONTACTS)
    assert min(roles[role] for role in ((True, False), (False, True), (True, True), (False, False))) >= 10
    assert sum(one["Type"] == "Person" for one in CONTACTS) >= 30
    assert sum(not one["Active"] for one in CONTACTS) >= 10
    assert 80 <= sum("Code" not in one for one in CONTACTS) <= 150
    assert {"NL", "BE", "DE", "GR", "CH"} <= {one["Country"] for one in CONTACTS}


def test_twenty_four_cases_in_order_of_which_the_credit_has_two_invoices() -> None:
    numbers = [f"{case:02d}" for case in range(1, 25)]
    assert [name.partition("-")[0] for name in CASES] == [*numbers[:9], "10a", "10b", *numbers[10:]]
    assert [case["send"]["Number"] for case in CASES.values()] == [f"2026-0{number}" for number in range(101, 126)]


def test_the_ids_of_webhook_bodies_exist() -> None:
    assert case_of("01")["invoice"]["ID"] == "40000000-0000-4000-8000-000000000041"
    assert lines_of("01")[0]["ID"] == "50000000-0000-4000-8000-000000000051"
    assert case_of("10a")["invoice"]["ID"] == "40000000-0000-4000-8000-000000000042"
    assert not any(one.startswith("a") for one in RECORDS), "a link id leads to no record"


def test_ids_are_unique() -> None:
    drafts = [case["invoice"] for case in CASES.values()]
    lines = [line for draft in drafts for line in draft["ProductLines"]]
    rows = [one for rows in ENTITIES.values() for one in rows]
    for ids in (
        [one["ID"] for one in [*rows, *drafts, *lines]],
        [one["ID"] for one in ALL_CONTACTS],
        [(one["DomainID"], one["HID"]) for one in ALL_CONTACTS],
        [one["reference"] for one in BOOKS["invoices"]] + [case["send"]["Number"] for case in CASES.values()],
    ):
        assert [one for one, count in Counter(ids).items() if count > 1] == []


def links(row: Row) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield name, value["ID"]


def test_every_link_leads_to_a_record_of_its_kind() -> None:
    drafts = [case["invoice"] for case in CASES.values()]
    rows = [one for rows in ENTITIES.values() for one in rows]
    rows += [*drafts, *(line for draft in drafts for line in draft["ProductLines"])]
    ids = {entity_set: {one["ID"] for one in entities} for entity_set, entities in ENTITIES.items()}
    customers = {one["ID"] for one in CUSTOMERS}
    wrong = [
        (row["ID"], name)
        for row in rows
        for name, target in links(row)
        if target not in (customers if name == "Relationship" else ids[TARGETS.get(name, name)])
    ]
    assert wrong == []


def test_links_within_yuki_lead_somewhere() -> None:
    contacts = {one["ID"]: one for one in ALL_CONTACTS}
    mains = [one["MainContactPerson"] for one in ALL_CONTACTS if "MainContactPerson" in one]
    assert mains
    assert {contacts[main]["Type"] for main in mains} == {"Person"}
    administrations = {one["ID"]: one["DomainID"] for one in BOOKS["administrations"]}
    for invoice in BOOKS["invoices"]:
        assert contacts[invoice["contact_id"]]["DomainID"] == administrations[invoice["administration_id"]]
        assert decimal_of(invoice["total_excl"]) + decimal_of(invoice["total_vat"]) == decimal_of(invoice["total_incl"])
    assert {one["DomainID"] for one in ALL_CONTACTS} == {one["ID"] for one in BOOKS["domains"]}
    for lists in (BOOKS["vat_codes"], BOOKS["gl_accounts"], BOOKS["payment_methods"]):
        assert lists.keys() == administrations.keys()


def test_contacts_were_made_before_they_were_changed_and_before_today() -> None:
    for one in ALL_CONTACTS:
        created, modified = (datetime.fromisoformat(one[name]) for name in ("Created", "Modified"))
        assert created <= modified
        assert modified.date() < TODAY
    assert len({one["Created"][:4] for one in CONTACTS}) == 8, "over the years"


@pytest.mark.parametrize("path", [*YUKI.glob("*.json"), *TRIBE.glob("*/*.json")], ids=lambda path: path.stem)
def test_files_are_written_to_be_read(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == json.dumps(read(path), indent=2, ensure_ascii=False) + "\n"


# --- Nobody real, and every check digit right


def vat_numbers() -> list[tuple[str, str]]:
    """Return all VAT numbers with their countries."""
    numbers = [(one["VatNumber"], country_of(one)) for one in ORGANISATIONS if "VatNumber" in one]
    sources = (*ALL_CONTACTS, *BOOKS["administrations"])
    return numbers + [(one["VATNumber"], one["Country"]) for one in sources if one.get("VATNumber")]


def chamber_numbers() -> list[tuple[str, str]]:
    """Return all Chamber of Commerce numbers with their countries."""
    field = "ChamberOfCommerceNumber"
    numbers = [(one[field].replace(" ", ""), country_of(one)) for one in ORGANISATIONS if field in one]
    sources = (*ALL_CONTACTS, *BOOKS["administrations"])
    return numbers + [(one["CoCNumber"], one["Country"]) for one in sources if one.get("CoCNumber")]


def is_valid_vat_number(text: str, country: str) -> bool:
    if country == "CH":
        return bool(ch_vat.is_valid(text))
    return bool(eu_vat.is_valid(re.sub("^GR", "EL", text))) or (country == "BE" and bool(be_vat.is_valid(text)))


def test_all_vat_numbers_are_valid() -> None:
    assert len(vat_numbers()) > 100
    assert [text for text, country in vat_numbers() if not is_valid_vat_number(text, country)] == []


def test_all_chamber_of_commerce_numbers_have_eight_digits_and_belgian_ones_are_valid() -> None:
    assert {country for _, country in chamber_numbers()} == {"NL", "BE"}
    assert all(re.fullmatch("[0-9]{8}", text) for text, country in chamber_numbers() if country == "NL")
    assert all(be_vat.is_valid(text) for text, country in chamber_numbers() if country == "BE")


def test_no_number_is_somebody_s() -> None:
    digits = [re.sub("[^0-9]", "", text).lstrip("0") for text, _ in vat_numbers()]
    assert [one for one in digits if not one.startswith("999")] == []
    assert [one for one, _ in chamber_numbers() if not one.lstrip("0").startswith("99")] == []
    names = ("PhoneNumber", "MobilePhoneNumber", "PhoneHome", "PhoneWork", "MobileHome", "MobileWork")
    people = (*ORGANISATIONS, *PERSONS, *ENTITIES["Relationship_Person_Contact_Standard"], *ALL_CONTACTS)
    phones = [re.sub("[^0-9]", "", one[name]) for one in people for name in names if name in one]
    # 555 is ours; the others are the ranges that Germany, Sweden and France keep free for films and examples.
    assert [one for one in phones if not re.search("555|3023125|468465004|3319900", one)] == []


def test_nobody_can_be_reached_under_a_seed_address() -> None:
    people = (*ORGANISATIONS, *PERSONS, *ENTITIES["Relationship_Person_Contact_Standard"])
    names = ("EmailAddress", "FinancialEmailAddress", "Website", "EMailWork", "EMailHome")
    addresses = [one[name] for one in (*people, *ALL_CONTACTS) for name in names if name in one]
    assert [one for one in addresses if not one.removesuffix("/contact").endswith(".example")] == []


# --- The awkward ones


def belgian_numbers() -> list[str]:
    return [one["VATNumber"] for one in CONTACTS if one["Country"] == "BE" and "VATNumber" in one]


AWKWARD: Mapping[str, Callable[[], bool]] = {
    "two companies with one VAT number, in both systems": lambda: (
        repeated(one["VATNumber"] for one in CONTACTS if "VATNumber" in one)
        == repeated(one["VatNumber"] for one in ORGANISATIONS if "VatNumber" in one)
        == [relation_numbered("D-10033")["VatNumber"]]
    ),
    "code 1001 is of another company than debtor number 1001": lambda: (
        [one["VATNumber"] == relation_numbered("1001")["VatNumber"] for one in contacts_with_code("1001")] == [False]
        and not contacts_named(relation_numbered("1001")["Name"])
    ),
    "one code twice, and no other": lambda: (
        repeated(one["Code"] for one in CONTACTS if "Code" in one) == [relation_numbered("D-10090")["DebtorNumber"]]
    ),
    "a debtor number whose contact is inactive": lambda: (
        [one["Active"] for one in contacts_with_code(relation_numbered("D-10091")["DebtorNumber"])] == [False]
    ),
    "sole traders, whose VAT number is not their own tax number": lambda: (
        sum(one.get("VATNumber", "").startswith("NL0000999") for one in CONTACTS) == 2
    ),
    "a Belgian number with prefix": lambda: any(one.startswith("BE0") for one in belgian_numbers()),
    "a Belgian number with prefix and full stops": lambda: any(one.startswith("BE 0") for one in belgian_numbers()),
    "a Belgian number without prefix": lambda: any(re.fullmatch("0[0-9]{9}", one) for one in belgian_numbers()),
    "a Belgian number of nine digits": lambda: any(re.fullmatch("[1-9][0-9]{8}", one) for one in belgian_numbers()),
    "a Greek customer: GR in Tribe, EL in Yuki": lambda: (
        contacts_with_code("D-10031")[0]["VATNumber"].startswith("EL")
        and relation_numbered("D-10031")["VatNumber"].startswith("GR")
        and country_of(relation_numbered("D-10031")) == contacts_with_code("D-10031")[0]["Country"] == "GR"
    ),
    "a Swiss customer": lambda: any(one["Country"] == "CH" and one["IsCustomer"] for one in CONTACTS),
    "Postbus 99": lambda: sum(one.get("AddressLine_1") == "Postbus 99" for one in CONTACTS) == 2,
    "12 bus 3": lambda: sum(one.get("AddressLine_1", "").endswith(" 12 bus 3") for one in CONTACTS) == 2,
    "a name that starts with a space": lambda: any(one["Name"].startswith(" ") for one in CONTACTS),
    "a name with markup": lambda: bool(contacts_named("<")),
    "a name of more than 60 characters": lambda: any(len(one["Name"]) > 60 for one in CONTACTS),
    "a contact without any address": lambda: any("AddressLine_1" not in one for one in CONTACTS),
    "our own administrations as contacts": lambda: (
        {one["VATNumber"] for one in BOOKS["administrations"][:2]}
        == {one["VATNumber"] for one in contacts_named("Voorbeeld ")}
    ),
    "a customer of ours without the checkbox": lambda: (
        [one["IsCustomer"] for one in contacts_with_code("D-10028")] == [False]
    ),
    "two contacts with one name and place": lambda: (
        len(contacts_named(relation_numbered("D-10037")["Name"])) == 2
        and not contacts_with_code(relation_numbered("D-10037")["DebtorNumber"])
    ),
    "a customer without a debtor number": lambda: (
        [relation_of(role)["Name"] for role in CUSTOMERS if not has_number(role)] == ["Stichting Muziek in de Wijk"]
    ),
    "a customer without an invoice address": lambda: "InvoiceAddress" not in relation_numbered("D-10034"),
    "a customer that Yuki does not have": lambda: (
        relation_numbered("D-10038")["LastName"] == "Proefstra" and not contacts_named("Roos Proefstra")
    ),
    "changed in the hour that the clock went back": lambda: any(
        one["Modified"] == "2025-10-26T02:30:00" for one in CONTACTS
    ),
    "an active contact that Yuki's back office calls inactive": lambda: any(
        one["Active"] and one.get("BackofficeStatus") == "Inactief" for one in CONTACTS
    ),
    "a Belgian domain with contacts of its own": lambda: {one["Country"] for one in ALL_CONTACTS[-5:]} == {"BE"},
    "two VAT codes of one type and percentage": lambda: (
        repeated((one["type"], one["percentage"]) for one in vat_codes()) == [(8, "21.00")]
    ),
    "a VAT code that is no longer valid": lambda: any(one["endDate"] == "2018-12-31" for one in vat_codes()),
    "a one-stop-shop code": lambda: [one["country"] for one in vat_codes() if one["type"] == 40] == ["DE"],
    "a disabled revenue account that a product uses": lambda: (
        [one["isEnabled"] for one in BOOKS["gl_accounts"][ADMINISTRATION] if one["code"] == "80999"] == [False]
        and any(RECORDS[one["GeneralLedgerAccount"]["ID"]]["Code"] == "80999" for one in ENTITIES["Product"])
    ),
}


def has_number(role: Row) -> bool:
    return "DebtorNumber" in relation_of(role)


@pytest.mark.parametrize("what", AWKWARD)
def test_the_awkward_ones_are_there(what: str) -> None:
    assert AWKWARD[what]()
