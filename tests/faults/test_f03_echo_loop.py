"""F3: a change goes to the other side with one write, and comes back from there as none, however that side spells it.

One telephone number (or e-mail address) is changed, on either side; Yuki stores it in its own spelling, or a person
types it so; then fifty polls pass, with Tribe's own webhooks about our writes. Control: what tells an echo from a
change is switched off, and the loop runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from simulators.yuki.contacts import Contacts
from tests.support.faults.protections import Protection
from tests.support.world.contact_records import (
    CUSTOMER,
    contact_with,
    link_customer,
    relation_with,
    writes_to_tribe,
    writes_to_yuki,
)
from tests.support.world.world import World
from tribe_yuki.contacts.fields.phone import phone_number

POLL = 15
CYCLES = 50

type Spelling = Callable[[str], str]


def as_typed(text: str) -> str:
    """Store a value as it came."""
    return text


def with_a_space(text: str) -> str:
    """Store a value with a space behind it."""
    return f"{text} "


def in_capitals(text: str) -> str:
    """Store a value in capitals."""
    return text.upper()


@dataclass(frozen=True)
class Case:
    """How Yuki stores a field of which a new value is typed in, on either side."""

    field: str
    yuki_field: str
    value: str
    spelling: Spelling = as_typed
    switches: Mapping[str, Any] | None = None

    def is_equal(self, left: str, right: str) -> bool:
        """Tell whether two values are the same, whatever their spelling."""
        if self.field == "PhoneNumber":
            return phone_number(left, "NL").key == phone_number(right, "NL").key
        return left.strip().casefold() == right.strip().casefold()


def phone(value: str, spelling: Spelling = as_typed, **switches: Any) -> Case:
    return Case("PhoneNumber", "PhoneWork", value, spelling, switches)


def email(value: str, spelling: Spelling) -> Case:
    return Case("EmailAddress", "EMailWork", value, spelling)


CASES = {
    "digits": phone("(038) 555 01 98", normalise_phones=True),
    "national for international": phone("+31 38 555 0198", normalise_phones=True),
    "international for national": phone("038-5550198", normalise_phones=True, phone_writing="international"),
    "a number with a space": phone("+31 38 555 0198", with_a_space),
    "an address with a space": email("facturen@kwastenroller.example", with_a_space),
    "an address in capitals": email("facturen@kwastenroller.example", in_capitals),
}


def settled(world: World, case: Case, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Link the customer, let Yuki store a field as the case says, and return how often each side was written."""
    link_customer(world)
    world.switch_yuki(**(case.switches or {}))
    store = Contacts.change

    def spell(contacts: Contacts, contact: Any, values: Mapping[str, str]) -> None:
        spelt = {case.yuki_field: case.spelling(values[case.yuki_field])} if case.yuki_field in values else {}
        store(contacts, contact, {**values, **spelt})

    monkeypatch.setattr(Contacts, "change", spell)
    return writes_to_tribe(world), writes_to_yuki(world)


def assert_equal_after_a_poll_and_ever_after(world: World, case: Case, writes: tuple[int, int]) -> None:
    world.run(minutes=POLL + 1)
    for value in (relation_with(world, CUSTOMER)[case.field], contact_with(world, CUSTOMER)[case.yuki_field]):
        assert case.is_equal(value, case.value)
    assert (writes_to_tribe(world), writes_to_yuki(world)) == writes
    world.run(minutes=CYCLES * POLL, step_seconds=60)
    assert (writes_to_tribe(world), writes_to_yuki(world)) == writes


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_change_in_yuki_reaches_tribe_with_one_write(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    tribe, yuki = settled(world, case, monkeypatch)

    world.edit_contact(contact_with(world, CUSTOMER)["ID"], **{case.yuki_field: case.value})

    assert_equal_after_a_poll_and_ever_after(world, case, (tribe + 1, yuki))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_change_in_tribe_reaches_yuki_with_one_write(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    tribe, yuki = settled(world, case, monkeypatch)

    world.edit_in_tribe(relation_with(world, CUSTOMER)["ID"], **{case.field: case.value})

    assert_equal_after_a_poll_and_ever_after(world, case, (tribe, yuki + 1))


def test_without_echo_suppression_both_sides_would_write_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compare texts as they are read, and forget what was synchronised: the control of the tests above."""

    case = CASES["national for international"]
    _, before = settled(world, case, monkeypatch)
    world.without(Protection.ECHO_RECOGNITION)

    world.edit_in_tribe(relation_with(world, CUSTOMER)["ID"], PhoneNumber=case.value)
    world.run(minutes=10 * POLL, step_seconds=60)

    assert writes_to_yuki(world) > before + 5
