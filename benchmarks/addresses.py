"""How many street lines of seven countries are split right, or kept whole; a house number is never a wrong number."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.cases import Case, answer_cases, text_of
from benchmarks.report import Line, print_lines
from tribe_yuki.contacts.fields.addresses import format_address, parse_address
from tribe_yuki.contacts.fields.converters import country_code
from tribe_yuki.contacts.fields.street_lines import StreetLine, join_line, line_key, split_line
from tribe_yuki.contacts.model import TribeAddress

BASES = Path(__file__).parent.parent / "tests" / "data" / "addresses"
RIGHT_OR_WHOLE = 0.99


def main(arguments: Sequence[str] = ()) -> int:
    """Answer the cases of a file, or tell how many lines of the project's own bases are right."""
    parser = ArgumentParser("benchmarks addresses", description="Split street lines as the product does.")
    parser.add_argument("--from", dest="file", type=Path, help="a file with a case in JSON on each line")
    file: Path | None = parser.parse_args(arguments).file
    if file is not None:
        return answer_cases(file, split)
    return int(not print_lines(_report()))


def split(case: Case) -> Case:
    """Return how the product splits the line of a case, and how it writes the line again."""
    country = country_code(text_of(case, "country", optional=True)).written or None
    parts = split_line(text_of(case, "line"), country)
    return {
        "street": parts.street,
        "house_number": int(parts.number) if parts.number else None,
        "suffix": parts.suffix or None,
        "line": join_line(parts, country),
    }


def read_base(name: str) -> list[Case]:
    """Return the lines of a base, with how each is split right."""
    return [json.loads(line) for line in (BASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def verdict(case: Case) -> str:
    """Return what became of a line: right, whole although it could be split, split wrong, or a wrong house number."""
    found = split(case)
    if found["house_number"] is None:
        return "right" if case["house_number"] is None else "whole"
    if found["house_number"] != case["house_number"]:
        return "wrong number"
    same = found["street"] == case["street"] and _bare(found["suffix"]) == _bare(case["suffix"])
    return "right" if same else "wrong"


def _bare(suffix: str | None) -> str:
    """Return a suffix without the hyphen before it, which is a matter of writing."""
    return line_key(suffix).removeprefix("-")


def comes_back(case: Case) -> bool:
    """Whether Tribe's own parts are what they were after Yuki held them as a line."""
    parts = StreetLine(case["street"], str(case["house_number"] or ""), case["suffix"] or "")
    address = TribeAddress(None, parts.street, parts.number or None, parts.suffix or None, country=case["country"])
    return parse_address(format_address(address), address) == address


def _report() -> Iterator[Line]:
    for name, title in (("lines", "lines"), ("unseen_lines", "lines that no rule was made by")):
        base = read_base(name)
        yield from _figures(title, Counter(map(verdict, base)), base)


def _figures(title: str, verdicts: Counter[str], base: Sequence[Case]) -> Iterator[Line]:
    count = len(base)
    good = verdicts["right"] + verdicts["whole"]
    wrong, back = verdicts["wrong number"], sum(map(comes_back, base))
    yield Line(f"{title}, {len({case['country'] for case in base})} countries", str(count))
    yield Line(
        "  right, or kept whole",
        f"{good} ({100 * good / count:.1f} %)",
        "at least 99 %",
        good >= RIGHT_OR_WHOLE * count,
    )
    yield Line("  of these kept whole although they could be split", str(verdicts["whole"]))
    yield Line("  wrong house numbers", str(wrong), "none", wrong == 0)
    yield Line("  Tribe's parts after Tribe, Yuki and Tribe", f"{back} as before", "all", back == count)
