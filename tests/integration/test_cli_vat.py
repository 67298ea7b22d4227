"""`tribe-yuki settings vat`, against both simulators: what changes in Yuki and Tribe, and what blocks what."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.demo.invoices import seed_invoices
from tests.support.world.operator_command import CONNECT_DUTCH, CONNECTION, Command
from tests.support.world.world import START
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.connections.settings import ConnectionSettings, Location, VatRule

WHO = ("--who", "tester")
SET, UNSET = ("settings", "vat", "set"), ("settings", "vat", "unset")
LOW = {"type": 2, "description": "BTW laag 9%"}
STALE = tuple(
    VatRule(vat_group="NL-9", location=place, vat_type=2, percentage=9)
    for place in (Location.DOMESTIC, Location.EU_WITHOUT_VAT)
)
LISTS = ("ActiveVATCodesList", "GetGLAccountScheme")


@pytest.fixture
def command(command: Command) -> Command:
    command.done(*CONNECT_DUTCH)
    return command


def save_rows(command: Command, *rules: VatRule) -> None:
    """Store a mapping as somebody who need not be checked."""
    settings = ConnectionSettings.model_validate(command.settings().model_dump() | {"vat_rules": rules})
    command.world.connections.save(CONNECTION, settings, Status.CONNECTED, START)


def in_yuki(command: Command, **wanted: Any) -> None:
    """Change a VAT code in Yuki's screens, and let a minute pass."""
    command.world.control.post(f"{command.world.yuki_url}/_control/vat_codes", json=wanted).raise_for_status()
    command.world.advance(60)


def rows(command: Command) -> list[dict[str, Any]]:
    """Return the rows that `settings vat` shows."""
    found: list[dict[str, Any]] = command.result("settings", "vat")["rows"]
    return found


def states(command: Command, group: str) -> set[str]:
    """Return the states that the rows of a group have."""
    return {row["state"] for row in rows(command) if row["vat_group"] == group}


def lists_read(command: Command) -> int:
    """Return how often Yuki was asked for codes and accounts."""
    return sum(command.world.yuki.calls[name] for name in LISTS)


@pytest.mark.parametrize(
    "gone",
    [
        {**LOW, "removed": True},
        {**LOW, "endDate": "2026-06-30"},
        {**LOW, "percentage": 10},
    ],
    ids=["switched off", "ended", "of another percentage"],
)
def test_a_row_whose_code_is_gone_blocks_nothing_but_its_own_invoices(
    command: Command, tmp_path: Path, gone: dict[str, Any]
) -> None:
    save_rows(command, *STALE)
    in_yuki(command, **gone)
    command.done(*SET, "NL-21", "any", "1", "21", *WHO)
    command.done("settings", "set", "default_ledger_account=80000", *WHO)
    command.done("settings", "vat", "accept", *WHO)
    (tmp_path / "some.json").write_text(json.dumps({"pdf": "required"}))
    command.done("settings", "load", "some.json", *WHO)
    document = json.loads(json.dumps(command.settings().model_dump(mode="json")))
    (tmp_path / "rows.json").write_text(json.dumps({"vat_rules": document["vat_rules"][:-1]}))
    command.done("settings", "load", "rows.json", *WHO)
    command.done(*UNSET, "NL-9", "domestic", *WHO)
    assert [rule for rule in command.settings().vat_rules if rule in STALE] == [STALE[1]]
    assert "Yuki has no such VAT code today" in command.refused(*SET, "NL-9", "domestic", "2", "9", *WHO)


def test_an_account_that_was_switched_off_keeps_nobody_from_mapping_vat(command: Command) -> None:
    command.done("settings", "set", "default_ledger_account=80000", *WHO)
    switched_off = f"{command.world.yuki_url}/_control/gl_accounts/80000"
    command.world.control.post(switched_off, json={"isEnabled": False}).raise_for_status()
    command.world.advance(24 * 3600)
    command.done(*SET, "NL-21", "any", "1", "21", *WHO)
    command.done("settings", "set", "pdf=required", *WHO)
    assert "or is disabled" in command.refused("settings", "set", "rounding_ledger_account=80000", *WHO)


def test_a_row_whose_code_is_gone_is_shown_with_what_to_do(command: Command) -> None:
    save_rows(command, *STALE)
    in_yuki(command, **LOW, removed=True)
    shown = command.result("settings", "vat")
    assert {row["location"]: row["fault"] for row in shown["rows"] if row["state"] == "invalid"} == {
        "domestic": "Yuki has no such VAT code today",
        "eu_without_vat": "Yuki has no such VAT code today",
    }
    assert "Set the invalid rows anew" in shown["next_steps"][0]
    assert "Yuki has no such VAT code today" in command.done("settings", "vat")


def test_a_code_that_was_just_added_in_yuki_can_be_chosen_at_once(command: Command) -> None:
    row = ("OSS-SE-25", "eu_without_vat", "40", "25")
    assert "Yuki has no such VAT code today" in command.refused(*SET, *row, *WHO)
    in_yuki(command, type=40, description="OSS Zweden 25%", percentage=25, country="SE")
    assert "40 25 % OSS Zweden 25% (SE)" in command.result("settings", "vat")["yuki_codes"]
    before = lists_read(command)
    command.done(*SET, *row, *WHO)
    assert lists_read(command) == before, "what is there is not asked for again"
    assert states(command, "OSS-SE-25") == {"mapped", "open"}


def test_oss_is_proposed_for_the_country_of_the_group(command: Command) -> None:
    in_yuki(command, type=40, description="OSS Zweden 25%", percentage=25, country="SE")
    in_yuki(command, type=40, description="OSS Denemarken 25%", percentage=25, country="DK")
    command.done("settings", "vat", "accept", *WHO)
    (rule,) = [rule for rule in command.settings().vat_rules if rule.vat_group == "OSS-SE-25"]
    assert (rule.location, rule.country, rule.vat_type) == (Location.EU_WITHOUT_VAT, "SE", 40)
    (row,) = [row for row in rows(command) if row["vat_group"] == "OSS-SE-25" and row["state"] == "mapped"]
    assert (row["country"], row["yuki_code"]) == ("SE", "OSS Zweden 25%")
    assert "in Yuki that is for DK, SE" in command.refused(
        *SET, "OSS-SE-25", "eu_without_vat", "40", "25", "--country", "HR", *WHO
    )


def test_a_fresh_connection_needs_no_choice_but_those_at_zero_percent(command: Command) -> None:
    in_yuki(command, type=40, description="OSS Zweden 25%", percentage=25, country="SE")
    command.done("settings", "vat", "accept", *WHO)
    (oss, high, low) = sorted(command.settings().vat_rules, key=lambda rule: -rule.percentage)
    assert [(rule.vat_group, rule.location) for rule in (high, low)] == [("NL-21", None), ("NL-9", None)]
    assert oss.vat_type == 40
    charged = [row for row in rows(command) if row["percentage"] in ("21", "9")]
    assert {row["state"] for row in charged} == {"mapped"}
    assert {row["vat_group"] for row in rows(command) if row["state"] == "open"} == {
        *("NL-0", "NL-VRIJ", "NL-VERLEGD", "EU-DIENST", "EU-GOEDEREN", "EXPORT"),
        "OSS-SE-25",
    }


def test_a_rate_that_changes_leaves_the_days_before_it_as_they_were(command: Command) -> None:
    command.done(*SET, "NL-9", "any", "2", "9", *WHO)
    in_yuki(command, **LOW, endDate="2026-12-31")
    in_yuki(command, type=2, description="BTW laag 10%", percentage=10, startDate="2027-01-01")
    command.done(*SET, "NL-9", "any", "2", "10", "--from", "2027-01-01", *WHO)
    found = [(rule.percentage, rule.valid_from, rule.valid_to) for rule in command.settings().vat_rules]
    assert found == [(Decimal(9), None, date(2026, 12, 31)), (Decimal(10), date(2027, 1, 1), None)]
    assert [row["period"] for row in rows(command) if row["state"] == "later"] == ["2027-01-01 to"]
    command.done(*UNSET, "NL-9", "any", "--from", "2027-07-01", *WHO)
    assert command.settings().vat_rules[1].valid_to == date(2027, 6, 30)
    command.done(*UNSET, "NL-9", "any", *WHO)
    assert command.settings().vat_rules == ()
    assert "the last day not before" in command.refused(
        *SET, "NL-9", "any", "2", "9", "--from", "2027-01-02", "--to", "2027-01-01", *WHO
    )


def test_a_proposal_takes_no_days_of_a_row_that_ended(command: Command) -> None:
    ended = VatRule(vat_group="NL-9", vat_type=2, percentage=6, valid_to=date(2018, 12, 31))
    save_rows(command, ended)
    command.done("settings", "vat", "accept", *WHO)
    low = [rule for rule in command.settings().vat_rules if rule.vat_group == "NL-9"]
    assert low == [ended, VatRule(vat_group="NL-9", vat_type=2, percentage=9, valid_from=date(2019, 1, 1))]


def test_a_row_of_a_group_that_is_gone_in_tribe_can_be_taken_away(command: Command) -> None:
    save_rows(command, *STALE, VatRule(vat_group="NL-6", vat_type=2, percentage=6))
    command.done(*UNSET, "NL-6", "any", *WHO)
    assert command.settings().vat_rules == STALE
    assert "Tribe has no VAT group NL-6" in command.refused(*UNSET, "NL-6", "any", *WHO)


def test_two_groups_with_one_code_are_told_apart_by_their_ids(command: Command) -> None:
    groups = [row for row in command.world.tribe_state()["Datastore_VatGroup"] if row["Code"] in ("NL-21", "NL-9")]
    high, low = (group["ID"] for group in sorted(groups, key=lambda group: -float(group["Percentage"])))
    command.done(*SET, "NL-21", "any", "1", "21", *WHO)
    for group, name in ((high, "NL - Hoog"), (low, "BE - Hoog")):
        command.world.edit_in_tribe(group, Code="HOOG", Name=name, Percentage=21)
    save_rows(command, *(rule.model_copy(update={"vat_group": "HOOG"}) for rule in command.settings().vat_rules))
    assert f"{high} (NL - Hoog); {low} (BE - Hoog)" in command.refused(*SET, "HOOG", "domestic", "1", "21", *WHO)
    command.done(*SET, low, "any", "8", "21", "--country", "BE", "--description", "Afstandsverkopen België 21%", *WHO)
    found = {(rule.vat_group, rule.country, rule.vat_type) for rule in command.settings().vat_rules}
    assert found == {(high, None, 1), (low, None, 1), (low, "BE", 8)}
    command.done(*UNSET, low, "any", *WHO)
    assert {rule.vat_group for rule in command.settings().vat_rules} == {high, low}


def test_it_shows_which_rows_the_last_years_invoices_needed(command: Command) -> None:
    files = {"01": "domestic", "15": "eu_with_vat", "17": "eu_without_vat", "18": "eu_without_vat"}
    seeds = [seed for seed in seed_invoices() if seed.name[:2] in files]
    for seed in seeds:
        command.world.send(seed.tribe_invoice_id)
    calls = command.world.tribe.calls.total()
    shown = command.result("settings", "vat")
    assert command.world.tribe.calls.total() - calls <= 8
    assert shown["invoices"] == len(seeds)
    needed = {(row["vat_group"], row["location"]): row["state"] for row in shown["rows"] if row["invoices"]}
    assert needed[("NL-21", "domestic")] == "proposed"
    assert needed[("OSS-SE-25", "eu_without_vat")] == "open"
    assert needed[("EU-DIENST", "eu_with_vat")] == "open"
    (step,) = [step for step in shown["next_steps"] if "were invoiced" in step]
    assert "EU-DIENST eu_with_vat" in step
    assert "EU-DIENST eu_without_vat" in step
    assert "NL-VRIJ" not in step


def test_a_customer_without_a_number_needs_one_and_no_row(command: Command) -> None:
    (seed,) = [seed for seed in seed_invoices() if seed.name.startswith("17")]
    command.world.send(seed.tribe_invoice_id)
    command.done(*SET, "EU-DIENST", "eu_with_vat", "20", "0", *WHO)
    shown = command.result("settings", "vat")
    (row,) = [row for row in shown["rows"] if (row["vat_group"], row["location"]) == ("EU-DIENST", "eu_without_vat")]
    assert (row["state"], row["invoices"], row["fault"]) == ("open", 1, "these customers lack a VAT number")
    assert not any("EU-DIENST" in step for step in shown["next_steps"])
