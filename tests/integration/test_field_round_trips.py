"""Every row of the field tables travels as its direction says, over both real protocols (docs/field-mapping.md)."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.world.world import World, open_world
from tribe_yuki.contacts.fields.table import CODE_FIELD, FIELDS, AddressField, Direction, TextField
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.contacts.model import ContactKind

NUMBERS = {ContactKind.ORGANISATION: "D-10018", ContactKind.PERSON: "D-10046"}
SETS = {ContactKind.ORGANISATION: "Relation_Organization", ContactKind.PERSON: "Relation_Person"}
# A new value for each field, and another writing of it that is no change.
SAMPLES: dict[str, tuple[str, str]] = {
    "name": ("Andere Naam B.V.", "Andere  Naam B.V. "),
    "email": ("anders@voorbeeld.example", "Anders@Voorbeeld.example"),
    "website": ("https://anders.example", "www.anders.example/"),
    "phone": ("+31 38 555 0142", "038-5550142"),
    "mobile": ("+31 6 12345678", "06 12 34 56 78"),
    "coc_number": ("99130579", "99 13 05 79"),
    "vat_number": ("NL999900018B01", "NL 9999.00.018.B01"),
    "first_name": ("Janneke", " Janneke"),
    "middle_name": ("van den", "van  den"),
    "last_name": ("Voorbeeldsma", "Voorbeeldsma "),
}
LINES = {
    "Street": "Nieuwe Kade",
    "HouseNumber": 12.0,
    "HouseNumberSuffix": "A",
    "Postalcode": "8011 AB",
    "City": "Zwolle",
}
CASES = [(kind, entry) for kind, entries in FIELDS.items() for entry in entries if entry is not CODE_FIELD]
IDS = [f"{kind.value}-{entry.name}" for kind, entry in CASES]


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with ExitStack() as stack:
        world = open_world(stack)
        for kind in ContactKind:
            world.edit_in_tribe(relation(world, kind)["ID"], PhoneNumber="038 555 0100")
        world.run(minutes=20)
        for kind in ContactKind:
            link = world.links.get(relation(world, kind)["ID"])
            assert link is not None
            assert link.state is LinkState.LINKED
        yield world


def relation(world: World, kind: ContactKind) -> dict[str, Any]:
    rows: list[dict[str, Any]] = world.tribe_state()[SETS[kind]]
    (found,) = [row for row in rows if row["DebtorNumber"] == NUMBERS[kind]]
    return found


def contact(world: World, kind: ContactKind) -> dict[str, Any]:
    rows: list[dict[str, Any]] = world.yuki_state()["contacts"]
    (found,) = [row for row in rows if row["Code"] == NUMBERS[kind]]
    return found


def writes(world: World) -> int:
    """Return how often either side was written over its API."""
    tribe = sum(number for name, number in world.tribe_state()["calls"].items() if name.startswith(("PUT", "POST Re")))
    yuki: int = world.yuki_state()["calls"].get("UpdateContact", 0)
    return int(tribe) + yuki


def key(entry: TextField, value: str | None) -> str:
    return entry.convert(value, "NL").key


@pytest.mark.parametrize(("kind", "entry"), CASES, ids=IDS)
def test_a_change_in_tribe(shared: World, kind: ContactKind, entry: TextField | AddressField) -> None:
    world = shared
    if isinstance(entry, AddressField):
        _address_in_tribe(world, kind, entry)
        return
    if entry.name == "name" and kind is ContactKind.PERSON:
        return  # Tribe computes it; it follows from its parts, below
    new, _ = SAMPLES[entry.name]
    before = contact(world, kind)[entry.yuki_read]
    world.edit_in_tribe(relation(world, kind)["ID"], **{entry.tribe_property: new})
    world.run(minutes=2)
    after = contact(world, kind)[entry.yuki_read]
    if entry.direction is Direction.TO_TRIBE:
        assert after == before
        return
    assert key(entry, after) == key(entry, new)
    if kind is ContactKind.PERSON and entry.name in ("first_name", "middle_name", "last_name"):
        assert contact(world, kind)["Name"] == relation(world, kind)["Name"].strip()


def _address_in_tribe(world: World, kind: ContactKind, entry: AddressField) -> None:
    stored = relation(world, kind)[entry.tribe_property]
    if stored is None:
        world.edit_in_tribe(relation(world, kind)["ID"], **{entry.tribe_property: LINES})
    else:
        world.edit_in_tribe(stored["ID"], **LINES)
    world.run(minutes=2)
    prefix = "Mail" if entry.yuki_written == ("mail",) else ""
    after = contact(world, kind)
    shown = (after[f"{prefix}AddressLine_1"], after[f"{prefix}Postcode"], after[f"{prefix}City"])
    assert shown == ("Nieuwe Kade 12A", "8011 AB", "Zwolle")


@pytest.mark.parametrize(("kind", "entry"), CASES, ids=IDS)
def test_a_change_in_yuki(shared: World, kind: ContactKind, entry: TextField | AddressField) -> None:
    world = shared
    if isinstance(entry, AddressField):
        _address_in_yuki(world, kind, entry)
        return
    new = {"vat_number": "NL999900031B01", "coc_number": "99130580"}.get(entry.name, f"{SAMPLES[entry.name][0]}")
    changed = {"phone": "038 555 0155", "mobile": "06 87654321", "email": "nog@voorbeeld.example"}.get(entry.name, new)
    changed = f"{changed} 2" if entry.name in ("name", "first_name", "last_name") else changed
    before = relation(world, kind)[entry.tribe_property]
    world.edit_contact(contact(world, kind)["ID"], **{entry.yuki_read: changed})
    world.run(minutes=16)
    after = relation(world, kind)[entry.tribe_property]
    if entry.direction is Direction.TO_YUKI:
        assert after == before
        assert contact(world, kind)[entry.yuki_read] == before.strip()
        return
    assert key(entry, after) == key(entry, changed)


def _address_in_yuki(world: World, kind: ContactKind, entry: AddressField) -> None:
    prefix = "Mail" if entry.yuki_written == ("mail",) else ""
    lines = {f"{prefix}AddressLine_1": "Oude Haven 7 bis", f"{prefix}Postcode": "7411 LG", f"{prefix}City": "Deventer"}
    world.edit_contact(contact(world, kind)["ID"], **lines)
    world.run(minutes=16)
    stored = relation(world, kind)[entry.tribe_property]
    (address,) = [row for row in world.tribe_state()["Address"] if row["ID"] == stored["ID"]]
    assert (address["Street"], address["HouseNumber"], address["HouseNumberSuffix"]) == ("Oude Haven", 7, "bis")
    assert (address["Postalcode"], address["City"]) == ("7411 LG", "Deventer")


@pytest.mark.parametrize(("kind", "entry"), CASES, ids=IDS)
def test_another_writing_is_no_change(shared: World, kind: ContactKind, entry: TextField | AddressField) -> None:
    world = shared
    if isinstance(entry, AddressField) or entry.direction is not Direction.BOTH:
        return
    new, other = SAMPLES[entry.name]
    world.edit_in_tribe(relation(world, kind)["ID"], **{entry.tribe_property: new})
    world.run(minutes=20)
    before = writes(world)
    world.edit_contact(contact(world, kind)["ID"], **{entry.yuki_read: other})
    world.run(minutes=20)
    assert writes(world) == before
