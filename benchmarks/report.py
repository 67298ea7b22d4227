"""Tables of what was measured, with what is required of it."""

from collections.abc import Iterable
from typing import NamedTuple


class Line(NamedTuple):
    """One figure; with a requirement it also says whether that is met."""

    what: str
    figure: str
    required: str = ""
    is_met: bool = True


def print_lines(lines: Iterable[Line]) -> bool:
    """Print figures as a table, and tell whether all requirements are met."""
    shown = list(lines)
    widths = (max(len(line.what) for line in shown), max(len(line.figure) for line in shown))
    for line in shown:
        verdict = f"{line.required}: {'met' if line.is_met else 'NOT MET'}" if line.required else ""
        print(f"{line.what:<{widths[0]}}  {line.figure:<{widths[1]}}  {verdict}".rstrip())
    return all(line.is_met for line in shown)
