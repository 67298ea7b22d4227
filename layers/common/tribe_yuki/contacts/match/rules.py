"""Find the record on the other side that a relation or contact without a link is.

The rules (design 5): our ImportId decides alone. Otherwise a record is a *hit* when a number agrees together with
the name or the address, or the name with the address. One hit is the match. A hit that agrees on less than another
one, and on nothing else, gives way to it. Everything else waits for a person:

* a contact that is no hit has the code                                 → code_in_use
* several hits have the code, or several hits remain                    → contact_ambiguous
* a VAT or CoC number of the match differs                              → contact_ambiguous
* the match may be a relative: a company of the same VAT group, a branch, the sole trader that became a company,
  father or son (`Evidence.is_certain`)                                 → contact_ambiguous
* no hit, but one that has the VAT or CoC number                        → contact_ambiguous
* no hit, but a contact that Yuki would take for the same by its name alone,
  so that creating would overwrite that one (yuki-api 3.3)              → contact_ambiguous
* the match is of the other kind                                        → contact_type_differs
* the match is inactive                                                 → contact_inactive_in_yuki
* the relation came from Yuki (ImportId), and the contact is gone       → contact_gone_in_yuki

Inactive hits and hits of the other kind count only when there are no others, unless they hold the code.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Self

from tribe_yuki.contacts.details import kind_of, named_contacts
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.match.evidence import Evidence, weigh
from tribe_yuki.contacts.match.profile import Key, contact_profile, import_id, relation_profile
from tribe_yuki.contacts.match.result import Ambiguous, Cause, Match, MatchResult, NoMatch
from tribe_yuki.contacts.model import ContactKind, TribeRelation, YukiContact
from tribe_yuki.core.errors import Held


@dataclass(frozen=True, slots=True)
class Candidate[Record]:
    """A record on the other side, weighed."""

    record_id: str
    record: Record
    evidence: Evidence
    is_active: bool = True

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
    if any(not candidate.evidence.is_hit for candidate in holders):
        return _ambiguous(Cause.CODE_OF_ANOTHER, holders)
    if len(holders) > 1:
        return _ambiguous(Cause.SEVERAL, holders)
    if holders and not (holders[0].is_active and holders[0].evidence.is_same_kind):
        return _judge(holders[0])
    decision = _choose(candidates)
    namesakes = [candidate for candidate in candidates if candidate.evidence.is_namesake]
    return _ambiguous(Cause.NAMESAKE, namesakes) if isinstance(decision, NoMatch) and namesakes else decision


def _weigh_contacts(
    relation: TribeRelation, contacts: Iterable[YukiContact], settings: ContactMapping, inactive: AbstractSet[str]
) -> list[Candidate[YukiContact]]:
    profile = relation_profile(relation, settings)
    return [
        Candidate(
            contact.yuki_contact_id,
            contact,
            weigh(profile, contact_profile(contact, settings)),
            is_active=contact.yuki_contact_id not in inactive,
        )
        for contact in {contact.yuki_contact_id: contact for contact in contacts}.values()
    ]


def match_relation(
    contact: YukiContact, relations: Iterable[TribeRelation], settings: ContactMapping
) -> MatchResult[TribeRelation]:
    """Find a contact's relation among relations of Tribe.

    Creating a relation overwrites nothing in Tribe, so there a namesake or another relation with the same debtor number
    does not stand in the way; a number that is taken must not be offered again, though.
    """
    profile = contact_profile(contact, settings)
    candidates = [
        Candidate(relation.tribe_relation_id, relation, weigh(relation_profile(relation, settings), profile))
        for relation in {relation.tribe_relation_id: relation for relation in relations}.values()
        if import_id(relation) in ("", profile.yuki_contact_id)
    ]
    imported = [candidate for candidate in candidates if Key.IMPORT_ID in candidate.evidence.agrees]
    if len(imported) == 1:
        return _judge(imported[0], trusted=True)
    return _choose(imported or candidates)


def _preferred[Record](candidates: list[Candidate[Record]]) -> list[Candidate[Record]]:
    """Leave out hits of the other kind and inactive ones, as long as others remain."""
    hits = [candidate for candidate in candidates if candidate.evidence.is_hit]
    same_kind = [candidate for candidate in hits if candidate.evidence.is_same_kind] or hits
    return [candidate for candidate in same_kind if candidate.is_active] or same_kind


def _choose[Record](candidates: list[Candidate[Record]]) -> MatchResult[Record]:
    hits = _preferred(candidates)
    best = [candidate for candidate in hits if not any(candidate.gives_way_to(other) for other in hits)]
    if not best:
        hints = [candidate for candidate in candidates if candidate.evidence.is_hint]
        return _ambiguous(Cause.RELATIVE, hints) if hints else NoMatch()
    return _judge(best[0]) if len(best) == 1 else _ambiguous(Cause.SEVERAL, best)


def _judge[Record](winner: Candidate[Record], *, trusted: bool = False) -> MatchResult[Record]:
    """Accept the candidate that is left, unless something about it needs a person."""
    if not winner.evidence.is_same_kind:
        return _ambiguous(Cause.OTHER_KIND, [winner])
    if winner.evidence.contradicts and not trusted:
        return _ambiguous(Cause.CONTRADICTION, [winner])
    if not winner.evidence.is_certain and not trusted:
        return _ambiguous(Cause.RELATIVE, [winner])
    if not winner.is_active:
        return _ambiguous(Cause.INACTIVE, [winner])
    return Match(winner.record, winner.evidence.agrees)


def _ambiguous[Record](cause: Cause, candidates: list[Candidate[Record]]) -> Ambiguous[Record]:
    return Ambiguous(
        cause, tuple(candidate.record for candidate in sorted(candidates, key=lambda candidate: candidate.record_id))
    )


def hold_for(decision: Ambiguous[YukiContact], kind: ContactKind) -> Held:
    """Return the hold that an undecided match means; its details are numbers of contacts, never names."""
    if decision.cause is Cause.OTHER_KIND:
        return Held(decision.reason, kind_of(kind))
    return Held(decision.reason, named_contacts(decision.candidates))
