"""Everything of a connection that waits for a person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tribe_yuki.contacts.deferred_event import Route
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner
from tribe_yuki.invoices.reasons import ReportReason, SkipReason
from tribe_yuki.invoices.store import InvoiceStores
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.open_item import (
    DEAD,
    LONG_IN_DOUBT,
    LONG_WAIT,
    SKIPPED_FOR_DATE,
    SKIPPED_FOR_MARK,
    UNTICKED,
    OpenItem,
)

# Nothing waits longer than this without a notice, whatever it waits for (reliability R4).
LONGEST_SILENCE = timedelta(hours=24)


def held_records(stores: InvoiceStores) -> Iterator[OpenItem]:
    """Yield what waits for a person, invoices first; reads only what waits, so it may be asked often."""
    for transfer in stores.transfers.in_state(State.HELD):
        if transfer.hold_reason is not None:
            owner = HOLDS[transfer.hold_reason].owner
            yield _invoice(transfer, transfer.hold_reason, owner, since=transfer.since)
    for transfer in stores.transfers.in_state(State.DEAD):
        yield _invoice(transfer, DEAD, Owner.OPERATOR, since=transfer.since)
    for transfer in stores.transfers.reported():
        yield _invoice(
            transfer, transfer.reason or ReportReason.EDITED_AFTER_SENT, Owner.BOOKKEEPER, since=transfer.since
        )
    for event in stores.deferred.held():
        is_invoice = event.route is Route.INVOICES
        reason = HoldReason(event.reason)
        yield OpenItem(
            kind=reason,
            owner=HOLDS[reason].owner,
            since=event.since,
            tribe_invoice_id=event.record_id if is_invoice else None,
            tribe_relation_id=None if is_invoice else event.record_id,
            details=event.details,
        )
    for link in stores.links.in_state(LinkState.HELD):
        if link.reason is not None:
            yield _contact(link, HoldReason(link.reason))
    for contact in stores.unlinked.held():
        if contact.reason is not None:
            number = str(contact.number) if contact.number is not None else contact.yuki_contact_id
            reason = HoldReason(contact.reason)
            yield OpenItem(
                kind=reason,
                owner=HOLDS[reason].owner,
                since=contact.since,
                yuki_contact=number,
                details=contact.details,
            )


def late_records(stores: InvoiceStores, now: datetime) -> Iterator[OpenItem]:
    """Yield the invoices that nobody holds and that stand still for longer than may pass without a notice."""
    for state, kind in ((State.UNCONFIRMED, LONG_IN_DOUBT), (State.WAITING, LONG_WAIT)):
        for transfer in stores.transfers.in_state(state):
            if now - transfer.first_seen_at >= LONGEST_SILENCE:
                yield _invoice(transfer, kind, Owner.OPERATOR, since=transfer.first_seen_at)


def skipped_records(stores: InvoiceStores) -> Iterator[OpenItem]:
    """Yield the invoices that are not for Yuki though somebody may expect them there, until a person dismisses them."""
    for transfer in stores.transfers.in_state(State.SKIPPED):
        if (kind := _skipped_kind(transfer)) is not None:
            yield _invoice(transfer, kind, Owner.BOOKKEEPER, since=transfer.since)


def _skipped_kind(transfer: Transfer) -> str | None:
    match transfer.reason:
        case SkipReason.EXTERNAL_ID:
            return SKIPPED_FOR_MARK
        case SkipReason.BEFORE_START if Detail(DetailCode.SENT_SINCE_ACTIVATION) in transfer.details:
            return SKIPPED_FOR_DATE
        case _:
            return None


def linked_records(stores: InvoiceStores) -> Iterator[OpenItem]:
    """Yield the linked contacts that wait: for a decision, or to be ticked as Customer. Reads all links."""
    for link in stores.links.in_state(LinkState.LINKED):
        if link.reason is not None:
            yield _contact(link, HoldReason(link.reason))
        elif link.is_customer is not True and link.code is not None:
            yield _contact(link, UNTICKED)


def _invoice(transfer: Transfer, kind: str, owner: Owner, *, since: datetime) -> OpenItem:
    return OpenItem(
        kind=str(kind),
        owner=owner,
        since=since,
        tribe_invoice_id=transfer.tribe_invoice_id,
        number=transfer.reference,
        invoice_date=transfer.invoice_date,
        amount=transfer.total_incl,
        currency=transfer.currency,
        debtor_number=transfer.contact_code,
        details=transfer.details,
    )


def _contact(link: Link, kind: str) -> OpenItem:
    owner = Owner.BOOKKEEPER if kind == UNTICKED else HOLDS[HoldReason(kind)].owner
    return OpenItem(
        kind=kind,
        owner=owner,
        since=link.since,
        tribe_relation_id=link.tribe_relation_id,
        debtor_number=link.number or link.code,
        details=link.details,
    )
