"""`tribe-yuki plan --csv`: a file that nobody else reads, that replaces nothing, and in which nothing is a formula."""

import csv
import stat
from pathlib import Path

import pytest

from tests.support.outside.hostile_texts import FORMULAS
from tests.support.world.operator_command import CONNECT_DUTCH, Command

# A customer of Tribe that no contact of Yuki is.
UNLINKED = "20000000-0000-4000-8000-000000000119"


@pytest.fixture
def command(command: Command) -> Command:
    """A connection that is not activated yet."""
    command.done(*CONNECT_DUTCH)
    return command


def cells(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [cell for row in csv.reader(stream) for cell in row]


def test_the_file_is_written_once_and_said_to_be(command: Command, tmp_path: Path) -> None:
    printed = command.done("plan", "--csv", "plan.csv")
    assert "Every record is in plan.csv." in printed
    assert "--csv FILE" not in printed
    assert stat.S_IMODE((tmp_path / "plan.csv").stat().st_mode) == 0o600
    calls = command.world.yuki.calls.copy()
    assert "plan.csv is there already; give another name, or --force" in command.refused("plan", "--csv", "plan.csv")
    assert command.world.yuki.calls == calls  # it is told before anything is asked
    command.done("plan", "--csv", "plan.csv", "--force", "--names")
    assert "name" in cells(tmp_path / "plan.csv")


def test_nothing_in_it_is_a_formula(command: Command, tmp_path: Path) -> None:
    command.world.edit_in_tribe(UNLINKED, DebtorNumber=FORMULAS[2], Name=FORMULAS[0])
    for options in ((), ("--names",)):
        command.done("plan", "--csv", "plan.csv", "--force", *options)
        found = cells(tmp_path / "plan.csv")
        assert f"'{FORMULAS[2]}" in found  # a debtor number
        assert any(cell.startswith("'=HYPERLINK") for cell in found) is bool(options)
        assert not [cell for cell in found if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
