"""Give each contact that the import linked the number of Tribe as its code (design 5)."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from tribe_yuki.contacts.code_in_yuki import write_code
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.erased import erased_ids
from tribe_yuki.contacts.fields.code import code_key, is_same_code
from tribe_yuki.contacts.fields.table import CODE_FIELD
from tribe_yuki.contacts.held_links import remember_hold
from tribe_yuki.contacts.initial_import.cursors import CodesCursor
from tribe_yuki.contacts.initial_import.decide_code import (
    ConfirmCode,
    HoldCode,
    OfferNumber,
    WriteCode,
    decide_code,
    decide_equal_code,
    has_open_code,
    has_other_code,
    link_with_code,
    may_get_code,
)
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.model import TribeRelation, YukiContact
from tribe_yuki.core.errors import Held
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.work.leases import relation_lease
from tribe_yuki.work.progress import Progress

CODES_PER_SLICE = 50
YUKI_CODE = "yuki_code"
WRITTEN = "codes_written"


def remember_codes(connection: ContactContext, contacts: Iterable[YukiContact]) -> None:
    """Index which contacts have which code."""
    erased = erased_ids(connection)
    found = {
        contact.yuki_contact_id: [_fingerprint(connection, contact.code)]
        for contact in contacts
        if contact.code and contact.yuki_contact_id not in erased
    }
    connection.match_index.remember(found)


def write_codes(connection: ContactContext, progress: Progress) -> Progress:
    """Write Tribe's numbers to the contacts that have another code, or none.

    A code that another contact had may be free after the last one: the links are gone through until nothing changes.
    """
    written = progress.counts.get(WRITTEN, 0)
    cursor = CodesCursor.read(progress.cursor, written)
    links = connection.links.page(after=cursor.after, limit=CODES_PER_SLICE)
    wanting = [link for link in links if has_open_code(link) and has_other_code(link)]
    relations = connection.tribe.read_relations([link.tribe_relation_id for link in wanting])
    by_id = {relation.tribe_relation_id: relation for relation in relations}
    for place, link in enumerate(wanting):
        if place and not connection.has_time:
            return progress.go_on(progress.phase, str(replace(cursor, after=wanting[place - 1].tribe_relation_id)))
        relation = by_id.get(link.tribe_relation_id)
        if relation is not None and may_get_code(relation, connection.settings):
            progress = progress.count(**{WRITTEN: _see_to_code(connection, link, relation)})
    if len(links) == CODES_PER_SLICE:
        return progress.go_on(progress.phase, str(replace(cursor, after=links[-1].tribe_relation_id)))
    is_settled = progress.counts.get(WRITTEN, 0) == cursor.written_before
    return progress.go_on("confirmed_codes" if is_settled else progress.phase)


def _see_to_code(connection: ContactContext, link: Link, relation: TribeRelation) -> int:
    """Write a code, or have it wait; return how many were written."""

    def is_given(number: str) -> bool:
        return bool(connection.tribe.find_relations_by_debtor_number(number))

    with relation_lease(connection, link.tribe_relation_id), suppress(Held):
        match decide_code(link, relation, connection.settings, partial(_is_taken, connection, link), is_given):
            case WriteCode(code):
                write_code(connection, link, relation, code)
                _move_code(connection, link, code)
                return 1
            case OfferNumber(number):
                _offer_number(connection, link, relation, number)
            case HoldCode(reason):
                remember_hold(connection, link, Held(reason))
    return 0


def _offer_number(connection: ContactContext, link: Link, relation: TribeRelation, number: str) -> None:
    connection.tribe.update_relation(relation, {CODE_FIELD.tribe_attribute: number}, {})
    entry = JournalEntry(JournalKind.ANSWER, "written_to_tribe", {"fields": CODE_FIELD.name})
    connection.links.save(replace(link, number=number), [entry], connection.now(), former=link)


def confirm_codes(connection: ContactContext, progress: Progress) -> Progress | None:
    """Accept the codes that were equal already, as far as no other contact has them; return None after the last."""
    links = connection.links.page(after=progress.cursor, limit=CODES_PER_SLICE)
    for link in links:
        if has_open_code(link) and link.number is not None and not has_other_code(link):
            with relation_lease(connection, link.tribe_relation_id), suppress(Held):
                _confirm_code(connection, link, link.number)
    is_last = len(links) < CODES_PER_SLICE
    return None if is_last else progress.go_on(progress.phase, links[-1].tribe_relation_id)


def _confirm_code(connection: ContactContext, link: Link, number: str) -> None:
    match decide_equal_code(number, lambda code: _is_taken(connection, link, code)):
        case ConfirmCode(code):
            connection.links.save(link_with_code(link, code), [], connection.now(), former=link)
        case HoldCode(reason):
            remember_hold(connection, link, Held(reason))


def _is_taken(connection: ContactContext, link: Link, code: str) -> bool:
    """Whether another contact of Yuki has a code, as far as this import saw them."""
    holders = connection.match_index.near([_fingerprint(connection, code)])
    return bool(set(holders) - {link.yuki_contact_id})


def _fingerprint(connection: ContactContext, code: str) -> str:
    return connection.match_fingerprints.of(YUKI_CODE, code_key(code))


def _move_code(connection: ContactContext, link: Link, code: str) -> None:
    """Have the match index say that a contact has another code now."""
    contact_id = link.yuki_contact_id or ""
    connection.match_index.remember({contact_id: [_fingerprint(connection, code)]})
    if link.code_at_import and not is_same_code(link.code_at_import, code):
        connection.match_index.forget(contact_id, _fingerprint(connection, link.code_at_import))
