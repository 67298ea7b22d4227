"""Invocations of functions, as their logs tell of them."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from local.bridge.embedded_metrics import Datum

_REPORT = re.compile(r"REPORT RequestId: \S+\tDuration: ([\d.]+) ms")
# An error that nobody caught; those of ours that are logged are one line of JSON.
_FAILED = re.compile(r"^Traceback \(most recent call last\)|Task timed out after", flags=re.MULTILINE)


def invocation(function: str, lines: Sequence[str], at: datetime) -> Iterator[Datum]:
    """Yield what Lambda measures of one invocation, from all lines of it; nothing before it is over."""
    text = "\n".join(lines)
    report = _REPORT.search(text)
    if report is None:
        return
    dimensions = {"FunctionName": function}
    failed = _FAILED.search(text) is not None
    for metric, unit, value in (
        ("Duration", "Milliseconds", float(report[1])),
        ("Errors", "Count", float(failed)),
    ):
        yield Datum("AWS/Lambda", metric, dimensions, unit, at, [value])
