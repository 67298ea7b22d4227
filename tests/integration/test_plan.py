"""What the plan says is what activating does, record by record; and the plan itself changes nothing (design 9)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.world.single_contacts import SingleContacts, address, in_yuki, open_single_contacts
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_tables import ID_MAP, JOURNAL
from tribe_yuki.adapters.aws.queues import Queues
from tribe_yuki.admin.context import Operator
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.setup.plan import Plan, make_plan
from tribe_yuki.setup.planned_records import PlannedRecord


@contextmanager
def operator(world: World) -> Iterator[Operator]:
    with world.operator() as one:
        yield one


def plan_of(world: World) -> Plan:
    with operator(world) as one:
        return make_plan(one, CONNECTION)


def records_of_systems(world: World) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """Return everything that Tribe, Yuki and the tables hold, without what calls leave behind."""
    tribe = {name: rows for name, rows in world.tribe_state().items() if name not in ("calls", "deliveries")}
    tables = [world.dynamodb.scan(TableName=name)["Items"] for name in (ID_MAP, JOURNAL)]
    return tribe, world.yuki_state()["contacts"], tables


def became(world: World, record: PlannedRecord, before: set[str]) -> tuple[str, str]:
    """Return what the import made of a contact: decision and reason, as the plan names them."""
    relation_id = world.links.relation_linked_to(record.record_id)
    link = world.links.get(relation_id) if relation_id else None
    if link is not None and link.state is LinkState.LINKED:
        return ("link" if link.tribe_relation_id in before else "create"), link.reason or ""
    known = world.unlinked.get(record.record_id)
    if known is not None and known.reason:
        return "hold", known.reason
    return "skip", record.reason


@dataclass(frozen=True)
class Activated:
    """What the plan said, what both systems held then, and the world after the import."""

    plan: Plan
    relations: Mapping[str, dict[str, Any]]
    contacts: Mapping[str, dict[str, Any]]
    world: World


def activate(world: World) -> Activated:
    """Make a plan, and then do what it is about."""
    relations = {row["ID"]: row for row in _relations(world)}
    contacts = {row["ID"]: row for row in world.yuki_state()["contacts"]}
    plan = plan_of(world)
    world.import_everything()
    return Activated(plan, relations, contacts, world)


@pytest.fixture(scope="module")
def activated() -> Iterator[Activated]:
    """A connection with the usual settings, activated: all tests only look at it."""
    with ExitStack() as stack:
        yield activate(open_world(stack))


def assert_done_as_planned(activated: Activated) -> None:
    """Compare what the import made of each contact with what the plan said of it."""
    world, before = activated.world, set(activated.relations)
    records = [one for one in activated.plan.records if one.side == "yuki"]
    planned = {one.record_id: (one.decision, one.reason) for one in records}
    happened = {one.record_id: became(world, one, before) for one in records}
    assert {key: (planned[key], happened[key]) for key in planned if planned[key] != happened[key]} == {}
    created = {row["ID"] for row in _relations(world)} - before
    assert len(created) == activated.plan.in_tribe["create"]
    linked = {link.yuki_contact_id for link in world.all_links() if link.yuki_contact_id}
    assert linked == {key for key, (decision, _) in planned.items() if decision in ("create", "link")}


def test_activating_does_what_the_plan_says(activated: Activated) -> None:
    assert_done_as_planned(activated)


@pytest.mark.parametrize(
    ("settings", "yuki"),
    [
        ({"import_suppliers": True}, {}),
        ({"import_private_customers": False}, {}),
        ({}, {"normalise_phones": True}),
    ],
    ids=["with suppliers", "without persons", "phones normalised"],
)
def test_activating_does_what_the_plan_says_also(world: World, settings: dict[str, Any], yuki: dict[str, Any]) -> None:
    world.save_settings(**settings)
    world.switch_yuki(**yuki)
    assert_done_as_planned(activate(world))


def test_the_plan_names_the_fields_that_are_written(activated: Activated) -> None:
    world, before, contacts = activated.world, activated.relations, activated.contacts
    assert any("takes Yuki's" in step and "leaves Tribe's" in step for step in activated.plan.next_steps)
    after = {row["ID"]: row for row in _relations(world)}
    for one in activated.plan.records:
        if one.decision == "link":
            relation_id = world.links.relation_linked_to(one.record_id) or ""
            texts = {"phone": "PhoneNumber", "email": "EmailAddress", "name": "Name", "website": "Website"}
            changed = {
                ours for ours, wire in texts.items() if before[relation_id].get(wire) != after[relation_id].get(wire)
            }
            assert changed == set(one.fields_in_tribe) & set(texts), one.number
    codes = {row["ID"]: row["Code"] for row in world.yuki_state()["contacts"]}
    written = {one.record_id for one in activated.plan.records if "code" in one.fields_in_yuki}
    assert written == {key for key, code in codes.items() if code != contacts[key]["Code"]}


CODES = (None, None, "D-1", "d-1", "D-2", "10001", "10002", "D-10001")
VAT_NUMBERS = (None, None, "NL999900031B01", "NL999900043B01")
COC_NUMBERS = (None, None, "99354761", "99769771")
NAMES = ("Klein", "Klein B.V.", "KLEIN BV", "Groot", "Groot B.V.", "Smal VOF", "Smal", "Touw B.V.")


def fill_with_lookalikes(contacts: SingleContacts, random: Random) -> None:
    """Make relations and contacts that compete for each other, for numbers and for codes."""
    for _ in range(25):
        numbers = {"VatNumber": VAT_NUMBERS, "ChamberOfCommerceNumber": COC_NUMBERS, "DebtorNumber": CODES}
        home = address("Kade", random.randint(1, 9), "8011 AA", "Zwolle")
        contacts.organisation(random.choice(NAMES), InvoiceAddress=home, **_drawn(numbers, random))
    for _ in range(50):
        numbers = {"VATNumber": VAT_NUMBERS, "CoCNumber": COC_NUMBERS, "Code": CODES}
        given = _drawn(numbers, random) | {"Active": random.random() > 0.1, "IsSupplier": random.random() < 0.2}
        given |= in_yuki(f"Kade {random.randint(1, 9)}", "8011 AA", "Zwolle")
        if code := given.pop("Code", None):
            given["Code"] = f"{code}{random.randint(1, 99)}"
        contacts.contact(random.choice(NAMES), **given)
    contacts.contact("Zeilmakerij Duinzicht", Code="Z-1", **in_yuki("Strandweg 4", "1976 BS", "IJmuiden"))


def _drawn(choices: Mapping[str, Sequence[str | None]], random: Random) -> dict[str, Any]:
    drawn = {name: random.choice(values) for name, values in choices.items()}
    return {name: value for name, value in drawn.items() if value is not None}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(12))
def test_contacts_that_look_alike_become_what_the_plan_says(
    seed: int, exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A relation that waits may find its contact from its own side meanwhile, which no decision of the import is.
    monkeypatch.setattr(Queues, "enqueue_relation", lambda *_: None)
    contacts = open_single_contacts(exits, tmp_path)
    contacts.world.save_settings(import_suppliers=bool(seed % 2))
    fill_with_lookalikes(contacts, Random(seed))
    activated = activate(contacts.world)
    assert {"create", "link", "hold", "skip"} <= set(activated.plan.in_tribe)
    assert_done_as_planned(activated)


def test_a_plan_changes_nothing(world: World) -> None:
    before = records_of_systems(world)
    plan = plan_of(world)
    assert records_of_systems(world) == before
    assert plan.yuki_calls > 0
    assert {"POST", "PUT", "DELETE"}.isdisjoint(
        name.split()[0] for name in world.tribe_state()["calls"] if "oauth2" not in name and "v1" not in name
    )


@pytest.mark.parametrize(
    ("field", "odd"), [("EmailAddress", True), ("LastMutationDate", "soon"), ("Website", ["x"]), ("DebtorNumber", {})]
)
def test_a_relation_that_cannot_be_read_is_named_and_the_others_are_planned(
    world: World, field: str, odd: object
) -> None:
    usual = plan_of(world)
    customer = next(one for one in usual.records if one.reason == "goes_when_it_changes" and one.number)
    world.tribe.store.by_set["Relation_Organization"][customer.record_id].values[field] = odd
    plan = plan_of(world)
    (record,) = (one for one in plan.records if one.reason == "not_understood" and one.side == "tribe")
    assert (record.record_id, record.decision) == (customer.record_id, "hold")
    assert len(plan.records) == len(usual.records)


def test_a_plan_after_the_import_has_nothing_to_do(activated: Activated) -> None:
    plan = plan_of(activated.world)
    assert set(plan.in_tribe) <= {"unchanged", "skip", "hold"}


def test_the_plan_counts_the_invoices(world: World) -> None:
    invoices = world.tribe_state()["Activity_Invoice"]
    for invoice in invoices[:3]:
        world.send(invoice["ID"])
    assert sum(plan_of(world).invoices.values()) == 3


def _relations(world: World) -> list[dict[str, Any]]:
    state = world.tribe_state()
    return [*state["Relation_Organization"], *state["Relation_Person"]]
