"""The seed files of both simulators, read for the tests of what they claim, and ways to look things up in them."""

import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

type Row = dict[str, Any]

SIMULATORS = Path(__file__).parents[3] / "simulators"
TRIBE, YUKI = SIMULATORS / "tribe" / "seed", SIMULATORS / "yuki" / "seed"
DEMO_DOMAIN = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f10"
ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


ALL_CONTACTS: list[Row] = read(YUKI / "contacts.json")
CONTACTS = [one for one in ALL_CONTACTS if one["DomainID"] == DEMO_DOMAIN]
BOOKS: Row = read(YUKI / "books.json")
ENTITIES: dict[str, list[Row]] = {path.stem: read(path) for path in sorted((TRIBE / "entities").glob("*.json"))}
RECORDS: dict[str, Row] = {one["ID"]: one for rows in ENTITIES.values() for one in rows}
CASES: dict[str, Row] = {path.stem: read(path) for path in sorted((TRIBE / "invoices").glob("*.json"))}
BOOKED = [name for name, case in CASES.items() if case["expect"]["state"] == "booked"]
ORGANISATIONS, PERSONS = ENTITIES["Relation_Organization"], ENTITIES["Relation_Person"]
CUSTOMERS = [
    one
    for kind in ("Organization", "Person")
    for one in ENTITIES[f"Relationship_{kind}_CommercialRelationship_Customer"]
]


def case_of(number: str) -> Row:
    """Return a case by its number in the name of its file, such as `10a`."""
    return next(case for name, case in CASES.items() if name.startswith(f"{number}-"))


def lines_of(number: str) -> list[Row]:
    lines: list[Row] = case_of(number)["invoice"]["ProductLines"]
    return lines


def relation_of(role: Row) -> Row:
    return RECORDS[(role.get("Organization") or role["Person"])["ID"]]


def debtor_of(name: str) -> tuple[Row, Row]:
    """Return role and relation of a case's customer."""
    role = RECORDS[CASES[name]["invoice"]["Relationship"]["ID"]]
    return role, relation_of(role)


def addresses_of(relation: Row) -> list[Row]:
    names = ("InvoiceAddress", "PostalAddress", "VisitingAddress", "Address")
    return [RECORDS[relation[name]["ID"]] for name in names if name in relation]


def country_of(relation: Row) -> str:
    (address, *_) = addresses_of(relation)
    return str(RECORDS[address["Country"]["ID"]]["Code"])


def decimal_of(value: float | str) -> Decimal:
    return Decimal(str(value))


def contacts_with_code(code: str) -> list[Row]:
    return [one for one in CONTACTS if one.get("Code") == code]


def relation_numbered(code: str) -> Row:
    (relation,) = [one for one in (*ORGANISATIONS, *PERSONS) if one.get("DebtorNumber") == code]
    return relation


def contacts_named(text: str) -> list[Row]:
    return [one for one in CONTACTS if text in one["Name"]]


def repeated(values: Iterable[Any]) -> list[Any]:
    return [value for value, count in Counter(values).items() if count > 1]


def vat_codes() -> list[Row]:
    found: list[Row] = BOOKS["vat_codes"][ADMINISTRATION]
    return found
