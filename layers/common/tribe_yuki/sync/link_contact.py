"""Make sure that a Tribe relation has its contact in Yuki, once, whoever asks (design 3, 5)."""

from dataclasses import replace
from datetime import timedelta

from tribe_yuki.domain.contact import ContactKind, RoleKind, TribeRelation, YukiContact
from tribe_yuki.domain.errors import Defect, Held, Retryable
from tribe_yuki.domain.holds import HoldReason
from tribe_yuki.domain.journal import JournalEntry, JournalKind
from tribe_yuki.domain.link import TOMBSTONES, Link, LinkState
from tribe_yuki.domain.transfer import WAIT_BUSY
from tribe_yuki.mapping.contact_fields import contact_code
from tribe_yuki.mapping.match_search import Search, next_search
from tribe_yuki.mapping.matching import Ambiguous, Match, NoMatch, hold_for
from tribe_yuki.mapping.refusals import mask
from tribe_yuki.mapping.yuki_elements import YUKI_TYPES, elements_for_yuki
from tribe_yuki.sync.connection import Connection

# Longer than any invocation of a worker, so that a lease ends by itself only when its holder is gone.
LEASE = timedelta(seconds=150)
BUSY_PAUSE = timedelta(seconds=10)
BOTH_STATES = "Both"


def link_contact(connection: Connection, relation: TribeRelation, *, for_invoice: bool = False) -> Link:
    """Return the link of a relation; find its contact in Yuki, or create it, and see to its code.

    One worker at a time works on a relation: the others get Retryable(relation_busy). Raises Held when a person has
    to decide; the link remembers why. `for_invoice` demands a code, because invoices reach a contact by it alone.
    """
    lease = f"contact#{relation.tribe_relation_id}"
    token = connection.connections.acquire_lease(connection.connection_id, lease, connection.now(), LEASE)
    if token is None:
        raise Retryable(WAIT_BUSY, "another worker has this relation", retry_after=BUSY_PAUSE)
    try:
        return _link_contact(connection, relation, for_invoice=for_invoice)
    finally:
        connection.connections.release_lease(connection.connection_id, lease, token)


def _link_contact(connection: Connection, relation: TribeRelation, *, for_invoice: bool) -> Link:
    now = connection.now()
    stored = connection.links.get(connection.connection_id, relation.tribe_relation_id)
    link = stored or Link(connection.connection_id, relation.tribe_relation_id, LinkState.NEW, since=now)
    if link.state in TOMBSTONES:
        raise Held(HoldReason.CONTACT_GONE_IN_YUKI)
    if link.state is LinkState.LINKED and link.code is not None and link.code == contact_code(relation):
        return link
    try:
        code = _demand_code(connection, relation, for_invoice=for_invoice)
        if link.state is not LinkState.LINKED:
            link = _find_or_create(connection, link, relation, code)
        return _write_code(connection, link, relation, code)
    except Held as held:
        _remember_hold(connection, link, held)
        raise


def _demand_code(connection: Connection, relation: TribeRelation, *, for_invoice: bool) -> str | None:
    """Return the code that the contact must have; only a pure supplier may go without one."""
    code = contact_code(relation)
    if code is None and (for_invoice or relation.has_role(RoleKind.CUSTOMER)):
        raise Held(HoldReason.DEBTOR_NUMBER_MISSING)
    if code is not None and len(connection.tribe.find_relations_by_debtor_number(code)) > 1:
        raise Held(HoldReason.DEBTOR_NUMBER_DUPLICATE)
    return code


def _find_or_create(connection: Connection, link: Link, relation: TribeRelation, code: str | None) -> Link:
    contact = _find(connection, relation)
    if contact is not None:
        return _store_link(connection, link, contact.yuki_contact_id, contact.code, "found")
    now = connection.now()
    intent = replace(link, state=LinkState.CREATING, since=now, creating_since=now, reason=None, detail="")
    link = connection.links.save(intent, [JournalEntry(JournalKind.ATTEMPT, "create_contact")], now)
    elements = {**elements_for_yuki(relation, settings=connection.contact_mapping).elements}
    if code is not None:
        elements["Code"] = code
    try:
        yuki_contact_id = _update_contact(connection, elements, relation)
    except (Retryable, Held):
        # Nothing was created for certain: forget the intent.
        renewed = replace(link, state=LinkState.NEW, creating_since=None)
        connection.links.save(renewed, [JournalEntry(JournalKind.ANSWER, "contact_not_created")], connection.now())
        raise
    return _store_link(connection, link, yuki_contact_id, code, "created")


def _find(connection: Connection, relation: TribeRelation) -> YukiContact | None:
    """Search Yuki with as few calls as it takes; raise Held when a person has to decide."""
    answers: dict[Search, list[YukiContact]] = {}
    while True:
        step = next_search(relation, answers, connection.contact_mapping)
        match step:
            case Search():
                answers[step] = connection.yuki.search_contacts(
                    step.option, step.value, active=step.active, sort="HID", page=step.page
                )
            case Match():
                return step.record
            case NoMatch():
                return None
            case Ambiguous():
                raise hold_for(step, relation.kind)


def _store_link(connection: Connection, link: Link, yuki_contact_id: str, code: str | None, how: str) -> Link:
    now = connection.now()
    linked = replace(
        link,
        state=LinkState.LINKED,
        since=now,
        yuki_contact_id=yuki_contact_id,
        code=code,
        creating_since=None,
        reason=None,
        detail="",
    )
    entry = JournalEntry(JournalKind.DECISION, "linked", {"how": how, "yuki_contact_id": yuki_contact_id})
    return connection.links.save(linked, [entry], now)


def _write_code(connection: Connection, link: Link, relation: TribeRelation, code: str | None) -> Link:
    """Give the contact in Yuki the code of Tribe, when it has another one or none and nobody else has it."""
    if code is None or link.code == code or link.yuki_contact_id is None:
        return link
    holders = connection.yuki.search_contacts("Code", code, active=BOTH_STATES)
    others = [one for one in holders if one.code == code and one.yuki_contact_id != link.yuki_contact_id]
    if others:
        raise Held(HoldReason.CODE_IN_USE)
    elements = {"ID": link.yuki_contact_id, "Type": YUKI_TYPES[relation.kind], "Code": code}
    if relation.kind is ContactKind.ORGANISATION:
        elements["FullName"] = relation.name
    if _update_contact(connection, elements, relation) != link.yuki_contact_id:
        raise Defect("other_contact_updated", "Yuki names another contact than the one that was asked for")
    entry = JournalEntry(JournalKind.ANSWER, "code_written", {"former": link.code})
    return connection.links.save(replace(link, code=code), [entry], connection.now(), former_code=link.code)


def _update_contact(connection: Connection, elements: dict[str, str], relation: TribeRelation) -> str:
    try:
        return connection.yuki.update_contact(elements)
    except Held as held:
        own = (relation.name, relation.last_name, relation.email, relation.phone, *elements.values())
        raise Held(held.reason, detail=held.detail, words=mask(held.words, own)) from None


def _remember_hold(connection: Connection, link: Link, held: Held) -> None:
    """Store on the link why a person has to decide; a linked one stays linked."""
    current = connection.links.get(link.connection_id, link.tribe_relation_id) or link
    if (current.reason, current.detail) == (held.reason.value, held.detail):
        return
    state = current.state if current.state is LinkState.LINKED else LinkState.HELD
    now = connection.now()
    entry = JournalEntry(JournalKind.DECISION, "held", {"reason": held.reason.value, "detail": held.detail or None})
    connection.links.save(
        replace(current, state=state, since=now, reason=held.reason.value, detail=held.detail), [entry], now
    )
