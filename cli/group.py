"""The command's frame: commands in groups, each loaded when it is run, and one way in which all of them end."""

import errno
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
_WHOLE = 1_000  # characters; longer than any sentence
# Typer names this class nowhere: a command line that cannot be understood.
_MISUSE: type[Exception] = typer.BadParameter.__bases__[0]
_NOBODY_READS = frozenset({errno.EPIPE})


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the table: what it is for, where its function or group is, and how one types it."""

    name: str
    summary: str
    module: str
    function: str = "app"
    examples: Sequence[str] = ()


def examples(*lines: str) -> str:
    """Return lines as the end of a command's help, each as it is typed."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


class PlainCommand(TyperCommand):
    """A command whose help names its arguments as people do, without the types that they have in Python."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 (Typer's own)
        """Return the usage: the options, then each argument, in brackets where it may be left out."""
        arguments = [
            argument.metavar if argument.required else f"[{argument.metavar}]" for argument in self._arguments()
        ]
        return [self.options_metavar or "", *arguments]

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (Typer's own)
        """Write the arguments, then the options."""
        if arguments := self._arguments():
            with formatter.section("Arguments"):
                formatter.write_dl([(argument.metavar, argument.help) for argument in arguments])
        options = [option.get_help_record(ctx) for option in self.get_params(ctx) if option.param_type_name == "option"]
        with formatter.section("Options"):
            formatter.write_dl([option for option in options if option is not None])

    def _arguments(self) -> list[Any]:
        return [parameter for parameter in self.params if parameter.param_type_name == "argument"]


class SummaryGroup(TyperGroup):
    """A group whose help has the whole first sentence of each command's."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 (Typer's own)
        """Write the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(_WHOLE)) for name, command in self.commands.items()])


class CommandGroup(TyperGroup):
    """The commands of a table, under the headings of its sections.

    What lists them (help, completion) sees their names and summaries; what runs a command imports it.
    """

    sections: Mapping[str, Sequence[Entry]] = {}

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 (Typer's own)
        super().__init__(**attributes)
        self._entries = {entry.name: entry for entries in self.sections.values() for entry in entries}
        for entry in self._entries.values():
            self.commands[entry.name] = TyperCommand(entry.name, help=entry.summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 (Typer's own)
        """Return the command that is run or completed."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.load(name) if command is not None and name is not None else command, rest

    def load(self, name: str) -> Any:  # noqa: ANN401 (Typer's own)
        """Import a command."""
        entry = self._entries[name]
        found = getattr(import_module(entry.module), entry.function)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        holder = typer.Typer(add_completion=False, rich_markup_mode=None)
        holder.command(entry.name, cls=PlainCommand, epilog=examples(*entry.examples))(found)
        return typer.main.get_command(holder)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 (Typer's own)
        """Write the commands by section, each with its whole summary."""
        for heading, entries in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(entry.name, entry.summary) for entry in entries])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401 (Typer's own)
    ) -> Any:  # noqa: ANN401 (Typer's own)
        """Run the command line; however it ends, it ends with an exit code and never with a traceback of ours."""
        run = partial(super().main, args, prog_name, complete_var, False, windows_expand_args, **extra)
        if not standalone_mode:
            return run()
        try:
            code = run()
            sys.stdout.flush()
        except typer.Abort:
            typer.echo("Nothing was answered.", err=True)
            code = FAILED
        except _MISUSE as misuse:
            code = _tell_misuse(misuse, as_json="--json" in (sys.argv[1:] if args is None else args))
        except KeyboardInterrupt:
            code = INTERRUPTED
        except OSError as error:
            code = _end_without_output(error)
        sys.exit(code if isinstance(code, int) else 0)


def _tell_misuse(misuse: Any, *, as_json: bool) -> int:  # noqa: ANN401 (Typer names its class nowhere)
    if as_json:
        text = f"{misuse.format_message()} Try --help."
        typer.echo(json.dumps({"error": {"code": "command_line", "text": text}}))
    else:
        misuse.show()
    return MISUSED


def _end_without_output(error: OSError) -> int:
    """End when what was printed could not be written: quietly when nobody reads any more, such as behind `| head`."""
    with suppress(OSError, ValueError):
        # What is still to be written goes nowhere, so that Python does not try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno not in _NOBODY_READS:
        place = f"{error.filename}: " if error.filename else "the output cannot be written: "
        typer.echo(f"✗ {place}{error.strerror or error}", err=True)
    return FAILED
