"""What a person decides about an invoice that waits: try again, accept, round, already booked, dismiss (design 6.6, 9).

A decision is stored with who made it, when and why, in the same transaction as what it changes, and on the version
that was read: a worker that has the invoice at the same time wins or loses as a whole. Nothing here sends anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tribe_yuki.domain.errors import Conflict
from tribe_yuki.domain.holds import HoldReason
from tribe_yuki.domain.ids import is_guid
from tribe_yuki.domain.transfer import (
    DOUBT_RETRIED,
    SKIP_DISMISSED,
    WAIT_DECIDED,
    Agreed,
    Agreement,
    Event,
    State,
    Transfer,
)
from tribe_yuki.operate.errors import Declined
from tribe_yuki.operate.operator import Operator

YUKI_HOLDS_IT = "yuki"
BY_A_PERSON = "person"
_TRIES_AFTER_CONFLICT = 3
_RESTING = (State.HELD, State.DEAD, State.SKIPPED, State.WAITING)
# What is accepted where: the reason of a hold, and what a person agrees to by it.
_ACCEPTED: Mapping[str, Agreement] = {
    HoldReason.TOTALS_DIFFER: Agreement.OTHER_TOTALS,
    HoldReason.PDF_MISSING: Agreement.WITHOUT_PDF,
}
# An agreement about what is missing holds whatever the detail.
_WITHOUT_DETAIL = frozenset({Agreement.WITHOUT_PDF})
_SOON = "It is looked at within a minute; `tribe-yuki explain` tells what became of it."


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


type _Choice = Callable[[Transfer, datetime], tuple[Transfer, str] | None]
"""Returns the transfer after a decision and what follows; None when it was decided already."""


def retry(operator: Operator, connection_id: str, names: Sequence[str], why: str = "") -> DecidedAll:
    """Have invoices looked at again, now; one that may be in Yuki is asked for there first.

    Raises Declined for a name that is no invoice of the connection.
    """
    transfers = [_named(operator, connection_id, name) for name in names]
    return DecidedAll(connection_id, tuple(_retry(operator, transfer, why) for transfer in transfers))


def retry_held(operator: Operator, connection_id: str, reason: str | None, why: str = "") -> DecidedAll:
    """Have all held invoices looked at again, or those held for one reason; raise Declined for an unknown reason."""
    known = [one.value for one in HoldReason]
    if reason is not None and reason not in known:
        raise Declined("reason_unknown", f"{reason} is no reason; choose from {', '.join(known)}")
    held = operator.transfers.in_state(operator.record(connection_id).connection_id, State.HELD)
    chosen = [transfer for transfer in held if reason in (None, transfer.reason)]
    return DecidedAll(connection_id, tuple(_retry(operator, transfer, why) for transfer in chosen))


def _retry(operator: Operator, transfer: Transfer, why: str) -> Decided:
    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | None:
        match current.state:
            case State.BOOKED | State.SENDING | State.READY:
                return None
            case State.UNCONFIRMED:
                if current.due_at is not None and current.due_at <= now:
                    return None
                return replace(current, due_at=now), "Yuki is asked whether it is there."
            case State.WAITING if current.reason == WAIT_DECIDED:
                return None
        if current.sends or _holds_number_of_another(operator, current):
            agreed = Agreed(Agreement.SAME_NUMBER) if current.reason == HoldReason.REFERENCE_IN_USE else current.agreed
            doubted = _released(current, now).move(Event.DOUBT, now, reason=DOUBT_RETRIED, due_at=now)
            step = "Yuki is asked whether it is there; it is sent when it is certainly not, in a quarter of an hour."
            return replace(doubted, agreed=agreed, absent_at=None, attempt=0), step
        _forget_mark(operator, current, why)
        return _decided(current, now), _SOON

    return _decide(operator, transfer, "retried", why, choose)


def accept(operator: Operator, connection_id: str, name: str, why: str = "") -> Decided:
    """Accept that totals differ as shown, that there is no PDF, or what is reported of a booked invoice.

    Holds for exactly what was shown. Raises Declined for anything else that an invoice waits for.
    """

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | None:
        if current.state is State.BOOKED:
            if current.reason is None:
                return None
            seen = replace(current, reason=None, detail="", agreed=Agreed(Agreement.SEEN, current.detail))
            return seen, "It is no longer reported, unless it changes again."
        agreement = _ACCEPTED.get(current.reason or "") if current.state is State.HELD else None
        if agreement is None:
            if current.agreed is not None and current.agreed.to in _ACCEPTED.values():
                return None
            raise Declined("nothing_to_accept", f"{_name(current)} {_stands(current)}; {_instead(current)}")
        detail = "" if agreement in _WITHOUT_DETAIL else current.detail
        return replace(_decided(current, now), agreed=Agreed(agreement, detail)), _SOON

    return _decide(operator, _named(operator, connection_id, name), "accepted", why, choose)


def round_totals(operator: Operator, connection_id: str, name: str, why: str = "") -> Decided:
    """Have a line of a few cents added that makes Yuki's total the one of Tribe.

    Where no such line does that, the invoice is held again. Raises Declined for an invoice that is not held for that.
    """

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | None:
        if current.reason != HoldReason.TOTALS_DIFFER or current.state is not State.HELD:
            if current.agreed is not None and current.agreed.to is Agreement.ROUNDING:
                return None
            raise Declined("nothing_to_round", f"{_name(current)} {_stands(current)}; {_instead(current)}")
        if current.has_agreement(Agreement.ROUNDING, current.detail):
            raise Declined(
                "not_rounded",
                f"no line of a few cents makes the totals of {_name(current)} equal ({current.detail}); accept the "
                "difference or correct the invoice in Tribe",
            )
        return replace(_decided(current, now), agreed=Agreed(Agreement.ROUNDING, current.detail)), _SOON

    return _decide(operator, _named(operator, connection_id, name), "rounded", why, choose)


def already_booked(operator: Operator, connection_id: str, name: str, why: str = "") -> Decided:
    """Say that an invoice is in Yuki: it is never sent. Raises Declined while it is being sent."""

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | None:
        if current.state is State.BOOKED:
            return None
        if current.state is State.SENDING:
            raise Declined("being_sent", f"{_name(current)} is being sent right now; try again in a few minutes")
        # Due, so that the worker marks it in Tribe.
        booked = current.move(
            Event.CONFIRM, now, booked_at=now, verification=BY_A_PERSON, due_at=now, attempt=0, absent_at=None
        )
        return booked, "It is marked in Tribe, and never sent."

    return _decide(operator, _named(operator, connection_id, name), "said_to_be_booked", why, choose)


def dismiss(operator: Operator, connection_id: str, name: str, why: str) -> Decided:
    """Say that an invoice is not to be booked by the connector; only `retry` takes that back.

    Raises Declined when it may be in Yuki.
    """
    if not why.strip():
        raise Declined("reason_missing", "say with --reason why it is not to be booked")

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | None:
        if current.state is State.SKIPPED and current.reason == SKIP_DISMISSED:
            return None
        if current.state not in (*_RESTING, State.READY):
            raise Declined("may_be_booked", f"{_name(current)} {_stands(current)}: it cannot be dismissed")
        return current.move(Event.SKIP, now, reason=SKIP_DISMISSED), "It is not booked, and no longer waits."

    return _decide(operator, _named(operator, connection_id, name), "dismissed", why, choose)


def release_dead(operator: Operator, transfer: Transfer, why: str, due_at: datetime) -> bool:
    """Have an invoice that was given up tried again from an instant on; tell whether it was given up still."""

    def choose(current: Transfer, now: datetime) -> tuple[Transfer, str] | None:
        if current.state is not State.DEAD:
            return None
        if current.sends:
            doubted = _released(current, now).move(
                Event.DOUBT, now, reason=DOUBT_RETRIED, due_at=due_at, absent_at=None
            )
            return replace(doubted, attempt=0), ""
        return replace(_decided(current, now), due_at=due_at), ""

    return _decide(operator, transfer, "redriven", why, choose).changed


def _decide(operator: Operator, transfer: Transfer, code: str, why: str, choose: _Choice) -> Decided:
    """Store a decision on what stands there now, and have a worker go on with it."""
    current: Transfer | None = transfer
    for _ in range(_TRIES_AFTER_CONFLICT):
        if current is None:
            break
        now = operator.now()
        choice = choose(current, now)
        if choice is None:
            return Decided(
                _name(current), _stands(current), _stands(current), changed=False, what_follows="Already so."
            )
        decided, what_follows = choice
        try:
            entry = operator.entry(code, why, reason=current.reason, detail=current.detail or None)
            operator.transfers.save(decided, [entry], now)
        except Conflict:
            current = operator.transfers.get(transfer.connection_id, transfer.tribe_invoice_id)
            continue
        if decided.due_at is not None and decided.due_at <= now:
            operator.queues.push_invoices(decided.connection_id, [decided.tribe_invoice_id], now)
        return Decided(_name(decided), _stands(current), _stands(decided), changed=True, what_follows=what_follows)
    raise Declined("busy", f"a worker has {_name(transfer)} right now; try again in a minute")


def _released(transfer: Transfer, now: datetime) -> Transfer:
    return transfer if transfer.state is State.WAITING else transfer.move(Event.RELEASE, now)


def _decided(transfer: Transfer, now: datetime) -> Transfer:
    """Return a transfer that is due now; events and ladder begin anew."""
    released = _released(transfer, now)
    return released.move(Event.WAIT, now, reason=WAIT_DECIDED, due_at=now, attempt=0, read_at=None)


def _holds_number_of_another(operator: Operator, transfer: Transfer) -> bool:
    """Tell whether Yuki, and not another invoice of Tribe, has the number of one that is held for that."""
    if transfer.reason != HoldReason.REFERENCE_IN_USE or transfer.reference is None:
        return False
    holder = operator.transfers.holder_of_reference(transfer.connection_id, transfer.reference)
    return holder in (YUKI_HOLDS_IT, transfer.tribe_invoice_id)


def _forget_mark(operator: Operator, transfer: Transfer, why: str) -> None:
    """Forget that the contact was seen without its mark as Customer, so that Yuki is asked again."""
    if transfer.reason != HoldReason.CONTACT_NOT_CUSTOMER or transfer.tribe_relation_id is None:
        return
    link = operator.links.get(transfer.connection_id, transfer.tribe_relation_id)
    if link is not None and link.is_customer is False:
        entry = operator.entry("mark_asked_again", why)
        operator.links.save(replace(link, is_customer=None), [entry], operator.now())


def _named(operator: Operator, connection_id: str, name: str) -> Transfer:
    """Return the transfer with an invoice number or id; raise Declined when it is not exactly one."""
    operator.record(connection_id)
    if is_guid(name):
        found = operator.transfers.get(connection_id, name.lower())
        if found is not None:
            return found
    holder = operator.transfers.holder_of_reference(connection_id, name)
    transfers = {
        one.tribe_invoice_id: one
        for state in (*_RESTING, State.READY, State.UNCONFIRMED)
        for one in operator.transfers.in_state(connection_id, state)
        if one.reference == name
    }
    if holder is not None and (owner := operator.transfers.get(connection_id, holder)) is not None:
        transfers.setdefault(owner.tribe_invoice_id, owner)
    if len(transfers) > 1:
        ids = ", ".join(sorted(transfers))
        raise Declined("invoice_ambiguous", f"{len(transfers)} invoices have number {name}; give an id: {ids}")
    if not transfers:
        raise Declined("invoice_unknown", f"no invoice {name} was seen; give the number or id that Tribe shows")
    return next(iter(transfers.values()))


def _name(transfer: Transfer) -> str:
    return transfer.reference or transfer.tribe_invoice_id


def _stands(transfer: Transfer) -> str:
    return f"{transfer.state.value} ({transfer.reason})" if transfer.reason else transfer.state.value


def _instead(transfer: Transfer) -> str:
    """Say what can be done about where a transfer stands."""
    match transfer.state:
        case State.HELD:
            return "correct its cause and `tribe-yuki retry`, or say `already-booked`"
        case State.DEAD:
            return "`tribe-yuki retry` has it tried again"
        case State.BOOKED:
            return "there is nothing to decide"
        case _:
            return "it goes by itself"
