"""Weigh a relation against a contact: on what they agree, what contradicts, and whether they may be the same."""

from dataclasses import dataclass

from tribe_yuki.contacts.match.profile import NUMBERS, Key, MatchProfile
from tribe_yuki.contacts.model import ContactKind

NATIONAL_NUMBERS = frozenset({Key.VAT_NUMBER, Key.COC_NUMBER})


@dataclass(frozen=True, slots=True)
class Evidence:
    """On what two records agree, which numbers contradict, and whether they are of one kind.

    `is_namesake`: Yuki itself would take them for the same contact by name (yuki-api 3.3, rule 3). `shares_reach`: they
    have an e-mail address or phone number in common; None when either has none. `is_elsewhere`: the addresses of both
    are known, and none is equal. `may_be_successor`: one is a company by its legal form, the other says none, and each
    has a national number of its own: a sole trader's firm, and the company that it became.
    """

    agrees: frozenset[Key]
    contradicts: frozenset[Key]
    is_same_kind: bool
    is_namesake: bool
    is_person: bool = False
    shares_reach: bool | None = None
    is_elsewhere: bool = False
    may_be_successor: bool = False

    @property
    def is_hit(self) -> bool:
        """Whether they may be the same: never by a number alone.

        Numbers count only together with the name or the address, because both systems number independently and
        groups share numbers. With the address alone, another number that differs means: a neighbour in the group.
        """
        if Key.IMPORT_ID in self.agrees or self.agrees >= {Key.NAME, Key.ADDRESS} or self.agrees >= NATIONAL_NUMBERS:
            return True
        if not self.agrees.intersection(NUMBERS):
            return False
        return Key.NAME in self.agrees or (Key.ADDRESS in self.agrees and not self.contradicts)

    @property
    def is_hint(self) -> bool:
        """Whether they share a national number and nothing else: perhaps a group, perhaps another name."""
        is_shared = bool(self.agrees & NATIONAL_NUMBERS)
        return is_shared and self.is_same_kind and not self.contradicts and not self.is_hit

    @property
    def is_certain(self) -> bool:
        """Whether a hit is the same company or person, and no relative.

        Companies of a VAT group have its number, and often its address; a branch has name and number of its head
        office; father and son have name and address.
        """
        if Key.IMPORT_ID in self.agrees:
            return True
        is_branch = self.is_elsewhere and self.shares_reach is False and Key.CODE not in self.agrees
        if Key.NAME not in self.agrees:
            return Key.CODE in self.agrees or (self.agrees >= NATIONAL_NUMBERS and not is_branch)
        if self.agrees.intersection(NUMBERS):
            return not is_branch
        return self.shares_reach is True if self.is_person else not self.may_be_successor


def weigh(relation: MatchProfile, contact: MatchProfile) -> Evidence:
    """Compare a relation with a contact."""
    agrees = {key for key in NUMBERS if relation.number(key) and relation.number(key) == contact.number(key)}
    if relation.yuki_contact_id and relation.yuki_contact_id == contact.yuki_contact_id:
        agrees.add(Key.IMPORT_ID)
    if any(ours.agrees_with(theirs) for ours in relation.names for theirs in contact.names):
        agrees.add(Key.NAME)
    if any(ours.agrees_with(theirs) for ours in relation.premises for theirs in contact.premises):
        agrees.add(Key.ADDRESS)
    is_same_kind = relation.kind is contact.kind
    has_both_places = bool(relation.premises and contact.premises)
    has_both_reaches = bool(relation.reach and contact.reach)
    return Evidence(
        agrees=frozenset(agrees),
        contradicts=frozenset(key for key in NATIONAL_NUMBERS if _differ(key, relation, contact)),
        is_same_kind=is_same_kind,
        is_namesake=is_same_kind and bool(relation.yuki_name) and relation.yuki_name == contact.yuki_name,
        is_person=is_same_kind and relation.kind is ContactKind.PERSON,
        shares_reach=bool(relation.reach & contact.reach) if has_both_reaches else None,
        is_elsewhere=has_both_places and Key.ADDRESS not in agrees,
        may_be_successor=not agrees & NATIONAL_NUMBERS
        and relation.has_national_number
        and contact.has_national_number
        and _forms(relation) != _forms(contact),
    )


def _forms(profile: MatchProfile) -> set[str]:
    return {name.legal_form for name in profile.names}


def _differ(key: Key, relation: MatchProfile, contact: MatchProfile) -> bool:
    ours, theirs = relation.number(key), contact.number(key)
    return bool(ours and theirs and ours != theirs)
