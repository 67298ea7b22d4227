"""`tribe-yuki link` and `unlink`."""

from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.output import show
from tribe_yuki.people import links_by_hand as links

RelationArgument = Annotated[str, typer.Argument(metavar="RELATION", help="Debtor number in Tribe, or id.")]


def link_command(
    context: typer.Context,
    relation: RelationArgument,
    contact: Annotated[
        str, typer.Argument(metavar="CONTACT", help="Number in Yuki's screens, code, or id of the contact.")
    ],
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a relation of Tribe is this contact of Yuki."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(links.link(operator, operator.chosen(connection), relation, contact, why), as_json=as_json)


def unlink_command(
    context: typer.Context,
    relation: RelationArgument,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the link of a relation away, until a person links it again."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(links.unlink(operator, operator.chosen(connection), relation, why), as_json=as_json)
