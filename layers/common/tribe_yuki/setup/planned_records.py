"""What the plan says of one record: the import's decision about it, and what that writes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tribe_yuki.contacts.fields.table import ADDRESS_ELEMENTS, FIELDS, AddressField, TextField
from tribe_yuki.contacts.importable import roles_in_tribe
from tribe_yuki.contacts.initial_import.decide import Contest, Create, Hold, LinkTo, Skip
from tribe_yuki.contacts.initial_import.forecast.forecast import Forecast
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.model import RoleKind, TribeRelation, YukiContact
from tribe_yuki.core.holds import HoldReason


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


def planned_records(
    forecast: Forecast, imported: Iterable[YukiContact], inactive: Iterable[YukiContact]
) -> Iterator[PlannedRecord]:
    """Yield what happens to contacts that are imported, to inactive ones, and to Tribe's other customers."""
    active = {contact.yuki_contact_id: contact for contact in imported}
    others = {contact.yuki_contact_id: contact for contact in inactive if contact.yuki_contact_id not in active}
    for contact in [*active.values(), *others.values()]:
        if contact.is_customer or roles_in_tribe(contact, forecast.settings):
            yield _contact(forecast, contact)
    for relation in forecast.systems.relations.values():
        if relation.tribe_relation_id not in forecast.links.by_relation and relation.has_role(RoleKind.CUSTOMER):
            held = HoldReason.NOT_UNDERSTOOD.value if relation.flaws else ""
            yield _relation(relation, "hold" if held else "skip", held or "goes_when_it_changes")


def _contact(forecast: Forecast, contact: YukiContact) -> PlannedRecord:
    link = forecast.links.of_contact(contact.yuki_contact_id)
    if link is not None:
        return _linked(forecast, link, contact)
    match forecast.actions.get(contact.yuki_contact_id):
        case Skip(reason):
            return _planned(contact, "skip", reason.value)
        case Hold(reason=reason):
            return _planned(contact, "hold", reason.value)
        case _:
            return _planned(contact, "skip", "inactive")


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


def _linked(forecast: Forecast, link: Link, contact: YukiContact) -> PlannedRecord:
    if link.state is not LinkState.LINKED:
        return _planned(contact, "skip", link.state.value)
    new = forecast.systems.created.get(link.tribe_relation_id)
    in_tribe = {*new.values, *new.addresses} if new else forecast.systems.fields_in_tribe[link.tribe_relation_id]
    in_yuki = set(_field_names(forecast.systems.elements_in_yuki.get(contact.yuki_contact_id, set())))
    match forecast.actions.get(contact.yuki_contact_id):
        case Create():
            decision = "create"
        case LinkTo() | Contest():
            decision = "link"
        case _:
            decision = "update" if in_tribe or in_yuki else "unchanged"
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
