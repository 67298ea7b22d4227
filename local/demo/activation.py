"""The demo's first part: everything that an operator types, with the command itself."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.output import Screen
from local.demo.command import run_command
from local.stack.demo_connection import (
    ACCESS_KEY,
    CONNECTION_ID,
    TRIBE_CLIENT_ID,
    TRIBE_CLIENT_SECRET,
    demo_vat_rules,
)

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
    who = () if arguments[0] in ("doctor", "plan") else WHO
    return run_command(out, arguments, unshown=who, environment=SECRETS)
