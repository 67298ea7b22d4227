"""The life of one invoice on its way to Yuki: states, events and transitions (design 6.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from tribe_yuki.core.errors import Defect
from tribe_yuki.core.holds import HoldReason


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


class Event(StrEnum):
    """What moves a transfer."""

    WAIT = "wait"
    PREPARE = "prepare"
    HOLD = "hold"
    SKIP = "skip"
    SEND = "send"
    REFUSE = "refuse"
    DOUBT = "doubt"
    CONFIRM = "confirm"
    FIND_ABSENT = "find_absent"
    GIVE_UP = "give_up"
    RELEASE = "release"


_BEFORE_SENDING = (State.WAITING, State.READY, State.HELD)

# The whole machine: what is not here cannot happen.
TRANSITIONS: Mapping[tuple[State, Event], State] = {
    **{(state, Event.WAIT): State.WAITING for state in _BEFORE_SENDING},
    **{(state, Event.PREPARE): State.READY for state in _BEFORE_SENDING},
    **{(state, Event.HOLD): State.HELD for state in _BEFORE_SENDING},
    **{(state, Event.SKIP): State.SKIPPED for state in (*_BEFORE_SENDING, State.SKIPPED)},
    # First seen when it may already be in Yuki: before activation, or under a number that Yuki already holds.
    **{(state, Event.DOUBT): State.UNCONFIRMED for state in (*_BEFORE_SENDING, State.SENDING, State.UNCONFIRMED)},
    (State.READY, Event.SEND): State.SENDING,
    # Yuki wants to be left alone for a while; it is asked for the invoice before that is sent again.
    (State.SENDING, Event.WAIT): State.WAITING,
    (State.SENDING, Event.REFUSE): State.HELD,
    (State.SENDING, Event.CONFIRM): State.BOOKED,
    (State.UNCONFIRMED, Event.CONFIRM): State.BOOKED,
    (State.UNCONFIRMED, Event.FIND_ABSENT): State.READY,
    (State.UNCONFIRMED, Event.HOLD): State.HELD,
    # It already carries our mark in Tribe.
    **{(state, Event.CONFIRM): State.BOOKED for state in _BEFORE_SENDING},
    # A person says that it is in Yuki, or that it is not to be booked.
    **{(state, Event.CONFIRM): State.BOOKED for state in (State.SKIPPED, State.DEAD)},
    (State.DEAD, Event.SKIP): State.SKIPPED,
    **{(state, Event.GIVE_UP): State.DEAD for state in (State.WAITING, State.READY, State.SENDING)},
    **{(state, Event.RELEASE): State.WAITING for state in (State.HELD, State.SKIPPED, State.DEAD)},
}

# Here it goes no further without a person, who may type it into Yuki instead.
_STOPS = frozenset({State.HELD, State.DEAD})

# Whatever else happens, Yuki is asked anew before the invoice is sent.
_KEEPS_ABSENCE = frozenset({Event.FIND_ABSENT, Event.PREPARE})

# States in which the invoice may be in Yuki without our knowing: nobody prepares or sends these again.
MAY_BE_IN_YUKI = frozenset({State.SENDING, State.UNCONFIRMED, State.BOOKED})

# Reasons that are not holds: why a transfer waits, or was skipped.
WAIT_FIRST_LOOK = "first_look"
WAIT_DEFECT = "defect"
WAIT_BUDGET = "yuki_budget_spent"
WAIT_NUMBER = "number_pending"
WAIT_PDF = "pdf_pending"
WAIT_RETRY = "retry"
WAIT_BREAKER = "yuki_breaker_open"
WAIT_SLOW_DOWN = "slow_down"
WAIT_MISSED = "webhook_missed"
WAIT_DECIDED = "decided_by_hand"
# These end early when Yuki is back.
WAITS_FOR_YUKI = frozenset({WAIT_RETRY, WAIT_BREAKER, WAIT_BUDGET, WAIT_SLOW_DOWN})
# Why it is not known whether Yuki has it.
DOUBT_DUPLICATE = "duplicate_reference"
DOUBT_BEFORE_ACTIVATION = "sent_before_activation"
DOUBT_MISSED = "webhook_missed"
DOUBT_HELD = "held_meanwhile"
DOUBT_RETRIED = "retried_by_hand"
DOUBT_MARKED = "mark_copied"
DOUBT_NUMBER_IN_YUKI = "number_in_yuki"
DOUBT_NUMBER_FREED = "number_freed"
DOUBT_ATTEMPTED = "attempted_before"
DOUBT_CHANGED = "changed_after_attempt"
# Only a person can have booked these, or we long ago: one look tells.
ONE_LOOK_TELLS = frozenset({DOUBT_HELD, DOUBT_MARKED})
# One invoice is sent at most so often, unless a person says that it is to be tried again.
MOST_SENDS = 3
# What is reported about a booked invoice.
EDITED_AFTER_SENT = "edited_after_sent"
BOOKED_DIFFERENTLY = "booked_differently"
SKIP_BEFORE_START = "before_start_date"
SKIP_DRAFT = "draft_again"
SKIP_PHASE = "phase_excluded"
SKIP_EMPTY = "nothing_to_book"
SKIP_GONE = "gone_in_tribe"
SKIP_EXTERNAL_ID = "external_id_of_another_system"
SKIP_DISMISSED = "dismissed"


class Agreement(StrEnum):
    """What a person agreed to about an invoice."""

    OTHER_TOTALS = "other_totals"
    ROUNDING = "rounding"
    WITHOUT_PDF = "without_pdf"
    SAME_NUMBER = "same_number"
    SEND_AGAIN = "send_again"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Agreed:
    """A person's agreement; it holds for the detail that the person saw, and for no other."""

    to: Agreement
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One invoice's transfer as stored; instants are UTC, amounts in the invoice's currency.

    `tribe_amount` is the amount as Tribe showed it when it was read last before it was sent.
    `attempt` counts failures in a row, for the ladder; `sends` how often it went out. `read_at` is when the invoice was
    last read in Tribe. `detail` and `words` belong to the reason. `contact_code` is
    the debtor number used. `absent_at` is when Yuki was first seen not to hold the invoice since the last attempt.
    `absent_number` is the number under which Yuki was seen not to hold it, as long as nothing happened since;
    `sent_as` is the number under which it went out last, until Yuki has said what became of that attempt;
    `goes_alone` says that Yuki refused a document as a whole that it was in.
    `verify_first` says that it may be in Yuki without our knowing: nobody told us of it when it was sent.
    `yuki_document_id` is the document in Yuki's archive, once an open item of our administration named it.
    `agreed` is what a person agreed to last, and `also_agreed` what before that, about something else. `held_since` is
    since when somebody may have typed it in because it did not go: since it was last looked for in Yuki.
    """

    connection_id: str
    tribe_invoice_id: str
    state: State
    since: datetime
    first_seen_at: datetime
    version: int = 0
    read_at: datetime | None = None
    reason: str | None = None
    detail: str = ""
    words: str = ""
    due_at: datetime | None = None
    attempt: int = 0
    sends: int = 0
    reference: str | None = None
    invoice_date: date | None = None
    currency: str | None = None
    total_incl: Decimal | None = None
    tribe_amount: Decimal | None = None
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
    agreed: Agreed | None = None
    also_agreed: tuple[Agreed, ...] | None = None
    held_since: datetime | None = None

    def move(self, event: Event, now: datetime, **changes: object) -> "Transfer":
        """Return the transfer after an event; reason, detail, words and due date start empty.

        Raises Defect when the event cannot happen in this state.
        """
        target = TRANSITIONS.get((self.state, event))
        if target is None:
            raise Defect("impossible_transition", f"{event} in state {self.state}")
        since = self.since if target is self.state else now
        if target in _STOPS and self.held_since is None:
            # Who waits for one that was given up has waited since it was sent in Tribe.
            changes.setdefault("held_since", now if target is State.HELD else self.first_seen_at)
        cleared: dict[str, object] = {"reason": None, "detail": "", "words": "", "due_at": None}
        if event not in _KEEPS_ABSENCE:
            cleared["absent_number"] = None
        return replace(self, state=target, since=since, **(cleared | changes))  # type: ignore[arg-type]

    def agree(self, to: Agreement, detail: str = "") -> "Transfer":
        """Return the transfer with an agreement of a person; earlier ones about something else hold still."""
        others = tuple(one for one in self.agreements if one.to is not to)
        return replace(self, agreed=Agreed(to, detail), also_agreed=others or None)

    def has_agreement(self, to: Agreement, detail: str = "") -> bool:
        """Tell whether a person agreed to something, with this detail."""
        return Agreed(to, detail) in self.agreements

    @property
    def agreements(self) -> tuple[Agreed, ...]:
        """Return everything that a person agreed to."""
        return (*((self.agreed,) if self.agreed else ()), *(self.also_agreed or ()))

    @property
    def is_known_absent(self) -> bool:
        """Whether Yuki was asked for its number and does not hold it."""
        return self.reference is not None and self.absent_number == self.reference

    @property
    def sends_left(self) -> int:
        """Return how often it may still be sent; a person who has it tried again allows as many again."""
        allowed = [int(one.detail) for one in self.agreements if one.to is Agreement.SEND_AGAIN]
        return max(allowed, default=0) + MOST_SENDS - self.sends

    @property
    def hold_reason(self) -> HoldReason | None:
        """Return why it is held, or None in any other state."""
        return HoldReason(self.reason) if self.state is State.HELD and self.reason else None


def new_transfer(connection_id: str, tribe_invoice_id: str, now: datetime) -> Transfer:
    """Return the transfer of an invoice that was never seen before."""
    return Transfer(connection_id, tribe_invoice_id, State.WAITING, since=now, first_seen_at=now)
