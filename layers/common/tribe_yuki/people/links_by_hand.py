"""Say which relation of Tribe is which contact of Yuki, or that they are not the same (design 5, 9)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tribe_yuki.admin.access import open_tribe, open_yuki
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.find_records import find_relations
from tribe_yuki.admin.outside import Tribe, Yuki
from tribe_yuki.connections.lease import LINK_LEASE, Lease, LeaseKind
from tribe_yuki.contacts.fields.code import contact_code, is_same_code
from tribe_yuki.contacts.link import TOMBSTONES, UNLINKED_BY_HAND, Link, LinkState, Side
from tribe_yuki.contacts.model import TribeRelation, YukiContact
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.ids import is_guid
from tribe_yuki.work.leases import lease_if_free

# By what a contact is looked up, in this order: its id, the number of Yuki's screens, its code.
_SEARCHES = ("HID", "Code")


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """What became of a link; `contact` is the number that Yuki's screens show."""

    connection: str
    relation: str
    contact: str
    changed: bool
    next_steps: tuple[str, ...]


def link(operator: Operator, connection_id: str, relation_name: str, contact_name: str, why: str = "") -> LinkChanged:
    """Link a relation, by debtor number or id, with a contact, by its number in Yuki's screens, its code or id.

    A person's word counts more than rules and tombstones. Raises Declined when either is not exactly one, when they are
    of different kinds, or when the contact belongs to another relation.
    """
    record = operator.record(connection_id)
    with open_tribe(operator, record) as tribe:
        relation = _relation(tribe, relation_name)
    contact = _contact(open_yuki(operator, record), contact_name)
    if relation.kind is not contact.kind:
        raise Declined(
            "kinds_differ",
            f"the relation is {relation.kind.value}, the contact {contact.kind.value}; correct one of them",
        )
    with _lease(operator, connection_id, relation.tribe_relation_id):
        former = operator.stores(connection_id).links.get(relation.tribe_relation_id)
        is_linked = former is not None and former.state is LinkState.LINKED
        if former is not None and is_linked and former.yuki_contact_id == contact.yuki_contact_id:
            return _changed(connection_id, relation, contact, changed=False)
        _free(operator, connection_id, relation, contact)
        _store(operator, connection_id, relation, contact, former, why)
    operator.stores(connection_id).unlinked.delete(contact.yuki_contact_id)
    operator.stores(connection_id).queues.enqueue_relation(relation.tribe_relation_id, operator.now())
    return _changed(connection_id, relation, contact, changed=True)


def unlink(operator: Operator, connection_id: str, relation_name: str, why: str = "") -> LinkChanged:
    """Take the link of a relation away; nothing links it again but a person. Nothing is deleted in either system."""
    record = operator.record(connection_id)
    with open_tribe(operator, record) as tribe:
        relation = _relation(tribe, relation_name)
    with _lease(operator, connection_id, relation.tribe_relation_id):
        former = operator.stores(connection_id).links.get(relation.tribe_relation_id)
        if former is None or former.yuki_contact_id is None or former.state is LinkState.ERASED:
            return LinkChanged(connection_id, _name(relation), "", changed=False, next_steps=("It had no link.",))
        now = operator.now()
        alone = replace(
            former,
            state=LinkState.HELD,
            since=now,
            yuki_contact_id=None,
            code=None,
            is_customer=None,
            base={},
            reason=HoldReason.CONTACT_AMBIGUOUS.value,
            details=UNLINKED_BY_HAND,
        )
        entry = operator.entry("unlinked_by_hand", why, yuki_contact_id=former.yuki_contact_id)
        operator.stores(alone.connection_id).links.save(alone, [entry], now, former=former)
    step = f"Its invoices wait. `tribe-yuki link {_name(relation)} CONTACT` links it with the right contact."
    return LinkChanged(connection_id, _name(relation), former.yuki_contact_id, changed=True, next_steps=(step,))


def _store(
    operator: Operator,
    connection_id: str,
    relation: TribeRelation,
    contact: YukiContact,
    former: Link | None,
    why: str,
) -> None:
    now = operator.now()
    link = Link(
        connection_id,
        relation.tribe_relation_id,
        LinkState.LINKED,
        since=now,
        version=former.version if former else 0,
        yuki_contact_id=contact.yuki_contact_id,
        kind=relation.kind,
        prefers=Side.TRIBE,
    )
    before = former.yuki_contact_id if former else None
    entry = operator.entry("linked_by_hand", why, yuki_contact_id=contact.yuki_contact_id, before=before)
    operator.stores(link.connection_id).links.save(link, [entry], now, former=former)


def _free(operator: Operator, connection_id: str, relation: TribeRelation, contact: YukiContact) -> None:
    """Take a contact away from a tombstone; raise Declined when it belongs to a relation that is there."""
    other_id = operator.stores(connection_id).links.relation_linked_to(contact.yuki_contact_id)
    other = operator.stores(connection_id).links.get(other_id) if other_id else None
    if other is None or other.tribe_relation_id == relation.tribe_relation_id:
        return
    if other.state not in TOMBSTONES:
        number = other.number or other.tribe_relation_id
        raise Declined(
            "contact_linked", f"this contact is linked to relation {number}; `tribe-yuki unlink {number}` first"
        )
    freed = replace(other, yuki_contact_id=None, code=None)
    operator.stores(freed.connection_id).links.save(
        freed, [operator.entry("contact_given_away")], operator.now(), former=other
    )


def _relation(tribe: Tribe, name: str) -> TribeRelation:
    relations = find_relations(tribe, name)
    if len(relations) != 1:
        found_are = f"{len(relations)} relations in Tribe have" if relations else "no relation in Tribe has"
        raise Declined("relation_unclear", f"{found_are} debtor number or id {name}; give the id of one")
    return relations[0]


def _contact(yuki: Yuki, name: str) -> YukiContact:
    for option in ("ID",) if is_guid(name) else _SEARCHES:
        found = [
            contact for contact in yuki.search_contacts(option, name, active="Both") if _is_named(contact, option, name)
        ]
        if len(found) > 1:
            raise Declined("contact_unclear", f"{len(found)} contacts in Yuki have {name}; give the number of one")
        if found:
            return found[0]
    raise Declined("contact_unclear", f"no contact in Yuki has number or code {name}")


def _is_named(contact: YukiContact, option: str, name: str) -> bool:
    """Whether a search found what was meant; how Yuki compares is not known (yuki-api 3.1)."""
    if option == "Code":
        return is_same_code(contact.code, name)
    named = {"ID": contact.yuki_contact_id.lower(), "HID": str(contact.hid)}
    return named[option] == name.lower()


def _changed(connection_id: str, relation: TribeRelation, contact: YukiContact, *, changed: bool) -> LinkChanged:
    step = "Its fields and its invoices are looked at within a minute." if changed else "They were linked already."
    number = str(contact.hid) if contact.hid is not None else contact.yuki_contact_id
    return LinkChanged(connection_id, _name(relation), number, changed=changed, next_steps=(step,))


def _name(relation: TribeRelation) -> str:
    return contact_code(relation) or relation.tribe_relation_id


@contextmanager
def _lease(operator: Operator, connection_id: str, tribe_relation_id: str) -> Iterator[None]:
    """Hold the lease that the workers take on a relation; raise Declined while a worker has it."""
    lease, leases = Lease(LeaseKind.RELATION, tribe_relation_id), operator.stores(connection_id).leases
    with lease_if_free(leases, lease, operator.now(), LINK_LEASE) as is_held:
        if not is_held:
            raise Declined("relation_busy", "a worker has this relation right now; try again in a minute")
        yield
