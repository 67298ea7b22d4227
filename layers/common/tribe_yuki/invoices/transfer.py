"""The life of one invoice on its way to Yuki: what is stored of it, and which moves are possible (design 6.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from tribe_yuki.core.details import Detail, Details
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.details import sends
from tribe_yuki.invoices.moves import (
    Confirm,
    Dismiss,
    Doubt,
    FindAbsent,
    FindAlike,
    FindOther,
    GiveUp,
    Hold,
    LookAgain,
    LookInYuki,
    Move,
    Prepare,
    Refuse,
    Release,
    Send,
    Skip,
    Verification,
    Wait,
)
from tribe_yuki.invoices.reasons import DoubtReason, Reason, SkipReason


class State(StrEnum):
    """Where a transfer stands."""

    WAITING = "waiting"
    READY = "ready"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    BOOKED = "booked"
    HELD = "held"
    SKIPPED = "skipped"
    DEAD = "dead"


# The invoice may be in Yuki without our knowing: nobody prepares or sends these again.
MAY_BE_IN_YUKI = frozenset({State.SENDING, State.UNCONFIRMED, State.BOOKED})

# One invoice is sent at most so often, unless a person says that it is to be tried again.
MOST_SENDS = 3
# A booking may show in Yuki's lists a while after the call that made it.
VERIFY_AFTER = timedelta(minutes=5)

_BEFORE_SENDING = (State.WAITING, State.READY, State.HELD)
_STOPPED = (State.HELD, State.SKIPPED, State.DEAD)

# The whole machine: what is not here cannot happen.
TRANSITIONS: Mapping[tuple[State, type[Move]], State] = {
    **{(state, Wait): State.WAITING for state in _BEFORE_SENDING},
    **{(state, Prepare): State.READY for state in _BEFORE_SENDING},
    **{(state, Hold): State.HELD for state in _BEFORE_SENDING},
    **{(state, Skip): State.SKIPPED for state in (*_BEFORE_SENDING, State.SKIPPED)},
    # First seen when it may already be in Yuki: before activation, or under a number that Yuki already holds.
    **{(state, Doubt): State.UNCONFIRMED for state in (*_BEFORE_SENDING, State.SENDING, State.UNCONFIRMED)},
    (State.READY, Send): State.SENDING,
    # Yuki wants to be left alone for a while; it is asked for the invoice before that is sent again.
    (State.SENDING, Wait): State.WAITING,
    (State.SENDING, Refuse): State.HELD,
    (State.SENDING, Confirm): State.BOOKED,
    (State.UNCONFIRMED, Confirm): State.BOOKED,
    (State.UNCONFIRMED, FindAbsent): State.READY,
    (State.UNCONFIRMED, FindOther): State.HELD,
    (State.UNCONFIRMED, FindAlike): State.HELD,
    # It already carries our mark in Tribe.
    **{(state, Confirm): State.BOOKED for state in _BEFORE_SENDING},
    # A person says that it is in Yuki, or that it is not to be booked.
    **{(state, Confirm): State.BOOKED for state in (State.SKIPPED, State.DEAD)},
    **{(state, Dismiss): State.SKIPPED for state in (State.WAITING, State.READY, *_STOPPED)},
    **{(state, GiveUp): State.DEAD for state in (State.WAITING, State.READY, State.SENDING)},
    **{(state, Release): State.WAITING for state in (State.SKIPPED, State.DEAD)},
    **{(state, LookAgain): State.WAITING for state in (State.WAITING, *_STOPPED)},
    **{(state, LookInYuki): State.UNCONFIRMED for state in (State.WAITING, *_STOPPED)},
}


@dataclass(frozen=True, slots=True)
class Transfer:
    """One invoice's transfer as stored; instants are UTC, amounts in the invoice's currency.

    `tribe_amount` is the amount as Tribe showed it when it was read last before it was sent, `tribe_vat` the VAT by VAT
    group, `tribe_lines` a hash of the lines.
    `attempt` counts failures in a row, for the ladder; `sends` how often it went out. `read_at` is when the invoice was
    last read in Tribe, `first_seen_at` when it was first seen as sent; anew, after it was a draft again.
    `details` and `words` belong to the reason. `contact_code` is
    the debtor number used. `absent_at` is when Yuki was first seen not to hold the invoice since the last attempt.
    `absent_number` is the number under which Yuki was seen not to hold it, as long as nothing happened since;
    `sent_as` is the number under which it went out last, until Yuki has said what became of that attempt;
    `goes_alone` says that Yuki refused a document as a whole that it was in.
    `verify_first` says that it may be in Yuki without our knowing: nobody told us of it when it was sent.
    `yuki_document_id` is the document in Yuki's archive, once an open item of our administration named it.
    `agreements` are what a person agreed to, the last one first. `held_since` is since when somebody may have typed it
    in because it did not go: since it was complete, waited or was held, or since it was last looked for in Yuki.
    `rounding` is what its rounding line comes to.
    `totals_by_rounding` is what Yuki comes to by each way of rounding VAT, where that differs.
    """

    connection_id: str
    tribe_invoice_id: str
    state: State
    since: datetime
    first_seen_at: datetime
    version: int = 0
    read_at: datetime | None = None
    reason: Reason | None = None
    details: Details = ()
    words: str = ""
    due_at: datetime | None = None
    attempt: int = 0
    sends: int = 0
    reference: str | None = None
    invoice_date: date | None = None
    currency: str | None = None
    total_incl: Decimal | None = None
    tribe_amount: Decimal | None = None
    tribe_vat: Mapping[str, Decimal] | None = None
    tribe_lines: str | None = None
    due_date: date | None = None
    tribe_relation_id: str | None = None
    contact_code: str | None = None
    yuki_contact_id: str | None = None
    content_hash: str | None = None
    sent_at: datetime | None = None
    absent_at: datetime | None = None
    booked_at: datetime | None = None
    verification: str | None = None
    yuki_document_id: str | None = None
    with_document: bool | None = None
    external_id_written: bool = False
    absent_number: str | None = None
    sent_as: str | None = None
    goes_alone: bool = False
    verify_first: bool = False
    agreements: tuple[Agreed, ...] = ()
    held_since: datetime | None = None
    rounding: Decimal = Decimal(0)
    totals_by_rounding: Mapping[str, Decimal] = field(default_factory=dict)

    def after(self, move: Move, now: datetime) -> "Transfer":
        """Return the transfer after a move; raise Defect when that cannot happen in this state."""
        target = TRANSITIONS.get((self.state, type(move)))
        if target is None:
            raise Defect("impossible_transition", f"{type(move).__name__} in state {self.state}")
        moved = replace(
            self,
            state=target,
            since=self.since if target is self.state else now,
            reason=None,
            details=(),
            words="",
            due_at=None,
            # Whatever else happens, Yuki is asked anew before the invoice is sent.
            absent_number=self.absent_number if isinstance(move, Prepare) else None,
            held_since=self.held_since or _held_since(self, target, now),
        )
        return _brought(moved, move, now)

    def agree(self, agreed: Agreed) -> "Transfer":
        """Return the transfer with a person's agreement; earlier ones to something else still hold."""
        others = (former for former in self.agreements if former.to is not agreed.to)
        return replace(self, agreements=(agreed, *others))

    def has_agreement(self, to: Agreement, *details: Detail) -> bool:
        """Whether a person agreed to something, with these details."""
        return Agreed(to, details) in self.agreements

    def agreed_to(self, to: Agreement) -> Details:
        """Return the details of what a person agreed to."""
        return tuple(detail for agreed in self.agreements if agreed.to is to for detail in agreed.details)

    def verify_at(self, now: datetime) -> datetime:
        """Return when Yuki's lists tell of the last attempt: at once, when there was none."""
        return max(now, self.sent_at + VERIFY_AFTER) if self.sent_at else now

    @property
    def is_known_absent(self) -> bool:
        """Whether Yuki was asked for its number and does not hold it."""
        return self.reference is not None and self.absent_number == self.reference

    @property
    def sends_left(self) -> int:
        """How often it may still be sent; a person who has it tried again allows as many again."""
        again = (agreed.details for agreed in self.agreements if agreed.to is Agreement.SEND_AGAIN)
        allowed = [int(detail.values["times"]) for details in again for detail in details]
        return max(allowed, default=0) + MOST_SENDS - self.sends

    @property
    def hold_reason(self) -> HoldReason | None:
        """Why it is held, or None in any other state."""
        return HoldReason(self.reason) if self.state is State.HELD and self.reason else None


def _held_since(transfer: Transfer, target: State, now: datetime) -> datetime | None:
    """Return since when somebody waits for it: for what is given up, since it was sent in Tribe."""
    match target:
        case State.HELD | State.WAITING | State.READY:
            return now
        case State.DEAD:
            return transfer.first_seen_at
        case _:
            return None


def _brought(moved: Transfer, move: Move, now: datetime) -> Transfer:  # noqa: C901, PLR0911, PLR0912 (a case a move)
    """Return a transfer with what its move brings; the fields that any move resets start empty."""
    match move:
        case Wait(why, until, details, attempt):
            attempt = moved.attempt if attempt is None else attempt
            return replace(moved, reason=why, due_at=until, details=details, attempt=attempt)
        case Prepare(total_incl, due_date, contact, content, due_at, rounding, totals):
            ready = replace(moved, total_incl=total_incl, due_date=due_date, yuki_contact_id=contact)
            ready = replace(ready, rounding=rounding, totals_by_rounding=totals)
            return replace(ready, content_hash=content, due_at=due_at)
        case Hold(why, details, words):
            return replace(moved, reason=why, details=details, words=words)
        case Skip(why, details):
            # A draft waits for nobody.
            since = None if why is SkipReason.DRAFT and not moved.sends else moved.held_since
            return replace(moved, reason=why, details=details, held_since=since)
        case Dismiss():
            # Should it be retried one day, it is looked for in Yuki first: it may have been dismissed for being there.
            return replace(moved, reason=SkipReason.DISMISSED, held_since=moved.held_since or moved.first_seen_at)
        case Release():
            return moved
        case LookAgain(at, agreed):
            again = replace(moved, reason=WaitReason.DECIDED, due_at=at, attempt=0, read_at=None)
            return _agreed_to_retry(again, agreed)
        case LookInYuki(at, agreed):
            doubted = replace(moved, reason=DoubtReason.RETRIED, due_at=at, attempt=0, absent_at=None)
            return _agreed_to_retry(doubted, agreed)
        case Send(content, with_document, until):
            sent = replace(moved, sends=moved.sends + 1, sent_as=moved.reference, sent_at=now, absent_at=None)
            return replace(sent, content_hash=content, with_document=with_document, due_at=until)
        case Refuse(why, details, words, is_settled):
            sent_as = None if is_settled else moved.sent_as
            return replace(moved, reason=why, details=details, words=words, sent_as=sent_as)
        case Doubt(why, look_at, words, goes_alone, number):
            doubtful = replace(moved, reason=why, due_at=look_at, words=words, reference=number or moved.reference)
            return replace(doubtful, goes_alone=moved.goes_alone or goes_alone)
        case Confirm(how, due_at):
            is_marked = moved.external_id_written or how is Verification.EXTERNAL_ID
            booked = replace(moved, booked_at=now, verification=how, attempt=0, due_at=due_at)
            return replace(booked, absent_at=None, external_id_written=is_marked)
        case FindAbsent():
            settled = replace(moved, sent_as=None, absent_at=None, absent_number=moved.reference, held_since=now)
            return replace(settled, due_at=now, attempt=0 if settled.sends else settled.attempt, verify_first=False)
        case FindOther(detail, words):
            return replace(moved, reason=HoldReason.REFERENCE_IN_USE, details=(detail,), words=words, sent_as=None)
        case FindAlike(details):
            return replace(moved, reason=HoldReason.MAYBE_ALREADY_BOOKED, details=details, sent_as=None)
        case GiveUp(why, details):
            return replace(moved, reason=why, details=details)


def _agreed_to_retry(transfer: Transfer, agreed: Agreed | None) -> Transfer:
    """Return a transfer that a person has tried again: it may be sent as often again, and whatever else was agreed."""
    if transfer.sends:
        transfer = transfer.agree(Agreed(Agreement.SEND_AGAIN, (sends(transfer.sends),)))
    return transfer.agree(agreed) if agreed else transfer


def new_transfer(connection_id: str, tribe_invoice_id: str, now: datetime) -> Transfer:
    """Return the transfer of an invoice that was never seen before."""
    return Transfer(connection_id, tribe_invoice_id, State.WAITING, since=now, first_seen_at=now)


def missed_transfer(connection_id: str, tribe_invoice_id: str, now: datetime) -> Transfer:
    """Return the transfer of an invoice that no webhook told of, due now.

    It is looked for in Yuki before it is sent: its transfer may have been lost, and not its booking.
    """
    missed = replace(new_transfer(connection_id, tribe_invoice_id, now), verify_first=True)
    return missed.after(Wait(WaitReason.MISSED, now), now)
