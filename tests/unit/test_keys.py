"""`adapters/aws/keys.py` alone knows how a key of a table or an index, or the name of a lease, is written."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tribe_yuki.adapters.aws import keys

PACKAGE = Path(keys.__file__).parents[2]
# Each begins what a kind of item is called, or is how the index tells kinds apart.
KEY = re.compile(
    r"(?:^|#)(?:calls|code|contact|domain|invoice|key|lease|mark|pending|progress|reconciliation|record|reference|seen"
    r"|task|unfinished|unlinked|yuki)#|#(?:held|reported)$"
)


def texts(path: Path) -> Iterator[str]:
    """Yield the texts of a module, and the parts of those that are put together, but no docstrings."""
    tree = ast.parse(path.read_text())
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.value


def keys_in(path: Path) -> list[str]:
    return [text for text in texts(path) if KEY.search(text)]


def test_no_other_module_writes_a_key() -> None:
    others = [path for path in PACKAGE.rglob("*.py") if path != Path(keys.__file__)]
    assert len(others) > 100
    assert {str(path.relative_to(PACKAGE)): found for path in others if (found := keys_in(path))} == {}


def test_a_key_would_be_found() -> None:
    assert len(keys_in(Path(keys.__file__))) > 20
