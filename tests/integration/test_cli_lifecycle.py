"""`tribe-yuki pause`, `resume`, `status`, `poll`, `resync` and `disconnect`, against both simulators."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from cli.opening import LOCAL_STACK
from local.demo.invoices import seed_invoices
from local.stack.demo_connection import ACCESS_KEY, demo_vat_rules
from tests.support.world.newest_customers import number_newest_customers
from tests.support.world.operator_command import CONNECT, CONNECT_DUTCH, CONNECTION, Command
from tests.support.world.tribe_company import become_another_company
from tests.support.world.world import START
from tests.support.world.world_queues import CONTACT, TASK
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.work.progress import Progress

WHO = ("--who", "tester")
RELATION = "20000000-0000-4000-8000-000000000011"


@pytest.fixture
def command(command: Command) -> Command:
    command.done(*CONNECT_DUTCH)
    return command


def activate(command: Command) -> None:
    command.world.connections.save(CONNECTION, command.settings(), Status.ACTIVE, START)


def test_what_is_not_activated_cannot_be_paused_or_started(command: Command) -> None:
    for word in ("pause", "resume", "poll", "resync"):
        assert "not activated yet" in command.refused(word, *WHO)
    assert command.take_messages(TASK) == []


def test_a_pause_and_its_end_are_kept_with_who_and_why(command: Command) -> None:
    activate(command)
    assert command.result("pause", "--why", "year end", *WHO)["status"] == "paused"
    assert command.world.connections.status(CONNECTION) is Status.PAUSED
    command.done("pause", *WHO)
    assert "paused; run `tribe-yuki resume` first" in command.refused("poll", *WHO)
    assert command.result("resume", *WHO)["before"] == "paused"
    assert command.world.connections.status(CONNECTION) is Status.ACTIVE
    entries = [(entry["code"], entry["facts"].get("why")) for entry in command.journal()]
    assert entries == [("connected", None), ("paused", "year end"), ("resumed", None)]


def test_a_poll_and_a_full_compare_are_started(command: Command) -> None:
    activate(command)
    command.done("poll", *WHO)
    command.done("resync", *WHO)
    messages = command.take_messages(TASK)
    assert [(message["connection_id"], message["task"]) for message in messages] == [
        (CONNECTION, "poll_contacts"),
        (CONNECTION, "customer_check"),
        (CONNECTION, "compare_contacts"),
    ]


def test_one_relation_is_looked_at_again_by_its_debtor_number(command: Command) -> None:
    activate(command)
    assert command.result("resync", "D-10045", *WHO)["records"] == 1
    (message,) = command.take_messages(CONTACT)
    assert message["ids"] == [RELATION]
    assert "no relation in Tribe has debtor number 99-999" in command.refused("resync", "99-999", *WHO)


def test_status_tells_progress_counts_and_calls(command: Command) -> None:
    activate(command)
    imported = Progress("import_contacts", "run", START, START, 3, "contacts", counts={"created": 12}, expected=250)
    command.stores.tasks.save_progress(imported, None)
    command.stores.timestamps.set("poll_contacts", START - timedelta(minutes=5))
    command.stores.links.save(Link(CONNECTION, RELATION, LinkState.LINKED, START, yuki_contact_id="y"), [], START)
    command.done("settings", "set", "default_ledger_account=80000", *WHO)
    shown = command.result("status")
    assert (shown["status"], shown["links"], shown["transfers"]) == ("active", {"linked": 1}, {})
    assert 2 <= shown["yuki_calls_today"] <= 4
    assert (shown["yuki_calls_allowed"], shown["yuki_says_limit_reached"]) == (1000, False)
    tasks = {task["task"]: task for task in shown["tasks"]}
    assert (tasks["import_contacts"]["state"], tasks["import_contacts"]["done"]) == ("running: contacts", "created 12")
    assert tasks["poll_contacts"]["last_run"].startswith("2026-11-23T08:55")
    assert tasks["compare_contacts"]["state"] == "never ran"
    assert "created 12" in command.done("status")


def test_several_connections_are_listed_and_have_to_be_named(command: Command) -> None:
    other = (*CONNECT, "--yuki-key", ACCESS_KEY, "--administration", "Voorbeeld Vastgoed B.V.", *WHO)
    become_another_company(command.world.tribe)
    command.done(*other, answers=["n"])
    assert [one["connection"] for one in command.result("status")["connections"]] == [
        CONNECTION,
        "voorbeeld-vastgoed-bv",
    ]
    assert f"name one of {CONNECTION}, voorbeeld-vastgoed-bv" in command.refused("settings")
    assert command.result("status", "--connection", CONNECTION)["connection"] == CONNECTION


def test_disconnecting_removes_secrets_and_webhooks_and_keeps_the_links(command: Command) -> None:
    activate(command)
    command.register_webhook("Activity.Invoice", "https://other.example/hook")
    command.stores.links.save(Link(CONNECTION, RELATION, LinkState.LINKED, START, yuki_contact_id="y"), [], START)
    assert command.result("disconnect", "--yes", *WHO)["webhooks_removed"] == 7
    assert [one["webhookUrl"] for one in command.webhooks()] == ["https://other.example/hook"]
    assert command.secret_names() == set()
    assert command.world.connections.status(CONNECTION) is None
    assert command.stores.links.get(RELATION) is not None
    assert command.journal()[-1]["code"] == "disconnected"
    assert "there is no connection" in command.refused("status", "--connection", CONNECTION)


def test_a_disconnected_connection_comes_back_with_its_settings(command: Command) -> None:
    command.done("settings", "set", "import_suppliers=yes", *WHO)
    command.done("disconnect", "--yes", *WHO)
    result = command.result(*CONNECT_DUTCH)
    assert (result["connection"], result["status"], result["is_new"]) == (CONNECTION, "connected", True)
    assert command.settings().import_suppliers


def test_disconnecting_needs_a_yes(command: Command) -> None:
    assert "nothing was removed" in command.run("disconnect", *WHO, answers=["n"]).output
    assert "nothing was removed" in command.refused("disconnect", *WHO)
    assert len(command.secret_names()) == 2


def test_where_tribe_no_longer_takes_the_application_the_webhooks_go_by_hand(command: Command) -> None:
    stored = command.secret("credentials")
    stored["tribe"]["client_secret"] = "withdrawn"
    command.write_secret("credentials", stored)
    result = command.result("disconnect", "--yes", *WHO)
    assert result["webhooks_removed"] == 0
    assert f"{command.webhook_address}/ on Tribe's page by hand" in result["next_steps"][0]
    assert command.secret_names() == set()


def test_without_a_running_stack_it_says_how_to_start_one(command: Command, tmp_path: Path) -> None:
    (tmp_path / ".local" / "stack.json").unlink()
    assert "start it with `make up`" in command.refused("status")


def test_activating_asks_whether_tribe_numbers_its_customers(command: Command) -> None:
    number_newest_customers(command.world.tribe, START, ["D-1", None])
    rules = command.settings().model_copy(update={"vat_rules": demo_vat_rules()})
    command.world.connections.save(CONNECTION, rules, Status.CONNECTED, START)
    question = "Are automatic debtor numbers on in Tribe"
    declined = command.run("activate", "--detach", *WHO, answers=["y", "n"])
    assert question in declined.output
    assert declined.exit_code == 1
    assert "--numbering-on" in command.refused("activate", "--yes", *WHO)
    assert command.world.connections.status(CONNECTION) is Status.CONNECTED
    assert question in command.done("activate", "--detach", *WHO, answers=["y", "y"])
    assert command.settings().numbering_confirmed
    assert command.result("activate", "--yes", *WHO)["status"] == "active"


def test_activating_asks_whether_invoices_may_be_held_for_a_vat_group_without_a_code(command: Command) -> None:
    changes = {"vat_rules": demo_vat_rules(), "numbering_confirmed": True}
    settings = command.settings().model_copy(update=changes)
    command.world.connections.save(CONNECTION, settings, Status.CONNECTED, START)
    (unmapped,) = [seed for seed in seed_invoices() if seed.name.startswith("18")]
    command.world.send(unmapped.tribe_invoice_id)
    declined = command.run("activate", "--detach", *WHO, answers=["y", "n"])
    assert "OSS-SE-25 eu_without_vat" in declined.output
    assert declined.exit_code == 1
    assert command.world.connections.status(CONNECTION) is Status.CONNECTED
    assert "OSS-SE-25 eu_without_vat" in command.done("activate", "--detach", *WHO, answers=["y", "y"])
    assert command.world.connections.status(CONNECTION) is Status.ACTIVE


def test_status_and_doctor_name_the_release_that_is_deployed(command: Command) -> None:
    assert command.result("status")["release"] == "unreleased"
    described = json.loads(LOCAL_STACK.read_text())
    described["outputs"]["Release"] = "20261123T050000Z-abc1234"
    LOCAL_STACK.write_text(json.dumps(described))
    assert command.result("status")["release"] == "20261123T050000Z-abc1234"
    assert json.loads(command.run("doctor", "--json").stdout)["release"] == "20261123T050000Z-abc1234"
