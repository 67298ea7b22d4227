"""Weigh a relation against a contact: on what they agree, what speaks against, and what follows (design 5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tribe_yuki.contacts.match.likeness import Likeness, company_likeness, person_likeness
from tribe_yuki.contacts.match.names import ComparableName
from tribe_yuki.contacts.match.profile import NUMBERS, Key, MatchProfile
from tribe_yuki.contacts.match.reach import have_other_phones, is_free_mail
from tribe_yuki.contacts.match.verdict import Against, Answer, answer, weight
from tribe_yuki.contacts.model import ContactKind

NATIONAL_NUMBERS = frozenset({Key.VAT_NUMBER, Key.COC_NUMBER})
# What a sole trader's firm becomes.
COMPANY_FORMS = frozenset({"bv", "nv", "gmbh", "gmbh & co. kg", "ug", "ag", "sarl", "sas", "ltd", "inc", "llc"})
_OTHER_NUMBER = {Key.VAT_NUMBER: Against.VAT_NUMBER, Key.COC_NUMBER: Against.COC_NUMBER}
# A name agrees on each of these as far as it is alike.
_NAME_KEYS = ((Likeness.EQUAL, Key.NAME), (Likeness.ALIKE, Key.NAME_ALIKE), (Likeness.SIMILAR, Key.NAME_SIMILAR))


@dataclass(frozen=True, slots=True)
class Evidence:
    """On what two records agree, what speaks against their being the same, and the answer."""

    agrees: frozenset[Key]
    against: frozenset[Against] = frozenset()

    @property
    def answer(self) -> Answer:
        """Return whether they are the same."""
        return answer(self.agrees, self.against)

    @property
    def weight(self) -> int:
        """Return how much speaks for it, to put the likeliest first."""
        return weight(self.agrees, self.against)

    @property
    def is_same_kind(self) -> bool:
        """Whether both are organisations, or both persons."""
        return Against.KIND not in self.against


def weigh(relation: MatchProfile, contact: MatchProfile, shared: frozenset[str] = frozenset()) -> Evidence:
    """Compare a relation with a contact; `shared` are e-mail addresses and phone numbers that prove nothing."""
    agrees = frozenset(_agreements(relation, contact, shared))
    against = set(_contradictions(relation, contact, agrees))
    against.update(_doubts(relation, contact, agrees, against))
    return Evidence(agrees, frozenset(against))


def _agreements(relation: MatchProfile, contact: MatchProfile, shared: frozenset[str]) -> Iterator[Key]:
    if relation.yuki_contact_id and relation.yuki_contact_id == contact.yuki_contact_id:
        yield Key.IMPORT_ID
    yield from (key for key in NUMBERS if relation.number(key) and relation.number(key) == contact.number(key))
    likeness = _likeness(relation, contact)
    yield from (key for level, key in _NAME_KEYS if likeness >= level)
    emails = (relation.emails & contact.emails) - shared
    if emails:
        yield Key.FREE_EMAIL if all(map(is_free_mail, emails)) else Key.EMAIL
    if (relation.phones & contact.phones) - shared:
        yield Key.PHONE
    if any(ours.agrees_with(theirs) for ours in relation.premises for theirs in contact.premises):
        yield Key.ADDRESS
    if relation.towns & contact.towns:
        yield Key.TOWN


def _likeness(relation: MatchProfile, contact: MatchProfile) -> Likeness:
    is_person = ContactKind.PERSON in (relation.kind, contact.kind)
    towns = sorted(relation.towns | contact.towns)
    pairs = product(relation.names, contact.names)
    levels = (person_likeness(*pair) if is_person else company_likeness(*pair, towns) for pair in pairs)
    return max(levels, default=Likeness.UNLIKE)


def _contradictions(relation: MatchProfile, contact: MatchProfile, agrees: frozenset[Key]) -> Iterator[Against]:
    for key, sign in _OTHER_NUMBER.items():
        if relation.number(key) and contact.number(key) and key not in agrees:
            yield sign
    if relation.kind is not contact.kind:
        yield Against.KIND
    if any(ours.has_other_form_than(theirs) for ours, theirs in product(relation.names, contact.names)):
        yield Against.LEGAL_FORM
    if relation.premises and contact.premises and Key.ADDRESS not in agrees:
        yield Against.ADDRESS
    if relation.emails and contact.emails and not relation.emails & contact.emails:
        yield Against.EMAIL
    if have_other_phones(relation.phones, contact.phones):
        yield Against.PHONE


def _doubts(
    relation: MatchProfile, contact: MatchProfile, agrees: frozenset[Key], against: set[Against]
) -> Iterator[Against]:
    is_reached_alike = _is_reached_alike(agrees, against)
    if _is_elsewhere(relation, contact, agrees, against) and not is_reached_alike and Key.CODE not in agrees:
        yield Against.BRANCH
    if relation.kind is ContactKind.PERSON and contact.kind is ContactKind.PERSON and not is_reached_alike:
        yield Against.RELATIVE
    if not agrees & NATIONAL_NUMBERS and _may_be_successor(relation, contact, against):
        yield Against.SUCCESSOR


def _is_reached_alike(agrees: frozenset[Key], against: set[Against]) -> bool:
    """Whether they share an e-mail address or phone number, and the other of the two does not differ."""
    has_email = Key.EMAIL in agrees or Key.FREE_EMAIL in agrees
    if has_email and Key.PHONE in agrees:
        return True
    return (has_email and Against.PHONE not in against) or (Key.PHONE in agrees and Against.EMAIL not in against)


def _is_elsewhere(relation: MatchProfile, contact: MatchProfile, agrees: frozenset[Key], against: set[Against]) -> bool:
    """Whether they are at two places: another address in the same town is one only with another e-mail or phone."""
    if _have_other_remarks(relation, contact):
        return True
    is_reached_otherwise = not against.isdisjoint({Against.EMAIL, Against.PHONE})
    return Against.ADDRESS in against and (Key.TOWN not in agrees or is_reached_otherwise)


def _have_other_remarks(relation: MatchProfile, contact: MatchProfile) -> bool:
    """Whether what stands in brackets behind the names differs, as the towns of branches do."""
    ours, theirs = _remarks(relation.names), _remarks(contact.names)
    return bool(ours and theirs and not ours & theirs)


def _remarks(names: frozenset[ComparableName]) -> set[str]:
    return {name.remark for name in names if name.remark}


def _may_be_successor(relation: MatchProfile, contact: MatchProfile, against: set[Against]) -> bool:
    """Whether one may be the company that the other, a sole trader's firm, became.

    Such a company keeps name and e-mail address. It has the legal form of a company; or, where that is not written,
    numbers of its own that cannot be compared, and perhaps another address.
    """
    has_own_numbers = relation.has_national_number and contact.has_national_number
    return _is_company(relation) != _is_company(contact) or (has_own_numbers and Against.ADDRESS in against)


def _is_company(profile: MatchProfile) -> bool:
    return any(name.legal_form in COMPANY_FORMS for name in profile.names)
