"""Inviting people to the console, and taking their roles away (design 12).

Names and addresses are the user pool's alone: what is stored and journalled is the subject.
"""

import re
from dataclasses import dataclass

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.console.roles import Role
from tribe_yuki.console.store import MemberStore, UserPool

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
EVERYWHERE = ""
"""The connection under which an operator's role stands."""


@dataclass(frozen=True, slots=True)
class Invitations:
    """Who invites, who has which role, and the pool that knows people's addresses."""

    operator: Operator
    members: MemberStore
    pool: UserPool
    console_url: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role; `email` is empty for a person whom the pool no longer knows."""

    email: str
    role: Role
    connection: str


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of an invitation."""

    email: str
    role: Role
    connection: str
    is_new: bool
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """Everybody with a role in a connection, operators included."""

    connection: str
    members: tuple[Member, ...]
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """Whose role was taken away; a session of that person ends with the next page."""

    email: str
    connection: str
    former_role: Role
    next_steps: tuple[str, ...]


def invite(invitations: Invitations, connection_id: str, email: str, role: Role) -> Invited:
    """Give a person a role, and invite whoever the pool does not know yet; an operator gets it for all connections.

    Raises Declined for a text that is no e-mail address, or an unknown connection.
    """
    operator, place = invitations.operator, _place(invitations, connection_id, role)
    if not _ADDRESS.fullmatch(email):
        raise Declined("address_unreadable", f"{email} is no e-mail address; write it as name@company.example")
    subject = invitations.pool.subject_of(email)
    is_new = subject is None
    if subject is None:
        subject = invitations.pool.invite(email)
    invitations.members.save(subject, place, role, operator.now())
    if place:
        operator.records.note(place, operator.entry("person_invited", person=subject, role=role), operator.now())
    return Invited(email, role, place or "all", is_new, (f"{email} signs in at {invitations.console_url}.",))


def list_members(invitations: Invitations, connection_id: str) -> Members:
    """Return who has which role in a connection."""
    invitations.operator.record(connection_id)
    found = [
        Member(invitations.pool.email_of(subject) or "", role, place or "all")
        for place in (connection_id, EVERYWHERE)
        for subject, role in invitations.members.members_of(place)
    ]
    found.sort(key=lambda member: (member.connection, member.email))
    none = () if found else ("`tribe-yuki people invite ADDRESS --role bookkeeper` invites somebody.",)
    return Members(connection_id, tuple(found), none)


def remove(invitations: Invitations, connection_id: str, email: str, *, everywhere: bool = False) -> Removed:
    """Take a person's role away; raise Declined when the person has none there.

    `everywhere` is the role of an operator. Who has no role left anywhere is no longer known to the login.
    """
    operator, place = invitations.operator, EVERYWHERE if everywhere else connection_id
    subject = invitations.pool.subject_of(email)
    role = invitations.members.roles_of(subject).get(place) if subject else None
    if subject is None or role is None:
        raise Declined("member_unknown", f"{email} has no role there; see `tribe-yuki people list`")
    invitations.members.remove(subject, place)
    if place:
        operator.records.note(place, operator.entry("person_removed", person=subject, role=role), operator.now())
    left = invitations.members.roles_of(subject)
    if not left:
        invitations.pool.remove(email)
    return Removed(email, place or "all", role, ("Whatever page is open ends with the next click.",))


def _place(invitations: Invitations, connection_id: str, role: Role) -> str:
    if role is Role.OPERATOR:
        return EVERYWHERE
    return invitations.operator.record(connection_id).connection_id
