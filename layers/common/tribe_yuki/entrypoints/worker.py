"""The functions that talk to Tribe and Yuki: what they run with, and how they take messages."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from threading import Lock
from typing import Any

import boto3
from aws_lambda_powertools.logging import Logger
from botocore.config import Config

from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.credentials import Credentials, CredentialStore
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.queues import AllQueues, QueueUrls
from tribe_yuki.adapters.aws.stores import Tables
from tribe_yuki.adapters.aws.topics import Topics
from tribe_yuki.adapters.aws.tribe_tokens import TribeTokenSecret
from tribe_yuki.adapters.aws.yuki_calls import BreakerTable, CallCounter, YukiBudget, YukiSessions
from tribe_yuki.adapters.tribe import Grant, TribeApplication, TribeClient, TribeEndpoints, TribeOptions, TribeTokens
from tribe_yuki.adapters.yuki import HttpTransport, YukiClient, YukiEndpoint
from tribe_yuki.adapters.yuki.transport import ending
from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.connections.context import TRIBE_RATE_LIMITED
from tribe_yuki.connections.outside import Topics as TopicsPort
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.deferred_event import EventReceipt
from tribe_yuki.core.clock import Clock, SystemClock
from tribe_yuki.core.details import nameless, to_text
from tribe_yuki.core.errors import RateLimited, code_of
from tribe_yuki.core.holds import Owner
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.entrypoints.counted_transfers import CountedTransfers
from tribe_yuki.entrypoints.environment import ConnectionTaskEnvironment, WorkerEnvironment, read_environment
from tribe_yuki.entrypoints.log import make_logger
from tribe_yuki.entrypoints.messages import Message, Report, handle_by_connection, time_left_of
from tribe_yuki.entrypoints.metrics import Metric, emit
from tribe_yuki.entrypoints.tribe_pause import KnownPauses, PauseTimestamps
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.store import InvoiceStores
from tribe_yuki.invoices.waiting_for_contact import HeldInvoices
from tribe_yuki.work.put_off import put_off_task

_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})

# What is kept of an invocation for writing down how its last call ended.
TIME_TO_STORE = timedelta(seconds=5)

type UseCase = Callable[[InvoiceContext, Sequence[EventReceipt]], None]
type Task = Callable[[InvoiceContext], None]
type RunTask = Callable[[InvoiceContext, str, datetime], None]


@dataclass(slots=True)
class Worker:
    """One process of `contact_push`, `invoice_push` or `connection_task`."""

    environment: WorkerEnvironment
    db: DynamoDb
    queues: AllQueues
    credentials: CredentialStore
    clock: Clock
    logger: Logger
    priority: Priority
    yuki_transport: HttpTransport
    topics: TopicsPort | None = None
    _tribe_clients: dict[str, tuple[Credentials, ConnectionSettings, TribeClient]] = field(default_factory=dict)
    _tribe_calls: Counter[str] = field(default_factory=Counter)
    _endings: dict[Metric, list[float]] = field(default_factory=lambda: defaultdict(list))
    _pauses: KnownPauses = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def handle_ids(self, event: Mapping[str, Any], context: Any, use_case: UseCase) -> Report:  # noqa: ANN401
        """Run a use case with all messages of a connection at once, connection by connection."""
        time_left = time_left_of(context)

        def handle(connection_id: str, messages: Sequence[Message]) -> None:
            receipts = [EventReceipt(message.ids, message.seen_at, message.by is None) for message in messages]
            self._run(connection_id, time_left, lambda connection: use_case(connection, receipts))

        return self._handle(event, handle)

    def handle_tasks(self, event: Mapping[str, Any], context: Any, run: RunTask) -> Report:  # noqa: ANN401 (Lambda's own)
        """Run the task that each message names.

        A message fails only when not even that its task failed can be written down: what waits on a queue that keeps an
        order keeps everything behind it waiting.
        """
        time_left = time_left_of(context)

        def handle(connection_id: str, messages: Sequence[Message]) -> None:
            asked = {message.task or "": message.seen_at for message in messages}
            for name, asked_at in asked.items():
                try:
                    self._run(connection_id, time_left, partial(_run_named, run, name, asked_at))
                except Exception as error:  # noqa: BLE001 (also what is no error of ours, and happened before the task)
                    facts = {"task": name, "code": code_of(error)}
                    self.logger.warning("task failed", extra={"connection_id": connection_id, "facts": facts})
                    put_off_task(self._stores(connection_id).tasks, name, error, self.clock.now())

        return self._handle(event, handle)

    def _handle(self, event: Mapping[str, Any], handle: Callable[[str, Sequence[Message]], None]) -> Report:
        report = handle_by_connection(event, handle, self.logger)
        failed = len(report["batchItemFailures"])
        emit(self.logger.service, {Metric.FAILED_MESSAGES: failed} if failed else {})
        return report

    def close(self) -> None:
        """Close the connections to Tribe and Yuki."""
        self.yuki_transport.close()
        for _, _, client in self._tribe_clients.values():
            client.close()

    def _run(self, connection_id: str, time_left: Callable[[], timedelta], work: Task) -> None:
        """Do some work for a connection; a connection that is gone has nothing to do."""
        self.logger.append_keys(connection_id=connection_id)
        tables = self._tables.for_an_invocation()
        connections = Connections(tables.db, tables.connections, tables.id_map)
        connections.read_ahead(connection_id)
        saved, status = connections.saved_settings(connection_id), connections.status(connection_id)
        if saved is None or status is None:
            self.logger.warning("no such connection")
            return
        settings, saved_at = saved
        if status is Status.CONNECTED:
            self.logger.info("not activated yet")
            return
        calls = self._yuki_budget(tables, connection_id, settings)
        # What is about to be asked before the first call was read ahead.
        self._timestamps(tables, connection_id).pause()
        self._tribe_calls.clear()
        self._endings.clear()
        try:
            credentials = self.credentials.get(connection_id, saved_at)
            with ending(lambda: time_left() - TIME_TO_STORE):
                work(self.open_context(tables, connection_id, settings, status, calls, credentials, time_left))
        finally:
            self._emit(calls)

    def open_context(
        self,
        tables: Tables,
        connection_id: str,
        settings: ConnectionSettings,
        status: Status,
        calls: YukiBudget,
        credentials: Credentials,
        time_left: Callable[[], timedelta],
    ) -> InvoiceContext:
        """Put together what the use cases get for a connection."""
        journal = Journal(tables.db, tables.journal, connection_id, self._log, lambda: settings.retention)
        stores = tables.store_arguments(journal)
        transfers = CountedTransfers(tables.db, tables.id_map, connection_id, journal, self._count)
        stores["transfers"] = transfers
        stores["timestamps"] = self._timestamps(tables, connection_id)
        return InvoiceContext(
            **stores,
            settings=settings,
            tribe=self._tribe(connection_id, credentials, settings),
            yuki=self._yuki(tables, connection_id, credentials, settings, calls),
            yuki_health=calls,
            waiting_invoices=HeldInvoices(transfers, stores["links"], stores["queues"], self.clock),
            clock=self.clock,
            time_left=time_left,
            topics=self.topics,
            fingerprint_keys=credentials.fingerprint_keys(),
            tribe_calls=self._tribe_calls.total,
            is_paused=status is Status.PAUSED,
            log_warning=lambda code, facts: self.logger.warning(code, extra={"facts": facts}),
        )

    @property
    def _tables(self) -> Tables:
        names = self.environment
        return Tables(self.db, self.queues, names.connections_table, names.id_map_table, names.journal_table)

    def _timestamps(self, tables: Tables, connection_id: str) -> PauseTimestamps:
        return PauseTimestamps(tables.db, tables.connections, connection_id, self.clock.now, self._pauses)

    def _yuki_budget(self, tables: Tables, connection_id: str, settings: ConnectionSettings) -> YukiBudget:
        return YukiBudget(
            CallCounter(tables.db, tables.connections, settings.yuki_domain_id),
            BreakerTable(tables.db, tables.connections, connection_id),
            settings.daily_call_limit,
            self.priority,
            self.clock.now,
        )

    def _yuki(
        self,
        tables: Tables,
        connection_id: str,
        credentials: Credentials,
        settings: ConnectionSettings,
        calls: YukiBudget,
    ) -> YukiClient:
        return YukiClient(
            YukiEndpoint.of(settings.yuki_region, self.environment.yuki_base_url or None),
            credentials.yuki.access_key.get_secret_value(),
            settings.yuki_domain_id,
            settings.yuki_administration_id,
            sessions=YukiSessions(tables.db, tables.connections, connection_id),
            budget=calls,
            observer=calls,
            now=self.clock.now,
            transport=self.yuki_transport,
        )

    def _tribe(self, connection_id: str, credentials: Credentials, settings: ConnectionSettings) -> TribeClient:
        """Return the client of a connection; it keeps its token as long as nothing about it changes."""
        with self._lock:
            known = self._tribe_clients.get(connection_id)
            if known is not None and known[:2] == (credentials, settings):
                return known[2]
            if known is not None:
                known[2].close()
            client = self._new_tribe_client(connection_id, credentials, settings)
            self._tribe_clients[connection_id] = (credentials, settings, client)
            return client

    def _new_tribe_client(
        self, connection_id: str, credentials: Credentials, settings: ConnectionSettings
    ) -> TribeClient:
        grant = Grant(credentials.tribe.grant)
        return TribeClient(
            TribeApplication(
                grant=grant,
                client_id=credentials.tribe.client_id,
                client_secret=credentials.tribe.client_secret.get_secret_value(),
                scope=credentials.tribe.scope,
            ),
            endpoints=TribeEndpoints(self.environment.tribe_api_url, self.environment.tribe_auth_url),
            options=TribeOptions.of(settings),
            now=self.clock.now,
            token_store=self._tribe_tokens(connection_id) if grant is Grant.AUTHORIZATION_CODE else None,
            observer=partial(self.before_tribe_call, connection_id),
        )

    def _tribe_tokens(self, connection_id: str) -> TribeTokenSecret[TribeTokens]:
        return TribeTokenSecret(
            self.credentials.client,
            self._stores(connection_id).leases,
            self.environment.stage,
            connection_id,
            TribeTokens,
        )

    def _stores(self, connection_id: str) -> InvoiceStores:
        return self._tables.stores(connection_id)

    def before_tribe_call(self, connection_id: str, call: str) -> None:
        """Count a call, unless Tribe asked to be left alone, be it another worker than this one."""
        until, now = self._timestamps(self._tables, connection_id).pause(), self.clock.now()
        if until is not None and now < until:
            raise RateLimited(TRIBE_RATE_LIMITED, "Tribe asked for a pause", retry_after=until - now)
        self._tribe_calls.update([call])

    def _log(self, record: str, entry: JournalEntry) -> None:
        # What Yuki said is for the journal alone: erasing does not reach a log.
        facts = {
            name: to_text(nameless(value)) if isinstance(value, tuple) else value
            for name, value in entry.facts.items()
            if value is not None and name != "words"
        }
        self.logger.info(entry.code, extra={"record": record, "kind": entry.kind.value, "facts": facts})

    def _count(self, metric: Metric, value: float) -> None:
        self._endings[metric].append(value)

    def _emit(self, calls: YukiBudget) -> None:
        counted = {Metric.YUKI_CALLS: calls.calls, Metric.TRIBE_CALLS: self._tribe_calls.total()}
        emit(self.logger.service, {**{metric: value for metric, value in counted.items() if value}, **self._endings})


def make_worker(environment: WorkerEnvironment, priority: Priority, clock: Clock | None = None) -> Worker:
    """Build the real thing; all clients share one session."""
    # At level DEBUG botocore logs whole answers, and Secrets Manager's answer is the secret.
    logging.getLogger("botocore").setLevel(logging.INFO)
    session, the_clock = boto3.Session(), clock or SystemClock()
    urls = QueueUrls(
        contact=getattr(environment, "contact_queue_url", ""),
        invoice_retry=environment.invoice_retry_queue_url,
        task=getattr(environment, "task_queue_url", ""),
        dead_letter=getattr(environment, "dead_letter_queue_url", ""),
    )
    return Worker(
        environment=environment,
        db=DynamoDb(session.client("dynamodb", config=_CONFIG)),
        queues=AllQueues(session.client("sqs", config=_CONFIG), urls),
        credentials=CredentialStore(session.client("secretsmanager", config=_CONFIG), environment.stage, the_clock.now),
        clock=the_clock,
        logger=make_logger(),
        priority=priority,
        yuki_transport=HttpTransport(),
        topics=_topics(environment, session),
    )


def _topics(environment: WorkerEnvironment, session: boto3.Session) -> Topics | None:
    """Return the mails to people, for the function that sends them."""
    if not isinstance(environment, ConnectionTaskEnvironment):
        return None
    arns = {
        Owner.SALES: environment.sales_topic_arn,
        Owner.BOOKKEEPER: environment.bookkeeper_topic_arn,
        Owner.OPERATOR: environment.operator_topic_arn,
    }
    used = {owner: arn for owner, arn in arns.items() if arn}
    return Topics(session.client("sns", config=_CONFIG), used, environment.console_url)


@cache
def worker[Kind: WorkerEnvironment](kind: type[Kind], priority: Priority) -> Worker:
    """Return this process's own, made from its environment at the first call."""
    return make_worker(read_environment(kind), priority)


def _run_named(run: RunTask, name: str, asked_at: datetime, connection: InvoiceContext) -> None:
    run(connection, name, asked_at)
