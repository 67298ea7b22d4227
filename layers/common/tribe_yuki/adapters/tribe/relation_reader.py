"""Read relations of Tribe whole, and find the relation behind any record."""

from collections.abc import Iterator, Mapping

from tribe_yuki.adapters.tribe import relations
from tribe_yuki.adapters.tribe.answers import Refused
from tribe_yuki.adapters.tribe.invoices import Debtor
from tribe_yuki.adapters.tribe.odata import OData, id_literal, set_of, text_literal
from tribe_yuki.adapters.tribe.values import Record, link, record_id, text, whole_number
from tribe_yuki.domain.contact import RoleKind, TribeRelation, TribeRole
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

    def _organisation(self, record: Record) -> TribeRelation:
        tribe_id = record_id(record)
        customers = self._roles(relations.ORGANISATION_CUSTOMERS, "Organization", tribe_id, RoleKind.CUSTOMER)
        suppliers = self._roles(relations.SUPPLIERS, "Organization", tribe_id, RoleKind.SUPPLIER)
        return relations.organisation(record, (*customers, *suppliers))

    def _person(self, record: Record) -> TribeRelation:
        customers = self._roles(relations.PERSON_CUSTOMERS, "Person", record_id(record), RoleKind.CUSTOMER)
        return relations.person(record, customers)

    def _roles(self, entity_set: str, owner: str, tribe_id: str, kind: RoleKind) -> Iterator[TribeRole]:
        options = {"filter": f"{owner}/ID eq {id_literal(tribe_id)}"}
        return (relations.role(row, kind) for row in self._odata.rows(entity_set, options))

    def _try(self, record_type: str, tribe_id: str, expand: str) -> Record | None:
        try:
            return self._odata.single(set_of(record_type), tribe_id, expand=expand)
        except Refused:
            if is_guid(record_type):
                return None  # a type of the tenant's own that has no such link
            raise


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
