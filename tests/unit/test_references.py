"""What code and pages cite is in the repository: sections of `docs/reference`, promises, failures, and other pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PACKAGE = ROOT / "layers" / "common" / "tribe_yuki"
FOLDERS = ("benchmarks", "cli", "docs", "functions", "layers", "local", "simulators", "tests")
TOP = ("*.md", "template.yaml", "Makefile", "pyproject.toml")
SUFFIXES = frozenset({".md", ".py", ".xsd", ".wsdl", ".json", ".toml", ".yaml"})
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "simulators").rglob("*.md")])

# "(design 3, 6.2; tribe-api 9)" cites three sections. A section is a heading or a numbered item below one.
_CITATION = re.compile(r"\b(design|tribe-api|yuki-api) ((?:\d+(?:\.\d+)?)(?:(?:, | and | to )\d+(?:\.\d+)?)*)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_HEADING = re.compile(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", re.MULTILINE)
_SECTION = re.compile(r"^## (\d+)\. .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^(\d+)\. ", re.MULTILINE)
# R3 and F16, where a text speaks of them; `F401` is a rule of ruff, `/F1` a font of a PDF.
_PROMISE = re.compile(r"(?<![\w/\"`.-])([RF]\d{1,2})\b(?![\w.\"`])")
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
_MODULE = re.compile(r"`((?:[a-z_]+/)+[a-z_]+\.py)`")
_PAGE_NAME = re.compile(r"(?<![\w/.])([\w./-]+\.md)\b")


def sections(page: str) -> set[str]:
    """Return the numbers of the headings of a page of the reference, and of the items of its numbered lists."""
    text = (REFERENCE / f"{page}.md").read_text(encoding="utf-8")
    items = {f"{section[1]}.{item}" for section in _SECTION.finditer(text) for item in _ITEM.findall(section[0])}
    return set(_HEADING.findall(text)) | items


def cited(text: str) -> Iterator[tuple[str, str]]:
    """Yield the page and the number of each section that a text cites."""
    for page, numbers in _CITATION.findall(text):
        for number in _NUMBER.findall(numbers):
            yield page, number


def sources() -> Iterator[tuple[Path, str]]:
    """Yield every file that people read, with its text."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    for path in [*found, *(path for pattern in TOP for path in ROOT.glob(pattern))]:
        if path != Path(__file__):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_cited_section_is_there() -> None:
    known = {(page, number) for page in ("design", "tribe-api", "yuki-api") for number in sections(page)}
    citations = [(str(path), *citation) for path, text in sources() for citation in cited(text)]
    assert len(citations) > 200
    assert [citation for citation in citations if citation[1:] not in known] == []


def test_every_promise_and_failure_is_there() -> None:
    page = (REFERENCE / "reliability.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^\| ([RF]\d+) \|", page, re.MULTILINE))
    named = [
        (str(path), name)
        for path, text in sources()
        if path.suffix in {".md", ".py"}
        for name in _PROMISE.findall(text)
    ]
    assert len(named) > 50
    assert [entry for entry in named if entry[1] not in known] == []


@pytest.mark.parametrize(
    ("text", "found"), [("(design 3, 99.1)", ("design", "99.1")), ("yuki-api 4.8", ("yuki-api", "4.8"))]
)
def test_a_citation_is_noticed(text: str, found: tuple[str, str]) -> None:
    assert found in set(cited(text))
    assert ("yuki-api", "4.8") not in {("yuki-api", number) for number in sections("design")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_what_is_in_the_repository(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), f"{page.name} links {target}"
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(linked), f"{page.name} links {target}#{anchor}"


def test_every_page_that_is_named_is_there() -> None:
    known = {path.name for path in PAGES}
    named = [
        (str(path), name)
        for path, text in sources()
        if path.suffix in {".md", ".py"} and path.parts[0] != "tests"
        for name in _PAGE_NAME.findall(text)
        if Path(name).name not in known
    ]
    assert named == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_module_that_a_page_names_is_there(page: Path) -> None:
    roots = (ROOT, PACKAGE, ROOT / "tests", ROOT / "tests" / "support", page.parent)
    modules = set(_MODULE.findall(page.read_text(encoding="utf-8")))
    assert {module for module in modules if not any((root / module).exists() for root in roots)} == set()


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if f"({page})" not in readme} == set()


def first_line(module: Path) -> str:
    """Return the first line of what a module says of itself."""
    return (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def test_the_first_line_of_a_module_answers_what_the_architecture_page_asks() -> None:
    lines = {path.relative_to(PACKAGE).as_posix(): first_line(path).lower() for path in PACKAGE.rglob("*.py")}
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+\? \| ([^|]+) \| `([\w/.]+)` \|$", page, re.MULTILINE)
    assert len(rows) >= 12
    found = {words: [module for module, line in lines.items() if words.lower() in line] for words, _ in rows}
    assert found == {words: [module] for words, module in rows}
