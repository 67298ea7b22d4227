"""Files that commands write: modes, links, what is there already, and cells that are no formulas."""

import stat
from pathlib import Path

import pytest

from cli.files import csv_cell, demand_new, write_file
from tests.support.outside.hostile_texts import FORMULAS
from tribe_yuki.admin.declined import Declined


def test_a_file_is_for_the_eyes_of_its_user_alone(tmp_path: Path) -> None:
    write_file(tmp_path / "plan.csv", "a\r\n")
    assert stat.S_IMODE((tmp_path / "plan.csv").stat().st_mode) == 0o600
    assert (tmp_path / "plan.csv").read_bytes() == b"a\r\n"


def test_what_is_there_is_not_replaced_unless_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text("kept")
    with pytest.raises(Declined, match="is there already; give another name, or --force"):
        write_file(file, "new")
    assert file.read_text() == "kept"
    write_file(file, "new", force=True)
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("exists", [False, True])
def test_a_link_is_never_followed(tmp_path: Path, force: bool, exists: bool) -> None:
    target, link = tmp_path / "target", tmp_path / "plan.csv"
    if exists:
        target.write_text("theirs")
    link.symlink_to(target)
    if force:
        write_file(link, "ours", force=True)
        assert not link.is_symlink()
    else:
        with pytest.raises(Declined, match="is there already"):
            write_file(link, "ours")
    assert target.exists() is exists
    assert not exists or target.read_text() == "theirs"


def test_a_folder_that_is_missing_or_is_the_file_is_told_before_anything_else(tmp_path: Path) -> None:
    with pytest.raises(Declined, match="there is no folder"):
        demand_new(tmp_path / "nowhere" / "plan.csv", force=True)
    with pytest.raises(Declined, match="is a folder"):
        demand_new(tmp_path, force=True)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str) -> None:
    assert csv_cell(text).startswith("'")
    assert not set(csv_cell(text)) & set("\t\r\n")


@pytest.mark.parametrize("text", ["D-10050", "Café Noord B.V.", "2026-0118", "", "a=b", "1-2", "'quoted'"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert csv_cell(text) == text
