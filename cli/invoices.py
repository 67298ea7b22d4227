"""`tribe-yuki invoices`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, at_work
from cli.explain import Language, LanguageOption
from cli.output import Field, Screen, money, screen, show
from tribe_yuki.invoices.transfer import State
from tribe_yuki.status.invoices import MOST_INVOICES, InvoiceLine, InvoicesShown, list_invoices

_LARGEST_LIMIT = 10_000
_COLUMNS: Sequence[Field[InvoiceLine]] = (
    Field("invoice", lambda invoice: invoice.invoice),
    Field("date", lambda invoice: invoice.invoice_date),
    Field("amount", lambda invoice: money(invoice.currency, invoice.amount), is_number=True),
    Field("state", lambda invoice: invoice.state.value),
    Field("why", lambda invoice: invoice.why, is_prose=True),
    Field("since", lambda invoice: invoice.since),
)


def invoices_command(
    context: typer.Context,
    states: Annotated[
        list[State] | None, typer.Option("--state", metavar="STATE", help=f"Only these: {', '.join(State)}.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="Only what came into its state since this day.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", help="How many at most, the newest first.")
    ] = MOST_INVOICES,
    language: LanguageOption = Language.ENGLISH,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List invoices with the state that each is in, why, and since when; the one that changed last comes first."""
    if not 1 <= limit <= _LARGEST_LIMIT:
        raise typer.BadParameter(f"--limit takes a number from 1 to {_LARGEST_LIMIT}.")
    with at_work(context, as_json=as_json) as operator:
        chosen = operator.chosen(connection)
        found = list_invoices(operator, chosen, states=states or (), since=since, most=limit, language=language.value)
        if as_json:
            show(found, as_json=True)
        else:
            print_invoices(found, screen())


def print_invoices(found: InvoicesShown, out: Screen) -> None:
    """Print invoices, each with its state and why."""
    if not found.invoices:
        out.say("There are no such invoices.")
        return
    out.table(found.invoices, _COLUMNS)
    out.gap()
    out.steps(found.next_steps)
