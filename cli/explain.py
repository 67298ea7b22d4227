"""`tribe-yuki explain`."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, at_work
from cli.output import Field, Screen, screen, show
from tribe_yuki.core.texts import Texts
from tribe_yuki.people.explain import Explained, Moment, Story, explain_record


class Language(StrEnum):
    """The languages of stories."""

    ENGLISH = "en"
    DUTCH = "nl"
    FRENCH = "fr"


LanguageOption = Annotated[Language, typer.Option("--lang", metavar="en|nl|fr", help="English, Dutch or French.")]


def explain_command(
    context: typer.Context,
    record: Annotated[
        str,
        typer.Argument(
            metavar="RECORD", help="Invoice number, debtor number, an id of either system, or the connection's id."
        ),
    ],
    language: LanguageOption = Language.ENGLISH,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what happened to an invoice or a contact, and what comes next."""
    with at_work(context, as_json=as_json) as operator:
        explained = explain_record(operator, operator.chosen(connection), record, language.value)
    if as_json:
        show(explained, as_json=True)
    else:
        print_stories(explained, screen())


def print_stories(explained: Explained, out: Screen) -> None:
    """Print each story as a timeline; the times are those of Amsterdam."""
    for number, story in enumerate(explained.stories):
        if number:
            out.gap()
        _print_story(story, Texts(explained.language), out)


def _print_story(story: Story, texts: Texts, out: Screen) -> None:
    since = f" ({texts.say('label.since')} {texts.minute(story.since)})"
    out.say(story.title, "bold")
    out.say_parts((story.state[:1].upper() + story.state[1:], "bold"), (since, ""))
    for warning in story.warnings:
        out.say(f"! {warning}", "yellow")
    if story.moments:
        out.gap()
        out.table(story.moments, _columns(texts))
        out.gap()
    if (step := story.next_step) is not None:
        when = f" ({texts.minute(step.when)})" if step.when else ""
        out.say_parts((f"{texts.say('label.next')}: ", "bold"), (f"{step.who}{when} — {step.what}", ""))


def _columns(texts: Texts) -> Sequence[Field[Moment]]:
    words = texts.say("label.words")
    return (
        Field(f"{texts.say('label.when')} (Amsterdam)", lambda moment: texts.second(moment.at)),
        Field(texts.say("label.who"), lambda moment: person(moment.who)),
        Field(
            texts.say("label.what"),
            lambda moment: f"{moment.what} {words}: {moment.words}" if moment.words else moment.what,
            is_prose=True,
        ),
    )


def person(who: str) -> str:
    """Return who did something as people know them: of an identity of AWS the name at its end."""
    return re.split(r"[/:]", who)[-1] if who.startswith("arn:") else who
