"""`tribe-yuki settings`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.output import show
from tribe_yuki.operate.errors import Declined
from tribe_yuki.operate.settings import load_settings, set_settings, settings_document, show_settings

app = typer.Typer(help="Show and change what a connection does.", rich_markup_mode=None)

FileArgument = Annotated[Path, typer.Argument(help="A JSON file.", metavar="FILE")]


@app.callback(invoke_without_command=True)
def show_command(context: typer.Context, connection: ConnectionOption = None, as_json: JsonOption = False) -> None:
    """Show the settings, and what each may be."""
    if context.invoked_subcommand is None:
        with at_work(context, as_json=as_json) as operator:
            show(show_settings(operator, operator.chosen(connection)), as_json=as_json)


@app.command("set")
def set_command(
    context: typer.Context,
    changes: Annotated[list[str], typer.Argument(metavar="NAME=VALUE", help="Settings to change.")],
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change settings; either all of them or none."""
    with at_work(context, as_json=as_json, who=who) as operator:
        given = dict(map(_pair, changes))
        show(set_settings(operator, operator.chosen(connection), given, why), as_json=as_json)


@app.command("save")
def save_command(
    context: typer.Context, file: FileArgument, connection: ConnectionOption = None, as_json: JsonOption = False
) -> None:
    """Write the settings to a file."""
    with at_work(context, as_json=as_json) as operator:
        document = settings_document(operator, operator.chosen(connection))
        file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        typer.echo(json.dumps({"file": str(file)}) if as_json else f"Written to {file}.")


@app.command("load")
def load_command(
    context: typer.Context,
    file: FileArgument,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take settings over from a file; what it does not name stays."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(load_settings(operator, operator.chosen(connection), _read(file), why), as_json=as_json)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Declined("change_malformed", f"{text}: give NAME=VALUE, such as poll_interval_minutes=30")
    return name.strip(), value


def _read(file: Path) -> dict[str, object]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Declined("file_unreadable", f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(document, dict):
        raise Declined("file_unreadable", f"{file} must hold a JSON object of settings")
    return document
