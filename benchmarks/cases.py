"""Run the product's own rules over a file of cases: a JSON object a line in, one a line out, in the same order."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

type Case = dict[str, Any]


class UnreadableCaseError(Exception):
    """A case lacks something, or something in it is not what it has to be."""


def answer_cases(file: Path, answer: Callable[[Case], Case]) -> int:
    """Print the answer to each case of a file; return 1 when any could not be read, and 2 without the file.

    A case that cannot be read is answered with what is wrong with it; empty lines are no cases.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        print(f"{file} cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    answers = [_answered(line, answer) for line in lines if line.strip()]
    for answered in answers:
        print(json.dumps(answered))
    return int(any("error" in answered for answered in answers))


def _answered(line: bytes, answer: Callable[[Case], Case]) -> Case:
    try:
        case = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return {"error": f"this is no JSON: {error}"}
    if not isinstance(case, dict):
        return {"error": "this is no JSON object"}
    try:
        return answer(case)
    except UnreadableCaseError as error:
        return {"error": str(error)}


def text_of(case: Case, name: str, *, optional: bool = False) -> str:
    """Return a text of a case; an optional text may be missing or null, which is the empty text."""
    value = case.get(name)
    if value is None and optional:
        return ""
    if not isinstance(value, str):
        raise UnreadableCaseError(f"{name} has to be a text")
    return value
