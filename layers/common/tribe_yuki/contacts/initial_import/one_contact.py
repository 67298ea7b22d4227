"""Bring one contact of Yuki to Tribe: find its relation there, or create it (design 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.details import relations
from tribe_yuki.contacts.fields.code import code_key, is_same_code
from tribe_yuki.contacts.importable import is_own_company, roles_in_tribe
from tribe_yuki.contacts.link import TOMBSTONES, Link, LinkState, Side
from tribe_yuki.contacts.match.index import match_keys
from tribe_yuki.contacts.match.profile import IMPORT_ID_PREFIX, contact_profile
from tribe_yuki.contacts.match.result import Ambiguous, Match, MatchResult
from tribe_yuki.contacts.match.rules import match_contact, match_relation
from tribe_yuki.contacts.merge.tribe_values import values_for_tribe
from tribe_yuki.contacts.model import RoleKind, TribeRelation, YukiContact, demand_readable
from tribe_yuki.contacts.new_relation import NewRelation
from tribe_yuki.contacts.provisional_names import has_mark
from tribe_yuki.contacts.save_link import save_link
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.errors import Held, Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.work.leases import relation_lease, yuki_contact_lease

DEBTOR_NUMBER = "debtor_number"
# With these reasons a relation without link may still be linked; the others say that its contact is in doubt.
_LINKABLE = frozenset({HoldReason.DEBTOR_NUMBER_MISSING.value, HoldReason.DEBTOR_NUMBER_DUPLICATE.value})


class Imported(StrEnum):
    """What became of a contact that had no link."""

    CREATED = "created"
    LINKED = "linked"
    HELD = "held"
    NOT_IMPORTABLE = "not_importable"


@dataclass(frozen=True, slots=True)
class Import:
    """What became of a contact; with a link, its fields still have to be merged."""

    outcome: Imported
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """The relations that some contacts may match, by contact; `numbers` were given out since they were read."""

    by_contact: Mapping[str, Sequence[TribeRelation]]
    numbers: set[str] = field(default_factory=set)


def candidates_for(connection: ContactContext, contacts: Sequence[YukiContact]) -> Candidates:
    """Return the relations that share an id, a number or a name with each of some contacts, read all at once."""
    near = {contact.yuki_contact_id: _ids_near(connection, contact) for contact in contacts}
    wanted = list(dict.fromkeys(chain.from_iterable(near.values())))
    found = {one.tribe_relation_id: one for one in connection.tribe.read_relations(wanted)} if wanted else {}
    return Candidates({contact: [found[one] for one in ids if one in found] for contact, ids in near.items()})


def import_contact(
    connection: ContactContext, contact: YukiContact, candidates: Candidates, *, run_started_at: datetime | None = None
) -> Import:
    """Link a contact to its relation in Tribe, or create that one; the link has no fields yet.

    The contact was read with its roles. A relation that another contact was linked to since `run_started_at` counts
    as contested: who of them it is, the matching decides, or a person. Raises Retryable while another worker has the
    contact or the relation, and OutcomeUnknown when a relation may have been created: the next try looks for it.
    """
    demand_readable(contact)
    if has_mark(contact.name):
        return Import(Imported.NOT_IMPORTABLE)  # it is being created for a relation, which will have its link
    roles = roles_in_tribe(contact, connection.settings)
    if not roles or is_own_company(contact, connection.own_companies(), connection.settings.country):
        return _not_importable(connection, contact)
    with yuki_contact_lease(connection, contact.yuki_contact_id):
        linked_to = connection.links.relation_linked_to(contact.yuki_contact_id)
        if linked_to is not None:
            raise Retryable("linked_meanwhile", "another worker linked this contact")
        try:
            return _import(connection, contact, roles, candidates, run_started_at)
        except Held as held:
            return _hold(connection, contact, held)


def _import(
    connection: ContactContext,
    contact: YukiContact,
    roles: tuple[RoleKind, ...],
    candidates: Candidates,
    run_started_at: datetime | None,
) -> Import:
    known = connection.unlinked.get(contact.yuki_contact_id)
    if known is not None and known.state is UnlinkedState.CREATING:
        created = connection.tribe.find_relations_by_import_id(_import_id(contact))
        if len(created) == 1:
            for role in roles:
                connection.tribe.add_role(created[0], contact.kind, role)
            return Import(Imported.CREATED, _link_created(connection, created[0], contact))
    near = _relations_near(connection, contact, candidates)
    match _decide(connection, contact, near):
        case Match(record=relation):
            return _link_to_relation(connection, relation, contact, run_started_at)
        case Ambiguous() as ambiguous:
            raise _between(ambiguous.reason, *(relation.tribe_relation_id for relation in ambiguous.candidates))
        case _:
            return _create(connection, contact, roles, near, candidates.numbers)


def _relations_near(
    connection: ContactContext, contact: YukiContact, candidates: Candidates
) -> Sequence[TribeRelation]:
    """Return the relations that a contact may match, those too that got its number since they were read."""
    if code_key(contact.code) in candidates.numbers:
        near: Sequence[TribeRelation] = connection.tribe.read_relations(_ids_near(connection, contact))
    else:
        near = candidates.by_contact[contact.yuki_contact_id]
    for relation in near:
        demand_readable(relation)  # what is missing of it may be what tells that it is this contact
    return near


def _ids_near(connection: ContactContext, contact: YukiContact) -> list[str]:
    fingerprints = connection.match_fingerprints
    keys = match_keys(contact_profile(contact, connection.contact_mapping))
    wanted = {one for kind, value in keys for one in fingerprints.all_of(kind, value)}
    return connection.match_index.near(wanted)


def _decide(
    connection: ContactContext, contact: YukiContact, candidates: Sequence[TribeRelation]
) -> MatchResult[TribeRelation]:
    return match_relation(contact, candidates, connection.contact_mapping)


def _link_to_relation(
    connection: ContactContext, relation: TribeRelation, contact: YukiContact, run_started_at: datetime | None
) -> Import:
    with relation_lease(connection, relation.tribe_relation_id):
        link = connection.links.get(relation.tribe_relation_id)
        if link is not None and link.state in TOMBSTONES:
            raise _between(HoldReason.CONTACT_GONE_IN_YUKI, relation.tribe_relation_id)
        if link is not None and link.state is LinkState.LINKED:
            _contest(connection, link, relation, contact, run_started_at)
        elif link is not None and link.reason:
            # What it waited for may be gone in Yuki: a look from its own side finds out, and lets its invoices go.
            connection.queues.enqueue_relation(relation.tribe_relation_id, connection.now())
            if link.reason not in _LINKABLE:
                raise _between(HoldReason(link.reason), relation.tribe_relation_id)
        # Only the initial import takes Yuki's values where both have one; what comes later never overwrites the CRM.
        prefers = Side.TRIBE if run_started_at is None else Side.YUKI
        return Import(Imported.LINKED, _link(connection, relation.tribe_relation_id, contact, "imported", prefers))


def _link_created(connection: ContactContext, tribe_relation_id: str, contact: YukiContact) -> Link:
    """Link the relation that was created for a contact, unless somebody linked or ended it meanwhile."""
    with relation_lease(connection, tribe_relation_id):
        link = connection.links.get(tribe_relation_id)
        if link is not None and (link.state is LinkState.LINKED or link.state in TOMBSTONES):
            raise _between(HoldReason.CONTACT_AMBIGUOUS, tribe_relation_id)
        return _link(connection, tribe_relation_id, contact, "created", Side.YUKI)


def _between(reason: HoldReason, *tribe_relation_ids: str) -> Held:
    """Return the hold of a contact that may be one of some relations."""
    return Held(reason, relations(tribe_relation_ids), tribe_relation_ids=tribe_relation_ids)


def _contest(
    connection: ContactContext,
    link: Link,
    relation: TribeRelation,
    contact: YukiContact,
    run_started_at: datetime | None,
) -> None:
    """Return when the contact may take the relation over; raise Held otherwise."""
    taken = _between(HoldReason.CONTACT_AMBIGUOUS, relation.tribe_relation_id)
    if run_started_at is None or link.since < run_started_at or link.yuki_contact_id is None:
        raise taken
    rivals = [*connection.yuki.search_contacts("ID", link.yuki_contact_id), contact]
    decision = match_contact(relation, rivals, connection.contact_mapping)
    winner = decision.record.yuki_contact_id if isinstance(decision, Match) else None
    if winner == link.yuki_contact_id:
        raise taken
    number = next((one.hid for one in rivals if one.yuki_contact_id == link.yuki_contact_id), None)
    _take_away(connection, link, taken, number)
    if winner is None:
        raise taken


def _take_away(connection: ContactContext, link: Link, held: Held, number: int | None) -> None:
    """Undo a link of this run: its contact waits for a person, and so does the relation."""
    now = connection.now()
    alone = replace(
        link,
        state=LinkState.HELD,
        since=now,
        yuki_contact_id=None,
        code=None,
        base={},
        reason=held.reason.value,
        details=held.details,
    )
    entry = JournalEntry(JournalKind.DECISION, "held", {"reason": held.reason.value})
    connection.links.save(alone, [entry], now, former=link)
    contact_id = link.yuki_contact_id or ""
    waiting = UnlinkedContact(
        connection.connection_id,
        contact_id,
        UnlinkedState.HELD,
        since=now,
        reason=held.reason.value,
        details=held.details,
        number=number,
        tribe_relation_ids=(link.tribe_relation_id,),
    )
    connection.unlinked.save(waiting, [entry], now)


def _create(
    connection: ContactContext,
    contact: YukiContact,
    roles: tuple[RoleKind, ...],
    candidates: Sequence[TribeRelation],
    numbers: set[str],
) -> Import:
    now = connection.now()
    intent = UnlinkedContact(
        connection.connection_id, contact.yuki_contact_id, UnlinkedState.CREATING, since=now, number=contact.hid
    )
    connection.unlinked.save(intent, [JournalEntry(JournalKind.ATTEMPT, "create_relation")], now)
    written = values_for_tribe(contact, settings=connection.contact_mapping)
    values = dict(written.values)
    offered = values.get(DEBTOR_NUMBER)
    if offered and any(is_same_code(relation.debtor_number, offered) for relation in candidates):
        values.pop(DEBTOR_NUMBER, None)  # another relation has it: Tribe numbers this one, and Yuki follows
    addresses = {source.value: address for source, address in written.addresses.items()}
    new = NewRelation(contact.kind, _import_id(contact), values, addresses, roles)
    # After any error the intent stays: a gateway may refuse a call whose work was done, and looking costs one call.
    tribe_relation_id = connection.tribe.create_relation(new)
    number = values.get(DEBTOR_NUMBER)
    if number:
        numbers.add(code_key(number))
        _register_number(connection, tribe_relation_id, number)
    return Import(Imported.CREATED, _link_created(connection, tribe_relation_id, contact))


def _register_number(connection: ContactContext, tribe_relation_id: str, number: str) -> None:
    """Make a number known as taken at once, for the next contact of the same page."""
    fingerprint = connection.match_fingerprints.of("code", code_key(number))
    connection.match_index.remember({tribe_relation_id: [fingerprint]})


def _link(connection: ContactContext, tribe_relation_id: str, contact: YukiContact, how: str, prefers: Side) -> Link:
    stored = connection.links.get(tribe_relation_id)
    link = stored or Link(connection.connection_id, tribe_relation_id, LinkState.NEW, since=connection.now())
    known = replace(
        link,
        kind=contact.kind,
        prefers=prefers,
        is_customer=contact.is_customer if contact.is_customer is not None else link.is_customer,
    )
    return save_link(connection, known, contact.yuki_contact_id, how)


def _hold(connection: ContactContext, contact: YukiContact, held: Held) -> Import:
    """Remember why a contact waits for a person, and tell it once."""
    known = connection.unlinked.get(contact.yuki_contact_id)
    is_told = known is not None and (known.reason, known.details) == (held.reason.value, held.details)
    now = connection.now()
    waiting = UnlinkedContact(
        connection.connection_id,
        contact.yuki_contact_id,
        UnlinkedState.HELD,
        since=known.since if known is not None and is_told else now,
        modified_at=contact.modified_at,
        reason=held.reason.value,
        details=held.details,
        number=contact.hid,
        tribe_relation_ids=held.tribe_relation_ids,
    )
    if not is_told:
        entry = JournalEntry(JournalKind.DECISION, "held", {"reason": held.reason.value})
        connection.unlinked.save(waiting, [entry], now)
    return Import(Imported.HELD)


def _not_importable(connection: ContactContext, contact: YukiContact) -> Import:
    known = connection.unlinked.get(contact.yuki_contact_id)
    now = connection.now()
    entry = UnlinkedContact(
        connection.connection_id,
        contact.yuki_contact_id,
        UnlinkedState.NOT_IMPORTABLE,
        since=now,
        modified_at=contact.modified_at,
    )
    if known is None or replace(known, since=now) != entry:
        connection.unlinked.save(entry, [], now)
    return Import(Imported.NOT_IMPORTABLE)


def _import_id(contact: YukiContact) -> str:
    return f"{IMPORT_ID_PREFIX}{contact.yuki_contact_id.lower()}"
