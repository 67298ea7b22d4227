"""Who may do what on the console: tables of roles, owners of holds and actions (design 12)."""

from collections.abc import Mapping
from enum import StrEnum

from tribe_yuki.core.holds import Owner


class Role(StrEnum):
    """What a person is for a connection; an operator is that for all connections of the deployment."""

    VIEWER = "viewer"
    SALES = "sales"
    BOOKKEEPER = "bookkeeper"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"


class Action(StrEnum):
    """What a person can decide about an invoice, by the command that does the same."""

    RETRY = "retry"
    ACCEPT = "accept"
    ROUND = "round"
    ALREADY_BOOKED = "already-booked"
    DISMISS = "dismiss"


# Whose decisions a role makes.
_DECIDES_FOR: Mapping[Role, frozenset[Owner]] = {
    Role.VIEWER: frozenset(),
    Role.SALES: frozenset({Owner.SALES}),
    Role.BOOKKEEPER: frozenset({Owner.BOOKKEEPER}),
    Role.ADMINISTRATOR: frozenset(Owner),
    Role.OPERATOR: frozenset(Owner),
}
# What cannot be taken back by waiting is asked about once more, and has a reason.
NEEDS_REASON = frozenset({Action.ACCEPT, Action.ALREADY_BOOKED, Action.DISMISS})


def decides_for(role: Role, owner: Owner) -> bool:
    """Whether a role makes the decisions that an owner of holds has to make."""
    return owner in _DECIDES_FOR[role]
