"""docs/deploying.md, typed as it stands: from an empty account to a connection that works, and back to nothing.

It is one story and its tests go together, in the order of the page. The account is an emulator of the tests' own.
"""

import base64
import hashlib
import hmac
import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from local.stack.emulator import REGION
from local.stack.folders import LOCAL, ROOT, Folders
from local.stack.lifecycle import down
from local.stack.process import all_processes, plain_environment
from simulators.shared import SimulatorServer
from simulators.tribe import TribeSimulator
from simulators.yuki import DEFAULT_SEED, YukiSimulator
from tests.support.stack.documented_shell import Shell, Typing, shell_blocks
from tests.support.stack.stack_books import booked, new_sent_invoice, state
from tests.support.world.small_seed import yuki_seed
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.timestamps import Timestamps
from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.invoices.transfer import State
from tribe_yuki.webhooks.rotation import BOTH_HOLD_FOR
from tribe_yuki.webhooks.subscriptions import REPLACED

pytestmark = pytest.mark.rehearsal

DEPLOYING = shell_blocks(ROOT / "docs" / "deploying.md")
README = {title: shell_blocks(ROOT / "README.md")[title] for title in ("Deploying for real",)}
STACK = "tribe-yuki-dev"
CONNECTION = "voorbeeld-administratie-bv"
OLD_KEY, NEW_KEY = "00000000-aaaa-bbbb-cccc-000000000001", "00000000-aaaa-bbbb-cccc-000000000004"
MAILED = {"operator@example.org", "bookkeeper@example.org", "sales@example.org"}

FILLINGS = {
    "OperatorEmail=…": "OperatorEmail=operator@example.org",
    "BookkeeperEmail=…": "BookkeeperEmail=bookkeeper@example.org",
    "SalesEmail=…": "SalesEmail=sales@example.org",
    "RunbookUrl=https://…": "RunbookUrl=https://wiki.example.org/runbook",
    "TRIBE_YUKI_STACK=…": f"TRIBE_YUKI_STACK={STACK}",
    "<id>": CONNECTION,
}
# What a test cannot type, and why.
LEFT_OUT = {
    "make deploy STAGE=dev     # builds for arm64, deploys; prod shows the change set and asks first": (
        "the page's own first deployment is the same with addresses"
    ),
    "git pull": "it would change the files that are being tested; the same files are deployed as another release",
    "make check && make test": "this is a part of it",
    "git checkout <commit>": "it would change the files that are being tested; the same files are deployed once more",
}
# What the commands ask, and what the operator answers.
CONNECTING = {
    "Client id of the application in Tribe": "demo-client",
    "Its client secret": "demo-client-secret",
    "Yuki API key": OLD_KEY,
    "Which administration": "1",
    "Is Tribe's own marketplace connector for Yuki off?": "y",
    f"Activate {CONNECTION}": "y",
    "Are automatic debtor numbers on in Tribe": "y",
}
REMOVING = {
    f"Remove the secrets and webhooks of {CONNECTION}": "y",
    f"delete the stack {STACK}": "y",
    "delete the template file": "y",
}
# What of a record in the tables says how long it has waited.
AGEING = ("due_at", "absent_at")
PATIENCE = 120


@dataclass(slots=True)
class Operator:
    """Somebody who has nothing but the pages, and the account to see what came of it."""

    shell: Shell
    folder: Path
    systems: Mapping[str, str]
    http: httpx.Client
    wait_for: Callable[..., None]
    typed: set[tuple[str, int]] = field(default_factory=set)
    _clients: dict[str, Any] = field(default_factory=dict)

    def type(self, title: str, place: int = 0, answers: Mapping[str, str] | None = None) -> str:
        """Type a block of the page (or the README), by its heading and its place below it."""
        self.typed.add((title, place))
        commands = {**README, **DEPLOYING}[title][place]
        return self.shell.type(Typing(FILLINGS, frozenset(LEFT_OUT)).typed(commands), answers)

    def aws(self, service: str) -> Any:
        """Return a client of the account."""
        if service not in self._clients:
            endpoint = self.shell.type("echo $AWS_ENDPOINT_URL\n").strip()
            session: Any = boto3.Session("test", "test", region_name=REGION)
            self._clients[service] = session.client(service, endpoint_url=endpoint)
        return self._clients[service]

    def described(self) -> dict[str, Any]:
        """Return the stack as CloudFormation describes it."""
        (stack,) = self.aws("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        found: dict[str, Any] = stack
        return found

    @property
    def outputs(self) -> dict[str, str]:
        """Return the outputs of the stack."""
        return {one["OutputKey"]: one["OutputValue"] for one in self.described()["Outputs"]}

    @property
    def parameters(self) -> dict[str, str]:
        """Return what the stack was deployed with."""
        return {one["ParameterKey"]: one["ParameterValue"] for one in self.described()["Parameters"]}

    def versions(self) -> dict[str, int]:
        """Return which version of each function is live."""
        names = {key: value for key, value in self.outputs.items() if key.endswith("FunctionName")}
        of = self.aws("lambda").get_alias
        return {key: int(of(FunctionName=name, Name="live")["FunctionVersion"]) for key, name in names.items()}

    def minute_passes(self) -> None:
        """Run what the schedule runs every minute."""
        self.aws("lambda").invoke(FunctionName=f"{self.outputs['YukiPollFunctionName']}:live")

    def hour_passes(self) -> None:
        """Make everything that waits an hour older, and run what the schedule runs."""
        db, table = self.aws("dynamodb"), self.outputs["IdMapTableName"]
        for item in db.scan(TableName=table)["Items"]:
            instants = {name: parse_timestamp(item[name]["S"]) for name in AGEING if name in item}
            if "due_at" in instants:
                db.update_item(
                    TableName=table,
                    Key={name: item[name] for name in ("connection_id", "item")},
                    UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in instants),
                    ExpressionAttributeValues={
                        f":{name}": {"S": timestamp(instant - timedelta(hours=1))} for name, instant in instants.items()
                    },
                )
        self.minute_passes()

    def ten_minutes_pass_since(self, mark: str) -> None:
        """Make an instant that the connection remembers ten minutes older."""
        timestamps = Timestamps(DynamoDb(self.aws("dynamodb")), self.outputs["ConnectionsTableName"], CONNECTION)
        instant = timestamps.get(mark)
        assert instant is not None
        timestamps.set(mark, instant - BOTH_HOLD_FOR)

    def state_of(self, invoice: Mapping[str, Any]) -> State | None:
        """Return how far an invoice has come, as the tables know it."""
        outputs, db = self.outputs, DynamoDb(self.aws("dynamodb"))
        transfers = Transfers(
            db, outputs["IdMapTableName"], CONNECTION, Journal(db, outputs["JournalTableName"], CONNECTION)
        )
        transfer = transfers.get(invoice["ID"])
        return transfer.state if transfer else None

    def status(self) -> str | None:
        """Return the status of the connection."""
        outputs = self.outputs
        connections = Connections(DynamoDb(self.aws("dynamodb")), outputs["ConnectionsTableName"])
        found = connections.status(CONNECTION)
        return found.value if found else None

    def send(self, subject: str) -> dict[str, Any]:
        """Press Send on a new invoice in Tribe."""
        return new_sent_invoice(self.http, self.systems, subject)

    def times_in_yuki(self, invoice: Mapping[str, Any]) -> int:
        """Return how often an invoice is in Yuki's books."""
        return len(booked(self.http, self.systems, invoice["Number"]))

    def wait_until_booked(self, *invoices: Mapping[str, Any]) -> None:
        """Wait until tables and books agree that invoices are booked, each once."""
        self.wait_for(lambda: all(self.state_of(one) is State.BOOKED for one in invoices), seconds=PATIENCE)
        assert {one["Number"]: self.times_in_yuki(one) for one in invoices} == {one["Number"]: 1 for one in invoices}

    def webhook_keys(self) -> tuple[list[str], list[str]]:
        """Return the secrets and tokens that webhooks are checked with."""
        stored = self.aws("secretsmanager").get_secret_value(SecretId=f"dev/{CONNECTION}/webhook")["SecretString"]
        document = json.loads(stored)
        return document["secrets"], document["tokens"]

    def answer_to_webhook(self, secret: str, token: str) -> int:
        """Send a webhook about a record that does not exist; return the status of the answer."""
        body = json.dumps({"webhookId": "w", "payload": {"entityId": "40000000-0000-4000-8000-00000000dead"}}).encode()
        signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha512)).decode()
        headers = {self.parameters["SignatureHeader"]: signature, self.parameters["TokenHeader"]: token}
        (address,) = {url for url in self.webhook_addresses() if url.endswith("/invoices")}
        return self.http.post(address, content=body, headers=headers).status_code

    def webhook_addresses(self) -> list[str]:
        """Return where the webhooks in Tribe post to."""
        return [one["webhookUrl"] for one in state(self.http, self.systems, "tribe")["Webhook"]]

    def waiting_messages(self) -> dict[str, int]:
        """Return how many messages are on each queue, seen, unseen or delayed."""
        sqs = self.aws("sqs")
        counts = {}
        for name, url in self.outputs.items():
            if name.endswith("QueueUrl"):
                attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
                counts[name] = sum(int(n) for key, n in attributes.items() if key.startswith("ApproximateNumber"))
        return counts


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory, wait_for: Callable[..., None]) -> Iterator[Operator]:
    """Return an operator in a clone of this repository; the clone is links, but for what is made in it."""
    notes = tmp_path_factory.mktemp("deploying")
    clone = LOCAL / "test-account"
    folders = Folders(clone / ".local")
    _make_clone(clone)
    down(folders)  # what an interrupted run left
    few = yuki_seed(notes, ["Fotografie Lichtval", "Koffiehuis Het Anker", "Boekhandel De Leeslamp"])
    with ExitStack() as ending:
        tribe, yuki = (ending.enter_context(SimulatorServer(one)) for one in (TribeSimulator(), YukiSimulator(few)))
        kept = {name: value for name, value in plain_environment().items() if not name.startswith(("MAKE", "TRIBE_"))}
        environment = {
            **{name: value for name, value in kept.items() if name not in {"MFLAGS", "PARAMETERS", "STAGE"}},
            "LOCAL_STACK_STATE": str(folders.state),
            "YUKI_BASE_URL": yuki.url,
            "TRIBE_API_URL": tribe.url,
        }
        ending.callback(_clear, clone)
        ending.callback(down, folders)
        shell = ending.enter_context(Shell(clone, notes, environment))
        http = ending.enter_context(httpx.Client(trust_env=False, timeout=60))
        yield Operator(shell, clone, {"tribe_url": tribe.url, "yuki_url": yuki.url}, http, wait_for)


def _make_clone(clone: Path) -> None:
    """Lay links to this repository; what SAM builds is copied, because it asks where files really are."""
    _clear(clone)
    (clone / ".local").mkdir(parents=True, exist_ok=True)
    (clone / ".local" / "environments").symlink_to(LOCAL / "environments")
    (clone / ".venv").symlink_to(ROOT / ".venv")
    for entry in ROOT.glob("[!.]*"):
        if entry.name == "template.yaml":
            shutil.copy(entry, clone)
        elif entry.name in {"functions", "layers"}:
            shutil.copytree(entry, clone / entry.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (clone / entry.name).symlink_to(entry)


def _clear(clone: Path) -> None:
    """Take the clone away, but for what SAM built and the logs."""
    for entry in (*clone.glob("[!.]*"), clone / ".local" / "environments", clone / ".venv"):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)


def test_first_deployment(operator: Operator) -> None:
    operator.type("What is needed")
    operator.type("Try it without AWS")
    operator.type("First deployment")
    assert operator.described()["StackStatus"] == "CREATE_COMPLETE"
    assert operator.parameters["Stage"] == "dev"
    assert operator.parameters["LogRetentionDays"] == "30"
    mails = operator.aws("sns").list_subscriptions()["Subscriptions"]
    assert {one["Endpoint"] for one in mails if one["Protocol"] == "email"} == MAILED


def test_connecting_as_the_readme_shows(operator: Operator) -> None:
    operator.type("Deploying for real", 0)
    operator.type("Deploying for real", 1, CONNECTING)
    assert operator.status() == "active"
    assert len(operator.webhook_addresses()) == 7
    assert "link" in (operator.folder / "plan.csv").read_text(encoding="utf-8")
    operator.shell.type("tribe-yuki settings set batch_wait_seconds=0\n")  # no test waits for company of an invoice
    operator.wait_until_booked(operator.send("De eerste"))


@pytest.mark.parametrize("place", [0, 1], ids=["forward", "back"])
def test_a_new_version_and_the_one_before(operator: Operator, place: int) -> None:
    before, tables = operator.versions(), operator.outputs["IdMapTableName"]
    operator.type("A new version", place)
    assert set(operator.parameters.values()) >= MAILED  # what was said about a parameter holds
    assert operator.versions() == {name: version + 1 for name, version in before.items()}
    assert operator.outputs["IdMapTableName"] == tables
    operator.wait_until_booked(operator.send(f"Na de uitrol {place}"))


def test_replacing_the_secrets_of_the_webhooks(operator: Operator) -> None:
    (former_secret, *_), (former_token,) = operator.webhook_keys()
    assert operator.answer_to_webhook(former_secret, former_token) == 202
    operator.type("Replace the secrets of the webhooks", 0)
    found_secrets, (token, _) = operator.webhook_keys()
    assert former_secret in found_secrets
    assert operator.answer_to_webhook(found_secrets[0], token) == 202
    assert operator.answer_to_webhook(former_secret, former_token) == 202
    operator.wait_until_booked(operator.send("Tussen twee sleutels"))
    operator.ten_minutes_pass_since(REPLACED)
    operator.type("Replace the secrets of the webhooks", 1)

    def is_forgotten() -> bool:
        # An unknown secret has the function read them again, before its five minutes are over.
        operator.answer_to_webhook(secrets.token_urlsafe(), token)
        return operator.answer_to_webhook(former_secret, former_token) == 401

    operator.wait_for(is_forgotten)
    assert operator.answer_to_webhook(found_secrets[0], former_token) == 401
    assert operator.answer_to_webhook(former_secret, token) == 401
    assert operator.answer_to_webhook(found_secrets[0], token) == 202
    operator.wait_until_booked(operator.send("Na de wisseling"))


def test_replacing_the_api_key_of_yuki(operator: Operator) -> None:
    control = f"{operator.systems['yuki_url']}/_control/keys"
    (rights,) = (one["rights"] for one in _seed_keys() if one["key"] == OLD_KEY)
    operator.http.post(f"{control}/{NEW_KEY}", json={"rights": rights}).raise_for_status()
    operator.type("Replace the API key of Yuki", answers={"Yuki API key": NEW_KEY})
    operator.http.post(f"{control}/{OLD_KEY}/revoke").raise_for_status()
    operator.wait_until_booked(operator.send("Met de nieuwe sleutel"))


def _seed_keys() -> list[dict[str, Any]]:
    books = json.loads((DEFAULT_SEED / "books.json").read_text(encoding="utf-8"))
    keys: list[dict[str, Any]] = books["access_keys"]
    return keys


def test_pausing_for_an_hour(operator: Operator) -> None:
    operator.type("Pause for a while", 0)
    assert operator.status() == "paused"
    sent = [operator.send(f"In de pauze {number}") for number in range(3)]
    operator.wait_for(lambda: all(operator.state_of(one) is State.WAITING for one in sent), seconds=PATIENCE)
    operator.wait_for(lambda: not any(operator.waiting_messages().values()), seconds=PATIENCE)
    operator.hour_passes()
    assert [operator.times_in_yuki(one) for one in sent] == [0, 0, 0]
    operator.type("Pause for a while", 1)
    operator.minute_passes()
    operator.wait_until_booked(*sent)
    operator.wait_for(lambda: not any(operator.waiting_messages().values()))


def test_restoring_the_tables(operator: Operator) -> None:
    before = operator.send("Voor de reservekopie")
    operator.wait_until_booked(before)
    former = operator.outputs
    operator.type("Backup and restore", 0)
    # The emulator restores what is there now, so what is booked from here on is not in the restored tables.
    after = operator.send("Na de reservekopie")
    operator.wait_until_booked(after)
    operator.type("Backup and restore", 1)
    operator.type("Backup and restore", 2)
    for name in ("ConnectionsTableName", "IdMapTableName", "JournalTableName"):
        assert operator.outputs[name] == f"{former[name]}-restored"
        assert _is_restorable(operator, operator.outputs[name])
    assert operator.outputs["DataKeyArn"] == former["DataKeyArn"]
    for name in ("ConnectionsTableName", "JournalTableName"):
        assert _expires(operator, operator.outputs[name])
    assert operator.state_of(before) is State.BOOKED
    assert operator.state_of(after) is None
    assert "paused" in operator.type("Backup and restore", 3)
    meanwhile = operator.send("Voor het hervatten")
    operator.type("Backup and restore", 4)
    operator.wait_until_booked(before, after)

    # What was sent before it was resumed goes once two looks, ten minutes apart, have not found it in Yuki.
    def goes_after_an_hour() -> bool:
        operator.hour_passes()
        return operator.state_of(meanwhile) is State.BOOKED

    operator.wait_for(goes_after_an_hour, seconds=PATIENCE)
    operator.wait_until_booked(before, after, meanwhile)


def _is_restorable(operator: Operator, table: str) -> bool:
    said = operator.aws("dynamodb").describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return bool(said["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED")


def _expires(operator: Operator, table: str) -> bool:
    said = operator.aws("dynamodb").describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    return bool(said == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"})


def test_removing_everything(operator: Operator) -> None:
    dynamodb, kept = operator.aws("dynamodb"), operator.outputs
    tables = dynamodb.list_tables()["TableNames"]
    operator.type("Remove a connection, or everything", 0, REMOVING)
    assert operator.webhook_addresses() == []
    assert operator.aws("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"] == []
    operator.type("Remove a connection, or everything", 1, REMOVING)
    assert operator.aws("lambda").list_functions()["Functions"] == []
    assert operator.aws("lambda").list_layers()["Layers"] == []
    assert operator.aws("sqs").list_queues().get("QueueUrls", []) == []
    assert operator.aws("sns").list_topics()["Topics"] == []
    assert operator.aws("events").list_rules()["Rules"] == []
    assert operator.aws("apigatewayv2").get_apis()["Items"] == []
    assert operator.aws("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert operator.aws("iam").list_roles()["Roles"] == []
    # What the page says stays: six tables with what is in them, their key, and SAM's bucket.
    assert dynamodb.list_tables()["TableNames"] == tables
    assert len(tables) == 6
    assert dynamodb.scan(TableName=kept["IdMapTableName"])["Items"]
    assert operator.aws("kms").describe_key(KeyId=kept["DataKeyArn"])["KeyMetadata"]["Enabled"]
    (bucket,) = operator.aws("s3").list_buckets()["Buckets"]
    assert bucket["Name"].startswith("aws-sam-cli-managed-default-")
    operator.type("Remove a connection, or everything", 2)
    assert not list(all_processes(Folders(operator.folder / ".local")))
    assert not (operator.folder / ".local" / "account.sh").exists()


def test_nothing_on_the_pages_was_left_out_but_what_is_listed(operator: Operator) -> None:
    blocks = {**README, **DEPLOYING}
    assert operator.typed == {(title, place) for title in blocks for place in range(len(blocks[title]))}
    rows = {row for title in blocks for block in blocks[title] for row in block.splitlines()}
    assert set(LEFT_OUT) <= rows
    assert all(any(place in row for row in rows) for place in FILLINGS)
