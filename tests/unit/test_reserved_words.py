"""No expression names an attribute by a word that DynamoDB reserves; moto takes them, DynamoDB refuses them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import moto.dynamodb.parsing
import pytest

ADAPTERS = Path(__file__).parents[2] / "layers" / "common" / "tribe_yuki" / "adapters" / "aws"
RESERVED = frozenset(
    (Path(moto.dynamodb.parsing.__file__).parent / "reserved_keywords.txt").read_text(encoding="utf-8").split()
)
# Words of the language of expressions itself.
LANGUAGE = frozenset({"SET", "ADD", "REMOVE", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"})
_EXPRESSION = re.compile(r"[=<>]|\b(SET|ADD|REMOVE|BETWEEN)\b|attribute_(not_)?exists|begins_with")
_NAME = re.compile(r"(?<![:#\w])[A-Za-z_]\w*")


def expressions(source: str) -> Iterator[str]:
    """Yield the texts with which tables are asked: conditions, keys and updates."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and _name(call.func) in {"query", "update", "put", "delete", "Write"}:
            for value in [*call.args, *(keyword.value for keyword in call.keywords)]:
                texts = [one.value for one in ast.walk(value) if isinstance(one, ast.Constant)]
                yield from (text for text in texts if isinstance(text, str) and _EXPRESSION.search(text))


def _name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def reserved(expression: str) -> set[str]:
    return {name for name in _NAME.findall(expression) if name.upper() in RESERVED - LANGUAGE}


@pytest.mark.parametrize("module", sorted(ADAPTERS.glob("*.py")), ids=lambda path: path.stem)
def test_no_expression_names_a_reserved_word(module: Path) -> None:
    found = list(expressions(module.read_text(encoding="utf-8")))
    assert [expression for expression in found if reserved(expression)] == []


def test_expressions_are_found_and_their_reserved_words_with_them() -> None:
    source = 'db.query(table, "record = :record AND begins_with(#item, :prefix)", {":record": record})'
    (expression,) = expressions(source)
    assert reserved(expression) == {"record"}
    everywhere = [text for module in ADAPTERS.glob("*.py") for text in expressions(module.read_text(encoding="utf-8"))]
    assert len(everywhere) > 15
