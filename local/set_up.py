"""Make the environments that the project works with. Runs on any Python from 3.8 on, with nothing installed.

    .venv                          the project itself, editable, with everything that `requirements/dev.txt` locks
    .local/environments/sam        the SAM CLI
    .local/environments/emulator   the local AWS emulator

Each keeps a stamp of what it was made from, and is made again only when that changes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local"
WANTED = (3, 13)
STAMP = ".made-from"

ENVIRONMENTS = {
    "project": (ROOT / ".venv", ROOT / "requirements" / "dev.txt"),
    "sam": (STATE / "environments" / "sam", ROOT / "requirements" / "sam.txt"),
    "emulator": (STATE / "environments" / "emulator", ROOT / "requirements" / "emulator.txt"),
}


class CannotSetUp(Exception):
    """Something is missing; the text says what to do."""


def main():
    """Make what is missing of the environments named as arguments (all of them without any)."""
    names = sys.argv[1:] or list(ENVIRONMENTS)
    try:
        todo = [name for name in names if not is_made(name)]
        if todo:
            python = find_python()
            for name in todo:
                make(name, python)
    except CannotSetUp as problem:
        print("\n%s" % problem, file=sys.stderr)
        return 1
    return 0


def find_python():
    """Return a Python 3.13: on the PATH, among pyenv's versions, or from uv."""
    for candidate in candidates():
        if is_wanted(candidate):
            return candidate
    raise CannotSetUp(
        "Python 3.13 is needed and was not found: not as python3.13 or python3 on the PATH, not among pyenv's versions,\n"
        "and not from uv. Install it in one of these ways and run make again:\n"
        "  - your system's package manager (package python3.13 with python3.13-venv)\n"
        "  - pyenv install 3.13\n"
        "  - uv python install 3.13"
    )


def candidates():
    """Give the places where a Python 3.13 may be, the likeliest first."""
    yield sys.executable
    for name in ("python3.13", "python3", "python"):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK):
                yield path
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for path in sorted(versions.glob("3.13*/bin/python3.13"), reverse=True):
        yield str(path)
    uv = shutil.which("uv")
    if uv:
        yield output([uv, "python", "find", "3.13"])
        if subprocess.call([uv, "python", "install", "3.13"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            yield output([uv, "python", "find", "3.13"])


def is_wanted(python):
    """Tell whether a Python runs (pyenv leaves names behind that do not), is 3.13 and can make environments."""
    code = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    return bool(python) and output([python, "-c", code]) == "%d %d" % WANTED


def output(command):
    """Return what a command prints, or nothing when it fails."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def fingerprint(name):
    """Return what an environment is made from, as one hash."""
    _, requirements = ENVIRONMENTS[name]
    parts = [requirements.read_bytes(), str(ROOT).encode()]
    if name == "project":
        parts.append((ROOT / "pyproject.toml").read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_made(name):
    """Tell whether an environment is there and was made from what is wanted now."""
    folder, _ = ENVIRONMENTS[name]
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_text() == fingerprint(name) and (folder / "bin" / "python").exists()


def make(name, python):
    """Make an environment, and tell how long it took."""
    folder, requirements = ENVIRONMENTS[name]
    started = time.monotonic()
    print("Setting up %s …" % name, end="", flush=True)
    if not (folder / "bin" / "python").exists():
        shutil.rmtree(str(folder), ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        run(name, [python, "-m", "venv", str(folder)])
    inside = str(folder / "bin" / "python")
    hashes = ["--require-hashes"] if "--hash=" in requirements.read_text() else []
    run(name, [inside, "-m", "pip", "install", "--no-input", "--only-binary", ":all:"] + hashes + ["-r", str(requirements)])
    if name == "project":
        run(name, [inside, "-m", "pip", "install", "--no-input", "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    (folder / STAMP).write_text(fingerprint(name))
    print(" %.0f s" % (time.monotonic() - started))


def run(name, command):
    """Run one step; when it fails, show the end of what it said and where the whole of it is."""
    log = STATE / "logs" / ("set-up-%s.log" % name)
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    environment.pop("VIRTUAL_ENV", None)
    with open(str(log), "ab") as stream:
        code = subprocess.call(command, stdout=stream, stderr=subprocess.STDOUT, env=environment)
    if code != 0:
        tail = log.read_text(errors="replace").splitlines()[-15:]
        raise CannotSetUp(
            "Setting up %s failed at: %s\n\n%s\n\nAll of it is in %s. The package index must be reachable.\n"
            "Then run make again." % (name, " ".join(command), "\n".join(tail), log)
        )


if __name__ == "__main__":
    sys.exit(main())
