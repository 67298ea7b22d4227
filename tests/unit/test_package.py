"""The package stays readable: short files, names that lead to a single place, and imports without a circle."""

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

PACKAGE = Path(__file__).parents[2] / "layers" / "common" / "tribe_yuki"
LONGEST_FILE = 350
NO_FEATURES = frozenset({"adapters", "entrypoints", "core"})
# Every feature that has one calls it so.
OF_EVERY_FEATURE = frozenset({"__init__", "context", "details", "model", "outside", "store"})
# Two parts that do the same to different records: a merge and the initial import, contacts and invoices.
SAME_STEP = frozenset({"apply", "decide", "nightly"})


def test_no_file_is_longer_than_a_reader_takes_in() -> None:
    lengths = {str(file.relative_to(PACKAGE)): len(file.read_text().splitlines()) for file in PACKAGE.rglob("*.py")}
    assert {file: length for file, length in lengths.items() if length > LONGEST_FILE} == {}


def test_a_module_of_a_feature_has_its_name_to_itself() -> None:
    places = defaultdict(set)
    for file in PACKAGE.rglob("*.py"):
        place = file.relative_to(PACKAGE)
        if place.parts[0] not in NO_FEATURES and file.stem not in OF_EVERY_FEATURE | SAME_STEP:
            places[file.stem].add(str(place.parent))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph("tribe_yuki", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 1
    demand_no_circle(imports)


def test_a_circle_of_imports_would_be_seen() -> None:
    with pytest.raises(CycleError):
        demand_no_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})


def demand_no_circle(imports: dict[str, set[str]]) -> None:
    TopologicalSorter(imports).prepare()
