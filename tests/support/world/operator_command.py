"""`tribe-yuki --local …` as a person types it, at work on a world to which nothing is connected yet."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, chdir
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner, Result

from cli import opening
from cli.main import app
from local.stack.demo_connection import ACCESS_KEY, TRIBE_CLIENT_ID, TRIBE_CLIENT_SECRET
from tests.support.world.virtual_logs import VirtualLogs
from tests.support.world.world import World, open_world, stack_description
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.dynamodb import Item
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.entrypoints.operator import open_operator
from tribe_yuki.invoices.store import InvoiceStores

# What `connect` makes of the administration's name.
CONNECTION = "voorbeeld-administratie-bv"
ADMINISTRATION = "Voorbeeld Administratie B.V."
BELGIAN_KEY = "00000000-aaaa-bbbb-cccc-000000000002"
CONNECT = ("connect", "--tribe-client-id", TRIBE_CLIENT_ID, "--tribe-client-secret", TRIBE_CLIENT_SECRET)
CONNECT_DUTCH = (
    *CONNECT,
    *("--yuki-key", ACCESS_KEY, "--administration", ADMINISTRATION, "--tribe-connector-off", "--who", "tester"),
)


@dataclass(frozen=True)
class Command:
    """The command, the world that it works on, and what it leaves there."""

    world: World
    logs: VirtualLogs = field(default_factory=VirtualLogs)
    caller: str = "arn:aws:iam::000000000000:user/tester"

    # What a person types

    def run(self, *arguments: str, answers: Sequence[str] = ()) -> Result:
        """Run `tribe-yuki --local …`, with what a person would type; a second passes meanwhile."""
        self.world.settle_webhooks()  # what handles them prints, and would print between the command's lines
        self.world.advance(1)
        return CliRunner().invoke(app, ["--local", *arguments], input="".join(f"{line}\n" for line in answers))

    def done(self, *arguments: str, answers: Sequence[str] = ()) -> str:
        """Run a command that must succeed, and return what it printed."""
        result = self.run(*arguments, answers=answers)
        assert result.exit_code == 0, result.output
        return result.output

    def result(self, *arguments: str) -> Any:
        """Run a command that must succeed, and return its JSON."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def refused(self, *arguments: str) -> str:
        """Run a command that must fail, and return what it says."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == 1, result.output
        return str(json.loads(result.stdout)["error"]["text"])

    def on_terminal(self, width: int, *arguments: str) -> str:
        """Run a command on a terminal of so many columns, without colours; return what it printed."""
        terminal = {"COLUMNS": str(width), "TTY_COMPATIBLE": "1", "TERM": "xterm", "NO_COLOR": "1"}
        self.world.settle_webhooks()
        printed = CliRunner().invoke(app, ["--local", *arguments], env=terminal).output
        return re.sub(r"\x1b\[\d*m", "", printed)  # bold is no colour

    # What is stored of the connection

    @property
    def stores(self) -> InvoiceStores:
        """Return the stores of the connection."""
        return self.world.stores(CONNECTION)

    def settings(self, connection_id: str = CONNECTION) -> ConnectionSettings:
        """Return the stored settings."""
        settings = self.world.connections.settings(connection_id)
        assert settings is not None
        return settings

    def journal(self, connection_id: str = CONNECTION) -> list[Item]:
        """Return the journal of the connection itself."""
        return Journal(self.world.db, JOURNAL, connection_id).read("connection#settings")

    def secret(self, kind: str, connection_id: str = CONNECTION) -> dict[str, Any]:
        """Return what a secret holds."""
        text = self.world.secrets.get_secret_value(SecretId=f"local/{connection_id}/{kind}")
        stored: dict[str, Any] = json.loads(text["SecretString"])
        return stored

    def write_secret(self, kind: str, value: Mapping[str, Any] | str) -> None:
        """Replace what a secret holds."""
        text = value if isinstance(value, str) else json.dumps(value)
        self.world.secrets.put_secret_value(SecretId=f"local/{CONNECTION}/{kind}", SecretString=text)

    def secret_names(self) -> set[str]:
        """Return the names of all secrets."""
        return {one["Name"] for one in self.world.secrets.list_secrets()["SecretList"]}

    def take_messages(self, queue: str) -> list[dict[str, Any]]:
        """Take everything that a queue holds."""
        messages = self.world.sqs.queues[queue].messages
        taken = [json.loads(message.body) for message in messages]
        messages.clear()
        return taken

    # What is registered in Tribe

    @property
    def webhook_address(self) -> str:
        """Return where the webhooks of the connection lead, without the last part."""
        return f"{self.world.receiver_url}/{CONNECTION}"

    def webhooks(self) -> list[dict[str, Any]]:
        """Return the webhooks that are registered in Tribe."""
        answer = self.world.control.get(f"{self.world.tribe_url}/v1/webhooks", headers=self._authorization())
        registered: list[dict[str, Any]] = answer.raise_for_status().json()
        return registered

    def register_webhook(self, entity_type: str, url: str) -> None:
        """Register a webhook by hand."""
        body = {"entityType": entity_type, "webhookUrl": url, "headers": []}
        url = f"{self.world.tribe_url}/v1/webhooks"
        self.world.control.post(url, headers=self._authorization(), json=body).raise_for_status()

    # The AWS that it works on

    def aws_client(self, service: str) -> Any:
        """Return the AWS client of a service: the world's, or of what only the command uses."""
        own = {"logs": self.logs, "sts": SimpleNamespace(get_caller_identity=lambda: {"Arn": self.caller})}
        return own.get(service) or self.world.aws_client(service)

    def _authorization(self) -> dict[str, str]:
        form = {
            "grant_type": "client_credentials",
            "client_id": TRIBE_CLIENT_ID,
            "client_secret": TRIBE_CLIENT_SECRET,
        }
        answer = self.world.control.post(f"{self.world.tribe_url}/oauth2/token", data=form).raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def open_command(stack: ExitStack, folder: Path) -> Command:
    """Open a world for the command, which is run in `folder`, as long as the exit stack lives."""
    command = Command(open_world(stack, is_connected=False))
    (folder / opening.LOCAL_STACK).parent.mkdir()
    (folder / opening.LOCAL_STACK).write_text(json.dumps(stack_description(command.world)))
    stack.enter_context(chdir(folder))
    stack.enter_context(patch.object(opening, "clients_of", lambda *_: command.aws_client))
    stack.enter_context(patch.object(opening, "open_operator", partial(open_operator, clock=command.world.clock)))
    return command
