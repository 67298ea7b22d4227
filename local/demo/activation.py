"""The demo's first part: everything that an operator types, with the command itself."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.output import Screen
from local.stack.demo_connection import (
    ACCESS_KEY,
    CONNECTION_ID,
    TRIBE_CLIENT_ID,
    TRIBE_CLIENT_SECRET,
    demo_vat_rules,
)

ROOT = Path(__file__).parents[2]
SECRETS: Mapping[str, str] = {
    "TRIBE_CLIENT_ID": TRIBE_CLIENT_ID,
    "TRIBE_CLIENT_SECRET": TRIBE_CLIENT_SECRET,
    "YUKI_ACCESS_KEY": ACCESS_KEY,
}
CONNECT = (
    *("connect", "--connection", CONNECTION_ID, "--domain", "voorbeeld-groep"),
    *("--administration", "Voorbeeld Administratie B.V.", "--tribe-connector-off"),
)
# The demo's operator; in the cloud it is the AWS identity.
WHO = ("--who", "demo")


def activate(out: Screen) -> bool:
    """Connect, choose settings, check, plan and activate; tell whether every command succeeded."""
    with TemporaryDirectory() as folder:
        settings = Path(folder) / "settings.json"
        rules = [json.loads(rule.model_dump_json()) for rule in demo_vat_rules()]
        settings.write_text(json.dumps({"start_date": "2026-01-01", "vat_rules": rules}), encoding="utf-8")
        steps = (
            CONNECT,
            ("settings", "load", str(settings)),
            ("doctor", "--numbering-on"),
            ("plan",),
            ("activate", "--numbering-on", "--yes"),
        )
        return all(_run(out, step) for step in steps)


def _run(out: Screen, arguments: Sequence[str]) -> bool:
    """Run the command as the operator would, on the local stack, and show what it prints."""
    shown = " ".join(Path(one).name if one.endswith(".json") else _quoted(one) for one in arguments)
    out.gap()
    out.say(f"$ tribe-yuki --local {shown}", "bold")
    who = () if arguments[0] in ("doctor", "plan") else WHO
    command = [sys.executable, "-m", "cli", "--local", *arguments, *who]
    environment = {**os.environ, **SECRETS}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0  # noqa: S603 (our own)


def _quoted(argument: str) -> str:
    return f'"{argument}"' if " " in argument else argument
