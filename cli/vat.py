"""`tribe-yuki settings vat`."""

from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.output import show
from tribe_yuki.operate.vat_mapping import ANY, RowKey, accept_proposals, set_row, show_vat_mapping, unset_row

app = typer.Typer(help="Show and change the VAT mapping.", rich_markup_mode=None)

GroupArgument = Annotated[str, typer.Argument(metavar="GROUP", help="VAT group of Tribe, by its code.")]
LocationArgument = Annotated[
    str, typer.Argument(metavar="PLACE", help=f"domestic, eu_with_vat, eu_without_vat, outside_eu or {ANY}.")
]
SupplyOption = Annotated[str | None, typer.Option("--supply", help="goods or services, where the codes differ.")]


@app.callback(invoke_without_command=True)
def show_command(context: typer.Context, connection: ConnectionOption = None, as_json: JsonOption = False) -> None:
    """Show Tribe's VAT groups at all places, with the code of Yuki that each means or could mean."""
    if context.invoked_subcommand is None:
        with at_work(context, as_json=as_json) as operator:
            show(show_vat_mapping(operator, operator.chosen(connection)), as_json=as_json)


@app.command("set")
def set_command(
    context: typer.Context,
    group: GroupArgument,
    location: LocationArgument,
    vat_type: Annotated[int, typer.Argument(metavar="TYPE", help="VAT type of Yuki.")],
    percentage: Annotated[str, typer.Argument(metavar="PERCENTAGE", help="Percentage of the code.")],
    supply: SupplyOption = None,
    description: Annotated[
        str | None, typer.Option("--description", help="Which code, where several share type and percentage.")
    ] = None,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which code a VAT group means at a place."""
    with at_work(context, as_json=as_json, who=who) as operator:
        key = RowKey(group, location, supply)
        chosen = operator.chosen(connection)
        changed = set_row(operator, chosen, key, vat_type, percentage, description=description, why=why)
        show(changed, as_json=as_json)


@app.command("unset")
def unset_command(
    context: typer.Context,
    group: GroupArgument,
    location: LocationArgument,
    supply: SupplyOption = None,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a row away."""
    with at_work(context, as_json=as_json, who=who) as operator:
        changed = unset_row(operator, operator.chosen(connection), RowKey(group, location, supply), why)
        show(changed, as_json=as_json)


@app.command("accept")
def accept_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take all proposed rows over."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(accept_proposals(operator, operator.chosen(connection), why), as_json=as_json)
