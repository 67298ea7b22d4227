"""What a person decides about an invoice that waits: try again, accept, round, already booked, dismiss (design 6.6, 9).

A decision is stored with who made it, when and why, in the same transaction as what it changes, and on the version
that was read: a worker that has the invoice at the same time wins or loses as a whole. Nothing here sends anything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined, explain
from tribe_yuki.core.errors import Conflict
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.ids import is_guid
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.core.texts import details_in
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.moves import Confirm, Dismiss, LookAgain, LookInYuki, Verification
from tribe_yuki.invoices.number_claim import waits_for_number
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.reconcile.compare import with_seen
from tribe_yuki.invoices.transfer import State, Transfer

YUKI_HOLDS_IT = "yuki"
_TRIES_AFTER_CONFLICT = 3
_RESTING = (State.HELD, State.DEAD, State.SKIPPED, State.WAITING)
# What is accepted where: the reason of a hold, and what a person agrees to by it.
_ACCEPTED: Mapping[str, Agreement] = {
    HoldReason.TOTALS_DIFFER: Agreement.OTHER_TOTALS,
    HoldReason.PDF_MISSING: Agreement.WITHOUT_PDF,
}
# An agreement about what is missing holds whatever the details.
_WITHOUT_DETAILS = frozenset({Agreement.WITHOUT_PDF})
# Why an invoice no longer has its number in Tribe, where another one may have it now.
_LEFT_NUMBER = frozenset({SkipReason.GONE, SkipReason.DRAFT})
_SOON = "It is looked at within a minute; `tribe-yuki explain` tells what became of it."
_ASKED_FIRST = "Yuki is asked whether it is there; it is sent when it is certainly not, in a quarter of an hour."


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one invoice; `changed` is False when it was so already."""

    invoice: str
    before: str
    now: str
    changed: bool
    what_follows: str


@dataclass(frozen=True, slots=True)
class DecidedAll:
    """What became of several invoices."""

    connection: str
    invoices: tuple[Decided, ...]


type _Choice = Callable[[Transfer, datetime], tuple[Transfer, str] | str]
"""Returns the transfer after a decision and what follows; or only why there is nothing left to decide."""


type _Save = Callable[[Transfer, Sequence[JournalEntry], datetime], object]
"""Stores a transfer with journal entries; raises Conflict when somebody else stored it since it was read."""


def retry(operator: Operator, connection_id: str, names: Sequence[str], why: str = "") -> DecidedAll:
    """Have invoices looked at again, now; one that may be in Yuki is asked for there first.

    Raises Declined for a name that is no invoice of the connection; then nothing is done.
    """
    return _retry_all(operator, connection_id, [_named(operator, connection_id, name) for name in names], why)


def retry_held(operator: Operator, connection_id: str, reason: str | None, why: str = "") -> DecidedAll:
    """Have all held invoices looked at again, or those held for one reason; raise Declined for an unknown reason."""
    known = [one.value for one in HoldReason]
    if reason is not None and reason not in known:
        raise Declined("reason_unknown", f"{reason} is no reason; choose from {', '.join(known)}")
    held = operator.stores(operator.record(connection_id).connection_id).transfers.in_state(State.HELD)
    chosen = [transfer for transfer in held if reason in (None, transfer.reason)]
    return _retry_all(operator, connection_id, chosen, why)


def _retry_all(operator: Operator, connection_id: str, transfers: Iterable[Transfer], why: str) -> DecidedAll:
    """Retry one after the other; one that a worker has keeps no other back."""
    done = []
    for transfer in transfers:
        try:
            done.append(_retry(operator, transfer, why))
        except Declined as declined:
            stands = _stands(transfer)
            done.append(Decided(_name(transfer), stands, stands, changed=False, what_follows=explain(declined)))
    return DecidedAll(connection_id, tuple(done))


def _retry(operator: Operator, transfer: Transfer, why: str) -> Decided:
    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | str:
        under_way = _under_way(current, now)
        if under_way is not None:
            return under_way
        if current.state is State.UNCONFIRMED:
            return replace(current, due_at=now), "Yuki is asked whether it is there."
        _forget_mark(operator, current, why)
        # One that waits was not booked for certain; of what was refused or given up, Yuki is asked first.
        if (current.sends and current.state is not State.WAITING) or _holds_number_of_another(operator, current):
            return _doubted(current, now, now), _ASKED_FIRST
        return current.after(LookAgain(now), now), _SOON

    return _decide(operator, transfer, "retried", why, choose)


def accept(operator: Operator, connection_id: str, name: str, why: str = "") -> Decided:
    """Accept that totals differ as shown, that there is no PDF, or what is reported of a booked invoice.

    Holds for exactly what was shown. Raises Declined for anything else that an invoice waits for.
    """

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | str:
        if current.state is State.BOOKED:
            if current.reason is None:
                return f"{_booked_since(current)}, and nothing is reported of it."
            seen = with_seen(replace(current, reason=None, details=()), current.details)
            return seen, "It is no longer reported, unless it changes again."
        agreement = _ACCEPTED.get(current.reason or "") if current.state is State.HELD else None
        if agreement is None:
            if _has_agreed(current, *_ACCEPTED.values()):
                return "It was accepted already."
            raise Declined("nothing_to_accept", f"{_name(current)} is {_stands(current)}: {_instead(current)}")
        details = () if agreement in _WITHOUT_DETAILS else current.details
        return current.after(LookAgain(now, Agreed(agreement, details)), now), _SOON

    return _decide(operator, _named(operator, connection_id, name), "accepted", why, choose)


def round_totals(operator: Operator, connection_id: str, name: str, why: str = "") -> Decided:
    """Have a line of a few cents added that makes Yuki's total the one of Tribe.

    Where no such line does that, the invoice is held again. Raises Declined for an invoice that is not held for that.
    """

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | str:
        if current.hold_reason is not HoldReason.TOTALS_DIFFER:
            if _has_agreed(current, Agreement.ROUNDING):
                return "It was rounded already."
            raise Declined("nothing_to_round", f"{_name(current)} is {_stands(current)}: {_instead(current)}")
        if current.has_agreement(Agreement.ROUNDING, *current.details):
            raise Declined(
                "not_rounded",
                f"no line of a few cents makes the totals of {_name(current)} equal "
                f"({details_in('en', current.details)}); accept the difference or correct the invoice in Tribe",
            )
        return current.after(LookAgain(now, Agreed(Agreement.ROUNDING, current.details)), now), _SOON

    return _decide(operator, _named(operator, connection_id, name), "rounded", why, choose)


def already_booked(
    operator: Operator, connection_id: str, name: str, why: str = "", yuki_document_id: str | None = None
) -> Decided:
    """Say that an invoice is in Yuki, and maybe as which document: it is never sent.

    Raises Declined while it is being sent, or has no number.
    """
    if yuki_document_id is not None and not is_guid(yuki_document_id):
        raise Declined("document_unknown", f"{yuki_document_id} is no id of a document in Yuki's archive")

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | str:
        if current.state is State.BOOKED:
            return f"{_booked_since(current)}."
        if current.state is State.SENDING:
            raise Declined("being_sent", f"{_name(current)} is being sent right now; try again in a few minutes")
        if current.reference is None:
            raise Declined(
                "number_missing",
                f"{_name(current)} has no number by which to find it in Yuki; have it numbered in Tribe, or dismiss it",
            )
        # Due, so that the worker marks it in Tribe.
        booked = current.after(Confirm(Verification.PERSON, due_at=now), now)
        return booked, "It is marked in Tribe, and never sent."

    def save(booked: Transfer, entries: Sequence[JournalEntry], now: datetime) -> None:
        """Store it with its number, which no other invoice gets from now on; unless that is taken already."""
        claimed = operator.stores(booked.connection_id).transfers.claim_reference(booked, entries, now)
        if not isinstance(claimed, Transfer):
            operator.stores(booked.connection_id).transfers.save(booked, entries, now)

    transfer = _named(operator, connection_id, name)
    facts = {"yuki_document_id": yuki_document_id.lower()} if yuki_document_id else {}
    return _decide(operator, transfer, "said_to_be_booked", why, choose, save=save, **facts)


def dismiss(operator: Operator, connection_id: str, name: str, why: str) -> Decided:
    """Say that an invoice is not to be booked by the connector; only `retry` takes that back.

    Raises Declined when it may be in Yuki.
    """
    if not why.strip():
        raise Declined("reason_missing", "say with --reason why it is not to be booked")

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | str:
        if current.state is State.SKIPPED and current.reason == SkipReason.DISMISSED:
            return "It was dismissed already."
        if current.state not in (*_RESTING, State.READY):
            raise Declined("may_be_booked", f"{_name(current)} is {_stands(current)}: it cannot be dismissed")
        return current.after(
            Dismiss(), now
        ), "It is not booked, and no longer waits; `tribe-yuki retry` takes that back."

    transfer = _named(operator, connection_id, name)
    done = _decide(operator, transfer, "dismissed", why, choose)
    if done.changed and transfer.reference is not None:
        held = operator.stores(connection_id).transfers.in_state(State.HELD)
        waiting = [one.tribe_invoice_id for one in held if waits_for_number(one, transfer.reference)]
        if waiting:
            operator.stores(connection_id).queues.enqueue_invoices(waiting, operator.now())
    return done


def release_dead(operator: Operator, transfer: Transfer, why: str, due_at: datetime) -> bool:
    """Have an invoice that was given up tried again from an instant on; tell whether it was given up still."""

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | str:
        if current.state is not State.DEAD:
            return "It is not given up any more."
        if current.sends:
            return _doubted(current, now, due_at), _SOON
        return current.after(LookAgain(due_at), now), _SOON

    return _decide(operator, transfer, "redriven", why, choose).changed


def _decide(
    operator: Operator,
    transfer: Transfer,
    code: str,
    why: str,
    choose: _Choice,
    *,
    save: _Save | None = None,
    **facts: str | None,
) -> Decided:
    """Store a decision on what stands there now, and have a worker go on with it."""
    current: Transfer | None = transfer
    for _ in range(_TRIES_AFTER_CONFLICT):
        if current is None:
            break
        now = operator.now()
        try:
            choice = choose(current, now)
            if isinstance(choice, str):
                stands = _stands(current)
                return Decided(_name(current), stands, stands, changed=False, what_follows=choice)
            decided, what_follows = choice
            entry = operator.entry(code, why, reason=current.reason, detail=current.details or None, **facts)
            (save or operator.stores(current.connection_id).transfers.save)(decided, [entry], now)
        except Conflict:
            current = operator.stores(transfer.connection_id).transfers.get(transfer.tribe_invoice_id)
            continue
        if decided.due_at is not None and decided.due_at <= now:
            operator.stores(decided.connection_id).queues.enqueue_invoices([decided.tribe_invoice_id], now)
        return Decided(_name(decided), _stands(current), _stands(decided), changed=True, what_follows=what_follows)
    raise Declined("busy", f"a worker has {_name(transfer)} right now; try again in a minute")


def _doubted(transfer: Transfer, now: datetime, due_at: datetime) -> Transfer:
    """Return a transfer that is looked for in Yuki at an instant, and sent only when it is certainly not there.

    Whoever retries what is held for its number has seen that another invoice has that number in Yuki.
    """
    has_seen = transfer.reason == HoldReason.REFERENCE_IN_USE
    return transfer.after(LookInYuki(due_at, Agreed(Agreement.SAME_NUMBER) if has_seen else None), now)


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
    """Tell whether a person agreed to this, and the invoice is on its way since."""
    return transfer.state is not State.HELD and any(agreed.to in to for agreed in transfer.agreements)


def _holds_number_of_another(operator: Operator, transfer: Transfer) -> bool:
    """Tell whether Yuki, and not another invoice of Tribe, has the number of one that is held for that."""
    if transfer.reason != HoldReason.REFERENCE_IN_USE or transfer.reference is None:
        return False
    return operator.stores(transfer.connection_id).transfers.holder_of_number(transfer) in (
        YUKI_HOLDS_IT,
        transfer.tribe_invoice_id,
    )


def _forget_mark(operator: Operator, transfer: Transfer, why: str) -> None:
    """Forget that the contact was seen without its mark as Customer, so that Yuki is asked again."""
    if transfer.reason != HoldReason.CONTACT_NOT_CUSTOMER or transfer.tribe_relation_id is None:
        return
    link = operator.stores(transfer.connection_id).links.get(transfer.tribe_relation_id)
    if link is not None and link.is_customer is False:
        entry = operator.entry("mark_asked_again", why)
        operator.stores(link.connection_id).links.save(replace(link, is_customer=None), [entry], operator.now())


def _named(operator: Operator, connection_id: str, name: str) -> Transfer:
    """Return the transfer with an invoice number or id; raise Declined when it is not exactly one."""
    operator.record(connection_id)
    if is_guid(name):
        found = operator.stores(connection_id).transfers.get(name.lower())
        if found is not None:
            return found
    holders = operator.stores(connection_id).transfers.holders_of_reference(name)
    states = (*_RESTING, State.READY, State.SENDING, State.UNCONFIRMED)
    transfers = {
        one.tribe_invoice_id: one
        for state in (*states, *((State.BOOKED,) if YUKI_HOLDS_IT in holders else ()))
        for one in operator.stores(connection_id).transfers.in_state(state)
        if one.reference == name
    }
    for owner in (operator.stores(connection_id).transfers.get(holder) for holder in holders):
        if owner is not None and owner.reference == name:
            transfers.setdefault(owner.tribe_invoice_id, owner)
    if len(transfers) > 1 and (left := {key: one for key, one in transfers.items() if one.reason not in _LEFT_NUMBER}):
        transfers = left
    if len(transfers) > 1:
        ids = ", ".join(sorted(transfers))
        raise Declined("invoice_ambiguous", f"{len(transfers)} invoices have number {name}; give an id: {ids}")
    if not transfers:
        raise Declined("invoice_unknown", f"no invoice {name} was seen; give the number or id that Tribe shows")
    return next(iter(transfers.values()))


def _name(transfer: Transfer) -> str:
    return transfer.reference or transfer.tribe_invoice_id


def _booked_since(transfer: Transfer) -> str:
    return f"It is booked since {transfer.booked_at:%Y-%m-%d %H:%M} UTC" if transfer.booked_at else "It is booked"


def _stands(transfer: Transfer) -> str:
    return f"{transfer.state.value} ({transfer.reason})" if transfer.reason else transfer.state.value


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
