"""The queues between the functions; a message names ids, never contents."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tribe_yuki.adapters.aws.dynamodb import timestamp
from tribe_yuki.adapters.aws.refusals import say_why
from tribe_yuki.core.errors import Retryable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

IDS_PER_MESSAGE = 50
BY_US = "connector"
_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class QueueUrls:
    """Where the queues are; a function has only those that it may write to."""

    contact: str = ""
    invoice_retry: str = ""
    task: str = ""
    dead_letter: str = ""


@dataclass(frozen=True, slots=True)
class Queues:
    """Puts work on the queues; every method raises Retryable when a queue did not take it."""

    client: "SQSClient"
    urls: QueueUrls

    def push_invoices(
        self, connection_id: str, tribe_invoice_ids: Sequence[str], now: datetime, *, delay_seconds: int = 0
    ) -> None:
        """Have invoices looked at again; without ids, have the connection's ready transfers sent."""
        for ids in _portions(tribe_invoice_ids):
            self._send(
                self.urls.invoice_retry,
                _body(connection_id, ids, now),
                MessageGroupId=connection_id,
                DelaySeconds=delay_seconds,
            )

    def push_relation(self, connection_id: str, tribe_relation_id: str, now: datetime) -> None:
        """Have a relation looked at again; several calls within a minute are one message."""
        window = int(now.timestamp()) // _WINDOW_SECONDS
        self._send(
            self.urls.contact,
            _body(connection_id, [tribe_relation_id], now),
            MessageGroupId=f"{connection_id}#{tribe_relation_id}",
            MessageDeduplicationId=f"again-{window}-{connection_id}-{tribe_relation_id}",
        )

    def start_task(self, connection_id: str, task: str, now: datetime, *, window_seconds: int) -> None:
        """Start a task of a connection, at most once per window."""
        window = int(now.timestamp()) // window_seconds
        self._send(
            self.urls.task,
            _body(connection_id, [], now, task=task),
            MessageGroupId=connection_id,
            MessageDeduplicationId=f"{connection_id}-{task}-{window}",
        )

    def start_task_again(self, connection_id: str, task: str, now: datetime, *, after: datetime | None) -> None:
        """Start a task that began last, or was to be started again, at an instant: once, until that has changed.

        SQS knows a start that it had for five minutes; later ones find that the task began after they were asked for.
        One that never began is started once a minute.
        """
        since = timestamp(after) if after else f"never-{int(now.timestamp()) // _WINDOW_SECONDS}"
        self._send(
            self.urls.task,
            _body(connection_id, [], now, task=task),
            MessageGroupId=connection_id,
            MessageDeduplicationId=f"{connection_id}-{task}-after-{since}",
        )

    def continue_task(self, connection_id: str, task: str, now: datetime, *, place: str) -> None:
        """Have the next slice of a task run; `place` tells it from all other slices, so each is asked for once."""
        self._send(
            self.urls.task,
            _body(connection_id, [], now, task=task),
            MessageGroupId=connection_id,
            MessageDeduplicationId=f"{connection_id}-{task}-{place}",
        )

    def bury(self, connection_id: str, tribe_invoice_id: str, now: datetime) -> None:
        """Put a dead transfer's id on the dead-letter queue."""
        self._send(self.urls.dead_letter, _body(connection_id, [tribe_invoice_id], now), MessageGroupId=connection_id)

    def _send(self, url: str, body: str, **parameters: str | int) -> None:
        request: dict[str, Any] = {"QueueUrl": url, "MessageBody": body, **parameters}
        try:
            self.client.send_message(**request)
        except ClientError as error:
            raise Retryable("queue_unavailable", f"SQS answered {error.response['Error'].get('Code')}") from error
        except BotoCoreError as error:
            raise Retryable("queue_unavailable", say_why(error)) from error


def _body(connection_id: str, ids: Sequence[str], now: datetime, **more: str) -> str:
    return json.dumps(
        {"v": 1, "connection_id": connection_id, "ids": list(ids), "seen_at": timestamp(now), "by": BY_US, **more},
        separators=(",", ":"),
    )


def _portions(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + IDS_PER_MESSAGE] for start in range(0, max(len(ids), 1), IDS_PER_MESSAGE)]
