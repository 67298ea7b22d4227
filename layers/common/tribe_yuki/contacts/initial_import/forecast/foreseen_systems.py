"""Tribe and Yuki as they will be once the import has written to them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.fields.code import code_key
from tribe_yuki.contacts.fields.mapping import ContactMapping, contact_mapping
from tribe_yuki.contacts.initial_import.decide import DEBTOR_NUMBER
from tribe_yuki.contacts.initial_import.forecast.foreseen_relation import foreseen_relation, updated_relation
from tribe_yuki.contacts.match.blocks import match_keys
from tribe_yuki.contacts.match.profile import Key, contact_profile, relation_profile
from tribe_yuki.contacts.merge.after_write import contact_after
from tribe_yuki.contacts.merge.tribe_values import TribeValues
from tribe_yuki.contacts.model import TribeRelation, YukiContact
from tribe_yuki.contacts.new_relation import NewRelation


@dataclass(slots=True)
class ForeseenSystems:
    """Relations from what they are to what they will be, and what is written to reach that.

    `created` are relations that will be made, `fields_in_tribe` the fields written to others, both by relation;
    `elements_in_yuki` are those written to contacts. `yuki_calls` are the calls that the import makes for single
    contacts. Who is `erased` is not found.
    """

    settings: ConnectionSettings
    now: datetime
    assigns_numbers: bool
    relations: dict[str, TribeRelation]
    erased: Collection[str] = ()
    created: dict[str, NewRelation] = field(default_factory=dict)
    fields_in_tribe: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    elements_in_yuki: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    yuki_calls: int = 0
    _contacts: dict[str, YukiContact] = field(default_factory=dict)
    _by_key: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for relation in self.relations.values():
            if relation.tribe_relation_id and relation.tribe_relation_id not in self.erased:
                self.register(relation)

    @property
    def mapping(self) -> ContactMapping:
        """Return what the connection chose about contacts."""
        return contact_mapping(self.settings)

    def register(self, relation: TribeRelation) -> None:
        """Make a relation findable by what it can be recognised by; what it was found by before stays."""
        for key in match_keys(relation_profile(relation, self.mapping)):
            self._by_key[key].add(relation.tribe_relation_id)

    def near(self, contact: YukiContact) -> list[TribeRelation]:
        """Return the relations that share an id, a number or a name with a contact."""
        keys = match_keys(contact_profile(contact, self.mapping))
        ids = {tribe_relation_id for key in keys for tribe_relation_id in self._by_key.get(key, ())}
        return [self.relations[tribe_relation_id] for tribe_relation_id in sorted(ids)]

    def shown(self, contact: YukiContact) -> YukiContact:
        """Return a contact of a list of Yuki with what will have been written to it by then."""
        if contact.yuki_contact_id not in self.elements_in_yuki:
            self._contacts[contact.yuki_contact_id] = contact
        return self._contacts[contact.yuki_contact_id]

    def active_contact(self, yuki_contact_id: str) -> YukiContact | None:
        """Return a contact that was shown, or None; the import asks Yuki for it."""
        self.yuki_calls += 1
        return self._contacts.get(yuki_contact_id)

    def create(self, new: NewRelation) -> str:
        """Create a relation; return the id that stands for it."""
        relation = foreseen_relation(new, self.relations.values(), self.now, with_number=self.assigns_numbers)
        self.relations[relation.tribe_relation_id] = relation
        self.created[relation.tribe_relation_id] = new
        if number := new.values.get(DEBTOR_NUMBER):
            self._by_key[Key.CODE.value, code_key(number)].add(relation.tribe_relation_id)
        return relation.tribe_relation_id

    def update_relation(self, relation: TribeRelation, written: TribeValues) -> None:
        """Write fields and addresses to a relation."""
        addresses = {source.value for source in written.addresses}
        self.fields_in_tribe[relation.tribe_relation_id].update(written.values, addresses)
        self.relations[relation.tribe_relation_id] = updated_relation(relation, written, self.now)

    def update_contact(self, contact: YukiContact, elements: Mapping[str, str]) -> YukiContact:
        """Write elements to a contact; return it as it is then."""
        self.count_update(contact.yuki_contact_id, elements)
        self._contacts[contact.yuki_contact_id] = contact_after(contact, elements, contact.kind)
        return self._contacts[contact.yuki_contact_id]

    def count_update(self, yuki_contact_id: str, elements: Collection[str]) -> None:
        """Take in that elements are written to a contact."""
        self.yuki_calls += 1
        self.elements_in_yuki[yuki_contact_id].update(elements)
