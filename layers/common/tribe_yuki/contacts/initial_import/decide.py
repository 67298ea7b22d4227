"""Decide what becomes of a contact of Yuki that has no link (design 5).

Nothing is written here. The import applies each decision at once (`apply`); the plan is the list of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tribe_yuki.connections.administration import OwnCompany
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.details import relations
from tribe_yuki.contacts.fields.code import is_same_code
from tribe_yuki.contacts.fields.mapping import ContactMapping, contact_mapping
from tribe_yuki.contacts.importable import is_own_company, roles_in_tribe
from tribe_yuki.contacts.link import TOMBSTONES, Link, LinkState, Side
from tribe_yuki.contacts.match.profile import IMPORT_ID_PREFIX
from tribe_yuki.contacts.match.result import Ambiguous, Match, NoMatch
from tribe_yuki.contacts.match.rules import are_twins, match_contact, match_relation
from tribe_yuki.contacts.merge.tribe_values import values_for_tribe
from tribe_yuki.contacts.model import TribeRelation, YukiContact, demand_readable
from tribe_yuki.contacts.new_relation import NewRelation
from tribe_yuki.contacts.provisional_names import has_mark
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason

DEBTOR_NUMBER = "debtor_number"
# With these reasons a relation without link may still be linked; the others say that its contact is in doubt.
_LINKABLE = frozenset({HoldReason.DEBTOR_NUMBER_MISSING.value, HoldReason.DEBTOR_NUMBER_DUPLICATE.value})


class SkipReason(StrEnum):
    """Why a contact does not come to Tribe."""

    IN_CREATION = "in_creation"
    TYPE_NOT_IMPORTED = "contact_type_not_imported"
    OWN_COMPANY = "own_company"


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave the contact alone."""

    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Hold:
    """Have a person decide which of some relations the contact is.

    `woken` is a relation that waits for a person itself: what it waits for may be gone in Yuki.
    """

    reason: HoldReason
    tribe_relation_ids: tuple[str, ...]
    woken: str | None = None

    @property
    def held(self) -> Held:
        """Return what stops the import of the contact."""
        return Held(self.reason, relations(self.tribe_relation_ids), tribe_relation_ids=self.tribe_relation_ids)


@dataclass(frozen=True, slots=True)
class Create:
    """Create a relation for the contact, and link it."""

    new: NewRelation


@dataclass(frozen=True, slots=True)
class LinkTo:
    """Link the contact to a relation; whose values stand where both have one is what the link `prefers`.

    `woken` as in `Hold`.
    """

    tribe_relation_id: str
    prefers: Side
    woken: str | None = None


@dataclass(frozen=True, slots=True)
class Contest:
    """Take a relation away from the rival that this run linked it to, and hold that one.

    The contact gets the relation when `is_won`; otherwise nobody has it, and the contact is held as well.
    """

    link: Link
    hold: Hold
    rival_number: int | None
    is_won: bool


type Action = Skip | Hold | Create | LinkTo | Contest


class Known(Protocol):
    """What earlier decisions left behind: as stored, or as the plan foresees it."""

    def link_of(self, tribe_relation_id: str) -> Link | None:
        """Return the link of a relation, or None."""
        ...

    def active_contact(self, yuki_contact_id: str) -> YukiContact | None:
        """Return a contact of Yuki, or None when it is not active any more."""
        ...


def skip_reason(
    contact: YukiContact, settings: ConnectionSettings, own_companies: Callable[[], Iterable[OwnCompany]]
) -> SkipReason | None:
    """Return why a contact, read with its roles, is not imported; `own_companies` is asked only if that matters."""
    if has_mark(contact.name):
        return SkipReason.IN_CREATION  # for a relation, which will have its link
    if not roles_in_tribe(contact, settings):
        return SkipReason.TYPE_NOT_IMPORTED
    return SkipReason.OWN_COMPANY if is_own_company(contact, own_companies(), settings.country) else None


def decide(
    contact: YukiContact,
    near: Sequence[TribeRelation],
    known: Known,
    settings: ConnectionSettings,
    run_started_at: datetime | None,
) -> Hold | Create | LinkTo | Contest:
    """Decide about a contact that is not skipped; `near` are the relations that share an id, a number or a name.

    A relation that another contact was linked to since `run_started_at` (None outside the initial import) counts as
    contested. Raises Unreadable for a relation with a flaw: what is missing may be what tells that it is this contact.
    """
    for relation in near:
        demand_readable(relation)
    found = match_relation(contact, near, contact_mapping(settings))
    match found:
        case Match(record=relation):
            return _decide_match(contact, relation, known, contact_mapping(settings), run_started_at)
        case Ambiguous():
            return Hold(found.reason, tuple(relation.tribe_relation_id for relation in found.candidates))
        case NoMatch():
            return Create(_new_relation(contact, near, settings))


def _decide_match(
    contact: YukiContact,
    relation: TribeRelation,
    known: Known,
    mapping: ContactMapping,
    run_started_at: datetime | None,
) -> Hold | LinkTo | Contest:
    link = known.link_of(relation.tribe_relation_id)
    if link is not None and link.state in TOMBSTONES:
        return Hold(HoldReason.CONTACT_GONE_IN_YUKI, (relation.tribe_relation_id,))
    if link is not None and link.state is LinkState.LINKED:
        return _decide_contest(contact, relation, link, known, mapping, run_started_at)
    woken = relation.tribe_relation_id if link is not None and link.reason else None
    if link is not None and link.reason and link.reason not in _LINKABLE:
        return Hold(HoldReason(link.reason), (relation.tribe_relation_id,), woken)
    # Only the initial import takes Yuki's values where both have one; what comes later never overwrites the CRM.
    return LinkTo(relation.tribe_relation_id, Side.TRIBE if run_started_at is None else Side.YUKI, woken)


def _decide_contest(
    contact: YukiContact,
    relation: TribeRelation,
    link: Link,
    known: Known,
    mapping: ContactMapping,
    run_started_at: datetime | None,
) -> Hold | Contest:
    """Decide between a contact and the one that its relation is linked to; of twins the first stays."""
    hold = Hold(HoldReason.CONTACT_AMBIGUOUS, (relation.tribe_relation_id,))
    if run_started_at is None or link.since < run_started_at or link.yuki_contact_id is None:
        return hold
    rival = known.active_contact(link.yuki_contact_id)
    if rival is not None and rival.is_customer is None:
        rival = replace(rival, is_customer=link.is_customer)  # a search in Yuki does not tell roles
    decision = match_contact(relation, [rival, contact] if rival else [contact], mapping)
    winner = decision.record.yuki_contact_id if isinstance(decision, Match) else None
    if winner == link.yuki_contact_id or (winner is None and rival is not None and are_twins(rival, contact, mapping)):
        return hold
    return Contest(link, hold, rival.hid if rival else None, is_won=winner is not None)


def _new_relation(contact: YukiContact, near: Iterable[TribeRelation], settings: ConnectionSettings) -> NewRelation:
    written = values_for_tribe(contact, settings=contact_mapping(settings))
    values = dict(written.values)
    offered = values.get(DEBTOR_NUMBER)
    if offered and any(is_same_code(relation.debtor_number, offered) for relation in near):
        del values[DEBTOR_NUMBER]  # another relation has it: Tribe numbers this one, and Yuki follows
    addresses = {source.value: address for source, address in written.addresses.items()}
    return NewRelation(contact.kind, import_id_of(contact), values, addresses, roles_in_tribe(contact, settings))


def import_id_of(contact: YukiContact) -> str:
    """Return the ImportId of the relation that is created for a contact."""
    return f"{IMPORT_ID_PREFIX}{contact.yuki_contact_id.lower()}"


def link_as_imported(stored: Link, contact: YukiContact, prefers: Side) -> Link:
    """Return the link of a relation with what is known of the contact that it is to be linked to."""
    is_customer = contact.is_customer if contact.is_customer is not None else stored.is_customer
    return replace(stored, kind=contact.kind, prefers=prefers, is_customer=is_customer)


def link_taken_away(link: Link, hold: Hold, now: datetime) -> Link:
    """Return the link of a relation that nobody has any more, waiting for a person."""
    return replace(
        link,
        state=LinkState.HELD,
        since=now,
        yuki_contact_id=None,
        code=None,
        base={},
        reason=hold.reason.value,
        details=hold.held.details,
    )
