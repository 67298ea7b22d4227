"""Every detail that a hold is raised with is known to `core/hold_details.py`: another one would be in no mail."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest

from tribe_yuki.adapters.tribe.token_endpoint import _REFUSALS
from tribe_yuki.adapters.yuki.faults import KNOWN_FAULTS, Meaning
from tribe_yuki.adapters.yuki.validation import CONTACT, SALES_INVOICES
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.hold_details import ELEMENTS, mailed_detail_in
from tribe_yuki.invoices.document.totals import Totals, differences

PACKAGE = Path(__file__).parents[2] / "layers" / "common" / "tribe_yuki"
RAISE_HOLDS = {"Held", "CredentialsRefused", "consent_needed"}
# The parts of f-strings, by a word in their expression: each kind of text that they give. Any other is a number.
SAMPLES: Mapping[str, Sequence[str]] = {
    "location": ("domestic",),
    "country": ("DE",),
    "day": ("2026-11-23",),
    "percentage": ("21",),
    "right": ("read", "write"),
    "administration_id": ("5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c",),
    "wanted": ("of another EU country", "of NL"),
    "given": ("BE", "XI", "no country"),
}
A_NUMBER = ("7",)
ZERO, CENT = Totals(Decimal(0), Decimal(0), Decimal(0)), Totals(Decimal("0.01"), Decimal("0.01"), Decimal("0.01"))
PASSED_ON: Sequence[str] = ()
# What the other expressions give: examples of all kinds, by file and expression.
COMPUTED: Mapping[tuple[str, str], Sequence[str]] = {
    ("adapters/tribe/answers.py", "detail"): PASSED_ON,
    ("adapters/tribe/token_endpoint.py", "detail"): tuple(_REFUSALS.values()),
    ("adapters/yuki/documents.py", "field"): (*SALES_INVOICES.names(), "document"),
    ("adapters/yuki/documents.py", "shown_as or name"): ("Reference", "Product/Description"),
    ("adapters/yuki/faults.py", "known.detail.format(host=host)"): tuple(
        row.detail.format(host="api.yukiworks.nl") for row in KNOWN_FAULTS if row.meaning is Meaning.KEY_REFUSED
    ),
    ("adapters/yuki/faults.py", "field_in(words)"): (*SALES_INVOICES.names(), *CONTACT.names(), "document"),
    ("adapters/yuki/session.py", "stored.detail"): PASSED_ON,
    ("core/errors.py", "error.text"): ("DueDate should be a date", "HID is written in an unknown way"),
    ("contacts/match/rules.py", "kind.value"): tuple(ContactKind),
    ("contacts/match/rules.py", "numbers"): ("no. 7", "no. 7, no. 12"),
    ("invoices/document/invoice.py", "difference"): ("Tribe shows no totals", differences(ZERO, CENT, 0)),
    ("contacts/initial_import/one_contact.py", "', '.join(tribe_relation_ids)"): (
        "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c",
    ),
    ("contacts/merge/apply.py", "relation.kind.value"): tuple(ContactKind),
    ("invoices/prepare.py", "invoice.flaw"): (
        "line 2 has no price in USD",
        "the number is longer than 100 characters",
        "Tribe shows only a part of the lines",
    ),
    ("invoices/prepare.py", "str(ready.sends)"): ("3",),
    ("invoices/send.py", "words"): PASSED_ON,  # Yuki's own words, which are in no mail
    ("contacts/update_in_yuki.py", "held.detail"): PASSED_ON,
}


def details_in_code() -> Iterator[tuple[str, str, ast.expr]]:
    """Yield every detail that the package raises a hold with: its file, its line, the expression."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in RAISE_HOLDS:
                given = [keyword.value for keyword in node.keywords if keyword.arg == "detail"]
                given += node.args[:1] if ast.unparse(node.func) == "consent_needed" else []
                yield from ((str(path.relative_to(PACKAGE)), f"line {node.lineno}", value) for value in given)


def examples(file: str, value: ast.expr) -> Sequence[str]:
    """Return what an expression may give; a constant of its module has a name in capitals."""
    match value:
        case ast.Constant():
            return (str(value.value),)
        case ast.JoinedStr():
            return tuple("".join(parts) for parts in product(*map(_parts, value.values)))
        case ast.Name(id=name) if name.isupper():
            module = import_module(f"tribe_yuki.{file.removesuffix('.py').replace('/', '.')}")
            return (str(getattr(module, name)),)
    return COMPUTED[file, ast.unparse(value)]


def _parts(part: ast.expr) -> Sequence[str]:
    if isinstance(part, ast.Constant):
        return (str(part.value),)
    return next((samples for word, samples in SAMPLES.items() if word in ast.unparse(part)), A_NUMBER)


def test_every_detail_of_a_hold_is_said_in_both_languages() -> None:
    unsaid = [
        (file, line, example)
        for file, line, value in details_in_code()
        for example in examples(file, value)
        if not all(mailed_detail_in(language, example) for language in ("en", "nl"))
    ]
    assert unsaid == [], "give core/hold_details.py a row for it"


def test_every_detail_that_is_computed_has_its_examples_here() -> None:
    written = {(file, ast.unparse(value)) for file, _, value in details_in_code() if _is_computed(value)}
    assert written == set(COMPUTED), "give COMPUTED an example of each kind of detail, or take the row away"


def _is_computed(value: ast.expr) -> bool:
    return not isinstance(value, ast.Constant | ast.JoinedStr) and not ast.unparse(value).isupper()


def test_the_names_of_elements_are_those_of_the_schemas() -> None:
    assert {*ELEMENTS} == {*SALES_INVOICES.names(), *CONTACT.names(), "Product/Description", "document"}


@pytest.mark.parametrize("stranger", ["Jansen", "ReferenceJansen", "Bakkerij Jansen", "document of Jansen"])
def test_no_other_word_passes_for_an_element(stranger: str) -> None:
    assert mailed_detail_in("en", stranger) == ""


def test_a_detail_without_a_row_would_be_found() -> None:
    value = ast.parse('f"a thing of {kind} that nobody translated"', mode="eval").body
    assert [one for one in examples("core/any.py", value) if mailed_detail_in("nl", one)] == []
    with pytest.raises(KeyError):
        examples("core/any.py", ast.parse("whatever()", mode="eval").body)
