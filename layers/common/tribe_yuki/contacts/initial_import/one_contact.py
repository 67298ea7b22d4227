"""Bring one contact of Yuki to Tribe: find its relation there, or create it (design 5)."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.fields.code import code_key
from tribe_yuki.contacts.importable import roles_in_tribe
from tribe_yuki.contacts.initial_import.apply import ImportResult, adopt, apply, hold_contact
from tribe_yuki.contacts.initial_import.decide import DEBTOR_NUMBER, Create, Skip, decide, import_id_of, skip_reason
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.match.blocks import match_keys
from tribe_yuki.contacts.match.profile import contact_profile
from tribe_yuki.contacts.model import TribeRelation, YukiContact, demand_readable
from tribe_yuki.contacts.unlinked import UnlinkedState
from tribe_yuki.core.errors import Held, Retryable
from tribe_yuki.work.leases import relation_lease, yuki_contact_lease

# Few enough that the fields of the first are settled before its webhooks arrive.
MERGED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Candidates:
    """The relations that some contacts may match, by contact; `numbers` were given out since they were read."""

    by_contact: Mapping[str, Sequence[TribeRelation]]
    numbers: set[str] = field(default_factory=set)


def candidates_for(connection: ContactContext, contacts: Sequence[YukiContact]) -> Candidates:
    """Return the relations that share an id, a number or a name with each of some contacts, read all at once."""
    near = {contact.yuki_contact_id: _ids_near(connection, contact) for contact in contacts}
    wanted = list(dict.fromkeys(chain.from_iterable(near.values())))
    relations = connection.tribe.read_relations(wanted) if wanted else []
    by_id = {relation.tribe_relation_id: relation for relation in relations}
    return Candidates(
        {contact: [by_id[relation] for relation in ids if relation in by_id] for contact, ids in near.items()}
    )


def _ids_near(connection: ContactContext, contact: YukiContact) -> list[str]:
    fingerprints = connection.match_fingerprints
    keys = match_keys(contact_profile(contact, connection.contact_mapping))
    wanted = {fingerprint for kind, value in keys for fingerprint in fingerprints.all_of(kind, value)}
    return connection.match_index.near(wanted)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What earlier decisions left behind; a relation is leased from the look at its link until `leases` end."""

    connection: ContactContext
    leases: ExitStack

    def link_of(self, tribe_relation_id: str) -> Link | None:
        self.leases.enter_context(relation_lease(self.connection, tribe_relation_id))
        return self.connection.links.get(tribe_relation_id)

    def active_contact(self, yuki_contact_id: str) -> YukiContact | None:
        found = self.connection.yuki.search_contacts("ID", yuki_contact_id)
        return next((contact for contact in found if contact.yuki_contact_id == yuki_contact_id), None)


def import_contact(
    connection: ContactContext, contact: YukiContact, candidates: Candidates, *, run_started_at: datetime | None = None
) -> ImportResult:
    """Link a contact to its relation in Tribe, or create that one; the link has no fields yet.

    The contact was read with its roles. `run_started_at` is of the initial import. Raises Retryable while another
    worker has the contact or the relation, and OutcomeUnknown when a relation may have been created: the next try
    looks for it.
    """
    demand_readable(contact)
    reason = skip_reason(contact, connection.settings, connection.own_companies)
    if reason is not None:
        return apply(connection, contact, Skip(reason))
    with yuki_contact_lease(connection, contact.yuki_contact_id):
        if connection.links.relation_linked_to(contact.yuki_contact_id) is not None:
            raise Retryable("linked_meanwhile", "another worker linked this contact")
        try:
            return _adopt(connection, contact) or _decide_and_apply(connection, contact, candidates, run_started_at)
        except Held as held:
            return hold_contact(connection, contact, held)


def _adopt(connection: ContactContext, contact: YukiContact) -> ImportResult | None:
    """Link the relation that an earlier try created without linking it, if there is one."""
    known = connection.unlinked.get(contact.yuki_contact_id)
    if known is None or known.state is not UnlinkedState.CREATING:
        return None
    created = connection.tribe.find_relations_by_import_id(import_id_of(contact))
    if len(created) != 1:
        return None
    return adopt(connection, contact, created[0], roles_in_tribe(contact, connection.settings))


def _decide_and_apply(
    connection: ContactContext, contact: YukiContact, candidates: Candidates, run_started_at: datetime | None
) -> ImportResult:
    near = candidates.by_contact[contact.yuki_contact_id]
    if code_key(contact.code) in candidates.numbers:
        near = connection.tribe.read_relations(_ids_near(connection, contact))
    with ExitStack() as leases:
        action = decide(contact, near, _Stored(connection, leases), connection.settings, run_started_at)
        if isinstance(action, Create) and (number := action.new.values.get(DEBTOR_NUMBER)):
            candidates.numbers.add(code_key(number))
        return apply(connection, contact, action)
