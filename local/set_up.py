"""Make the environments that the project works with. Runs on any Python from 3.8 on, with nothing installed.

    .venv                          the project itself, editable, with everything that `requirements/dev.txt` locks
    .local/environments/sam        the SAM CLI
    .local/environments/emulator   the local AWS emulator
    .local/environments/checks     checkov and bandit; only when asked for: `set_up.py checks`

Each keeps a stamp of what it was made from, and is brought up to date only when that changes.
"""

from __future__ import annotations  # for Python 3.8

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local"
WANTED = "3.13"
HOW_TO_GET_IT = """\
Python 3.13 is needed and was not found: not on the PATH, not among pyenv's versions, not from uv.
A Python 3.13 without the modules venv and ensurepip does not count.
Install it in one of these ways, then run make again:

  macOS            brew install python@3.13
  Debian, Ubuntu   apt-get install python3.13 python3.13-venv
  pyenv            pyenv install 3.13
  uv               uv python install 3.13
"""


class Environment(NamedTuple):
    """One environment: what it is for, where it is, what is installed in it."""

    name: str
    title: str
    folder: Path
    requirements: Path
    is_project: bool = False
    is_for_all: bool = True

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """Return the file that tells what it was made from."""
        return self.folder / ".made-from"


ENVIRONMENTS = (
    Environment("project", "the project, in .venv", ROOT / ".venv", ROOT / "requirements" / "dev.txt", is_project=True),
    Environment("sam", "the SAM CLI", STATE / "environments" / "sam", ROOT / "requirements" / "sam.txt"),
    Environment(
        "emulator", "the AWS emulator", STATE / "environments" / "emulator", ROOT / "requirements" / "emulator.txt"
    ),
    Environment(
        "checks",
        "checkov and bandit",
        STATE / "environments" / "checks",
        ROOT / "requirements" / "checks.txt",
        is_for_all=False,
    ),
)


class CannotSetUp(Exception):
    """Something is missing; the text says what to do."""


def main() -> int:
    """Make what is missing or out of date, besides what everybody needs what the command line names."""
    wanted = [environment for environment in ENVIRONMENTS if environment.is_for_all or environment.name in sys.argv[1:]]
    if all(is_made(environment) for environment in wanted):
        return 0
    try:
        with alone():
            make_all([environment for environment in wanted if not is_made(environment)])
    except CannotSetUp as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Wait until nobody else sets up here."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "set-up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_all(environments: Sequence[Environment]) -> None:
    """Make environments, two at a time: one downloads while the other unpacks."""
    if not environments:
        return
    python = find_python()
    print(f"Setting up with {python}; the first time this takes a few minutes.", flush=True)
    with ThreadPoolExecutor(2) as pool:
        for making in [pool.submit(make, environment, python) for environment in environments]:
            making.result()


def find_python() -> str:
    """Return a Python 3.13."""
    for candidate in candidates():
        if is_wanted(candidate):
            return candidate
    raise CannotSetUp(HOW_TO_GET_IT)


def candidates() -> Iterator[str]:
    """Yield where a Python 3.13 may be, the likeliest first; the last resort is that uv installs one."""
    yield sys.executable
    for name in ("python3.13", "python3", "python"):
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
            yield str(Path(folder) / name)
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for path in sorted(versions.glob("3.13*/bin/python3.13"), reverse=True):
        yield str(path)
    uv = shutil.which("uv")
    if uv:
        yield output([uv, "python", "find", WANTED])
        output([uv, "python", "install", WANTED], timeout=600)
        yield output([uv, "python", "find", WANTED])


def is_wanted(python: str) -> bool:
    """Whether a Python runs (pyenv leaves names behind that do not), is 3.13 and can make environments."""
    if not os.access(python, os.X_OK):
        return False
    return output([python, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"]) == WANTED


def output(command: Sequence[str], timeout: float = 60) -> str:
    """Return what a command prints, or nothing when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 (our own words)
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=timeout, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace").strip()


def is_made(environment: Environment) -> bool:
    """Whether an environment is there and was made from what is wanted now."""
    return (
        environment.python.exists()
        and environment.stamp.is_file()
        and environment.stamp.read_text() == fingerprint(environment)
    )


def fingerprint(environment: Environment) -> str:
    """Return what an environment is made from, as one hash."""
    parts = [str(ROOT), environment.requirements.read_text(encoding="utf-8")]
    if environment.is_project:
        parts.append(packaging())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def packaging() -> str:
    """Return the parts of pyproject.toml that installing depends on; the settings of the linters are none of them."""
    tables = re.split(r"^(?=\[)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "".join(table for table in tables if table.startswith("[tool.hatch") or not table.startswith("[tool."))


def make(environment: Environment, python: str) -> None:
    """Make an environment or bring it up to date, and tell how long it took."""
    started = time.monotonic()
    log = STATE / "logs" / f"set-up-{environment.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    if not is_wanted(str(environment.python)):
        shutil.rmtree(environment.folder, ignore_errors=True)
        environment.folder.parent.mkdir(parents=True, exist_ok=True)
        run([python, "-m", "venv", str(environment.folder)], log)
    install = [str(environment.python), "-m", "pip", "install", "--no-input"]
    run([*install, "--only-binary", ":all:", "--require-hashes", "-r", str(environment.requirements)], log)
    if environment.is_project:
        run([*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], log)
    environment.stamp.write_text(fingerprint(environment))
    print(f"  ✓ {environment.title:<52}{time.monotonic() - started:6.1f} s", flush=True)


def run(command: Sequence[str], log: Path) -> None:
    """Run one step; when it fails, show the end of what it said and where the whole of it is."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment.pop("VIRTUAL_ENV", None)
    with log.open("ab") as stream:
        status = subprocess.call(command, stdout=stream, stderr=subprocess.STDOUT, env=environment)  # noqa: S603 (our own words)
    if status != 0:
        tail = "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-15:])
        raise CannotSetUp(
            f"This step of the set-up failed: {' '.join(command)}\n\nThe end of {log}:\n{tail}\n\n"
            "The package index must be reachable. Then run make again."
        )


if __name__ == "__main__":
    sys.exit(main())
