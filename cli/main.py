"""`tribe-yuki`: connect, check and look after the connections of a deployment."""

from typing import Annotated

import typer

from cli import (
    activation,
    connect,
    decisions,
    doctor,
    explain,
    holds,
    lifecycle,
    links,
    plan,
    privacy,
    reconcile,
    settings,
    status,
    vat,
)
from cli.context import Where

app = typer.Typer(
    help=__doc__, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def main(
    context: typer.Context,
    stack: Annotated[
        str | None,
        typer.Option("--stack", envvar="TRIBE_YUKI_STACK", metavar="NAME", help="The CloudFormation stack."),
    ] = None,
    region: Annotated[str | None, typer.Option("--region", help="Its AWS region.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="The AWS profile to use.")] = None,
    local: Annotated[bool, typer.Option("--local", help="The local stack that `make up` started.")] = False,
) -> None:
    """Connect, check and look after the connections of a deployment."""
    context.obj = Where(stack, region, profile, is_local=local)


settings.app.add_typer(vat.app, name="vat")
app.command("connect")(connect.connect_command)
app.add_typer(settings.app, name="settings")
app.command("doctor")(doctor.doctor_command)
app.command("plan")(plan.plan_command)
app.command("activate")(activation.activate_command)
app.command("status")(status.status_command)
app.command("holds")(holds.holds_command)
app.command("explain")(explain.explain_command)
app.command("retry")(decisions.retry_command)
app.command("accept")(decisions.accept_command)
app.command("round")(decisions.round_command)
app.command("already-booked")(decisions.already_booked_command)
app.command("dismiss")(decisions.dismiss_command)
app.command("redrive")(decisions.redrive_command)
app.command("pause")(lifecycle.pause_command)
app.command("resume")(lifecycle.resume_command)
app.command("rotate")(lifecycle.rotate_command)
app.command("poll")(lifecycle.poll_command)
app.command("resync")(lifecycle.resync_command)
app.command("reconcile")(reconcile.reconcile_command)
app.command("link")(links.link_command)
app.command("unlink")(links.unlink_command)
app.add_typer(privacy.app, name="privacy")
app.command("disconnect")(lifecycle.disconnect_command)
