"""What Tribe computes for a record instead of storing it: names, totals, addresses of files."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from local.tribe_simulator.arithmetic import invoice_total, line_totals
from local.tribe_simulator.environment import Environment
from local.tribe_simulator.model import Source
from local.tribe_simulator.store import Fields, Record

type Compute = Callable[[Environment, Record], Any]

FILE_URL = "/v1/odata-file/Attachment/{}/File"
_NAMED_BY = ("Name", "Number", "Subject", "Description", "Content", "Code")


def computed_values(environment: Environment, record: Record, names: Iterable[str]) -> Fields:
    """Return the values of properties that Tribe computes, or has a computed default for; others are left out."""
    if record.entity_set == "ProductLine":
        return line_totals(environment, record)
    rules = next((rules for start, rules in _RULES.items() if record.entity_set.startswith(start)), {})
    return {name: rules[name](environment, record) for name in names if name in rules}


def display_name(environment: Environment, record: Record) -> str:
    """Return the computed name; a person's starts with line breaks, as it does in Tribe (tribe-api 3.2)."""
    fields = record.fields
    if record.entity_set == "Relation_Person":
        return _person_name(environment, record)
    if record.entity_set == "Address":
        parts = (fields.get("Street"), _plain(fields.get("HouseNumber")), fields.get("HouseNumberSuffix"))
        return " ".join(str(part) for part in parts if part)
    for link in ("Organization", "Person"):
        if link in record.type.links and (relation := environment.store.linked(record, link)):
            return display_name(environment, relation)
    return next((str(fields[name]) for name in _NAMED_BY if fields.get(name)), "")


def _person_name(environment: Environment, person: Record) -> str:
    fields = person.fields
    prefix = fields.get("MiddleName")
    repeated = prefix if environment.switches["repeat_prefix"] else None
    parts = (fields.get("FirstName"), prefix, repeated, fields.get("LastName"))
    return "\n\n" + " ".join(str(part) for part in parts if part)


def _sort_name(environment: Environment, record: Record) -> str | None:
    person = record if record.entity_set == "Relation_Person" else environment.store.linked(record, "Person")
    if person is None:
        return display_name(environment, record)
    last, first = (person.fields.get(name) for name in ("LastName", "FirstName"))
    after = " ".join(str(part) for part in (last, person.fields.get("MiddleName")) if part)
    return f"{after}, {first}" if first else after


def _birth_day(_: Environment, person: Record) -> str | None:
    birth_date = person.fields.get("BirthDate")
    return date.fromisoformat(birth_date).strftime("%m-%d") if birth_date else None


def _customer_name(environment: Environment, invoice: Record) -> str | None:
    customer = environment.store.linked(invoice, "Relationship")
    return display_name(environment, customer).strip() if customer else None


def _amount(environment: Environment, invoice: Record) -> float:
    meaning = {"excl": "TotalExcludingVat", "incl": "TotalIncludingVat"}[environment.switches["amount_meaning"]]
    return invoice_total(environment, invoice, meaning)


def _url(environment: Environment, file: Record) -> str | None:
    owner = next(environment.store.pointing(Source("Attachment", "File"), file), None)
    return FILE_URL.format(owner.record_id) if owner else None


def _total_of(name: str) -> Compute:
    return lambda environment, invoice: invoice_total(environment, invoice, name)


def _name_of(_: Environment, record: Record) -> Any:
    return record.fields.get("Name")


def _plain(number: Any) -> Any:
    return int(number) if isinstance(number, float) and number.is_integer() else number


# By the beginning of the set's name; the first row that fits counts.
_RULES: Mapping[str, Mapping[str, Compute]] = {
    "Relation_Person": {"Name": display_name, "SortName": _sort_name, "BirthDay": _birth_day},
    "Relationship_": {"Name": display_name, "SortName": _sort_name},
    "Activity_Invoice": {
        "Amount": _amount,
        "RelationDescription": _customer_name,
        "TotalExcludingVat": _total_of("TotalExcludingVat"),
        "TotalIncludingVat": _total_of("TotalIncludingVat"),
    },
    "File": {"Url": _url},
    "Product": {"LocalizedName": _name_of},
    "Datastore_": {"LocalizedName": _name_of},
}
