"""Open the stack that was named, for a command."""

from contextlib import AbstractContextManager
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

from cli.context import Where
from tribe_yuki.adapters.aws.refusals import say_why
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.console.invitations import Invitations
from tribe_yuki.core.errors import Defect
from tribe_yuki.entrypoints.cli import clients_of, cloud_stack, local_session, read_local_stack
from tribe_yuki.entrypoints.invitations import open_invitations
from tribe_yuki.entrypoints.operator import Clients, Stack, open_operator

LOCAL_STACK = Path(".local") / "stack.json"


def open_where(where: Where, who: str | None) -> AbstractContextManager[Operator]:
    """Return the operator of a stack, for one block; raise Declined or Defect when it is not reached."""
    return open_operator(*_reach(where), who=who)


def open_people(where: Where, who: str | None) -> AbstractContextManager[Invitations]:
    """Return who invites people to the console of a stack, for one block; raise as `open_where` does."""
    return open_invitations(*_reach(where), who=who)


def _reach(where: Where) -> tuple[Stack, Clients]:
    if where.is_local:
        stack, endpoint = read_local_stack(LOCAL_STACK)
        return stack, clients_of(local_session(), endpoint)
    if not where.stack:
        raise Declined("stack_not_named", "name the stack with --stack (or TRIBE_YUKI_STACK), or use --local")
    try:
        session = boto3.Session(profile_name=where.profile, region_name=where.region)
        return cloud_stack(session, where.stack), clients_of(session)
    except BotoCoreError as error:
        raise Defect("aws_not_configured", say_why(error)) from error
