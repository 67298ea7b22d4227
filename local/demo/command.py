"""Run the operator's command on the local stack, and show what was typed and what it printed."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.output import Screen

ROOT = Path(__file__).parents[2]


def run_command(
    out: Screen,
    arguments: Sequence[str],
    *,
    unshown: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> bool:
    """Run `tribe-yuki --local …` as the operator would; return whether it succeeded.

    `unshown` are arguments that an operator in the cloud does not type.
    """
    shown = " ".join(Path(word).name if word.endswith(".json") else _quoted(word) for word in arguments)
    out.gap()
    out.say(f"$ tribe-yuki --local {shown}", "bold")
    command = [sys.executable, "-m", "cli", "--local", *arguments, *unshown]
    variables = {**os.environ, **(environment or {})}
    return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode == 0  # noqa: S603 (our own)


def _quoted(argument: str) -> str:
    return f'"{argument}"' if " " in argument else argument
