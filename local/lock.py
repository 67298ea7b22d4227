"""Lock the dependencies: pip requirement files with hashes, from pyproject.toml and requirements/*.in.

`python -m local.lock` writes them with uv, `--keep` without newer releases of what is locked already (for a wish more
or less), `--check` only compares the fingerprint of their sources.
"""

import argparse
import hashlib
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
MARK = "# Locked by `make lock` from "


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock file, what it is made from, and uv's further options."""

    target: str
    source: str
    options: tuple[str, ...] = ()


RUNTIME = "layers/dependencies/requirements.txt"
LOCKS = (
    Lock(RUNTIME, "pyproject.toml"),
    Lock("requirements/dev.txt", "pyproject.toml", ("--extra", "dev", "--constraint", RUNTIME)),
    Lock("requirements/sam.txt", "requirements/sam.in"),
    Lock("requirements/emulator.txt", "requirements/emulator.in"),
    Lock("requirements/checks.txt", "requirements/checks.in"),
)


def fingerprint(lock: Lock) -> str:
    """Return a hash of the wishes that a lock was made from."""
    path = ROOT / lock.source
    if path.suffix == ".toml":
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        wishes = repr((project["dependencies"], project["optional-dependencies"], project["requires-python"]))
    else:
        wishes = path.read_text(encoding="utf-8")
    return hashlib.sha256(wishes.encode()).hexdigest()[:16]


def stale_locks() -> list[str]:
    """Return the lock files that were made from other wishes than stand there now."""
    return [lock.target for lock in LOCKS if not _first_line(ROOT / lock.target).endswith(fingerprint(lock))]


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0] if path.is_file() else ""


def write(lock: Lock, *, keep: bool = False) -> None:
    """Resolve one lock for Python 3.13 on every platform and write it, with newer releases unless `keep`."""
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.13", "--generate-hashes"]
    command += ["--no-emit-index-url", "--no-header", "--output-file", lock.target, *lock.options, lock.source]
    # Without this, the releases that the output file has already are preferred.
    command += [] if keep else ["--upgrade"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 (our own words)
    target, header = ROOT / lock.target, f"{MARK}{lock.source}, {fingerprint(lock)}\n"
    target.write_text(header + target.read_text(encoding="utf-8"), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the locks, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a lock is stale")
    parser.add_argument("--keep", action="store_true", help="keep the releases that are locked, as far as they suit")
    wanted = parser.parse_args(arguments)
    if wanted.check:
        stale = stale_locks()
        if stale:
            print(f"stale: {', '.join(stale)}; run make lock", file=sys.stderr)
        return 1 if stale else 0
    for lock in LOCKS:
        write(lock, keep=wanted.keep)
    return 0


if __name__ == "__main__":
    sys.exit(main())
