"""`tribe-yuki`: connect, check and look after the connections of a deployment."""

from importlib.metadata import version
from typing import Annotated, Any

import typer

from cli.context import Where
from cli.group import CommandGroup, Entry, examples

_DECISIONS, _LIFECYCLE, _LINKS = "cli.decisions", "cli.lifecycle", "cli.links"
SECTIONS = {
    "Connect": (
        Entry(
            "connect",
            "Connect Tribe with a Yuki administration, or replace a key.",
            "cli.connect",
            "connect_command",
            (
                "tribe-yuki connect",
                "tribe-yuki connect --connection ID --yuki-key -",
                "tribe-yuki connect --connection ID --webhook-secret -",
            ),
        ),
        Entry("settings", "Show and change what a connection does, and its VAT mapping.", "cli.settings"),
        Entry(
            "doctor",
            "Check everything that a connection needs, and say what to do.",
            "cli.doctor",
            "doctor_command",
            ("tribe-yuki doctor", "tribe-yuki doctor --watch-edit"),
        ),
        Entry(
            "plan",
            "Tell what activating will do, record by record, without doing it.",
            "cli.plan",
            "plan_command",
            ("tribe-yuki plan", "tribe-yuki plan --csv plan.csv --names"),
        ),
        Entry(
            "activate",
            "Put a connection to work, beginning with the import of contacts.",
            "cli.activation",
            "activate_command",
            ("tribe-yuki activate", "tribe-yuki activate --yes --detach"),
        ),
    ),
    "Watch": (
        Entry(
            "status",
            "Tell where a connection stands, or list the connections.",
            "cli.status",
            "status_command",
            ("tribe-yuki status", "tribe-yuki status --json"),
        ),
        Entry(
            "invoices",
            "List invoices with the state that each is in, and why.",
            "cli.invoices",
            "invoices_command",
            (
                "tribe-yuki invoices --state waiting --state held",
                "tribe-yuki invoices --since 2026-11-01 --limit 200",
            ),
        ),
        Entry(
            "holds",
            "List what waits for a person: why, for whom, and what to do.",
            "cli.holds",
            "holds_command",
            ("tribe-yuki holds", "tribe-yuki holds --owner bookkeeper --lang nl"),
        ),
        Entry(
            "explain",
            "Tell the story of an invoice, a contact or a connection.",
            "cli.explain",
            "explain_command",
            ("tribe-yuki explain 2026-0118", "tribe-yuki explain D-10045 --lang nl"),
        ),
        Entry(
            "reconcile",
            "Compare the invoices of Tribe, the connector and Yuki.",
            "cli.reconcile",
            "reconcile_command",
            ("tribe-yuki reconcile", "tribe-yuki reconcile --period 2026-Q4", "tribe-yuki reconcile --last"),
        ),
    ),
    "Decide": (
        Entry(
            "retry",
            "Try invoices again that wait; Yuki is asked first.",
            _DECISIONS,
            "retry_command",
            ("tribe-yuki retry 2026-0118 2026-0119", "tribe-yuki retry --reason refused_by_yuki"),
        ),
        Entry(
            "accept",
            "Accept totals that differ, a missing PDF, or what is reported.",
            _DECISIONS,
            "accept_command",
            ('tribe-yuki accept 2026-0118 --why "agreed by phone"',),
        ),
        Entry(
            "round",
            "Add a line of a few cents, so that Yuki's total is Tribe's.",
            _DECISIONS,
            "round_command",
            ("tribe-yuki round 2026-0118",),
        ),
        Entry(
            "already-booked",
            "Say that an invoice is in Yuki already.",
            _DECISIONS,
            "already_booked_command",
            ('tribe-yuki already-booked 2026-0118 --why "typed in by hand"',),
        ),
        Entry(
            "dismiss",
            "Say that the connector is not to book an invoice.",
            _DECISIONS,
            "dismiss_command",
            ('tribe-yuki dismiss 2026-0118 --reason "sent by mistake"',),
        ),
        Entry("redrive", "Try again what was given up.", _DECISIONS, "redrive_command", ("tribe-yuki redrive",)),
        Entry(
            "link",
            "Say that a relation of Tribe is a contact of Yuki.",
            _LINKS,
            "link_command",
            ("tribe-yuki link D-10045 119",),
        ),
        Entry("unlink", "Take the link of a relation away.", _LINKS, "unlink_command", ("tribe-yuki unlink D-10045",)),
    ),
    "Look after": (
        Entry("poll", "Look for what changed in Yuki, now.", _LIFECYCLE, "poll_command", ("tribe-yuki poll",)),
        Entry(
            "resync",
            "Compare all contacts, or bring one relation to Yuki again.",
            _LIFECYCLE,
            "resync_command",
            ("tribe-yuki resync", "tribe-yuki resync D-10045"),
        ),
        Entry(
            "pause",
            "Take notes of what happens, and send nothing.",
            _LIFECYCLE,
            "pause_command",
            ('tribe-yuki pause --why "closing the year"',),
        ),
        Entry("resume", "Go on after a pause.", _LIFECYCLE, "resume_command", ("tribe-yuki resume",)),
        Entry(
            "rotate",
            "Replace the webhooks, their secrets and their token.",
            _LIFECYCLE,
            "rotate_command",
            ('tribe-yuki rotate --why "yearly"', "tribe-yuki rotate --finish"),
        ),
        Entry("people", "Say who may use the console, and as what.", "cli.people"),
        Entry("privacy", "Give out or erase what is stored about a person.", "cli.privacy"),
        Entry(
            "disconnect",
            "Remove secrets and webhooks; links and settings are kept.",
            _LIFECYCLE,
            "disconnect_command",
            ("tribe-yuki disconnect --connection ID",),
        ),
    ),
}


class Commands(CommandGroup):
    """All commands."""

    sections = SECTIONS


app = typer.Typer(
    cls=Commands,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_START = examples(
    "export TRIBE_YUKI_STACK=tribe-yuki-dev",
    "tribe-yuki status",
    "tribe-yuki connect -h",
    "tribe-yuki --install-completion",
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"tribe-yuki {version('tribe-yuki')}")
        raise typer.Exit


@app.callback(epilog=_START)
def main(
    context: typer.Context,
    stack: Annotated[
        str | None,
        typer.Option("--stack", envvar="TRIBE_YUKI_STACK", metavar="NAME", help="The CloudFormation stack."),
    ] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="REGION", help="Its AWS region.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", metavar="PROFILE", help="The AWS profile to use.")] = None,
    local: Annotated[bool, typer.Option("--local", help="The local stack that `make up` started.")] = False,
    version: Annotated[  # noqa: ARG001 (its callback does the work)
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Connect, check and look after the connections of a deployment."""
    if local:
        _demand_alone(context, stack=stack, region=region, profile=profile)
    context.obj = Where(stack, region, profile, is_local=local)


def _demand_alone(context: typer.Context, **others: Any) -> None:  # noqa: ANN401 (only whether it is given counts)
    """Refuse, beside --local, what names another stack; what the environment names is meant for other times."""
    for name, value in others.items():
        source = context.get_parameter_source(name)
        if value is not None and source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"--local is a stack of its own: leave --{name} out, or leave --local out.")
