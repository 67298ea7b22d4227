"""What `yuki_poll` runs with."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import boto3
from aws_lambda_powertools.logging import Logger
from botocore.config import Config

from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.queues import AllQueues, QueueUrls
from tribe_yuki.adapters.aws.stores import Tables
from tribe_yuki.adapters.aws.sweep_tables import SweepTables
from tribe_yuki.core.clock import Clock, SystemClock
from tribe_yuki.core.holds import Owner
from tribe_yuki.entrypoints.environment import YukiPollEnvironment, read_environment
from tribe_yuki.entrypoints.log import make_logger
from tribe_yuki.entrypoints.metrics import COUNTERS, Metric, emit
from tribe_yuki.work.sweep import Gauges, sweep

# One call that hangs must not take the whole tick.
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


@dataclass(slots=True)
class Poller:
    """Sweeps the tables once per tick, and tells the dashboard what it saw."""

    store: SweepTables
    clock: Clock
    logger: Logger

    def tick(self, time_left: Callable[[], timedelta] = lambda: timedelta.max) -> dict[str, int]:
        """Put what is due on the queues; return what was seen."""
        gauges = sweep(self.store, self.clock.now(), time_left, self._note)
        values = measured(gauges)
        # A zero for everything that is counted: a quiet day is a line at zero then, not an empty graph.
        emit(self.logger.service, {**dict.fromkeys(COUNTERS, 0), **values})
        seen = {"Connections": gauges.connections, **{metric.value: value for metric, value in values.items()}}
        self.logger.info("swept", extra=seen)
        return seen

    def _note(self, connection_id: str, code: str) -> None:
        self.logger.warning("connection left out", extra={"connection_id": connection_id, "code": code})


def measured(gauges: Gauges) -> dict[Metric, int]:
    """Return what the sweep saw as metrics."""
    return {
        Metric.POLL_AGE_PERCENT: round(100 * gauges.poll_age),
        Metric.BREAKERS_OPEN: gauges.breakers_open,
        Metric.CONNECTIONS_FAILING: len(gauges.failing),
        Metric.HELD_FOR_SALES: gauges.held[Owner.SALES],
        Metric.HELD_FOR_BOOKKEEPER: gauges.held[Owner.BOOKKEEPER],
        Metric.HELD_FOR_OPERATOR: gauges.held[Owner.OPERATOR],
        Metric.UNCONFIRMED_INVOICES: gauges.unconfirmed,
        Metric.DUE_RECORDS: gauges.due,
        Metric.OLDEST_DUE_SECONDS: round(gauges.oldest_due_seconds),
        Metric.YUKI_BUDGET_PERCENT: int(100 * gauges.yuki_budget),
    }


def make_poller(environment: YukiPollEnvironment, clock: Clock | None = None) -> Poller:
    """Build the real thing."""
    logging.getLogger("botocore").setLevel(logging.INFO)
    session = boto3.Session()
    urls = QueueUrls(
        contact=environment.contact_queue_url,
        invoice_retry=environment.invoice_retry_queue_url,
        task=environment.task_queue_url,
    )
    return Poller(
        store=SweepTables(
            Tables(
                DynamoDb(session.client("dynamodb", config=_CONFIG)),
                AllQueues(session.client("sqs", config=_CONFIG), urls),
                environment.connections_table,
                environment.id_map_table,
            )
        ),
        clock=clock or SystemClock(),
        logger=make_logger(),
    )


@cache
def poller() -> Poller:
    """Return this process's own, made from its environment at the first call."""
    return make_poller(read_environment(YukiPollEnvironment))
