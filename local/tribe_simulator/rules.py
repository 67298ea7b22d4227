"""What Tribe does not let happen, and what it fills in by itself (tribe-api 3.3, 5.2, 6.3)."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.tribe_simulator.environment import Environment
from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.model import EntityType, Source, fits
from local.tribe_simulator.store import Fields, Record

DRAFT, SENT = "Draft", "Sent"
INVOICE = "Activity_Invoice"
CUSTOMERS = (
    "Relationship_Organization_CommercialRelationship_Customer",
    "Relationship_Person_CommercialRelationship_Customer",
)
_PHASES = "Datastore_Phase_ActivityInvoice"
# What a sent invoice no longer lets anybody change (tribe-api 6.3).
_FROZEN = frozenset(
    {
        *("Number", "InvoiceDate", "ExpirationDate", "Currency", "IsVatIncluded", "DiscountPercentage"),
        *("Relationship", "IsFinal"),
    }
)


def phase_link(environment: Environment, code: str) -> Fields:
    """Return a link to the phase of invoices with a code."""
    for phase in environment.store.by_set[_PHASES].values():
        if phase.fields.get("Code") == code:
            return {"ID": phase.record_id}
    raise NotAllowed(f"this environment has no phase {code}: add it to the seed's {_PHASES}.json")


def phase_code(environment: Environment, invoice: Record) -> str:
    """Return the code of an invoice's phase; an invoice without one is a draft."""
    phase = environment.store.linked(invoice, "Phase")
    return str(phase.fields.get("Code", "")) if phase else DRAFT


def is_sent(environment: Environment, invoice: Record) -> bool:
    """Tell whether an invoice has left the phase Draft, and is frozen because of that."""
    return phase_code(environment, invoice) != DRAFT


def check_change(environment: Environment, record: Record, names: Iterable[str]) -> None:
    """Raise NotAllowed for a change of what is frozen."""
    freeze = environment.switches["frozen"]
    if freeze == "nothing":
        return
    if record.entity_set == "ProductLine":
        check_lines(environment, environment.store.linked(record, "Invoice"))
    if record.entity_set != INVOICE or not is_sent(environment, record):
        return
    refused = set(names) & _FROZEN if freeze == "numbers_and_lines" else set(names) - {"Phase"}
    if refused:
        raise NotAllowed(f"a sent invoice is final: {', '.join(sorted(refused))} cannot be changed")


def check_lines(environment: Environment, invoice: Record | None) -> None:
    """Raise NotAllowed for any change among the lines of a sent invoice."""
    if environment.switches["frozen"] != "nothing" and invoice is not None and is_sent(environment, invoice):
        raise NotAllowed("a sent invoice is final: its lines cannot be changed")


def check_deletion(environment: Environment, record: Record, *, by_api: bool) -> None:
    """Raise NotAllowed for a record that has to stay."""
    if by_api and record.entity_set == "Relationship_Person_Contact_Employee":
        raise NotAllowed("employees cannot be deleted by API")
    if record.entity_set == "ProductLine":
        check_lines(environment, environment.store.linked(record, "Invoice"))
    if record.entity_set == INVOICE and environment.switches["frozen"] != "nothing" and is_sent(environment, record):
        raise NotAllowed("a sent invoice is final: make a credit invoice instead of deleting it")
    if any(True for one in (record, *_roles(environment, record)) for _ in _activities(environment, one)):
        raise NotAllowed("the record still has activities; set its relationship to Former instead")


def _roles(environment: Environment, relation: Record) -> Iterable[Record]:
    source = relation.type.collections.get("Relationships")
    return environment.store.pointing(source, relation) if source else ()


def _activities(environment: Environment, role: Record) -> Iterable[Record]:
    for link in ("Relationship", "Contact"):
        yield from environment.store.pointing(Source("Activity", link), role)


def creation_defaults(environment: Environment, entity_type: EntityType, fields: Mapping[str, Any]) -> Fields:
    """Return what Tribe fills in at the creation of a record; given fields win."""
    match entity_type.entity_set:
        case "Activity_Invoice":
            return {"Phase": phase_link(environment, DRAFT), "Currency": "EUR"}
        case "ProductLine":
            return _line_defaults(environment, fields)
        case "Attachment" if fields.get("Invoice"):
            return {"Entity": fields["Invoice"]}
        case _:
            return {}


def _line_defaults(environment: Environment, fields: Mapping[str, Any]) -> Fields:
    invoice, product = (_linked(environment, fields, name) for name in ("Invoice", "Product"))
    currency = fields.get("Currency") or (invoice.fields.get("Currency") if invoice else None) or "EUR"
    defaults: Fields = {"Quantity": 1.0, "Currency": currency}
    if product:
        named = {"Description": "Name", "Price": "SalesPrice", "VatGroup": "VatGroup"}
        defaults |= {name: product.fields[source] for name, source in named.items() if source in product.fields}
    if currency == "EUR":
        price = fields.get("Price", fields.get("PriceInCurrency", defaults.get("Price")))
        defaults |= {"Price": price, "PriceInCurrency": price}
    return defaults


def _linked(environment: Environment, fields: Mapping[str, Any], name: str) -> Record | None:
    return environment.store.get(fields[name]["ID"]) if fields.get(name) else None


def next_debtor_number(environment: Environment, relation: Record) -> str | None:
    """Return the debtor number that a new customer gets, or None when it keeps what it has."""
    switches = environment.switches
    has_number = bool(relation.fields.get("DebtorNumber"))
    if not switches["auto_numbering"] or (has_number and not switches["overwrite_imported_numbers"]):
        return None
    environment.last_debtor_number += 1
    return f"D-{environment.last_debtor_number}"


def relation_of_customer(environment: Environment, role: Record) -> Record | None:
    """Return the relation behind a customer role; None for other records."""
    if role.entity_set not in CUSTOMERS:
        return None
    return environment.store.linked(role, "Organization") or environment.store.linked(role, "Person")


def is_read_only(entity_type: EntityType) -> bool:
    """Tell whether the API can only read a type (tribe-api 6.6)."""
    return fits(entity_type, "Datastore") or entity_type.entity_set == "Relationship_Organization_Identity"
