"""Read relations of Tribe whole, and find the relation behind any record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tribe_yuki.adapters.tribe import relation_rows
from tribe_yuki.adapters.tribe.answers import NotKnown
from tribe_yuki.adapters.tribe.invoice_rows import Debtor
from tribe_yuki.adapters.tribe.odata import TribeApi, id_literal, set_of
from tribe_yuki.adapters.tribe.values import Record, link, record_id, text, whole_number
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
_KIND_BEHIND = {name: kind for kind, name in relation_rows.OWNER_LINKS.items()}

# Tribe has no `in`; a filter with this many ids keeps the address well below what servers take.
_IDS_PER_FILTER = 20


class TribeRelations(TribeApi):
    """Read organisations and persons with their addresses and roles."""

    def resolve(self, tribe_id: str) -> str | None:
        """Return the dotted type of any record, such as `Activity.Invoice`; None when Tribe does not know the id."""
        return text(self._odata.single("Entity", tribe_id) or {}, "_Type")

    def read_relation(self, tribe_relation_id: str) -> TribeRelation | None:
        """Return an organisation or person whole, or None when it is gone (three or four calls)."""
        for kind in ContactKind:
            entity_set, expand = relation_rows.SETS[kind], relation_rows.EXPANDS[kind]
            record = self._odata.single(entity_set, tribe_relation_id, expand=expand)
            if record is not None:
                return self._whole([record], kind)[0]
        return None

    def read_relations(self, tribe_relation_ids: Sequence[str]) -> list[TribeRelation]:
        """Return relations whole, in the order asked for; those gone are left out (three to five calls per 20)."""
        ids = list(dict.fromkeys(tribe_id.lower() for tribe_id in tribe_relation_ids))
        found: dict[str, TribeRelation] = {}
        for group in groups(ids):
            for kind in ContactKind:
                records = self._records(kind, [tribe_id for tribe_id in group if tribe_id not in found])
                found |= {relation.tribe_relation_id: relation for relation in self._whole(records, kind)}
        return [found[tribe_id] for tribe_id in ids if tribe_id in found]

    def relation_page(self, kind: ContactKind, *, skip: int = 0, with_roles: bool = False) -> list[TribeRelation]:
        """Return at least 100 of all relations of a kind, in the order in which they were made; fewer at the end.

        Tribe is not known to compare ids with `gt`, hence the skipping; new relations come at the end.
        """
        options = {"expand": relation_rows.EXPANDS[kind], "orderby": "CreationDate,ID"}
        records = self._odata.rows_from(relation_rows.SETS[kind], options, skip)
        return (
            self._whole(records, kind) if with_roles else [relation_rows.relation(record, kind) for record in records]
        )

    def _has_role(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> bool:
        """Whether a relation has a current (not former) role."""
        rows = self._role_rows(relation_rows.role_set(kind, role), kind, [tribe_relation_id])
        return any(not relation_rows.role(row, role).is_former for _, row in rows)

    def find_relations_by_import_id(self, import_id: str) -> list[str]:
        """Return the ids of all relations with exactly this ImportId."""
        return self._having("ImportId", import_id)

    def find_relations_by_debtor_number(self, debtor_number: str) -> list[str]:
        """Return the ids of all relations with exactly this debtor number."""
        return self._having("DebtorNumber", debtor_number.strip())

    def relation_of(self, tribe_id: str, record_type: str) -> str | None:
        """Return the id of the relation behind a relation, role or address; None for contact persons and all else."""
        if record_type in _RELATIONS:
            return tribe_id.lower()
        for expand, names in _ways(record_type):
            record = self._try(record_type, tribe_id, expand)
            owners = (link(record, name) for name in names) if record else ()
            owner = next((owner for owner in owners if owner), None)
            if owner:
                return record_id(owner)
        return None

    def _debtors(self, role_types: Mapping[str, str]) -> dict[str, Debtor]:
        """Return whom the relationships of invoices stand for, by the relationship's id, given the type of each.

        They are read on the relationships' own sets (tribe-api 6.1).
        """
        found: dict[str, Debtor] = {}
        for role_type in dict.fromkeys(role_types.values()):
            for name in owner_links(role_type):
                ids = [
                    role_id
                    for role_id, its_type in role_types.items()
                    if its_type == role_type and role_id not in found
                ]
                found |= self._debtors_behind(role_type, ids, name)
        return found

    def _debtors_behind(self, role_type: str, tribe_role_ids: Sequence[str], name: str) -> dict[str, Debtor]:
        """Return the debtors behind relationships of one type, by one of its links."""
        kind = _KIND_BEHIND[name]
        expand = f"{name}($expand={relation_rows.EXPANDS[kind]})"
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
        options = {"filter": any_of("ID", ids), "expand": relation_rows.EXPANDS[kind]}
        return list(self._odata.rows(relation_rows.SETS[kind], options))

    def _whole(self, records: Sequence[Record], kind: ContactKind) -> list[TribeRelation]:
        """Return relations of one kind with their roles: a call for each kind of role and group of ids."""
        ids = [relation_rows.id_or_none(record) or "" for record in records]
        roles: dict[str, list[TribeRole]] = {tribe_relation_id: [] for tribe_relation_id in ids}
        unreadable: dict[str, Unreadable] = {}
        for group in groups([tribe_relation_id for tribe_relation_id in roles if tribe_relation_id]):
            for role, entity_set in relation_rows.ROLE_SETS[kind].items():
                for tribe_relation_id, row in self._role_rows(entity_set, kind, group):
                    try:
                        roles.setdefault(tribe_relation_id, []).append(relation_rows.role(row, role))
                    except Unreadable as error:
                        unreadable[tribe_relation_id] = error
        whole = [relation_rows.relation(record, kind, roles[of]) for record, of in zip(records, ids, strict=True)]
        return [
            replace(relation, flaws=odd.details)
            if (odd := unreadable.get(relation.tribe_relation_id)) and not relation.flaws
            else relation
            for relation in whole
        ]

    def _role_rows(self, entity_set: str, kind: ContactKind, ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
        """Yield the role records that some relations have in a set, each with the id of the relation."""
        owner = relation_rows.OWNER_LINKS[kind]
        options = {"filter": any_of(f"{owner}/ID", ids), "expand": f"{owner}($select=ID)"}
        for row in self._odata.rows(entity_set, options):
            relation = link(row, owner)
            if relation is not None:
                yield record_id(relation), row

    def _having(self, field: str, value: str) -> list[str]:
        if not value:
            return []
        found = (self._odata.ids_with(entity_set, field, value) for entity_set in relation_rows.SETS.values())
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
    """Return the filter for records with these ids, or with links to them."""
    return " or ".join(f"{name} eq {id_literal(tribe_id)}" for tribe_id in ids)


def groups(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return ids in groups that one filter can hold."""
    return (ids[start : start + _IDS_PER_FILTER] for start in range(0, len(ids), _IDS_PER_FILTER))
