"""Remember on a link why a person has to decide, and look again when a contact that is meant has changed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.fields.code import is_same_code
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.model import YukiContact
from tribe_yuki.core.details import Details
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind

# What a change of a contact in Yuki may release; the checkbox has a look of its own.
WAITS_FOR_A_CONTACT = frozenset(
    {
        HoldReason.CONTACT_AMBIGUOUS,
        HoldReason.CODE_IN_USE,
        HoldReason.CONTACT_INACTIVE_IN_YUKI,
        HoldReason.CONTACT_TYPE_DIFFERS,
    }
)


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


def look_at_held_links(connection: ContactContext, contacts: Collection[YukiContact]) -> None:
    """Have the relations looked at again that wait for a decision about one of some contacts."""
    for link in connection.links.in_state(LinkState.HELD) if contacts else ():
        if link.reason in WAITS_FOR_A_CONTACT and any(
            is_meant(contact, link.number or link.code, link.details) for contact in contacts
        ):
            connection.queues.enqueue_relation(link.tribe_relation_id, connection.now())


def is_meant(contact: YukiContact, code: str | None, details: Details) -> bool:
    """Whether a contact has the code of a hold, or is one of those that its details name."""
    numbers = {number for detail in details for number in detail.values.get("numbers", "").split()}
    has_code = code is not None and is_same_code(contact.code, code)
    return has_code or not numbers.isdisjoint({str(contact.hid), contact.yuki_contact_id})
