"""`tribe-yuki holds`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, at_work
from cli.explain import Language, LanguageOption
from cli.output import Field, Screen, money, screen, show
from tribe_yuki.core.holds import Owner
from tribe_yuki.people.holds import HeldRecord, Holds, list_holds

_COLUMNS: Sequence[Field[HeldRecord]] = (
    Field("record", lambda hold: hold.record),
    Field("since", lambda hold: hold.since),
    Field("date", lambda hold: hold.invoice_date),
    Field("amount", lambda hold: money(hold.currency, hold.amount), is_number=True),
    Field("debtor", lambda hold: hold.debtor_number),
    Field("detail", lambda hold: hold.detail, is_prose=True),
)


def holds_command(
    context: typer.Context,
    owner: Annotated[
        Owner | None, typer.Option("--owner", metavar="OWNER", help=f"Only theirs: {', '.join(Owner)}.")
    ] = None,
    language: LanguageOption = Language.ENGLISH,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what waits for a person: why, whose turn it is, and what to do."""
    with at_work(context, as_json=as_json) as operator:
        found = list_holds(operator, operator.chosen(connection), owner=owner, language=language.value)
    if as_json:
        show(found, as_json=True)
    else:
        print_holds(found, screen())


def print_holds(found: Holds, out: Screen) -> None:
    """Print what waits, by reason."""
    if not found.groups:
        out.say("Nothing waits for anybody.")
    for number, group in enumerate(found.groups):
        if number:
            out.gap()
        out.say_parts((f"{group.title} ({len(group.records)})", "bold"), (f"  {group.reason}, {group.owner}", ""))
        out.say(f"{group.what_to_do} {group.released_by}")
        out.say(f"tribe-yuki {' | '.join(group.commands)}", "dim")
        out.table(group.records, _COLUMNS)
