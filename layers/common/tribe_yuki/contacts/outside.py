"""What contacts ask of Tribe and Yuki, as Protocols."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tribe_yuki.connections import outside
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress, TribeRelation, YukiContact
from tribe_yuki.contacts.new_relation import NewRelation

# How many rows of a list come at once when there are more: of Tribe at least so many, of Yuki exactly.
RELATIONS_PER_PAGE = 100
ROWS_PER_PAGE = 100


class Tribe(Protocol):
    """Tribe CRM's relations. Reads raise Retryable, RateLimited, CredentialsRefused or Defect."""

    def resolve(self, record_id: str) -> str | None:
        """Return the dotted type of any record, such as `Activity.Invoice`; None when Tribe does not know the id."""
        ...

    def relation_of(self, record_id: str, record_type: str) -> str | None:
        """Return the id of the relation behind a relation, customer, supplier, contact or address record.

        None for records that belong to no relation (any more).
        """
        ...

    def read_relation(self, tribe_relation_id: str) -> TribeRelation | None:
        """Return an organisation or person whole, or None when it is gone."""
        ...

    def read_relations(self, tribe_relation_ids: Sequence[str]) -> list[TribeRelation]:
        """Return relations whole, in the order asked for, with as few calls as it takes; those gone are left out."""
        ...

    def relation_page(self, kind: ContactKind, *, skip: int = 0, with_roles: bool = False) -> list[TribeRelation]:
        """Return RELATIONS_PER_PAGE relations of a kind or more, in the order of their making; fewer at the end."""
        ...

    def relations_changed_since(self, since: datetime) -> list[str]:
        """Return the ids of relations whose fields, addresses or roles changed since an instant, each once."""
        ...

    def find_relations_by_import_id(self, import_id: str) -> list[str]:
        """Return the ids of all relations with exactly this ImportId."""
        ...

    def find_relations_by_debtor_number(self, debtor_number: str) -> list[str]:
        """Return the ids of all relations with exactly this debtor number."""
        ...

    def known_countries(self) -> Collection[str]:
        """Return the ISO codes of the countries in Tribe's list; an address in another country is stored without."""
        ...

    def create_relation(self, new: NewRelation) -> str:
        """Create a relation with its addresses and roles; return its id. Raises OutcomeUnknown when it may exist."""
        ...

    def add_role(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> None:
        """Make a relation a customer or supplier, unless it is."""
        ...

    def update_relation(
        self, relation: TribeRelation, values: Mapping[str, str], addresses: Mapping[str, TribeAddress]
    ) -> None:
        """Write some fields and addresses of a relation, by attribute of TribeRelation. Raises Gone."""
        ...


class Yuki(outside.Yuki, Protocol):
    """Yuki's contacts."""

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
        """Return one page (at most ROWS_PER_PAGE) of contacts."""
        ...

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
        """Return one page (at most ROWS_PER_PAGE) of contacts with their roles."""
        ...

    def contact_pages(
        self, contact_type: str, *, sort: str = "HID", modified_after: datetime | None = None
    ) -> Iterator[list[YukiContact]]:
        """Yield the active contacts of a type, page by page; the last page is not full, and may be empty."""
        ...

    def update_contact(self, elements: Mapping[str, str]) -> str:
        """Create or update a contact from elements of Contact.xsd by name; return its id.

        Raises Held(refused_by_yuki) with Yuki's words when it says Failed.
        """
        ...
