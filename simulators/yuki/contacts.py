"""The contacts of one domain, found by id, code or name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# What SearchContacts shows, in its order (yuki-api 3.1), without the fields of the record itself.
VISIBLE_FIELDS = (
    "Code",
    "Name",
    "FirstName",
    "MiddleName",
    "LastName",
    "AddressLine_1",
    "AddressLine_2",
    "Postcode",
    "City",
    "MailAddressLine_1",
    "MailAddressLine_2",
    "MailPostcode",
    "MailCity",
    "Country",
    "PhoneHome",
    "PhoneWork",
    "MobileHome",
    "MobileWork",
    "EMailHome",
    "EMailWork",
    "Website",
    "VATNumber",
    "CoCNumber",
    "IncomeTaxNumber",
    "IBAN",
    "BIC",
    "MainContactPerson",
    "Tags",
    "BackofficeStatus",
)
# What Yuki stores without showing it there: the address of the other kind, and the details that invoices bring.
HIDDEN_FIELDS = (
    "OtherAddressLine_1",
    "OtherAddressLine_2",
    "OtherPostcode",
    "OtherCity",
    "OtherCountry",
    "InvoiceEmail",
    "OtherEmail",
    "Gender",
    "OIN",
    "GLN",
)
TYPES = ("Company", "Person")

_NOT_IN_NAMES = str.maketrans("", "", ",.-'\"`\u00b4\u2018\u2019\u201c\u201d \t\n")


def normalise_name(name: str) -> str:
    """Return a name as Yuki compares it: without comma, full stop, quotes, hyphen and spaces (yuki-api 3.3)."""
    return name.translate(_NOT_IN_NAMES).casefold()


def full_name(sent: Mapping[str, str]) -> str:
    """Return the FullName that was sent, or the name made of its parts.

    A person without a first name gets a name that starts with a space, as seen in Yuki (yuki-api 3.1).
    """
    first, *others = (sent.get(name, "").strip() for name in ("FirstName", "MiddleName", "LastName"))
    family = " ".join(part for part in others if part)
    return sent.get("FullName", "").strip() or (f"{first} {family}" if family else first)


@dataclass(eq=False)
class Contact:
    """One contact; `values` holds visible and hidden fields by name, times are naive Amsterdam times."""

    id: str
    hid: int
    domain_id: str
    type: str
    created: datetime
    modified: datetime
    values: dict[str, str] = field(default_factory=dict)
    is_customer: bool = False
    is_supplier: bool = False
    active: bool = True

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def state(self) -> dict[str, Any]:
        """Return everything that is known of the contact, as the control plane shows it."""
        return {
            "ID": self.id,
            "HID": self.hid,
            "Type": self.type,
            "DomainID": self.domain_id,
            **{name: self[name] for name in (*VISIBLE_FIELDS, *HIDDEN_FIELDS)},
            "IsCustomer": self.is_customer,
            "IsSupplier": self.is_supplier,
            "Active": self.active,
            "Created": self.created.isoformat(),
            "Modified": self.modified.isoformat(),
        }


class Contacts:
    """Hold the contacts of a domain with indexes on id, code and normalised name."""

    def __init__(self) -> None:
        self._by_id: dict[str, Contact] = {}
        self._by_code: dict[str, set[str]] = {}
        self._by_name: dict[str, set[str]] = {}
        self._highest_hid = 0

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._by_id.values())

    @property
    def next_hid(self) -> int:
        """Return the number that the next contact gets."""
        return self._highest_hid + 1

    def get(self, contact_id: str) -> Contact | None:
        """Return the contact with an id, in any case of its letters."""
        return self._by_id.get(contact_id.strip().lower())

    def with_code(self, code: str) -> list[Contact]:
        """Return the contacts with a code, the most recently created first."""
        return self._newest_first(self._by_code.get(code.strip().casefold(), ()))

    def with_name(self, name: str) -> list[Contact]:
        """Return the contacts whose name is equal after normalising, the most recently created first."""
        return self._newest_first(self._by_name.get(normalise_name(name), ()))

    def newest(self) -> list[Contact]:
        """Return all contacts, the most recently created first."""
        return self._newest_first(self._by_id)

    def add(self, contact: Contact) -> None:
        """Add a new contact."""
        self._by_id[contact.id.lower()] = contact
        self._highest_hid = max(self._highest_hid, contact.hid)
        self._index(contact)

    def remove(self, contact: Contact) -> None:
        """Delete a contact."""
        self._unindex(contact)
        del self._by_id[contact.id.lower()]

    def change(self, contact: Contact, values: Mapping[str, str]) -> None:
        """Set fields of a contact by name."""
        self._unindex(contact)
        contact.values.update(values)
        self._index(contact)

    def _newest_first(self, ids: Iterable[str]) -> list[Contact]:
        found = [self._by_id[contact_id] for contact_id in ids]
        return sorted(found, key=lambda contact: (contact.created, contact.hid), reverse=True)

    def _keys(self, contact: Contact) -> list[tuple[dict[str, set[str]], str]]:
        keys = ((self._by_code, contact["Code"].strip().casefold()), (self._by_name, normalise_name(contact["Name"])))
        return [(index, key) for index, key in keys if key]

    def _index(self, contact: Contact) -> None:
        for index, key in self._keys(contact):
            index.setdefault(key, set()).add(contact.id.lower())

    def _unindex(self, contact: Contact) -> None:
        for index, key in self._keys(contact):
            index[key].discard(contact.id.lower())
