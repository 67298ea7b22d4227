"""What records look like in an answer: all declared properties, computed names, Tribe's way with empty values."""

from collections.abc import Callable, Mapping
from typing import Any

from simulators.tribe.model import TYPES, Kind
from simulators.tribe.store import Record, Store

# Types that descend from a relation are called after it.
_OWNER = ("Person", "Organization", "Relation")


def full_name(person: Record) -> str:
    """Return a person's name without the blank lines that Tribe puts before it."""
    parts = (person.values.get(name) for name in ("FirstName", "MiddleName", "LastName"))
    return " ".join(part for part in parts if part)


def display_name(store: Store, record: Record) -> str | None:
    """Return what Tribe shows as `_Name`."""
    if record.type.startswith("Relationship.") and "Name" not in record.values:
        owner = _owner(store, record)
        return display_name(store, owner) if owner else None
    name = _DISPLAYED.get(record.type, _own_name)(record)
    return name.strip() if name else None


def _own_name(record: Record) -> str | None:
    name: str | None = record.values.get("Name")
    return name


def _address_line(record: Record) -> str:
    parts = (record.values.get(name) for name in ("Street", "HouseNumber", "HouseNumberSuffix"))
    return " ".join(str(_bare(part)) for part in parts if part is not None)


_DISPLAYED: Mapping[str, Callable[[Record], str | None]] = {
    "Relation.Person": full_name,
    "Address": _address_line,
    "Activity.Invoice": lambda record: record.values.get("Number") or record.values.get("Subject"),
    "ProductLine": lambda record: record.values.get("Description"),
    "Attachment": lambda record: record.values.get("Description"),
    "Note": lambda record: record.values.get("Content"),
}


def _owner(store: Store, record: Record) -> Record | None:
    return next((owner for name in _OWNER if (owner := store.target(record, name))), None)


def _name(store: Store, record: Record) -> str | None:
    if record.type == "Relation.Person":
        return f"\n\n{full_name(record)}"
    if record.type.startswith("Relationship.") and "Name" not in record.values:
        owner = _owner(store, record)
        return _name(store, owner) if owner else None
    name: str | None = record.values.get("Name")
    return name


def _sort_name(store: Store, record: Record) -> str | None:
    if "SortName" in record.values:
        return str(record.values["SortName"])
    if record.type.startswith("Relationship."):
        owner = _owner(store, record)
        return (_sort_name(store, owner) if owner else None) or _name(store, record)
    if record.type == "Relation.Person":
        last = " ".join(part for name in ("LastName", "MiddleName") if (part := record.values.get(name)))
        first = record.values.get("FirstName")
        return f"{last}, {first}" if first else last
    return _name(store, record)


def _birth_day(_: Store, record: Record) -> str | None:
    birth_date = record.values.get("BirthDate")
    return str(birth_date)[5:] if birth_date else None


def _relation_description(store: Store, record: Record) -> str | None:
    customer = store.target(record, "Relationship")
    return record.values.get("RelationDescription") or (display_name(store, customer) if customer else None)


def _file_url(store: Store, record: Record) -> str | None:
    attachments = store.pointing("File", record.id)
    return f"/v1/odata-file/Attachment/{attachments[0].id}/File" if attachments else None


def _localized(_: Store, record: Record) -> str | None:
    return record.values.get("LocalizedName") or record.values.get("Name")


COMPUTED: Mapping[str, Callable[[Store, Record], Any]] = {
    "ID": lambda _, record: record.id,
    "_Type": lambda _, record: record.type,
    "_Name": display_name,
    "Name": _name,
    "SortName": _sort_name,
    "LocalizedName": _localized,
    "BirthDay": _birth_day,
    "RelationDescription": _relation_description,
    "Url": _file_url,
    "Data": lambda *_: None,
}


def value_of(store: Store, record: Record, name: str, switches: Mapping[str, Any]) -> Any:
    """Return a property's value as Tribe sends it and filters see it."""
    compute = COMPUTED.get(name)
    value = compute(store, record) if compute else record.values.get(name)
    kind = TYPES[record.type].properties.get(name)
    if kind is Kind.FLAG and value is None and switches["nulls"] == "false":
        return False
    if kind is Kind.NUMBER and value is not None:
        return _bare(value) if name == "HouseNumber" else float(value)
    return value


def plain(
    store: Store,
    record: Record,
    switches: Mapping[str, Any],
    base_url: str = "",
    select: frozenset[str] | None = None,
) -> dict[str, Any]:
    """Return all declared properties of a record, and the custom ones that it has; only those to `select`, and `ID`."""
    names = dict.fromkeys([*TYPES[record.type].properties, *record.values])
    if select is not None:
        names = {name: None for name in names if name == "ID" or name in select}
    answer = {name: value_of(store, record, name, switches) for name in names}
    if answer.get("Url"):
        answer["Url"] = base_url + answer["Url"]
    return answer


def _bare(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
