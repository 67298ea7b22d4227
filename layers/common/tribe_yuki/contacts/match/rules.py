"""Find the record on the other side that a relation or contact without a link is.

The weighing says of each record on the other side whether it is the same, may be, or is another (`verdict`). The same
is the match. One that agrees on less than another, and on nothing else, gives way to it; between equals the role
decides. Everything else waits for a person:

* a contact that is another company or person has the code             → code_in_use
* several have the code, or several are the same                        → contact_ambiguous
* none is the same, but some may be: the likeliest is proposed          → contact_ambiguous
* the match is of the other kind                                        → contact_type_differs
* the match is inactive                                                 → contact_inactive_in_yuki
* the relation came from Yuki (ImportId), and the contact is gone       → contact_gone_in_yuki

Inactive records and those of the other kind count only when there are no others, unless they hold the code.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Self

from tribe_yuki.contacts.details import kind_of, named_contacts
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.match.evidence import Evidence, weigh
from tribe_yuki.contacts.match.profile import Key, MatchProfile, contact_profile, import_id, relation_profile
from tribe_yuki.contacts.match.reach import shared_values
from tribe_yuki.contacts.match.result import Ambiguous, Cause, Match, MatchResult, NoMatch
from tribe_yuki.contacts.match.verdict import Answer
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeRelation, YukiContact
from tribe_yuki.core.errors import Held

# A person can compare so many side by side.
MOST_PROPOSED = 5


@dataclass(frozen=True, slots=True)
class Candidate[Record]:
    """A record on the other side, weighed."""

    record_id: str
    record: Record
    evidence: Evidence
    is_active: bool = True
    has_role: bool = False

    @property
    def may_be_same(self) -> bool:
        """Whether it is the same, or may be."""
        return self.evidence.answer is not Answer.DIFFERENT

    @property
    def is_same(self) -> bool:
        """Whether it is certainly the same."""
        return self.evidence.answer is Answer.SAME

    @property
    def holds_code(self) -> bool:
        """Whether it has the relation's code."""
        return Key.CODE in self.evidence.agrees

    def gives_way_to(self, other: Self) -> bool:
        """Whether the other agrees on all that this candidate agrees on, and on more."""
        return self.evidence.agrees < other.evidence.agrees


def match_contact(
    relation: TribeRelation,
    contacts: Iterable[YukiContact],
    settings: ContactMapping,
    *,
    inactive: AbstractSet[str] = frozenset(),
) -> MatchResult[YukiContact]:
    """Find a relation's contact among contacts of Yuki; `inactive` are the ids of those that are not active."""
    candidates = _weigh_contacts(relation, contacts, settings, inactive)
    if import_id(relation):
        imported = [candidate for candidate in candidates if Key.IMPORT_ID in candidate.evidence.agrees]
        return _judge(imported[0], trusted=True) if imported else Ambiguous(Cause.GONE)
    holders = [candidate for candidate in candidates if candidate.holds_code]
    if any(not candidate.may_be_same for candidate in holders):
        return _ambiguous(Cause.CODE_OF_ANOTHER, holders)
    if len(holders) > 1:
        return _ambiguous(Cause.SEVERAL, holders)
    if holders and not (holders[0].is_active and holders[0].evidence.is_same_kind):
        return _judge(holders[0])
    return _choose(candidates)


def _weigh_contacts(
    relation: TribeRelation, contacts: Iterable[YukiContact], settings: ContactMapping, inactive: AbstractSet[str]
) -> list[Candidate[YukiContact]]:
    profile, is_customer = relation_profile(relation, settings), relation.has_role(RoleKind.CUSTOMER)
    by_id = {contact.yuki_contact_id: contact for contact in contacts}
    profiles = {contact_id: contact_profile(contact, settings) for contact_id, contact in by_id.items()}
    shared = _shared(profile, profiles.values())
    return [
        Candidate(
            contact_id,
            contact,
            weigh(profile, profiles[contact_id], shared),
            is_active=contact_id not in inactive,
            has_role=is_customer and contact.is_customer is True,
        )
        for contact_id, contact in by_id.items()
    ]


def _shared(profile: MatchProfile, others: Iterable[MatchProfile]) -> frozenset[str]:
    """Return which of a record's e-mail addresses and phone numbers many others have, too."""
    return shared_values(profile.reach & other.reach for other in others)


def match_relation(
    contact: YukiContact, relations: Iterable[TribeRelation], settings: ContactMapping
) -> MatchResult[TribeRelation]:
    """Find a contact's relation among relations of Tribe.

    Another relation with the same debtor number does not stand in the way of creating one; a number that is taken must
    not be offered again, though.
    """
    profile = contact_profile(contact, settings)
    candidates = _weigh_relations(contact, profile, relations, settings)
    imported = [candidate for candidate in candidates if Key.IMPORT_ID in candidate.evidence.agrees]
    if len(imported) == 1:
        return _judge(imported[0], trusted=True)
    return _choose(imported or candidates)


def are_twins(contact: YukiContact, other: YukiContact, settings: ContactMapping) -> bool:
    """Whether somebody entered the same company or person in Yuki twice."""
    return weigh(contact_profile(contact, settings), contact_profile(other, settings)).answer is Answer.SAME


def _weigh_relations(
    contact: YukiContact, profile: MatchProfile, relations: Iterable[TribeRelation], settings: ContactMapping
) -> list[Candidate[TribeRelation]]:
    by_id = {relation.tribe_relation_id: relation for relation in relations}
    profiles = {relation_id: relation_profile(relation, settings) for relation_id, relation in by_id.items()}
    shared = _shared(profile, profiles.values())
    return [
        Candidate(
            relation_id,
            relation,
            weigh(profiles[relation_id], profile, shared),
            has_role=contact.is_customer is True and relation.has_role(RoleKind.CUSTOMER),
        )
        for relation_id, relation in by_id.items()
        if import_id(relation) in ("", profile.yuki_contact_id)
    ]


def _preferred[Record](candidates: list[Candidate[Record]]) -> list[Candidate[Record]]:
    """Leave out those of the other kind and inactive ones, as long as others remain."""
    same_kind = [candidate for candidate in candidates if candidate.evidence.is_same_kind] or candidates
    return [candidate for candidate in same_kind if candidate.is_active] or same_kind


def _choose[Record](candidates: list[Candidate[Record]]) -> MatchResult[Record]:
    same = _preferred([candidate for candidate in candidates if candidate.is_same])
    best = [candidate for candidate in same if not any(candidate.gives_way_to(other) for other in same)]
    if len(best) > 1:
        best = [candidate for candidate in best if candidate.has_role] or best
    if len(best) == 1:
        return _judge(best[0])
    if best:
        return _ambiguous(Cause.SEVERAL, best)
    perhaps = [candidate for candidate in candidates if candidate.may_be_same]
    return _undecided(_preferred(perhaps)) if perhaps else NoMatch()


def _undecided[Record](candidates: list[Candidate[Record]]) -> Ambiguous[Record]:
    """Propose what may be the same; those of the other kind alone are told as that."""
    if not any(candidate.evidence.is_same_kind for candidate in candidates):
        return _ambiguous(Cause.OTHER_KIND, candidates)
    return _ambiguous(Cause.UNSURE, candidates)


def _judge[Record](winner: Candidate[Record], *, trusted: bool = False) -> MatchResult[Record]:
    """Accept the candidate that is left, unless something about it needs a person."""
    if not winner.evidence.is_same_kind:
        return _ambiguous(Cause.OTHER_KIND, [winner])
    if not (winner.is_same or trusted):
        return _ambiguous(Cause.UNSURE, [winner])
    if not winner.is_active:
        return _ambiguous(Cause.INACTIVE, [winner])
    return Match(winner.record, winner.evidence.agrees)


def _ambiguous[Record](cause: Cause, candidates: list[Candidate[Record]]) -> Ambiguous[Record]:
    likeliest = sorted(candidates, key=lambda candidate: (-candidate.evidence.weight, candidate.record_id))
    return Ambiguous(cause, tuple(candidate.record for candidate in likeliest[:MOST_PROPOSED]))


def hold_for(decision: Ambiguous[YukiContact], kind: ContactKind) -> Held:
    """Return the hold that an undecided match means; its details are numbers of contacts, never names."""
    if decision.cause is Cause.OTHER_KIND:
        return Held(decision.reason, kind_of(kind))
    return Held(decision.reason, named_contacts(decision.candidates))
