"""The initial import: the customers of Yuki, and suppliers if wanted, come to Tribe (design 1, 5).

The phases, in slices of one Yuki page or a few Tribe pages each:

* `organisations`, `persons`: what the relations of Tribe can be recognised by is put on the register.
* `codes_of_others`: the codes of Yuki's other contacts are put there as well.
* `customers`, `suppliers`: each active contact is linked to its relation, or the relation is created.
* `codes`, `confirmed_codes`: each linked contact gets the number of Tribe as its code, unless another contact of Yuki
  has it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from tribe_yuki.connections.context import CATCH_UP, IMPORT_CONTACTS, POLL_CURSOR
from tribe_yuki.contacts.code_in_yuki import write_code
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.erased import erased_ids
from tribe_yuki.contacts.fields.code import code_key, is_same_code
from tribe_yuki.contacts.held_links import remember_hold
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.initial_import.one_contact import Candidates, candidates_for, import_contact
from tribe_yuki.contacts.link import Link, LinkState, Side
from tribe_yuki.contacts.match.register import FIRST_PHASE, is_register_phase, take_register_slice
from tribe_yuki.contacts.model import RoleKind, TribeRelation, YukiContact
from tribe_yuki.contacts.odd_contacts import report_odd
from tribe_yuki.contacts.outside import ROWS_PER_PAGE
from tribe_yuki.contacts.pull import Pulled, merge_linked, pull_or_report
from tribe_yuki.core.errors import ConnectorError, Defect, Held, OutcomeUnknown, Unreadable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.work.leases import relation_lease
from tribe_yuki.work.progress import Progress
from tribe_yuki.work.slices import SlicedTask

# Few enough that the fields of the first are settled before its webhooks arrive.
MERGED_AT_ONCE = 20
CODES_PER_SLICE = 50
YUKI_CODE = "yuki_code"
WRITTEN = "codes_written"
# Type and active state of the lists that hold the contacts which are not imported but may have a code.
_LISTS_OF_OTHERS = (("None", "Both"), ("Supplier", "Both"), ("Customer", "Inactive"))


def run_import_slice(connection: ContactContext, progress: Progress) -> Progress:
    """Do one slice of the import."""
    if is_register_phase(progress):
        return take_register_slice(connection, progress, then="codes_of_others")
    return _PHASES[progress.phase](connection, progress)


def _register_codes_of_others(connection: ContactContext, progress: Progress) -> Progress:
    place, _, page = (progress.cursor or "0:1").partition(":")
    contact_type, active = _LISTS_OF_OTHERS[int(place)]
    contacts = connection.yuki.suppliers_and_customers(contact_type, active=active, page=int(page))
    _remember_codes(connection, contacts)
    if len(contacts) == ROWS_PER_PAGE:
        return progress.go_on(progress.phase, f"{place}:{int(page) + 1}")
    if int(place) + 1 < len(_LISTS_OF_OTHERS):
        return progress.go_on(progress.phase, f"{int(place) + 1}:1")
    return progress.go_on("customers")


def _remember_codes(connection: ContactContext, contacts: Iterable[YukiContact]) -> None:
    erased = erased_ids(connection)
    found = {
        one.yuki_contact_id: [_fingerprint(connection, one.code)]
        for one in contacts
        if one.code and one.yuki_contact_id not in erased
    }
    connection.match_index.remember(found)


def _import_customers(connection: ContactContext, progress: Progress) -> Progress:
    following = "suppliers" if connection.settings.import_suppliers else "codes"
    return _import_page(connection, progress, "Customer", following)


def _import_suppliers(connection: ContactContext, progress: Progress) -> Progress:
    return _import_page(connection, progress, "Supplier", "codes")


def _import_page(connection: ContactContext, progress: Progress, contact_type: str, following: str) -> Progress:
    page = int(progress.cursor or 1)
    requested_at = connection.now()
    contacts = connection.yuki.suppliers_and_customers(contact_type, page=page)
    _remember_codes(connection, contacts)
    for start in range(0, len(contacts), MERGED_AT_ONCE):
        counts = take_in(
            connection,
            contacts[start : start + MERGED_AT_ONCE],
            requested_at,
            run_started_at=progress.started_at,
            codes_later=True,
        )
        progress = progress.count(**counts)
    progress = progress.count(seen=len(contacts))
    return (
        progress.go_on(progress.phase, str(page + 1)) if len(contacts) == ROWS_PER_PAGE else progress.go_on(following)
    )


def take_in(
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
    """Return the link that an import gave to a contact without having merged its fields yet."""
    tribe_relation_id = connection.links.relation_linked_to(contact.yuki_contact_id)
    link = connection.links.get(tribe_relation_id) if tribe_relation_id else None
    is_unmerged = link is not None and link.state is LinkState.LINKED and link.prefers is Side.YUKI and not link.base
    return link if is_unmerged else None


def _import_or_report(
    connection: ContactContext, contact: YukiContact, candidates: Candidates, run_started_at: datetime | None
) -> tuple[str, Link | None]:
    """Import one contact; one that Tribe refuses must not keep the others waiting."""
    try:
        made = import_contact(connection, contact, candidates, run_started_at=run_started_at)
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
    return made.outcome.value, made.link


def _write_codes(connection: ContactContext, progress: Progress) -> Progress:
    """Write Tribe's numbers to the contacts that have another code, or none.

    A code that another contact had may be free after the last one: the links are gone through until nothing changes.
    """
    written_before, _, after = (progress.cursor or f"{progress.counts.get(WRITTEN, 0)}:").partition(":")
    links = connection.links.page(after=after, limit=CODES_PER_SLICE)
    wanting = [link for link in links if _is_open(link) and not is_same_code(link.number, link.seen_code)]
    relations = connection.tribe.read_relations([link.tribe_relation_id for link in wanting])
    by_id = {relation.tribe_relation_id: relation for relation in relations}
    for place, link in enumerate(wanting):
        if place and not connection.has_time:
            return progress.go_on(progress.phase, f"{written_before}:{wanting[place - 1].tribe_relation_id}")
        relation = by_id.get(link.tribe_relation_id)
        is_written = relation is not None and Side.YUKI in writable_sides(relation, connection.settings)
        if relation is not None and is_written and not relation.flaws:
            progress = progress.count(**{WRITTEN: _write_code(connection, link, relation)})
    if len(links) == CODES_PER_SLICE:
        return progress.go_on(progress.phase, f"{written_before}:{links[-1].tribe_relation_id}")
    is_settled = progress.counts.get(WRITTEN, 0) == int(written_before)
    return progress.go_on("confirmed_codes" if is_settled else progress.phase)


def _write_code(connection: ContactContext, link: Link, relation: TribeRelation) -> int:
    """Write one code; return how many were written."""
    number = link.number
    with relation_lease(connection, link.tribe_relation_id), suppress(Held):
        if number is None:
            if relation.has_role(RoleKind.CUSTOMER):
                remember_hold(connection, link, Held(HoldReason.DEBTOR_NUMBER_MISSING))
            return 0
        if _holders(connection, number) - {link.yuki_contact_id}:
            remember_hold(connection, link, Held(HoldReason.CODE_IN_USE))
            return 0
        write_code(connection, link, relation, number)
        _move_code(connection, link, number)
        return 1
    return 0


def _confirm_codes(connection: ContactContext, progress: Progress) -> Progress:
    """Accept the codes that were equal already, as far as no other contact has them."""
    links = connection.links.page(after=progress.cursor, limit=CODES_PER_SLICE)
    for link in links:
        if _is_open(link) and link.number is not None and is_same_code(link.number, link.seen_code):
            with relation_lease(connection, link.tribe_relation_id), suppress(Held):
                _confirm_code(connection, link)
    if len(links) == CODES_PER_SLICE:
        return progress.go_on(progress.phase, links[-1].tribe_relation_id)
    return _finish(connection, progress)


def _confirm_code(connection: ContactContext, link: Link) -> None:
    if _holders(connection, link.number or "") - {link.yuki_contact_id}:
        remember_hold(connection, link, Held(HoldReason.CODE_IN_USE))
    else:
        confirmed = replace(link, code=link.number, seen_code=None, reason=None, details=())
        connection.links.save(confirmed, [], connection.now(), former=link)


def _is_open(link: Link) -> bool:
    """Tell whether the code of a contact is not settled."""
    may_be_free = link.reason in (None, HoldReason.CODE_IN_USE)
    return link.state is LinkState.LINKED and link.code is None and may_be_free


def _holders(connection: ContactContext, code: str) -> set[str | None]:
    """Return which contacts of Yuki have a code, as far as this import saw them."""
    return set(connection.match_index.near([_fingerprint(connection, code)]))


def _fingerprint(connection: ContactContext, code: str) -> str:
    return connection.match_fingerprints.of(YUKI_CODE, code_key(code))


def _move_code(connection: ContactContext, link: Link, code: str) -> None:
    """Have the register say that a contact has another code now."""
    contact_id = link.yuki_contact_id or ""
    connection.match_index.remember({contact_id: [_fingerprint(connection, code)]})
    if link.seen_code and not is_same_code(link.seen_code, code):
        connection.match_index.forget(contact_id, _fingerprint(connection, link.seen_code))


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
    "codes": _write_codes,
    "confirmed_codes": _confirm_codes,
}

import_contacts = SlicedTask(IMPORT_CONTACTS, FIRST_PHASE, run_import_slice, starts_by_itself=False)
