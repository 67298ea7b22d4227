"""Creating, changing and deleting records as Tribe does it (tribe-api 3.3)."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from simulators.tribe.amounts import set_amounts
from simulators.tribe.errors import Refused
from simulators.tribe.model import (
    OWNER_OF_ADDRESS,
    READ_ONLY,
    TYPES,
    Kind,
    RecordType,
    dotted,
    is_a,
    is_custom_field,
    moment,
)
from simulators.tribe.rendering import display_name
from simulators.tribe.store import Change, Record, Store

type Fields = Mapping[str, Any]

_ALWAYS_WRITABLE: Mapping[str, frozenset[str]] = {
    "numbers_and_lines": frozenset({"Phase", "ImportId"}),
    "all_but_phase": frozenset({"Phase"}),
}
_CUSTOMER = re.compile(r"Relationship\.(Organization|Person)\.CommercialRelationship\.Customer")
_LAST_NUMBER = 10_000
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# What is deleted along with a record: the types and links that lead to it.
_CASCADE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Relation.Organization": (("Relationship", "Organization"), ("Address", "Organization")),
    "Relation.Person": (("Relationship", "Person"), ("Address", "Person")),
    "Activity.Invoice": (("ProductLine", "Invoice"), ("Attachment", "Invoice")),
}
_FROM_PRODUCT = {"Description": "Name", "Price": "SalesPrice"}


class Writer:
    """Write records. `is_forced` is Tribe itself or its UI at work: ids are kept, nothing is frozen or read-only."""

    def __init__(self, store: Store, files: dict[str, bytes], switches: Mapping[str, Any], now: datetime) -> None:
        self._store, self._files, self._switches, self._now = store, files, switches, now.astimezone(UTC)

    def stamp(self) -> None:
        """Date what was changed since the last commit; an answer shows records as they are after it."""
        for change in self._store.changes():
            ids = {change.record_id}
            if change.record_type == "Address" and self._switches["address_bumps_owner"]:
                ids |= self._owners(change)
            for record in filter(None, map(self._store.by_id.get, ids)):
                self._store.date(record, moment(self._now))

    def _owners(self, address: Change) -> set[str]:
        """Return the ids of the relations that a changed address belongs to, or did before."""
        record = self._store.by_id.get(address.record_id)
        linked = {*(record.links.values() if record else ()), *(former for former, _ in address.links.values())}
        relations = (
            record for record in map(self._store.by_id.get, linked) if record and record.type in OWNER_OF_ADDRESS
        )
        return {relation.id for relation in relations}

    def create(self, record_type: str, body: Fields, *, is_forced: bool = False, is_seed: bool = False) -> Record:
        """Create a record, with the records that are nested in it."""
        kind = TYPES[record_type]
        if record_type.startswith("Datastore.") and not is_forced:
            raise Refused(f"{kind.entity_set} is read-only.")
        kept = {"ID": _id(body["ID"])} if is_forced and body.get("ID") else {"ID": str(uuid4())}
        record = self._store.add(kind.entity_set, kept)
        if not is_seed:
            self._prefill(record, body)
        self._set(record, body, is_forced=is_forced, is_seed=is_seed)
        self._check_required(record, kind)
        if not is_seed:
            self._number(record)
            self.settle(record)
        return record

    def update(self, record: Record, body: Fields, *, is_forced: bool = False) -> None:
        """Change only what the body names."""
        if record.type.startswith("Datastore.") and not is_forced:
            raise Refused(f"{TYPES[record.type].entity_set} is read-only.")
        if not is_forced:
            self._check_frozen(record, set(body) - {"ID", "_UpgradeType"})
            if record.type == "ProductLine":
                self.check_may_join(body)
        if "_UpgradeType" in body:
            self.upgrade(record, str(body["_UpgradeType"]))
        self._set(record, {name: value for name, value in body.items() if name != "_UpgradeType"}, is_forced=is_forced)
        self._check_required(record, TYPES[record.type])
        self.settle(record)

    def upgrade(self, record: Record, entity_set: str) -> None:
        """Make a relationship one of another type on the same level; it keeps its id."""
        wanted = dotted(entity_set)
        if wanted not in TYPES or wanted.rpartition(".")[0] != record.type.rpartition(".")[0]:
            raise Refused(f"{record.type} cannot become {wanted}.")
        if not wanted.startswith("Relationship.") or wanted == record.type:
            raise Refused(f"{record.type} cannot become {wanted}.")
        self._store.retype(record, wanted)
        self._store.put(record, "UpgradeDate", self._now.date().isoformat())
        self._number(record)

    def delete(self, record: Record, *, is_forced: bool = False) -> None:
        """Delete a record and what belongs to it."""
        if not is_forced:
            self._check_deletable(record)
        invoice = self._store.target(record, "Invoice")
        for child_type, link in _CASCADE.get(record.type, ()):
            for child in self._store.pointing(link, record.id, child_type):
                self.delete(child, is_forced=True)
        if record.type == "Attachment" and (file := self._store.target(record, "File")):
            self._files.pop(record.id, None)
            self._store.remove(file)
        for other, link in self._store.pointing_anyhow(record.id):
            self._store.link(other, link, None)
        self._store.remove(record)
        if record.type == "ProductLine" and invoice:
            set_amounts(self._store, invoice, self._switches)

    def settle(self, record: Record) -> None:
        """Work out the amounts that follow from a change."""
        invoice = record if record.type == "Activity.Invoice" else self._store.target(record, "Invoice")
        if invoice and record.type in ("Activity.Invoice", "ProductLine"):
            set_amounts(self._store, invoice, self._switches)

    def _number(self, role: Record) -> None:
        """Give the relation of a new customer the next debtor number (`auto_numbering`)."""
        how = self._switches["auto_numbering"]
        if not _CUSTOMER.fullmatch(role.type) or not how:
            return
        relation = self._store.target(role, "Organization") or self._store.target(role, "Person")
        if relation is not None and (how == "overwrite" or "DebtorNumber" not in relation.values):
            number = max(self._store.highest_number("DebtorNumber"), _LAST_NUMBER) + 1
            self._store.put(relation, "DebtorNumber", f"D-{number}")

    def _prefill(self, record: Record, body: Fields) -> None:
        if record.type == "Activity.Invoice" and "Phase" not in body:
            drafts = (
                phase
                for phase in self._store.of("Datastore.Phase.ActivityInvoice")
                if phase.values.get("Code") == "Draft"
            )
            if draft := next(drafts, None):
                self._store.link(record, "Phase", draft.id)
        if record.type in ("Activity.Invoice", "ProductLine") and "Currency" not in body:
            self._store.put(record, "Currency", "EUR")
        if record.type == "ProductLine":
            self._prefill_line(record, body)

    def _prefill_line(self, line: Record, body: Fields) -> None:
        product = self._store.by_id.get(str((body.get("Product") or {}).get("ID", "")).lower())
        if product is not None:
            for name, source in _FROM_PRODUCT.items():
                if name not in body:
                    self._store.put(line, name, product.values.get(source))
            if "VatGroup" not in body and "VatGroup" in product.links:
                self._store.link(line, "VatGroup", product.links["VatGroup"])
        if "PriceInCurrency" not in body:
            self._store.put(line, "PriceInCurrency", body.get("Price", line.values.get("Price")))

    def _set(self, record: Record, body: Fields, *, is_forced: bool, is_seed: bool = False) -> None:
        kind = TYPES[record.type]
        for name, value in body.items():
            if name == "ID" or name.startswith("@odata.") or (name in READ_ONLY and not is_seed):
                continue
            if name in kind.collections:
                self._set_collection(record, name, value, is_forced=is_forced, is_seed=is_seed)
            elif name in kind.links:
                self._set_link(record, name, value, is_forced=is_forced, is_seed=is_seed)
            elif record.type == "File" and name == "Data":
                continue  # kept by the attachment, below
            elif name in kind.properties or is_custom_field(name):
                self._store.put(record, name, _checked(kind, name, value))
            else:
                raise Refused(f"The property '{name}' is not defined in type '{kind.name}'.")
        if record.type == "Attachment" and isinstance(body.get("File"), Mapping):
            self._keep_file(record, body["File"])

    def _keep_file(self, attachment: Record, file: Fields) -> None:
        if isinstance(file.get("Data"), str):
            try:
                self._files[attachment.id] = base64.b64decode(file["Data"], validate=True)
            except binascii.Error:
                raise Refused("File/Data is not Base64.") from None

    def _set_link(self, record: Record, name: str, value: Any, *, is_forced: bool, is_seed: bool) -> None:
        wanted = TYPES[record.type].links[name]
        if value is None:
            self._store.link(record, name, None)
            return
        if not isinstance(value, Mapping):
            raise Refused(f"The link '{name}' takes an object or null.")
        target = self._store.by_id.get(str(value.get("ID", "")).lower())
        if (
            target is None
            and (is_seed or "ID" not in value or is_forced)
            and (wanted in TYPES and set(value) != {"ID"})
        ):
            target = self.create(wanted, value, is_forced=is_forced, is_seed=is_seed)
        elif is_seed and "ID" in value:
            self._store.link(record, name, _id(value["ID"]))  # what it leads to may come from a later file
            return
        elif target is None:
            raise Refused(f"'{name}': there is no record {value.get('ID')} to link to.")
        elif set(value) != {"ID"}:
            self.update(target, value, is_forced=is_forced)
        if not is_a(target.type, wanted):
            raise Refused(f"'{name}' takes a {wanted}, not a {target.type}.")
        self._store.link(record, name, target.id)
        self._link_back(record, name, target)

    def _link_back(self, record: Record, name: str, target: Record) -> None:
        """Keep an address and its owner pointing at each other."""
        if target.type == "Address" and record.type in OWNER_OF_ADDRESS:
            self._own(target, OWNER_OF_ADDRESS[record.type], record)
        elif record.type == "Address" and name in ("Organization", "Person"):
            self._own(record, name, target)

    def _own(self, address: Record, name: str, owner: Record) -> None:
        for link in (name, "Relation"):
            if address.links.get(link) != owner.id:
                self._store.link(address, link, owner.id)
        if name == "Person" and self._store.target(owner, "Address") is None:
            self._store.link(owner, "Address", address.id)

    def adopt_addresses(self) -> None:
        """Link addresses that came as seed data back to their owners."""
        for record in list(self._store.of("Entity")):
            for name in list(record.links):
                target = self._store.target(record, name)
                if target is not None:
                    self._link_back(record, name, target)

    def _set_collection(self, record: Record, name: str, value: Any, *, is_forced: bool, is_seed: bool) -> None:
        listed = TYPES[record.type].collections[name]
        if not isinstance(value, list) or not all(isinstance(child, Mapping) for child in value):
            raise Refused(f"'{name}' takes a list of objects.")
        for child in value:
            found = self._store.by_id.get(str(child.get("ID", "")).lower())
            back = {listed.child_link: {"ID": record.id}}
            if found is not None:
                self.update(found, {**child, **back}, is_forced=is_forced)
            elif child.get("ID") and not is_forced:
                raise Refused(f"'{name}': there is no record {child['ID']}.")
            elif listed.child_type not in TYPES:
                raise Refused(f"'{name}': create such records in their own entity set.")
            else:
                self.create(listed.child_type, {**child, **back}, is_forced=is_forced, is_seed=is_seed)

    def _check_required(self, record: Record, kind: RecordType) -> None:
        for name in kind.required:
            if not record.values.get(name) and name not in record.links:
                raise Refused(f"The property '{name}' of '{kind.name}' is required.")

    def _check_frozen(self, record: Record, names: set[str]) -> None:
        invoice = record if record.type == "Activity.Invoice" else None
        if record.type == "ProductLine":
            invoice = self._store.target(record, "Invoice")
        if invoice is None or not self.is_frozen(invoice):
            return
        allowed = _ALWAYS_WRITABLE[self._switches["frozen"]] if invoice is record else frozenset()
        frozen = {name for name in names if name not in allowed and not self._is_free(name)}
        if frozen:
            raise Refused(f"The invoice is sent: {', '.join(sorted(frozen))} cannot be changed.")

    def _is_free(self, name: str) -> bool:
        return is_custom_field(name) and self._switches["frozen"] == "numbers_and_lines"

    def check_may_join(self, body: Fields) -> None:
        """Refuse a line for an invoice that is frozen."""
        invoice = self._store.by_id.get(str((body.get("Invoice") or {}).get("ID", "")).lower())
        if invoice is not None and self.is_frozen(invoice):
            raise Refused("The invoice is sent: its lines cannot be changed.")

    def is_frozen(self, invoice: Record) -> bool:
        """Say whether an invoice was sent, so that law forbids to change it."""
        phase = self._store.target(invoice, "Phase")
        return bool(invoice.values.get("IsFinal")) or (phase is not None and phase.values.get("Code") != "Draft")

    def _check_deletable(self, record: Record) -> None:
        self._check_frozen(record, {"Number"} if record.type == "Activity.Invoice" else {"Invoice"})
        if record.type.startswith("Datastore.") or record.type.endswith((".Employee", ".Identity")):
            raise Refused(f"{TYPES[record.type].entity_set} cannot be deleted.")
        self.check_idle(record)

    def check_idle(self, record: Record) -> None:
        """Refuse to delete a relation or a role that has activities, which people cannot do either."""
        roles = [record] if record.type.startswith("Relationship.") else []
        if record.type in OWNER_OF_ADDRESS:
            roles = self._store.pointing(OWNER_OF_ADDRESS[record.type], record.id, "Relationship")
        if any(self._store.pointing("Relationship", role.id, "Activity") for role in roles):
            raise Refused(
                f"{display_name(self._store, record)} has activities: set the relationship to former instead."
            )


def _id(value: Any) -> str:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise Refused(f"{value!r} is no GUID.")
    return value.lower()


def _checked(kind: RecordType, name: str, value: Any) -> Any:
    wanted = kind.properties.get(name, Kind.TEXT)
    match wanted, value:
        case _, None:
            return None
        case Kind.FLAG, bool():
            return value
        case ((Kind.NUMBER | Kind.INTEGER), (int() | float())) if not isinstance(value, bool):
            return value if wanted is Kind.INTEGER or name == "HouseNumber" else float(value)
        case ((Kind.DATE | Kind.INSTANT), str()):
            return _moment(name, value, wanted)
        case Kind.TEXT, str():
            return value
    raise Refused(f"The value of '{name}' is not a {wanted}.")


def _moment(name: str, value: str, wanted: Kind) -> str:
    try:
        if "T" in value:
            instant = datetime.fromisoformat(value)
            return moment(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
        return date.fromisoformat(value).isoformat() + ("" if wanted is Kind.DATE else "T00:00:00Z")
    except ValueError:
        raise Refused(f"The value of '{name}' is not a {wanted}.") from None
