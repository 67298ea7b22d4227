"""The links as the import will leave them."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from tribe_yuki.contacts.initial_import.decide import link_as_imported
from tribe_yuki.contacts.link import Link, LinkState, Side
from tribe_yuki.contacts.model import YukiContact
from tribe_yuki.core.holds import HoldReason


@dataclass(slots=True)
class ForeseenLinks:
    """Links by relation, from what is stored to what will be."""

    connection_id: str
    now: datetime
    by_relation: dict[str, Link]
    _relations: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for link in self.by_relation.values():
            self.keep(link)

    @property
    def erased(self) -> frozenset[str]:
        """Return the ids of erased relations and contacts."""
        links = [link for link in self.by_relation.values() if link.state is LinkState.ERASED]
        ids = [record_id for link in links for record_id in (link.tribe_relation_id, link.yuki_contact_id)]
        return frozenset(record_id for record_id in ids if record_id)

    def of_contact(self, yuki_contact_id: str) -> Link | None:
        """Return the link of a contact, or None."""
        tribe_relation_id = self._relations.get(yuki_contact_id)
        return self.by_relation[tribe_relation_id] if tribe_relation_id is not None else None

    def keep(self, link: Link) -> None:
        """Put a link in place of the one that its relation had."""
        former = self.by_relation.get(link.tribe_relation_id)
        if former is not None and former.yuki_contact_id is not None:
            self._relations.pop(former.yuki_contact_id, None)
        if link.yuki_contact_id is not None:
            self._relations[link.yuki_contact_id] = link.tribe_relation_id
        self.by_relation[link.tribe_relation_id] = link

    def hold(self, link: Link, reason: HoldReason) -> None:
        """Have a linked relation wait for a person."""
        self.keep(replace(link, reason=reason.value))

    def connect(self, contact: YukiContact, tribe_relation_id: str, prefers: Side) -> None:
        """Link a contact to a relation; the fields are not merged yet."""
        new = Link(self.connection_id, tribe_relation_id, LinkState.NEW, since=self.now)
        link = link_as_imported(self.by_relation.get(tribe_relation_id, new), contact, prefers)
        self.keep(
            replace(
                link,
                state=LinkState.LINKED,
                since=self.now,
                yuki_contact_id=contact.yuki_contact_id,
                creating_since=None,
                reason=None,
                details=(),
            )
        )
