"""The workers behind the functions, each as one process of Lambda has it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from aws_lambda_powertools.logging import Logger

from tests.support.world.moved_clock import MovedClock
from tests.support.world.virtual_sqs import VirtualSqs
from tests.support.world.world_queues import CONTACT, DEAD, RETRY, TASK
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL
from tribe_yuki.adapters.aws.credentials import CredentialStore
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.queues import AllQueues, QueueUrls
from tribe_yuki.adapters.yuki import HttpTransport
from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.entrypoints.environment import (
    ConnectionTaskEnvironment,
    ContactPushEnvironment,
    InvoicePushEnvironment,
    WorkerEnvironment,
)
from tribe_yuki.entrypoints.worker import Worker

# How long each function may run, in seconds.
TIMEOUTS: Mapping[str, float] = {"contact_push": 120, "invoice_push": 120, "connection_task": 300}
ENVIRONMENTS: Mapping[str, type[WorkerEnvironment]] = {
    "contact_push": ContactPushEnvironment,
    "invoice_push": InvoicePushEnvironment,
    "connection_task": ConnectionTaskEnvironment,
}


def lambda_context(left: Callable[[], timedelta] = lambda: timedelta(seconds=120)) -> Any:
    """Return what Lambda tells a function about its call; `left` is the time until it is killed."""
    return SimpleNamespace(
        get_remaining_time_in_millis=lambda: left() // timedelta(milliseconds=1),
        aws_request_id="request",
        function_name="test",
    )


def make_worker(
    name: str, clock: MovedClock, db: DynamoDb, sqs: VirtualSqs, secrets_manager: Any, tribe_url: str, yuki_url: str
) -> Worker:
    """Return the worker of a function; every call makes another process, so to speak."""
    values = {
        "stage": "local",
        "connections_table": CONNECTIONS,
        "id_map_table": ID_MAP,
        "journal_table": JOURNAL,
        "contact_queue_url": CONTACT,
        "invoice_retry_queue_url": RETRY,
        "task_queue_url": TASK,
        "dead_letter_queue_url": DEAD,
        "yuki_base_url": yuki_url,
        "tribe_api_url": tribe_url,
        "tribe_auth_url": tribe_url,
    }
    environment = ENVIRONMENTS[name].model_validate(values)
    return Worker(
        environment=environment,
        db=db,
        queues=AllQueues(sqs, QueueUrls(contact=CONTACT, invoice_retry=RETRY, task=TASK, dead_letter=DEAD)),  # type: ignore[arg-type]
        credentials=CredentialStore(secrets_manager, "local", clock.now),
        clock=clock,
        logger=Logger(service="test", level="CRITICAL"),
        priority=Priority.INVOICES if name == "invoice_push" else Priority.CONTACTS,
        yuki_transport=HttpTransport(),
    )
