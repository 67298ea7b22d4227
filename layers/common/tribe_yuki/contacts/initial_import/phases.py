"""The initial import: the customers of Yuki, and suppliers if wanted, come to Tribe (design 1, 5).

The phases, in slices of one Yuki page or a few Tribe pages each:

* `organisations`, `persons`: what the relations of Tribe can be recognised by is put on the match index.
* `codes_of_others`: the codes of Yuki's other contacts are put there as well.
* `customers`, `suppliers`: each active contact is linked to its relation, or the relation is created.
* `codes`, `confirmed_codes`: each linked contact gets the number of Tribe as its code, unless another contact of Yuki
  has it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tribe_yuki.connections.context import CATCH_UP, IMPORT_CONTACTS, POLL_CURSOR
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.initial_import.cursors import ListCursor, PageCursor
from tribe_yuki.contacts.initial_import.one_contact import MERGED_AT_ONCE, Candidates, candidates_for, import_contact
from tribe_yuki.contacts.initial_import.settle_codes import confirm_codes, remember_codes, write_codes
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.match.fill_index import FIRST_PHASE, fill_slice, is_index_phase
from tribe_yuki.contacts.model import YukiContact
from tribe_yuki.contacts.odd_contacts import report_odd
from tribe_yuki.contacts.outside import ROWS_PER_PAGE
from tribe_yuki.contacts.pull import Pulled, is_unmerged, merge_linked, pull_or_report
from tribe_yuki.core.errors import ConnectorError, Defect, OutcomeUnknown, Unreadable
from tribe_yuki.work.progress import Progress
from tribe_yuki.work.slices import SlicedTask

# Type and active state of the lists that hold the contacts which are not imported but may have a code.
LISTS_OF_OTHERS = (("None", "Both"), ("Supplier", "Both"), ("Customer", "Inactive"))


def run_import_slice(connection: ContactContext, progress: Progress) -> Progress:
    """Do one slice of the import."""
    if is_index_phase(progress):
        return fill_slice(connection, progress, then="codes_of_others")
    return _PHASES[progress.phase](connection, progress)


def _register_codes_of_others(connection: ContactContext, progress: Progress) -> Progress:
    cursor = ListCursor.read(progress.cursor)
    contact_type, active = LISTS_OF_OTHERS[cursor.place]
    contacts = connection.yuki.suppliers_and_customers(contact_type, active=active, page=cursor.page)
    remember_codes(connection, contacts)
    if len(contacts) == ROWS_PER_PAGE:
        return progress.go_on(progress.phase, str(replace(cursor, page=cursor.page + 1)))
    following = ListCursor(cursor.place + 1)
    if following.place < len(LISTS_OF_OTHERS):
        return progress.go_on(progress.phase, str(following))
    return progress.go_on("customers")


def _import_customers(connection: ContactContext, progress: Progress) -> Progress:
    following = "suppliers" if connection.settings.import_suppliers else "codes"
    return _import_page(connection, progress, "Customer", following)


def _import_suppliers(connection: ContactContext, progress: Progress) -> Progress:
    return _import_page(connection, progress, "Supplier", "codes")


def _import_page(connection: ContactContext, progress: Progress, contact_type: str, following: str) -> Progress:
    cursor = PageCursor.read(progress.cursor)
    requested_at = connection.now()
    contacts = connection.yuki.suppliers_and_customers(contact_type, page=cursor.page)
    remember_codes(connection, contacts)
    for start in range(0, len(contacts), MERGED_AT_ONCE):
        counts = merge_or_import(
            connection,
            contacts[start : start + MERGED_AT_ONCE],
            requested_at,
            run_started_at=progress.started_at,
            codes_later=True,
        )
        progress = progress.count(**counts)
    progress = progress.count(seen=len(contacts))
    if len(contacts) < ROWS_PER_PAGE:
        return progress.go_on(following)
    return progress.go_on(progress.phase, str(PageCursor(cursor.page + 1)))


def merge_or_import(
    connection: ContactContext,
    contacts: Sequence[YukiContact],
    requested_at: datetime,
    *,
    run_started_at: datetime | None = None,
    codes_later: bool = False,
) -> Mapping[str, int]:
    """Pull contacts that are linked, import those that are not, all read with their roles; return what was done."""
    pairs: list[tuple[Link, YukiContact]] = []
    settled: list[YukiContact] = []
    for contact in contacts:
        unmerged = _unmerged_link(connection, contact)
        if unmerged is not None:
            # A slice that died linked it. Its fields wait as well until the others of the page may have contested it.
            pairs.append((unmerged, contact))
        else:
            settled.append(contact)
    pulled = pull_or_report(connection, settled, requested_at, codes_later=codes_later)
    new = [contact for contact, outcome in pulled if outcome is Pulled.UNLINKED]
    outcomes: list[str] = [outcome for _, outcome in pulled if outcome is not Pulled.UNLINKED]
    candidates = candidates_for(connection, new)
    for contact in new:
        connection.demand_time()
        outcome, link = _import_or_report(connection, contact, candidates, run_started_at)
        outcomes.append(outcome)
        pairs += [(link, contact)] if link else []
    merge_linked(connection, pairs, codes_later=codes_later)
    return Counter(outcomes)


def _unmerged_link(connection: ContactContext, contact: YukiContact) -> Link | None:
    tribe_relation_id = connection.links.relation_linked_to(contact.yuki_contact_id)
    link = connection.links.get(tribe_relation_id) if tribe_relation_id else None
    return link if link is not None and is_unmerged(link) else None


def _import_or_report(
    connection: ContactContext, contact: YukiContact, candidates: Candidates, run_started_at: datetime | None
) -> tuple[str, Link | None]:
    """Import one contact; one that Tribe refuses must not keep the others waiting."""
    try:
        result = import_contact(connection, contact, candidates, run_started_at=run_started_at)
    except Exception as error:
        if isinstance(error, ConnectorError) and not isinstance(error, Defect | OutcomeUnknown):
            raise
        if isinstance(error, Unreadable) or not isinstance(error, ConnectorError):
            report_odd(connection, contact, error)
        else:
            connection.log_warning(
                "contact_not_imported", {"yuki_contact_id": contact.yuki_contact_id, "code": error.code}
            )
        return "failed", None
    return result.outcome.value, result.link


def _confirm_codes(connection: ContactContext, progress: Progress) -> Progress:
    return confirm_codes(connection, progress) or _finish(connection, progress)


def _finish(connection: ContactContext, progress: Progress) -> Progress:
    """Have the poll take over from when the import began, and look at the invoices that were sent before."""
    now = connection.now()
    connection.timestamps.set(POLL_CURSOR, progress.started_at)
    connection.queues.start_task(CATCH_UP, now, window_seconds=60)
    return progress.finish(now)


_PHASES = {
    "codes_of_others": _register_codes_of_others,
    "customers": _import_customers,
    "suppliers": _import_suppliers,
    "codes": write_codes,
    "confirmed_codes": _confirm_codes,
}

import_contacts = SlicedTask(IMPORT_CONTACTS, FIRST_PHASE, run_import_slice, starts_by_itself=False)
