"""`tribe-yuki doctor`, against both simulators."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.stack.demo_connection import ACCESS_KEY, VAT_RULES
from tests.support.world.operator_command import BELGIAN_KEY, CONNECT, CONNECT_DUTCH, CONNECTION, Command
from tests.support.world.tribe_company import become_another_company
from tests.support.world.world import START
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.invoices.reconcile.findings import Reconciliation, YukiRoundingSeen

WHO = ("--who", "tester")
LOG_GROUP = "/aws/lambda/world-tribe-webhook"
# Files whose invoice must be held, see simulators/SEED.md.
INVOICES = Path(__file__).parents[2] / "simulators" / "tribe" / "seed" / "invoices"
HELD_FILES = ("17", "18", "24")


@pytest.fixture
def command(command: Command) -> Command:
    command.done(*CONNECT_DUTCH)
    return command


def change(command: Command, **changes: Any) -> None:
    """Change settings as somebody who need not be checked."""
    settings = ConnectionSettings.model_validate(command.settings().model_dump() | changes)
    command.world.connections.save(CONNECTION, settings, Status.CONNECTED, START)


def map_vat(command: Command) -> None:
    rules = [
        {"vat_group": group, "location": location, "vat_type": vat_type, "percentage": percentage}
        for group, location, vat_type, percentage in VAT_RULES
    ]
    change(command, vat_rules=rules)


def send_invoices(command: Command, *, without: tuple[str, ...] = HELD_FILES) -> int:
    """Press Send on the seed's invoices; return how many there are."""
    files = [file for file in sorted(INVOICES.glob("*.json")) if not file.name.startswith(without)]
    for file in files:
        command.world.send(json.loads(file.read_text())["invoice"]["ID"])
    return len(files)


def examine(command: Command, *options: str) -> dict[str, dict[str, str]]:
    """Run the doctor and return its checks by name."""
    result = command.run("doctor", *options, "--json")
    diagnosis = json.loads(result.stdout)
    assert result.exit_code == (0 if diagnosis["is_healthy"] else 1)
    assert diagnosis["yuki_calls_made"] <= 11
    return {check["check"]: check for check in diagnosis["checks"]}


def colours(checks: dict[str, dict[str, str]], colour: str) -> set[str]:
    return {name for name, check in checks.items() if check["state"] == colour}


def set_rights(command: Command, **wanted: Any) -> None:
    url = f"{command.world.yuki_url}/_control/keys/{ACCESS_KEY}"
    command.world.control.post(url, json=wanted).raise_for_status()


def write_log(command: Command, *lines: dict[str, Any]) -> None:
    command.logs.write(LOG_GROUP, lines, START)


def answered(status: int, **more: Any) -> dict[str, Any]:
    return {"message": "webhook answered", "connection_id": CONNECTION, "status": status, **more}


def test_a_connection_that_is_set_up_is_healthy(command: Command) -> None:
    map_vat(command)
    sent = send_invoices(command)
    command.done("settings", "set", "numbering_confirmed=yes", *WHO)
    write_log(command, answered(202))
    checks = examine(command)
    assert colours(checks, "red") == set()
    assert f"fits {sent} of {sent} invoices" in checks["Tribe's totals"]["finding"]
    assert checks["ledger accounts"]["finding"] == f"complete for the {sent} newest sent invoices"
    assert checks["Tribe application"]["finding"].startswith("works for Voorbeeld Administratie B.V.")
    assert checks["events of Tribe"]["state"] == "green"
    assert "left" in command.done("doctor")


def test_it_writes_nothing(command: Command) -> None:
    map_vat(command)
    send_invoices(command)
    before = (records(command), command.settings(), command.secret("webhook"), command.journal(), command.webhooks())
    examine(command)
    assert (
        records(command),
        command.settings(),
        command.secret("webhook"),
        command.journal(),
        command.webhooks(),
    ) == before


def records(command: Command) -> list[Any]:
    tribe, yuki = command.world.tribe_state(), command.world.yuki_state()
    for of_the_calls_themselves in ("calls", "deliveries"):
        tribe.pop(of_the_calls_themselves)
    return [tribe, yuki["contacts"], yuki["invoices"]]


def test_a_new_connection_is_told_all_that_is_missing(command: Command) -> None:
    send_invoices(command, without=())
    command.done("settings", "set", "tribe_connector_confirmed_off=no", *WHO)
    checks = examine(command)
    assert {"VAT mapping", "ledger accounts", "Tribe's own connector"} <= colours(checks, "red")
    assert "NL-21 (domestic) on 2026-0102 and " in checks["VAT mapping"]["finding"]
    assert all(checks[name]["to_do"] for name in colours(checks, "red") | colours(checks, "amber"))


def test_without_sent_invoices_there_is_nothing_to_rehearse_with(command: Command) -> None:
    checks = examine(command)
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
def test_a_right_that_is_missing_is_named(command: Command, right: str, check: str) -> None:
    rights = {"Accounting", "Archive", "Sales", "Contacts", "ContactsUpdate", "Vat", "AccountingInfo", "Domains"}
    set_rights(command, rights=sorted(rights - {right}))
    found = examine(command)[check]
    assert found["state"] == "red"
    assert f"the right {right} in Yuki" in found["to_do"]


def test_a_withdrawn_key_is_red_and_the_rest_is_still_checked(command: Command) -> None:
    set_rights(command, revoked=True)
    checks = examine(command)
    assert checks["Yuki key"]["state"] == "red"
    assert "tribe-yuki connect" in checks["Yuki key"]["to_do"]
    assert checks["webhooks"]["state"] == "green"


def test_an_application_that_tribe_refuses_is_red(command: Command) -> None:
    stored = command.secret("credentials")
    stored["tribe"]["client_secret"] = "withdrawn"
    command.write_secret("credentials", stored)
    checks = examine(command)
    assert checks["Tribe application"]["state"] == "red"
    assert checks["administration"]["state"] == "green"


def test_invoicing_switched_off_is_red(command: Command) -> None:
    command.world.switch_tribe(module_off="404")
    checks = examine(command)
    assert checks["invoicing in Tribe"]["state"] == "red"
    assert "invoicing module is off" in checks["invoicing in Tribe"]["finding"]


def test_automatic_numbers_are_judged_by_the_newest_customers_or_confirmed(command: Command) -> None:
    name = "automatic debtor numbers"
    assert examine(command)[name]["finding"].startswith("judged by the 10 newest customers")
    for organisation in command.world.tribe_state()["Relation_Organization"]:
        command.world.edit_in_tribe(organisation["ID"], DebtorNumber=None)
    found = examine(command)[name]
    assert found["state"] == "red"
    assert "newest customers have none" in found["finding"]
    assert examine(command, "--numbering-on")[name]["finding"].startswith("confirmed by the operator")
    command.done("settings", "set", "numbering_confirmed=yes", *WHO)
    assert examine(command)[name]["state"] == "green"


def test_doubled_and_missing_webhooks_are_named(command: Command) -> None:
    command.register_webhook("Activity.Invoice", f"{command.webhook_address}/invoices")
    found = examine(command)["webhooks"]
    assert (found["state"], found["finding"]) == ("red", "Activity.Invoice 2 times")
    command.done(*CONNECT_DUTCH)
    assert examine(command)["webhooks"]["state"] == "green"


def test_a_reading_of_the_totals_that_fits_is_proposed(command: Command) -> None:
    send_invoices(command)
    command.done("settings", "set", "totals.amount=incl", *WHO)
    found = examine(command)["Tribe's totals"]
    assert found["state"] == "red"
    assert "settings set totals.amount=excl" in found["to_do"]


def test_how_tribe_rounds_is_learned_from_the_papers(command: Command) -> None:
    command.world.switch_tribe(rounding="line_net_and_vat")
    send_invoices(command)
    found = examine(command)["Tribe's totals"]
    assert found["state"] == "amber"
    assert "totals.rounding=line_net_and_vat" in found["to_do"]
    command.done("settings", "set", "totals.rounding=rate", *WHO)
    assert examine(command)["Tribe's totals"]["state"] == "red"
    command.done("settings", "set", "totals.rounding=line_net_and_vat", *WHO)
    found = examine(command)["Tribe's totals"]
    assert found["state"] == "green"
    assert "with a rounding line" in found["finding"]


def test_yukis_rounding_is_told_as_its_books_show_it(command: Command) -> None:
    before = examine(command)["Yuki's rounding"]
    assert (before["state"], "no booking was compared" in before["finding"]) == ("amber", True)
    day = START.date()
    by_rate = YukiRoundingSeen(of=212, telling=31, fits={"rate": 212, "line": 190, "document": 205})
    command.stores.reconciliations.save(Reconciliation(day, day, START, yuki_rounding=by_rate))
    seen = examine(command)["Yuki's rounding"]
    assert (seen["state"], "per rate, in 212 of 212" in seen["finding"]) == ("green", True)
    command.done("settings", "set", "vat_rounding=line", *WHO)
    other = examine(command)["Yuki's rounding"]
    assert (other["state"], "vat_rounding=rate" in other["to_do"]) == ("red", True)


def test_a_belgian_administration_has_to_choose_about_peppol(command: Command) -> None:
    belgian = ("--connection", "voorbeeld-belgie-bv")
    become_another_company(command.world.tribe)
    command.done(*CONNECT, "--yuki-key", BELGIAN_KEY, "--tribe-connector-off", *WHO)
    assert examine(command, *belgian)["Peppol"]["state"] == "red"
    command.done("settings", "set", "peppol=tribe", *belgian, *WHO)
    assert examine(command, *belgian)["Peppol"]["state"] == "green"
    assert "Belgian host" in examine(command, *belgian)["right: contacts"]["finding"]


def test_a_refused_event_tells_which_headers_came(command: Command) -> None:
    names = ["content-type", "x-tribe-signature"]
    write_log(command, answered(202), answered(401, header_names=names, reasons=["signature_missing"]))
    found = examine(command)["events of Tribe"]
    assert found["state"] == "red"
    assert "signature_missing" in found["finding"]
    assert "content-type, x-tribe-signature" in found["finding"]


def test_an_edit_is_watched_for(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.doctor.sleep", lambda _seconds: None)
    write_log(command, answered(202))
    result = command.run("doctor", "--watch-edit", "--watch-seconds", "0", "--json")
    checks = {check["check"]: check for check in json.loads(result.stdout)["checks"]}
    assert checks["events of Tribe"]["finding"] == "no event came after the edit"


def test_without_a_log_it_says_so(command: Command) -> None:
    found = examine(command)["events of Tribe"]
    assert (found["state"], "cannot be read" in found["finding"]) == ("amber", True)


def test_a_day_without_calls_left_is_told(command: Command) -> None:
    command.done("settings", "set", "daily_call_limit=10", *WHO)
    checks = examine(command)
    assert checks["Yuki calls today"]["state"] == "red"
