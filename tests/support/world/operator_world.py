"""The operator's command at work: the typer app with both simulators, and AWS as moto has it."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import httpx
import time_machine
from moto import mock_aws
from typer.testing import CliRunner, Result

from cli.main import app
from local.simulator import SimulatorServer
from local.tribe_simulator import TribeSimulator
from local.yuki_simulator import YukiSimulator
from tests.support.world.world import START
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL, create_tables
from tribe_yuki.adapters.aws import dead_letters
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.links import Links
from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.domain.settings import ConnectionSettings

CONNECTION = "voorbeeld-administratie-bv"
TRIBE_SECRET = "demo-client-secret"
YUKI_KEY = "00000000-aaaa-bbbb-cccc-000000000001"
BELGIAN_KEY = "00000000-aaaa-bbbb-cccc-000000000002"
_QUEUES = ("contact", "invoice-retry", "task", "dead", "contact-dead", "task-dead")
WEBHOOK_BASE = "http://127.0.0.1:9/webhooks/tribe"
ADMINISTRATION = "Voorbeeld Administratie B.V."
CONNECT = ("connect", "--tribe-client-id", "demo-client", "--tribe-client-secret", TRIBE_SECRET)
CONNECT_DUTCH = (
    *CONNECT,
    *("--yuki-key", YUKI_KEY, "--administration", ADMINISTRATION, "--tribe-connector-off", "--who", "tester"),
)


@dataclass(frozen=True)
class OperatorWorld:
    """Both simulators, AWS, and the command."""

    tribe: TribeSimulator
    yuki: YukiSimulator
    tribe_url: str
    yuki_url: str
    db: DynamoDb
    aws: boto3.Session
    queues: dict[str, str]

    def run(self, *arguments: str, answers: Sequence[str] = ()) -> Result:
        """Run `tribe-yuki --local …` with what a person would type."""
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

    def webhooks(self) -> list[dict[str, Any]]:
        """Return what is registered in Tribe."""
        headers = {"Authorization": f"Bearer {self._tribe_token()}"}
        answer = httpx.get(f"{self.tribe_url}/v1/webhooks", headers=headers, trust_env=False)
        registered: list[dict[str, Any]] = answer.raise_for_status().json()
        return registered

    def register_webhook(self, entity_type: str, url: str) -> None:
        """Register a webhook by hand."""
        headers = {"Authorization": f"Bearer {self._tribe_token()}"}
        body = {"entityType": entity_type, "webhookUrl": url, "headers": []}
        httpx.post(f"{self.tribe_url}/v1/webhooks", headers=headers, json=body, trust_env=False).raise_for_status()

    def secret(self, kind: str, connection_id: str = CONNECTION) -> dict[str, Any]:
        """Return what a secret holds."""
        text = self.aws.client("secretsmanager").get_secret_value(SecretId=f"local/{connection_id}/{kind}")
        stored: dict[str, Any] = json.loads(text["SecretString"])
        return stored

    def write_secret(self, kind: str, value: Mapping[str, Any]) -> None:
        """Replace what a secret holds."""
        client = self.aws.client("secretsmanager")
        client.put_secret_value(SecretId=f"local/{CONNECTION}/{kind}", SecretString=json.dumps(value))

    def secret_names(self) -> set[str]:
        """Return the names of all secrets."""
        return {one["Name"] for one in self.aws.client("secretsmanager").list_secrets()["SecretList"]}

    @property
    def connections(self) -> Connections:
        """Return the stored connections."""
        return Connections(self.db, CONNECTIONS, ID_MAP)

    @property
    def transfers(self) -> Transfers:
        """Return the stored transfers."""
        return Transfers(self.db, ID_MAP, Journal(self.db, JOURNAL))

    @property
    def links(self) -> Links:
        """Return the stored links."""
        return Links(self.db, ID_MAP, Journal(self.db, JOURNAL))

    def settings(self, connection_id: str = CONNECTION) -> ConnectionSettings:
        """Return the stored settings."""
        settings = self.connections.settings(connection_id)
        assert settings is not None
        return settings

    def journal(self, connection_id: str = CONNECTION) -> list[Item]:
        """Return the journal of the connection itself."""
        return Journal(self.db, JOURNAL).read(f"{connection_id}#connection#settings")

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Take what a queue holds."""
        sqs = self.aws.client("sqs")
        taken = sqs.receive_message(QueueUrl=self.queues[queue], MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in taken]

    def switch_tribe(self, **switches: Any) -> None:
        """Set switches and faults of Tribe."""
        httpx.post(f"{self.tribe_url}/_control/switches", json=switches, trust_env=False).raise_for_status()

    def switch_yuki(self, **switches: Any) -> None:
        """Set switches and faults of Yuki."""
        httpx.post(f"{self.yuki_url}/_control/switches", json=switches, trust_env=False).raise_for_status()

    def _tribe_token(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": TRIBE_SECRET}
        answer = httpx.post(f"{self.tribe_url}/oauth2/token", data=form, trust_env=False).raise_for_status()
        return str(answer.json()["access_token"])


def open_operator_world(stack: ExitStack, folder: Path) -> OperatorWorld:
    """Build a world that lives as long as the exit stack; `folder` becomes the one where the command is run."""
    stack.enter_context(time_machine.travel(START))
    stack.enter_context(mock_aws())
    stack.enter_context(
        patch.object(dead_letters, "_WAIT_SECONDS", 0)
    )  # moto lets the time pass, and knows all at once
    tribe, yuki = TribeSimulator(), YukiSimulator()
    tribe_server, yuki_server = (stack.enter_context(SimulatorServer(one)) for one in (tribe, yuki))
    tribe.clock.set(START - timedelta(minutes=1))
    yuki.clock.set(START)
    aws = boto3.Session("test", "test", region_name="eu-west-1")
    create_tables(aws.client("dynamodb"))
    queues = {name: _queue(aws, name) for name in _QUEUES}
    description = {
        "stack": "world",
        "aws_endpoint": "",
        "webhook_base": WEBHOOK_BASE,
        "token_header": "x-tribe-yuki-token",
        "signature_header": "x-webhook-signature",
        "tribe_url": tribe_server.url,
        "yuki_url": yuki_server.url,
        "outputs": {
            "ConnectionsTableName": CONNECTIONS,
            "IdMapTableName": ID_MAP,
            "JournalTableName": JOURNAL,
            "ContactQueueUrl": queues["contact"],
            "InvoiceRetryQueueUrl": queues["invoice-retry"],
            "TaskQueueUrl": queues["task"],
            "DeadLetterQueueUrl": queues["dead"],
            "ContactDeadLetterQueueUrl": queues["contact-dead"],
            "TaskDeadLetterQueueUrl": queues["task-dead"],
        },
    }
    (folder / ".local").mkdir()
    (folder / ".local" / "stack.json").write_text(json.dumps(description))
    db = DynamoDb(aws.client("dynamodb"))
    return OperatorWorld(tribe, yuki, tribe_server.url, yuki_server.url, db, aws, queues)


def _queue(aws: boto3.Session, name: str) -> str:
    is_fifo = name != "invoice-retry"
    attributes: Any = {"FifoQueue": "true"} if is_fifo else {}
    url = aws.client("sqs").create_queue(QueueName=f"{name}.fifo" if is_fifo else name, Attributes=attributes)
    return url["QueueUrl"]
