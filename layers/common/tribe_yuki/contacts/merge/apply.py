"""Bring a linked relation and contact together: write what differs, then remember it (design 5)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.fields.read import ContactPair, contact_code, is_same_code
from tribe_yuki.contacts.fields.table import ADDRESS_FIELDS
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.link import Link, LinkState, Side
from tribe_yuki.contacts.match.index import match_keys
from tribe_yuki.contacts.match.profile import relation_profile
from tribe_yuki.contacts.merge.decide import MergePlan, decide_merge
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.model import TribeRelation, YukiContact, demand_readable
from tribe_yuki.contacts.update_in_yuki import demand_free_code, give_names, update_contact
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind, heard


def merge_and_write(
    connection: ContactContext,
    link: Link,
    relation: TribeRelation,
    contact: YukiContact,
    *,
    read_at: datetime,
    codes_later: bool = False,
    heard_at: datetime | None = None,
) -> Link:
    """Write to both sides what the merge decides, and store the link; the lease on the relation is held.

    `read_at` is from before Tribe was asked for the relation: events after it are news. A webhook told of the relation
    at `heard_at`.
    The code of Tribe is put on the contact, too, unless `codes_later` (the import sees to codes once it knows all) or
    contacts of its type are not exported: then an invoice sees to it.
    Raises Held when a person has to decide about the code, the fields being settled by then, or when Yuki refuses what
    is written; the link remembers. That is no use while a key or an application is refused: then all have to wait.
    Raises Gone when the relation is gone.
    """
    demand_readable(relation)
    demand_readable(contact)
    if relation.kind is not contact.kind:
        return remember_hold(connection, link, Held(HoldReason.CONTACT_TYPE_DIFFERS, detail=relation.kind.value))
    if link.creating_as is not None:
        contact = give_names(connection, relation, contact)
    writable = writable_sides(relation, connection.settings)
    merge = decide_merge(
        ContactPair(relation, contact, connection.contact_mapping),
        link.base,
        connection.fingerprints(relation.tribe_relation_id),
        prefer=Side.TRIBE if link.base else link.prefers,  # only the first merge of an import is Yuki's
        now=connection.now(),
        writable=writable,
    )
    if codes_later or Side.YUKI not in writable:
        held, code = None, None if codes_later else _confirmed_code(relation, contact)
    else:
        held, code = _code_to_have(connection, link, relation, contact)
    try:
        _write_to_yuki(connection, relation, contact, merge, None if is_same_code(code, contact.code) else code)
    except Held as refused:
        remember_hold(connection, link, refused)
        raise
    merge = _write_to_tribe(connection, relation, merge)
    coded = replace(link, seen_code=contact.code) if codes_later else replace(link, code=code, seen_code=None)
    known = remember_relation(connection, replace(coded, creating_as=None), relation, read_at)
    entries = list(_entries(link, contact, merge, code))
    merged = _remember(connection, known, relation, merge, [*heard(heard_at), *entries] if entries else [])
    if held is not None:
        remember_hold(connection, merged, held)
        raise held
    return merged


def was_read_later(link: Link, read_at: datetime) -> bool:
    """Tell whether another worker knows a relation as it was after `read_at`: what was read then is old."""
    return link.read_at is not None and link.read_at > read_at


def remember_relation(connection: ContactContext, link: Link, relation: TribeRelation, read_at: datetime) -> Link:
    """Return the link with what is known of the relation besides its fields; it is not stored yet."""
    address_ids = (
        address.tribe_address_id
        for address in (
            relation.invoice_address,
            relation.postal_address,
            relation.visiting_address,
            relation.private_address,
        )
        if address
    )
    record_ids = sorted({*filter(None, address_ids), *(role.tribe_role_id for role in relation.roles)})
    new = [record_id for record_id in record_ids if record_id not in link.record_ids]
    connection.links.remember_records(link.tribe_relation_id, new)
    return replace(
        link,
        kind=relation.kind,
        number=contact_code(relation),
        record_ids=tuple(record_ids),
        read_at=read_at,
    )


def register_relation(connection: ContactContext, relation: TribeRelation) -> None:
    """Make a relation findable by what it can be recognised by."""
    fingerprints = connection.match_fingerprints
    keys = match_keys(relation_profile(relation, connection.contact_mapping))
    found = {relation.tribe_relation_id: [fingerprints.of(kind, value) for kind, value in keys]}
    connection.match_index.remember(found)


@contextmanager
def after_remembered_holds() -> Iterator[None]:
    """Go on after a hold, which the link remembers; raise one that waits for credentials: then all have to wait."""
    try:
        yield
    except Held as held:
        if held.waits_for_credentials:
            raise


def remember_hold(connection: ContactContext, link: Link, held: Held) -> Link:
    """Store on the link why a person has to decide; a linked one stays linked.

    A refused key or application is nothing that a link could remember: it is no fault of its record.
    """
    if held.waits_for_credentials:
        return link
    current = connection.links.get(link.tribe_relation_id) or link
    if (current.reason, current.detail) == (held.reason.value, held.detail):
        return current
    state = current.state if current.state is LinkState.LINKED else LinkState.HELD
    now = connection.now()
    entry = JournalEntry(JournalKind.DECISION, "held", {"reason": held.reason.value, "detail": held.detail or None})
    return connection.links.save(
        replace(current, state=state, since=now, reason=held.reason.value, detail=held.detail), [entry], now
    )


def _confirmed_code(relation: TribeRelation, contact: YukiContact) -> str | None:
    """Return the code of a relation when its contact has it."""
    code = contact_code(relation)
    return code if is_same_code(code, contact.code) else None


def _code_to_have(
    connection: ContactContext, link: Link, relation: TribeRelation, contact: YukiContact
) -> tuple[Held | None, str | None]:
    """Return the code that the contact gets, and why it cannot get Tribe's, if so."""
    code = contact_code(relation)
    if code is None or is_same_code(code, contact.code):
        return None, code
    try:
        demand_one_holder(connection, code)
        demand_free_code(connection, code, contact.yuki_contact_id)
    except Held as held:
        if held.waits_for_credentials:
            raise
        return held, link.code if is_same_code(link.code, contact.code) else None
    return None, code


def demand_one_holder(connection: ContactContext, code: str) -> None:
    """Raise Held(debtor_number_duplicate) when more than one relation of Tribe has a number."""
    if len(connection.tribe.find_relations_by_debtor_number(code)) > 1:
        raise Held(HoldReason.DEBTOR_NUMBER_DUPLICATE)


def _write_to_yuki(
    connection: ContactContext, relation: TribeRelation, contact: YukiContact, merge: MergePlan, code: str | None
) -> None:
    elements = dict(merge.elements.elements)
    if code is not None:
        elements["Code"] = code
    if elements:
        update_contact(connection, relation, contact.yuki_contact_id, elements, contact)


def _write_to_tribe(connection: ContactContext, relation: TribeRelation, merge: MergePlan) -> MergePlan:
    """Write what has to go to Tribe; return the merge with a warning when an address went without its country."""
    if merge.values.is_empty:
        return merge
    addresses = {source.value: address for source, address in merge.values.addresses.items()}
    connection.tribe.update_relation(relation, merge.values.values, addresses)
    countries = {address.country for address in addresses.values() if address.country}
    if not countries or countries <= set(connection.tribe.known_countries()):
        return merge
    names = sorted(name for name in merge.to_tribe if name in ADDRESS_FIELDS)
    lacking = (FieldWarning(name, WarningCode.COUNTRY_MISSING_IN_TRIBE) for name in names)
    return replace(merge, warnings=tuple(dict.fromkeys([*merge.warnings, *lacking])))


def _remember(
    connection: ContactContext, link: Link, relation: TribeRelation, merge: MergePlan, entries: Iterable[JournalEntry]
) -> Link:
    """Store what is known now, unless it is known already; a hold whose cause is gone ends."""
    before = connection.links.get(link.tribe_relation_id) or link
    known = replace(
        link,
        base=merge.base,
        warnings=tuple(f"{warning.field}:{warning.code.value}" for warning in merge.warnings),
        reason=None,
        detail="",
    )
    told = list(entries)
    if known.warnings != before.warnings:
        told += _warning_entries(merge.warnings)
    if replace(before, read_at=known.read_at) == known and not told:
        if known.read_at is not None:
            connection.links.set_read_at(known.tribe_relation_id, known.read_at)
        return known
    if known.base != before.base:
        register_relation(connection, relation)
    return connection.links.save(known, told, connection.now(), former=before)


def _entries(link: Link, contact: YukiContact, merge: MergePlan, code: str | None) -> Iterator[JournalEntry]:
    if merge.to_yuki:
        yield JournalEntry(JournalKind.ANSWER, "written_to_yuki", {"fields": ", ".join(sorted(merge.to_yuki))})
    if merge.to_tribe:
        yield JournalEntry(JournalKind.ANSWER, "written_to_tribe", {"fields": ", ".join(sorted(merge.to_tribe))})
    if code is not None and not is_same_code(code, contact.code):
        is_put_back = is_same_code(link.code, code)
        facts = {"found": contact.code, "written": code}
        yield JournalEntry(JournalKind.REPORT, "code_put_back" if is_put_back else "code_written", facts)
    for name in merge.conflicts:
        yield JournalEntry(JournalKind.REPORT, "conflict", {"field": name})
    for name, side in merge.emptied:
        yield JournalEntry(JournalKind.REPORT, "emptied", {"field": name, "side": side.value})
    for name in merge.not_reflected:
        yield JournalEntry(JournalKind.REPORT, "not_reflected", {"field": name})


def _warning_entries(warnings: Iterable[FieldWarning]) -> Iterator[JournalEntry]:
    for warning in warnings:
        yield JournalEntry(JournalKind.REPORT, "field_warning", {"field": warning.field, "why": warning.code.value})
