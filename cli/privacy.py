"""`tribe-yuki privacy`: give out and erase what is stored about a person."""

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.output import show
from tribe_yuki.operate.errors import Declined
from tribe_yuki.operate.privacy import PersonalData, erase_record, export_record

app = typer.Typer(help=__doc__, no_args_is_help=True, rich_markup_mode=None)

RecordArgument = Annotated[
    str, typer.Argument(metavar="RECORD", help="Debtor number, number in Yuki's screens, or an id of either system.")
]


@app.command("export")
def export_command(
    context: typer.Context,
    record: RecordArgument,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write it to this new file, which only you may read.")
    ] = None,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give out, as JSON, all that is stored about a relation or contact."""
    with at_work(context, as_json=as_json) as operator:
        found = export_record(operator, operator.chosen(connection), record)
        text = TypeAdapter(PersonalData).dump_json(found, indent=2, exclude_none=True).decode()
        if output is None:
            typer.echo(text)
        else:
            _write(output, text)


@app.command("erase")
def erase_command(
    context: typer.Context,
    record: RecordArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; it cannot be undone.")] = False,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase what is stored about a relation or contact; bookings stay, without anything that names somebody.

    Nothing brings it back but `tribe-yuki link`. Name nobody in --why: it is kept.
    """
    with at_work(context, as_json=as_json, who=who) as operator:
        if not yes and (as_json or not typer.confirm(f"Erase what is stored about {record}? It cannot be undone.")):
            raise Declined("not_confirmed", "nothing was erased; say --yes")
        show(erase_record(operator, operator.chosen(connection), record, why), as_json=as_json)


def _write(output: Path, text: str) -> None:
    """Write a file that was not there, for the eyes of this user alone."""
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Declined("file_not_written", f"{output}: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
    typer.echo(f"Written to {output}")
