"""Ask the operator for what was not given. Secrets are never shown."""

import sys
from collections.abc import Callable, Sequence
from typing import Protocol

import typer

from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.outside_text import on_one_line

FROM_INPUT = "-"


class Named(Protocol):
    """Something with a name."""

    @property
    def name(self) -> str:
        """Return its name."""
        ...


def ask(question: str, option: str) -> str:
    """Return a line that the operator types; raise Declined when there is nobody to ask."""
    try:
        answer: str = typer.prompt(on_one_line(question), err=True)
    except typer.Abort:
        raise _unanswered(option) from None
    return answer.strip()


def ask_secret(given: str | None, question: str, option: str) -> str:
    """Return a secret as given; or from the input (also `-`), where a terminal is asked and does not show it."""
    if given and given != FROM_INPUT:
        return given
    if sys.stdin.isatty():
        answer = str(typer.prompt(question, hide_input=True, err=True)).strip()
    else:
        answer = sys.stdin.readline().strip()
    if not answer:
        raise _unanswered(option)
    return answer


def confirm(question: str) -> bool:
    """Return whether the operator says yes; nobody to ask means no."""
    try:
        return typer.confirm(on_one_line(question), err=True)
    except typer.Abort:
        return False


def chooser[Choice: Named](what: str) -> Callable[[Sequence[Choice]], Choice]:
    """Return what lets the operator choose one of several by its number."""

    def choose(choices: Sequence[Choice]) -> Choice:
        for number, choice in enumerate(choices, start=1):
            typer.echo(f"  {number}  {on_one_line(choice.name)}", err=True)
        answer = ask(f"Which {what} (1 to {len(choices)})", f"--{what}")
        if not answer.isdecimal() or not 1 <= int(answer) <= len(choices):
            raise Declined("answer_unknown", f"give a number from 1 to {len(choices)}, or --{what} NAME")
        return choices[int(answer) - 1]

    return choose


def _unanswered(option: str) -> Declined:
    return Declined("answer_missing", f"nothing was answered; give {option}")
