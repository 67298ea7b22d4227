"""SearchContacts and GetSuppliersAndCustomers (yuki-api 3.1, 3.2)."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from lxml import etree

from simulators.yuki.contacts import VISIBLE_FIELDS, Contact
from simulators.yuki.context import Context
from simulators.yuki.local_time import us_notation
from simulators.yuki.xml_nodes import child, payload

PAGE_SIZE = 100

# Which fields a search option looks in; ID, HID and ContactType are looked up otherwise.
SEARCHED: Mapping[str, tuple[str, ...]] = {
    "Name": ("Name",),
    "City": ("City", "MailCity"),
    "Postcode": ("Postcode", "MailPostcode"),
    "Tag": ("Tags",),
    "Email": ("EMailHome", "EMailWork", "InvoiceEmail"),
    "Website": ("Website",),
    "Phone": ("PhoneHome", "PhoneWork", "MobileHome", "MobileWork"),
    "Code": ("Code",),
    "CoCNumber": ("CoCNumber",),
    "VATNumber": ("VATNumber",),
    "BankAccount": ("IBAN",),
}
EVERYWHERE = tuple(name for fields in SEARCHED.values() for name in fields)

SORTING: Mapping[str, tuple[Callable[[Contact], Any], bool]] = {
    "Name": (lambda contact: contact["Name"].strip().casefold(), False),
    "LastName": (lambda contact: (contact["LastName"] or contact["Name"]).strip().casefold(), False),
    "CreatedAsc": (lambda contact: contact.created, False),
    "CreatedDesc": (lambda contact: contact.created, True),
    "ModifiedAsc": (lambda contact: contact.modified, False),
    "ModifiedDesc": (lambda contact: contact.modified, True),
    "HID": (lambda contact: contact.hid, False),
}
ACTIVE: Mapping[str, Callable[[Contact], bool]] = {
    "Both": lambda _contact: True,
    "Active": lambda contact: contact.active,
    "Inactive": lambda contact: not contact.active,
}
MATCHING: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda stored, wanted: wanted in stored,
    "prefix": lambda stored, wanted: stored.startswith(wanted),
    "exact": lambda stored, wanted: stored == wanted,
}
# What the answer leaves out: single elements that are empty, and groups of which all elements are empty.
_LEFT_OUT_ALONE = {"FirstName", "MiddleName", "LastName", "Website", "IBAN", "BIC"} | {
    f"{kind}{place}" for kind in ("Phone", "Mobile", "EMail") for place in ("Home", "Work")
}
_LEFT_OUT_TOGETHER = (
    ("MailAddressLine_1", "MailAddressLine_2", "MailPostcode", "MailCity"),
    ("VATNumber", "CoCNumber", "IncomeTaxNumber"),
)
_AFTER_CREATED = ("MainContactPerson", "Tags", "BackofficeStatus")
_BEFORE_CREATED = tuple(name for name in VISIBLE_FIELDS if name not in _AFTER_CREATED)


def search_contacts(context: Context) -> etree._Element:
    """Answer one page of the contacts that match."""
    return _answer(context, _found(context), with_roles=False)


def suppliers_and_customers(context: Context) -> etree._Element:
    """Answer one page of the contacts that match and have the wanted role, with their roles."""
    plays = _role(context.arguments["contactType"], context.switches)
    return _answer(context, filter(plays, _found(context)), with_roles=True)


def _role(wanted: str, switches: Mapping[str, Any]) -> Callable[[Contact], bool]:
    match wanted:
        case "Customer":
            return lambda contact: contact.is_customer
        case "Supplier":
            return lambda contact: contact.is_supplier
        case "Both" if switches["contact_type_both"] == "both_roles":
            return lambda contact: contact.is_customer and contact.is_supplier
        case "Both":
            return lambda contact: contact.is_customer or contact.is_supplier
        case _ if switches["contact_type_none"] == "everyone":
            return lambda _contact: True
        case _:
            return lambda contact: not contact.is_customer and not contact.is_supplier


def is_found(context: Context, contact: Contact) -> bool:
    """Whether a contact is old enough to be found by anything but its id (`new_contact_delay_seconds`)."""
    delay = timedelta(seconds=context.switches["new_contact_delay_seconds"])
    return context.local - contact.created >= delay


def _found(context: Context) -> Iterable[Contact]:
    """Return the contacts that match, sorted; equal ones by HID."""
    arguments = context.arguments
    found = _with_value(context, arguments["searchOption"], str(arguments["searchValue"]).strip())
    is_wanted = ACTIVE[arguments["active"]]
    changed = _changed_after(context)
    by_key, descending = SORTING[arguments["sortOrder"]]
    if arguments["searchOption"] != "ID":
        found = [contact for contact in found if is_found(context, contact)]
    by_hid = sorted(filter(changed, filter(is_wanted, found)), key=lambda contact: contact.hid)
    return sorted(by_hid, key=by_key, reverse=descending)


def _changed_after(context: Context) -> Callable[[Contact], bool]:
    moment = context.arguments["modifiedAfter"]
    if moment is None:
        return lambda _contact: True
    if context.switches["modified_after_inclusive"]:
        return lambda contact: contact.modified >= moment
    return lambda contact: contact.modified > moment


def _with_value(context: Context, option: str, value: str) -> Iterable[Contact]:
    contacts = context.domain.contacts
    if not value:
        return contacts
    match option:
        case "ID":
            found = contacts.get(value)
            return [found] if found else []
        case "HID":
            return [contact for contact in contacts if str(contact.hid) == value]
        case "ContactType":
            plays = _role(value.capitalize(), context.switches)
            return filter(plays, contacts)
    fields = SEARCHED.get(option, EVERYWHERE)
    matches = MATCHING[context.switches["search_match"]]
    wanted = _comparable(option, value)
    if not wanted:  # a telephone number without a digit
        return []
    return [
        contact for contact in contacts if any(matches(_comparable(option, contact[name]), wanted) for name in fields)
    ]


def _comparable(option: str, text: str) -> str:
    return re.sub(r"[^\d+]", "", text) if option == "Phone" else text.strip().casefold()


def _answer(context: Context, found: Iterable[Contact], *, with_roles: bool) -> etree._Element:
    start = (max(context.arguments["pageNumber"], 1) - 1) * PAGE_SIZE
    answer = payload("Contacts")
    for contact in list(found)[start : start + PAGE_SIZE]:
        _contact(answer, contact, with_roles=with_roles)
    return answer


def _contact(answer: etree._Element, contact: Contact, *, with_roles: bool) -> None:
    element = child(answer, "Contact")
    element.set("ID", contact.id)
    child(element, "Type", contact.type)
    child(element, "HID", str(contact.hid))
    absent = {name for group in _LEFT_OUT_TOGETHER if not any(contact[name] for name in group) for name in group}
    for name in _BEFORE_CREATED:
        if contact[name] or (name not in absent and name not in _LEFT_OUT_ALONE):
            child(element, name, contact[name])
    child(element, "Created", us_notation(contact.created))
    child(element, "Modified", us_notation(contact.modified))
    if with_roles:
        child(element, "IsSupplier", str(contact.is_supplier))
        child(element, "IsCustomer", str(contact.is_customer))
    if contact["MainContactPerson"]:
        child(element, "MainContactPerson", contact["MainContactPerson"])
    child(element, "Tags", contact["Tags"])
    child(element, "BackofficeStatus", contact["BackofficeStatus"])
