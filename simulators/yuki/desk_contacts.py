"""What a person does with contacts in Yuki's screens."""

from collections.abc import Callable, Mapping
from typing import Any

from simulators.yuki.books import new_id
from simulators.yuki.contacts import HIDDEN_FIELDS, TYPES, VISIBLE_FIELDS, Contact
from simulators.yuki.desk import Desk, flag, plain_text, refuse_unknown
from simulators.yuki.phones import with_stored_phones
from simulators.yuki.seed import add_contact

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
    return add_contact(desk.books, given | wanted | with_stored_phones(texts, desk.switches) | flags).state()


def change_contact(desk: Desk, wanted: dict[str, Any], contact_id: str) -> dict[str, Any]:
    """Edit fields, tick roles, (de)activate, delete (`deleted`) or merge into another contact (`merge_into`).

    With `after`, such as `{"operation": "SearchContacts", "calls": 2}`, it happens right after the second such call
    from now was answered: between two pages.
    """
    contact = desk.contact(contact_id)
    wanted = dict(wanted)
    after = wanted.pop("after", None)
    act = _prepared(desk, contact, wanted)
    if after is None:
        return act()
    desk.agenda.add(after, lambda: change_contact(desk, wanted, contact_id))
    return contact.state()


def _prepared(desk: Desk, contact: Contact, wanted: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
    """Return what does what is wanted; raise ValueError when it cannot be done."""
    refuse_unknown(wanted, {"Type", "deleted", "merge_into", *_FLAGS, *_TEXTS})
    if wanted.get("Type", contact.type) not in TYPES:
        raise ValueError(f"Type is one of {', '.join(TYPES)}")
    if wanted.get("merge_into"):
        kept = desk.contact(str(wanted["merge_into"]))
        return lambda: _merge(desk, contact, kept)
    if flag(wanted, "deleted", default=False):
        return lambda: _delete(desk, contact)
    values = {name: plain_text(wanted, name) for name in _TEXTS & set(wanted)}
    flags = {stored: flag(wanted, name, default=getattr(contact, stored)) for name, stored in _FLAGS.items()}
    is_modified = bool(desk.switches["role_change_is_modified"] or set(wanted) - _ROLE_FIELDS)
    record = {**flags, "type": wanted.get("Type", contact.type)}
    return lambda: _edit(desk, contact, values, record, is_modified=is_modified)


def _edit(
    desk: Desk, contact: Contact, values: Mapping[str, str], record: Mapping[str, Any], *, is_modified: bool
) -> dict[str, Any]:
    for name, value in record.items():
        setattr(contact, name, value)
    stored = with_stored_phones(values, desk.switches, contact["Country"])
    desk.books.domains[contact.domain_id].contacts.change(contact, stored)
    if is_modified:
        contact.modified = desk.local
    return contact.state()


def _delete(desk: Desk, contact: Contact) -> dict[str, Any]:
    desk.books.domains[contact.domain_id].contacts.remove(contact)
    return {**contact.state(), "deleted": True}


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
