"""Yuki as the import will read and change it: each page read once from the real one, written in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tribe_yuki.admin.outside import Administration, Yuki
from tribe_yuki.contacts.merge.after_write import contact_after
from tribe_yuki.contacts.model import ContactKind, YukiContact
from tribe_yuki.core.errors import Defect


@dataclass(slots=True)
class RehearsedYuki:
    """Reads the real pages; what would be written is kept in `written`: element names by contact.

    `pages` holds what each list showed, by contact type and active state, and `calls` how many calls it took.
    """

    yuki: Yuki
    calls: int = 0
    pages: dict[tuple[str, str], list[YukiContact]] = field(default_factory=dict)
    written: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    _changed: dict[str, YukiContact] = field(default_factory=dict)
    _known: dict[str, YukiContact] = field(default_factory=dict)

    def administrations(self) -> Sequence[Administration]:
        """Return the administrations that the key can see."""
        self.calls += 1
        return self.yuki.administrations()

    def search_contacts(
        self,
        option: str,
        value: str,
        *,
        active: str = "Active",
        sort: str = "ModifiedAsc",
        modified_after: datetime | None = None,
        page: int = 1,
    ) -> list[YukiContact]:
        """Return one page of contacts, with what was changed in memory."""
        self.calls += 1
        rows = self.yuki.search_contacts(
            option, value, active=active, sort=sort, modified_after=modified_after, page=page
        )
        return [self._changed.get(row.yuki_contact_id, row) for row in rows]

    def suppliers_and_customers(
        self,
        contact_type: str,
        *,
        option: str = "All",
        value: str = "",
        active: str = "Active",
        sort: str = "HID",
        modified_after: datetime | None = None,
        page: int = 1,
    ) -> list[YukiContact]:
        """Return one page of contacts with their roles."""
        self.calls += 1
        rows = self.yuki.suppliers_and_customers(
            contact_type, option=option, value=value, active=active, sort=sort, modified_after=modified_after, page=page
        )
        self.pages.setdefault((contact_type, active), []).extend(rows)
        self._known |= {row.yuki_contact_id: row for row in rows}
        return [self._changed.get(row.yuki_contact_id, row) for row in rows]

    def update_contact(self, elements: Mapping[str, str]) -> str:
        """Change a contact in memory, by its id."""
        self.calls += 1
        contact_id = elements.get("ID", "")
        contact = self._changed.get(contact_id) or self._known.get(contact_id)
        if contact is None:
            raise Defect("rehearsal_of_unknown_contact", "the import changes only contacts that it read")
        self._changed[contact_id] = contact_after(contact, elements, ContactKind(contact.kind))
        self.written.setdefault(contact_id, []).append(frozenset(elements) - {"ID", "Type"})
        return contact_id
