"""Run measurements, all or those named; the exit status is non-zero when one is over its limit."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping

from benchmarks import code_run, cold_start, contact_import, invoices, monthly_cost

MEASUREMENTS: Mapping[str, Callable[[], int]] = {
    "code_run": code_run.main,
    "cold_start": cold_start.main,
    "contact_import": contact_import.main,
    "invoices": invoices.main,
    "monthly_cost": monthly_cost.main,
}


def main() -> int:
    """Run what the command line names."""
    parser = ArgumentParser("benchmarks", description="Measure what the project promises.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(MEASUREMENTS)}; without any, all")
    names: list[str] = parser.parse_args().names
    unknown = set(names) - MEASUREMENTS.keys()
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(MEASUREMENTS)}")
    return max([MEASUREMENTS[name]() for name in names or MEASUREMENTS])


if __name__ == "__main__":
    sys.exit(main())
