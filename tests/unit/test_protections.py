"""The table of protections: each is left out by a control, and by nothing that the package does not have."""

import re
from pathlib import Path

import pytest

from tests.support.faults.protections import Protection, without

TESTS = Path(__file__).parents[1]
HERE = Path(__file__).name


def test_each_protection_has_a_control() -> None:
    controls = "".join(file.read_text() for file in TESTS.rglob("test_*.py") if file.name != HERE)
    named = set(re.findall(r"Protection\.([A-Z_]+)", controls))
    assert named == {protection.name for protection in Protection}


@pytest.mark.parametrize("protection", Protection)
def test_each_is_left_out_by_public_names_that_exist(protection: Protection) -> None:
    assert protection.parts
    for part in protection.parts:
        assert not part.name.startswith("_")
        assert hasattr(part.owner, part.name)


@pytest.mark.parametrize("protection", Protection)
def test_what_was_left_out_comes_back(protection: Protection) -> None:
    before = [getattr(part.owner, part.name) for part in protection.parts]
    with without(protection):
        pass
    assert [getattr(part.owner, part.name) for part in protection.parts] == before
