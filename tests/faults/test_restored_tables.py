"""Tables that were restored from a backup do not know what was booked since: nothing is sent twice (design 6.2)."""

from copy import deepcopy
from typing import Any

import pytest

from local.demo.invoices import seed_invoices
from tests.support.faults.protections import Protection
from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import CONNECTIONS
from tribe_yuki.invoices.transfer import State
from tribe_yuki.setup.lifecycle import resume

PLAIN, LATER = (seed for seed in seed_invoices() if seed.number in ("2026-0101", "2026-0102"))


@pytest.fixture
def restored(world: World) -> World:
    """A world whose tables are those from before an invoice was booked; Yuki takes one number several times."""
    world.save_settings(external_id_field=None, administrations_in_domain=1)
    world.switch_yuki(duplicate_reference="accept")
    world.start_task("first_look")
    world.run(minutes=1)
    backup = deepcopy(world.dynamodb.tables)
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=5)
    assert len(world.booked(PLAIN.number)) == 1
    world.dynamodb.tables = backup
    _say_that_these_are_other_tables(world)
    return world


def _say_that_these_are_other_tables(world: World) -> None:
    key = {"owner": "connections", "item": CONNECTION}
    listed: dict[str, Any] = world.db.get(CONNECTIONS, key) or {}
    world.db.put(CONNECTIONS, {**listed, "tables": ["connections-before", "id-map-before"]})


def state(world: World, tribe_invoice_id: str) -> State | None:
    """Return where a transfer stands."""
    transfer = world.transfer(tribe_invoice_id)
    return transfer.state if transfer else None


def test_a_connection_on_restored_tables_waits_for_a_person(restored: World) -> None:
    restored.edit_in_tribe(PLAIN.tribe_invoice_id, Subject="Iets anders")
    restored.send(LATER.tribe_invoice_id)
    restored.run(minutes=30)

    assert len(restored.booked(PLAIN.number)) == 1
    assert restored.booked(LATER.number) == []
    with restored.operator() as operator:
        assert operator.record(CONNECTION).status == "paused"


def test_after_it_was_resumed_what_was_booked_is_found_and_the_rest_is_sent(restored: World) -> None:
    restored.send(LATER.tribe_invoice_id)
    with restored.operator() as operator:
        changed = resume(operator, CONNECTION, "restored yesterday's backup")
    assert "asked for in Yuki" in changed.next_steps[0]
    restored.run(minutes=60, step_seconds=30)

    assert state(restored, PLAIN.tribe_invoice_id) is State.BOOKED
    assert state(restored, LATER.tribe_invoice_id) is State.BOOKED
    assert len(restored.booked(PLAIN.number)) == 1
    assert len(restored.booked(LATER.number)) == 1


def test_resumed_once_it_works_as_before(restored: World) -> None:
    with restored.operator() as operator:
        resume(operator, CONNECTION)
    restored.run(minutes=5)
    with restored.operator() as operator:
        assert operator.record(CONNECTION).status == "active"
        assert resume(operator, CONNECTION).before == "active"


def test_without_knowing_its_tables_it_would_book_again(restored: World) -> None:
    restored.without(Protection.KNOWN_TABLES)

    restored.edit_in_tribe(PLAIN.tribe_invoice_id, Subject="Iets anders")
    restored.run(minutes=30)

    assert len(restored.booked(PLAIN.number)) == 2
