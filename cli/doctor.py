"""`tribe-yuki doctor`."""

from collections.abc import Callable
from time import sleep
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, at_work
from cli.output import show, tell
from tribe_yuki.admin.context import Operator
from tribe_yuki.doctor.check import Check
from tribe_yuki.doctor.examine import examine
from tribe_yuki.doctor.received_events import LOOK_EVERY_SECONDS, check_events, watch_edit


def doctor_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    numbering_on: Annotated[
        bool, typer.Option("--numbering-on", help="Tribe gives out debtor numbers by itself.")
    ] = False,
    is_watching: Annotated[bool, typer.Option("--watch-edit", help="Wait for an edit that you make in Tribe.")] = False,
    watch_seconds: Annotated[
        int, typer.Option("--watch-seconds", metavar="SECONDS", help="How long to wait for it.")
    ] = 120,
    as_json: JsonOption = False,
) -> None:
    """Check everything a connection needs, change nothing, and say what to do. Exits with 1 when anything is red."""
    with at_work(context, as_json=as_json) as operator:
        look = _watcher(watch_seconds) if is_watching else check_events
        diagnosis = examine(
            operator, operator.chosen(connection), is_numbering_confirmed=numbering_on, look_for_events=look
        )
        show(diagnosis, as_json=as_json)
    if not diagnosis.is_healthy:
        raise typer.Exit(1)


def _watcher(seconds: int) -> Callable[[Operator, str], Check]:
    def look(operator: Operator, connection_id: str) -> Check:
        tell("Change a field of a customer in Tribe now, such as its telephone number.")
        looks = max(1, round(seconds / LOOK_EVERY_SECONDS))
        return watch_edit(operator, connection_id, operator.now(), looks=looks, wait=sleep)

    return look
