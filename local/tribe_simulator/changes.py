"""Change records, and note down what has to be told of it."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from local.tribe_simulator import rules
from local.tribe_simulator.entity_types import FUNNEL
from local.tribe_simulator.environment import Environment
from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.invoice_numbers import note_number
from local.tribe_simulator.model import EntityType, Source
from local.tribe_simulator.mutations import Author, Change, LinkChange
from local.tribe_simulator.store import Fields, Record

# Which links of a relation make an address its own.
ADDRESS_LINKS: Mapping[str, tuple[str, ...]] = {
    "Relation_Organization": ("InvoiceAddress", "PostalAddress", "VisitingAddress"),
    "Relation_Person": ("Address",),
}
# What goes with a record when it is deleted, by the beginning of its set's name.
_OWNED: Mapping[str, tuple[Source, ...]] = {
    "Relation_Organization": (
        Source("Relationship", "Organization"),
        Source("Relationship_Person_Contact", "Relation"),
        Source("Address", "Organization"),
    ),
    "Relation_Person": (Source("Relationship", "Person"), Source("Address", "Person")),
    "Activity_Invoice": (Source("ProductLine", "Invoice"), Source("Attachment", "Invoice")),
    "": (Source("Attachment", "Entity"), Source("Note", "Entity"), Source("Label", "Entity")),
}
_PARENT_LINKS: Mapping[str, tuple[str, ...]] = {
    "Address": ("Organization", "Person"),
    "ProductLine": ("Invoice",),
    "Attachment": ("Invoice",),
}


class Work:
    """What one request or one press of a button does; everything it is given was checked before.

    `changes` are what webhooks will tell, once the work is done.
    """

    def __init__(self, environment: Environment, author: Author) -> None:
        self.environment = environment
        self.author = author
        self.changes: list[Change] = []
        self._store = environment.store

    def create(self, entity_type: EntityType, fields: Mapping[str, Any], *, as_tribe: bool = False) -> Record:
        """Create a record with the records that its fields nest, and return it; `as_tribe` as for `update`."""
        if entity_type.entity_set == "ProductLine" and fields.get("Invoice") and not as_tribe:
            rules.check_lines(self.environment, self._store.get(fields["Invoice"]["ID"]))
        record_id, stamp = fields.get("ID") or str(uuid4()), self.environment.stamp()
        own = {name: value for name, value in fields.items() if name not in entity_type.collections}
        own = {**rules.creation_defaults(self.environment, entity_type, fields), **own, "ID": record_id}
        own = {name: self._settled(entity_type, record_id, name, value) for name, value in own.items()}
        filled = {name: value for name, value in own.items() if value is not None}
        stamps = {"CreationDate": stamp, "LastMutationDate": stamp}
        record = self._store.add(entity_type.entity_set, {**stamps, **filled})
        links = [LinkChange(name, None, record.link(name)) for name in entity_type.links if record.link(name)]
        self._note("Creation", record, filled, links)
        self._after_creation(record)
        for name, source in entity_type.collections.items():
            for child in fields.get(name) or ():
                child_type = self.environment.model[source.target]
                self.create(child_type, {**child, source.link: {"ID": record_id}}, as_tribe=True)
        return record

    def update(self, record: Record, fields: Mapping[str, Any], *, as_tribe: bool = False) -> None:
        """Change fields and links of a record; `as_tribe` for what Tribe does itself, frozen or not."""
        if not as_tribe:
            rules.check_change(self.environment, record, fields)
        before = {name: record.link(name) for name in fields if name in record.type.links}
        settled = {
            name: self._settled(record.type, record.record_id, name, value)
            for name, value in fields.items()
            if name != "ID"
        }
        self._store.change(record, {**settled, "LastMutationDate": self.environment.stamp()})
        links = [LinkChange(name, old, record.link(name)) for name, old in before.items() if old or record.link(name)]
        self._note("Update", record, settled, links)
        self._after_change(record, settled)

    def upgrade(self, record: Record, entity_type: EntityType) -> None:
        """Turn a lead into a customer, say: the same record under another type of the same level (tribe-api 3.3)."""
        if entity_type.entity_set.rpartition("_")[0] != record.entity_set.rpartition("_")[0]:
            raise NotAllowed(f"{record.entity_set} cannot become {entity_type.entity_set}: not on the same level")
        name = "UpgradeDate" if _stage(entity_type) >= _stage(record.type) else "DowngradeDate"
        fields = {name: self.environment.today()}
        self._store.retype(record, entity_type)
        self._store.change(record, {**fields, "LastMutationDate": self.environment.stamp()})
        told_as = self.environment.switches["upgrade_event"]
        if told_as != "none":
            self._note("Update" if told_as == "update" else "Creation", record, fields, [])
        self._number_customer(record)

    def delete(self, record: Record, *, as_tribe: bool = False) -> None:
        """Delete a record and what goes with it; links to it are removed."""
        if not as_tribe:
            rules.check_deletion(self.environment, record, by_api=self.author.is_api)
        for start, sources in _OWNED.items():
            for source in sources if record.entity_set.startswith(start) else ():
                for one in list(self._store.pointing(source, record)):
                    if self._store.get(one.record_id) is one:
                        self.delete(one, as_tribe=True)
        if record.entity_set == "Attachment" and (file := self._store.linked(record, "File")):
            self.delete(file, as_tribe=True)
        for one, name in list(self._store.all_pointing(record)):
            self._unlink(one, name)
        links = [LinkChange(name, record.link(name), None) for name in record.type.links if record.link(name)]
        self._store.remove(record)
        self.environment.contents.pop(record.key, None)
        self._note("Deletion", record, {}, links)

    def _unlink(self, record: Record, name: str) -> None:
        before = record.link(name)
        self._store.change(record, {name: None})
        self._note("Update", record, {}, [LinkChange(name, before, None)])

    def _settled(self, entity_type: EntityType, record_id: str, name: str, value: Any) -> Any:
        """Return what is stored for a field: a nested record is created and becomes a link."""
        if entity_type.entity_set == "File" and name == "Data" and value is not None:
            self.environment.contents[record_id.lower()] = b64decode(value)
            return None
        if name not in entity_type.links or value is None:
            return value
        is_own_address = name in ADDRESS_LINKS.get(entity_type.entity_set, ())
        owner = back_links(entity_type, record_id) if is_own_address else {}
        if value.keys() != {"ID"}:
            made = self.create(self.environment.model[entity_type.links[name]], {**value, **owner}, as_tribe=True)
            return {"ID": made.record_id}
        if owner and (address := self._store.get(value["ID"])):
            self._store.change(address, owner)
        return {"ID": value["ID"]}

    def _after_creation(self, record: Record) -> None:
        person = self._store.linked(record, "Person") if record.entity_set == "Address" else None
        if person is not None and not person.link("Address"):
            self._store.change(person, {"Address": {"ID": record.record_id}})
        self._number_customer(record)
        self._after_change(record, record.fields)

    def _after_change(self, record: Record, fields: Mapping[str, Any]) -> None:
        if record.entity_set == rules.INVOICE and fields.get("Number"):
            note_number(self.environment, str(fields["Number"]))
        if self.environment.switches["parent_mutation_date"]:
            for link in _PARENT_LINKS.get(record.entity_set, ()):
                if owner := self._store.linked(record, link):
                    self._store.change(owner, {"LastMutationDate": self.environment.stamp()})

    def _number_customer(self, record: Record) -> None:
        relation = rules.relation_of_customer(self.environment, record)
        number = rules.next_debtor_number(self.environment, relation) if relation else None
        if relation and number:
            self.update(relation, {"DebtorNumber": number}, as_tribe=True)

    def _note(self, action: str, record: Record, fields: Mapping[str, Any], links: list[LinkChange]) -> None:
        told = {name: value for name, value in fields.items() if name != "ID"}
        change = Change(
            action,
            record.type,
            record.record_id,
            told,
            tuple(links),
            self.author,
            self.environment.stamp(),
            parent_id=record.link("Relation") or "",
            child_id=record.link("Organization") or record.link("Person") or "",
        )
        self.changes.append(change)


def back_links(owner_type: EntityType, owner_id: str) -> Fields:
    """Return the links of an address to the relation that it belongs to."""
    reference = {"ID": owner_id}
    return {owner_type.entity_set.removeprefix("Relation_"): reference, "Relation": reference}


def _stage(entity_type: EntityType) -> int:
    stage = entity_type.entity_set.rpartition("_")[2]
    return FUNNEL.index(stage) if stage in FUNNEL else 0
