"""`tribe-yuki holds`."""

from typing import Annotated

import typer
from rich.text import Text

from cli.context import ConnectionOption, JsonOption, at_work
from cli.explain import Language
from cli.output import console, rows, show
from tribe_yuki.domain.holds import Owner
from tribe_yuki.operate.holds import Holds, list_holds


def holds_command(
    context: typer.Context,
    owner: Annotated[Owner | None, typer.Option("--owner", help="Only what waits for them.")] = None,
    language: Annotated[Language, typer.Option("--lang", help="English or Dutch.")] = Language.ENGLISH,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what waits for a person: why, whose turn it is, and what to do."""
    with at_work(context, as_json=as_json) as operator:
        found = list_holds(operator, operator.chosen(connection), owner=owner, language=language.value)
    if as_json:
        show(found, as_json=True)
    else:
        _print(found)


def _print(found: Holds) -> None:
    out = console()
    if not found.groups:
        out.print("Nothing waits for anybody.")
    for group in found.groups:
        out.print(Text.assemble((f"{group.title} ({len(group.records)})", "bold"), f"  {group.reason}, {group.owner}"))
        out.print(Text(f"{group.what_to_do} {group.released_by}"))
        out.print(Text(f"tribe-yuki {' | '.join(group.commands)}", style="dim"))
        out.print(rows("", group.records))
