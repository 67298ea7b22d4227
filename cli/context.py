"""Where the command works: the options that all commands share, and the operator that they make."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError

from cli.output import telling_errors
from tribe_yuki.domain.errors import Defect
from tribe_yuki.operate.errors import Declined
from tribe_yuki.operate.operator import Operator
from tribe_yuki.runtime.operator import clients_of, cloud_stack, local_session, open_operator, read_local_stack

LOCAL_STACK = Path(".local") / "stack.json"

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
ConnectionOption = Annotated[
    str | None, typer.Option("--connection", metavar="ID", help="The connection; the only one there is by default.")
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

    def open(self, who: str | None) -> AbstractContextManager[Operator]:
        """Return the operator of this stack, for one block; raise Declined or Defect when it is not reached."""
        if self.is_local:
            stack, endpoint = read_local_stack(LOCAL_STACK)
            return open_operator(stack, clients_of(local_session(), endpoint), who=who)
        if not self.stack:
            raise Declined("stack_not_named", "name the stack with --stack (or TRIBE_YUKI_STACK), or use --local")
        try:
            session = boto3.Session(profile_name=self.profile, region_name=self.region)
            return open_operator(cloud_stack(session, self.stack), clients_of(session), who=who)
        except BotoCoreError as error:
            raise Defect(
                "aws_not_configured", f"{type(error).__name__}; check --region, --profile and your AWS credentials"
            ) from error


@contextmanager
def at_work(context: typer.Context, *, as_json: bool, who: str | None = None) -> Iterator[Operator]:
    """Give a command its operator; what goes wrong in the block is told, and ends the command with 1."""
    with telling_errors(as_json=as_json), context.ensure_object(Where).open(who) as operator:
        yield operator
