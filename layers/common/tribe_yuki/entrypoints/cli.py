"""What the operator's command runs with: the stack that it works on, and the real Tribe, Yuki and AWS."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tribe_yuki.adapters.aws.connection_records import ConnectionRecords
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dead_letters import DeadLetters
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.queues import AllQueues, QueueUrls
from tribe_yuki.adapters.aws.refusals import aws_errors, say_why
from tribe_yuki.adapters.aws.secrets import Secrets
from tribe_yuki.adapters.aws.stack_outputs import describe_stack
from tribe_yuki.adapters.aws.stores import Tables
from tribe_yuki.adapters.aws.tribe_tokens import TribeTokenSecret, read_tokens, token_document
from tribe_yuki.adapters.aws.webhook_log import WebhookAnswers
from tribe_yuki.adapters.aws.yuki_calls import BreakerTable, BudgetReader, CallCounter, YukiBudget, YukiSessions
from tribe_yuki.adapters.tribe import (
    Grant,
    TribeApplication,
    TribeEndpoints,
    TribeOptions,
    TribeTokens,
    consent_address,
    exchange_code,
)
from tribe_yuki.adapters.tribe.admin_client import TribeAdminClient
from tribe_yuki.adapters.yuki import HttpTransport, InMemorySessionStore, YukiEndpoint
from tribe_yuki.adapters.yuki.admin_client import YukiAdminClient
from tribe_yuki.admin import outside
from tribe_yuki.admin.context import Deployment, Operator
from tribe_yuki.admin.store import AdminStores
from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.connections.settings import ConnectionSettings, TotalsReading
from tribe_yuki.core.clock import Clock, SystemClock
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.journal import Retention
from tribe_yuki.entrypoints.log import UNRELEASED

_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
LOCAL_REGION = "eu-west-1"
_TOTALS = TotalsReading()

type Clients = Callable[[str], Any]
"""Makes the AWS client of a service by its name."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack as the operator's command needs it; addresses as in the template's parameters."""

    name: str
    stage: str
    outputs: Mapping[str, str]
    webhook_base: str
    token_header: str
    signature_header: str
    tribe_api_url: str
    tribe_auth_url: str
    yuki_base_url: str


def local_stack(described: Mapping[str, Any]) -> Stack:
    """Return the local stack from the content of `.local/stack.json`."""
    return Stack(
        name=described["stack"],
        stage="local",
        outputs=described["outputs"],
        webhook_base=described["webhook_base"],
        token_header=described["token_header"],
        signature_header=described["signature_header"],
        tribe_api_url=described["tribe_url"],
        tribe_auth_url=described.get("tribe_auth_url", described["tribe_url"]),
        yuki_base_url=described["yuki_url"],
    )


def read_local_stack(path: Path) -> tuple[Stack, str | None]:
    """Return the running local stack and where its AWS is; raise Defect when it does not run."""
    try:
        described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Defect("local_stack_down", f"{path} tells of no running stack; start it with `make up`") from None
    return local_stack(described), described["aws_endpoint"] or None


def local_session() -> boto3.Session:
    """Return AWS credentials that are good on the emulator only."""
    return boto3.Session("test", "test", region_name=LOCAL_REGION)


def cloud_stack(session: boto3.Session, name: str) -> Stack:
    """Return a stack in AWS by its name; raise what `describe_stack` raises, and Defect for one of something else."""
    stack = describe_stack(session.client("cloudformation", config=_CONFIG), name)
    try:
        return Stack(
            name=name,
            stage=stack.parameters["Stage"],
            outputs=stack.outputs,
            webhook_base=_webhook_base(stack.outputs),
            token_header=stack.parameters["TokenHeader"],
            signature_header=stack.parameters["SignatureHeader"],
            tribe_api_url=stack.parameters["TribeApiUrl"],
            tribe_auth_url=stack.parameters["TribeAuthUrl"],
            yuki_base_url=stack.parameters["YukiBaseUrl"],
        )
    except KeyError as missing:
        raise Defect("stack_strange", f"stack {name} is not one of this connector: it has no {missing}") from None


def emulated_webhook_base(endpoint: str, outputs: Mapping[str, str]) -> str:
    """Return where an AWS emulator serves the HTTP API: names under amazonaws.com lead to AWS itself."""
    return f"{endpoint}/_aws/execute-api/{outputs['WebhookApiId']}/webhooks/tribe"


def _webhook_base(outputs: Mapping[str, str]) -> str:
    endpoint = os.environ.get("AWS_ENDPOINT_URL")  # of all services at once: that is an emulator
    return emulated_webhook_base(endpoint, outputs) if endpoint else outputs["WebhookBase"]


@dataclass(slots=True)
class _CountedCalls:
    """The calls made before it is known which domain they count for."""

    calls: Counter[str] = field(default_factory=Counter)

    def take(self, operation: str) -> None:
        """Count one call."""
        self.calls[operation] += 1


@dataclass(slots=True)
class _GivenTokens:
    """The tokens of a consent that is not stored yet: for one process, and as long as the first of them is good."""

    tokens: TribeTokens

    def read(self) -> TribeTokens:
        """Return them."""
        return self.tokens

    def lease(self, now: datetime) -> bool:  # noqa: ARG002 (as the stored ones)
        """Let nobody renew them: the next ones would have to be stored."""
        return False

    def write(self, tokens: TribeTokens) -> None:
        """Take others over."""
        self.tokens = tokens

    def release(self) -> None:
        """There is no lease to end."""


@dataclass(slots=True)
class OutsideSystems:
    """Opens Tribe and Yuki with real clients."""

    stack: Stack
    secrets_manager: Any
    tables: Tables
    clock: Clock
    transport: HttpTransport
    _free_calls: _CountedCalls = field(default_factory=_CountedCalls)
    _counted: list[YukiBudget] = field(default_factory=list)
    _sessions: dict[tuple[outside.Region, str], InMemorySessionStore] = field(default_factory=dict)

    @contextmanager
    def tribe(
        self,
        connection_id: str,
        application: outside.TribeApplication,
        totals: TotalsReading | None = None,
        token: Mapping[str, str] | None = None,
    ) -> Iterator[outside.Tribe]:
        """Open a Tribe environment, with a consent that is given or the stored one; closed at the end of the block."""
        ours = _application(application)
        by_consent = ours.grant is Grant.AUTHORIZATION_CODE
        store = _GivenTokens(read_tokens(token, TribeTokens)) if token is not None else self._token_store(connection_id)
        client = TribeAdminClient(
            ours,
            self._endpoints,
            now=self.clock.now,
            options=TribeOptions(totals=totals or _TOTALS),
            token_store=store if by_consent else None,
        )
        with client:
            yield client

    def yuki_key(self, region: outside.Region, access_key: str, domain_id: str = "") -> outside.Yuki:
        """Open Yuki with a key that belongs to no connection yet; clients of one key share a session."""
        sessions = self._sessions.setdefault((region, access_key), InMemorySessionStore())
        return YukiAdminClient(
            YukiEndpoint.of(region, self.stack.yuki_base_url or None),
            access_key,
            domain_id,
            "",
            sessions=sessions,
            budget=self._free_calls,
            now=self.clock.now,
            transport=self.transport,
        )

    def yuki(self, connection_id: str, settings: ConnectionSettings, access_key: str) -> outside.Yuki:
        """Open Yuki for a connection: with its session, within the calls of the day."""
        calls = YukiBudget(
            CallCounter(self.tables.db, self.tables.connections, settings.yuki_domain_id),
            BreakerTable(self.tables.db, self.tables.connections, connection_id),
            settings.daily_call_limit,
            Priority.INVOICES,
            self.clock.now,
            only_looks=True,
        )
        self._counted.append(calls)
        return YukiAdminClient(
            YukiEndpoint.of(settings.yuki_region, self.stack.yuki_base_url or None),
            access_key,
            settings.yuki_domain_id,
            settings.yuki_administration_id,
            sessions=YukiSessions(self.tables.db, self.tables.connections, connection_id),
            budget=calls,
            observer=calls,
            now=self.clock.now,
            transport=self.transport,
        )

    @property
    def yuki_calls(self) -> int:
        """Return how many calls of Yuki were made so far."""
        return self._free_calls.calls.total() + sum(calls.calls for calls in self._counted)

    def consent_address(self, application: outside.TribeApplication, redirect_uri: str, state: str) -> str:
        """Return the address where a user gives the application access."""
        return consent_address(self._endpoints.auth_url, _application(application), redirect_uri, state)

    def exchange_code(self, application: outside.TribeApplication, code: str, redirect_uri: str) -> Mapping[str, str]:
        """Trade in the code of the consent screen; return the content of the secret `tribe-token`."""
        tokens = exchange_code(_application(application), self._endpoints, code, redirect_uri, self.clock.now)
        return token_document(tokens)

    @property
    def _endpoints(self) -> TribeEndpoints:
        return TribeEndpoints(self.stack.tribe_api_url, self.stack.tribe_auth_url)

    def _token_store(self, connection_id: str) -> TribeTokenSecret[TribeTokens]:
        leases = self.tables.stores(connection_id).leases
        return TribeTokenSecret(self.secrets_manager, leases, self.stack.stage, connection_id, TribeTokens)


def _application(application: outside.TribeApplication) -> TribeApplication:
    return TribeApplication(
        Grant(application.grant), application.client_id, application.client_secret, application.scope
    )


def clients_of(session: boto3.Session, endpoint: str | None = None) -> Clients:
    """Return what makes AWS clients, one for each service."""
    aws: Any = session
    return cache(lambda service: aws.client(service, endpoint_url=endpoint, config=_CONFIG))


# The output that names the queue where each kind of work ends that no function could handle.
_DEAD_LETTERS: Mapping[str, str] = {
    "invoices": "DeadLetterQueueUrl",
    "contacts": "ContactDeadLetterQueueUrl",
    "tasks": "TaskDeadLetterQueueUrl",
}


@contextmanager
def open_operator(
    stack: Stack, clients: Clients, *, who: str | None = None, clock: Clock | None = None
) -> Iterator[Operator]:
    """Build the real thing for a stack, for one block; `who` is the AWS caller's own identity unless it is given."""
    transport = HttpTransport()
    try:
        yield _make_operator(stack, clients, transport, who, clock)
    finally:
        transport.close()


def _make_operator(
    stack: Stack, clients: Clients, transport: HttpTransport, who: str | None, clock: Clock | None
) -> Operator:
    the_clock = clock or SystemClock()
    db, secrets_manager, outputs = DynamoDb(clients("dynamodb")), clients("secretsmanager"), stack.outputs
    urls = QueueUrls(
        contact=outputs["ContactQueueUrl"], invoice_retry=outputs["InvoiceRetryQueueUrl"], task=outputs["TaskQueueUrl"]
    )
    tables = Tables(
        db,
        AllQueues(clients("sqs"), urls),
        outputs["ConnectionsTableName"],
        outputs["IdMapTableName"],
        outputs["JournalTableName"],
    )
    connections = Connections(db, tables.connections, tables.id_map)

    def journal(connection_id: str) -> Journal:
        return Journal(db, tables.journal, connection_id, retention=partial(_retention, connections, connection_id))

    def stores(connection_id: str) -> AdminStores:
        return AdminStores(
            **tables.store_arguments(journal(connection_id)),
            breaker=BreakerTable(db, tables.connections, connection_id),
            journal=journal(connection_id),
            secrets=Secrets(secrets_manager, stack.stage, connection_id),
            webhook_log=WebhookAnswers(
                partial(clients, "logs"), f"/aws/lambda/{stack.name}-tribe-webhook", connection_id
            ),
        )

    return Operator(
        deployment=Deployment(
            stack.webhook_base, stack.token_header, stack.signature_header, outputs.get("Release", UNRELEASED)
        ),
        systems=OutsideSystems(stack, secrets_manager, tables, the_clock, transport),
        records=ConnectionRecords(connections, journal),
        stores=stores,
        dead_letters=DeadLetters(clients("sqs"), {kind: outputs[name] for kind, name in _DEAD_LETTERS.items()}),
        calls=BudgetReader(db, tables.connections),
        clock=the_clock,
        who=cache(lambda: who or _caller(clients("sts"))),
    )


def _retention(connections: Connections, connection_id: str) -> Retention:
    """Return how long a connection's journal is kept; before it has settings, as long as any."""
    settings = connections.settings(connection_id)
    return settings.retention if settings else Retention()


def _caller(sts: Any) -> str:  # noqa: ANN401 (there are no types for this client)
    with aws_errors(
        lambda error: Defect("caller_unknown", f"AWS does not tell who you are; say it with --who. {say_why(error)}")
    ):
        return str(sts.get_caller_identity()["Arn"])
