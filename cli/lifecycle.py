"""`tribe-yuki pause`, `resume`, `rotate`, `disconnect`, `poll` and `resync`."""

from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.output import show
from cli.questions import confirm
from tribe_yuki.admin.declined import Declined
from tribe_yuki.setup import lifecycle
from tribe_yuki.webhooks import rotation


def pause_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take notes of what happens, and send nothing."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(lifecycle.pause(operator, operator.chosen(connection), why), as_json=as_json)


def resume_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on after a pause."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(lifecycle.resume(operator, operator.chosen(connection), why), as_json=as_json)


def rotate_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    finish: Annotated[bool, typer.Option("--finish", help="Forget what was replaced.")] = False,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="With --finish: do not wait for events that are on their way.")
    ] = False,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replace the webhooks, their secrets and their token; both hold until --finish."""
    with at_work(context, as_json=as_json, who=who) as operator:
        chosen = operator.chosen(connection)
        if finish:
            show(rotation.finish_rotation(operator, chosen, why, at_once=at_once), as_json=as_json)
        else:
            show(rotation.rotate_webhooks(operator, chosen, why), as_json=as_json)


def disconnect_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove secrets and webhooks at once; links and settings are kept."""
    with at_work(context, as_json=as_json, who=who) as operator:
        chosen = operator.record(operator.chosen(connection)).connection_id
        if not yes and (as_json or not confirm(f"Remove the secrets and webhooks of {chosen}")):
            raise Declined("not_confirmed", "nothing was removed; say yes, or give --yes")
        show(lifecycle.disconnect(operator, chosen, why), as_json=as_json)


def poll_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what changed in Yuki, now."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(lifecycle.poll(operator, operator.chosen(connection), why), as_json=as_json)


def resync_command(
    context: typer.Context,
    contact: Annotated[
        str | None, typer.Argument(metavar="DEBTOR_NUMBER", help="One relation of Tribe; all contacts by default.")
    ] = None,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare all contacts of both systems, or bring one relation to Yuki again."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(lifecycle.resync(operator, operator.chosen(connection), contact, why), as_json=as_json)
