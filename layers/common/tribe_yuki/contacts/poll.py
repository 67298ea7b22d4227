"""Pick up new and changed contacts of Yuki (design 7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tribe_yuki.connections.context import (
    COMPARE_CONTACTS,
    FILL_MATCH_INDEX,
    IMPORT_CONTACTS,
    POLL_CONTACTS,
    POLL_CURSOR,
)
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.held_links import look_at_held_links
from tribe_yuki.contacts.initial_import.phases import merge_or_import
from tribe_yuki.contacts.match.fill_index import is_indexed
from tribe_yuki.contacts.model import YukiContact
from tribe_yuki.contacts.outside import ROWS_PER_PAGE
from tribe_yuki.contacts.pull import Pulled, pull_or_report
from tribe_yuki.core.overlap import overlap

SECOND = timedelta(seconds=1)
_COMPARE_WINDOW = 3600
_INDEX_WINDOW = 60


def poll_contacts(connection: ContactContext) -> None:
    """Merge what changed since the cursor; an idle poll is one call to Yuki.

    The cursor is in UTC and moves when the rows of a page were dealt with: to the change of its last row, and after the
    last page to when that was asked for. Without a cursor everything is compared, never only what changes from now on.
    """
    if _is_importing(connection):
        return
    now = connection.now()
    cursor = connection.timestamps.get(POLL_CURSOR)
    if not is_indexed(connection):
        # New contacts could not be matched. The sweep starts the next poll a minute later.
        connection.queues.start_task(FILL_MATCH_INDEX, now, window_seconds=_INDEX_WINDOW)
        return
    if cursor is None:
        connection.queues.start_task(COMPARE_CONTACTS, now, window_seconds=_COMPARE_WINDOW)
        connection.timestamps.set(POLL_CURSOR, now)
    else:
        _poll(connection, cursor)
    connection.timestamps.set(POLL_CONTACTS, now)


def _poll(connection: ContactContext, cursor: datetime) -> None:
    interval = timedelta(minutes=connection.settings.poll_interval_minutes)
    began_at = connection.now()
    since, page = cursor - overlap(interval, cursor, began_at), 1
    while True:
        requested_at = connection.now()
        rows = connection.yuki.search_contacts("All", "", modified_after=since, page=page)
        _deal_with(connection, rows, requested_at, since)
        last = max((row.modified_at for row in rows if row.modified_at), default=None)
        if len(rows) < ROWS_PER_PAGE or last is None:
            connection.timestamps.set(POLL_CURSOR, began_at)
            return
        connection.timestamps.set(POLL_CURSOR, max(cursor, min(last, began_at)))
        # Rows move while they are read, so pages are only counted inside one second.
        since, page = (last - SECOND, 1) if last - SECOND > since else (since, page + 1)


def _deal_with(
    connection: ContactContext, rows: Sequence[YukiContact], requested_at: datetime, since: datetime
) -> None:
    if rows:
        look_at_held_links(connection, rows)
        connection.waiting_invoices.release_of_contacts(rows)
    pulled = pull_or_report(connection, rows, requested_at)
    unlinked = [row for row, outcome in pulled if outcome is Pulled.UNLINKED]
    new = {row.yuki_contact_id: row for row in unlinked if not _is_judged(connection, row)}
    if new:
        merge_or_import(connection, _with_roles(connection, new, since), requested_at)


def _is_judged(connection: ContactContext, row: YukiContact) -> bool:
    """Whether a contact was looked at as it is now, and not imported."""
    known = connection.unlinked.get(row.yuki_contact_id)
    return known is not None and known.modified_at is not None and known.modified_at == row.modified_at


def _with_roles(connection: ContactContext, wanted: dict[str, YukiContact], since: datetime) -> list[YukiContact]:
    """Return contacts with their roles; those in none of the lists have no role that is imported.

    The lists come in the order of changes, as the contacts did, so none of them stands after what changed later.
    """
    newest = max((contact.modified_at for contact in wanted.values() if contact.modified_at), default=None)
    lists = ["Customer", "Supplier"] if connection.settings.import_suppliers else ["Customer"]
    found: dict[str, YukiContact] = {}
    for contact_type in lists:
        for rows in connection.yuki.contact_pages(contact_type, sort="ModifiedAsc", modified_after=since):
            found |= {row.yuki_contact_id: row for row in rows if row.yuki_contact_id in wanted}
            if rows and _changed_after(rows[-1], newest):
                break
    return [found.get(contact_id, contact) for contact_id, contact in wanted.items()]


def _changed_after(contact: YukiContact, instant: datetime | None) -> bool:
    return instant is not None and contact.modified_at is not None and contact.modified_at > instant


def _is_importing(connection: ContactContext) -> bool:
    progress = connection.tasks.progress(IMPORT_CONTACTS)
    return progress is not None and not progress.is_finished
