"""Bring a linked relation and contact together: write what differs, then remember it (design 5)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tribe_yuki.contacts.code_in_yuki import (
    code_to_have,
    confirmed_code,
    number_to_offer,
    put_back_before,
    shows_otherwise,
)
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.details import kind_of
from tribe_yuki.contacts.fields.code import contact_code, is_same_code
from tribe_yuki.contacts.fields.read import ContactPair
from tribe_yuki.contacts.fields.table import ADDRESS_FIELDS, CODE_FIELD
from tribe_yuki.contacts.held_links import hold_link
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.link import Link, Side
from tribe_yuki.contacts.match.index import index_relations
from tribe_yuki.contacts.merge.decide import MergePlan, decide_merge
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.model import RelationSnapshot, TribeRelation, YukiContact, demand_readable
from tribe_yuki.contacts.update_in_yuki import give_names, update_contact
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry, JournalKind, webhook_entry


def apply_merge(
    connection: ContactContext,
    link: Link,
    snapshot: RelationSnapshot,
    contact: YukiContact,
    *,
    codes_later: bool = False,
) -> tuple[Link, Held | None]:
    """Write to both sides what the merge decides, and store the link, which is as stored; its lease is held.

    The code of Tribe is put on the contact, too, unless `codes_later` (the import sees to codes once it knows all) or
    contacts of its type are not exported: then an invoice sees to it.
    Return the link, and why a person has to decide, which it remembers: about the kind of contact, about the code, the
    fields being settled by then, or because Yuki refuses what is written.
    Raises Held while a key or an application is refused, for then all have to wait, and Gone when the relation is gone.
    """
    relation = snapshot.relation
    demand_readable(relation)
    demand_readable(contact)
    if relation.kind is not contact.kind:
        held = Held(HoldReason.CONTACT_TYPE_DIFFERS, kind_of(relation.kind))
        return hold_link(connection, link, held), held
    if link.creating_as is not None:
        contact = give_names(connection, relation, contact)
    writable = writable_sides(relation, connection.settings)
    merge = _decide(connection, link, ContactPair(relation, contact, connection.contact_mapping), writable)
    offered = None if codes_later or Side.TRIBE not in writable else number_to_offer(connection, relation, contact)
    if codes_later or offered is not None or Side.YUKI not in writable:
        code, code_held = None if codes_later else confirmed_code(relation, contact), None
    else:
        code, code_held = code_to_have(connection, link, relation, contact)
    new_code = None if is_same_code(code, contact.code) else code
    try:
        _write_to_yuki(connection, relation, contact, merge, new_code)
    except Held as refused:
        if refused.waits_for_credentials:
            raise
        return hold_link(connection, link, refused), refused
    merge = _write_to_tribe(connection, relation, merge, offered)
    coded = _with_code(link, code, new_code) if not codes_later else replace(link, code_at_import=contact.code)
    known = remember_relation(connection, replace(coded, creating_as=None), snapshot)
    if code_held is None or (link.reason, link.details) != (code_held.reason.value, code_held.details):
        known = replace(known, reason=None, details=())
    entries = [*_entries(link, relation, contact, merge, new_code), *_entries_of_number(offered)]
    merged = _remember(connection, link, known, snapshot, merge, entries)
    return (hold_link(connection, merged, code_held) if code_held else merged), code_held


def _with_code(link: Link, code: str | None, written: str | None) -> Link:
    return replace(link, code=code, code_at_import=None, code_put_back=put_back_before(link, code, written))


def _decide(connection: ContactContext, link: Link, pair: ContactPair, writable: frozenset[Side]) -> MergePlan:
    return decide_merge(
        pair,
        link.base,
        connection.fingerprints(link.tribe_relation_id),
        prefer=Side.TRIBE if link.base else link.prefers,  # only the first merge of an import is Yuki's
        now=connection.now(),
        writable=writable,
    )


def _write_to_yuki(
    connection: ContactContext, relation: TribeRelation, contact: YukiContact, merge: MergePlan, code: str | None
) -> None:
    elements = {**merge.elements.elements, **({"Code": code} if code is not None else {})}
    if elements:
        update_contact(connection, relation, contact.yuki_contact_id, elements, contact)


def _write_to_tribe(
    connection: ContactContext, relation: TribeRelation, merge: MergePlan, number: str | None
) -> MergePlan:
    """Write what has to go to Tribe; return the merge with a warning when an address went without its country."""
    values = {**merge.values.values, **({CODE_FIELD.tribe_attribute: number} if number is not None else {})}
    addresses = {source.value: address for source, address in merge.values.addresses.items()}
    if not values and not addresses:
        return merge
    connection.tribe.update_relation(relation, values, addresses)
    countries = {address.country for address in addresses.values() if address.country}
    if not countries or countries <= set(connection.tribe.known_countries()):
        return merge
    names = sorted(name for name in merge.to_tribe if name in ADDRESS_FIELDS)
    lacking = (FieldWarning(name, WarningCode.COUNTRY_MISSING_IN_TRIBE) for name in names)
    return replace(merge, warnings=tuple(dict.fromkeys([*merge.warnings, *lacking])))


def remember_relation(connection: ContactContext, link: Link, snapshot: RelationSnapshot) -> Link:
    """Return the link with what is known of the relation besides its fields; it is not stored yet."""
    relation = snapshot.relation
    addresses = (
        relation.invoice_address,
        relation.postal_address,
        relation.visiting_address,
        relation.private_address,
    )
    address_ids = {address.tribe_address_id for address in addresses if address and address.tribe_address_id}
    record_ids = sorted(address_ids | {role.tribe_role_id for role in relation.roles})
    new = [record_id for record_id in record_ids if record_id not in link.record_ids]
    connection.links.remember_records(link.tribe_relation_id, new)
    return replace(
        link,
        kind=relation.kind,
        number=contact_code(relation),
        record_ids=tuple(record_ids),
        read_at=snapshot.read_at,
    )


def _remember(
    connection: ContactContext,
    before: Link,
    link: Link,
    snapshot: RelationSnapshot,
    merge: MergePlan,
    entries: Sequence[JournalEntry],
) -> Link:
    """Store what is known now, unless it is known already; a hold ends unless `link` says that its cause is there."""
    warnings = tuple(f"{warning.field}:{warning.code.value}" for warning in merge.warnings)
    known = replace(link, base=merge.base, warnings=warnings)
    told = [*webhook_entry(snapshot.webhook_at), *entries] if entries else []
    if known.warnings != before.warnings:
        told += _warning_entries(merge.warnings)
    if replace(before, read_at=known.read_at) == known and not told:
        connection.links.set_read_at(known.tribe_relation_id, snapshot.read_at)
        return known
    if known.base != before.base:
        index_relations(connection, [snapshot.relation])
    return connection.links.save(known, told, connection.now(), former=before)


def _entries(
    link: Link, relation: TribeRelation, contact: YukiContact, merge: MergePlan, new_code: str | None
) -> Iterator[JournalEntry]:
    if merge.to_yuki:
        yield JournalEntry(JournalKind.ANSWER, "written_to_yuki", {"fields": ", ".join(sorted(merge.to_yuki))})
    if merge.to_tribe:
        yield JournalEntry(JournalKind.ANSWER, "written_to_tribe", {"fields": ", ".join(sorted(merge.to_tribe))})
    if new_code is not None:
        code = "code_put_back" if is_same_code(link.code, new_code) else "code_written"
        yield JournalEntry(JournalKind.REPORT, code, {"found": contact.code, "written": new_code})
    elif link.code is not None and shows_otherwise(link, relation, contact):
        yield JournalEntry(JournalKind.REPORT, "not_reflected", {"field": CODE_FIELD.name})
    for name in merge.conflicts:
        yield JournalEntry(JournalKind.REPORT, "conflict", {"field": name})
    for name, side in merge.emptied:
        yield JournalEntry(JournalKind.REPORT, "emptied", {"field": name, "side": side.value})
    for name in merge.not_reflected:
        yield JournalEntry(JournalKind.REPORT, "not_reflected", {"field": name})


def _entries_of_number(offered: str | None) -> Iterator[JournalEntry]:
    if offered is not None:
        yield JournalEntry(JournalKind.ANSWER, "written_to_tribe", {"fields": CODE_FIELD.name})


def _warning_entries(warnings: Iterable[FieldWarning]) -> Iterator[JournalEntry]:
    for warning in warnings:
        yield JournalEntry(JournalKind.REPORT, "field_warning", {"field": warning.field, "why": warning.code.value})
