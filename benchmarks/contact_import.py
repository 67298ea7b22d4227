"""The initial import of 5,000 customers, in simulated time, while people go on working in Tribe (design 5, 7).

The whole product runs with overlapping functions against the simulators; each call to Tribe or Yuki takes a fixed
simulated time, everything else none. Calls are counted where they are made.
"""

import os
import sys
import time
from contextlib import ExitStack, redirect_stdout
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.imported import Imported, run_import
from benchmarks.report import Line, print_lines
from benchmarks.worker_memory import Memory, measure
from tests.support.world.busy_world import TRIBE_SECONDS, YUKI_SECONDS

CUSTOMERS = 5_000
FEWER = 1_000
YUKI_CALLS = 60
TRIBE_LIMIT = 1_000
TRIBE_SHARE = 0.8
EDIT_SECONDS = 60
MEMORY_RATIO = 1.1


def main() -> int:
    """Measure, print the table, and return 1 when a requirement is not met."""
    began = time.monotonic()
    with ExitStack() as stack, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        stack.enter_context(redirect_stdout(nowhere))  # metrics are lines on standard output
        imported = run_import(CUSTOMERS, tell=_tell)
        memories = {number: measure(number) for number in (FEWER, CUSTOMERS)}
    print(
        f"import of {CUSTOMERS} customers, simulated: {TRIBE_SECONDS} s for a call to Tribe, {YUKI_SECONDS} s to Yuki\n"
    )
    is_met = print_lines([*_lines(imported), *_memory_lines(memories)])
    print(f"\nmeasured in {time.monotonic() - began:.0f} s")
    return int(not is_met)


def _lines(done: Imported) -> list[Line]:
    share = done.tribe_calls_by_import / TRIBE_LIMIT
    contacts = done.counts["seen"]
    return [
        Line("customers seen", f"{contacts}"),
        *(Line(name, f"{done.counts.get(name, 0)}") for name in ("created", "linked", "held", "failed")),
        Line("minutes until all are linked", f"{done.linked_after / timedelta(minutes=1):.0f}"),
        Line("days until all codes are written", f"{done.days} (limit of {done.daily_limit} Yuki calls a day)"),
        Line(
            "Yuki calls of the import, without writes",
            f"{done.yuki_reads}",
            f"at most {YUKI_CALLS}",
            done.yuki_reads <= YUKI_CALLS,
        ),
        Line("  new sessions, shared with all else", f"{done.yuki_sessions}"),
        Line(
            "Yuki calls that write a code",
            f"{done.code_writes}",
            f"{done.codes} contacts",
            done.code_writes == done.codes,
        ),
        Line("Yuki calls that write what only Tribe has", f"{done.field_writes}"),
        Line(
            "Tribe calls of the import, in 60 s",
            f"{done.tribe_calls_by_import} ({share:.0%})",
            f"at most {TRIBE_SHARE:.0%}",
            share <= TRIBE_SHARE,
        ),
        Line(
            "Tribe calls of all functions, in 60 s",
            f"{done.tribe_calls_by_all}",
            f"at most {TRIBE_LIMIT}",
            done.tribe_calls_by_all <= TRIBE_LIMIT,
        ),
        Line("  per customer, by the import", f"{done.tribe_calls / contacts:.1f}"),
        Line("  per customer, for its webhooks and the edits", f"{done.echo_calls / contacts:.1f}"),
        Line("pauses that Tribe asked for (429)", f"{done.tribe_pauses}", "none", done.tribe_pauses == 0),
        Line(
            "edits in Tribe, and those that arrived",
            f"{done.edits}, {len(done.edit_seconds)}",
            "all",
            done.edits == len(done.edit_seconds),
        ),
        Line("  seconds from the edit to Yuki, p50", f"{done.percentile(50):.1f}"),
        Line("  p95", f"{done.percentile(95):.1f}", f"under {EDIT_SECONDS}", done.percentile(95) < EDIT_SECONDS),
        Line("  longest", f"{max(done.edit_seconds):.1f}"),
        Line(
            "longest invocation of connection_task, s",
            f"{done.longest_slice.total_seconds():.0f}",
            "under 300",
            done.longest_slice < timedelta(seconds=300),
        ),
        Line("DynamoDB read units per customer", f"{done.read_units / contacts:.1f}"),
        Line("DynamoDB write units per customer", f"{done.write_units / contacts:.1f}"),
        Line("DynamoDB requests per customer", f"{done.table_requests / contacts:.1f}"),
    ]


def _memory_lines(memories: dict[int, Memory]) -> list[Line]:
    ratio = memories[CUSTOMERS].peak / memories[FEWER].peak
    return [
        *(
            Line(
                f"MB of the worker, {number} customers",
                f"peak {one.peak:.1f}, kept {one.kept:.1f}",
            )
            for number, one in memories.items()
        ),
        Line("  peak, as a ratio", f"{ratio:.2f}", f"at most {MEMORY_RATIO}", ratio <= MEMORY_RATIO),
    ]


def _tell(now: datetime, phase: str, counts: str) -> None:
    print(f"{now:%d %H:%M} {phase} {counts}", file=sys.stderr)
