"""`CONTRIBUTING.md` names places and tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PLACES = (ROOT, ROOT / "layers" / "common" / "tribe_yuki", ROOT / "tests", ROOT / "tests" / "support")
CODE = re.findall(r"`([^`\n]+)`", PAGE)
# Shortened ones (`…/mapping`), patterns and what is made by a target are no places to look for.
FILES = {word for word in CODE if re.fullmatch(r"[\w./-]+\.(py|md|toml|yaml)", word)}
FOLDERS = {word for word in CODE if re.fullmatch(r"[\w/]+/", word)}
TESTS = {word for word in CODE if re.fullmatch(r"test_[a-z0-9_]+", word)}


def is_there(name: str) -> bool:
    return any((place / name).exists() for place in PLACES) or any((ROOT / "tests").rglob(name.rstrip("/")))


def test_every_file_and_folder_is_there() -> None:
    assert len(FILES) > 20
    assert {name for name in FILES | FOLDERS if not is_there(name)} == set()


def test_every_test_is_there() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(TESTS) >= 2
    assert {name for name in TESTS if f"def {name}(" not in sources} == set()


def test_every_target_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z-]+)", PAGE))
    assert {target for target in targets if f"\n{target}:" not in makefile} == set()
