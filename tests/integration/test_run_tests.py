"""The command that runs all tests: both runs are shown, either fails it, and Ctrl-C ends both."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from local.run_tests import BESIDE_EACH_OTHER, IN_REAL_TIME, ROOT, TESTS, Run, all_tiers, run_all

# A run that says where it is, and tidies up when it is told to end.
WAITING = """
import sys, time
try:
    open(sys.argv[1], "w").close()
    time.sleep(600)
except KeyboardInterrupt:
    print("tidied up")
    sys.exit(2)
"""
COMMAND = """
import sys
from local.run_tests import Run, run_all
python = [sys.executable, "-c", sys.argv[1]]
sys.exit(run_all([Run(name, [*python, name]) for name in sys.argv[2:]], sys.stdout.buffer))
"""


def saying(title: str, text: str, status: int = 0) -> Run:
    """Return a run that says something and ends."""
    return Run(title, [sys.executable, "-c", f"import sys; print({text!r}); sys.exit({status})"])


def output_of(runs: Sequence[Run], status: int) -> str:
    """Run them, and return what is shown."""
    out = BytesIO()
    assert run_all(runs, out) == status
    return out.getvalue().decode()


def test_each_folder_of_tests_is_run() -> None:
    folders = {path.parent.name for path in TESTS.glob("*/test_*.py")}
    assert folders == {*BESIDE_EACH_OTHER, IN_REAL_TIME}
    beside, in_real_time = all_tiers(["--seed=7"])
    assert {f"tests/{tier}" for tier in BESIDE_EACH_OTHER} <= {*beside.command}
    assert f"tests/{IN_REAL_TIME}" in in_real_time.command
    assert "--seed=7" in {*beside.command} & {*in_real_time.command}


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (0, 1), (2, 1)])
def test_both_are_shown_and_either_fails_the_whole(first: int, second: int) -> None:
    shown = output_of(
        [saying("one", "begins\n== 3 passed ==", first), saying("other", "== 4 passed ==", second)], max(first, second)
    )
    assert shown.index("begins") < shown.index("4 passed")
    assert re.search(rf"{'✗' if first else '✓'} one: 3 passed; \d+ CPU s\n", shown)
    assert re.search(rf"{'✗' if second else '✓'} other: 4 passed; \d+ CPU s\n", shown)


def test_a_run_that_dies_fails_the_whole() -> None:
    dead = Run("dead", [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
    assert "✗ dead: no output" in output_of([saying("one", "3 passed"), dead], signal.SIGKILL)


@pytest.mark.parametrize("is_ignored", [False, True], ids=["in front", "behind"])
@pytest.mark.parametrize("request_to_end", [signal.SIGINT, signal.SIGTERM])
def test_both_tidy_up_and_end(tmp_path: Path, request_to_end: signal.Signals, is_ignored: bool) -> None:
    names = [str(tmp_path / "one"), str(tmp_path / "other")]
    for name in names:
        os.mkfifo(name)
    # A shell has what it starts behind `&` ignore Ctrl-C, and so does what that starts.
    shell = ["sh", "-c", f'trap {repr("") if is_ignored else "-"} INT; exec "$@"', "sh"]
    command = subprocess.Popen(
        [*shell, sys.executable, "-u", "-c", COMMAND, WAITING, *names], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    for name in names:
        Path(name).read_text(encoding="utf-8")  # a pipe: until that run is at work
    command.send_signal(request_to_end)
    shown, _ = command.communicate()
    assert command.returncode == 130
    assert [f"✗ {name}: tidied up" in shown for name in names] == [True, True]
