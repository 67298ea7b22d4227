"""`tribe-yuki privacy`: give out and erase what is stored about a person."""

from pathlib import Path
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.files import ForceOption, demand_new, write_file
from cli.group import PlainCommand, SummaryGroup, examples
from cli.output import json_text, screen, show
from cli.questions import confirm
from tribe_yuki.admin.declined import Declined
from tribe_yuki.privacy.personal_data import PersonalData, erase_record, export_record

app = typer.Typer(
    cls=SummaryGroup,
    add_completion=False,
    help="Give out and erase what is stored about a person.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RecordArgument = Annotated[
    str, typer.Argument(metavar="RECORD", help="Debtor number, number in Yuki's screens, or an id of either system.")
]


@app.command("export", cls=PlainCommand, epilog=examples("tribe-yuki privacy export D-10045 --output export.json"))
def export_command(
    context: typer.Context,
    record: RecordArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write it to this new file, which only you may read."),
    ] = None,
    force: ForceOption = False,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give out, as JSON, all that is stored about a relation or contact."""
    with at_work(context, as_json=as_json) as operator:
        if output is not None:
            demand_new(output, force=force)
        found = export_record(operator, operator.chosen(connection), record)
        text = json_text(found, exclude_none=True)
        if output is None:
            typer.echo(text)
        else:
            write_file(output, f"{text}\n", force=force)
            screen().say(f"Written to {output}.")


@app.command("erase", cls=PlainCommand, epilog=examples('tribe-yuki privacy erase D-10045 --why "request of 12 March"'))
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
        chosen = operator.chosen(connection)
        if not yes and (as_json or not confirm(_question(export_record(operator, chosen, record), record))):
            raise Declined("not_confirmed", "nothing was erased; say --yes")
        show(erase_record(operator, chosen, record, why), as_json=as_json)


def _question(found: PersonalData, record: str) -> str:
    links, contacts, invoices = len(found.links), len(found.unlinked_contacts), len(found.invoices)
    counted = f"links: {links}, contacts without one: {contacts}, invoices: {invoices}"
    return f"Erase what is stored about {record} ({counted})? It cannot be undone"
