"""Run measurements, all or those named; the exit status is non-zero when one is over its limit.

`python -m benchmarks addresses|amounts|matching --from FILE` runs the product's rules over the cases of a file instead.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence

from benchmarks import addresses, amounts, code_run, cold_start, contact_import, invoices, matching, monthly_cost

MEASUREMENTS: Mapping[str, Callable[[], int]] = {
    "addresses": addresses.main,
    "amounts": amounts.main,
    "code_run": code_run.main,
    "cold_start": cold_start.main,
    "contact_import": contact_import.main,
    "invoices": invoices.main,
    "matching": matching.main,
    "monthly_cost": monthly_cost.main,
}
# These have options of their own, among them a file of cases.
WITH_OPTIONS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "addresses": addresses.main,
    "amounts": amounts.main,
    "matching": matching.main,
}


def main(arguments: Sequence[str]) -> int:
    """Run what the command line names."""
    if len(arguments) > 1 and arguments[0] in WITH_OPTIONS and arguments[1].startswith("-"):
        return WITH_OPTIONS[arguments[0]](arguments[1:])
    parser = ArgumentParser("benchmarks", description="Measure what the project promises.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(MEASUREMENTS)}; without any, all")
    names: list[str] = parser.parse_args(arguments).names
    unknown = set(names) - MEASUREMENTS.keys()
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(MEASUREMENTS)}")
    return max([MEASUREMENTS[name]() for name in names or MEASUREMENTS])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
