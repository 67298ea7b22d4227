"""The people of the local stack's console, each with a password that stands in the open."""

from collections.abc import Mapping
from typing import Any

from local.stack.demo_connection import CONNECTION_ID
from tribe_yuki.console.invitations import invite
from tribe_yuki.console.roles import Role
from tribe_yuki.entrypoints.cli import clients_of, local_session, local_stack
from tribe_yuki.entrypoints.invitations import open_invitations

PASSWORD = "Voorbeeld-2026!"  # noqa: S105 (of the emulator only)
PEOPLE: Mapping[str, Role] = {
    "verkoop@voorbeeld.example": Role.SALES,
    "boekhouder@voorbeeld.example": Role.BOOKKEEPER,
    "beheer@voorbeeld.example": Role.ADMINISTRATOR,
}


def invite_people(stack: Mapping[str, Any]) -> None:
    """Invite one person for each role to the console of a running stack, with a password that is theirs already."""
    clients = clients_of(local_session(), stack["aws_endpoint"])
    with open_invitations(local_stack(stack), clients, who="make up") as invitations:
        for email, role in PEOPLE.items():
            invite(invitations, CONNECTION_ID, email, role)
    for email in PEOPLE:
        clients("cognito-idp").admin_set_user_password(
            UserPoolId=stack["outputs"]["ConsolePeopleId"], Username=email, Password=PASSWORD, Permanent=True
        )
