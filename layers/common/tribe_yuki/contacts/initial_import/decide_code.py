"""Decide what becomes of the code of a contact that the import linked (design 5).

Tribe's numbers are the codes. Whether another contact has a code shows only when all contacts were seen, so this comes
after them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.fields.code import is_same_code
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.link import Link, LinkState, Side
from tribe_yuki.contacts.model import RoleKind, TribeRelation
from tribe_yuki.core.holds import HoldReason


@dataclass(frozen=True, slots=True)
class WriteCode:
    """Write the relation's number to the contact, as its code."""

    code: str


@dataclass(frozen=True, slots=True)
class OfferNumber:
    """Give the relation the code that its contact has, as its number."""

    number: str


@dataclass(frozen=True, slots=True)
class ConfirmCode:
    """Accept the code that the contact has."""

    code: str


@dataclass(frozen=True, slots=True)
class HoldCode:
    """Have a person see to the code; the contact stays linked."""

    reason: HoldReason


# Whether another contact has a code, or another relation a number.
type IsTaken = Callable[[str], bool]


def has_open_code(link: Link) -> bool:
    """Whether the code of a linked contact is not settled."""
    may_be_free = link.reason in (None, HoldReason.CODE_IN_USE)
    return link.state is LinkState.LINKED and link.code is None and may_be_free


def has_other_code(link: Link) -> bool:
    """Whether a contact had another code at the import than its relation's number."""
    return not is_same_code(link.number, link.code_at_import)


def may_get_code(relation: TribeRelation, settings: ConnectionSettings) -> bool:
    """Whether the code of a relation's contact is written at all."""
    return not relation.flaws and Side.YUKI in writable_sides(relation, settings)


def decide_code(
    link: Link, relation: TribeRelation, settings: ConnectionSettings, is_taken: IsTaken, is_given: IsTaken
) -> WriteCode | OfferNumber | HoldCode | None:
    """Decide about the code of a contact that has another code than its relation's number.

    `is_taken` tells whether another contact has a code, `is_given` whether a relation has a number.
    """
    if link.number is None and not relation.has_role(RoleKind.CUSTOMER):
        return None
    if link.number is None:
        offered = link.code_at_import
        may_offer = offered is not None and Side.TRIBE in writable_sides(relation, settings)
        if offered is not None and may_offer and not is_taken(offered) and not is_given(offered):
            return OfferNumber(offered)
        return HoldCode(HoldReason.DEBTOR_NUMBER_MISSING)
    return HoldCode(HoldReason.CODE_IN_USE) if is_taken(link.number) else WriteCode(link.number)


def decide_equal_code(number: str, is_taken: IsTaken) -> ConfirmCode | HoldCode:
    """Decide about the code of a contact that was equal to its relation's number already."""
    return HoldCode(HoldReason.CODE_IN_USE) if is_taken(number) else ConfirmCode(number)


def link_with_code(link: Link, code: str) -> Link:
    """Return a link whose contact has its code for certain."""
    return replace(link, code=code, code_at_import=None, reason=None, details=())
