"""The import can be cut anywhere, and ends in the same books (design 3, 5)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.faults.crashes import crashes
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import World, open_world

# One to link by its code, one by its numbers, a pair that nobody can tell apart, and three that are new in Tribe: a
# company with a code, one without, and a person.
CONTACTS = (
    "D-10018",
    "Koffiehuis het Anker vof",
    "Slagerij De Jager",
    "D-11028",
    "Kapsalon De Kievit B.V.",
    "Koen Voorbeeldma",
)
CREATIONS = (
    "POST Relationship_Organization_CommercialRelationship_Customer",
    "POST Relationship_Person_CommercialRelationship_Customer",
)
STRIDE = 90
# A dead worker's leases end, and its messages come back.
MINUTES = 40


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return yuki_seed(tmp_path_factory.mktemp("seed"), CONTACTS)


@pytest.fixture(scope="module")
def undisturbed(seed: Path) -> Iterator[tuple[Any, int]]:
    """What an import ends in that nothing disturbs, and how many effects it has."""
    with ExitStack() as stack:
        world = open_world(stack, yuki_seed=seed)
        world.start_import()
        with crashes(world, lambda _: False) as counted:
            go_on(world)
        yield books(world), counted.effects


def go_on(world: World) -> None:
    """Let an import that was begun come to its end, whatever happens to its workers."""
    world.run(MINUTES, step_seconds=30)


def books(world: World) -> dict[str, Any]:
    """Return what both systems and the links hold, without ids and instants that differ from run to run."""
    state = world.tribe_state()
    addresses = {row["ID"]: row for row in state["Address"]}
    owners: dict[str, set[str]] = {}
    for entity_set, link in (
        ("Relationship_Organization_CommercialRelationship_Customer", "Organization"),
        ("Relationship_Organization_Supplier", "Organization"),
        ("Relationship_Person_CommercialRelationship_Customer", "Person"),
    ):
        for row in state[entity_set]:
            owners.setdefault(row[link]["ID"], set()).add(entity_set)
    relations = [
        (_plain(row, addresses), sorted(owners.get(row["ID"], ())), _link(world, row["ID"]))
        for row in [*state["Relation_Organization"], *state["Relation_Person"]]
    ]
    contacts = [{k: v for k, v in row.items() if k != "Modified"} for row in world.yuki_state()["contacts"]]
    held = sorted((one.yuki_contact_id, one.reason) for one in world.unlinked.held())
    return {"relations": sorted(relations, key=str), "contacts": contacts, "held": held}


def _plain(row: dict[str, Any], addresses: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in row.items() if k not in ("ID", "CreationDate", "LastMutationDate", "_Name", "Addresses")}
    for name in ("InvoiceAddress", "PostalAddress", "VisitingAddress", "Address"):
        if kept.get(name):
            address = addresses[kept[name]["ID"]]
            parts = ("Street", "HouseNumber", "HouseNumberSuffix", "Extra", "Postalcode", "City", "Country")
            kept[name] = {part: address.get(part) for part in parts}
    return kept


def _link(world: World, tribe_relation_id: str) -> tuple[Any, ...]:
    link = world.links.get(tribe_relation_id)
    return (link.state, link.yuki_contact_id, link.code, link.reason) if link else ()


def disturbed(seed: Path, strikes: Callable[[int], bool]) -> tuple[Any, int]:
    """Return what an import ends in whose workers die, and how often they did."""
    with ExitStack() as stack:
        world = open_world(stack, yuki_seed=seed)
        world.start_import()
        with crashes(world, strikes) as counted:
            go_on(world)
        return books(world), counted.happened


def test_the_seed_has_all_kinds(undisturbed: tuple[Any, int]) -> None:
    ended, effects = undisturbed
    linked = [relation for relation in ended["relations"] if relation[2] and relation[2][1]]
    assert len(linked) == 6
    assert len(ended["held"]) == 1  # of twins the first stays linked
    assert effects > 2 * STRIDE


@pytest.mark.sampled(6)
@pytest.mark.parametrize("first", range(1, STRIDE + 1))
def test_workers_that_die_between_two_effects_change_nothing(
    seed: Path, undisturbed: tuple[Any, int], first: int
) -> None:
    """Over all cases a worker dies before every effect there is, a few times in each."""
    ended, happened = disturbed(seed, lambda effect: effect >= first and (effect - first) % STRIDE == 0)
    assert happened > 0
    assert ended == undisturbed[0]


@pytest.mark.parametrize("system", ["tribe", "yuki"])
@pytest.mark.parametrize("fault", ["reset_connection", "unavailable", "truncate"])
def test_answers_that_get_lost_change_nothing(
    seed: Path, undisturbed: tuple[Any, int], system: str, fault: str
) -> None:
    with ExitStack() as stack:
        world = open_world(stack, yuki_seed=seed)
        world.start_import()
        for _ in range(6):
            (world.switch_tribe if system == "tribe" else world.switch_yuki)(**{fault: 1})
            world.run(2, step_seconds=30)
        go_on(world)
        assert books(world) == undisturbed[0]


def test_creations_that_a_gateway_refuses_after_the_work_are_made_once(
    seed: Path, undisturbed: tuple[Any, int]
) -> None:
    with ExitStack() as stack:
        world = open_world(stack, yuki_seed=seed)
        world.switch_tribe(too_many_requests_after_commit={"count": 3, "operations": list(CREATIONS)})
        world.start_import()
        go_on(world)
        assert world.tribe.faults.struck["too_many_requests_after_commit"] == 3
        assert books(world) == undisturbed[0]
