"""Everything that Yuki holds: keys, domains, administrations, contacts, invoices, products and documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from simulators.yuki.contacts import Contact, Contacts
from simulators.yuki.invoices import Invoice, Invoices
from simulators.yuki.products import Product


def new_id() -> str:
    """Return a new GUID."""
    return str(uuid4())


@dataclass
class AccessKey:
    """An access key: which domains it sees, and (at the level of administrations) which administrations."""

    key: str
    region: str
    domain_ids: tuple[str, ...]
    rights: frozenset[str]
    administration_ids: tuple[str, ...] = ()
    revoked: bool = False


@dataclass
class Domain:
    """A domain; its contacts are shared by its administrations (yuki-api 2.3)."""

    id: str
    name: str
    url: str
    active: bool = True
    contacts: Contacts = field(default_factory=Contacts)


@dataclass
class Administration:
    """An administration; `details` holds what Administrations shows, by element name."""

    id: str
    name: str
    domain_id: str
    details: dict[str, str]
    active: bool = True
    vat_codes: list[dict[str, Any]] = field(default_factory=list)
    gl_accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    payment_methods: list[dict[str, Any]] = field(default_factory=list)
    products: dict[str, Product] = field(default_factory=dict)
    numbers_given: int = 0

    @property
    def default_gl_account(self) -> str:
        """Return the revenue account that Yuki falls back to (yuki-api 4.4)."""
        return "700000" if self.details.get("Country") == "BE" else "80000"


@dataclass
class Document:
    """A document of the archive that is no sales invoice of these books."""

    id: str
    domain_id: str
    type: int
    folder: int
    created: datetime
    modified: datetime
    values: dict[str, str]


@dataclass
class BankTransaction:
    """A bank line that is matched to nothing yet."""

    id: str
    administration_id: str
    values: dict[str, str]
    amount: Decimal


@dataclass
class Books:
    """All state of the simulator that the seed data starts; ids are lower case in every key."""

    access_keys: dict[str, AccessKey] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    administrations: dict[str, Administration] = field(default_factory=dict)
    invoices: Invoices = field(default_factory=Invoices)
    documents: list[Document] = field(default_factory=list)
    bank_transactions: list[BankTransaction] = field(default_factory=list)
    currency_rates: Mapping[str, Decimal] = field(default_factory=dict)

    def administrations_of(self, domain_id: str) -> list[Administration]:
        """Return the administrations of a domain."""
        return [
            administration for administration in self.administrations.values() if administration.domain_id == domain_id
        ]

    def contacts_of(self, administration: Administration) -> Contacts:
        """Return the contacts that an administration shares with its domain."""
        return self.domains[administration.domain_id].contacts

    def all_contacts(self) -> Iterator[Contact]:
        """Return the contacts of every domain."""
        for domain in self.domains.values():
            yield from domain.contacts

    def find_contact(self, contact_id: str) -> Contact | None:
        """Return a contact of any domain."""
        found = (domain.contacts.get(contact_id) for domain in self.domains.values())
        return next((contact for contact in found if contact is not None), None)

    def contact_of(self, invoice: Invoice) -> Contact | None:
        """Return the contact of an invoice, if it still exists."""
        domain_id = self.administrations[invoice.administration_id].domain_id
        return self.domains[domain_id].contacts.get(invoice.contact_id)

    def invoices_of_domain(self, domain_id: str) -> list[Invoice]:
        """Return the invoices of all administrations of a domain."""
        return [invoice for owner in self.administrations_of(domain_id) for invoice in self.invoices.of(owner.id)]
