"""`tribe-yuki status`."""

import typer

from cli.context import ConnectionOption, JsonOption, at_work
from cli.output import show
from tribe_yuki.status.connection import show_connections, show_status


def status_command(context: typer.Context, connection: ConnectionOption = None, as_json: JsonOption = False) -> None:
    """Tell where a connection stands, or list them when there are several."""
    with at_work(context, as_json=as_json) as operator:
        if connection is None and len(operator.records.all_ids()) != 1:
            show(show_connections(operator), as_json=as_json)
        else:
            show(show_status(operator, operator.chosen(connection)), as_json=as_json)
