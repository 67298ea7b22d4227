"""Create a relation's contact in Yuki, once, whatever is cut off or answered late (design 5)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

from tribe_yuki.contacts.code_in_yuki import demand_free_code
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.details import contact_changed
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.match.index import index_relations
from tribe_yuki.contacts.merge.apply import remember_relation
from tribe_yuki.contacts.merge.changes import base_of_new_contact
from tribe_yuki.contacts.merge.yuki_elements import elements_for_yuki
from tribe_yuki.contacts.model import RelationSnapshot, TribeRelation
from tribe_yuki.contacts.provisional_names import has_mark, own_names, provisional_mark, with_mark
from tribe_yuki.contacts.save_link import save_link
from tribe_yuki.contacts.update_in_yuki import BOTH_STATES, create_contact, update_contact
from tribe_yuki.core.errors import Held, Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind, webhook_entry

# How long Yuki may take to find a new contact by its name is not known; a repetition before that would double it.
CREATION_SHOWS_AFTER = timedelta(minutes=5)


def half_made_contact(connection: ContactContext, link: Link, relation: TribeRelation) -> str | None:
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


def create_for_relation(
    connection: ContactContext, link: Link, snapshot: RelationSnapshot, code: str | None, others: Mapping[str, str]
) -> Link:
    """Create a contact in two calls: under a name that is nobody's, then, by its id, its own name and its code.

    By its own name Yuki might take it for another contact, and overwrite that one (yuki-api 3.3). The intent of both
    calls is stored first: what is cut off between them is completed, and not repeated. `others` are the numbers of
    contacts that were there before, by id.
    """
    relation = snapshot.relation
    link = _save_intent(connection, link, snapshot, link.creating_as or provisional_mark(link.tribe_relation_id, code))
    elements = elements_for_yuki(relation, settings=connection.contact_mapping).elements
    try:
        yuki_contact_id = create_contact(connection, relation, with_mark(elements, link.creating_as or ""))
    except (Retryable, Held):
        # Nothing was created for certain: forget the intent.
        _forget_intent(connection, link)
        raise
    if was_there(connection, link, yuki_contact_id, others):
        _forget_intent(connection, link)
        number = others.get(yuki_contact_id, yuki_contact_id)
        raise Held(HoldReason.CONTACT_AMBIGUOUS, contact_changed(number))
    index_relations(connection, [relation])
    created = save_link(connection, link, yuki_contact_id, "created")
    return complete_contact(connection, created, snapshot, code, is_code_free=True)


def _save_intent(connection: ContactContext, link: Link, snapshot: RelationSnapshot, mark: str) -> Link:
    now = connection.now()
    intent = replace(
        link,
        state=LinkState.CREATING,
        since=now,
        creating_since=link.creating_since or now,
        creating_as=mark,
        reason=None,
        details=(),
    )
    attempt = JournalEntry(JournalKind.ATTEMPT, "create_contact")
    return connection.links.save(intent, [*webhook_entry(snapshot.webhook_at), attempt], now)


def _forget_intent(connection: ContactContext, link: Link) -> None:
    renewed = replace(link, state=LinkState.NEW, creating_since=None, creating_as=None)
    connection.links.save(renewed, [JournalEntry(JournalKind.ANSWER, "contact_not_created")], connection.now())


def was_there(connection: ContactContext, link: Link, yuki_contact_id: str, others: Collection[str]) -> bool:
    """Whether a contact that Yuki says it created was there before: then it was overwritten."""
    owner = connection.links.relation_linked_to(yuki_contact_id)
    if yuki_contact_id in others or owner not in (None, link.tribe_relation_id):
        return True
    return connection.unlinked.get(yuki_contact_id) is not None


def complete_contact(
    connection: ContactContext, link: Link, snapshot: RelationSnapshot, code: str | None, *, is_code_free: bool = False
) -> Link:
    """Give a contact that was created under another name its own, and its code."""
    relation = snapshot.relation
    if code is not None and not is_code_free:
        demand_free_code(connection, code, link.yuki_contact_id or "")
    elements = own_names(relation, connection.contact_mapping) | ({"Code": code} if code else {})
    update_contact(connection, relation, link.yuki_contact_id or "", elements)
    base = base_of_new_contact(
        relation, connection.fingerprints(relation.tribe_relation_id), connection.contact_mapping, connection.now()
    )
    whole = replace(link, base=base, code=code, creating_as=None, reason=None, details=())
    return connection.links.save(remember_relation(connection, whole, snapshot), [], connection.now())
