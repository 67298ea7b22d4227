"""Contacts of Yuki that cannot be read or dealt with: each is held by itself, and the others go on."""

from datetime import datetime

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.model import YukiContact
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.errors import Held, as_ours
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind


def report_odd(connection: ContactContext, contact: YukiContact, error: Exception) -> None:
    """Tell of a contact that could not be dealt with; what no error of ours foresees waits for a person, too.

    It is looked at again whenever Yuki shows it: when it was changed, and every night.
    """
    known = as_ours(error)
    connection.log_warning("contact_not_read", {"yuki_contact_id": contact.yuki_contact_id, "code": known.code})
    if isinstance(known, Held) and contact.yuki_contact_id:
        _hold(connection, contact, known, connection.now())


def _hold(connection: ContactContext, contact: YukiContact, held: Held, now: datetime) -> None:
    stored = connection.unlinked.get(contact.yuki_contact_id)
    if stored is not None and (stored.reason, stored.details) == (held.reason.value, held.details):
        return
    if stored is not None and stored.state is UnlinkedState.CREATING:
        return  # the intent to create its relation is worth more: the next try looks for that first
    odd = UnlinkedContact(
        connection.connection_id,
        contact.yuki_contact_id,
        UnlinkedState.HELD,
        since=now,
        reason=held.reason.value,
        details=held.details,
        number=contact.hid,
    )
    entry = JournalEntry(JournalKind.DECISION, "held", {"reason": held.reason.value, "detail": held.details or None})
    connection.unlinked.save(odd, [entry], now)


def odd_ids(connection: ContactContext) -> set[str]:
    """Return the contacts that are held because they could not be dealt with."""
    held = connection.unlinked.held()
    return {contact.yuki_contact_id for contact in held if contact.reason == HoldReason.NOT_UNDERSTOOD}


def forget_odd(connection: ContactContext, yuki_contact_id: str) -> None:
    """Forget that a contact was held, now that it was dealt with."""
    connection.unlinked.delete(yuki_contact_id)
