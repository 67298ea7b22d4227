"""Write the pages in `docs/` that are made from code, or check that they are fresh.

python -m local.documents            write them
python -m local.documents --check    fail when one is stale
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from local import (
    field_mapping_document,
    holds_document,
    metrics_document,
    records_document,
    settings_document,
    simulators_document,
)
from local.compile_messages import compile_messages

ROOT = Path(__file__).resolve().parent.parent

# Page, from the top of the project, and what makes its text.
DOCUMENTS: Mapping[str, Callable[[], str]] = {
    "docs/field-mapping.md": field_mapping_document.render,
    "docs/holds.md": holds_document.render,
    "docs/metrics.md": metrics_document.render,
    "docs/records.md": records_document.render,
    "docs/settings.md": settings_document.render,
    "docs/simulators.md": simulators_document.render,
}


def stale(root: Path = ROOT) -> list[str]:
    """Return the pages that are missing or differ from what the code says."""
    return [page for page, render in DOCUMENTS.items() if _read(root / page) != render()]


def write(root: Path = ROOT) -> list[str]:
    """Write the pages that are stale; return which."""
    pages = stale(root)
    for page in pages:
        path = root / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DOCUMENTS[page](), encoding="utf-8")
    return pages


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.documents", description="Write the generated pages.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is stale")
    compile_messages()  # pages say what people read
    if parser.parse_args(arguments).check:
        pages = stale(root)
        for page in pages:
            print(f"{page} is stale: run `python -m local.documents`", file=sys.stderr)
        return 1 if pages else 0
    for page in write(root):
        print(f"wrote {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
