"""Do what was decided about a contact of Yuki: store the intent, write, and link (design 3, 5).

The caller holds the lease on the contact, and on the relation that the decision is about.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.fields.code import code_key
from tribe_yuki.contacts.initial_import.decide import (
    DEBTOR_NUMBER,
    Action,
    Contest,
    Create,
    Hold,
    LinkTo,
    Skip,
    SkipReason,
    link_as_imported,
    link_taken_away,
)
from tribe_yuki.contacts.link import TOMBSTONES, Link, LinkState, Side
from tribe_yuki.contacts.model import RoleKind, YukiContact
from tribe_yuki.contacts.new_relation import NewRelation
from tribe_yuki.contacts.save_link import save_link
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.work.leases import relation_lease


class Outcome(StrEnum):
    """What became of a contact that had no link."""

    CREATED = "created"
    LINKED = "linked"
    HELD = "held"
    NOT_IMPORTABLE = "not_importable"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a contact; with a link, its fields still have to be merged."""

    outcome: Outcome
    link: Link | None = None


def apply(connection: ContactContext, contact: YukiContact, action: Action) -> ImportResult:
    """Do what was decided about a contact.

    Raises Held when a person has to decide after all, and OutcomeUnknown when a relation may have been created: the
    next try looks for it.
    """
    match action:
        case Skip(reason):
            return _skip(connection, contact, reason)
        case Hold():
            _wake(connection, action.woken)
            raise action.held
        case LinkTo():
            _wake(connection, action.woken)
            linked = link_imported(connection, action.tribe_relation_id, contact, action.prefers, "imported")
            return ImportResult(Outcome.LINKED, linked)
        case Contest():
            _take_away(connection, action)
            if not action.is_won:
                raise action.hold.held
            linked = link_imported(connection, action.link.tribe_relation_id, contact, Side.YUKI, "imported")
            return ImportResult(Outcome.LINKED, linked)
        case Create():
            return _create(connection, contact, action.new)


def _wake(connection: ContactContext, tribe_relation_id: str | None) -> None:
    """Have a relation that waits looked at from its own side, which lets its invoices go."""
    if tribe_relation_id is not None:
        connection.queues.enqueue_relation(tribe_relation_id, connection.now())


def _skip(connection: ContactContext, contact: YukiContact, reason: SkipReason) -> ImportResult:
    """Remember that a contact is not imported, so that the poll asks no more about it as it is."""
    if reason is not SkipReason.IN_CREATION:
        known = connection.unlinked.get(contact.yuki_contact_id)
        now = connection.now()
        skipped = UnlinkedContact(
            connection.connection_id,
            contact.yuki_contact_id,
            UnlinkedState.NOT_IMPORTABLE,
            since=now,
            modified_at=contact.modified_at,
        )
        if known is None or replace(known, since=now) != skipped:
            connection.unlinked.save(skipped, [], now)
    return ImportResult(Outcome.NOT_IMPORTABLE)


def hold_contact(connection: ContactContext, contact: YukiContact, held: Held) -> ImportResult:
    """Remember why a contact waits for a person, and tell it once."""
    known = connection.unlinked.get(contact.yuki_contact_id)
    if known is None or (known.reason, known.details) != (held.reason.value, held.details):
        now = connection.now()
        waiting = _waiting(connection.connection_id, contact.yuki_contact_id, held, contact.hid, now)
        entry = JournalEntry(JournalKind.DECISION, "held", {"reason": held.reason.value})
        connection.unlinked.save(replace(waiting, modified_at=contact.modified_at), [entry], now)
    return ImportResult(Outcome.HELD)


def _waiting(connection_id: str, contact_id: str, held: Held, number: int | None, now: datetime) -> UnlinkedContact:
    return UnlinkedContact(
        connection_id,
        contact_id,
        UnlinkedState.HELD,
        since=now,
        reason=held.reason.value,
        details=held.details,
        number=number,
        tribe_relation_ids=held.tribe_relation_ids,
    )


def _take_away(connection: ContactContext, contest: Contest) -> None:
    """Undo a link of this run: its contact waits for a person, and so does the relation."""
    now, link, held = connection.now(), contest.link, contest.hold.held
    entry = JournalEntry(JournalKind.DECISION, "held", {"reason": held.reason.value})
    connection.links.save(link_taken_away(link, contest.hold, now), [entry], now, former=link)
    waiting = _waiting(connection.connection_id, link.yuki_contact_id or "", held, contest.rival_number, now)
    connection.unlinked.save(waiting, [entry], now)


def _create(connection: ContactContext, contact: YukiContact, new: NewRelation) -> ImportResult:
    now = connection.now()
    intent = UnlinkedContact(
        connection.connection_id, contact.yuki_contact_id, UnlinkedState.CREATING, since=now, number=contact.hid
    )
    connection.unlinked.save(intent, [JournalEntry(JournalKind.ATTEMPT, "create_relation")], now)
    # After any error the intent stays: a gateway may refuse a call whose work was done, and looking costs one call.
    tribe_relation_id = connection.tribe.create_relation(new)
    number = new.values.get(DEBTOR_NUMBER)
    if number:
        # Known as taken at once, for the next contact of the same page.
        fingerprint = connection.match_fingerprints.of("code", code_key(number))
        connection.match_index.remember({tribe_relation_id: [fingerprint]})
    return _link_created(connection, contact, tribe_relation_id)


def adopt(
    connection: ContactContext, contact: YukiContact, tribe_relation_id: str, roles: Iterable[RoleKind]
) -> ImportResult:
    """Complete and link the relation that an earlier try created for a contact."""
    for role in roles:
        connection.tribe.add_role(tribe_relation_id, contact.kind, role)
    return _link_created(connection, contact, tribe_relation_id)


def _link_created(connection: ContactContext, contact: YukiContact, tribe_relation_id: str) -> ImportResult:
    """Link the relation that was created for a contact, unless somebody linked or ended it meanwhile."""
    with relation_lease(connection, tribe_relation_id):
        link = connection.links.get(tribe_relation_id)
        if link is not None and (link.state is LinkState.LINKED or link.state in TOMBSTONES):
            raise Hold(HoldReason.CONTACT_AMBIGUOUS, (tribe_relation_id,)).held
        linked = link_imported(connection, tribe_relation_id, contact, Side.YUKI, "created")
        return ImportResult(Outcome.CREATED, linked)


def link_imported(
    connection: ContactContext, tribe_relation_id: str, contact: YukiContact, prefers: Side, how: str
) -> Link:
    """Link a relation and a contact, from what is stored of the relation by now."""
    stored = connection.links.get(tribe_relation_id)
    link = stored or Link(connection.connection_id, tribe_relation_id, LinkState.NEW, since=connection.now())
    return save_link(connection, link_as_imported(link, contact, prefers), contact.yuki_contact_id, how)
