"""Show records as Tribe does: every declared property, empty ones as null, links only when they are expanded."""

from collections.abc import Mapping
from typing import Any

from local.tribe_simulator.invoices import invoice_amount, line_totals
from local.tribe_simulator.model import BOOLEANS, COMMON
from local.tribe_simulator.odata_query import Query
from local.tribe_simulator.store import Fields, Record, Store


def properties(store: Store, record: Record, switches: dict[str, Any]) -> Fields:
    """Return all declared properties of a record, computed ones included, and its custom fields."""
    shown: Fields = dict.fromkeys((*COMMON, *record.type.properties))
    shown |= {name: value for name, value in record.fields.items() if name not in record.type.links}
    shown |= computed(store, record, switches)
    shown |= {"_Type": record.type.name, "_Name": display_name(store, record).strip()}
    empty = False if switches["nulls"] == "false" else None
    for name in BOOLEANS & shown.keys():
        shown[name] = True if shown[name] is True else empty
    return shown


def computed(store: Store, record: Record, switches: dict[str, Any]) -> Fields:
    """Return what Tribe computes for a record."""
    match record.entity_set:
        case "ProductLine":
            return line_totals(store, record, switches)
        case "Activity_Invoice":
            return {"Amount": invoice_amount(store, record, switches), **_invoice_totals(store, record, switches)}
        case "Relation_Person":
            return {"Name": display_name(store, record)}
        case entity_set if (
            entity_set.startswith("Relationship_") and entity_set != "Relationship_Organization_Identity"
        ):
            return {"Name": display_name(store, record)}
        case _:
            return {}


def _invoice_totals(store: Store, record: Record, switches: dict[str, Any]) -> Fields:
    customer = store.linked(record, "Relationship")
    described: Fields = {"RelationDescription": display_name(store, customer).strip() if customer else None}
    if switches["invoice_totals"]:
        excl = invoice_amount(store, record, {**switches, "amount_meaning": "excl"})
        incl = invoice_amount(store, record, {**switches, "amount_meaning": "incl"})
        described |= {"TotalExcludingVat": excl, "TotalIncludingVat": incl}
    return described


def display_name(store: Store, record: Record) -> str:
    """Return the computed name; a person's starts with line breaks, as it does in Tribe."""
    fields = record.fields
    if record.entity_set == "Relation_Person":
        parts = (fields.get(name) for name in ("FirstName", "MiddleName", "LastName"))
        return "\n\n" + " ".join(part for part in parts if part)
    for link in ("Organization", "Person"):
        if record.entity_set.startswith("Relationship_") and (relation := store.linked(record, link)):
            return display_name(store, relation)
    if record.entity_set == "Address":
        address = (fields.get("Street"), fields.get("HouseNumber"), fields.get("HouseNumberSuffix"))
        return " ".join(str(part) for part in address if part is not None)
    for name in ("Name", "Number", "Subject", "Description", "Code"):
        if fields.get(name):
            return str(fields[name])
    return ""


def render(store: Store, record: Record, query: Query, switches: dict[str, Any]) -> Fields:
    """Return a record as a query wants it."""
    shown = properties(store, record, switches)
    if query.select:
        keep = {*query.select, "ID", "_Type", "_Name"}
        shown = {name: value for name, value in shown.items() if name in keep}
    for name, inner in query.expand.items():
        shown[name] = expand(store, record, name, inner, switches)
    return shown


def expand(store: Store, record: Record, name: str, query: Query, switches: dict[str, Any]) -> Any:
    """Return what a navigation property leads to; raise KeyError when the type has none of that name."""
    if name in record.type.links:
        target = store.linked(record, name)
        return render(store, target, query, switches) if target else None
    collection = record.type.collections[name]
    members = store.collection(collection.entity_set, collection.link, record.record_id)
    return [render(store, member, query, switches) for member in members]


def lookup(store: Store, record: Record, path: str, switches: dict[str, Any]) -> Any:
    """Return the value at a path over to-one links, for filters; None where a link is empty."""
    *links, name = path.split("/")
    current: Record | None = record
    for link in links:
        if current is None:
            return None
        if link not in current.type.links:
            raise KeyError(link)
        current = store.linked(current, link)
    return _value(store, current, name, switches) if current else None


def _value(store: Store, record: Record, name: str, switches: dict[str, Any]) -> Any:
    if name == "_Type":
        return record.type.name
    if name in record.fields:
        return record.fields[name]
    if name not in record.type.properties and name not in COMMON and not name.startswith("_"):
        raise KeyError(name)
    return computed(store, record, switches).get(name)


def odata_context(entity_set: str, body: Mapping[str, Any]) -> Fields:
    """Return a body with Tribe's relative context in front."""
    return {"@odata.context": f"$metadata#OData.{entity_set}", **body}
