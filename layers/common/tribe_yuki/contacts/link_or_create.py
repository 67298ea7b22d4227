"""Make sure that a Tribe relation has its contact in Yuki, once, whoever asks (design 3, 5)."""

from collections.abc import Mapping
from dataclasses import replace

from tribe_yuki.contacts.code_in_yuki import demand_free_code, demand_one_holder, write_code
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.create_in_yuki import complete_contact, create_for_relation, half_made_contact
from tribe_yuki.contacts.fields.code import contact_code, is_same_code
from tribe_yuki.contacts.held_links import remember_hold
from tribe_yuki.contacts.link import TOMBSTONES, UNLINKED_BY_HAND, Link, LinkState
from tribe_yuki.contacts.match.result import Ambiguous, Match, NoMatch
from tribe_yuki.contacts.match.rules import hold_for
from tribe_yuki.contacts.match.search import Search, next_search
from tribe_yuki.contacts.merge.apply import apply_merge
from tribe_yuki.contacts.model import RelationSnapshot, RoleKind, TribeRelation, YukiContact, demand_readable
from tribe_yuki.contacts.save_link import save_link
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.work.leases import relation_lease, yuki_contact_lease


def link_for_invoice(connection: ContactContext, snapshot: RelationSnapshot) -> Link:
    """Return the link of an invoice's customer; take the lease on the relation only when there is something to do."""
    whole = _whole_link(connection, snapshot.relation)
    if whole is not None:
        return whole
    with relation_lease(connection, snapshot.relation.tribe_relation_id):
        return link_or_create(connection, snapshot, for_invoice=True)


def _whole_link(connection: ContactContext, relation: TribeRelation) -> Link | None:
    """Return the link of a relation if nothing is to be done about it."""
    demand_readable(relation)
    link = connection.links.get(relation.tribe_relation_id)
    if link is None or link.state is not LinkState.LINKED or link.creating_as is not None or link.code is None:
        return None
    return link if is_same_code(link.code, contact_code(relation)) else None


def link_or_create(connection: ContactContext, snapshot: RelationSnapshot, *, for_invoice: bool = False) -> Link:
    """Return the link of a relation; find its contact in Yuki, or create it, and see to its code.

    The lease on the relation is held. Raises Held when a person has to decide; the link remembers why. `for_invoice`
    demands a code, because invoices reach a contact by it alone.
    """
    relation = snapshot.relation
    whole = _whole_link(connection, relation)
    if whole is not None:
        return whole
    stored = connection.links.get(relation.tribe_relation_id)
    link = stored or Link(connection.connection_id, relation.tribe_relation_id, LinkState.NEW, since=connection.now())
    if link.state in TOMBSTONES:
        raise Held(HoldReason.CONTACT_GONE_IN_YUKI)
    if link.details == UNLINKED_BY_HAND:
        raise Held(HoldReason.CONTACT_AMBIGUOUS, *UNLINKED_BY_HAND)
    try:
        code = _demand_code(connection, relation, for_invoice=for_invoice)
        if link.state is not LinkState.LINKED:
            link = _find_or_create(connection, link, snapshot, code)
        elif link.creating_as is not None:
            link = complete_contact(connection, link, snapshot, code)
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


def _find_or_create(connection: ContactContext, link: Link, snapshot: RelationSnapshot, code: str | None) -> Link:
    half_made = half_made_contact(connection, link, snapshot.relation)
    if half_made is not None:
        return complete_contact(connection, save_link(connection, link, half_made, "created"), snapshot, code)
    contact, others = _find(connection, snapshot.relation)
    if contact is None:
        return create_for_relation(connection, link, snapshot, code, others)
    with yuki_contact_lease(connection, contact.yuki_contact_id):
        linked = save_link(connection, link, contact.yuki_contact_id, "found", webhook_at=snapshot.webhook_at)
    merged, held = apply_merge(connection, linked, replace(snapshot, webhook_at=None), contact)
    if held is not None:
        raise held
    return merged


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
                seen = [contact for contacts in answers.values() for contact in contacts]
                return None, {contact.yuki_contact_id: str(contact.hid or contact.yuki_contact_id) for contact in seen}
            case Ambiguous():
                raise hold_for(step, relation.kind)


def _write_code(connection: ContactContext, link: Link, relation: TribeRelation, code: str | None) -> Link:
    """Give the contact in Yuki the code of Tribe, when it has another one or none and nobody else has it."""
    if code is None or is_same_code(link.code, code) or link.yuki_contact_id is None:
        return link
    demand_free_code(connection, code, link.yuki_contact_id)
    return write_code(connection, link, relation, code)
