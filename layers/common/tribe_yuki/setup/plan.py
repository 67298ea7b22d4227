"""Tell what activating will do, record by record, without doing it (design 9, `plan`)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, cast

from tribe_yuki.admin.access import CREDENTIALS, open_tribe, open_yuki
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.outside import Tribe, Yuki
from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.connections.invoice_phases import PhaseMeaning
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.fields.table import ADDRESS_ELEMENTS, FIELDS, AddressField, TextField
from tribe_yuki.contacts.importable import is_own_company, roles_in_tribe
from tribe_yuki.contacts.initial_import.phases import import_contacts, run_import_slice
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.model import RoleKind, TribeRelation, YukiContact
from tribe_yuki.core.fingerprint import FingerprintKey
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.existing_numbers import numbers_in_yuki
from tribe_yuki.setup.rehearsal.memory import (
    MemoryAdministration,
    MemoryDeferred,
    MemoryLeases,
    MemoryLinks,
    MemoryMatchIndex,
    MemoryTasks,
    MemoryTimestamps,
    MemoryUnlinked,
    NoQueues,
)
from tribe_yuki.setup.rehearsal.rehearsed_tribe import RehearsedTribe
from tribe_yuki.setup.rehearsal.rehearsed_yuki import RehearsedYuki

MOST_LINKS = 1_000_000
NEWEST = 10
LONG = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """What will happen to one record; `number` is the one in Yuki's screens, else the debtor number.

    `decision` is create, link, update, unchanged, skip or hold. Fields are those that will be written, by name.
    """

    side: str
    record_id: str
    number: str
    decision: str
    reason: str = ""
    fields_in_tribe: tuple[str, ...] = ()
    fields_in_yuki: tuple[str, ...] = ()
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What activating will do.

    `numbers_of_others` counts contacts whose code is the debtor number of a relation with another name. `days` is how
    long the calls to Yuki take within what contacts may use of the daily limit.
    """

    connection: str
    in_tribe: Mapping[str, int]
    in_yuki: Mapping[str, int]
    numbers_of_others: int
    invoices: Mapping[str, int]
    yuki_calls: int
    days: int
    reasons: Mapping[str, int]
    next_steps: tuple[str, ...]
    records: tuple[PlannedRecord, ...] = field(default=(), repr=False)

    @property
    def expected(self) -> int:
        """Return how many contacts the import will look at."""
        return sum(1 for record in self.records if record.side == "yuki" and record.reason != "inactive")


@dataclass(slots=True)
class _Rehearsal:
    """The import, rehearsed."""

    connection: InvoiceContext
    tribe: RehearsedTribe
    yuki: RehearsedYuki
    before: Mapping[str, Link]

    def run(self) -> None:
        """Run all slices."""
        progress = import_contacts.begin(self.connection.now())
        while not progress.is_finished:
            progress = run_import_slice(self.connection, progress)


def make_plan(operator: Operator, connection_id: str) -> Plan:
    """Rehearse the import and count the invoices; nothing is written anywhere but the count of Yuki's calls.

    It reads each page of Yuki once, and all relations of Tribe. Raises what Tribe and Yuki raise, and Declined for a
    connection without credentials.
    """
    record = operator.record(connection_id)
    with open_tribe(operator, record) as tribe:
        yuki = open_yuki(operator, record)
        rehearsal = _rehearse(operator, connection_id, record.settings, tribe, yuki)
        invoices = _invoices(tribe, yuki, record.settings)
    records = tuple(_records(rehearsal, record.settings))
    return _summary(connection_id, record.settings, rehearsal, records, invoices)


def _rehearse(
    operator: Operator, connection_id: str, settings: ConnectionSettings, tribe: Tribe, yuki: Yuki
) -> _Rehearsal:
    newest = tribe.newest_debtor_numbers(NEWEST)
    assigns = settings.numbering_confirmed or (bool(newest) and all(newest))
    rehearsed_tribe = RehearsedTribe.load(tribe, assigns_numbers=assigns, now=operator.now())
    rehearsed_yuki = RehearsedYuki(yuki)
    stored = operator.stores(connection_id).links.page(limit=MOST_LINKS)
    not_needed: Any = None
    connection = InvoiceContext(
        connection_id=connection_id,
        settings=settings,
        # The import reads and writes contacts only; the rest of these ports is not rehearsed.
        tribe=cast("Any", rehearsed_tribe),
        yuki=cast("Any", rehearsed_yuki),
        yuki_health=not_needed,
        transfers=not_needed,
        links=MemoryLinks(stored),
        unlinked=MemoryUnlinked(operator.stores(connection_id).unlinked.held()),
        match_index=MemoryMatchIndex(),
        deferred=MemoryDeferred(),
        waiting_invoices=not_needed,
        timestamps=MemoryTimestamps(),
        tasks=MemoryTasks(),
        leases=MemoryLeases(),
        administration=MemoryAdministration(),
        notices=not_needed,
        queues=NoQueues(),
        clock=operator.clock,
        time_left=lambda: LONG,
        fingerprint_keys=_fingerprint_keys(operator, connection_id),
        reconciliations=not_needed,
    )
    rehearsal = _Rehearsal(connection, rehearsed_tribe, rehearsed_yuki, {one.tribe_relation_id: one for one in stored})
    rehearsal.run()
    return rehearsal


def _fingerprint_keys(operator: Operator, connection_id: str) -> tuple[FingerprintKey, ...]:
    stored = operator.stores(connection_id).secrets.read(CREDENTIALS)
    if stored is None:
        raise Declined("credentials_missing", f"{connection_id} has no credentials; run `tribe-yuki connect`")
    return tuple(FingerprintKey(one["id"], one["key"].encode()) for one in stored["hmac_keys"])


def _records(rehearsal: _Rehearsal, settings: ConnectionSettings) -> Iterator[PlannedRecord]:
    active = _contacts(rehearsal, "Active")
    for contact in active.values():
        if _is_looked_at(contact, settings):
            yield _contact(rehearsal, contact, settings, is_active=True)
    for contact_id, contact in _contacts(rehearsal, "Inactive").items():
        if contact_id not in active and _is_looked_at(contact, settings):
            yield _contact(rehearsal, contact, settings, is_active=False)
    linked = {link.tribe_relation_id for link in rehearsal.connection.links.page(limit=MOST_LINKS)}
    for relation in rehearsal.tribe.relations.values():
        if relation.tribe_relation_id not in linked and relation.has_role(RoleKind.CUSTOMER):
            held = HoldReason.NOT_UNDERSTOOD.value if relation.flaws else ""
            yield _relation(relation, "hold" if held else "skip", held or "goes_when_it_changes")


def _contacts(rehearsal: _Rehearsal, wanted: str) -> dict[str, YukiContact]:
    """Return the contacts of the lists of one active state, by id."""
    pages = (contacts for (_, active), contacts in rehearsal.yuki.pages.items() if active == wanted)
    return {contact.yuki_contact_id: contact for contacts in pages for contact in contacts}


def _is_looked_at(contact: YukiContact, settings: ConnectionSettings) -> bool:
    """Tell whether a contact belongs in the plan: a customer, or a supplier if those are imported."""
    return bool(contact.is_customer) or bool(roles_in_tribe(contact, settings))


def _contact(
    rehearsal: _Rehearsal, contact: YukiContact, settings: ConnectionSettings, *, is_active: bool
) -> PlannedRecord:
    connection = rehearsal.connection
    relation_id = connection.links.relation_linked_to(contact.yuki_contact_id)
    if relation_id is not None and (link := connection.links.get(relation_id)):
        return _linked(rehearsal, link, contact)
    if not is_active:
        return _planned(contact, "skip", "inactive")
    if not roles_in_tribe(contact, settings):
        return _planned(contact, "skip", "contact_type_not_imported")
    if is_own_company(contact, connection.own_companies(), settings.country):
        return _planned(contact, "skip", "own_company")
    held = connection.unlinked.get(contact.yuki_contact_id)
    return _planned(contact, "hold", (held.reason or "") if held else "")


def _planned(
    contact: YukiContact,
    decision: str,
    reason: str = "",
    in_tribe: Iterable[str] = (),
    in_yuki: Iterable[str] = (),
) -> PlannedRecord:
    number = str(contact.hid) if contact.hid is not None else contact.code or ""
    return PlannedRecord(
        side="yuki",
        record_id=contact.yuki_contact_id,
        number=number,
        decision=decision,
        reason=reason,
        fields_in_tribe=tuple(sorted(in_tribe)),
        fields_in_yuki=tuple(sorted(in_yuki)),
        name=contact.name,
    )


def _linked(rehearsal: _Rehearsal, link: Link, contact: YukiContact) -> PlannedRecord:
    if link.state is not LinkState.LINKED:
        return _planned(contact, "skip", link.state.value)
    new = rehearsal.tribe.created.get(link.tribe_relation_id)
    in_tribe = {*new.values, *new.addresses} if new else rehearsal.tribe.updated.get(link.tribe_relation_id, set())
    elements = {name for names in rehearsal.yuki.written.get(contact.yuki_contact_id, []) for name in names}
    in_yuki = set(_field_names(elements))
    decision = "update" if in_tribe or in_yuki else "unchanged"
    if new is not None:
        decision = "create"
    elif link.tribe_relation_id not in rehearsal.before:
        decision = "link"
    return _planned(contact, decision, link.reason or "", in_tribe, in_yuki)


def _field_names(elements: set[str]) -> Iterator[str]:
    """Return the names in the field tables of elements of Contact.xsd."""
    for entry in {entry.name: entry for table in FIELDS.values() for entry in table}.values():
        match entry:
            case TextField(yuki_element=str() as element) if element in elements and element != "FullName":
                yield entry.name
            case AddressField(yuki_written=groups):
                if any(ADDRESS_ELEMENTS[group].city in elements for group in groups):
                    yield entry.name
            case _:
                continue


def _relation(relation: TribeRelation, decision: str, reason: str) -> PlannedRecord:
    return PlannedRecord(
        "tribe", relation.tribe_relation_id, relation.debtor_number or "", decision, reason, name=relation.name
    )


def _invoices(tribe: Tribe, yuki: Yuki, settings: ConnectionSettings) -> dict[str, int]:
    """Count what becomes of the invoices that were sent already; one or two calls to Yuki."""
    since = datetime(settings.start_date.year, settings.start_date.month, settings.start_date.day, tzinfo=UTC)
    seen = tribe.invoice_heads(modified_since=since)
    standings = Counter(settings.standing_of(head) for head in seen)
    heads = [head for head in seen if settings.standing_of(head) is PhaseMeaning.SENT]
    current = [head for head in heads if head.invoice_date is None or head.invoice_date >= settings.start_date]
    booked = {number for number, _ in numbers_in_yuki(yuki, settings.start_date)} if current else set()
    known = sum(1 for head in current if head.number in booked)
    return {
        "pushed": len(current) - known,
        "already_in_yuki": known,
        "before_start_date": len(heads) - len(current),
        "excluded_by_phase": standings[PhaseMeaning.EXCLUDED],
    }


def _summary(
    connection_id: str,
    settings: ConnectionSettings,
    rehearsal: _Rehearsal,
    records: tuple[PlannedRecord, ...],
    invoices: Mapping[str, int],
) -> Plan:
    of_yuki = [record for record in records if record.side == "yuki"]
    in_tribe = Counter(record.decision for record in of_yuki)
    in_yuki = Counter("updated" if record.fields_in_yuki else "untouched" for record in of_yuki)
    others = sum(
        1
        for new in rehearsal.tribe.created.values()
        if (contact := _contact_of(rehearsal, new.import_id)) and contact.code and "debtor_number" not in new.values
    )
    calls = rehearsal.yuki.calls + ceil(invoices["pushed"] / settings.batch_size)
    return Plan(
        connection=connection_id,
        in_tribe=dict(in_tribe),
        in_yuki=dict(in_yuki),
        numbers_of_others=others,
        invoices=invoices,
        yuki_calls=calls,
        days=ceil(calls / (settings.daily_call_limit * int(Priority.CONTACTS) / 100)),
        reasons=dict(Counter(record.reason for record in records if record.reason)),
        next_steps=(
            "`tribe-yuki plan --csv FILE` writes every record with its decision.",
            "Where both systems have a value, this import takes Yuki's; whatever comes later leaves Tribe's as it is.",
            f"`tribe-yuki activate --expect {len(of_yuki)}` does it.",
        ),
        records=records,
    )


def _contact_of(rehearsal: _Rehearsal, import_id: str) -> YukiContact | None:
    wanted = import_id.rpartition(":")[2]
    pages = rehearsal.yuki.pages.values()
    return next((one for page in pages for one in page if one.yuki_contact_id.lower() == wanted), None)


def _id(rehearsal: _Rehearsal) -> str:
    return rehearsal.connection.connection_id
