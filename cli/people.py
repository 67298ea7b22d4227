"""`tribe-yuki people`: who may use the console, and as what."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, Where, WhoOption
from cli.group import PlainCommand, SummaryGroup, examples
from cli.opening import open_people
from cli.output import show, telling_errors
from tribe_yuki.console.invitations import Invitations, invite, list_members, remove
from tribe_yuki.console.roles import Role

app = typer.Typer(
    cls=SummaryGroup,
    add_completion=False,
    help="Say who may use the console, and as what.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=examples("tribe-yuki people invite name@company.example --role bookkeeper", "tribe-yuki people list"),
)

AddressArgument = Annotated[str, typer.Argument(metavar="ADDRESS", help="The person's e-mail address.")]


@contextmanager
def _at_work(context: typer.Context, *, as_json: bool, who: str | None = None) -> Iterator[Invitations]:
    """Give a command who invites; what goes wrong in the block is told, and ends the command with 1."""
    with telling_errors(as_json=as_json), open_people(context.ensure_object(Where), who) as invitations:
        yield invitations


@app.command("invite", cls=PlainCommand, epilog=examples("tribe-yuki people invite name@company.example --role sales"))
def invite_command(
    context: typer.Context,
    address: AddressArgument,
    role: Annotated[
        Role, typer.Option("--role", metavar="ROLE", help=f"What the person may do: {', '.join(Role)}.")
    ] = Role.VIEWER,
    connection: ConnectionOption = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a person a role in a connection, and invite whoever is new; an operator has it in all of them."""
    with _at_work(context, as_json=as_json, who=who) as invitations:
        chosen = "" if role is Role.OPERATOR else invitations.operator.chosen(connection)
        show(invite(invitations, chosen, address, role), as_json=as_json)


@app.command("list", cls=PlainCommand, epilog=examples("tribe-yuki people list"))
def list_command(context: typer.Context, connection: ConnectionOption = None, as_json: JsonOption = False) -> None:
    """List who has which role in a connection."""
    with _at_work(context, as_json=as_json) as invitations:
        show(list_members(invitations, invitations.operator.chosen(connection)), as_json=as_json)


@app.command("remove", cls=PlainCommand, epilog=examples("tribe-yuki people remove name@company.example"))
def remove_command(
    context: typer.Context,
    address: AddressArgument,
    operators: Annotated[
        bool, typer.Option("--operator", help="Take away the role of operator instead of one in a connection.")
    ] = False,
    connection: ConnectionOption = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a person's role away; an open page of theirs ends with the next click."""
    with _at_work(context, as_json=as_json, who=who) as invitations:
        chosen = "" if operators else invitations.operator.chosen(connection)
        show(remove(invitations, chosen, address, everywhere=operators), as_json=as_json)
