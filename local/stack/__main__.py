"""Start, look at and end the local stack: `python -m local.stack up | down | status | send | demo`."""

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from cli.output import Field, screen
from local.stack.demo_people import PASSWORD, PEOPLE
from local.stack.emulator import USUAL_PORT
from local.stack.errors import StackError
from local.stack.folders import LOCAL, Folders
from local.stack.lifecycle import down, open_account, running_stack, up
from local.stack.process import OwnProcess, all_processes
from local.stack.steps import Steps

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
_console = Console(highlight=False)

_COLUMNS: Sequence[Field[OwnProcess]] = (
    Field("process", lambda process: process.name),
    Field("id", lambda process: process.pid() or Text("ended", "red")),
    Field("log", lambda process: str(process.log)),
)
StateOption = Annotated[Path, typer.Option("--state", envvar="LOCAL_STACK_STATE", help="Folder of this stack's files.")]
PortOption = Annotated[int, typer.Option("--port", help="Port of the AWS emulator; another one when it is taken.")]


@app.command("up")
def up_command(state: StateOption = LOCAL, port: PortOption = USUAL_PORT) -> None:
    """Start everything and leave it running."""
    folders = Folders(state.resolve())
    if running_stack(folders) is not None:
        _console.print("The stack runs already. [bold]make down[/] ends it.")
    else:
        _console.print("Starting the local stack.")
    stack, seconds = _up(folders, port)
    _print_stack(stack, folders)
    _console.print(f"Ready after {seconds:.0f} seconds. [bold]make down[/] ends it.")


@app.command("account")
def account_command(state: StateOption = LOCAL, port: PortOption = USUAL_PORT) -> None:
    """Start an empty AWS account, a Tribe and a Yuki to deploy to, and leave them running."""
    folders = Folders(state.resolve())
    _console.print("Starting an AWS account on this machine.")
    with _telling_errors():
        open_account(folders, Steps(_console), port=port)
    _console.print(f"[bold]source {folders.account_file}[/] leads this shell to it, [bold]make down[/] ends it.")


@app.command("down")
def down_command(state: StateOption = LOCAL) -> None:
    """End everything that up started."""
    _print_ended(down(Folders(state.resolve())))


@app.command("status")
def status_command(state: StateOption = LOCAL) -> None:
    """Tell what runs and where; exits with 1 unless all of it runs."""
    folders = Folders(state.resolve())
    processes = list(all_processes(folders))
    if processes:
        screen().table(processes, _COLUMNS)
    stack = running_stack(folders)
    if stack is None:
        if not processes:
            _console.print("Nothing runs.")
        raise typer.Exit(1)
    _print_stack(stack, folders)


@app.command("send")
def send_command(
    number: Annotated[str, typer.Argument(help="Number of an invoice in simulators/SEED.md.")],
    state: StateOption = LOCAL,
) -> None:
    """Press Send on an invoice in the simulated Tribe, and show what becomes of it."""
    from local.demo.send import send_invoice  # noqa: PLC0415 (only this command needs it)

    stack = running_stack(Folders(state.resolve()))
    if stack is None:
        _console.print("No stack runs: [bold]make up[/] starts it.")
        raise typer.Exit(1)
    try:
        is_settled = send_invoice(stack, number, screen())
    except StackError as error:
        _console.print(error.text, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    raise typer.Exit(0 if is_settled else 1)


@app.command("demo")
def demo_command(state: StateOption = LOCAL, port: PortOption = USUAL_PORT) -> None:
    """Start everything, show the main job, and leave nothing running that did not run before."""
    from local import demo  # noqa: PLC0415 (only this command needs it)

    folders = Folders(state.resolve())
    was_running = running_stack(folders) is not None
    _console.print("Using the stack that runs already." if was_running else "Starting the local stack.")
    try:
        stack, seconds = _up(folders, port, connects=False)
        _console.print(f"Ready after {seconds:.0f} seconds.")
        status = demo.run(stack)
    finally:
        ended = [] if was_running else down(folders)
        if ended:
            _print_ended(ended)
    raise typer.Exit(status)


def _up(folders: Folders, port: int, *, connects: bool = True) -> tuple[dict[str, Any], float]:
    steps = Steps(_console)
    with _telling_errors():
        return up(folders, steps, port=port, connects=connects), steps.seconds


@contextmanager
def _telling_errors() -> Iterator[None]:
    try:
        yield
    except StackError as error:
        _console.print(f"\n[red bold]{error.text}[/]", markup=True)
        if error.log is not None:
            _console.print(f"The end of {error.log}:\n")
            _console.print(error.tail(), markup=False)
        _console.print("\nNothing was left running.")
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, SystemExit):
        _console.print("\nInterrupted. Nothing was left running.")
        raise


def _print_stack(stack: Mapping[str, Any], folders: Folders) -> None:
    for title, value in (
        ("AWS emulator", stack["aws_endpoint"]),
        ("Webhooks", f"{stack['webhook_base']}/{stack['connection_id']}/{{contacts,invoices}}"),
        ("Console", f"{stack['outputs']['ConsoleUrl']} ({', '.join(PEOPLE)}; password {PASSWORD})"),
        ("Yuki", stack["yuki_url"]),
        ("Tribe", stack["tribe_url"]),
        ("All of it", folders.stack_file),
        ("Logs", folders.log("*")),
    ):
        _console.print(f"  {title:<14}{value}", soft_wrap=True)


def _print_ended(ended: list[str]) -> None:
    _console.print(f"Ended: {', '.join(ended)}." if ended else "Nothing was running.")


def _interrupted(number: int, _frame: FrameType | None) -> NoReturn:
    """End as after Ctrl-C, so that what was started is ended too."""
    sys.exit(128 + number)


def main() -> None:
    """Run the command of the command line."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    app()


if __name__ == "__main__":
    main()
