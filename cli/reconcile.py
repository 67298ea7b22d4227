"""`tribe-yuki reconcile`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, at_work
from cli.explain import Language, LanguageOption
from cli.output import Field, Screen, money, screen, show
from tribe_yuki.admin.declined import Declined
from tribe_yuki.status.reconciliation import FindingShown, ReconciliationShown, last_reconciliation, reconcile

_COLUMNS: Sequence[Field[FindingShown]] = (
    Field("number", lambda finding: finding.number),
    Field("date", lambda finding: finding.invoice_date),
    Field("amount", lambda finding: money(finding.currency, finding.amount), is_number=True),
    Field("finding", lambda finding: finding.finding),
    Field("standing", lambda finding: finding.standing),
    Field("transfer", lambda finding: finding.transfer, is_prose=True),
    Field("detail", lambda finding: finding.detail, is_prose=True),
)


def reconcile_command(
    context: typer.Context,
    period: Annotated[
        str | None,
        typer.Option(
            "--period",
            metavar="PERIOD",
            help="2026-11, 2026-Q4, 2026 or 2026-01-01..2026-03-31; this month and the one before by default.",
        ),
    ] = None,
    is_last: Annotated[bool, typer.Option("--last", help="What the last night found, without looking again.")] = False,
    language: LanguageOption = Language.ENGLISH,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the invoices of Tribe, the connector and Yuki. Exits with 1 when a difference needs a person."""
    with at_work(context, as_json=as_json) as operator:
        chosen = operator.chosen(connection)
        if is_last and period:
            raise Declined("last_has_its_period", "give --last or --period, not both")
        if is_last:
            found = last_reconciliation(operator, chosen, language=language.value)
        else:
            found = reconcile(operator, chosen, period, language=language.value)
    if as_json:
        show(found, as_json=True)
    else:
        print_reconciliation(found, screen())
    if found.needs_a_person:
        raise typer.Exit(1)


def print_reconciliation(found: ReconciliationShown, out: Screen) -> None:
    """Print the sentence, and what was found."""
    out.say(found.summary, "bold")
    if found.findings:
        out.gap()
        out.table(found.findings, _COLUMNS)
        out.gap()
    for month, euros in found.rounding.items():
        out.say(f"Lines of cents for rounding in {month}: {money('EUR', euros)}")
    for why, count in found.unchecked.items():
        out.say(f"Not checked, because of {why.replace('_', ' ')}: {count}")
    out.steps(found.next_steps)
