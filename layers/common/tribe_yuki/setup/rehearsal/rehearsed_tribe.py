"""Tribe as the import will find and change it: read once from the real one, written in memory."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tribe_yuki.admin.outside import Tribe
from tribe_yuki.contacts.fields.addresses import AddressSource
from tribe_yuki.contacts.fields.countries import COUNTRY_CODES
from tribe_yuki.contacts.merge.after_write import relation_after
from tribe_yuki.contacts.merge.tribe_values import TribeValues
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress, TribeRelation, TribeRole
from tribe_yuki.contacts.new_relation import NewRelation
from tribe_yuki.contacts.outside import RELATIONS_PER_PAGE
from tribe_yuki.core.errors import Gone

_NUMBER = re.compile(r"(?P<prefix>\D*)(?P<digits>\d+)")


@dataclass(slots=True)
class RehearsedTribe:
    """Answers from memory; what would be written is kept in `created` and `updated`, by relation.

    Numbers that Tribe will give out are guessed: the next one of the series that most relations have.
    """

    relations: dict[str, TribeRelation]
    assigns_numbers: bool
    now: datetime
    created: dict[str, NewRelation] = field(default_factory=dict)
    updated: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, tribe: Tribe, *, assigns_numbers: bool, now: datetime) -> "RehearsedTribe":
        """Read all relations with their roles, some three calls per 100."""
        relations = {one.tribe_relation_id: one for kind in ContactKind for one in _all(tribe, kind)}
        return cls(relations, assigns_numbers, now)

    def read_relation(self, tribe_relation_id: str) -> TribeRelation | None:
        """Return a relation whole, or None."""
        return self.relations.get(tribe_relation_id)

    def read_relations(self, tribe_relation_ids: Sequence[str]) -> list[TribeRelation]:
        """Return relations whole, in the order asked for."""
        return [self.relations[one] for one in dict.fromkeys(tribe_relation_ids) if one in self.relations]

    def relation_page(self, kind: ContactKind, *, skip: int = 0, with_roles: bool = False) -> list[TribeRelation]:  # noqa: ARG002
        """Return one page of all relations of a kind."""
        return [one for one in self.relations.values() if one.kind is kind][skip : skip + RELATIONS_PER_PAGE]

    def find_relations_by_debtor_number(self, debtor_number: str) -> list[str]:
        """Return the ids of all relations with exactly this debtor number."""
        return [one.tribe_relation_id for one in self.relations.values() if one.debtor_number == debtor_number]

    def find_relations_by_import_id(self, import_id: str) -> list[str]:
        """Return the ids of all relations with exactly this ImportId."""
        return [one.tribe_relation_id for one in self.relations.values() if one.import_id == import_id]

    def create_relation(self, new: NewRelation) -> str:
        """Keep a relation as it would be read back."""
        tribe_relation_id = _made_up_id(new.import_id)
        addresses = {name: _with_id(address, f"{new.import_id}#{name}") for name, address in new.addresses.items()}
        roles = tuple(TribeRole(_made_up_id(f"{new.import_id}#{role}"), role) for role in new.roles)
        known: Mapping[str, Any] = {"name": _full_name(new.values), **new.values, **addresses}
        relation = TribeRelation(
            tribe_relation_id, new.kind, import_id=new.import_id, roles=roles, modified_at=self.now, **known
        )
        if relation.debtor_number is None and self.assigns_numbers and relation.has_role(RoleKind.CUSTOMER):
            relation = replace(relation, debtor_number=next_number(self.relations.values()))
        self.relations[tribe_relation_id] = relation
        self.created[tribe_relation_id] = new
        return tribe_relation_id

    def add_role(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> None:  # noqa: ARG002
        """Make a relation a customer or supplier, unless it is one."""
        relation = self.relations[tribe_relation_id]
        if not relation.has_role(role):
            made = TribeRole(_made_up_id(f"{tribe_relation_id}#{role}"), role)
            self.relations[tribe_relation_id] = replace(relation, roles=(*relation.roles, made))

    def known_countries(self) -> Collection[str]:
        """Return all countries: which of them Tribe's list lacks shows when an address is written."""
        return COUNTRY_CODES

    def update_relation(
        self, relation: TribeRelation, values: Mapping[str, str], addresses: Mapping[str, TribeAddress]
    ) -> None:
        """Change a relation in memory."""
        known = self.relations.get(relation.tribe_relation_id)
        if known is None:
            raise Gone("tribe_gone")
        written = TribeValues(values, {AddressSource(name): address for name, address in addresses.items()})
        after = replace(relation_after(known, written), modified_at=self.now)
        if after.kind is ContactKind.PERSON:
            after = replace(after, name=_full_name({k: v for k in _PARTS if (v := getattr(after, k))}))
        self.relations[known.tribe_relation_id] = after
        self.updated.setdefault(known.tribe_relation_id, set()).update([*values, *addresses])


_PARTS = ("first_name", "middle_name", "last_name")


def _full_name(values: Mapping[str, str]) -> str:
    return values.get("name") or " ".join(values[part] for part in _PARTS if values.get(part))


def _all(tribe: Tribe, kind: ContactKind) -> Iterable[TribeRelation]:
    skip = 0
    while True:
        page = tribe.relation_page(kind, skip=skip, with_roles=True)
        yield from page
        if len(page) < RELATIONS_PER_PAGE:
            return
        skip += len(page)


def next_number(relations: Iterable[TribeRelation]) -> str:
    """Return the number that follows the highest of the series that most relations have."""
    found = [match for one in relations if (match := _NUMBER.fullmatch(one.debtor_number or ""))]
    if not found:
        return "1"
    prefix = Counter(match["prefix"] for match in found).most_common(1)[0][0]
    series = [match for match in found if match["prefix"] in ("", prefix)]
    highest = max(series, key=lambda match: int(match["digits"]))
    return f"{prefix}{int(highest['digits']) + 1:0{len(highest['digits'])}}"


def _made_up_id(text: str) -> str:
    return str(uuid5(NAMESPACE_URL, text))


def _with_id(address: TribeAddress, text: str) -> TribeAddress:
    return replace(address, tribe_address_id=_made_up_id(text))
