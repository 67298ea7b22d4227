"""Tell those who have to act what waits for them: every morning, and at once for the first of a kind (design 9)."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from tribe_yuki.connections.context import SEND_DIGEST, TELL_FIRST_HOLDS
from tribe_yuki.core.holds import Owner
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.people.digest import mail_of
from tribe_yuki.people.open_item import UNTICKED, OpenItem
from tribe_yuki.people.open_items import held_records, late_records, linked_records, skipped_records

# A digest that could not be sent to everybody is tried again, and reaches nobody twice.
SENT_RECENTLY = timedelta(hours=12)


def send_digest(connection: InvoiceContext) -> None:
    """Send every owner the list of what waits for them; nobody gets an empty list.

    Contacts that are not ticked as Customer come along; on their own they are told once, the morning after they came.
    Raises Retryable when a mail was not taken.
    """
    now = connection.now()
    held = list(held_records(connection))
    waiting = [
        *held,
        *late_records(connection, now),
        *skipped_records(connection),
        *linked_records(connection),
    ]
    for owner in Owner:
        mark = f"{SEND_DIGEST}#{owner}"
        last = connection.timestamps.get(mark)
        if last is not None and now - last < SENT_RECENTLY:
            continue
        own = [item for item in waiting if item.owner is owner]
        if has_news(own, last):
            _send(connection, owner, own)
        connection.timestamps.set(mark, now)
    connection.notices.save_announced(_kinds(held))
    connection.timestamps.set(SEND_DIGEST, now)


def has_news(waiting: Iterable[OpenItem], last: datetime | None) -> bool:
    """Whether there is something to tell that the last mail did not tell already."""
    return any(item.kind != UNTICKED or last is None or item.since > last for item in waiting)


def tell_first_holds(connection: InvoiceContext) -> None:
    """Tell at once of kinds of holds that nobody was told of since there were none of them.

    Raises Retryable when a mail was not taken.
    """
    now = connection.now()
    stored = connection.notices.announced()
    held = list(held_records(connection))
    # A kind of which none is left is news again when it comes back.
    told = stored & _kinds(held)
    for owner in Owner:
        new = [item for item in held if item.owner is owner and item.kind not in told]
        if new:
            _send(connection, owner, new)
            told |= _kinds(new)
            connection.notices.save_announced(told)
    if told < stored:
        connection.notices.save_announced(told)
    connection.timestamps.set(TELL_FIRST_HOLDS, now)


def _kinds(waiting: Iterable[OpenItem]) -> frozenset[str]:
    return frozenset(item.kind for item in waiting)


def _send(connection: InvoiceContext, owner: Owner, waiting: Collection[OpenItem]) -> None:
    if connection.topics is None or not connection.topics.has(owner):
        return
    mail = mail_of(
        connection.connection_id,
        waiting,
        now=connection.now(),
        language=connection.settings.language,
        console_url=connection.topics.console_url,
    )
    connection.topics.publish(owner, mail.subject, mail.text)
