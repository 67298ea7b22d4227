"""Activating: refused while something is missing, started once, and watched until it is done (design 1, 9)."""

from datetime import timedelta

import pytest

from local.demo.invoices import seed_invoices
from tests.support.world.newest_customers import number_newest_customers
from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.admin.declined import Declined
from tribe_yuki.setup.activate import activate, import_progress


@pytest.fixture
def connected(world: World) -> World:
    """A world whose connection is connected, and not activated."""
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    confirmed = {"tribe_connector_confirmed_off": world.clock.now(), "numbering_confirmed": True}
    complete = settings.model_copy(update=confirmed)
    world.connections.save(CONNECTION, complete, Status.CONNECTED, world.clock.now())
    return world


def test_nothing_happens_before_it(connected: World) -> None:
    world = connected
    invoice = world.tribe_state()["Activity_Invoice"][0]["ID"]
    world.send(invoice)
    world.run(minutes=20)
    assert world.transfer(invoice) is None
    assert world.yuki_calls() == 0


def test_it_imports_and_catches_up_with_what_was_sent_before(connected: World) -> None:
    world = connected
    invoice = "40000000-0000-4000-8000-000000000041"
    world.send(invoice)
    world.run(minutes=2)
    with world.operator() as operator:
        done = activate(operator, CONNECTION, expected=187, why="go")
        assert (done.before, done.status, done.import_is) == ("connected", "active", "started")
        begun = import_progress(operator, CONNECTION)
        world.run(minutes=10)
        ended = import_progress(operator, CONNECTION)
    assert begun is not None
    assert ended is not None
    assert (begun.is_finished, begun.expected) == (False, 187)
    assert (ended.is_finished, ended.expected) == (True, 187)
    world.run(minutes=30)
    transfer = world.transfer(invoice)
    assert transfer is not None
    assert transfer.state.value == "booked"
    entries = Journal(world.db, JOURNAL, CONNECTION).read("connection#settings")
    assert {"activated", "import_started"} <= {entry["code"] for entry in entries}


def test_a_second_time_nothing_is_started_twice(connected: World) -> None:
    world = connected
    with world.operator() as operator:
        activate(operator, CONNECTION)
        since = operator.record(CONNECTION).settings.activated_at
        world.advance(30)
        assert activate(operator, CONNECTION).import_is == "running"
        world.run(minutes=6)
        assert activate(operator, CONNECTION).import_is == "done before"
        assert operator.record(CONNECTION).settings.activated_at == since
        assert activate(operator, CONNECTION, again=True).import_is == "started"


def test_an_estimate_comes_from_the_pace_so_far(connected: World) -> None:
    world = connected
    with world.operator() as operator:
        activate(operator, CONNECTION, expected=200)
        begun = import_progress(operator, CONNECTION)
        assert begun is not None
        assert begun.left is None
        progress = world.tasks.progress("import_contacts")
        assert progress is not None
        world.tasks.save_progress(progress.count(seen=50), progress)
        world.advance(60)
        later = import_progress(operator, CONNECTION)
    assert later is not None
    assert later.left == timedelta(minutes=3)


def unconfirmed(world: World) -> None:
    """Have nobody say that Tribe gives out debtor numbers."""
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    unsaid = settings.model_copy(update={"numbering_confirmed": False})
    world.connections.save(CONNECTION, unsaid, Status.CONNECTED, world.clock.now())


@pytest.mark.parametrize(
    "numbers",
    [[None], ["D-1", "D-2", None], [None] * 10, ["D-1"] * 9 + [None]],
    ids=["newest", "third", "all", "tenth"],
)
def test_it_is_refused_while_tribe_gives_out_no_debtor_numbers(connected: World, numbers: list[str | None]) -> None:
    """As Tribe's help page demands: automatic debtor numbers are on before the integration is activated."""
    world = connected
    unconfirmed(world)
    number_newest_customers(world.tribe, world.clock.now(), numbers)
    with world.operator() as operator:
        with pytest.raises(Declined, match=r"debtor numbers by itself .*\d+ of the 10 newest customers have none"):
            activate(operator, CONNECTION)
        assert world.connections.status(CONNECTION) is Status.CONNECTED
        assert import_progress(operator, CONNECTION) is None


def test_numbers_at_the_newest_customers_are_enough(connected: World) -> None:
    world = connected
    unconfirmed(world)
    number_newest_customers(world.tribe, world.clock.now(), ["D-1"] * 10)
    with world.operator() as operator:
        assert activate(operator, CONNECTION).import_is == "started"


def test_a_person_may_say_that_tribe_gives_out_debtor_numbers_which_is_kept(connected: World) -> None:
    world = connected
    unconfirmed(world)
    number_newest_customers(world.tribe, world.clock.now(), [None] * 10)
    with world.operator() as operator:
        assert activate(operator, CONNECTION, is_numbering_confirmed=True, why="seen in Tribe").import_is == "started"
        assert operator.record(CONNECTION).settings.numbering_confirmed
    entries = Journal(world.db, JOURNAL, CONNECTION).read("connection#settings")
    changed = [entry["facts"] for entry in entries if entry["code"] == "settings_changed"]
    assert [(one["numbering_confirmed"], one["why"]) for one in changed] == [("no → yes", "seen in Tribe")]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"tribe_connector_confirmed_off": None}, "connector"),
        ({"vat_rules": ()}, "VAT"),
        ({"country": "BE", "peppol": None}, "Peppol"),
    ],
)
def test_what_is_missing_is_named(connected: World, change: dict[str, object], word: str) -> None:
    world = connected
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    world.connections.save(CONNECTION, settings.model_copy(update=change), Status.CONNECTED, world.clock.now())
    with world.operator() as operator, pytest.raises(Declined) as declined:
        activate(operator, CONNECTION)
    assert word in declined.value.text
    assert world.connections.status(CONNECTION) is Status.CONNECTED


def test_vat_groups_that_were_invoiced_and_have_no_code_are_asked_about(connected: World) -> None:
    world = connected
    unmapped = next(seed for seed in seed_invoices() if seed.name.startswith("18"))
    world.send(unmapped.tribe_invoice_id)
    with world.operator() as operator:
        with pytest.raises(Declined, match="OSS-SE-25 eu_without_vat"):
            activate(operator, CONNECTION)
        assert world.connections.status(CONNECTION) is Status.CONNECTED
        done = activate(operator, CONNECTION, leaves_vat_open=True)
    assert done.status == "active"
    assert "OSS-SE-25 eu_without_vat" in done.next_steps[0]
