"""Run the tests: `python -m local.run_tests` all of them, with arguments what they name to pytest.

Most tiers keep the processors busy and are spread over them. The last one waits for a running stack most of the time,
so it has a process of its own beside the others, and precedence. Its output is shown when the others are through.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import IO, NoReturn

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
# The dearest first, so that the cheap ones even out what is left at the end.
BESIDE_EACH_OTHER = ("faults", "integration", "contract", "template", "unit")
IN_REAL_TIME = "stack"
PYTEST = (sys.executable, "-m", "pytest")
INTERRUPTED = 130


@dataclass
class Run:
    """One run of pytest; `title` says what of."""

    title: str
    command: Sequence[str]
    status: int = -1
    cpu_seconds: float = 0
    output: bytearray = field(default_factory=bytearray)
    process: subprocess.Popen[bytes] | None = None
    reader: Thread | None = None

    def start(self) -> None:
        """Start it, out of reach of the terminal's Ctrl-C: who waits for it passes that on once."""
        self.process = subprocess.Popen(  # noqa: S603 (our own words)
            self.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        self.reader = Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self.reader.start()

    def show(self, out: IO[bytes]) -> None:
        """Show its output until it has ended."""
        shown = 0
        while self.reader is not None and self.reader.is_alive():
            shown += self._show_from(shown, out)
            self.reader.join(timeout=0.2)
        self._show_from(shown, out)

    def interrupt(self, number: signal.Signals) -> None:
        """Send a signal: Ctrl-C to pytest alone, so that it tidies up, the last one to everything it started."""
        if self.process is None or self.status >= 0:
            return
        with suppress(ProcessLookupError):
            (os.killpg if number is signal.SIGKILL else os.kill)(self.process.pid, number)

    @property
    def last_line(self) -> str:
        """Return what pytest said at the end."""
        lines = self.output.decode(errors="replace").strip().splitlines()
        return lines[-1].strip("= ") if lines else "no output"

    def _show_from(self, place: int, out: IO[bytes]) -> int:
        new = bytes(self.output[place:])
        if new:
            out.write(new)
            out.flush()
        return len(new)

    def _read(self, stream: IO[bytes]) -> None:
        while some := os.read(stream.fileno(), 65536):
            self.output += some
        assert self.process is not None
        _, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = self.status = abs(os.waitstatus_to_exitcode(status))
        self.cpu_seconds = used.ru_utime + used.ru_stime
        stream.close()


def run_all(runs: Sequence[Run], out: IO[bytes]) -> int:
    """Run all beside each other, show each one's output in turn and then how all ended; return 0 when all passed."""
    with _interruptible():
        for run in runs:
            run.start()
        try:
            for run in runs:
                out.write(f"\n{run.title}\n".encode())
                run.show(out)
        except KeyboardInterrupt:
            _end(runs)
            out.write(_summary(runs).encode())
            return INTERRUPTED
    out.write(_summary(runs).encode())
    return max(run.status for run in runs)


def _end(runs: Sequence[Run]) -> None:
    """Have all tidy up and end; a second Ctrl-C ends them at once."""
    for number in (signal.SIGINT, signal.SIGKILL):
        for run in runs:
            run.interrupt(number)
        with suppress(KeyboardInterrupt):
            for run in runs:
                if run.reader is not None:
                    run.reader.join()
            return


@contextmanager
def _interruptible() -> Iterator[None]:
    """Take a request to end for Ctrl-C, and take that also where it is ignored, as behind `&` in a script."""

    def interrupt(_: int, __: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    former = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _summary(runs: Sequence[Run]) -> str:
    lines = [
        f"  {'✓' if run.status == 0 else '✗'} {run.title}: {run.last_line}; {run.cpu_seconds:.0f} CPU s" for run in runs
    ]
    return "\n".join(["", "all tests", *lines, ""])


def all_tiers(options: Sequence[str]) -> list[Run]:
    """Return the runs that all tests take."""
    if sys.stdout.isatty():
        options = [*options, "--color=yes"]
    beside = [f"tests/{tier}" for tier in BESIDE_EACH_OTHER]
    # What asserts on real time must not wait for those.
    politely = ("nice", "-n", "10")
    return [
        Run(", ".join(BESIDE_EACH_OTHER), [*politely, *PYTEST, *_spread(), *options, *beside]),
        Run(IN_REAL_TIME, [*PYTEST, *options, f"tests/{IN_REAL_TIME}"]),
    ]


def _spread() -> tuple[str, ...]:
    return "-n", str(os.process_cpu_count() or 1), "--dist", "worksteal"


def main(arguments: Sequence[str]) -> int:
    """Run all tests, or those that the arguments name; further options are pytest's own."""
    if any(not argument.startswith("--") for argument in arguments):
        # A whole tier gains by several processes; a file or two is through before they have started.
        is_tier = any((ROOT / argument).resolve() in _tiers() for argument in arguments)
        _become([*PYTEST, *(_spread() if is_tier else ()), *arguments])
    return run_all(all_tiers(arguments), sys.stdout.buffer)


def _become(command: list[str]) -> NoReturn:
    os.chdir(ROOT)
    os.execv(command[0], command)  # noqa: S606 (our own words)


def _tiers() -> set[Path]:
    return {TESTS / tier for tier in BESIDE_EACH_OTHER}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
