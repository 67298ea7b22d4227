"""What inviting people to the console runs with."""

from collections.abc import Iterator
from contextlib import contextmanager

from tribe_yuki.adapters.aws.console_members import ConsoleMembers
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.user_pool import CognitoPeople
from tribe_yuki.console.invitations import Invitations
from tribe_yuki.core.clock import Clock
from tribe_yuki.entrypoints.operator import Clients, Stack, open_operator


@contextmanager
def open_invitations(
    stack: Stack, clients: Clients, *, who: str | None = None, clock: Clock | None = None
) -> Iterator[Invitations]:
    """Build the real thing for a stack, for one block."""
    outputs = stack.outputs
    with open_operator(stack, clients, who=who, clock=clock) as operator:
        yield Invitations(
            operator,
            ConsoleMembers(DynamoDb(clients("dynamodb")), outputs["ConsoleTableName"]),
            CognitoPeople(clients("cognito-idp"), outputs["ConsolePeopleId"]),
            outputs["ConsoleUrl"],
        )
