"""Tell from one side alone whether a merge may be due; and the base of a contact that was just created (design 5)."""

from collections.abc import Mapping
from datetime import UTC, datetime

from tribe_yuki.contacts.fields.addresses import known_country, tribe_address
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.read import merged_fields, tribe_value, yuki_value
from tribe_yuki.contacts.fields.table import AddressField, Direction, Field
from tribe_yuki.contacts.link import FieldBase, Side
from tribe_yuki.contacts.merge.after_write import contact_after
from tribe_yuki.contacts.merge.decide import tribe_modified_at
from tribe_yuki.contacts.merge.observation import Change, FieldObservation, observe
from tribe_yuki.contacts.merge.tribe_values import POSTAL
from tribe_yuki.contacts.merge.yuki_elements import elements_for_yuki
from tribe_yuki.contacts.model import TribeRelation, YukiContact
from tribe_yuki.core.fingerprint import Fingerprints

# What somebody has to act on. Our own write that shows has to be known of Yuki, whose reads may be stale.
_NEWS: Mapping[Side, frozenset[Change]] = {
    Side.TRIBE: frozenset({Change.CHANGED, Change.NOT_REFLECTED}),
    Side.YUKI: frozenset({Change.CHANGED, Change.NOT_REFLECTED, Change.OURS}),
}
_ALWAYS_LATER = datetime.max.replace(tzinfo=UTC)


def changed_in_tribe(
    relation: TribeRelation, base: Mapping[str, FieldBase], fingerprints: Fingerprints, settings: ContactMapping
) -> bool:
    """Whether anything of a relation may have to go to Yuki, or to be told; what we wrote ourselves does not."""
    return any(
        _is_news(
            observe(entry, {Side.TRIBE: tribe_value(entry, relation, settings)}, base, fingerprints),
            Side.TRIBE,
            tribe_modified_at(entry, relation, _ALWAYS_LATER),
        )
        for entry in merged_fields(relation.kind, settings)
        if entry.direction is not Direction.TO_TRIBE and not _is_abroad(entry, relation, settings)
    )


def changed_in_yuki(
    contact: YukiContact, base: Mapping[str, FieldBase], fingerprints: Fingerprints, settings: ContactMapping
) -> bool:
    """Whether anything of a contact may have to go to Tribe, to be put back, or to be known as our own write."""
    return any(
        _is_news(
            observe(entry, {Side.YUKI: yuki_value(entry, contact, settings)}, base, fingerprints),
            Side.YUKI,
            contact.modified_at,
        )
        for entry in merged_fields(contact.kind, settings)
    )


def _is_news(seen: FieldObservation, side: Side, modified_at: datetime | None) -> bool:
    if seen.is_invalid or seen.base is None:
        return seen.values[side].is_valid
    return seen.compare(side, modified_at) in _NEWS[side]


def _is_abroad(entry: Field, relation: TribeRelation, settings: ContactMapping) -> bool:
    """Whether an address is a postal one that Yuki cannot hold beside the billing address."""
    if not isinstance(entry, AddressField) or entry.name != POSTAL:
        return False
    lines = tribe_address(entry, relation, settings)
    place = known_country(relation).written
    return lines is not None and bool(lines.country) and bool(place) and lines.country != place


def base_of_new_contact(
    relation: TribeRelation, fingerprints: Fingerprints, settings: ContactMapping, now: datetime
) -> Mapping[str, FieldBase]:
    """Return the base of a contact that was just created with `elements_for_yuki`.

    What Yuki made of it is not known yet. A field that could not be sent has no base.
    """
    empty = YukiContact("", relation.kind, "")
    created = contact_after(empty, elements_for_yuki(relation, settings=settings).elements, relation.kind)
    base: dict[str, FieldBase] = {}
    for entry in merged_fields(relation.kind, settings):
        tribe = tribe_value(entry, relation, settings)
        values = {Side.TRIBE: tribe, Side.YUKI: yuki_value(entry, empty, settings)}
        seen = FieldObservation(entry, values, fingerprints)
        after = yuki_value(entry, created, settings)
        if after.is_valid:
            base[entry.name] = seen.base_after_write(Side.YUKI, after, now)
        elif tribe.is_empty or (entry.direction is Direction.TO_TRIBE and tribe.is_valid):
            base[entry.name] = seen.base_as_shown()
    return base
