"""Compile the catalogues of messages that changed: `python -m local.compile_messages`. The result is not in git."""

import os
import subprocess
import sys
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "layers" / "common" / "tribe_yuki" / "locale"


def compile_messages() -> None:
    """Compile what is older than its source; another process may do the same at the same time."""
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            new = compiled.with_suffix(f".{os.getpid()}")
            command = (sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-i", source, "-o", new)
            subprocess.run([*command, "-l", source.parts[-3]], check=True)  # noqa: S603 (our own words)
            new.replace(compiled)


if __name__ == "__main__":
    compile_messages()
