"""The customers of the seed invoices are recognisable in Yuki, each in the way that `simulators/SEED.md` says."""

import re

import pytest

from tests.support.samples.seed_files import (
    BOOKED,
    CASES,
    CONTACTS,
    Row,
    addresses_of,
    contacts_with_code,
    debtor_of,
    relation_numbered,
)


def bare_number(text: str) -> str:
    return re.sub("^[A-Z]+", "", re.sub("[^A-Z0-9]", "", text.upper()))


def bare_name(text: str) -> str:
    letters = re.sub(r"[^\w ]", "", text.casefold())
    return re.sub(r" (bv|nv|vof)$", "", letters).replace(" ", "")


def full_name(relation: Row) -> str:
    parts = (relation.get(name) for name in ("Name", "FirstName", "MiddleName", "LastName"))
    return " ".join(part for part in parts if part)


def house(postcode: str, text: str) -> tuple[str, str]:
    return postcode.replace(" ", ""), re.sub("[^0-9].*", "", re.sub("^[^0-9]*", "", text))


def agreement(relation: Row, contact: Row) -> set[str]:
    """Tell on what both agree; written apart from the product's own rules, on purpose."""
    vat = [bare_number(text or "") for text in (relation.get("VatNumber"), contact.get("VATNumber"))]
    coc = [bare_number(text or "") for text in (relation.get("ChamberOfCommerceNumber"), contact.get("CoCNumber"))]
    houses = {house(one["Postalcode"], str(int(one["HouseNumber"]))) for one in addresses_of(relation)}
    agrees = {
        "code": relation.get("DebtorNumber", "none") == contact.get("Code"),
        "vat": bool(vat[0]) and vat[0] == vat[1],
        "coc": bool(coc[0]) and coc[0] == coc[1],
        "name": bare_name(full_name(relation)) == bare_name(contact["Name"]),
        "address": house(contact.get("Postcode", ""), contact.get("AddressLine_1", "")) in houses,
    }
    return {key for key, is_so in agrees.items() if is_so}


def is_hit(agrees: set[str]) -> bool:
    return agrees >= {"name", "address"} or bool(agrees & {"code", "vat", "coc"} and agrees & {"name", "address"})


def matches(relation: Row) -> list[tuple[Row, set[str]]]:
    found = [(contact, agreement(relation, contact)) for contact in CONTACTS]
    return [(contact, agrees) for contact, agrees in found if is_hit(agrees)]


@pytest.mark.parametrize("name", BOOKED)
def test_the_customer_of_a_booked_invoice_is_one_contact_with_the_checkbox(name: str) -> None:
    role, relation = debtor_of(name)
    ((contact, _),) = matches(relation)
    assert (contact["Active"], contact["IsCustomer"]) == (True, True)
    assert contact["Type"] == ("Person" if "Person" in role else "Company")
    assert contact.get("Code", relation["DebtorNumber"]) == relation["DebtorNumber"]
    holders = [one["ID"] for one in contacts_with_code(relation["DebtorNumber"])]
    assert holders in ([], [contact["ID"]])
    assert CASES[name]["expect"]["yuki"]["contact_code"] == relation["DebtorNumber"]


def test_some_are_recognised_by_something_else_than_a_code() -> None:
    found = {
        name: agrees for name in BOOKED for contact, agrees in matches(debtor_of(name)[1]) if "Code" not in contact
    }
    assert found == {
        "02-two-vat-rates": {"vat", "name", "address"},
        "03-rounding-of-vat": {"coc", "name", "address"},
        "05-vat-included": {"name", "address"},
        "10b-partial-credit": {"vat", "name", "address"},
        "14-reverse-charged": {"vat", "name", "address"},
    }


def test_some_agree_on_the_name_or_the_place_only() -> None:
    by_code = [agrees for name in BOOKED for _, agrees in matches(debtor_of(name)[1]) if "code" in agrees]
    assert any("name" in agrees and "address" not in agrees for agrees in by_code)
    assert any("address" in agrees and "name" not in agrees for agrees in by_code)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("D-10028", [(True, False)]),  # the checkbox is missing
        ("D-10031", [(True, True)]),
        ("D-10037", [(True, True)] * 2),  # twice the same
        ("D-10038", []),
        ("D-10090", [(True, True)]),  # besides the other one with its code
        ("D-10091", [(False, True)]),
        ("1001", []),
    ],
)
def test_the_awkward_customers_are_found_as_often_as_they_should(code: str, found: list[tuple[bool, bool]]) -> None:
    contacts = [contact for contact, _ in matches(relation_numbered(code))]
    assert [(contact["Active"], contact["IsCustomer"]) for contact in contacts] == found
