"""What is deployed is what is tested, and set-up runs where nothing is installed."""

import ast
import re
from pathlib import Path

from local import lock
from tests.support.template.template import ROOT

LOCKS = [ROOT / one.target for one in lock.LOCKS]


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_the_tests_run_with_the_versions_that_are_deployed() -> None:
    deployed = pins(ROOT / lock.RUNTIME)
    tested = pins(ROOT / "requirements" / "dev.txt")
    assert deployed
    assert {name: tested.get(name) for name in deployed} == deployed


def test_every_locked_package_has_a_hash() -> None:
    for path in LOCKS:
        text = path.read_text(encoding="utf-8")
        assert len(re.findall(r"^[a-z0-9._-]+==.*\\\n    --hash=sha256:", text, flags=re.MULTILINE)) == len(pins(path))


def test_no_lock_names_a_package_index() -> None:
    for path in LOCKS:
        assert "://" not in path.read_text(encoding="utf-8")
        assert "index-url" not in path.read_text(encoding="utf-8")


def test_the_layer_keeps_the_descriptions_of_exactly_the_services_that_the_package_uses() -> None:
    operator = Path("entrypoints", "cli.py")  # only the operator's command runs it, with boto3 as it comes
    shipped = [path for path in (ROOT / "layers" / "common").rglob("*.py") if path.parts[-2:] != operator.parts]
    sources = [path.read_text(encoding="utf-8") for path in shipped]
    used = {name for source in sources for name in re.findall(r'(?:\.|create_)client\(\s*"([a-z0-9-]+)"', source)}
    makefile = (ROOT / "layers" / "dependencies" / "Makefile").read_text(encoding="utf-8")
    (kept,) = re.findall(r"^AWS_SERVICES := (.*)$", makefile, flags=re.MULTILINE)
    assert set(kept.split()) == used


def test_set_up_needs_no_newer_python_than_it_says() -> None:
    ast.parse((ROOT / "local" / "set_up.py").read_text(encoding="utf-8"), feature_version=(3, 8))
