"""One contact or relation that nobody can work with is held alone and named; all others travel, in both directions."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.many_invoices import link_customers
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, World, open_world
from tribe_yuki.adapters.yuki import HttpTransport
from tribe_yuki.adapters.yuki.transport import RawAnswer
from tribe_yuki.connections.context import COMPARE_CONTACTS
from tribe_yuki.contacts import push as push_contacts
from tribe_yuki.contacts.initial_import import phases as importing
from tribe_yuki.contacts.initial_import.one_contact import import_contact
from tribe_yuki.contacts.merge.apply import apply_merge
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.people.holds import list_holds

TEN = 10
ODD = 3
FIRST, THEN = "0385550101", "0385550102"
CODES = ("D-10050", "D-10045", "D-10046", "D-10047")


def holds_of_operator(world: World) -> dict[str, str]:
    """Return what waits for the operator, with its detail."""
    with world.operator() as operator:
        groups = list_holds(operator, CONNECTION, owner=Owner.OPERATOR).groups
        return {one.record: one.detail for group in groups for one in group.records}


# --- from Tribe -------------------------------------------------------------------------------------------------------

UNREADABLE = {"EmailAddress": True, "LastMutationDate": "soon", "Website": ["https://kanarie.example"]}


@pytest.fixture
def ten(exits: ExitStack, tmp_path: Path) -> tuple[World, list[tuple[str, str]]]:
    """A world with ten linked customers, each as relation and contact."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    made = link_customers(world, TEN)
    return world, [(one.id("tribe organisation"), one.id("yuki contact")) for one in made]


def edit_all(world: World, pairs: list[tuple[str, str]], telephone: str) -> None:
    world.switch_tribe(drop_webhooks=1.0)
    for relation, _ in pairs:
        world.edit_in_tribe(relation, PhoneNumber=telephone)
    world.switch_tribe(drop_webhooks=0.0)


def push_all(world: World, pairs: list[tuple[str, str]]) -> None:
    for relation, _ in pairs:
        world.queues.enqueue_relation(relation, world.clock.now())
    world.run(minutes=2)


def arrived(world: World, pairs: list[tuple[str, str]], telephone: str) -> list[int]:
    phones = {one["ID"]: re.sub(r"\D", "", one.get("PhoneWork") or "") for one in world.yuki_state()["contacts"]}
    return [place for place, (_, contact) in enumerate(pairs) if phones[contact].endswith(telephone[-7:])]


@pytest.mark.parametrize("field", UNREADABLE)
def test_a_relation_that_cannot_be_read_is_held_and_the_others_of_its_batch_go_to_yuki(
    ten: tuple[World, list[tuple[str, str]]], field: str
) -> None:
    world, pairs = ten
    edit_all(world, pairs, FIRST)
    values = world.tribe.store.by_set["Relation_Organization"][pairs[ODD][0]].values
    usual = values.get(field)
    values[field] = UNREADABLE[field]
    push_all(world, pairs)
    assert arrived(world, pairs, FIRST) == [place for place in range(TEN) if place != ODD]
    (named, detail), *more = holds_of_operator(world).items()
    assert (named, more) == (pairs[ODD][0], [])
    assert detail.startswith(f"{field} should be")
    values[field] = usual
    if usual is None:
        values.pop(field)
    world.edit_in_tribe(pairs[ODD][0], PhoneNumber=THEN)
    world.run(minutes=2)
    assert arrived(world, pairs, THEN) == [ODD]
    assert holds_of_operator(world) == {}


class Odd(Exception):
    """What nobody foresaw."""


@pytest.mark.parametrize("is_contained", [True, False])
def test_whatever_goes_wrong_with_one_relation_holds_that_one_only(
    ten: tuple[World, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch, *, is_contained: bool
) -> None:
    """The control: without the guard nothing is stored of what came after the odd one."""
    world, pairs = ten
    edit_all(world, pairs, FIRST)
    merge = apply_merge

    def failing(connection: Any, link: Any, *given: Any, **named: Any) -> Any:
        if link.tribe_relation_id == pairs[ODD][0]:
            raise Odd
        return merge(connection, link, *given, **named)

    monkeypatch.setattr(push_contacts, "apply_merge", failing)
    if not is_contained:
        world.without(Protection.CONTAINMENT_OF_RELATIONS)
    push_all(world, pairs)
    others = [place for place in range(TEN) if place != ODD]
    if is_contained:
        assert arrived(world, pairs, FIRST) == others
        assert holds_of_operator(world) == {pairs[ODD][0]: "the connector fails at it (Odd)"}
    else:
        assert arrived(world, pairs, FIRST) != others


# --- from Yuki --------------------------------------------------------------------------------------------------------


def show_odd(monkeypatch: pytest.MonkeyPatch, odd: dict[str, Mapping[str, str]]) -> None:
    """Have Yuki write some fields of some contacts in another way: fields by name, contacts by id."""
    real = HttpTransport.post

    def post(transport: HttpTransport, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
        answer = real(transport, url, body, headers)
        text = answer.body.decode()
        for contact_id, fields in odd.items():
            for name, value in fields.items():
                pattern = rf"(<Contact ID=\"{contact_id}\".*?<{name}>).*?(</{name}>)"
                text = re.sub(pattern, rf"\g<1>{value}\g<2>", text, flags=re.DOTALL | re.IGNORECASE)
        return replace(answer, body=text.encode())

    monkeypatch.setattr(HttpTransport, "post", post)


ODD_ROWS = (
    {"Modified": "12/31/9999 11:59 PM -14"},
    {"Created": "gisteren", "HID": "12a"},
)


@pytest.mark.parametrize("fields", ODD_ROWS)
def test_a_contact_that_cannot_be_read_is_held_and_the_import_and_the_poll_bring_the_others(
    exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: Mapping[str, str]
) -> None:
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, CODES))
    contacts = {one["Code"]: one["ID"] for one in world.yuki_state()["contacts"] if one.get("Code") in CODES}
    odd = {contacts["D-10050"]: fields}
    show_odd(monkeypatch, odd)
    progress = world.import_everything()
    assert progress.is_finished
    linked = {link.yuki_contact_id for link in world.all_links()}
    assert set(contacts.values()) - linked == set(odd)
    assert len(holds_of_operator(world)) == 1
    odd.clear()
    world.edit_contact(contacts["D-10050"], Website="https://weer-leesbaar.example")
    odd[contacts["D-10045"]] = fields  # that one is linked by now
    world.edit_contact(contacts["D-10045"], PhoneWork="+31 38 555 01 01")
    world.run(minutes=20)
    assert contacts["D-10050"] in {link.yuki_contact_id for link in world.all_links()}
    assert len(holds_of_operator(world)) == 1
    odd.clear()
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=10)
    assert holds_of_operator(world) == {}
    phones = [one.get("PhoneNumber") for one in world.tribe_state()["Relation_Organization"]]
    assert any((phone or "").replace(" ", "").endswith("385550101") for phone in phones)


@pytest.mark.parametrize("change", [{"deleted": True}, {"Active": False}])
def test_a_contact_that_waits_for_a_person_is_let_go_once_it_is_gone_in_yuki(
    exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Mapping[str, Any]
) -> None:
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, CODES))
    contacts = {one["Code"]: one["ID"] for one in world.yuki_state()["contacts"] if one.get("Code") in CODES}
    show_odd(monkeypatch, {contacts[code]: ODD_ROWS[1] for code in CODES[:2]})
    assert world.import_everything().is_finished
    assert len(holds_of_operator(world)) == 2
    world.edit_contact(contacts[CODES[0]], **change)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=10)
    assert [one.yuki_contact_id for one in world.unlinked.held()] == [contacts[CODES[1]]]


def test_of_two_doubles_the_waiting_one_is_let_go_when_it_is_deleted(exits: ExitStack) -> None:
    world = open_world(exits)
    world.import_everything()
    (waiting,) = (contact.yuki_contact_id for contact in world.unlinked.held())
    world.edit_contact(waiting, deleted=True)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=10)
    assert not list(world.unlinked.held())
    assert world.links.relation_linked_to(waiting) is None


def test_the_empty_date_of_yuki_holds_nobody(exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, CODES))
    ids = [one["ID"] for one in world.yuki_state()["contacts"] if one.get("Code") in CODES]
    empty = "1/1/0001 12:00:00 AM"
    show_odd(monkeypatch, {one: {"Modified": empty, "Created": empty} for one in ids})
    assert world.import_everything().is_finished
    assert {link.yuki_contact_id for link in world.all_links()} >= set(ids)
    assert holds_of_operator(world) == {}


@pytest.mark.parametrize("is_contained", [True, False])
def test_whatever_goes_wrong_with_one_contact_holds_that_one_only(
    exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_contained: bool
) -> None:
    """The control: without the guard the import stands still."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, CODES))
    contacts = {one["Code"]: one["ID"] for one in world.yuki_state()["contacts"] if one.get("Code") in CODES}
    real = import_contact

    def failing(connection: Any, contact: Any, *given: Any, **named: Any) -> Any:
        if contact.code == "D-10045":
            raise Odd
        return real(connection, contact, *given, **named)

    monkeypatch.setattr(importing, "import_contact", failing)
    if not is_contained:
        world.without(Protection.CONTAINMENT_OF_CONTACTS)
    world.start_import()
    world.run(minutes=6)
    progress = world.tasks.progress("import_contacts")
    assert progress is not None
    assert progress.is_finished is is_contained
    if is_contained:
        assert {link.yuki_contact_id for link in world.all_links()} >= set(contacts.values()) - {contacts["D-10045"]}
        assert list(holds_of_operator(world).values()) == ["the connector fails at it (Odd)"]
        with world.operator() as operator:
            (group,) = list_holds(operator, CONNECTION, owner=Owner.OPERATOR, language="nl").groups
            assert group.reason == HoldReason.NOT_UNDERSTOOD
            assert "Odd" in group.records[0].detail
