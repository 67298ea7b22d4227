"""The queues between the functions; a message names ids, never contents."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, override

from tribe_yuki.adapters.aws.dynamodb import timestamp
from tribe_yuki.adapters.aws.refusals import aws_errors, unavailable
from tribe_yuki.connections.store import WorkQueues

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

IDS_PER_MESSAGE = 50
BY_US = "connector"
QUEUE_UNAVAILABLE = unavailable("queue_unavailable", "SQS")
_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class QueueUrls:
    """Where the queues are; a function has only those that it may write to."""

    contact: str = ""
    invoice_retry: str = ""
    task: str = ""
    dead_letter: str = ""


@dataclass(frozen=True, slots=True)
class AllQueues:
    """The queues of all connections."""

    client: "SQSClient"
    urls: QueueUrls

    def of(self, connection_id: str) -> "Queues":
        """Return the queues as one connection uses them."""
        return Queues(self.client, self.urls, connection_id)


@dataclass(frozen=True, slots=True)
class Queues(WorkQueues):
    """Puts a connection's work on the queues."""

    client: "SQSClient"
    urls: QueueUrls
    connection_id: str

    @override
    def enqueue_invoices(self, tribe_invoice_ids: Sequence[str], now: datetime, *, delay_seconds: int = 0) -> None:
        for ids in _portions(tribe_invoice_ids):
            self._send(
                self.urls.invoice_retry,
                self._body(ids, now),
                MessageGroupId=self.connection_id,
                DelaySeconds=delay_seconds,
            )

    @override
    def enqueue_relation(self, tribe_relation_id: str, now: datetime) -> None:
        window = int(now.timestamp()) // _WINDOW_SECONDS
        self._send(
            self.urls.contact,
            self._body([tribe_relation_id], now),
            MessageGroupId=f"{self.connection_id}#{tribe_relation_id}",
            MessageDeduplicationId=f"again-{window}-{self.connection_id}-{tribe_relation_id}",
        )

    @override
    def start_task(self, task: str, now: datetime, *, window_seconds: int) -> None:
        self._send_task(task, now, str(int(now.timestamp()) // window_seconds))

    @override
    def start_task_again(self, task: str, now: datetime, *, after: datetime | None) -> None:
        since = timestamp(after) if after else f"never-{int(now.timestamp()) // _WINDOW_SECONDS}"
        self._send_task(task, now, f"after-{since}")

    @override
    def continue_task(self, task: str, now: datetime, *, place: str) -> None:
        self._send_task(task, now, place)

    @override
    def send_to_dead_letters(self, tribe_invoice_id: str, now: datetime) -> None:
        body = self._body([tribe_invoice_id], now)
        self._send(self.urls.dead_letter, body, MessageGroupId=self.connection_id)

    def _send_task(self, task: str, now: datetime, occasion: str) -> None:
        """Send a task; SQS takes it once for each occasion."""
        self._send(
            self.urls.task,
            self._body([], now, task=task),
            MessageGroupId=self.connection_id,
            MessageDeduplicationId=f"{self.connection_id}-{task}-{occasion}",
        )

    def _send(self, url: str, body: str, **parameters: str | int) -> None:
        request: dict[str, Any] = {"QueueUrl": url, "MessageBody": body, **parameters}
        with aws_errors(QUEUE_UNAVAILABLE):
            self.client.send_message(**request)

    def _body(self, ids: Sequence[str], now: datetime, **more: str) -> str:
        ours = {"v": 1, "connection_id": self.connection_id, "ids": list(ids), "seen_at": timestamp(now), "by": BY_US}
        return json.dumps({**ours, **more}, separators=(",", ":"))


def _portions(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + IDS_PER_MESSAGE] for start in range(0, max(len(ids), 1), IDS_PER_MESSAGE)]
