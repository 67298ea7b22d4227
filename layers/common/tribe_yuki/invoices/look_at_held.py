"""Look again at held invoices whose cause may be gone without anybody telling us (design 6.6).

What a look costs decides how often it is made. Whether Tribe is in order by now (an account on a product, a VAT number,
a PDF) takes a call to Tribe for every twenty invoices, and is asked at each poll. VAT codes and accounts take two calls
to Yuki, whatever waits for them, and a contact a search or two: at each poll while the hold is young, then ever more
seldom, but never not at all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tribe_yuki.connections.context import LOOKED_AT_CONTACTS
from tribe_yuki.contacts.held_links import WAITS_FOR_A_CONTACT
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.customer_checkbox import release_ticked_customers
from tribe_yuki.invoices.transfer import State, Transfer

# What Tribe alone may have put right. What was sent is not among them: each look would send it again. Nor are totals:
# the PDF would be read each time.
IN_TRIBE = frozenset(
    {
        HoldReason.DEBTOR_NUMBER_MISSING,
        HoldReason.DEBTOR_NUMBER_DUPLICATE,
        HoldReason.NUMBER_MISSING,
        HoldReason.PDF_MISSING,
        HoldReason.VAT_NUMBER_MISSING,
        HoldReason.INVOICE_INVALID,
        HoldReason.VAT_UNMAPPED,
        HoldReason.VAT_IMPLAUSIBLE,
        HoldReason.LEDGER_UNMAPPED,
        HoldReason.NOT_UNDERSTOOD,
    }
)
# At one poll: ten calls to Tribe, and the searches of three contacts.
MOST_INVOICES = 200
MOST_CONTACTS = 3
LONGEST_BETWEEN_CONTACTS = timedelta(hours=6)


def look_at_held(connection: InvoiceContext) -> None:
    """Have what waits for a person looked at again, as far as a look may release it."""
    held = connection.transfers.in_state(State.HELD)
    look_at_contacts(connection, held)
    waiting = [transfer.tribe_invoice_id for transfer in held if is_looked_at_in_tribe(transfer)]
    if waiting:
        connection.queues.enqueue_invoices(_in_turn(connection, waiting, MOST_INVOICES), connection.now())
    release_ticked_customers(connection)


def is_looked_at_in_tribe(transfer: Transfer) -> bool:
    """Whether reading an invoice again may release it, and asks nothing of Yuki while it does not."""
    return transfer.hold_reason in IN_TRIBE and not transfer.sends


def look_at_contacts(connection: InvoiceContext, held: Sequence[Transfer]) -> None:
    """Have the relations looked at again that wait for a contact, each once, whatever the number of their invoices.

    The poll sees what was changed in Yuki, but not what was deleted, or joined with another contact.
    """
    since = {
        transfer.tribe_relation_id: transfer.since
        for transfer in held
        if transfer.tribe_relation_id and transfer.hold_reason in WAITS_FOR_A_CONTACT and not transfer.sends
    }
    links = connection.links.in_state(LinkState.HELD)
    since |= {link.tribe_relation_id: link.since for link in links if link.reason in WAITS_FOR_A_CONTACT}
    if since and _is_turn(connection, max(since.values())):
        for relation in _in_turn(connection, sorted(since), MOST_CONTACTS):
            connection.queues.enqueue_relation(relation, connection.now())


def _is_turn(connection: InvoiceContext, youngest: datetime) -> bool:
    """Whether it is time for a look at contacts, after half of the time that the youngest waits; it counts as made."""
    now, last = connection.now(), connection.timestamps.get(LOOKED_AT_CONTACTS)
    is_turn = last is None or now - last >= min((now - youngest) / 2, LONGEST_BETWEEN_CONTACTS)
    if is_turn:
        connection.timestamps.set(LOOKED_AT_CONTACTS, now)
    return is_turn


def _in_turn(connection: InvoiceContext, ids: Sequence[str], most: int) -> list[str]:
    """Return as many as there may be at once; others the next time, until all had their turn."""
    interval = timedelta(minutes=connection.settings.poll_interval_minutes)
    start = int(connection.now().timestamp() // interval.total_seconds()) * most % len(ids)
    return [*ids[start:], *ids[:start]][:most]
