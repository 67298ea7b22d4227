"""Read relations of Tribe whole, and find the relation behind any record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tribe_yuki.adapters.tribe import relations
from tribe_yuki.adapters.tribe.answers import NotKnown
from tribe_yuki.adapters.tribe.invoices import Debtor
from tribe_yuki.adapters.tribe.odata import OData, id_literal, set_of
from tribe_yuki.adapters.tribe.values import Record, link, record_id, whole_number
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeRelation, TribeRole
from tribe_yuki.core.errors import Unreadable
from tribe_yuki.core.ids import is_guid

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
_KIND_BEHIND = {name: kind for kind, name in relations.OWNER_LINKS.items()}

# Tribe has no `in`; a filter with this many ids keeps the address well below what servers take.
_IDS_PER_FILTER = 20


class RelationReader:
    """Reads organisations and persons with their addresses and roles."""

    def __init__(self, odata: OData) -> None:
        self._odata = odata

    def read(self, tribe_relation_id: str) -> TribeRelation | None:
        """Return an organisation or person whole, or None when it is gone."""
        for kind in ContactKind:
            entity_set, expand = relations.SETS[kind], relations.EXPANDS[kind]
            record = self._odata.single(entity_set, tribe_relation_id, expand=expand)
            if record is not None:
                return self._whole([record], kind)[0]
        return None

    def read_many(self, tribe_relation_ids: Sequence[str]) -> list[TribeRelation]:
        """Return relations whole, in the order asked for, each once; those that are gone are left out."""
        ids = list(dict.fromkeys(tribe_id.lower() for tribe_id in tribe_relation_ids))
        found: dict[str, TribeRelation] = {}
        for group in groups(ids):
            for kind in ContactKind:
                records = self._records(kind, [tribe_id for tribe_id in group if tribe_id not in found])
                found |= {relation.tribe_relation_id: relation for relation in self._whole(records, kind)}
        return [found[tribe_id] for tribe_id in ids if tribe_id in found]

    def page(self, kind: ContactKind, *, skip: int, with_roles: bool) -> list[TribeRelation]:
        """Return at least 100 of all relations of a kind, in the order in which they were made; fewer at the end.

        Tribe is not known to compare ids with `gt`, hence the skipping; new relations come at the end.
        """
        options = {"expand": relations.EXPANDS[kind], "orderby": "CreationDate,ID"}
        records = self._odata.rows_from(relations.SETS[kind], options, skip)
        return self._whole(records, kind) if with_roles else [relations.relation(record, kind) for record in records]

    def has_role(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> bool:
        """Tell whether a relation has a current (not former) role."""
        roles = self._roles(relations.role_set(kind, role), kind, role, [tribe_relation_id])
        return any(not one.is_former for _, one in roles)

    def by_import_id(self, import_id: str) -> list[str]:
        """Return the ids of relations with exactly this ImportId."""
        return self._having("ImportId", import_id)

    def by_debtor_number(self, debtor_number: str) -> list[str]:
        """Return the ids of relations with exactly this number."""
        return self._having("DebtorNumber", debtor_number.strip())

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

    def debtors(self, role_types: Mapping[str, str]) -> dict[str, Debtor]:
        """Return whom the relationships of invoices stand for, by the relationship's id, given the type of each.

        They are read on the relationships' own sets (tribe-api 6.1).
        """
        found: dict[str, Debtor] = {}
        for role_type in dict.fromkeys(role_types.values()):
            for name in owner_links(role_type):
                ids = [one for one, its_type in role_types.items() if its_type == role_type and one not in found]
                found |= self._debtors(role_type, ids, name)
        return found

    def _debtors(self, role_type: str, tribe_role_ids: Sequence[str], name: str) -> dict[str, Debtor]:
        """Return the debtors of some relationships of one type that one link leads to."""
        kind = _KIND_BEHIND[name]
        expand = f"{name}($expand={relations.EXPANDS[kind]})"
        roles = [role for ids in groups(tribe_role_ids) for role in self._try_rows(role_type, ids, expand)]
        owners = {record_id(owner): owner for role in roles if (owner := link(role, name))}
        whole = {relation.tribe_relation_id: relation for relation in self._whole(list(owners.values()), kind)}
        return {
            record_id(role): Debtor(whole[record_id(owner)], whole_number(role, "PaymentTermInDays"))
            for role in roles
            if (owner := link(role, name))
        }

    def _records(self, kind: ContactKind, ids: Sequence[str]) -> list[Record]:
        if not ids:
            return []
        options = {"filter": any_of("ID", ids), "expand": relations.EXPANDS[kind]}
        return list(self._odata.rows(relations.SETS[kind], options))

    def _whole(self, records: Sequence[Record], kind: ContactKind) -> list[TribeRelation]:
        """Return relations of one kind with their roles: a call for each kind of role and group of ids."""
        ids = [relations.id_or_none(record) or "" for record in records]
        roles: dict[str, list[TribeRole]] = {tribe_relation_id: [] for tribe_relation_id in ids}
        flaws: dict[str, str] = {}
        for group in groups([tribe_relation_id for tribe_relation_id in roles if tribe_relation_id]):
            for role, entity_set in relations.ROLE_SETS[kind].items():
                for tribe_relation_id, row in self._role_rows(entity_set, kind, group):
                    try:
                        roles.setdefault(tribe_relation_id, []).append(relations.role(row, role))
                    except Unreadable as error:
                        flaws[tribe_relation_id] = error.text
        whole = [relations.relation(one, kind, roles[of]) for one, of in zip(records, ids, strict=True)]
        return [replace(one, flaw=one.flaw or flaws.get(one.tribe_relation_id, "")) for one in whole]

    def _roles(
        self, entity_set: str, kind: ContactKind, role: RoleKind, ids: Sequence[str]
    ) -> Iterator[tuple[str, TribeRole]]:
        """Yield the roles of one kind that some relations have, each with the id of the relation."""
        for tribe_relation_id, row in self._role_rows(entity_set, kind, ids):
            yield tribe_relation_id, relations.role(row, role)

    def _role_rows(self, entity_set: str, kind: ContactKind, ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
        owner = relations.OWNER_LINKS[kind]
        options = {"filter": any_of(f"{owner}/ID", ids), "expand": f"{owner}($select=ID)"}
        for row in self._odata.rows(entity_set, options):
            relation = link(row, owner)
            if relation is not None:
                yield record_id(relation), row

    def _having(self, field: str, value: str) -> list[str]:
        if not value:
            return []
        found = (self._odata.ids_with(entity_set, field, value) for entity_set in relations.SETS.values())
        return [tribe_id for ids in found for tribe_id in ids]

    def _try(self, record_type: str, tribe_id: str, expand: str) -> Record | None:
        try:
            return self._odata.single(set_of(record_type), tribe_id, expand=expand)
        except NotKnown:
            if is_guid(record_type):
                return None  # a type of the tenant's own that has no such link
            raise

    def _try_rows(self, record_type: str, ids: Sequence[str], expand: str) -> list[Record]:
        try:
            return list(self._odata.rows(set_of(record_type), {"filter": any_of("ID", ids), "expand": expand}))
        except NotKnown:
            if is_guid(record_type):
                return []  # a type of the tenant's own that has no such link
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


def any_of(name: str, ids: Sequence[str]) -> str:
    """Return the filter for records whose id, or that of a link, is one of some."""
    return " or ".join(f"{name} eq {id_literal(tribe_id)}" for tribe_id in ids)


def groups(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return ids in groups that one filter can hold."""
    return (ids[start : start + _IDS_PER_FILTER] for start in range(0, len(ids), _IDS_PER_FILTER))
