"""The whole product in one process, in simulated time: real handlers, real adapters, simulators over real HTTP.

SQS is `virtual_sqs`, because its time has to be the test's. DynamoDB is `virtual_dynamodb`, because moto's gets slow
with many items, and Secrets Manager is `virtual_secrets`, because moto's is slow to begin with.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from aws_lambda_powertools.logging import Logger

from local.stack import demo_connection
from simulators.shared import Request, Simulator, SimulatorServer, json_response
from simulators.tribe import TribeSimulator
from simulators.yuki import YukiSimulator
from tests.support.faults.protections import Protection, without
from tests.support.world.api_gateway import Receiver
from tests.support.world.moved_clock import MovedClock
from tests.support.world.roles import FUNCTIONS, Role
from tests.support.world.virtual_dynamodb import VirtualDynamoDb
from tests.support.world.virtual_secrets import VirtualSecrets
from tests.support.world.virtual_sqs import VirtualSqs
from tests.support.world.workers import TIMEOUTS, lambda_context, make_worker
from tests.support.world.world_queues import CONTACT, CONTACT_DEAD, DEAD, INVOICE, RETRY, TASK, TASK_DEAD, world_queues
from tests.support.world.world_tables import CONNECTIONS, CONSOLE, ID_MAP, JOURNAL, create_tables
from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.inbox import Inbox
from tribe_yuki.adapters.aws.queues import AllQueues, QueueUrls
from tribe_yuki.adapters.aws.stores import Tables
from tribe_yuki.adapters.aws.sweep_tables import SweepTables
from tribe_yuki.adapters.aws.webhook_secrets import WebhookSecrets
from tribe_yuki.adapters.aws.yuki_calls import BreakerTable
from tribe_yuki.admin.context import Operator
from tribe_yuki.budget.breaker import BreakerState
from tribe_yuki.connections.context import CAUGHT_UP_TO, IMPORT_CONTACTS, POLL_CURSOR
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.connections.store import LeaseStore, NoticeStore, TaskStore, TimestampStore, WorkQueues
from tribe_yuki.contacts.initial_import.phases import import_contacts
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.push import push_contacts
from tribe_yuki.contacts.store import DeferredEventStore, LinkStore, MatchIndexStore, UnlinkedContactStore
from tribe_yuki.entrypoints.cli import local_stack
from tribe_yuki.entrypoints.operator import open_operator
from tribe_yuki.entrypoints.poller import Poller
from tribe_yuki.entrypoints.webhook import Ingest, IngestSettings
from tribe_yuki.entrypoints.worker import Worker
from tribe_yuki.invoices.receive import push_invoices
from tribe_yuki.invoices.store import InvoiceStores, TransferStore
from tribe_yuki.invoices.transfer import Transfer
from tribe_yuki.work.progress import Progress
from tribe_yuki.work.tasks import run_task

CONNECTION = demo_connection.CONNECTION_ID
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SIGNATURE_HEADER = "x-webhook-signature"
TOKEN_HEADER = "x-tribe-yuki-token"
# What tables and queues are called here, and in the template.
RESOURCES: Mapping[str, str] = {
    CONNECTIONS: "ConnectionsTable",
    ID_MAP: "IdMapTable",
    JOURNAL: "JournalTable",
    CONSOLE: "ConsoleTable",
    CONTACT: "ContactQueue",
    INVOICE: "InvoiceQueue",
    RETRY: "InvoiceRetryQueue",
    TASK: "TaskQueue",
    DEAD: "DeadLetterQueue",
}


@dataclass(slots=True)
class World:
    """Tribe, Yuki, the tables, the queues and the functions, and the time they share."""

    clock: MovedClock
    tribe: TribeSimulator
    yuki: YukiSimulator
    tribe_url: str
    yuki_url: str
    sqs: VirtualSqs
    dynamodb: VirtualDynamoDb
    secrets: Any
    db: DynamoDb
    ingest: Ingest
    workers: Mapping[str, Worker]
    poller: Poller
    roles: Mapping[str, Role]
    control: httpx.Client
    exits: ExitStack
    receiver_url: str = ""
    webhook_answers: list[int] = field(default_factory=list)

    # Time

    def run(self, minutes: float = 2, *, step_seconds: int = 10) -> None:
        """Let time pass: deliver what the queues hold, and sweep once a minute."""
        end = self.clock.instant + timedelta(minutes=minutes)
        self.pump()
        while self.clock.instant < end:
            self.advance(step_seconds)
            if self.clock.instant.second < step_seconds:
                self.poller.tick()
            self.pump()

    def advance(self, seconds: float) -> None:
        """Move the clocks of the product and of both simulators."""
        self.set_time(self.clock.instant + timedelta(seconds=seconds))

    def set_time(self, instant: datetime) -> None:
        """Set the clocks of the product and of both simulators."""
        self.clock.instant = instant
        self.tribe.clock.set(instant)
        self.yuki.clock.set(instant)

    def pump(self) -> None:
        """Deliver until no queue holds a visible message."""
        self.settle_webhooks()
        while (
            self.sqs.deliver(CONTACT, self.contact_push)
            + self.sqs.deliver(INVOICE, self.invoice_push)
            + self.sqs.deliver(RETRY, self.invoice_push)
            + self.sqs.deliver(TASK, self.connection_task)
        ):
            self.settle_webhooks()

    # The functions

    def contact_push(self, event: Mapping[str, Any]) -> Any:
        """Run `contact_push` as Lambda would."""
        return self.workers["contact_push"].handle_ids(event, self.context("contact_push"), push_contacts)

    def invoice_push(self, event: Mapping[str, Any]) -> Any:
        """Run `invoice_push` as Lambda would."""
        return self.workers["invoice_push"].handle_ids(event, self.context("invoice_push"), push_invoices)

    def connection_task(self, event: Mapping[str, Any]) -> Any:
        """Run `connection_task` as Lambda would."""
        return self.workers["connection_task"].handle_tasks(event, self.context("connection_task"), run_task)

    def context(self, function: str) -> Any:
        """Return what Lambda tells a function about its call, whose time runs out as the world's clock goes."""
        end = self.clock.instant + timedelta(seconds=TIMEOUTS[function])
        return lambda_context(lambda: end - self.clock.instant)

    def without(self, *protections: Protection) -> None:
        """Leave protections out from now on, as long as this world lives."""
        self.exits.enter_context(without(*protections))

    # What people do

    def send(self, tribe_invoice_id: str, **assigned: str) -> None:
        """Press Send in Tribe."""
        steer(self.tribe, f"invoices/{tribe_invoice_id}/send", **assigned)

    def set_phase(self, tribe_invoice_id: str, code: str) -> None:
        """Put an invoice into a phase, as Tribe's reminder automation, a payment or a person does."""
        steer(self.tribe, f"invoices/{tribe_invoice_id}/phase", code=code)

    def edit_contact(self, yuki_contact_id: str, **fields: Any) -> None:
        """Edit a contact in Yuki's screens."""
        steer(self.yuki, f"contacts/{yuki_contact_id}", **fields)

    def edit_in_tribe(self, record_id: str, **fields: Any) -> None:
        """Edit a record in Tribe's screens."""
        steer(self.tribe, f"edit/{record_id}", **fields)

    def delete_in_tribe(self, record_id: str) -> None:
        """Delete a record in Tribe's screens."""
        steer(self.tribe, f"delete/{record_id}")

    def switch_yuki(self, **switches: Any) -> None:
        """Set switches and faults of Yuki."""
        steer(self.yuki, "switches", **switches)

    def switch_tribe(self, **switches: Any) -> None:
        """Set switches and faults of Tribe."""
        steer(self.tribe, "switches", **switches)

    # What the operator does

    def aws_client(self, service: str) -> Any:
        """Return the AWS client of a service: of this world's own tables, queues or secrets."""
        own = {"dynamodb": self.dynamodb, "sqs": self.sqs, "secretsmanager": self.secrets}
        return own[service]

    @contextmanager
    def operator(self) -> Iterator[Operator]:
        """Give the operator of this world."""
        stack = local_stack(stack_description(self))
        with open_operator(stack, self.aws_client, who="tester", clock=self.clock) as operator:
            yield operator

    def start_import(self) -> None:
        """Begin the initial import."""
        now = self.clock.now()
        progress = import_contacts.begin(now)
        self.tasks.save_progress(progress, self.tasks.progress(IMPORT_CONTACTS))
        self.queues.start_task(IMPORT_CONTACTS, now, window_seconds=60)

    def import_everything(self, *, most_minutes: int = 60) -> Progress:
        """Run the initial import to its end, and let its echoes come back."""
        self.start_import()
        for _ in range(most_minutes):
            self.run(minutes=1)
            progress = self.tasks.progress(IMPORT_CONTACTS)
            if progress is not None and progress.is_finished:
                self.run(minutes=1)
                return progress
        raise AssertionError("the import did not end")

    def start_task(self, task: str) -> None:
        """Start a task of the connection."""
        self.queues.start_task(task, self.clock.now(), window_seconds=1)

    # What is to be seen

    @property
    def tables(self) -> Tables:
        """Return the tables and the queues."""
        urls = QueueUrls(contact=CONTACT, invoice_retry=RETRY, task=TASK, dead_letter=DEAD)
        queues = AllQueues(self.sqs, urls)  # type: ignore[arg-type]
        return Tables(self.db, queues, CONNECTIONS, ID_MAP, JOURNAL)

    def stores(self, connection_id: str = CONNECTION) -> InvoiceStores:
        """Return the stores of a connection."""
        return self.tables.stores(connection_id)

    @property
    def queues(self) -> WorkQueues:
        return self.stores().queues

    @property
    def timestamps(self) -> TimestampStore:
        return self.stores().timestamps

    @property
    def tasks(self) -> TaskStore:
        return self.stores().tasks

    @property
    def leases(self) -> LeaseStore:
        return self.stores().leases

    @property
    def notices(self) -> NoticeStore:
        return self.stores().notices

    @property
    def links(self) -> LinkStore:
        return self.stores().links

    @property
    def unlinked(self) -> UnlinkedContactStore:
        return self.stores().unlinked

    @property
    def match_index(self) -> MatchIndexStore:
        return self.stores().match_index

    @property
    def deferred(self) -> DeferredEventStore:
        return self.stores().deferred

    @property
    def transfers(self) -> TransferStore:
        return self.stores().transfers

    @property
    def breaker(self) -> BreakerState:
        return BreakerTable(self.db, CONNECTIONS, CONNECTION).read() or BreakerState()

    @property
    def connections(self) -> Connections:
        """Return all connections."""
        return Connections(self.db, CONNECTIONS, ID_MAP)

    def all_links(self) -> list[Link]:
        """Return all links."""
        return self.links.page(limit=100_000)

    def transfer(self, tribe_invoice_id: str) -> Transfer | None:
        """Return a stored transfer."""
        return self.transfers.get(tribe_invoice_id)

    def story(self, tribe_invoice_id: str) -> list[str]:
        """Return the codes of an invoice's journal, oldest first."""
        journal = self.tables.journal_of(CONNECTION)
        return [entry["code"] for entry in journal.read(f"invoice#{tribe_invoice_id}")]

    def yuki_state(self) -> dict[str, Any]:
        """Return what Yuki holds."""
        return state_of(self.yuki)

    def tribe_state(self) -> dict[str, Any]:
        """Return what Tribe holds."""
        return state_of(self.tribe)

    def booked(self, reference: str) -> list[dict[str, Any]]:
        """Return the invoices of Yuki with a number."""
        return [invoice for invoice in self.yuki_state()["invoices"] if invoice["reference"] == reference]

    def yuki_calls(self) -> int:
        """Return how many calls Yuki has had."""
        return self.yuki.calls.total()

    def save_settings(self, **changes: Any) -> None:
        """Change settings of the connection."""
        settings = self.connections.settings(CONNECTION)
        assert settings is not None
        changed = ConnectionSettings.model_validate(settings.model_dump() | changes)
        self.connections.save(CONNECTION, changed, Status.ACTIVE, self.clock.now())

    def settle_webhooks(self) -> None:
        """Wait until Tribe has delivered every webhook that it has to."""
        self.tribe.wait_until_told()


def steer(simulator: Simulator, call: str, **body: Any) -> None:
    """Do what a call under `/_control/` does, without the way there and back, which costs more than the call."""
    answer = simulator.answer_control(Request("POST", f"/_control/{call}", "", {}, json.dumps(body).encode()))
    assert answer.status < 300, answer.body.decode()


def state_of(simulator: Simulator) -> dict[str, Any]:
    """Return what `GET /_control/state` answers: a copy, in the types of JSON."""
    state: dict[str, Any] = json.loads(json_response(simulator.state()).body)
    return state


def open_world(
    stack: ExitStack,
    *,
    yuki_seed: Path | None = None,
    tribe_seed: Path | None = None,
    secrets: Any = None,
    is_connected: bool = True,
) -> World:
    """Build a world that lives as long as the exit stack; `secrets` is the client of Secrets Manager, if another."""
    stack.enter_context(patch.dict(os.environ, {"POWERTOOLS_METRICS_NAMESPACE": "TribeYuki"}))
    clock = MovedClock(START)
    tribe = TribeSimulator(tribe_seed) if tribe_seed else TribeSimulator()
    yuki = YukiSimulator(yuki_seed) if yuki_seed else YukiSimulator()
    tribe_server, yuki_server = (stack.enter_context(SimulatorServer(simulator)) for simulator in (tribe, yuki))
    tribe.switches["webhook_delay_seconds"] = 0
    secrets_manager = secrets or VirtualSecrets()
    dynamodb = VirtualDynamoDb()
    create_tables(dynamodb)
    db = DynamoDb(dynamodb)  # type: ignore[arg-type]
    sqs = VirtualSqs(clock.now, world_queues())
    logger = Logger(service="test", level="CRITICAL")
    roles = {function: Role(function, RESOURCES) for function in FUNCTIONS}
    of_poll, of_webhook = roles["yuki_poll"], roles["tribe_webhook"]
    poll_db = DynamoDb(of_poll.client(dynamodb))
    poll_urls = QueueUrls(contact=CONTACT, invoice_retry=RETRY, task=TASK)
    of_poll_queues = AllQueues(of_poll.client(sqs), poll_urls)
    ingest = Ingest(
        IngestSettings("local", SIGNATURE_HEADER, TOKEN_HEADER, 10, CONTACT, INVOICE),
        WebhookSecrets(of_webhook.client(secrets_manager), "local", clock.now),
        Inbox(of_webhook.client(sqs)),
        logger,
        clock.now,
    )
    world = World(
        clock=clock,
        tribe=tribe,
        yuki=yuki,
        tribe_url=tribe_server.url,
        yuki_url=yuki_server.url,
        sqs=sqs,
        dynamodb=dynamodb,
        secrets=secrets_manager,
        db=db,
        ingest=ingest,
        workers={
            name: make_worker(
                name,
                clock,
                DynamoDb(roles[name].client(dynamodb)),
                roles[name].client(sqs),
                roles[name].client(secrets_manager),
                tribe_server.url,
                yuki_server.url,
            )
            for name in ("contact_push", "invoice_push", "connection_task")
        },
        poller=Poller(
            SweepTables(Tables(poll_db, of_poll_queues, CONNECTIONS, ID_MAP)),
            clock,
            logger,
        ),
        roles=roles,
        control=stack.enter_context(httpx.Client(trust_env=False, timeout=30, verify=False)),
        exits=stack,
    )
    for worker in world.workers.values():
        stack.callback(worker.close)
    world.set_time(START)
    world.receiver_url = (
        f"{stack.enter_context(Receiver(lambda: world.ingest, world.webhook_answers)).url}/webhooks/tribe"
    )
    if is_connected:
        _connect(world)
    return world


def _connect(world: World) -> None:
    """Connect `demo` as the local stack does, with the tables and secrets of this world."""
    demo_connection.connect(
        stack_description(world),
        settings=demo_connection.demo_settings(activated_at=START - timedelta(hours=1)),
        aws_clients=world.aws_client,
    )
    for mark in (POLL_CURSOR, CAUGHT_UP_TO):
        world.timestamps.set(mark, START)


def stack_description(world: World) -> dict[str, Any]:
    """Return what `.local/stack.json` would hold; AWS has no address: it is this world's own."""
    return {
        "stack": "world",
        "aws_endpoint": "",
        "webhook_base": world.receiver_url,
        "token_header": TOKEN_HEADER,
        "signature_header": SIGNATURE_HEADER,
        "tribe_url": world.tribe_url,
        "yuki_url": world.yuki_url,
        "outputs": {
            "ConnectionsTableName": CONNECTIONS,
            "IdMapTableName": ID_MAP,
            "JournalTableName": JOURNAL,
            "ContactQueueUrl": CONTACT,
            "InvoiceRetryQueueUrl": RETRY,
            "TaskQueueUrl": TASK,
            "DeadLetterQueueUrl": DEAD,
            "ContactDeadLetterQueueUrl": CONTACT_DEAD,
            "TaskDeadLetterQueueUrl": TASK_DEAD,
        },
    }
