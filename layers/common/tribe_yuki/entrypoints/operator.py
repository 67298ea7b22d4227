"""The person at work on a deployment: the operator's command and the console are made of the same parts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from tribe_yuki.adapters.aws.connection_records import ConnectionRecords
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dead_letters import DeadLetters
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.queues import AllQueues, QueueUrls
from tribe_yuki.adapters.aws.refusals import aws_errors, say_why
from tribe_yuki.adapters.aws.secrets import Secrets
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
        yield make_operator(stack, clients, transport, who, clock)
    finally:
        transport.close()


def make_operator(
    stack: Stack, clients: Clients, transport: HttpTransport, who: str | None, clock: Clock | None
) -> Operator:
    """Return the person at work on a stack; with queues that have no address, nothing is done."""
    the_clock = clock or SystemClock()
    db, secrets_manager, outputs = DynamoDb(clients("dynamodb")), clients("secretsmanager"), stack.outputs
    urls = QueueUrls(
        contact=outputs.get("ContactQueueUrl", ""),
        invoice_retry=outputs["InvoiceRetryQueueUrl"],
        task=outputs.get("TaskQueueUrl", ""),
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

    dead_letters = {kind: outputs[name] for kind, name in _DEAD_LETTERS.items() if name in outputs}
    return Operator(
        deployment=Deployment(
            stack.webhook_base, stack.token_header, stack.signature_header, outputs.get("Release", UNRELEASED)
        ),
        systems=OutsideSystems(stack, secrets_manager, tables, the_clock, transport),
        records=ConnectionRecords(connections, journal),
        stores=stores,
        dead_letters=DeadLetters(clients("sqs"), dead_letters),
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
