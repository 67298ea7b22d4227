"""`tribe-yuki settings`, against both simulators."""

import json
import stat
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.world.operator_command import CONNECT_DUTCH, CONNECTION, Command
from tests.support.world.world_queues import RETRY
from tribe_yuki.connections.settings import Location
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.moves import Hold
from tribe_yuki.invoices.transfer import Transfer, new_transfer

WHO = ("--who", "tester")
WRONG_CHANGES = (
    ("poll_interval_minutes=3", "poll_interval_minutes cannot be 3; give a whole number from 5 to 240"),
    ("pdf=maybe", "pdf cannot be maybe; give one of off, when_found, required"),
    ("peppol=mail", "peppol cannot be mail; give one of tribe, elsewhere, yuki, or none"),
    ("import_suppliers=perhaps", "import_suppliers cannot be perhaps; give yes or no"),
    ("start_date=soon", "start_date cannot be soon; give a date such as 2026-01-31"),
    ("totals.amount=net", "totals.amount cannot be net; give one of excl, incl"),
    ("import_supplier=yes", "there is no setting import_supplier; did you mean import_suppliers"),
    ("yuki_domain_id=x", "yuki_domain_id is what Yuki and the activation say; it cannot be set"),
    ("vat_rules=x", "the VAT mapping is set with `tribe-yuki settings vat`"),
    ("pdf", "give NAME=VALUE"),
)
WRONG_ROWS = (
    (("NL-99", "domestic", "1", "21"), "Tribe has no VAT group NL-99; it has NL-21"),
    (("NL-21", "moon", "1", "21"), "moon is no place; give one of domestic"),
    (("NL-21", "domestic", "17", "21"), "Yuki has no such VAT code today. It has: 1 21 % BTW hoog 21%"),
    (("NL-21", "domestic", "1", "20"), "NL-21 domestic = 1 20 %: NL - 21% is 21 % in Tribe"),
    (("NL-9", "domestic", "2", "6"), "is 9 % in Tribe"),
    (("NL-21", "domestic", "2", "9"), "is 21 % in Tribe"),
    (("OSS-SE-25", "eu_without_vat", "8", "21"), "is 25 % in Tribe"),
    (("NL-21", "domestic", "1", "much"), "much is no percentage"),
    (("NL-21", "domestic", "1", "210"), "a percentage 0 to 100"),
    (("NL-21", "domestic", "1", "21", "--supply", "air"), "air is not sold"),
)


@pytest.fixture
def command(command: Command) -> Command:
    command.done(*CONNECT_DUTCH)
    return command


def test_contact_types_are_reviewed_and_changed(command: Command) -> None:
    shown = {one["name"]: one["value"] for one in command.result("settings")["settings"]}
    assert (shown["import_customers"], shown["import_private_customers"], shown["import_suppliers"]) == (
        "yes",
        "yes",
        "no",
    )
    command.done(
        "settings", "set", "import_suppliers=yes", "export_private_customers=no", "start_date=2026-11-01", *WHO
    )
    settings = command.settings()
    assert (settings.import_suppliers, settings.export_private_customers) == (True, False)
    assert settings.start_date == date(2026, 11, 1)


def test_every_change_is_journalled_with_who_and_why(command: Command) -> None:
    command.done("settings", "set", "peppol=tribe", "poll_interval_minutes=30", "--why", "agreed by phone", *WHO)
    entry = command.journal()[-1]
    assert entry["code"] == "settings_changed"
    assert entry["facts"] == {
        "who": "tester",
        "why": "agreed by phone",
        "peppol": "none → tribe",
        "poll_interval_minutes": "15 → 30",
    }


def test_saying_the_same_again_changes_nothing(command: Command) -> None:
    result = command.result("settings", "set", "poll_interval_minutes=15", *WHO)
    assert result["changes"] == []
    assert len(command.journal()) == 1


def test_a_wrong_value_is_refused_with_the_allowed_ones(command: Command) -> None:
    before = command.settings()
    for change, sentence in WRONG_CHANGES:
        assert sentence in command.refused("settings", "set", "payment_term_days=14", change, *WHO)
    assert command.settings() == before


def test_lists_parts_and_confirmations_are_set_as_text(command: Command) -> None:
    command.done(
        *("settings", "set", "service_product_groups=Advies, Cursus", "totals.amount=incl", "external_id_field=none"),
        *("tribe_connector_confirmed_off=no", "numbering_confirmed=yes", *WHO),
    )
    settings = command.settings()
    assert settings.service_product_groups == ("Advies", "Cursus")
    assert (settings.totals.amount, settings.totals.rounding) == ("incl", None)
    assert (settings.external_id_field, settings.numbering_confirmed) == (None, True)
    assert settings.tribe_connector_confirmed_off is None
    command.done("settings", "set", "tribe_connector_confirmed_off=yes", *WHO)
    assert command.settings().tribe_connector_confirmed_off is not None


def test_a_ledger_account_must_take_revenue_in_yuki(command: Command) -> None:
    assert "does not exist in Yuki" in command.refused("settings", "set", "default_ledger_account=12345", *WHO)
    assert "no account that takes revenue" in command.refused("settings", "set", "default_ledger_account=02100", *WHO)
    command.done("settings", "set", "default_ledger_account=80000", *WHO)
    assert command.world.yuki.calls["GetGLAccountScheme"] == 1


def test_settings_are_saved_and_loaded_as_a_whole(command: Command, tmp_path: Path) -> None:
    command.done("settings", "vat", "set", "NL-21", "domestic", "1", "21", *WHO)
    command.done("settings", "save", "kept.json")
    document = json.loads((tmp_path / "kept.json").read_text())
    assert "yuki_administration_id" not in document
    kept = command.settings()
    command.done("settings", "set", "pdf=required", "totals.rounding=line_net", *WHO)
    command.done("settings", "vat", "unset", "NL-21", "domestic", *WHO)
    command.done("settings", "load", "kept.json", *WHO)
    assert command.settings() == kept
    (tmp_path / "wrong.json").write_text(json.dumps({"pdf": "maybe", "batch_size": 0}))
    text = command.refused("settings", "load", "wrong.json", *WHO)
    assert "pdf cannot be maybe" in text
    assert "batch_size cannot be 0; give a whole number from 1 to 100" in text


def test_a_file_that_is_none_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    assert "JSON object" in command.refused("settings", "load", "list.json", *WHO)
    text = command.refused("settings", "load", "nowhere.json", *WHO)
    assert text == "nowhere.json cannot be read: No such file or directory"


def test_saved_settings_are_for_their_user_alone_and_replace_nothing(command: Command, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "kept.json").symlink_to(tmp_path / "theirs")
    assert "kept.json is there already" in command.refused("settings", "save", "kept.json")
    command.done("settings", "save", "kept.json", "--force")
    assert (tmp_path / "theirs").read_text() == "theirs"
    assert stat.S_IMODE((tmp_path / "kept.json").lstat().st_mode) == 0o600
    before = command.settings()
    command.done("settings", "set", "pdf=required", *WHO)
    command.done("settings", "load", "kept.json", *WHO)
    assert command.settings() == before


def test_rates_above_zero_are_proposed_and_zero_never(command: Command) -> None:
    rows = command.result("settings", "vat")["rows"]
    proposed = {(row["vat_group"], row["location"]): row["vat_type"] for row in rows if row["state"] == "proposed"}
    assert proposed == {(group, place): code for group, code in (("NL-21", 1), ("NL-9", 2)) for place in Location}
    assert {row["state"] for row in rows if row["percentage"] == "0"} == {"open"}
    assert len(rows) == 9 * 4
    command.done("settings", "vat", "accept", *WHO)
    rules = {(rule.vat_group, rule.location): rule.vat_type for rule in command.settings().vat_rules}
    assert rules == {("NL-21", None): 1, ("NL-9", None): 2}


def test_a_row_is_set_shown_replaced_and_taken_away(command: Command) -> None:
    command.done("settings", "vat", "set", "nl-verlegd", "domestic", "17", "0", *WHO)
    command.done("settings", "vat", "set", "NL-VERLEGD", "domestic", "4", "0%", *WHO)
    (rule,) = command.settings().vat_rules
    assert (rule.vat_group, rule.location, rule.vat_type) == ("NL-VERLEGD", Location.DOMESTIC, 4)
    assert rule.percentage == Decimal(0)
    assert "BTW nultarief" in command.done("settings", "vat")
    assert "there is no row" in command.refused("settings", "vat", "unset", "NL-VERLEGD", "any", *WHO)
    command.done("settings", "vat", "unset", "NL-VERLEGD", "domestic", *WHO)
    assert command.settings().vat_rules == ()


def test_a_row_must_fit_both_systems(command: Command) -> None:
    for row, sentence in WRONG_ROWS:
        assert sentence in command.refused("settings", "vat", "set", *row, *WHO)
    assert command.settings().vat_rules == ()


def test_goods_and_services_may_mean_different_codes(command: Command) -> None:
    command.done("settings", "vat", "set", "EU-DIENST", "eu_with_vat", "20", "0", "--supply", "services", *WHO)
    command.done("settings", "vat", "set", "EU-DIENST", "eu_with_vat", "19", "0", "--supply", "goods", *WHO)
    rows = command.result("settings", "vat")["rows"]
    found = {row["supply"]: row["vat_type"] for row in rows if row["vat_group"] == "EU-DIENST" and row["supply"]}
    assert found == {"goods": 19, "services": 20}


def test_what_waited_for_the_mapping_is_looked_at_again(command: Command) -> None:
    for number, reason in enumerate((HoldReason.VAT_UNMAPPED, HoldReason.REFERENCE_IN_USE)):
        hold(command, f"0000000{number}-0000-4000-8000-000000000000", reason)
    result = command.result("settings", "vat", "set", "NL-21", "domestic", "1", "21", *WHO)
    assert result["looked_at_again"] == 1
    (message,) = command.take_messages(RETRY)
    assert message["ids"] == ["00000000-0000-4000-8000-000000000000"]


def hold(command: Command, tribe_invoice_id: str, reason: HoldReason) -> Transfer:
    now = command.settings().activated_at
    transfer = new_transfer(CONNECTION, tribe_invoice_id, now).after(Hold(reason), now)
    return command.stores.transfers.save(transfer, [], now)


def test_without_a_connection_there_are_no_settings(command: Command) -> None:
    assert "run `tribe-yuki connect`" in command.refused("settings", "--connection", "nobody")
