"""UpdateContact: find the contact that is meant, then create or change it (yuki-api 3.3)."""

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from simulators.yuki.books import new_id
from simulators.yuki.contact_search import is_found
from simulators.yuki.contacts import Contact, full_name, normalise_name
from simulators.yuki.context import Context
from simulators.yuki.phones import with_stored_phones
from simulators.yuki.schema_check import schema_errors
from simulators.yuki.soap import SoapFault
from simulators.yuki.xml_nodes import bare_child, child, payload

ANSWER_NAMESPACE = "urn:xmlns:http://www.theyukicompany.com:contactResponse"
TYPES = {"0": "Person", "2": "Company"}

# UpdateContact's element names and the names under which SearchContacts reads them back.
PLAIN_FIELDS: Mapping[str, str] = {
    "Code": "Code",
    "FirstName": "FirstName",
    "MiddleName": "MiddleName",
    "LastName": "LastName",
    "MailAddressLine_1": "MailAddressLine_1",
    "MailAddressLine_2": "MailAddressLine_2",
    "MailPostCode": "MailPostcode",
    "MailCity": "MailCity",
    "PhoneHome": "PhoneHome",
    "PhoneWork": "PhoneWork",
    "MobileHome": "MobileHome",
    "MobileWork": "MobileWork",
    "EmailHome": "EMailHome",
    "EmailWork": "EMailWork",
    "VATNumber": "VATNumber",
    "CoCNumber": "CoCNumber",
}
MAIN_ADDRESS: Mapping[str, str] = {
    "AddressLine_1": "AddressLine_1",
    "AddressLine_2": "AddressLine_2",
    "PostCode": "Postcode",
    "City": "City",
    "Country": "Country",
}
WORK_ADDRESS: Mapping[str, str] = {f"Work{name}": stored for name, stored in MAIN_ADDRESS.items()}
CODE_WRITINGS: Mapping[str, Callable[[str], str]] = {
    "as_given": str,
    "without_zeros": lambda code: code.lstrip("0"),
    "ten_characters": lambda code: code[:10],
}


def update_contact(context: Context) -> etree._Element:
    """Create or change one contact, and answer with a sentence that holds its id."""
    document = context.arguments["xmlDoc"]
    errors = schema_errors("Contact", document)
    if errors and context.switches["schema_error"] == "fault":
        raise SoapFault("\n".join(errors))
    if errors:
        return _answer(context, failed=errors)
    sent = {etree.QName(element).localname: element.text or "" for element in document.iterchildren(etree.Element)}
    wanted_id = sent.get("ID", "").strip()
    contact = contact_to_update(context, sent)
    if wanted_id and contact is None:
        return _answer(context, failed=[f"Contact {wanted_id} not found"])
    if contact is not None:
        _change(context, contact, sent)
        return _answer(context, succeeded=f"Succesfully updated Contact {contact.id}")
    if not full_name(sent).strip():
        return _answer(context, failed=["FullName is required for a new contact"])
    created = _create(context, sent)
    return _answer(context, succeeded=str(context.switches["update_contact_text"]).replace("{id}", created.id))


def contact_to_update(context: Context, sent: Mapping[str, str]) -> Contact | None:
    """Find the contact that an update is for."""
    contacts = context.domain.contacts
    if sent.get("ID", "").strip():
        return contacts.get(sent["ID"])
    code = sent.get("Code", "").strip()
    with_code = [contact for contact in contacts.with_code(code) if is_found(context, contact)] if code else []
    if with_code:
        return with_code[0]
    if code and not context.switches["name_match_after_code"]:
        return None
    return _with_name(context, sent)


def _with_name(context: Context, sent: Mapping[str, str]) -> Contact | None:
    """Match on type and name, then on e-mail address, then take the most recently created."""
    kind = TYPES[sent["Type"]]
    found = [contact for contact in _alike(context, kind, sent) if contact.type == kind and is_found(context, contact)]
    email = sent.get("EmailHome" if kind == "Person" else "EmailWork", "").strip().casefold()
    if len(found) > 1 and email:
        stored = "EMailHome" if kind == "Person" else "EMailWork"
        found = [contact for contact in found if contact[stored].casefold() == email]
    return found[0] if found else None


def _alike(context: Context, kind: str, sent: Mapping[str, str]) -> list[Contact]:
    """Return the contacts with an equal name; of a person the whole one or its parts count (a switch)."""
    contacts = context.domain.contacts
    if kind == "Person" and context.switches["person_name_match"] == "parts":
        name = _name_of_parts(sent)
        return [contact for contact in contacts.newest() if name and _name_of_parts(contact.values) == name]
    name = full_name(sent)
    return contacts.with_name(name) if normalise_name(name) else []


def _name_of_parts(values: Mapping[str, str]) -> str:
    return normalise_name("".join(values.get(part, "") for part in ("FirstName", "MiddleName", "LastName")))


def _create(context: Context, sent: Mapping[str, str]) -> Contact:
    contacts = context.domain.contacts
    contact = Contact(
        id=new_id(),
        hid=contacts.next_hid,
        domain_id=context.domain.id,
        type=TYPES[sent["Type"]],
        created=context.local,
        modified=context.local,
        is_customer=context.switches["new_contact_role"] == "customer",
    )
    contacts.add(contact)
    contacts.change(contact, {"Name": full_name(sent), **_values(context.switches, contact.type, sent)})
    return contact


def _change(context: Context, contact: Contact, sent: Mapping[str, str]) -> None:
    contact.type = TYPES[sent["Type"]]
    values = _values(context.switches, contact.type, sent)
    if context.switches["empty_element"] == "ignored":
        values = {name: value for name, value in values.items() if value}
    if sent.get("FullName", "").strip():  # a contact always keeps a name
        values["Name"] = sent["FullName"].strip()
    context.domain.contacts.change(contact, values)
    contact.modified = context.local


def _values(switches: Mapping[str, Any], kind: str, sent: Mapping[str, str]) -> dict[str, str]:
    values = {stored: sent[name].strip() for name, stored in PLAIN_FIELDS.items() if name in sent}
    if "Code" in values:
        values["Code"] = CODE_WRITINGS[switches["code_writing"]](values["Code"])
    values = with_stored_phones(values, switches, sent.get("Country", "").strip())
    return values | _addresses(switches["company_address"] if kind == "Company" else "main", sent)


def _addresses(shown: str, sent: Mapping[str, str]) -> dict[str, str]:
    """Return the address that reads back and the one that does not; a work address without country has the main one."""
    main = {stored: sent[name].strip() for name, stored in MAIN_ADDRESS.items() if name in sent}
    work = {stored: sent[name].strip() for name, stored in WORK_ADDRESS.items() if name in sent}
    match shown:
        case "both":
            return main | work
        case "work":
            country = {"Country": main["Country"]} if "Country" in main else {}
            return _hidden(main) | country | work
        case _:
            return _hidden(work) | main


def _hidden(address: Mapping[str, str]) -> dict[str, str]:
    return {f"Other{name}": value for name, value in address.items()}


def _answer(context: Context, *, succeeded: str = "", failed: list[str] | None = None) -> etree._Element:
    inside = context.switches["answer_namespace"] == "inside"
    answer = payload("ContactResponse", ANSWER_NAMESPACE)

    def add(tag: str, text: str) -> None:
        if inside:
            child(answer, f"{{{ANSWER_NAMESPACE}}}{tag}", text)
        else:
            bare_child(answer, tag, text)

    add("TimeStamp", context.local.date().isoformat())
    if succeeded:
        add("Succeeded", succeeded)
    for reason in failed or ():
        add("Failed", reason)
    return answer
