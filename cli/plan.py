"""`tribe-yuki plan`."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, at_work
from cli.files import ForceOption, csv_cell, demand_new, write_file
from cli.output import show
from tribe_yuki.setup.plan import Plan, make_plan
from tribe_yuki.setup.planned_records import PlannedRecord

COLUMNS = ("side", "record", "number", "decision", "reason", "fields in Tribe", "fields in Yuki")


@dataclass(frozen=True, slots=True)
class _Line:
    """How many records something happens to."""

    what: str
    count: int


@dataclass(frozen=True, slots=True)
class _Shown:
    """The plan as it is printed."""

    connection: str
    contacts_of_yuki: tuple[_Line, ...]
    changes_in_yuki: tuple[_Line, ...]
    invoices: tuple[_Line, ...]
    reasons: tuple[_Line, ...]
    numbers_that_are_another_relations: int
    yuki_calls: int
    days: int
    next_steps: tuple[str, ...]


def plan_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    file: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write every record with its decision and reason to a new file."),
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="Names in that file, too.")] = False,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Tell what activating will do, record by record, without doing it."""
    with at_work(context, as_json=as_json) as operator:
        if file is not None:
            demand_new(file, force=force)
        plan = make_plan(operator, operator.chosen(connection))
        if file is not None:
            write_file(file, _csv(plan.records, with_names=names), force=force)
        show(_shown(plan, file), as_json=as_json)


def _shown(plan: Plan, file: Path | None) -> _Shown:
    return _Shown(
        connection=plan.connection,
        contacts_of_yuki=_lines(plan.in_tribe.items()),
        changes_in_yuki=_lines(plan.in_yuki.items()),
        invoices=_lines(plan.invoices.items()),
        reasons=_lines(plan.reasons.items()),
        numbers_that_are_another_relations=plan.numbers_of_others,
        yuki_calls=plan.yuki_calls,
        days=plan.days,
        next_steps=(f"Every record is in {file}.", *plan.next_steps[1:]) if file else plan.next_steps,
    )


def _lines(counts: Iterable[tuple[str, int]]) -> tuple[_Line, ...]:
    return tuple(_Line(name.replace("_", " "), count) for name, count in counts)


def _csv(records: Iterable[PlannedRecord], *, with_names: bool) -> str:
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow((*COLUMNS, "name") if with_names else COLUMNS)
    for record in records:
        row = (record.side, record.record_id, record.number, record.decision, record.reason)
        fields = (" ".join(record.fields_in_tribe), " ".join(record.fields_in_yuki))
        cells = (*row, *fields, record.name) if with_names else (*row, *fields)
        writer.writerow(map(csv_cell, cells))
    return text.getvalue()
