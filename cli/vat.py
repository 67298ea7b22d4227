"""`tribe-yuki settings vat`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.group import PlainCommand, SummaryGroup, examples
from cli.options import spread
from cli.output import Field, Screen, screen, show
from tribe_yuki.setup.vat_mapping import (
    ANY,
    RowKey,
    VatMappingShown,
    accept_proposals,
    set_row,
    show_vat_mapping,
    unset_row,
)
from tribe_yuki.setup.vat_rows import VatRow

_HELP = """Show and change the VAT mapping: which code of Yuki each VAT group of Tribe means, by place of the customer.

A percentage above zero can be proposed; 0 % never, because it may mean six things, each with a type of its own:

\b
  TYPE  PLACE        what is sold
  4     domestic     taxed at the zero rate
  0     domestic     exempt from VAT
  17    domestic     reverse charged to the customer
  19    eu_with_vat  goods to a company in the EU
  20    eu_with_vat  services to a company in the EU
  6     outside_eu   goods that leave the EU

Ask your bookkeeper in which box of the VAT return such sales belong, and take the code that Yuki has for it. Set only
what you invoice: what is not set is held, never guessed.
"""
app = typer.Typer(
    cls=SummaryGroup,
    add_completion=False,
    help=_HELP,
    epilog=examples(
        "tribe-yuki settings vat",
        "tribe-yuki settings vat accept",
        "tribe-yuki settings vat set NL-VERLEGD domestic 17 0",
    ),
    rich_markup_mode=None,
)

GroupArgument = Annotated[
    str, typer.Argument(metavar="GROUP", help="VAT group of Tribe, by its code, or by its id where two have one code.")
]
LocationArgument = Annotated[
    str, typer.Argument(metavar="PLACE", help=f"domestic, eu_with_vat, eu_without_vat, outside_eu or {ANY}.")
]
SupplyOption = Annotated[
    str | None, typer.Option("--supply", metavar="SUPPLY", help="goods or services, where the codes differ.")
]
CountryOption = Annotated[
    str | None,
    typer.Option("--country", metavar="COUNTRY", help="Customers of this country only, such as SE (OSS)."),
]
FromOption = Annotated[
    datetime | None,
    typer.Option("--from", metavar="DAY", formats=["%Y-%m-%d"], help="First day of the invoices that the row is for."),
]
ToOption = Annotated[
    datetime | None,
    typer.Option("--to", metavar="DAY", formats=["%Y-%m-%d"], help="Last day of the invoices that the row is for."),
]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which of the sales at a place a row is for."""

    supply: SupplyOption = None
    country: CountryOption = None
    valid_from: FromOption = None
    valid_to: ToOption = None

    def key(self, group: str, location: str) -> RowKey:
        """Return the row of a VAT group at a place."""
        first, last = (given.date() if given else None for given in (self.valid_from, self.valid_to))
        return RowKey(group, location, self.supply, self.country, first, last)


def _code_of(row: VatRow) -> str:
    code = "" if row.vat_type is None else f"{row.vat_type}  {row.vat_percentage} %  {row.yuki_code}"
    return f"{code}  {row.fault}".strip()


_COLUMNS: Sequence[Field[VatRow]] = (
    Field("place", lambda row: row.location),
    Field("country", lambda row: row.country),
    Field("supply", lambda row: row.supply),
    Field("days", lambda row: row.period),
    Field("state", lambda row: row.state),
    Field("invoices", lambda row: row.invoices or "", is_number=True),
    Field("Yuki's code", _code_of, is_prose=True),
)


@app.callback(invoke_without_command=True)
def show_command(context: typer.Context, connection: ConnectionOption = None, as_json: JsonOption = False) -> None:
    """Show Tribe's VAT groups at all places, with the code of Yuki that each means or could mean."""
    if context.invoked_subcommand is None:
        with at_work(context, as_json=as_json) as operator:
            found = show_vat_mapping(operator, operator.chosen(connection))
            if as_json:
                show(found, as_json=True)
            else:
                print_vat_mapping(found, screen())


@app.command(
    "set",
    cls=PlainCommand,
    epilog=examples(
        "tribe-yuki settings vat set NL-VERLEGD domestic 17 0",
        "tribe-yuki settings vat set OSS-SE-25 eu_without_vat 40 25 --country SE",
        "tribe-yuki settings vat set NL-9 any 2 10 --from 2027-01-01",
    ),
)
@spread
def set_command(
    context: typer.Context,
    group: GroupArgument,
    location: LocationArgument,
    vat_type: Annotated[int, typer.Argument(metavar="TYPE", help="VAT type of Yuki.")],
    percentage: Annotated[str, typer.Argument(metavar="PERCENTAGE", help="Percentage of the code.")],
    given: Narrowed,
    description: Annotated[
        str | None,
        typer.Option("--description", metavar="TEXT", help="Which code, where several share type and percentage."),
    ] = None,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which code a VAT group means at a place; of a row for other days, those days stay."""
    with at_work(context, as_json=as_json, who=who) as operator:
        key = given.key(group, location)
        chosen = operator.chosen(connection)
        changed = set_row(operator, chosen, key, vat_type, percentage, description=description, why=why)
        show(changed, as_json=as_json)


@app.command("unset", cls=PlainCommand, epilog=examples("tribe-yuki settings vat unset NL-VERLEGD domestic"))
@spread
def unset_command(
    context: typer.Context,
    group: GroupArgument,
    location: LocationArgument,
    given: Narrowed,
    connection: ConnectionOption = None,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a row away, or the days of it that are given."""
    with at_work(context, as_json=as_json, who=who) as operator:
        changed = unset_row(operator, operator.chosen(connection), given.key(group, location), why)
        show(changed, as_json=as_json)


@app.command("accept", cls=PlainCommand, epilog=examples("tribe-yuki settings vat accept"))
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


def print_vat_mapping(found: VatMappingShown, out: Screen) -> None:
    """Print the places of each VAT group below its name, and what Yuki offers."""
    for code, rows in groupby(found.rows, lambda row: row.vat_group):
        of_group = list(rows)
        percentage = f"  {of_group[0].percentage} %" if of_group[0].percentage else ""
        out.say_parts((code, "bold"), (f"  {of_group[0].name}{percentage}", ""))
        out.table(of_group, _COLUMNS)
        out.gap()
    if found.invoices:
        out.say(f"Looked at: the {found.invoices} newest sent invoices of the last year.")
        out.gap()
    out.say("Codes of Yuki: type, percentage, description", "bold")
    for code in found.yuki_codes:
        out.say(code)
    out.gap()
    out.steps(found.next_steps)
