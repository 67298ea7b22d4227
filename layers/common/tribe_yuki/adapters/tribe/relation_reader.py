"""Read relations of Tribe whole, and find the relation behind any record."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tribe_yuki.adapters.tribe import relations
from tribe_yuki.adapters.tribe.answers import Refused
from tribe_yuki.adapters.tribe.changes import changed_since
from tribe_yuki.adapters.tribe.invoices import Debtor
from tribe_yuki.adapters.tribe.odata import OData, id_literal, set_of, text_literal
from tribe_yuki.adapters.tribe.values import Record, link, record_id, text, whole_number
from tribe_yuki.domain.contact import ContactKind, RoleKind, TribeRelation, TribeRole
from tribe_yuki.domain.ids import is_guid

_RELATIONS = ("Relation.Organization", "Relation.Person")

# Which links lead from a record to its relation, by type or by the beginning of it; the first row that fits counts.
# Contact persons and employees never leave Tribe, nor does our own organisation (design 5).
_OWNER_LINKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Relationship.Person.Contact", ()),
    ("Relationship.Organization.Identity", ()),
    ("Relationship.Organization", ("Organization",)),
    ("Relationship.Person", ("Person",)),
    ("Address", ("Organization", "Person", "Relation")),
)
# A type of the tenant's own is a GUID, which does not tell what it is (tribe-api 3.1, 5.4).
_OWN_TYPE_LINKS = ("Organization", "Person")

_EXPANDS: Mapping[str, str] = {
    "Organization": f"Organization($expand={relations.EXPAND_ORGANISATION})",
    "Person": f"Person($expand={relations.EXPAND_PERSON})",
}


# Tribe has no `in`; a filter of this many ids keeps the address well below what servers take.
IDS_PER_FILTER = 20
_ROLE_SETS: Mapping[ContactKind, tuple[tuple[str, str, RoleKind], ...]] = {
    ContactKind.ORGANISATION: (
        (relations.ORGANISATION_CUSTOMERS, "Organization", RoleKind.CUSTOMER),
        (relations.SUPPLIERS, "Organization", RoleKind.SUPPLIER),
    ),
    ContactKind.PERSON: ((relations.PERSON_CUSTOMERS, "Person", RoleKind.CUSTOMER),),
}
_OWNERS_OF_CHANGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Address", ("Organization", "Person", "Relation")),
    (relations.ORGANISATION_CUSTOMERS, ("Organization",)),
    (relations.SUPPLIERS, ("Organization",)),
    (relations.PERSON_CUSTOMERS, ("Person",)),
)


class RelationReader:
    """Reads organisations and persons with their addresses and roles."""

    def __init__(self, odata: OData) -> None:
        self._odata = odata

    def read(self, tribe_relation_id: str) -> TribeRelation | None:
        """Return an organisation or person whole, or None when it is gone."""
        record = self._odata.single(relations.ORGANISATIONS, tribe_relation_id, expand=relations.EXPAND_ORGANISATION)
        if record is not None:
            return self._organisation(record)
        record = self._odata.single(relations.PERSONS, tribe_relation_id, expand=relations.EXPAND_PERSON)
        return self._person(record) if record is not None else None

    def read_many(self, tribe_relation_ids: Sequence[str]) -> list[TribeRelation]:
        """Return relations whole, in the order asked for, a group at a time; those that are gone are left out."""
        ids = list(dict.fromkeys(tribe_id.lower() for tribe_id in tribe_relation_ids))
        found: dict[str, TribeRelation] = {}
        for start in range(0, len(ids), IDS_PER_FILTER):
            found |= self._read_group(ids[start : start + IDS_PER_FILTER])
        return [found[tribe_id] for tribe_id in ids if tribe_id in found]

    def page(self, kind: ContactKind, *, skip: int, with_roles: bool) -> list[TribeRelation]:
        """Return one page of all relations of a kind, in the order in which they were made."""
        is_person = kind is ContactKind.PERSON
        entity_set = relations.PERSONS if is_person else relations.ORGANISATIONS
        expand = relations.EXPAND_PERSON if is_person else relations.EXPAND_ORGANISATION
        options: dict[str, str | int] = {"expand": expand, "orderby": "CreationDate,ID", "skip": skip}
        records, _ = self._odata.page(entity_set, options)
        make = relations.person if is_person else relations.organisation
        roles = self._roles_of([record_id(record) for record in records], kind) if with_roles and records else {}
        return [make(record, roles.get(record_id(record), ())) for record in records]

    def changed_since(self, since: datetime) -> list[str]:
        """Return the ids of relations whose own fields, addresses or roles changed since an instant, each once."""
        changed: dict[str, None] = {}
        for entity_set in (relations.ORGANISATIONS, relations.PERSONS):
            options = {"select": "ID,LastMutationDate"}
            changed |= {record_id(row): None for row in changed_since(self._odata, entity_set, since, options)}
        for entity_set, names in _OWNERS_OF_CHANGES:
            options = {"expand": ",".join(f"{name}($select=ID)" for name in names)}
            for row in changed_since(self._odata, entity_set, since, options):
                owner = next((owner for name in names if (owner := link(row, name))), None)
                changed |= {record_id(owner): None} if owner else {}
        return list(changed)

    def by_import_id(self, import_id: str) -> list[str]:
        """Return the ids of relations with exactly this ImportId."""
        options = {"filter": f"ImportId eq {text_literal(import_id)}", "select": "ID,ImportId"}
        return [
            record_id(row)
            for entity_set in (relations.ORGANISATIONS, relations.PERSONS)
            for row in self._odata.rows(entity_set, options)
            if text(row, "ImportId") == import_id
        ]

    def of(self, tribe_id: str, record_type: str) -> str | None:
        """Return the id of the relation behind a record; None for one that belongs to none (any more)."""
        if record_type in _RELATIONS:
            return tribe_id.lower()
        for expand, names in _ways(record_type):
            record = self._try(record_type, tribe_id, expand)
            owners = (link(record, name) for name in names) if record else ()
            owner = next((owner for owner in owners if owner), None)
            if owner:
                return record_id(owner)
        return None

    def debtor(self, role: Record, role_type: str) -> Debtor | None:
        """Return whom an invoice's relationship stands for, read on the relationship's own set (tribe-api 6.1)."""
        for name in owner_links(role_type):
            record = self._try(role_type, record_id(role), _EXPANDS[name])
            owner = link(record, name) if record else None
            if record and owner:
                relation = self._organisation(owner) if name == "Organization" else self._person(owner)
                return Debtor(relation, whole_number(record, "PaymentTermInDays"))
        return None

    def by_debtor_number(self, debtor_number: str) -> list[str]:
        """Return the ids of relations with exactly this number; Tribe's own comparison may ignore case."""
        wanted = debtor_number.strip()
        if not wanted:
            return []
        options = {"filter": f"DebtorNumber eq {text_literal(wanted)}", "select": "ID,DebtorNumber"}
        return [
            record_id(row)
            for entity_set in (relations.ORGANISATIONS, relations.PERSONS)
            for row in self._odata.rows(entity_set, options)
            if text(row, "DebtorNumber") == wanted
        ]

    def _read_group(self, ids: Sequence[str]) -> dict[str, TribeRelation]:
        organisations = self._records(relations.ORGANISATIONS, ids, relations.EXPAND_ORGANISATION)
        left = [tribe_id for tribe_id in ids if tribe_id not in organisations]
        persons = self._records(relations.PERSONS, left, relations.EXPAND_PERSON)
        roles = self._roles_of(list(organisations), ContactKind.ORGANISATION)
        roles |= self._roles_of(list(persons), ContactKind.PERSON)
        found = {one: relations.organisation(record, roles.get(one, ())) for one, record in organisations.items()}
        return found | {one: relations.person(record, roles.get(one, ())) for one, record in persons.items()}

    def _records(self, entity_set: str, ids: Sequence[str], expand: str) -> dict[str, Record]:
        if not ids:
            return {}
        rows = self._odata.rows(entity_set, {"filter": any_of("ID", ids), "expand": expand})
        return {record_id(row): row for row in rows}

    def _roles_of(self, ids: Sequence[str], kind: ContactKind) -> dict[str, list[TribeRole]]:
        """Return the customer and supplier roles of relations of one kind, by relation."""
        found: dict[str, list[TribeRole]] = {}
        for start in range(0, len(ids), IDS_PER_FILTER):
            group = ids[start : start + IDS_PER_FILTER]
            for entity_set, owner, role in _ROLE_SETS[kind]:
                options = {"filter": any_of(f"{owner}/ID", group), "expand": f"{owner}($select=ID)"}
                for row in self._odata.rows(entity_set, options):
                    whose = link(row, owner)
                    if whose is not None:
                        found.setdefault(record_id(whose), []).append(relations.role(row, role))
        return found

    def _organisation(self, record: Record) -> TribeRelation:
        tribe_id = record_id(record)
        return relations.organisation(record, self._roles_of([tribe_id], ContactKind.ORGANISATION).get(tribe_id, ()))

    def _person(self, record: Record) -> TribeRelation:
        tribe_id = record_id(record)
        return relations.person(record, self._roles_of([tribe_id], ContactKind.PERSON).get(tribe_id, ()))

    def _try(self, record_type: str, tribe_id: str, expand: str) -> Record | None:
        try:
            return self._odata.single(set_of(record_type), tribe_id, expand=expand)
        except Refused:
            if is_guid(record_type):
                return None  # a type of the tenant's own that has no such link
            raise


def any_of(name: str, ids: Sequence[str]) -> str:
    """Write a filter that one of some ids fulfils."""
    return " or ".join(f"{name} eq {id_literal(tribe_id)}" for tribe_id in ids)


def owner_links(record_type: str) -> tuple[str, ...]:
    """Return the names of the links that lead to the relation behind a record of this type."""
    if is_guid(record_type):
        return _OWN_TYPE_LINKS
    fits = (names for start, names in _OWNER_LINKS if f"{record_type}.".startswith(f"{start}."))
    return next(fits, ())


def _ways(record_type: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what to expand and which links to look at; all at once where it is known that Tribe has them."""
    names = owner_links(record_type)
    for group in ((name,) for name in names) if is_guid(record_type) else ((names,) if names else ()):
        yield ",".join(f"{name}($select=ID)" for name in group), group
