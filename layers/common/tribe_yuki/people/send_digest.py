"""Tell those who have to act what waits for them: every morning, and at once for the first of a kind (design 9)."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from tribe_yuki.connections.context import SEND_DIGEST, TELL_FIRST_HOLDS, Connection
from tribe_yuki.core.holds import Owner
from tribe_yuki.people.digest import UNTICKED, Waiting, mail_of
from tribe_yuki.people.open_items import held_records, late_records, linked_records

# A digest that could not be sent to everybody is tried again, and reaches nobody twice.
SENT_RECENTLY = timedelta(hours=12)


def send_digest(connection: Connection) -> None:
    """Send every owner the list of what waits for them; nobody gets an empty one.

    Contacts that are not ticked as Customer come along; on their own they are told once, the morning after they came.
    Raises Retryable when a mail was not taken.
    """
    now = connection.now()
    held = list(_held(connection))
    waiting = [
        *held,
        *late_records(connection.connection_id, connection.transfers, now),
        *linked_records(connection.connection_id, connection.links),
    ]
    for owner in Owner:
        mark = f"{SEND_DIGEST}#{owner}"
        last = connection.connections.mark(connection.connection_id, mark)
        if last is not None and now - last < SENT_RECENTLY:
            continue
        own = [one for one in waiting if one.owner is owner]
        if any(one.kind != UNTICKED or last is None or one.since > last for one in own):
            _send(connection, owner, own)
        connection.connections.set_mark(connection.connection_id, mark, now)
    connection.connections.store_told(connection.connection_id, _kinds(held))
    connection.connections.set_mark(connection.connection_id, SEND_DIGEST, now)


def tell_first_holds(connection: Connection) -> None:
    """Tell at once of kinds of holds that nobody was told of since there were none of them.

    Raises Retryable when a mail was not taken.
    """
    now = connection.now()
    stored = connection.connections.told(connection.connection_id)
    held = list(_held(connection))
    # A kind of which none is left is news again when it comes back.
    told = stored & _kinds(held)
    for owner in Owner:
        new = [one for one in held if one.owner is owner and one.kind not in told]
        if new:
            _send(connection, owner, new)
            told |= _kinds(new)
            connection.connections.store_told(connection.connection_id, told)
    if told < stored:
        connection.connections.store_told(connection.connection_id, told)
    connection.connections.set_mark(connection.connection_id, TELL_FIRST_HOLDS, now)


def _held(connection: Connection) -> Iterable[Waiting]:
    return held_records(
        connection.connection_id, connection.transfers, connection.links, connection.unlinked, connection.pending
    )


def _kinds(waiting: Iterable[Waiting]) -> frozenset[str]:
    return frozenset(one.kind for one in waiting)


def _send(connection: Connection, owner: Owner, waiting: Collection[Waiting]) -> None:
    if connection.topics is None or not connection.topics.has(owner):
        return
    mail = mail_of(connection.connection_id, waiting, now=connection.now(), language=connection.settings.language)
    connection.topics.publish(owner, mail.subject, mail.text)
