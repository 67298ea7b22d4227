"""`tribe-yuki doctor`, against both simulators."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.stack.demo_connection import VAT_RULES
from tests.support.world.operator_world import (
    BELGIAN_KEY,
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
from tribe_yuki.domain.settings import ConnectionSettings

WHO = ("--who", "tester")
LOG_GROUP = "/aws/lambda/world-tribe-webhook"
# Files whose invoice must be held, see local/SEED.md.
HELD_FILES = ("17", "18", "24")


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperatorWorld:
    monkeypatch.chdir(tmp_path)
    opened = open_operator_world(exits, tmp_path)
    opened.done(*CONNECT_DUTCH)
    return opened


def change(world: OperatorWorld, **changes: Any) -> None:
    """Change settings as somebody who need not be checked."""
    settings = ConnectionSettings.model_validate(world.settings().model_dump() | changes)
    world.connections.register(CONNECTION, settings, Status.CONNECTED, START)


def map_vat(world: OperatorWorld) -> None:
    rules = [
        {"vat_group": group, "location": location, "vat_type": vat_type, "percentage": percentage}
        for group, location, vat_type, percentage in VAT_RULES
    ]
    change(world, vat_rules=rules)


def send_invoices(world: OperatorWorld, *, without: tuple[str, ...] = HELD_FILES) -> int:
    """Press Send on the seed's invoices; return how many there are."""
    folder = Path("/".join(Path(__file__).parts[:-3])) / "local" / "tribe_simulator" / "seed" / "invoices"
    files = [file for file in sorted(folder.glob("*.json")) if not file.name.startswith(without)]
    for file in files:
        tribe_invoice_id = json.loads(file.read_text())["invoice"]["ID"]
        url = f"{world.tribe_url}/_control/invoices/{tribe_invoice_id}/send"
        httpx.post(url, json={}, trust_env=False).raise_for_status()
    return len(files)


def examine(world: OperatorWorld, *options: str) -> dict[str, dict[str, str]]:
    """Run the doctor and return its checks by name."""
    result = world.run("doctor", *options, "--json")
    diagnosis = json.loads(result.stdout)
    assert result.exit_code == (0 if diagnosis["is_healthy"] else 1)
    assert diagnosis["yuki_calls_made"] <= 11
    return {check["check"]: check for check in diagnosis["checks"]}


def colours(checks: dict[str, dict[str, str]], colour: str) -> set[str]:
    return {name for name, check in checks.items() if check["state"] == colour}


def set_rights(world: OperatorWorld, **wanted: Any) -> None:
    url = f"{world.yuki_url}/_control/keys/{YUKI_KEY}"
    httpx.post(url, json=wanted, trust_env=False).raise_for_status()


def write_log(world: OperatorWorld, *lines: dict[str, Any]) -> None:
    logs = world.aws.client("logs")
    logs.create_log_group(logGroupName=LOG_GROUP)
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName="one")
    now = int(START.timestamp() * 1000)
    events = [{"timestamp": now + number, "message": json.dumps(line)} for number, line in enumerate(lines)]
    logs.put_log_events(logGroupName=LOG_GROUP, logStreamName="one", logEvents=events)


def answered(status: int, **more: Any) -> dict[str, Any]:
    return {"message": "webhook answered", "connection_id": CONNECTION, "status": status, **more}


def test_a_connection_that_is_set_up_is_healthy(world: OperatorWorld) -> None:
    map_vat(world)
    sent = send_invoices(world)
    world.done("settings", "set", "numbering_confirmed=yes", *WHO)
    write_log(world, answered(202))
    checks = examine(world)
    assert colours(checks, "red") == set()
    assert checks["Tribe's totals"]["finding"].endswith(f"fits all {sent - 1} rehearsed invoices")  # one is in dollars
    assert checks["ledger accounts"]["finding"] == f"complete for the {sent} newest sent invoices"
    assert checks["Tribe application"]["finding"].startswith("works for Voorbeeld Administratie B.V.")
    assert checks["events of Tribe"]["state"] == "green"
    assert "left" in world.done("doctor")


def test_it_writes_nothing(world: OperatorWorld) -> None:
    map_vat(world)
    send_invoices(world)
    before = (records(world), world.settings(), world.secret("webhook"), world.journal(), world.webhooks())
    examine(world)
    assert (records(world), world.settings(), world.secret("webhook"), world.journal(), world.webhooks()) == before


def records(world: OperatorWorld) -> list[Any]:
    tribe, yuki = (
        httpx.get(f"{url}/_control/state", trust_env=False).json() for url in (world.tribe_url, world.yuki_url)
    )
    for of_the_calls_themselves in ("calls", "deliveries"):
        tribe.pop(of_the_calls_themselves)
    return [tribe, yuki["contacts"], yuki["invoices"]]


def test_a_new_connection_is_told_all_that_is_missing(world: OperatorWorld) -> None:
    send_invoices(world, without=())
    world.done("settings", "set", "tribe_connector_confirmed_off=no", *WHO)
    checks = examine(world)
    assert {"VAT mapping", "ledger accounts", "Tribe's own connector"} <= colours(checks, "red")
    assert "NL-21 (domestic) on 2026-0102 and " in checks["VAT mapping"]["finding"]
    assert all(checks[name]["to_do"] for name in colours(checks, "red") | colours(checks, "amber"))


def test_without_sent_invoices_there_is_nothing_to_rehearse_with(world: OperatorWorld) -> None:
    checks = examine(world)
    assert {"VAT mapping", "ledger accounts", "Tribe's totals"} <= colours(checks, "amber")


@pytest.mark.parametrize(
    ("right", "check"),
    [
        ("Sales", "right: sales"),
        ("Accounting", "right: outstanding items"),
        ("Archive", "right: archive"),
        ("Vat", "right: VAT"),
        ("AccountingInfo", "right: ledger"),
    ],
)
def test_a_right_that_is_missing_is_named(world: OperatorWorld, right: str, check: str) -> None:
    rights = {"Accounting", "Archive", "Sales", "Contacts", "ContactsUpdate", "Vat", "AccountingInfo", "Domains"}
    set_rights(world, rights=sorted(rights - {right}))
    found = examine(world)[check]
    assert found["state"] == "red"
    assert f"the right {right} in Yuki" in found["to_do"]


def test_a_withdrawn_key_is_red_and_the_rest_is_still_checked(world: OperatorWorld) -> None:
    set_rights(world, revoked=True)
    checks = examine(world)
    assert checks["Yuki key"]["state"] == "red"
    assert "tribe-yuki connect" in checks["Yuki key"]["to_do"]
    assert checks["webhooks"]["state"] == "green"


def test_an_application_that_tribe_refuses_is_red(world: OperatorWorld) -> None:
    stored = world.secret("credentials")
    stored["tribe"]["client_secret"] = "withdrawn"
    world.write_secret("credentials", stored)
    checks = examine(world)
    assert checks["Tribe application"]["state"] == "red"
    assert checks["administration"]["state"] == "green"


def test_invoicing_switched_off_is_red(world: OperatorWorld) -> None:
    world.switch_tribe(module_off="404")
    checks = examine(world)
    assert checks["invoicing in Tribe"]["state"] == "red"
    assert "invoicing module is off" in checks["invoicing in Tribe"]["finding"]


def test_automatic_numbers_are_judged_by_the_newest_customers_or_confirmed(world: OperatorWorld) -> None:
    name = "automatic debtor numbers"
    assert examine(world)[name]["finding"].startswith("judged by the 10 newest customers")
    state = httpx.get(f"{world.tribe_url}/_control/state", trust_env=False).json()
    for organisation in state["Relation_Organization"]:
        edit(world, organisation["ID"], DebtorNumber=None)
    found = examine(world)[name]
    assert found["state"] == "red"
    assert "newest customers have none" in found["finding"]
    assert examine(world, "--numbering-on")[name]["finding"].startswith("confirmed by the operator")
    world.done("settings", "set", "numbering_confirmed=yes", *WHO)
    assert examine(world)[name]["state"] == "green"


def edit(world: OperatorWorld, record_id: str, **fields: Any) -> None:
    httpx.post(f"{world.tribe_url}/_control/edit/{record_id}", json=fields, trust_env=False).raise_for_status()


def test_doubled_and_missing_webhooks_are_named(world: OperatorWorld) -> None:
    world.register_webhook("Activity.Invoice", f"{WEBHOOK_BASE}/{CONNECTION}/invoices")
    found = examine(world)["webhooks"]
    assert (found["state"], found["finding"]) == ("red", "Activity.Invoice 2 times")
    world.done(*CONNECT_DUTCH)
    assert examine(world)["webhooks"]["state"] == "green"


def test_a_reading_of_the_totals_that_fits_is_proposed(world: OperatorWorld) -> None:
    send_invoices(world)
    world.done("settings", "set", "totals.amount=incl", *WHO)
    found = examine(world)["Tribe's totals"]
    assert found["state"] == "red"
    assert "settings set totals.amount=excl" in found["to_do"]


def test_where_no_reading_fits_a_tolerance_is_proposed(world: OperatorWorld) -> None:
    send_invoices(world)
    world.done("settings", "set", "vat_rounding=line", *WHO)
    found = examine(world)["Tribe's totals"]
    assert found["state"] == "red"
    assert "totals.tolerance_cents=" in found["to_do"]


def test_a_belgian_administration_has_to_choose_about_peppol(world: OperatorWorld) -> None:
    belgian = ("--connection", "voorbeeld-belgie-bv")
    world.done(*CONNECT, "--yuki-key", BELGIAN_KEY, "--tribe-connector-off", *WHO)
    assert examine(world, *belgian)["Peppol"]["state"] == "red"
    world.done("settings", "set", "peppol=tribe", *belgian, *WHO)
    assert examine(world, *belgian)["Peppol"]["state"] == "green"
    assert "Belgian host" in examine(world, *belgian)["right: contacts"]["finding"]


def test_a_refused_event_tells_which_headers_came(world: OperatorWorld) -> None:
    names = ["content-type", "x-tribe-signature"]
    write_log(world, answered(202), answered(401, header_names=names, reasons=["signature_missing"]))
    found = examine(world)["events of Tribe"]
    assert found["state"] == "red"
    assert "signature_missing" in found["finding"]
    assert "content-type, x-tribe-signature" in found["finding"]


def test_an_edit_is_watched_for(world: OperatorWorld) -> None:
    write_log(world, answered(202))
    result = world.run("doctor", "--watch-edit", "--watch-seconds", "0", "--json")
    checks = {check["check"]: check for check in json.loads(result.stdout)["checks"]}
    assert checks["events of Tribe"]["finding"] == "no event came after the edit"


def test_without_a_log_it_says_so(world: OperatorWorld) -> None:
    found = examine(world)["events of Tribe"]
    assert (found["state"], "cannot be read" in found["finding"]) == ("amber", True)


def test_a_day_without_calls_left_is_told(world: OperatorWorld) -> None:
    world.done("settings", "set", "daily_call_limit=10", *WHO)
    checks = examine(world)
    assert checks["Yuki calls today"]["state"] == "red"
