"""What a person decides about an invoice that waits: try again, accept, round, already booked, dismiss (design 6.6, 9).

A decision is stored with who made it, when and why, in the same transaction as what it changes, and on the version
that was read: a worker that has the invoice at the same time wins or loses as a whole. Nothing here sends anything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined, explain
from tribe_yuki.core.errors import Conflict
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.ids import is_guid
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.invoices.missing_codes import is_missing_in_yuki
from tribe_yuki.invoices.number_claim import waits_for_number
from tribe_yuki.invoices.store import YUKI_HOLDS_IT
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people import choices
from tribe_yuki.people.choices import Change, Choice, name_of, standing
from tribe_yuki.people.find_invoice import invoice_named

_TRIES_AFTER_CONFLICT = 3


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


def retry(operator: Operator, connection_id: str, names: Sequence[str], why: str = "") -> DecidedAll:
    """Have invoices looked at again, now; one that may be in Yuki is asked for there first.

    Raises Declined for a name that is no invoice of the connection; then nothing is done.
    """
    return _retry_all(operator, connection_id, [invoice_named(operator, connection_id, name) for name in names], why)


def retry_held(operator: Operator, connection_id: str, reason: str | None, why: str = "") -> DecidedAll:
    """Have all held invoices looked at again, or those held for one reason; raise Declined for an unknown reason."""
    known = [known.value for known in HoldReason]
    if reason is not None and reason not in known:
        raise Declined("reason_unknown", f"{reason} is no reason; choose from {', '.join(known)}")
    held = operator.stores(operator.record(connection_id).connection_id).transfers.in_state(State.HELD)
    chosen = [transfer for transfer in held if reason in (None, transfer.reason)]
    return _retry_all(operator, connection_id, chosen, why)


def _retry_all(operator: Operator, connection_id: str, transfers: Iterable[Transfer], why: str) -> DecidedAll:
    """Retry one after the other; one that a worker has keeps no other back."""
    chosen = list(transfers)
    if any(is_missing_in_yuki(transfer.details) for transfer in chosen):
        operator.stores(connection_id).administration.forget_codes()
    done = []
    for transfer in chosen:
        try:
            done.append(_retry(operator, transfer, why))
        except Declined as declined:
            done.append(_unchanged(transfer, explain(declined)))
    return DecidedAll(connection_id, tuple(done))


def _retry(operator: Operator, transfer: Transfer, why: str) -> Decided:
    def choose(current: Transfer, now: datetime) -> Choice:
        choice = choices.retry(current, now, is_number_in_yuki=_is_number_in_yuki(operator, current))
        if isinstance(choice, Change):
            _forget_checkbox(operator, current, why)
        return choice

    return _decide(operator, transfer, "retried", why, choose)


def accept(operator: Operator, connection_id: str, name: str, why: str = "") -> Decided:
    """Accept that totals differ as shown, that there is no PDF or no Peppol, or what is reported of a booked invoice.

    Holds for exactly what was shown. Raises Declined for anything else that an invoice waits for.
    """
    return _decide(operator, invoice_named(operator, connection_id, name), "accepted", why, choices.accept)


def round_totals(operator: Operator, connection_id: str, name: str, why: str = "") -> Decided:
    """Have a line of a few cents added that makes Yuki's total the one of Tribe.

    Where no such line does that, the invoice is held again. Raises Declined for an invoice that is not held for that.
    """
    return _decide(operator, invoice_named(operator, connection_id, name), "rounded", why, choices.round_totals)


def already_booked(
    operator: Operator, connection_id: str, name: str, why: str = "", yuki_document_id: str | None = None
) -> Decided:
    """Say that an invoice is in Yuki, and maybe as which document: it is never sent.

    Raises Declined while it is being sent, or has no number.
    """
    if yuki_document_id is not None and not is_guid(yuki_document_id):
        raise Declined("document_unknown", f"{yuki_document_id} is no id of a document in Yuki's archive")
    transfer = invoice_named(operator, connection_id, name)
    facts = {"yuki_document_id": yuki_document_id.lower()} if yuki_document_id else {}
    return _decide(operator, transfer, "said_to_be_booked", why, choices.say_booked, **facts)


def dismiss(operator: Operator, connection_id: str, name: str, why: str) -> Decided:
    """Say that an invoice is not to be booked by the connector; only `retry` takes that back.

    Raises Declined when it may be in Yuki.
    """
    if not why.strip():
        raise Declined("reason_missing", "say with --reason why it is not to be booked")
    transfer = invoice_named(operator, connection_id, name)
    done = _decide(operator, transfer, "dismissed", why, choices.dismiss)
    if done.changed and transfer.reference is not None:
        stores = operator.stores(connection_id)
        held = stores.transfers.in_state(State.HELD)
        waiting = [other.tribe_invoice_id for other in held if waits_for_number(other, transfer.reference)]
        if waiting:
            stores.queues.enqueue_invoices(waiting, operator.now())
    return done


def release_dead(operator: Operator, transfer: Transfer, why: str, due_at: datetime) -> bool:
    """Have an invoice that was given up tried again from an instant on; return whether it was given up still."""
    return _decide(operator, transfer, "redriven", why, partial(choices.release_dead, at=due_at)).changed


def _decide(
    operator: Operator,
    transfer: Transfer,
    code: str,
    why: str,
    choose: Callable[[Transfer, datetime], Choice],
    **facts: str,
) -> Decided:
    """Store a decision on what stands there now, and have a worker go on with it."""
    stores, current = operator.stores(transfer.connection_id), transfer
    for _ in range(_TRIES_AFTER_CONFLICT):
        now = operator.now()
        try:
            choice = choose(current, now)
            if isinstance(choice, str):
                return _unchanged(current, choice)
            entry = operator.entry(code, why, reason=current.reason, detail=current.details or None, **facts)
            _save(operator, choice, entry, now)
        except Conflict:
            stored = stores.transfers.get(transfer.tribe_invoice_id)
            if stored is None:
                break
            current = stored
            continue
        decided = choice.transfer
        if decided.due_at is not None and decided.due_at <= now:
            stores.queues.enqueue_invoices([decided.tribe_invoice_id], now)
        before, after = standing(current), standing(decided)
        return Decided(name_of(decided), before, after, changed=True, what_follows=choice.what_follows)
    raise Declined("busy", f"a worker has {name_of(transfer)} right now; try again in a minute")


def _unchanged(transfer: Transfer, why: str) -> Decided:
    stands = standing(transfer)
    return Decided(name_of(transfer), stands, stands, changed=False, what_follows=why)


def _save(operator: Operator, change: Change, entry: JournalEntry, now: datetime) -> None:
    """Store a change; what is booked takes its number, so that no other invoice gets it, unless another has it."""
    transfers = operator.stores(change.transfer.connection_id).transfers
    claimed = transfers.claim_reference(change.transfer, [entry], now) if change.is_booked else None
    if not isinstance(claimed, Transfer):
        transfers.save(change.transfer, [entry], now)


def _is_number_in_yuki(operator: Operator, transfer: Transfer) -> bool:
    """Whether Yuki, rather than another invoice of Tribe, has the number of an invoice that is held for that."""
    if transfer.reason != HoldReason.REFERENCE_IN_USE or transfer.reference is None:
        return False
    holder = operator.stores(transfer.connection_id).transfers.holder_of_number(transfer)
    return holder in (YUKI_HOLDS_IT, transfer.tribe_invoice_id)


def _forget_checkbox(operator: Operator, transfer: Transfer, why: str) -> None:
    """Forget that the contact was seen without its mark as Customer, so that Yuki is asked again."""
    if transfer.reason != HoldReason.CONTACT_NOT_CUSTOMER or transfer.tribe_relation_id is None:
        return
    links = operator.stores(transfer.connection_id).links
    link = links.get(transfer.tribe_relation_id)
    if link is not None and link.is_customer is False:
        links.save(replace(link, is_customer=None), [operator.entry("mark_asked_again", why)], operator.now())
