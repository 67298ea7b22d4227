"""What each decision of a person makes of an invoice as it stands: pure (design 6.6, 9).

A choice raises Declined for an invoice that it does not fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.texts import details_in
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.document.amounts import is_too_much
from tribe_yuki.invoices.moves import Confirm, Dismiss, LookAgain, LookInYuki, Move, Verification
from tribe_yuki.invoices.readiness import is_dismissed
from tribe_yuki.invoices.reconcile.seen import with_seen
from tribe_yuki.invoices.transfer import State, Transfer

RESTING = (State.HELD, State.DEAD, State.SKIPPED, State.WAITING)
# What is accepted where: the reason of a hold, and what a person agrees to by it.
_ACCEPTED: Mapping[str, Agreement] = {
    HoldReason.TOTALS_DIFFER: Agreement.OTHER_TOTALS,
    HoldReason.PDF_MISSING: Agreement.WITHOUT_PDF,
    HoldReason.PEPPOL_REFUSED: Agreement.WITHOUT_PEPPOL,
}
# An agreement about what is missing holds whatever the details.
_WITHOUT_DETAILS = frozenset({Agreement.WITHOUT_PDF, Agreement.WITHOUT_PEPPOL})
_SOON = "It is looked at within a minute; `tribe-yuki explain` tells what became of it."
_ASKED_FIRST = "Yuki is asked whether it is there; it is sent when it is certainly not, in a quarter of an hour."


@dataclass(frozen=True, slots=True)
class Change:
    """The transfer after a decision, and what follows; `is_booked` when it takes its number from now on."""

    transfer: Transfer
    what_follows: str
    is_booked: bool = False


type Choice = Change | str
"""A change; or only why there is nothing left to decide."""


def retry(transfer: Transfer, now: datetime, *, is_number_in_yuki: bool = False) -> Choice:
    """Have an invoice looked at again; where it may be in Yuki, Yuki is asked first."""
    under_way = _under_way(transfer, now)
    if under_way is not None:
        return under_way
    if transfer.state is State.UNCONFIRMED:
        return Change(replace(transfer, due_at=now), "Yuki is asked whether it is there.")
    # An invoice that waits was not booked for certain; of what was refused or given up, Yuki is asked first.
    is_in_doubt = is_number_in_yuki or transfer.hold_reason is HoldReason.MAYBE_ALREADY_BOOKED
    if (transfer.sends and transfer.state is not State.WAITING) or is_in_doubt:
        return Change(transfer.after(ask_yuki_first(transfer, now), now), _ASKED_FIRST)
    return Change(transfer.after(LookAgain(now), now), _SOON)


def accept(transfer: Transfer, now: datetime) -> Choice:
    """Accept what a hold says, or what is reported of a booked invoice; holds for exactly what was shown."""
    if transfer.state is State.BOOKED:
        if transfer.reason is None:
            return f"{_booked_since(transfer)}, and nothing is reported of it."
        seen = with_seen(replace(transfer, reason=None, details=()), transfer.details)
        return Change(seen, "It is no longer reported, unless it changes again.")
    agreement = _ACCEPTED.get(transfer.reason or "") if transfer.state is State.HELD else None
    if agreement is None:
        if _has_agreed(transfer, *_ACCEPTED.values()):
            return "It was accepted already."
        raise Declined("nothing_to_accept", f"{name_of(transfer)} is {standing(transfer)}: {_instead(transfer)}")
    _decline_more_than_rounding(transfer)
    agreed = Agreed(agreement, () if agreement in _WITHOUT_DETAILS else transfer.details)
    if transfer.sends:
        return Change(transfer.after(LookInYuki(now, agreed), now), _ASKED_FIRST)
    return Change(transfer.after(LookAgain(now, agreed), now), _SOON)


def round_totals(transfer: Transfer, now: datetime) -> Choice:
    """Have a line of a few cents make Yuki's total the customer's, though the VAT of a rate is a few cents off then."""
    if transfer.hold_reason is not HoldReason.TOTALS_DIFFER:
        if _has_agreed(transfer, Agreement.ROUNDING):
            return "It was rounded already."
        raise Declined("nothing_to_round", f"{name_of(transfer)} is {standing(transfer)}: {_instead(transfer)}")
    _decline_more_than_rounding(transfer)
    if transfer.has_agreement(Agreement.ROUNDING, *transfer.details):
        raise Declined(
            "not_rounded",
            f"no line of a few cents makes the totals of {name_of(transfer)} equal "
            f"({details_in('en', transfer.details)}); accept the difference or correct the invoice in Tribe",
        )
    return Change(transfer.after(LookAgain(now, Agreed(Agreement.ROUNDING, transfer.details)), now), _SOON)


def _decline_more_than_rounding(transfer: Transfer) -> None:
    """Raise Declined for totals between which lies more than rounding: nobody may have that booked."""
    if transfer.hold_reason is HoldReason.TOTALS_DIFFER and is_too_much(transfer.details):
        raise Declined(
            "more_than_rounding",
            f"{name_of(transfer)} would be booked for another amount than the customer is asked to pay "
            f"({details_in('en', transfer.details)}); correct the VAT mapping (`settings vat`), or make a credit "
            "invoice and a new invoice in Tribe, or book it in Yuki by hand and say `already-booked`",
        )


def say_booked(transfer: Transfer, now: datetime) -> Choice:
    """Say that an invoice is in Yuki, so that it is never sent."""
    if transfer.state is State.BOOKED:
        return f"{_booked_since(transfer)}."
    if transfer.state is State.SENDING:
        raise Declined("being_sent", f"{name_of(transfer)} is being sent right now; try again in a few minutes")
    if transfer.reference is None:
        raise Declined(
            "number_missing",
            f"{name_of(transfer)} has no number by which to find it in Yuki; have it numbered in Tribe, or dismiss it",
        )
    # Due, so that the worker marks it in Tribe.
    booked = transfer.after(Confirm(Verification.PERSON, due_at=now), now)
    return Change(booked, "It is marked in Tribe, and never sent.", is_booked=True)


def dismiss(transfer: Transfer, now: datetime) -> Choice:
    """Say that an invoice is not to be booked by the connector."""
    if is_dismissed(transfer):
        return "It was dismissed already."
    if transfer.state not in (*RESTING, State.READY):
        raise Declined("may_be_booked", f"{name_of(transfer)} is {standing(transfer)}: it cannot be dismissed")
    what_follows = "It is not booked, and no longer waits; `tribe-yuki retry` takes that back."
    return Change(transfer.after(Dismiss(), now), what_follows)


def release_dead(transfer: Transfer, now: datetime, at: datetime) -> Choice:
    """Have an invoice that was given up tried again from an instant on."""
    if transfer.state is not State.DEAD:
        return "It is not given up any more."
    move = ask_yuki_first(transfer, at) if transfer.sends else LookAgain(at)
    return Change(transfer.after(move, now), _SOON)


def ask_yuki_first(transfer: Transfer, at: datetime) -> Move:
    """Have an invoice looked for in Yuki at an instant, and sent only when it is certainly not there.

    Whoever retries what is held for an invoice in Yuki has seen that it is another invoice.
    """
    match transfer.hold_reason:
        case HoldReason.REFERENCE_IN_USE:
            return LookInYuki(at, Agreed(Agreement.SAME_NUMBER))
        case HoldReason.MAYBE_ALREADY_BOOKED:
            others = (*transfer.agreed_to(Agreement.ANOTHER_INVOICE), *transfer.details)
            return LookInYuki(at, Agreed(Agreement.ANOTHER_INVOICE, others))
        case _:
            return LookInYuki(at)


def _under_way(transfer: Transfer, now: datetime) -> str | None:
    """Say what happens to an invoice that nobody has to press anything for; None when pressing changes something."""
    is_due = transfer.due_at is not None and transfer.due_at <= now
    match transfer.state:
        case State.BOOKED:
            return f"{_booked_since(transfer)}; it is never sent again."
        case State.SENDING:
            return "It is being sent; should no answer come, Yuki is asked before it is sent again."
        case State.READY:
            return "It goes with the next call."
        case State.UNCONFIRMED if is_due:
            return "Yuki is being asked already whether it is there."
        case State.WAITING if is_due and transfer.reason == WaitReason.DECIDED:
            return "It is being looked at already."
    return None


def _has_agreed(transfer: Transfer, *to: Agreement) -> bool:
    """Whether a person agreed to this, and the invoice is on its way since."""
    return transfer.state is not State.HELD and any(agreed.to in to for agreed in transfer.agreements)


def name_of(transfer: Transfer) -> str:
    """Return what people call an invoice: its number, as long as it has one."""
    return transfer.reference or transfer.tribe_invoice_id


def standing(transfer: Transfer) -> str:
    """Return where a transfer stands, in a few words."""
    return f"{transfer.state.value} ({transfer.reason})" if transfer.reason else transfer.state.value


def _booked_since(transfer: Transfer) -> str:
    return f"It is booked since {transfer.booked_at:%Y-%m-%d %H:%M} UTC" if transfer.booked_at else "It is booked"


def _instead(transfer: Transfer) -> str:
    """Say what can be done about where a transfer stands."""
    match transfer.state:
        case State.HELD if transfer.reason in _ACCEPTED:
            return "`tribe-yuki accept` lets it go as it is"
        case State.HELD:
            return "remove the cause and `tribe-yuki retry` it, or say `already-booked`"
        case State.SKIPPED:
            return "`tribe-yuki retry` has it looked at again"
        case State.DEAD:
            return "`tribe-yuki retry` has it tried again"
        case State.BOOKED:
            return "there is nothing to decide"
        case _:
            return "it goes by itself"
