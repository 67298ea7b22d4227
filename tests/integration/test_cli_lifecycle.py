"""`tribe-yuki pause`, `resume`, `status`, `poll`, `resync` and `disconnect`, against both simulators."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.world.operator_world import (
    CONNECT,
    CONNECT_DUTCH,
    CONNECTION,
    WEBHOOK_BASE,
    YUKI_KEY,
    OperatorWorld,
    open_operator_world,
)
from tests.support.world.world import START
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.domain.link import Link, LinkState
from tribe_yuki.domain.progress import Progress

WHO = ("--who", "tester")
RELATION = "20000000-0000-4000-8000-000000000011"


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperatorWorld:
    monkeypatch.chdir(tmp_path)
    opened = open_operator_world(exits, tmp_path)
    opened.done(*CONNECT_DUTCH)
    return opened


def activate(world: OperatorWorld) -> None:
    world.connections.register(CONNECTION, world.settings(), Status.ACTIVE, START)


def test_what_is_not_activated_cannot_be_paused_or_started(world: OperatorWorld) -> None:
    for command in ("pause", "resume", "poll", "resync"):
        assert "not activated yet" in world.refused(command, *WHO)
    assert world.messages("task") == []


def test_a_pause_and_its_end_are_kept_with_who_and_why(world: OperatorWorld) -> None:
    activate(world)
    assert world.result("pause", "--why", "year end", *WHO)["status"] == "paused"
    assert world.connections.status(CONNECTION) is Status.PAUSED
    world.done("pause", *WHO)
    assert "paused; run `tribe-yuki resume` first" in world.refused("poll", *WHO)
    assert world.result("resume", *WHO)["before"] == "paused"
    assert world.connections.status(CONNECTION) is Status.ACTIVE
    entries = [(entry["code"], entry["facts"].get("why")) for entry in world.journal()]
    assert entries == [("connected", None), ("paused", "year end"), ("resumed", None)]


def test_a_poll_and_a_full_compare_are_started(world: OperatorWorld) -> None:
    activate(world)
    world.done("poll", *WHO)
    world.done("resync", *WHO)
    messages = [*world.messages("task"), *world.messages("task")]
    assert [(message["connection_id"], message["task"]) for message in messages] == [
        (CONNECTION, "poll_contacts"),
        (CONNECTION, "compare_contacts"),
    ]


def test_one_relation_is_looked_at_again_by_its_debtor_number(world: OperatorWorld) -> None:
    activate(world)
    assert world.result("resync", "D-10045", *WHO)["records"] == 1
    (message,) = world.messages("contact")
    assert message["ids"] == [RELATION]
    assert "no relation in Tribe has debtor number 99-999" in world.refused("resync", "99-999", *WHO)


def test_status_tells_progress_counts_and_calls(world: OperatorWorld) -> None:
    activate(world)
    imported = Progress("import_contacts", "run", START, START, 3, "contacts", counts={"created": 12}, expected=250)
    world.connections.save_progress(CONNECTION, imported, None)
    world.connections.set_mark(CONNECTION, "poll_contacts", START - timedelta(minutes=5))
    world.links.save(Link(CONNECTION, RELATION, LinkState.LINKED, START, yuki_contact_id="y"), [], START)
    world.done("settings", "set", "default_ledger_account=80000", *WHO)
    shown = world.result("status")
    assert (shown["status"], shown["links"], shown["transfers"]) == ("active", {"linked": 1}, {})
    assert 2 <= shown["yuki_calls_today"] <= 4
    assert (shown["yuki_calls_allowed"], shown["yuki_says_limit_reached"]) == (1000, False)
    tasks = {task["task"]: task for task in shown["tasks"]}
    assert (tasks["import_contacts"]["state"], tasks["import_contacts"]["done"]) == ("running: contacts", "created 12")
    assert tasks["poll_contacts"]["last_run"].startswith("2026-11-23T08:55")
    assert tasks["compare_contacts"]["state"] == "never ran"
    assert "created 12" in world.done("status")


def test_several_connections_are_listed_and_have_to_be_named(world: OperatorWorld) -> None:
    other = (*CONNECT, "--yuki-key", YUKI_KEY, "--administration", "Voorbeeld Vastgoed B.V.", *WHO)
    world.done(*other, answers=["n"])
    assert [one["connection"] for one in world.result("status")["connections"]] == [
        CONNECTION,
        "voorbeeld-vastgoed-bv",
    ]
    assert f"name one of {CONNECTION}, voorbeeld-vastgoed-bv" in world.refused("settings")
    assert world.result("status", "--connection", CONNECTION)["connection"] == CONNECTION


def test_disconnecting_removes_secrets_and_webhooks_and_keeps_the_links(world: OperatorWorld) -> None:
    activate(world)
    world.register_webhook("Activity.Invoice", "https://other.example/hook")
    world.links.save(Link(CONNECTION, RELATION, LinkState.LINKED, START, yuki_contact_id="y"), [], START)
    assert world.result("disconnect", "--yes", *WHO)["webhooks_removed"] == 7
    assert [one["webhookUrl"] for one in world.webhooks()] == ["https://other.example/hook"]
    assert world.secret_names() == set()
    assert world.connections.status(CONNECTION) is None
    assert world.links.get(CONNECTION, RELATION) is not None
    assert world.journal()[-1]["code"] == "disconnected"
    assert "there is no connection" in world.refused("status", "--connection", CONNECTION)


def test_a_disconnected_connection_comes_back_with_its_settings(world: OperatorWorld) -> None:
    world.done("settings", "set", "import_suppliers=yes", *WHO)
    world.done("disconnect", "--yes", *WHO)
    result = world.result(*CONNECT_DUTCH)
    assert (result["connection"], result["status"], result["is_new"]) == (CONNECTION, "connected", True)
    assert world.settings().import_suppliers


def test_disconnecting_needs_a_yes(world: OperatorWorld) -> None:
    assert "nothing was removed" in world.run("disconnect", *WHO, answers=["n"]).output
    assert "nothing was removed" in world.refused("disconnect", *WHO)
    assert len(world.secret_names()) == 2


def test_where_tribe_no_longer_takes_the_application_the_webhooks_go_by_hand(world: OperatorWorld) -> None:
    stored = world.secret("credentials")
    stored["tribe"]["client_secret"] = "withdrawn"
    world.write_secret("credentials", stored)
    result = world.result("disconnect", "--yes", *WHO)
    assert result["webhooks_removed"] == 0
    assert f"{WEBHOOK_BASE}/{CONNECTION}/ on Tribe's page by hand" in result["next_steps"][0]
    assert world.secret_names() == set()


def test_without_a_running_stack_it_says_how_to_start_one(world: OperatorWorld, tmp_path: Path) -> None:
    (tmp_path / ".local" / "stack.json").unlink()
    assert "start it with `make up`" in world.refused("status")
