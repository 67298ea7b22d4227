"""Store that a relation and a contact are the same."""

from dataclasses import replace
from datetime import datetime

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.core.journal import JournalEntry, JournalKind, webhook_entry


def save_link(
    connection: ContactContext, link: Link, yuki_contact_id: str, how: str, *, webhook_at: datetime | None = None
) -> Link:
    """Store a link with its contact, before anything else happens."""
    now = connection.now()
    linked = replace(
        link,
        state=LinkState.LINKED,
        since=now,
        yuki_contact_id=yuki_contact_id,
        creating_since=None,
        reason=None,
        details=(),
    )
    entry = JournalEntry(JournalKind.DECISION, "linked", {"how": how, "yuki_contact_id": yuki_contact_id})
    saved = connection.links.save(linked, [*webhook_entry(webhook_at), entry], now)
    connection.unlinked.delete(yuki_contact_id)
    return saved
