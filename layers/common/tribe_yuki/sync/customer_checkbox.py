"""The customer checkbox: Yuki books only for contacts that a person marked as Customer (design 6.6)."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tribe_yuki.domain.contact import YukiContact
from tribe_yuki.domain.errors import Conflict, Held
from tribe_yuki.domain.holds import HoldReason
from tribe_yuki.domain.journal import JournalEntry, JournalKind
from tribe_yuki.domain.link import Link
from tribe_yuki.domain.transfer import State, Transfer
from tribe_yuki.sync.connection import CUSTOMER_CHECK, Connection
from tribe_yuki.sync.outcome import after_error, decision
from tribe_yuki.sync.overlap import overlap
from tribe_yuki.sync.prepare_invoice import Prepared

CUSTOMER = "Customer"
PAGE = 100
# A few contacts are asked for one by one; more are cheaper to find in the list of all customers.
ASKED_ONE_BY_ONE = 2


def hold_unless_customers(connection: Connection, prepared: Sequence[Prepared]) -> list[Prepared]:
    """Return those whose contact is marked as Customer, and hold the others.

    The mark is remembered on the link, so Yuki is asked about a contact once.
    """
    links = {}
    for entry in prepared:
        relation_id = entry.transfer.tribe_relation_id or ""
        if relation_id not in links:
            links[relation_id] = connection.links.get(connection.connection_id, relation_id)
    known = [link for link in links.values() if link is not None]
    _ask_about(connection, [link for link in known if link.is_customer is None], links)
    customers = []
    for entry in prepared:
        link = links[entry.transfer.tribe_relation_id or ""]
        if link is not None and link.is_customer:
            customers.append(entry)
        else:
            hold(connection, entry.transfer)
    return customers


def hold(connection: Connection, transfer: Transfer) -> None:
    """Hold a transfer until its contact is marked as Customer."""
    held = after_error(connection, transfer, Held(HoldReason.CONTACT_NOT_CUSTOMER))
    try:
        connection.transfers.save(held, [decision(held)], connection.now())
    except Conflict:
        return  # another worker changed it and knows better


def release_ticked_customers(connection: Connection) -> None:
    """Look which contacts were marked as Customer since the last look, and let their invoices go.

    Asks nothing while no invoice waits for it. Ticks that do not count as a change of the contact are found by the
    nightly comparison.
    """
    waiting = _waiting(connection)
    now = connection.now()
    last_look = connection.connections.mark(connection.connection_id, CUSTOMER_CHECK)
    if waiting:
        _release(connection, waiting, last_look)
    connection.connections.set_mark(connection.connection_id, CUSTOMER_CHECK, now)


def release_known_customers(connection: Connection) -> int:
    """Let the invoices go whose contact is known to be marked by now; return how many. Asks Yuki nothing."""
    released = [
        transfer.tribe_invoice_id
        for transfer in _waiting(connection)
        if (link := connection.links.get(connection.connection_id, transfer.tribe_relation_id or "")) is not None
        and link.is_customer
    ]
    if released:
        connection.queues.push_invoices(connection.connection_id, released, connection.now())
    return len(released)


def release_active_again(connection: Connection, active: Collection[str]) -> None:
    """Let the invoices go that Yuki refused because their contact was inactive; it is among the active ones now."""
    held = connection.transfers.in_state(connection.connection_id, State.HELD)
    inactive = [one for one in held if one.reason == HoldReason.CONTACT_INACTIVE_IN_YUKI]
    released = [one.tribe_invoice_id for one in inactive if one.yuki_contact_id in active]
    if released:
        connection.queues.push_invoices(connection.connection_id, released, connection.now())


def _waiting(connection: Connection) -> list[Transfer]:
    held = connection.transfers.in_state(connection.connection_id, State.HELD)
    return [transfer for transfer in held if transfer.reason == HoldReason.CONTACT_NOT_CUSTOMER]


def _release(connection: Connection, waiting: Sequence[Transfer], last_look: datetime | None) -> None:
    ticked = {contact.yuki_contact_id for contact in _customers(connection, last_look)}
    released = [transfer for transfer in waiting if transfer.yuki_contact_id in ticked]
    for relation_id in {transfer.tribe_relation_id for transfer in released}:
        link = connection.links.get(connection.connection_id, relation_id or "")
        if link is not None:
            _remember(connection, link, is_customer=True)
    if released:
        ids = [transfer.tribe_invoice_id for transfer in released]
        connection.queues.push_invoices(connection.connection_id, ids, connection.now())


def _ask_about(connection: Connection, unknown: Sequence[Link], links: dict[str, Link | None]) -> None:
    if not unknown:
        return
    if len(unknown) <= ASKED_ONE_BY_ONE:
        customers = {
            contact.yuki_contact_id
            for link in unknown
            for contact in connection.yuki.suppliers_and_customers(
                CUSTOMER, option="ID", value=link.yuki_contact_id or ""
            )
        }
    else:
        customers = {contact.yuki_contact_id for contact in _customers(connection, None)}
    for link in unknown:
        answer = _remember(connection, link, is_customer=link.yuki_contact_id in customers)
        links[link.tribe_relation_id] = answer


def _customers(connection: Connection, last_look: datetime | None) -> list[YukiContact]:
    """Return all active customers, or those changed since the last look; page after page, by a key that stands."""
    interval = timedelta(minutes=connection.settings.poll_interval_minutes)
    since = last_look - overlap(interval, last_look, connection.now()) if last_look is not None else None
    contacts: list[YukiContact] = []
    page = 1
    while True:
        connection.demand_time()
        rows = connection.yuki.suppliers_and_customers(CUSTOMER, modified_after=since, page=page)
        contacts += rows
        if len(rows) < PAGE:
            return contacts
        page += 1


def _remember(connection: Connection, link: Link, *, is_customer: bool) -> Link:
    if link.is_customer is is_customer:
        return link
    entry = JournalEntry(JournalKind.ANSWER, "customer" if is_customer else "not_customer")
    return connection.links.save(replace(link, is_customer=is_customer), [entry], connection.now())
