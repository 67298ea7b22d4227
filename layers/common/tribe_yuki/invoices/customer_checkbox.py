"""The customer checkbox: Yuki books only for contacts that a person marked as Customer (design 6.6)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tribe_yuki.connections.context import CUSTOMER_CHECK
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.model import YukiContact
from tribe_yuki.contacts.outside import ROWS_PER_PAGE
from tribe_yuki.core.errors import Conflict, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.core.overlap import overlap
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.failure_policy import after_error, decision
from tribe_yuki.invoices.prepare import Prepared
from tribe_yuki.invoices.transfer import State, Transfer

CUSTOMER = "Customer"
# A few contacts are asked for one by one; more are cheaper to find in the list of all customers.
ASKED_ONE_BY_ONE = 2


def hold_unless_customers(connection: InvoiceContext, prepared: Sequence[Prepared]) -> list[Prepared]:
    """Return those whose contact is marked as Customer, and hold the others.

    The mark is remembered on the link, so Yuki is asked about a contact once. Those that there was no time to ask about
    stay ready. After a failure each is asked for by itself: the list of all customers may be too long for a slow Yuki.
    """
    links: dict[str, Link | None] = {}
    for entry in prepared:
        relation_id = entry.transfer.tribe_relation_id or ""
        if relation_id not in links:
            links[relation_id] = connection.links.get(relation_id)
    known = [link for link in links.values() if link is not None]
    unknown = [link for link in known if link.is_customer is None]
    is_one_by_one = len(unknown) <= ASKED_ONE_BY_ONE or any(entry.transfer.attempt for entry in prepared)
    for answered in _asked_one_by_one(connection, unknown) if is_one_by_one else _found_in_list(connection, unknown):
        links[answered.tribe_relation_id] = answered
    customers = []
    for entry in prepared:
        link = links[entry.transfer.tribe_relation_id or ""]
        if link is not None and link.is_customer:
            customers.append(entry)
        elif link is None or link.is_customer is False:
            hold(connection, entry.transfer)
    return customers


def hold(connection: InvoiceContext, transfer: Transfer) -> None:
    """Hold a transfer until its contact is marked as Customer."""
    held = after_error(connection, transfer, Held(HoldReason.CONTACT_NOT_CUSTOMER))
    try:
        connection.transfers.save(held, [decision(held)], connection.now())
    except Conflict:
        return  # another worker changed it and knows better


def release_ticked_customers(connection: InvoiceContext) -> None:
    """Look which contacts were marked as Customer since the last look, and let their invoices go.

    Asks nothing while no invoice waits for it. Ticks that do not count as a change of the contact, or that a slow Yuki
    leaves no time for, are found by the nightly comparison.
    """
    waiting = waiting_for_checkbox(connection)
    now = connection.now()
    last_look = connection.timestamps.get(CUSTOMER_CHECK)
    if waiting:
        _release(connection, waiting, last_look)
    connection.timestamps.set(CUSTOMER_CHECK, now)


def waiting_for_checkbox(connection: InvoiceContext) -> list[Transfer]:
    """Return what is held until its contact is marked as Customer."""
    held = connection.transfers.in_state(State.HELD)
    return [transfer for transfer in held if transfer.reason == HoldReason.CONTACT_NOT_CUSTOMER]


def _release(connection: InvoiceContext, waiting: Sequence[Transfer], last_look: datetime | None) -> None:
    for rows in _customer_pages(connection, last_look):
        ticked = {contact.yuki_contact_id for contact in rows}
        released = [transfer for transfer in waiting if transfer.yuki_contact_id in ticked]
        for relation_id in {transfer.tribe_relation_id for transfer in released}:
            link = connection.links.get(relation_id or "")
            if link is not None:
                _remember(connection, link, is_customer=True)
        if released:
            ids = [transfer.tribe_invoice_id for transfer in released]
            connection.queues.enqueue_invoices(ids, connection.now())
        if not connection.has_time:
            return


def _asked_one_by_one(connection: InvoiceContext, unknown: Sequence[Link]) -> Iterator[Link]:
    """Ask Yuki about contacts as long as there is time, and remember what it says."""
    for link in unknown:
        if not connection.has_time:
            return
        contact_id = link.yuki_contact_id or ""
        rows = connection.yuki.suppliers_and_customers(CUSTOMER, option="ID", value=contact_id)
        yield _remember(connection, link, is_customer=any(row.yuki_contact_id == contact_id for row in rows))


def _found_in_list(connection: InvoiceContext, unknown: Sequence[Link]) -> Iterator[Link]:
    """Look contacts up in the list of all customers, and remember what it says."""
    customers = {contact.yuki_contact_id for contact in _customers(connection)}
    for link in unknown:
        yield _remember(connection, link, is_customer=link.yuki_contact_id in customers)


def _customers(connection: InvoiceContext) -> Iterator[YukiContact]:
    """Yield all active customers; raise Retryable when there is no time for that."""
    for rows in _customer_pages(connection, None):
        yield from rows
        if len(rows) == ROWS_PER_PAGE:
            connection.demand_time()


def _customer_pages(connection: InvoiceContext, last_look: datetime | None) -> Iterator[list[YukiContact]]:
    """Return all active customers, or those changed since the last look, page by page in an order that stays."""
    interval = timedelta(minutes=connection.settings.poll_interval_minutes)
    since = last_look - overlap(interval, last_look, connection.now()) if last_look is not None else None
    return connection.yuki.contact_pages(CUSTOMER, modified_after=since)


def _remember(connection: InvoiceContext, link: Link, *, is_customer: bool) -> Link:
    if link.is_customer is is_customer:
        return link
    entry = JournalEntry(JournalKind.ANSWER, "customer" if is_customer else "not_customer")
    return connection.links.save(replace(link, is_customer=is_customer), [entry], connection.now())
