"""`tribe-yuki retry`, `accept`, `round`, `already-booked`, `dismiss` and `redrive`."""

from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.output import show
from tribe_yuki.admin.declined import Declined
from tribe_yuki.people import decisions
from tribe_yuki.people.redrive import redrive

InvoiceArgument = Annotated[str, typer.Argument(metavar="INVOICE", help="Its number, or its id in Tribe.")]


def retry_command(
    context: typer.Context,
    invoices: Annotated[
        list[str] | None, typer.Argument(metavar="INVOICE…", help="Their numbers, or ids in Tribe.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="REASON", help="All that are held for this reason.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are held.")] = False,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have invoices looked at again; what may be in Yuki is asked for there first."""
    with at_work(context, as_json=as_json, who=who) as operator:
        if sum((bool(invoices), reason is not None, every)) != 1:
            raise Declined("nothing_named", "name invoices, or give --reason or --all")
        chosen = operator.chosen(connection)
        if invoices:
            done = decisions.retry(operator, chosen, invoices, why)
        else:
            done = decisions.retry_held(operator, chosen, reason, why)
        show(done, as_json=as_json)


def accept_command(
    context: typer.Context,
    invoice: InvoiceArgument,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept totals that differ as shown, no PDF, no Peppol, or what is reported of a booked invoice."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(decisions.accept(operator, operator.chosen(connection), invoice, why), as_json=as_json)


def round_command(
    context: typer.Context,
    invoice: InvoiceArgument,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a line of a few cents that makes Yuki's total the one of Tribe."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(decisions.round_totals(operator, operator.chosen(connection), invoice, why), as_json=as_json)


def already_booked_command(
    context: typer.Context,
    invoice: InvoiceArgument,
    document: Annotated[
        str | None,
        typer.Option("--yuki-document", metavar="ID", help="The document in Yuki's archive, if you know it."),
    ] = None,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that an invoice is in Yuki: it is never sent."""
    with at_work(context, as_json=as_json, who=who) as operator:
        chosen = operator.chosen(connection)
        show(decisions.already_booked(operator, chosen, invoice, why, document), as_json=as_json)


def dismiss_command(
    context: typer.Context,
    invoice: InvoiceArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it is not to be booked.")],
    connection: ConnectionOption = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that an invoice is not to be booked by the connector; only retry takes that back."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(decisions.dismiss(operator, operator.chosen(connection), invoice, reason), as_json=as_json)


def redrive_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have tried again what was given up."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(redrive(operator, operator.chosen(connection), why), as_json=as_json)
