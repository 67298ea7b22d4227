"""Make sure that a Tribe relation has its contact in Yuki, once, whoever asks (design 3, 5)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.fields.read import contact_code, is_same_code
from tribe_yuki.contacts.link import TOMBSTONES, UNLINKED_BY_HAND, Link, LinkState
from tribe_yuki.contacts.match.rules import Ambiguous, Match, NoMatch, hold_for
from tribe_yuki.contacts.match.search import Search, next_search
from tribe_yuki.contacts.merge.apply import (
    demand_one_holder,
    merge_and_write,
    register_relation,
    remember_hold,
    remember_relation,
)
from tribe_yuki.contacts.merge.changes import base_of_new_contact
from tribe_yuki.contacts.merge.yuki_elements import elements_for_yuki
from tribe_yuki.contacts.model import RoleKind, TribeRelation, YukiContact, demand_readable
from tribe_yuki.contacts.provisional_names import has_mark, own_names, provisional_mark, with_mark
from tribe_yuki.contacts.update_in_yuki import BOTH_STATES, create_contact, demand_free_code, update_contact
from tribe_yuki.core.errors import Held, Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind, heard
from tribe_yuki.work.leases import relation_lease, yuki_contact_lease

# How long Yuki may take to find a new contact by its name is not known; a repetition before that would double it.
CREATION_SHOWS_AFTER = timedelta(minutes=5)


def link_contact(
    connection: ContactContext, relation: TribeRelation, *, read_at: datetime, for_invoice: bool = False
) -> Link:
    """Return the link of a relation; find its contact in Yuki, or create it, and see to its code.

    One worker at a time works on a relation: the others get Retryable(relation_busy). Raises Held when a person has
    to decide; the link remembers why. `read_at` is from before Tribe was asked for the relation. `for_invoice` demands
    a code, because invoices reach a contact by it alone.
    """
    with relation_lease(connection, relation.tribe_relation_id):
        return link_contact_under_lease(connection, relation, read_at=read_at, for_invoice=for_invoice)


def link_contact_under_lease(
    connection: ContactContext,
    relation: TribeRelation,
    *,
    read_at: datetime,
    for_invoice: bool,
    heard_at: datetime | None = None,
) -> Link:
    """Do what `link_contact` says, for a caller that holds the lease on the relation.

    A webhook told of the relation at `heard_at`.
    """
    demand_readable(relation)
    now = connection.now()
    stored = connection.links.get(relation.tribe_relation_id)
    link = stored or Link(connection.connection_id, relation.tribe_relation_id, LinkState.NEW, since=now)
    if link.state in TOMBSTONES:
        raise Held(HoldReason.CONTACT_GONE_IN_YUKI)
    if link.detail == UNLINKED_BY_HAND:
        raise Held(HoldReason.CONTACT_AMBIGUOUS, detail=UNLINKED_BY_HAND)
    is_whole = link.state is LinkState.LINKED and link.creating_as is None
    if is_whole and link.code is not None and is_same_code(link.code, contact_code(relation)):
        return link
    try:
        code = _demand_code(connection, relation, for_invoice=for_invoice)
        if link.state is not LinkState.LINKED:
            link = _find_or_create(connection, link, relation, code, read_at, heard_at)
        elif not is_whole:
            link = _complete(connection, link, relation, code, read_at)
        return _write_code(connection, link, relation, code)
    except Held as held:
        remember_hold(connection, link, held)
        raise


def _demand_code(connection: ContactContext, relation: TribeRelation, *, for_invoice: bool) -> str | None:
    """Return the code that the contact must have; only a pure supplier may go without one."""
    code = contact_code(relation)
    if code is None and (for_invoice or relation.has_role(RoleKind.CUSTOMER)):
        raise Held(HoldReason.DEBTOR_NUMBER_MISSING)
    if code is not None:
        demand_one_holder(connection, code)
    return code


def _find_or_create(
    connection: ContactContext,
    link: Link,
    relation: TribeRelation,
    code: str | None,
    read_at: datetime,
    heard_at: datetime | None,
) -> Link:
    half_made = _half_made(connection, link, relation)
    if half_made is not None:
        return _complete(connection, store_link(connection, link, half_made, "created"), relation, code, read_at)
    contact, others = _find(connection, relation)
    if contact is None:
        return _create(connection, link, relation, code, others, read_at, heard_at)
    with yuki_contact_lease(connection, contact.yuki_contact_id):
        linked = store_link(connection, link, contact.yuki_contact_id, "found", heard_at=heard_at)
    return merge_and_write(connection, linked, relation, contact, read_at=read_at)


def _half_made(connection: ContactContext, link: Link, relation: TribeRelation) -> str | None:
    """Return the contact that an earlier try made without hearing of it, if there is one.

    Yuki may find a new contact late, so nothing is repeated before it has had time to show it. Raises Retryable until
    then. Without a mark (contacts were made under their own names before) the matching finds it.
    """
    mark = link.creating_as
    if link.state is not LinkState.CREATING or link.creating_since is None:
        return None
    marked = connection.yuki.search_contacts("Name", mark, active=BOTH_STATES, sort="HID") if mark else []
    for contact in marked:
        if contact.kind is relation.kind and has_mark(contact.name, mark):
            return contact.yuki_contact_id
    left = link.creating_since + CREATION_SHOWS_AFTER - connection.now()
    if left > timedelta():
        raise Retryable("creation_unsettled", "Yuki may not show the new contact yet", retry_after=left)
    return None


def _create(
    connection: ContactContext,
    link: Link,
    relation: TribeRelation,
    code: str | None,
    others: Mapping[str, str],
    read_at: datetime,
    heard_at: datetime | None,
) -> Link:
    """Create a contact in two calls: under a name that is nobody's, then, by its id, its own name and its code.

    By its own name Yuki might take it for another contact, and overwrite that one (yuki-api 3.3). The intent of both
    calls is stored first: what is cut off between them is completed, and not repeated. `others` are the numbers of
    contacts that were there before, by id.
    """
    now = connection.now()
    mark = link.creating_as or provisional_mark(relation.tribe_relation_id, code)
    intent = replace(
        link,
        state=LinkState.CREATING,
        since=now,
        creating_since=link.creating_since or now,
        creating_as=mark,
        reason=None,
        detail="",
    )
    attempt = JournalEntry(JournalKind.ATTEMPT, "create_contact")
    link = connection.links.save(intent, [*heard(heard_at), attempt], now)
    elements = elements_for_yuki(relation, settings=connection.contact_mapping).elements
    try:
        yuki_contact_id = create_contact(connection, relation, with_mark(elements, mark))
    except (Retryable, Held):
        # Nothing was created for certain: forget the intent.
        _forget_intent(connection, link)
        raise
    if _was_there(connection, link, yuki_contact_id, others):
        _forget_intent(connection, link)
        number = others.get(yuki_contact_id, yuki_contact_id)
        raise Held(HoldReason.CONTACT_AMBIGUOUS, detail=f"Yuki changed contact {number} instead of making one")
    register_relation(connection, relation)
    created = store_link(connection, link, yuki_contact_id, "created")
    return _complete(connection, created, relation, code, read_at, is_code_free=True)


def _forget_intent(connection: ContactContext, link: Link) -> None:
    renewed = replace(link, state=LinkState.NEW, creating_since=None, creating_as=None)
    connection.links.save(renewed, [JournalEntry(JournalKind.ANSWER, "contact_not_created")], connection.now())


def _was_there(connection: ContactContext, link: Link, yuki_contact_id: str, others: Collection[str]) -> bool:
    """Tell whether a contact that Yuki says it created was there before: then it was overwritten."""
    owner = connection.links.relation_linked_to(yuki_contact_id)
    if yuki_contact_id in others or owner not in (None, link.tribe_relation_id):
        return True
    return connection.unlinked.get(yuki_contact_id) is not None


def _complete(
    connection: ContactContext,
    link: Link,
    relation: TribeRelation,
    code: str | None,
    read_at: datetime,
    *,
    is_code_free: bool = False,
) -> Link:
    """Give a contact that was created under another name its own, and its code."""
    if code is not None and not is_code_free:
        demand_free_code(connection, code, link.yuki_contact_id or "")
    elements = own_names(relation, connection.contact_mapping) | ({"Code": code} if code else {})
    update_contact(connection, relation, link.yuki_contact_id or "", elements)
    base = base_of_new_contact(
        relation, connection.fingerprints(relation.tribe_relation_id), connection.contact_mapping, connection.now()
    )
    whole = replace(link, base=base, code=code, creating_as=None, reason=None, detail="")
    return connection.links.save(remember_relation(connection, whole, relation, read_at), [], connection.now())


def _find(connection: ContactContext, relation: TribeRelation) -> tuple[YukiContact | None, Mapping[str, str]]:
    """Search Yuki with as few calls as it takes; return the contact, or the numbers of all that were seen, by id.

    Raises Held when a person has to decide.
    """
    answers: dict[Search, list[YukiContact]] = {}
    while True:
        step = next_search(relation, answers, connection.contact_mapping)
        match step:
            case Search():
                answers[step] = connection.yuki.search_contacts(
                    step.option, step.value, active=step.active, sort="HID", page=step.page
                )
            case Match():
                return step.record, {}
            case NoMatch():
                seen = [one for rows in answers.values() for one in rows]
                return None, {one.yuki_contact_id: str(one.hid or one.yuki_contact_id) for one in seen}
            case Ambiguous():
                raise hold_for(step, relation.kind)


def store_link(
    connection: ContactContext, link: Link, yuki_contact_id: str, how: str, *, heard_at: datetime | None = None
) -> Link:
    """Store that a relation and a contact are one, before anything else happens."""
    now = connection.now()
    linked = replace(
        link,
        state=LinkState.LINKED,
        since=now,
        yuki_contact_id=yuki_contact_id,
        creating_since=None,
        reason=None,
        detail="",
    )
    entry = JournalEntry(JournalKind.DECISION, "linked", {"how": how, "yuki_contact_id": yuki_contact_id})
    saved = connection.links.save(linked, [*heard(heard_at), entry], now)
    connection.unlinked.delete(yuki_contact_id)
    return saved


def _write_code(connection: ContactContext, link: Link, relation: TribeRelation, code: str | None) -> Link:
    """Give the contact in Yuki the code of Tribe, when it has another one or none and nobody else has it."""
    if code is None or is_same_code(link.code, code) or link.yuki_contact_id is None:
        return link
    demand_free_code(connection, code, link.yuki_contact_id)
    return write_code(connection, link, relation, code)


def write_code(connection: ContactContext, link: Link, relation: TribeRelation, code: str) -> Link:
    """Write a code that nobody else has to the contact of a link."""
    update_contact(connection, relation, link.yuki_contact_id or "", {"Code": code})
    entry = JournalEntry(JournalKind.ANSWER, "code_written", {"former": link.code, "written": code})
    written = replace(link, code=code, seen_code=None, reason=None, detail="")
    return connection.links.save(written, [entry], connection.now(), former=link)
