"""Find or make the contact that an invoice names, and decide what the invoice changes of it (yuki-api 4.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.yuki.books import Administration, new_id
from simulators.yuki.contacts import Contact, full_name, normalise_name
from simulators.yuki.context import Context
from simulators.yuki.phones import with_stored_phones

# The invoice's element names and the stored names.
FIELDS: Mapping[str, str] = {
    "FullName": "Name",
    "FirstName": "FirstName",
    "MiddleName": "MiddleName",
    "LastName": "LastName",
    "Gender": "Gender",
    "CountryCode": "Country",
    "City": "City",
    "Zipcode": "Postcode",
    "AddressLine_1": "AddressLine_1",
    "AddressLine_2": "AddressLine_2",
    "Website": "Website",
    "CoCNumber": "CoCNumber",
    "VATNumber": "VATNumber",
    "OIN": "OIN",
    "GLN": "GLN",
    "BankAccount": "IBAN",
    "BIC": "BIC",
    "PhoneHome": "PhoneHome",
    "MobileHome": "MobileHome",
}
ADDRESS = ("AddressLine_1", "AddressLine_2", "Postcode", "City", "Country")
NEEDED_ADDRESS = ("AddressLine_1", "City", "Country")


class Refused(Exception):
    """An invoice that Yuki does not take; the text is the Message of its answer."""


@dataclass
class Debtor:
    """The contact of one invoice before anything is stored: the found one or a new one, and its changes."""

    found: Contact | None
    kind: str
    name: str
    code: str
    changes: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return a field as it will be stored."""
        return self.changes.get(name, self.found[name] if self.found else "")

    def store(self, context: Context, administration: Administration) -> Contact:
        """Create or change the contact, and give it the role that booking gives."""
        contacts = context.books.contacts_of(administration)
        contact = self.found
        if contact is None:
            contact = Contact(
                id=new_id(),
                hid=contacts.next_hid,
                domain_id=administration.domain_id,
                type=self.kind,
                created=context.local,
                modified=context.local,
            )
            contacts.add(contact)
        effective = {name: value for name, value in self.changes.items() if contact[name] != value}
        if effective or contact.type != self.kind:
            contact.type = self.kind
            contacts.change(contact, effective)
            contact.modified = context.local
        return contact


def find_debtor(context: Context, administration: Administration, sent: Mapping[str, str]) -> Debtor:
    """Return the debtor of an invoice; raise Refused when Yuki takes no invoice for it."""
    contacts = context.books.contacts_of(administration)
    code, name = sent.get("ContactCode", "").strip(), full_name(sent)
    with_code = contacts.with_code(code) if code else []
    with_name = contacts.with_name(name) if normalise_name(name) else []
    if with_code:
        found = with_code[0]
        changes = _overwritten(context.switches, sent)
        debtor = Debtor(found, sent.get("ContactType") or found.type, found["Name"], code, changes)
    elif with_name:
        found = with_name[0]
        debtor = Debtor(found, found.type, found["Name"], found["Code"], _filled(found, context.switches, sent))
    else:
        values = {stored: value for stored, value in _values(context.switches, sent).items() if value}
        debtor = Debtor(None, sent.get("ContactType") or "Person", name, code, {**values, "Name": name, "Code": code})
    _add_email(debtor, sent)
    _check(context.switches, debtor)
    return debtor


def _values(switches: Mapping[str, Any], sent: Mapping[str, str]) -> dict[str, str]:
    values = {stored: sent[name].strip() for name, stored in FIELDS.items() if name in sent}
    return with_stored_phones(values, switches)


def _overwritten(switches: Mapping[str, Any], sent: Mapping[str, str]) -> dict[str, str]:
    """Matched by code: what is sent replaces what is stored, empty elements too unless a switch says otherwise."""
    clears = switches["empty_element"] == "clears"
    return {
        stored: value
        for stored, value in _values(switches, sent).items()
        if value or (clears and stored != "Name")  # a contact always keeps a name
    }


def _filled(found: Contact, switches: Mapping[str, Any], sent: Mapping[str, str]) -> dict[str, str]:
    """Matched by name: only empty fields are filled, the address only when it does not contradict the stored one."""
    values = _values(switches, sent)
    consistent = all(not found[name] or found[name] == values.get(name, found[name]) for name in ADDRESS)
    return {
        stored: value
        for stored, value in values.items()
        if value and not found[stored] and (consistent or stored not in ADDRESS)
    }


def _add_email(debtor: Debtor, sent: Mapping[str, str]) -> None:
    """Store the address as the one for invoices; the earlier one becomes another address."""
    address = sent.get("EmailAddress", "").strip()
    earlier = debtor["InvoiceEmail"]
    if address and address != earlier:
        debtor.changes["InvoiceEmail"] = address
        if earlier:
            debtor.changes["OtherEmail"] = earlier


def _check(switches: Mapping[str, Any], debtor: Debtor) -> None:
    if not debtor.name.strip():
        raise Refused("De naam van het contact ontbreekt.")
    named = f'Het contact "{debtor.name.strip()}"' + (f" (code {debtor.code})" if debtor.code else "")
    if switches["customer_check"]:
        if debtor.found is not None and not debtor.found.active:
            raise Refused(f"{named} is niet actief.")
        if debtor.found is None or not debtor.found.is_customer:
            raise Refused(f'{named} is geen klant. Vink bij het contact "Klant" aan.')
    needs_address = switches["address_required"] == "always" or (
        switches["address_required"] == "new_contact" and debtor.found is None
    )
    if needs_address and not all(debtor[name] for name in NEEDED_ADDRESS):
        raise Refused(f"{named} heeft onvoldoende adresgegevens; de factuur is niet volledig.")
