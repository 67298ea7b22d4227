"""Remember on a link why a person has to decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.core.errors import Held
from tribe_yuki.core.journal import JournalEntry, JournalKind


def remember_hold(connection: ContactContext, link: Link, held: Held) -> Link:
    """Hold a link as it is stored by now."""
    return hold_link(connection, connection.links.get(link.tribe_relation_id) or link, held)


def hold_link(connection: ContactContext, link: Link, held: Held) -> Link:
    """Store on a link why a person has to decide; a linked relation stays linked.

    A refused key or application is nothing that a link could remember: it is no fault of its record.
    """
    if held.waits_for_credentials or (link.reason, link.details) == (held.reason.value, held.details):
        return link
    state = link.state if link.state is LinkState.LINKED else LinkState.HELD
    now = connection.now()
    entry = JournalEntry(JournalKind.DECISION, "held", {"reason": held.reason.value, "detail": held.details or None})
    return connection.links.save(
        replace(link, state=state, since=now, reason=held.reason.value, details=held.details), [entry], now
    )


@contextmanager
def after_remembered_holds() -> Iterator[None]:
    """Go on after a hold, which the link remembers; raise one that waits for credentials: then all have to wait."""
    try:
        yield
    except Held as held:
        if held.waits_for_credentials:
            raise
