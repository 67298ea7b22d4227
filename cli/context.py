"""Where the command works: the options that all commands share, and the operator that they make."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tribe_yuki.admin.context import Operator

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
ConnectionOption = Annotated[
    str | None,
    typer.Option(
        "--connection",
        envvar="TRIBE_YUKI_CONNECTION",
        metavar="ID",
        help="The connection; the only one there is by default.",
    ),
]
WhoOption = Annotated[
    str | None, typer.Option("--who", metavar="NAME", help="Who does this; your AWS identity by default.")
]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for the journal.")]


@dataclass(frozen=True, slots=True)
class Where:
    """The stack that was named."""

    stack: str | None = None
    region: str | None = None
    profile: str | None = None
    is_local: bool = False


@contextmanager
def at_work(context: typer.Context, *, as_json: bool, who: str | None = None) -> Iterator["Operator"]:
    """Give a command its operator; what goes wrong in the block is told, and ends the command with 1."""
    # Whoever asks for help, the version or a completion does not wait for AWS and its like.
    from cli.opening import open_where  # noqa: PLC0415
    from cli.output import telling_errors  # noqa: PLC0415

    with telling_errors(as_json=as_json), open_where(context.ensure_object(Where), who) as operator:
        yield operator
