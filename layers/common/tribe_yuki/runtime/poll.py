"""What `yuki_poll` runs with."""

import logging
from dataclasses import dataclass
from functools import cache

import boto3
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.queues import Queues, QueueUrls
from tribe_yuki.adapters.aws.waiting import Waiting
from tribe_yuki.runtime.clock import SystemClock
from tribe_yuki.runtime.environment import YukiPollEnvironment, read_environment
from tribe_yuki.sync.ports import Clock
from tribe_yuki.sync.sweep import sweep


@dataclass(slots=True)
class Poller:
    """Sweeps the tables once per tick, and tells the dashboard what it saw."""

    waiting: Waiting
    queues: Queues
    clock: Clock
    logger: Logger

    def tick(self) -> dict[str, int]:
        """Put what is due on the queues; return what was seen."""
        gauges = sweep(self.waiting, self.queues, self.clock.now())
        seen = {
            "Connections": gauges.connections,
            "DueRecords": gauges.due,
            "OldestDueSeconds": int(gauges.oldest_due_seconds),
            "BreakersOpen": gauges.breakers_open,
        }
        for name, value in seen.items():
            unit = MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
            with single_metric(name=name, unit=unit, value=value, default_dimensions={"service": self.logger.service}):
                pass
        self.logger.info("swept", extra=seen)
        return seen


def make_poller(environment: YukiPollEnvironment, clock: Clock | None = None) -> Poller:
    """Build the real thing."""
    logging.getLogger("botocore").setLevel(logging.INFO)
    session = boto3.Session()
    db = DynamoDb(session.client("dynamodb"))
    urls = QueueUrls(
        contact=environment.contact_queue_url,
        invoice_retry=environment.invoice_retry_queue_url,
        task=environment.task_queue_url,
    )
    return Poller(
        waiting=Waiting(db, environment.id_map_table, Connections(db, environment.connections_table)),
        queues=Queues(session.client("sqs"), urls),
        clock=clock or SystemClock(),
        logger=Logger(),
    )


@cache
def poller() -> Poller:
    """Return this process's own, made from its environment at the first call."""
    return make_poller(read_environment(YukiPollEnvironment))
