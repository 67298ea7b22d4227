"""Records of Tribe's seed data, by what they are rather than by their ids."""

import json
from pathlib import Path
from typing import Any

ENTITIES = Path(__file__).parents[3] / "simulators" / "tribe" / "seed" / "entities"
HIGH_VAT = {"ID": "70000000-0000-4000-8000-000000000071"}
CUSTOMERS = "Relationship_Organization_CommercialRelationship_Customer"


def records(entity_set: str) -> list[dict[str, Any]]:
    """Return the seed records of an entity set."""
    found: list[dict[str, Any]] = json.loads((ENTITIES / f"{entity_set}.json").read_text(encoding="utf-8"))
    return found


def customer_named(name: str) -> dict[str, str]:
    """Return a link to the customer role of an organisation."""
    (organisation,) = [one["ID"] for one in records("Relation_Organization") if one["Name"] == name]
    (role,) = [one["ID"] for one in records(CUSTOMERS) if one["Organization"]["ID"] == organisation]
    return {"ID": role}


def line(description: str) -> dict[str, Any]:
    """Return an invoice line of 95.00 at 21 % of a product that has a ledger account."""
    product = next(
        one["ID"]
        for one in records("Product")
        if one["VatGroup"] == HIGH_VAT and one.get("Code", "").startswith("ADV") and "GeneralLedgerAccount" in one
    )
    return {
        "Description": description,
        "Quantity": 1,
        "Price": 95,
        "Product": {"ID": product},
        "VatGroup": HIGH_VAT,
    }
