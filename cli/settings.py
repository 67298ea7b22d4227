"""`tribe-yuki settings`."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli import vat
from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.files import ForceOption, write_file
from cli.group import PlainCommand, SummaryGroup, examples
from cli.output import screen, show
from cli.questions import confirm
from tribe_yuki.admin.declined import Declined
from tribe_yuki.setup.change_settings import (
    START_DATE_UNCONFIRMED,
    SettingsChanged,
    load_settings,
    set_settings,
    settings_document,
    show_settings,
)

app = typer.Typer(
    cls=SummaryGroup,
    add_completion=False,
    help="Show and change what a connection does.",
    epilog=examples("tribe-yuki settings", "tribe-yuki settings vat -h", "tribe-yuki settings set -h"),
    rich_markup_mode=None,
)
app.add_typer(vat.app, name="vat")

_SAY_YES = " Say --yes if that is meant"
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask, also where invoices are left out.")]
FileArgument = Annotated[Path, typer.Argument(help="A JSON file.", metavar="FILE")]


@app.callback(invoke_without_command=True)
def show_command(context: typer.Context, connection: ConnectionOption = None, as_json: JsonOption = False) -> None:
    """Show the settings, and what each may be."""
    if context.invoked_subcommand is None:
        with at_work(context, as_json=as_json) as operator:
            show(show_settings(operator, operator.chosen(connection)), as_json=as_json)


@app.command("set", cls=PlainCommand, epilog=examples("tribe-yuki settings set pdf=required start_date=2026-12-01"))
def set_command(
    context: typer.Context,
    changes: Annotated[list[str], typer.Argument(metavar="NAME=VALUE", help="Settings to change.")],
    connection: ConnectionOption = None,
    yes: YesOption = False,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change settings; either all of them or none."""
    with at_work(context, as_json=as_json, who=who) as operator:
        given, chosen = dict(map(_pair, changes)), operator.chosen(connection)
        change = partial(set_settings, operator, chosen, given, why)
        show(_confirmed(change, yes=yes, as_json=as_json), as_json=as_json)


@app.command("save", cls=PlainCommand, epilog=examples("tribe-yuki settings save settings.json"))
def save_command(
    context: typer.Context,
    file: FileArgument,
    force: ForceOption = False,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the settings to a new file, which only you may read."""
    with at_work(context, as_json=as_json) as operator:
        document = settings_document(operator, operator.chosen(connection))
        write_file(file, json.dumps(document, indent=2, ensure_ascii=False) + "\n", force=force)
        if as_json:
            typer.echo(json.dumps({"file": str(file)}))
        else:
            screen().say(f"Written to {file}.")


@app.command("load", cls=PlainCommand, epilog=examples("tribe-yuki settings load settings.json"))
def load_command(
    context: typer.Context,
    file: FileArgument,
    connection: ConnectionOption = None,
    yes: YesOption = False,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take settings over from a file; what it does not name stays."""
    with at_work(context, as_json=as_json, who=who) as operator:
        change = partial(load_settings, operator, operator.chosen(connection), _read(file), why)
        show(_confirmed(change, yes=yes, as_json=as_json), as_json=as_json)


def _confirmed(change: Callable[..., SettingsChanged], *, yes: bool, as_json: bool) -> SettingsChanged:
    """Make a change; ask first when it would leave invoices out."""
    try:
        return change(is_confirmed=yes)
    except Declined as declined:
        if declined.code != START_DATE_UNCONFIRMED or as_json or not confirm(declined.text.removesuffix(_SAY_YES)):
            raise
    return change(is_confirmed=True)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Declined("change_malformed", f"{text}: give NAME=VALUE, such as poll_interval_minutes=30")
    return name.strip(), value


def _read(file: Path) -> dict[str, object]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Declined("file_unreadable", f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Declined("file_unreadable", f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(document, dict):
        raise Declined("file_unreadable", f"{file} must hold a JSON object of settings")
    return document
