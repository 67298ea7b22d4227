"""Carry out what a person presses, with the use cases of the command, and say what became of it by a code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.console.roles import NEEDS_REASON, Action, Role, decides_for
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner
from tribe_yuki.invoices.readiness import is_dismissed
from tribe_yuki.invoices.reasons import ReportReason
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people import decisions
from tribe_yuki.people.decisions import Decided

# What becomes of something that was pressed, besides the codes of Declined.
DONE, NOTHING_TO_DO, SENT_TWICE, REASON_MISSING, NOT_YOURS = (
    "done",
    "nothing_to_do",
    "sent_twice",
    "reason_missing",
    "not_yours",
)
# Those that have a sentence of their own; whatever else a use case declines with has a common one.
OUTCOMES = (
    *(NOTHING_TO_DO, SENT_TWICE, REASON_MISSING, NOT_YOURS),
    *("being_sent", "busy", "invoice_unknown", "may_be_booked", "not_rounded", "nothing_to_accept", "nothing_to_round"),
    *("number_missing", "other"),
)
type Use = Callable[[Operator, str, str, str], Decided]

_USES: Mapping[Action, Use] = {
    Action.RETRY: lambda operator, connection_id, name, why: decisions.retry(
        operator, connection_id, [name], why
    ).invoices[0],
    Action.ACCEPT: decisions.accept,
    Action.ROUND: decisions.round_totals,
    Action.ALREADY_BOOKED: decisions.already_booked,
    Action.DISMISS: decisions.dismiss,
}
_BY_REASON: Mapping[str, tuple[Action, ...]] = {
    HoldReason.TOTALS_DIFFER: (Action.ROUND, Action.ACCEPT),
    HoldReason.PDF_MISSING: (Action.ACCEPT,),
}
_BY_STATE: Mapping[State, tuple[Action, ...]] = {
    State.HELD: (Action.RETRY, Action.ALREADY_BOOKED, Action.DISMISS),
    State.DEAD: (Action.RETRY, Action.ALREADY_BOOKED, Action.DISMISS),
    State.WAITING: (Action.RETRY, Action.DISMISS),
    State.UNCONFIRMED: (Action.RETRY, Action.ALREADY_BOOKED),
    State.SKIPPED: (Action.RETRY, Action.DISMISS),
}


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a person pressed for an invoice, with the reason that was given."""

    action: Action
    tribe_invoice_id: str
    why: str


def actions_for(transfer: Transfer, role: Role) -> tuple[Action, ...]:
    """Return what a role can decide about an invoice as it stands."""
    if not decides_for(role, owner_of(transfer)):
        return ()
    if transfer.state is State.BOOKED:
        return (Action.ACCEPT,) if transfer.reason in set(ReportReason) else ()
    if is_dismissed(transfer):
        return (Action.RETRY,)
    besides = _BY_REASON.get(transfer.reason or "", ()) if transfer.state is State.HELD else ()
    return (*besides, *_BY_STATE.get(transfer.state, ()))


def owner_of(transfer: Transfer) -> Owner:
    """Return whose decisions an invoice needs: the owner of its hold, else the bookkeeper."""
    if transfer.state is State.DEAD:
        return Owner.OPERATOR
    return HOLDS[transfer.hold_reason].owner if transfer.hold_reason is not None else Owner.BOOKKEEPER


def decide(operator: Operator, connection_id: str, pressed: Pressed, role: Role) -> str:
    """Carry out a decision; return the code of what became of it."""
    transfer = operator.stores(connection_id).transfers.get(pressed.tribe_invoice_id)
    if transfer is None:
        return "invoice_unknown"
    if not decides_for(role, owner_of(transfer)):
        return NOT_YOURS
    if pressed.action in NEEDS_REASON and not pressed.why.strip():
        return REASON_MISSING
    try:
        decided = _USES[pressed.action](operator, connection_id, pressed.tribe_invoice_id, pressed.why.strip())
    except Declined as declined:
        return declined.code
    return DONE if decided.changed else NOTHING_TO_DO
