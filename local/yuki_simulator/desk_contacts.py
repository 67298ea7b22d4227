"""What a person does with contacts in Yuki's screens."""

from typing import Any

from local.yuki_simulator.books import new_id
from local.yuki_simulator.contacts import HIDDEN_FIELDS, TYPES, VISIBLE_FIELDS, Contact
from local.yuki_simulator.desk import Desk, flag, plain_text, refuse_unknown
from local.yuki_simulator.seed import add_contact

_FLAGS = {"IsCustomer": "is_customer", "IsSupplier": "is_supplier", "Active": "active"}
_ROLE_FIELDS = {"IsCustomer", "IsSupplier", "Tags"}
_TEXTS = {*VISIBLE_FIELDS, *HIDDEN_FIELDS}


def create_contact(desk: Desk, wanted: dict[str, Any]) -> dict[str, Any]:
    """Add a contact that a person typed in; only `Name` is needed, `Type` is Company unless it says otherwise."""
    given = {"ID": new_id(), "Type": "Company", "Created": desk.local.isoformat(), "Modified": desk.local.isoformat()}
    if not wanted.get("Name"):
        raise ValueError("a contact needs a Name")
    refuse_unknown(wanted, {"ID", "HID", "Type", "DomainID", "Created", "Modified", *_FLAGS, *_TEXTS})
    if desk.books.find_contact(str(wanted.get("ID", ""))):
        raise ValueError(f"there is a contact {wanted['ID']} already")
    texts = {name: plain_text(wanted, name) for name in _TEXTS & set(wanted)}
    flags = {name: flag(wanted, name, default=name == "Active") for name in _FLAGS}
    return add_contact(desk.books, given | wanted | texts | flags).state()


def change_contact(desk: Desk, wanted: dict[str, Any], contact_id: str) -> dict[str, Any]:
    """Edit fields, tick roles, (de)activate, delete (`deleted`) or merge into another contact (`merge_into`)."""
    contact = desk.contact(contact_id)
    refuse_unknown(wanted, {"Type", "deleted", "merge_into", *_FLAGS, *_TEXTS})
    if wanted.get("Type", contact.type) not in TYPES:
        raise ValueError(f"Type is one of {', '.join(TYPES)}")
    if wanted.get("merge_into"):
        return _merge(desk, contact, desk.contact(str(wanted["merge_into"])))
    contacts = desk.books.domains[contact.domain_id].contacts
    if flag(wanted, "deleted", default=False):
        contacts.remove(contact)
        return {**contact.state(), "deleted": True}
    values = {name: plain_text(wanted, name) for name in _TEXTS & set(wanted)}
    flags = {stored: flag(wanted, name, default=getattr(contact, stored)) for name, stored in _FLAGS.items()}
    for stored, value in {**flags, "type": wanted.get("Type", contact.type)}.items():
        setattr(contact, stored, value)
    contacts.change(contact, values)
    if desk.switches["role_change_is_modified"] or set(wanted) - _ROLE_FIELDS:
        contact.modified = desk.local
    return contact.state()


def _merge(desk: Desk, gone: Contact, kept: Contact) -> dict[str, Any]:
    """Join two contacts: the one that stays gets the invoices and roles of the other, which disappears."""
    if gone is kept or gone.domain_id != kept.domain_id:
        raise ValueError("merge two different contacts of one domain")
    for invoice in desk.books.invoices_of_domain(gone.domain_id):
        if invoice.contact_id == gone.id:
            invoice.contact_id, invoice.contact_code, invoice.contact_name = kept.id, kept["Code"], kept["Name"]
    kept.is_customer = kept.is_customer or gone.is_customer
    kept.is_supplier = kept.is_supplier or gone.is_supplier
    kept.modified = desk.local
    desk.books.domains[gone.domain_id].contacts.remove(gone)
    return kept.state()
