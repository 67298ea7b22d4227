"""Decide about everything as the import does, and foresee what each decision leaves behind for the next.

Nothing is asked or written. The decisions are the import's own.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from tribe_yuki.connections.administration import OwnCompany
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.fields.code import contact_code
from tribe_yuki.contacts.fields.read import ContactPair
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.initial_import.decide import (
    Action,
    Contest,
    Create,
    Hold,
    LinkTo,
    Skip,
    decide,
    link_taken_away,
    skip_reason,
)
from tribe_yuki.contacts.initial_import.forecast.foreseen_codes import ForeseenCodes
from tribe_yuki.contacts.initial_import.forecast.foreseen_links import ForeseenLinks
from tribe_yuki.contacts.initial_import.forecast.foreseen_systems import ForeseenSystems
from tribe_yuki.contacts.initial_import.one_contact import MERGED_AT_ONCE
from tribe_yuki.contacts.link import Link, LinkState, Side
from tribe_yuki.contacts.merge.decide import decide_merge
from tribe_yuki.contacts.model import TribeRelation, YukiContact
from tribe_yuki.contacts.provisional_names import own_names
from tribe_yuki.contacts.pull import is_unmerged, needs_merge
from tribe_yuki.core.fingerprint import Fingerprints
from tribe_yuki.core.holds import HoldReason

NOT_UNDERSTOOD = Hold(HoldReason.NOT_UNDERSTOOD, ())


@dataclass(frozen=True, slots=True)
class Forecast:
    """The decisions of an import that begins `now`, by contact, and what they lead to.

    Without `merges_fields` only the decisions are foreseen, not what becomes of the fields of those that are linked.
    """

    links: ForeseenLinks
    systems: ForeseenSystems
    own_companies: Sequence[OwnCompany]
    fingerprints: Callable[[str], Fingerprints]
    actions: dict[str, Action] = field(default_factory=dict)
    merges_fields: bool = True

    @property
    def settings(self) -> ConnectionSettings:
        """Return the settings of the connection."""
        return self.systems.settings

    @property
    def now(self) -> datetime:
        """Return when the import begins."""
        return self.systems.now

    def link_of(self, tribe_relation_id: str) -> Link | None:
        """Return the link that a relation has by then, or None."""
        return self.links.by_relation.get(tribe_relation_id)

    def active_contact(self, yuki_contact_id: str) -> YukiContact | None:
        """Return a contact as it is by then, or None."""
        return self.systems.active_contact(yuki_contact_id)

    def run(self, imported: Iterable[Sequence[YukiContact]], others: Iterable[YukiContact]) -> None:
        """Decide about the contacts of the lists that are imported, in their order; the others may have codes."""
        codes = ForeseenCodes(self.links, self.systems)
        codes.see(others)
        for contacts in imported:
            codes.see(contacts)
            for start in range(0, len(contacts), MERGED_AT_ONCE):
                self._merge_or_import(contacts[start : start + MERGED_AT_ONCE])
        codes.settle()

    def _merge_or_import(self, contacts: Sequence[YukiContact]) -> None:
        """Take contacts in together: those with a link, then those without, then the fields of these."""
        unmerged: list[YukiContact] = []
        new: list[YukiContact] = []
        for contact in map(self.systems.shown, contacts):
            link = self.links.of_contact(contact.yuki_contact_id)
            if link is not None and is_unmerged(link):
                unmerged.append(contact)
            elif contact.flaws:
                self.actions[contact.yuki_contact_id] = NOT_UNDERSTOOD
            elif link is None:
                new.append(contact)
            elif link.state is LinkState.LINKED and self._needs_merge(link, contact):
                self._merge_or_report(link, contact)
        for contact in new:
            self._take_in(contact, self._decide_or_report(contact))
        for contact in [*unmerged, *new]:
            link = self.links.of_contact(contact.yuki_contact_id)
            if link is not None and self.merges_fields:
                self._merge_or_report(link, contact)

    def _needs_merge(self, link: Link, contact: YukiContact) -> bool:
        return needs_merge(link, contact, self.fingerprints(link.tribe_relation_id), self.systems.mapping)

    def _decide_or_report(self, contact: YukiContact) -> Action:
        """Decide about one contact; what goes wrong with it holds that one only, as in the import."""
        try:
            reason = skip_reason(contact, self.settings, lambda: self.own_companies)
            if reason is not None:
                return Skip(reason)
            return decide(contact, self.systems.near(contact), self, self.settings, self.now)
        except Exception:  # noqa: BLE001 (whatever it is, it is the matter of this contact alone)
            return NOT_UNDERSTOOD

    def _take_in(self, contact: YukiContact, action: Action) -> None:
        """Foresee what a decision leaves behind."""
        self.actions[contact.yuki_contact_id] = action
        match action:
            case LinkTo():
                self.links.connect(contact, action.tribe_relation_id, action.prefers)
            case Create(new):
                self.links.connect(contact, self.systems.create(new), Side.YUKI)
            case Contest():
                self.links.keep(link_taken_away(action.link, action.hold, self.now))
                self.actions[action.link.yuki_contact_id or ""] = action.hold
                if action.is_won:
                    self.links.connect(contact, action.link.tribe_relation_id, Side.YUKI)
                else:
                    self.actions[contact.yuki_contact_id] = action.hold

    def _merge_or_report(self, link: Link, contact: YukiContact) -> None:
        """Foresee what the fields become; what goes wrong with a pair leaves these as they are."""
        relation = self.systems.relations.get(link.tribe_relation_id)
        if relation is None:
            self.links.keep(replace(link, state=LinkState.GONE_IN_TRIBE, reason=None, details=()))
        elif not relation.flaws and not contact.flaws:
            with suppress(Exception):
                self._merge(link, relation, contact)

    def _merge(self, link: Link, relation: TribeRelation, contact: YukiContact) -> None:
        if relation.kind is not contact.kind:
            self.links.hold(link, HoldReason.CONTACT_TYPE_DIFFERS)
            return
        mapping = self.systems.mapping
        if link.creating_as is not None:
            contact = self.systems.update_contact(contact, own_names(relation, mapping))
        merge = decide_merge(
            ContactPair(relation, contact, mapping),
            link.base,
            self.fingerprints(relation.tribe_relation_id),
            prefer=Side.TRIBE if link.base else link.prefers,
            now=self.now,
            writable=writable_sides(relation, self.settings),
        )
        if merge.elements.elements:
            self.systems.update_contact(contact, merge.elements.elements)
        if not merge.values.is_empty:
            self.systems.update_relation(relation, merge.values)
        self.systems.register(relation)
        merged = replace(link, kind=relation.kind, number=contact_code(relation), code_at_import=contact.code)
        self.links.keep(replace(merged, base=merge.base, creating_as=None, reason=None, details=()))
