"""See to the code of a contact in Yuki: Tribe's debtor number, when nobody else has it (design 5)."""

from dataclasses import replace

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.details import named_contacts
from tribe_yuki.contacts.fields.code import contact_code, is_same_code
from tribe_yuki.contacts.fields.table import CODE_FIELD
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.model import RoleKind, TribeRelation, YukiContact
from tribe_yuki.contacts.update_in_yuki import BOTH_STATES, update_contact
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind


def demand_one_holder(connection: ContactContext, code: str) -> None:
    """Raise Held(debtor_number_duplicate) when more than one relation of Tribe has a number."""
    if len(connection.tribe.find_relations_by_debtor_number(code)) > 1:
        raise Held(HoldReason.DEBTOR_NUMBER_DUPLICATE)


def demand_free_code(connection: ContactContext, code: str, yuki_contact_id: str) -> None:
    """Raise Held(code_in_use) when another contact of Yuki has a code, active or not."""
    holders = connection.yuki.search_contacts("Code", code, active=BOTH_STATES)
    others = [
        holder for holder in holders if is_same_code(holder.code, code) and holder.yuki_contact_id != yuki_contact_id
    ]
    if others:
        raise Held(HoldReason.CODE_IN_USE, named_contacts(others))


def number_to_offer(connection: ContactContext, relation: TribeRelation, contact: YukiContact) -> str | None:
    """Return the code of a contact whose customer has no number in Tribe, when nobody else has it in either system."""
    code = CODE_FIELD.convert(contact.code, "").written
    if not code or contact_code(relation) is not None or not relation.has_role(RoleKind.CUSTOMER):
        return None
    if connection.tribe.find_relations_by_debtor_number(code):
        return None
    try:
        demand_free_code(connection, code, contact.yuki_contact_id)
    except Held as held:
        if held.waits_for_credentials:
            raise
        return None
    return code


def confirmed_code(relation: TribeRelation, contact: YukiContact) -> str | None:
    """Return the code of a relation when its contact has it."""
    code = contact_code(relation)
    return code if is_same_code(code, contact.code) else None


def shows_otherwise(link: Link, relation: TribeRelation, contact: YukiContact) -> bool:
    """Whether a contact has another code than its relation's although that was put back already."""
    code = contact_code(relation)
    return code is not None and is_same_code(link.code_put_back, code) and not is_same_code(contact.code, code)


def put_back_before(link: Link, code: str | None, written: str | None) -> str | None:
    """Return the code that was put back in Yuki, once a contact has `code`, which was `written` if not None.

    It is forgotten when the number is another one.
    """
    if written is not None:
        return written if is_same_code(link.code, written) else None
    return link.code_put_back if code is None else None


def code_to_have(
    connection: ContactContext, link: Link, relation: TribeRelation, contact: YukiContact
) -> tuple[str | None, Held | None]:
    """Return the code that the contact gets, and why it cannot get Tribe's, if so.

    None when it has another code again after Tribe's was put back: Yuki may store it otherwise, or another program
    may lead there. It is left then, and an invoice writes its contact's code before it goes.
    """
    code = contact_code(relation)
    if code is None and relation.has_role(RoleKind.CUSTOMER):
        return None, Held(HoldReason.DEBTOR_NUMBER_MISSING)
    was_taken = link.reason == HoldReason.CODE_IN_USE  # then an equal code is not enough: two contacts had it
    if code is None or (is_same_code(code, contact.code) and not was_taken):
        return code, None
    if shows_otherwise(link, relation, contact):
        return None, None
    try:
        demand_one_holder(connection, code)
        demand_free_code(connection, code, contact.yuki_contact_id)
    except Held as held:
        if held.waits_for_credentials:
            raise
        return link.code if is_same_code(link.code, contact.code) else None, held
    return code, None


def write_code(connection: ContactContext, link: Link, relation: TribeRelation, code: str) -> Link:
    """Write a code that nobody else has to the contact of a link."""
    update_contact(connection, relation, link.yuki_contact_id or "", {"Code": code})
    entry = JournalEntry(JournalKind.ANSWER, "code_written", {"former": link.code, "written": code})
    written = replace(link, code=code, code_at_import=None, reason=None, details=())
    return connection.links.save(written, [entry], connection.now(), former=link)
