"""The tiers: each folder of tests is one, its tests bear its mark, and each run tells what it took."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import PurePath

import pytest

TIERS = {
    "unit": "rules without anything around them",
    "contract": "one adapter or simulator at its boundary",
    "integration": "the whole product in one process, in simulated time",
    "faults": "the same, while something goes wrong",
    "template": "what will be deployed",
    "stack": "the deployed local stack, in real time",
}
_CPU = "cpu_seconds"


def register(config: pytest.Config) -> None:
    """Make the marks known."""
    for tier, about in TIERS.items():
        config.addinivalue_line("markers", f"{tier}: {about}")
    config.addinivalue_line("markers", "sampled(few): without --exhaustive only a few of its cases are run")


def mark(items: list[pytest.Item]) -> None:
    """Mark each test with its tier."""
    for item in items:
        tier = tier_of(item.nodeid)
        if tier in TIERS:
            item.add_marker(tier)


def tier_of(node_id: str) -> str:
    """Return the tier of a test by its id."""
    parts = PurePath(node_id.partition("::")[0]).parts
    return parts[1] if len(parts) > 1 else ""


def note_cpu(report: pytest.TestReport, seconds: float) -> None:
    """Have a report, which may be of another process, tell what its test took."""
    report.user_properties.append((_CPU, seconds))


@dataclass
class Taken:
    """What the tests of each tier took: their number, and processor time with that of processes that have ended."""

    tests: Counter[str] = field(default_factory=Counter)
    cpu: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    cpu_of_files: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, report: pytest.TestReport) -> None:
        """Add what a phase of a test took."""
        tier = tier_of(report.nodeid)
        seconds = sum(value for name, value in report.user_properties if name == _CPU and isinstance(value, float))
        self.tests[tier] += report.when == "call" or (report.when == "setup" and not report.passed)
        self.cpu[tier] += seconds
        self.cpu_of_files[report.nodeid.partition("::")[0]] += seconds

    def show(self, reporter: pytest.TerminalReporter, files: int) -> None:
        """Print a line per tier, and the files that took most."""
        reporter.section("processor time", sep="-")
        for tier in TIERS:
            if self.tests[tier]:
                reporter.line(f"{tier:<12} {self.tests[tier]:>5} tests {self.cpu[tier]:>7.1f} CPU s")
        for name, seconds in sorted(self.cpu_of_files.items(), key=lambda one: -one[1])[:files]:
            reporter.line(f"{seconds:>10.1f} CPU s  {name}")
