"""Draw `docs/command.svg`: the operator's command at work, as rich exports what it printed.

python -m local.pictures    runs the command against both simulators in simulated time, and draws the picture

The run is real: connect, settings, activate, the import, two invoices. Draw it again when the command prints something
else.
"""

import json
import os
import re
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from cli.main import app
from local.demo.invoices import seed_invoices
from local.stack.demo_connection import demo_vat_rules
from tests.support.world.operator_command import CONNECT_DUTCH, Command, open_command

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "command.svg"
WIDTH = 104
TERMINAL = {"COLUMNS": str(WIDTH), "TTY_COMPATIBLE": "1", "TERM": "xterm-256color"}
BOOKED, HELD = "2026-0121", "2026-0118"
_FONT_FACE = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)
SHOWN = (("explain", BOOKED), ("holds", "--owner", "sales"))


def main() -> None:
    """Draw the picture."""
    with ExitStack() as exits:
        # Handlers write their metrics to standard output.
        exits.enter_context(redirect_stdout(exits.enter_context(Path(os.devnull).open("w", encoding="utf-8"))))
        folder = Path(exits.enter_context(TemporaryDirectory()))
        command = open_command(exits, folder)
        _go_to_work(command, folder)
        printed = [(arguments, _printed(arguments)) for arguments in SHOWN]
    _draw(printed)


def _draw(printed: Sequence[tuple[Sequence[str], str]]) -> None:
    console = Console(record=True, width=WIDTH, file=StringIO())
    for arguments, text in printed:
        console.print(Text(f"$ tribe-yuki {' '.join(arguments)}", "bold green"))
        console.print(Text.from_ansi(text))
        console.print()
    # Whoever looks at the picture fetches no font from elsewhere.
    layout = _FONT_FACE.sub("", CONSOLE_SVG_FORMAT)
    console.save_svg(str(PICTURE), title="tribe-yuki", unique_id="command", code_format=layout)


def _go_to_work(command: Command, folder: Path) -> None:
    """Connect and activate, then send an invoice that is booked and one that waits for sales."""
    settings = folder / "settings.json"
    rules = [json.loads(rule.model_dump_json()) for rule in demo_vat_rules()]
    settings.write_text(json.dumps({"start_date": "2026-01-01", "vat_rules": rules}), encoding="utf-8")
    command.done(*CONNECT_DUTCH)
    command.done("settings", "load", str(settings))
    command.done("activate", "--numbering-on", "--yes", "--detach")
    command.world.run(30)
    for seed in seed_invoices():
        if seed.number in (BOOKED, HELD):
            command.world.send(seed.tribe_invoice_id)
    command.world.run(5)


def _printed(arguments: tuple[str, ...]) -> str:
    return CliRunner().invoke(app, ["--local", *arguments], env=TERMINAL).output.rstrip()


if __name__ == "__main__":
    main()
