"""Changing records, whoever does it: rules, numbering, and the events that follow."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from local.tribe_simulator.events import Change
from local.tribe_simulator.invoices import DRAFT, FROZEN, phase_link, phase_of
from local.tribe_simulator.model import CUSTOMER_SETS, TYPES, Collection
from local.tribe_simulator.store import Fields, Record, Store

# Which links of an owner make an address the owner's.
ADDRESS_LINKS = {
    "Relation_Organization": ("InvoiceAddress", "PostalAddress", "VisitingAddress"),
    "Relation_Person": ("Address",),
}


class NotAllowed(ValueError):
    """Tribe does not let this happen."""


class Changes:
    """Applies changes to the store and tells the listeners; callers hold the simulator's lock."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        switches: Callable[[], dict[str, Any]],
        tell: Callable[[Change], None],
    ) -> None:
        self._store = store
        self._now = now
        self._switches = switches
        self._tell = tell
        self._number = 20_000

    def create(self, entity_set: str, body: Mapping[str, Any], *, by_api: bool) -> Record:
        """Create a record with the children and links that its body nests; return it."""
        kind = TYPES[entity_set]
        own = {name: value for name, value in body.items() if name not in kind.collections and name not in kind.links}
        stamp = self._stamp()
        record = self._store.add(
            entity_set, {"ID": str(uuid4()), "CreationDate": stamp, "LastMutationDate": stamp, **_filled(own)}
        )
        self._defaults(record)
        for name in kind.links:
            if isinstance(body.get(name), dict):
                self._nest(record, name, body[name], by_api=by_api)
        self._fire(Change("creation", entity_set, record.record_id, fields=_filled(own)), by_api=by_api)
        for name in kind.links:
            if target := record.link(name):
                self._fire_link("creation", record, name, target, by_api=by_api)
        for name, collection in kind.collections.items():
            for child in body.get(name) or []:
                self._create_child(record, collection, child, by_api=by_api)
        return record

    def update(self, record: Record, fields: Mapping[str, Any], *, by_api: bool) -> None:
        """Change fields and links of a record, and fire what follows."""
        self._check_frozen(record, fields)
        links = {name for name in fields if name in record.type.links}
        plain = {name: value for name, value in fields.items() if name not in links}
        self._store.change(record, {**plain, "LastMutationDate": self._stamp()})
        for name in links:
            value = fields[name]
            if value is None:
                self._store.change(record, {name: None})
            else:
                self._nest(record, name, value, by_api=by_api)
        self._fire(Change("update", record.entity_set, record.record_id, fields=dict(fields)), by_api=by_api)
        for name in links:
            if target := record.link(name):
                self._fire_link("update", record, name, target, by_api=by_api)

    def upgrade(self, record: Record, entity_set: str) -> None:
        """Turn a lead into a customer, say: the same record under another type."""
        if entity_set not in TYPES:
            raise NotAllowed(f"unknown type {entity_set}")
        self._store.retype(record, entity_set)
        self._store.change(record, {"UpgradeDate": self._stamp()[:10]})
        self._defaults(record)
        if self._switches()["upgrade_fires"]:
            fields = {"UpgradeDate": record.fields["UpgradeDate"]}
            self._fire(Change("update", entity_set, record.record_id, fields=fields), by_api=False)

    def delete(self, record: Record, *, by_api: bool) -> None:
        """Delete a record; relations with activities cannot be deleted (tribe-api 3.3)."""
        if record.entity_set in ADDRESS_LINKS and any(self._activities(record)):
            raise NotAllowed("the relation still has activities; set its relationship to Former instead")
        self._store.remove(record)
        self._fire(Change("deletion", record.entity_set, record.record_id), by_api=by_api)

    def merge(self, winner: Record, loser: Record) -> None:
        """Merge two relations: what points to the loser points to the winner, then the loser is deleted."""
        for one in list(self._store.by_id.values()):
            for link in one.type.links:
                if one.link(link) == loser.record_id.lower():
                    self.update(one, {link: {"ID": winner.record_id}}, by_api=False)
        missing = {name: value for name, value in loser.fields.items() if name not in winner.fields}
        missing = {name: value for name, value in missing.items() if name in winner.type.properties}
        if missing:
            self.update(winner, missing, by_api=False)
        self._store.remove(loser)
        self._fire(Change("deletion", loser.entity_set, loser.record_id), by_api=False)

    def adopt_addresses(self) -> None:
        """Give addresses their link back to the owner, for seed data that names only one direction."""
        for entity_set, links in ADDRESS_LINKS.items():
            for owner in self._store.by_set[entity_set].values():
                for name in links:
                    if address := self._store.linked(owner, name):
                        self._store.change(address, self._back_links(owner))

    def _activities(self, relation: Record) -> Iterator[Record]:
        link = "Organization" if relation.entity_set == "Relation_Organization" else "Person"
        for entity_set in CUSTOMER_SETS:
            for role in self._store.collection(entity_set, link, relation.record_id):
                yield from self._store.collection("Activity_Invoice", "Relationship", role.record_id)

    def _nest(self, record: Record, name: str, value: Mapping[str, Any], *, by_api: bool) -> None:
        """Set a link: to the record that an id names, or to one made of a nested body."""
        if "ID" in value:
            self._store.change(record, {name: {"ID": str(value["ID"])}})
            return
        entity_set = _target_set(record, name)
        child = self.create(entity_set, {**value, **self._back_links(record)}, by_api=by_api)
        self._store.change(record, {name: {"ID": child.record_id}})

    def _back_links(self, owner: Record) -> Fields:
        link = {"Relation_Organization": "Organization", "Relation_Person": "Person"}.get(owner.entity_set)
        reference = {"ID": owner.record_id}
        return {link: reference, "Relation": reference} if link else {}

    def _create_child(self, record: Record, collection: Collection, body: Mapping[str, Any], *, by_api: bool) -> None:
        self.create(collection.entity_set, {**body, collection.link: {"ID": record.record_id}}, by_api=by_api)

    def _defaults(self, record: Record) -> None:
        """Fill what Tribe fills itself: the phase of an invoice, and the debtor number of a customer's relation."""
        if record.entity_set == "Activity_Invoice" and "Phase" not in record.fields:
            self._store.change(record, {"Phase": phase_link(self._store, DRAFT)})
        for link in ("Organization", "Person"):
            if record.entity_set in CUSTOMER_SETS and (relation := self._store.linked(record, link)):
                self._number_relation(relation)

    def _number_relation(self, relation: Record) -> None:
        switches = self._switches()
        has_number = bool(relation.fields.get("DebtorNumber"))
        if switches["auto_numbering"] and (not has_number or switches["overwrite_imported_numbers"]):
            self._number += 1
            self._store.change(relation, {"DebtorNumber": f"D-{self._number}"})

    def _check_frozen(self, record: Record, fields: Mapping[str, Any]) -> None:
        invoice = record
        names = set(fields) & FROZEN
        if record.entity_set == "ProductLine":
            found = self._store.linked(record, "Invoice")
            if found is None:
                return
            invoice, names = found, set(fields)
        if invoice.entity_set != "Activity_Invoice" or phase_of(self._store, invoice) in (None, DRAFT):
            return
        if self._switches()["frozen"] == "all_but_phase" and invoice is record:
            names = set(fields) - {"Phase"}
        if names:
            raise NotAllowed(f"a sent invoice is final: {', '.join(sorted(names))} cannot be changed")

    def _fire(self, change: Change, *, by_api: bool) -> None:
        if not by_api or self._switches()["echo_webhooks"]:
            self._tell(change)

    def _fire_link(self, kind: str, record: Record, link: str, target: str, *, by_api: bool) -> None:
        if self._switches()["link_events"]:
            change = Change(kind, record.entity_set, record.record_id, is_link=True, link=link, child_id=target)
            self._fire(change, by_api=by_api)

    def _stamp(self) -> str:
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _filled(fields: Mapping[str, Any]) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


def _target_set(record: Record, link: str) -> str:
    """Return the set of the records that a link leads to, for records that are made on the way."""
    if link in ("InvoiceAddress", "PostalAddress", "VisitingAddress", "Address"):
        return "Address"
    if link in ("Organization", "Person"):
        return f"Relation_{link}"
    if link == "File":
        return "File"
    raise NotAllowed(f'give {{"ID": …}} for {record.entity_set}.{link}')
