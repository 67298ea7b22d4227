"""`tribe-yuki explain`."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.context import ConnectionOption, JsonOption, at_work
from cli.output import console, show
from tribe_yuki.operate.explain import Explained, Story, explain_record, local_minute
from tribe_yuki.operate.story_texts import LABELS

_SECOND = {"en": "%Y-%m-%d %H:%M:%S", "nl": "%d-%m-%Y %H:%M:%S"}


class Language(StrEnum):
    """The languages of stories."""

    ENGLISH = "en"
    DUTCH = "nl"


def explain_command(
    context: typer.Context,
    record: Annotated[
        str,
        typer.Argument(
            metavar="RECORD", help="Invoice number, debtor number, an id of either system, or the connection's id."
        ),
    ],
    language: Annotated[Language, typer.Option("--lang", help="English or Dutch.")] = Language.ENGLISH,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what happened to an invoice or a contact, and what comes next."""
    with at_work(context, as_json=as_json) as operator:
        explained = explain_record(operator, operator.chosen(connection), record, language.value)
    if as_json:
        show(explained, as_json=True)
    else:
        print_stories(explained, console())


def print_stories(explained: Explained, out: Console) -> None:
    """Print each story as a timeline; the times are those of Amsterdam."""
    for number, story in enumerate(explained.stories):
        if number:
            out.print()
        _print_story(story, explained.language, out)


def _print_story(story: Story, language: str, out: Console) -> None:
    since = f" ({_label('since', language)} {local_minute(story.since, language)})"
    out.print(Text.assemble((story.title, "bold")))
    out.print(Text.assemble((story.state[:1].upper() + story.state[1:], "bold"), since))
    for warning in story.warnings:
        out.print(Text(f"! {warning}", style="yellow"))
    if story.moments:
        out.print(_timeline(story, language))
    if (step := story.next_step) is not None:
        when = f" ({local_minute(step.when, language)})" if step.when else ""
        out.print(Text.assemble((f"{_label('next', language)}: ", "bold"), f"{step.who}{when} — {step.what}"))


def _timeline(story: Story, language: str) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(_label("when", language), no_wrap=True)
    table.add_column(_label("who", language), overflow="fold", max_width=24)
    table.add_column(_label("what", language), overflow="fold")
    for moment in story.moments:
        what = Text(moment.what)
        if moment.words:
            what.append(f"\n{_label('words', language)}: {moment.words}", style="italic")
        table.add_row(_second(moment.at, language), Text(moment.who), what)
    return table


def _second(at: datetime, language: str) -> str:
    return at.strftime(_SECOND[language])


def _label(name: str, language: str) -> str:
    return LABELS[name].in_language(language)
