"""What becomes of a transfer when something went wrong: the one place that turns errors into states."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from tribe_yuki.core.details import error_code
from tribe_yuki.core.errors import BudgetSpent, Conflict, ConnectorError, Defect, Held, RateLimited, Retryable
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.core.ladder import next_attempt
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.moves import GiveUp, Hold, Move, Wait
from tribe_yuki.invoices.transfer import State, Transfer


def after_error(connection: InvoiceContext, transfer: Transfer, error: ConnectorError) -> Transfer:
    """Return the transfer that waits, is held, or is dead after an error; it is not stored yet."""
    now = connection.now()
    connection.heed(error)
    return transfer.after(move_for(transfer, error, now, connection.random), now)


def move_for(transfer: Transfer, error: ConnectorError, now: datetime, random: Random) -> Move:
    """Return what an error means for a transfer; its ladder moves on only by a failure of its own, in its turn."""
    if isinstance(error, Held):
        return Hold(error.reason, error.details, error.words)
    pause = _pause(error)
    if pause is not None:
        why, length = pause
        return Wait(why, now + length, (error_code(error.code),))
    why = WaitReason.DEFECT if isinstance(error, Defect) else WaitReason.RETRY
    if transfer.reason == why and transfer.due_at is not None and transfer.due_at > now:
        return Wait(why, transfer.due_at, (error_code(error.code),))
    attempt = transfer.attempt + 1
    due_at = next_attempt(attempt, now, random)
    if due_at is None:
        return GiveUp(why, (error_code(error.code),))
    if isinstance(error, Retryable) and error.retry_after:
        due_at = max(due_at, now + error.retry_after)
    return Wait(why, due_at, (error_code(error.code),), attempt)


def _pause(error: ConnectorError) -> tuple[WaitReason, timedelta] | None:
    """Return reason and length of a wait that is no fault of the record: its ladder does not move on."""
    if not isinstance(error, Retryable) or error.retry_after is None:
        return None
    if isinstance(error, BudgetSpent):
        return WaitReason.BUDGET, error.retry_after
    if isinstance(error, RateLimited):
        return WaitReason.SLOW_DOWN, error.retry_after
    if error.code in (WaitReason.BUSY, WaitReason.BREAKER):
        return WaitReason(error.code), error.retry_after
    return None


def decision(transfer: Transfer) -> JournalEntry:
    """Return the journal entry that tells where a transfer stands now."""
    return JournalEntry(
        JournalKind.DECISION,
        transfer.state.value,
        {
            "reason": transfer.reason,
            "detail": transfer.details or None,
            "words": transfer.words or None,
            "due_at": transfer.due_at.isoformat() if transfer.due_at else None,
            "attempt": transfer.attempt or None,
            "reference": transfer.reference,
            "rounding": str(transfer.rounding) if transfer.rounding and transfer.state is State.READY else None,
            "verification": transfer.verification if transfer.state is State.BOOKED else None,
        },
    )


def store_unless_changed(
    connection: InvoiceContext, transfer: Transfer, entries: Sequence[JournalEntry]
) -> Transfer | None:
    """Store a transfer; None when another worker changed it, which then knows better."""
    try:
        return connection.transfers.save(transfer, entries, connection.now())
    except Conflict:
        return None


def store_booked_unless_changed(
    connection: InvoiceContext, booked: Transfer, entries: Sequence[JournalEntry]
) -> Transfer | None:
    """Store a booked transfer with its number, which no other invoice gets from now on, unless another one has it."""
    try:
        return store_booked(connection, booked, entries)
    except Conflict:
        return None


def store_booked(connection: InvoiceContext, booked: Transfer, entries: Sequence[JournalEntry]) -> Transfer:
    """Store a booked transfer as `store_booked_unless_changed` does; raise Conflict when another worker changed it."""
    claimed = connection.transfers.claim_reference(booked, entries, connection.now())
    if isinstance(claimed, Transfer):
        return claimed
    return connection.transfers.save(booked, entries, connection.now())
