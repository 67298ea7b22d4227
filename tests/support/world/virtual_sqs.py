"""SQS in virtual time: what the product uses of it, held to the real thing by `tests/contract/test_virtual_sqs.py`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from threading import Lock
from typing import Any

DEDUPLICATION = timedelta(minutes=5)
BATCH = 10


class Crash(BaseException):
    """A worker dies: nothing of ours catches it, and nothing of its call happens after it until it is revived."""

    def __init__(self, revive: Callable[[], None]) -> None:
        super().__init__("the worker died")
        self.revive = revive


@dataclass(slots=True)
class _Message:
    message_id: str
    body: str
    visible_at: datetime
    group: str | None
    receives: int = 0
    sent_at: datetime | None = None


@dataclass(slots=True)
class VirtualQueue:
    """One queue: `delay` for every message, to `dead_letters`, and the queue for them if any, after `max_receives`.

    `batch` is how many messages its function takes at once.
    """

    name: str
    delay: timedelta = timedelta()
    visibility: timedelta = timedelta(minutes=12)
    max_receives: int = 5
    messages: list[_Message] = field(default_factory=list)
    dead_letters: list[_Message] = field(default_factory=list)
    deduplicated: dict[str, datetime] = field(default_factory=dict)
    dead_letter_queue: str = ""
    kept_for: timedelta = timedelta(days=14)
    batch: int = BATCH

    @property
    def is_fifo(self) -> bool:
        """Tell whether it is a FIFO queue."""
        return self.name.endswith(".fifo")

    def visible(self, now: datetime) -> list[_Message]:
        """Return what may be handed out, in order.

        A group of a FIFO queue hands out nothing behind a message that is out, failed ones included, until that is
        deleted or visible again (SQS developer guide, "FIFO delivery logic").
        """
        if not self.is_fifo:
            return [one for one in self.messages if one.visible_at <= now]
        found, blocked = [], set()
        for message in self.messages:
            if message.visible_at > now:
                blocked.add(message.group)
            elif message.group not in blocked:
                found.append(message)
        return found

    def next_visible(self, now: datetime) -> datetime | None:
        """Return when something may be handed out next, as far as time alone decides that."""
        if self.visible(now):
            return now
        return min((one.visible_at for one in self.messages if one.visible_at > now), default=None)

    def give_up(self, now: datetime) -> list[_Message]:
        """Take out what was handed out too often."""
        given_up = [one for one in self.messages if one.receives >= self.max_receives and one.visible_at <= now]
        self.messages = [one for one in self.messages if one not in given_up]
        self.dead_letters += given_up
        return given_up

    def hand_out(self, messages: list[_Message], now: datetime, visibility: timedelta) -> list[_Message]:
        """Hand out messages: nobody else gets them meanwhile."""
        for message in messages:
            message.receives += 1
            message.visible_at = now + visibility
        return messages


class VirtualSqs:
    """Queues whose time is the test's clock; `duplicates` is the share of messages that are delivered twice."""

    def __init__(self, now: Callable[[], datetime], queues: Mapping[str, VirtualQueue]) -> None:
        self._now = now
        self.queues = dict(queues)
        self._ids = count(1)
        self._lock = Lock()
        self.random = Random(0)
        self.duplicates = 0.0
        self.shuffle = False
        self.sent = 0

    def send_message(self, **request: Any) -> dict[str, Any]:
        """Take a message, as SQS's SendMessage."""
        with self._lock:
            queue, now = self.queues[request["QueueUrl"]], self._now()
            self.sent += 1
            if queue.is_fifo and self.is_duplicate(queue, request, now):
                return {"MessageId": "duplicate"}
            delay = timedelta(seconds=request.get("DelaySeconds", 0)) or queue.delay
            copies = 2 if not queue.is_fifo and self.random.random() < self.duplicates else 1
            for _ in range(copies):
                number = next(self._ids)
                queue.messages.append(
                    _Message(
                        str(number), request["MessageBody"], now + delay, request.get("MessageGroupId"), sent_at=now
                    )
                )
            return {"MessageId": str(number)}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        """Take several messages, as SQS's SendMessageBatch."""
        for entry in request["Entries"]:
            self.send_message(QueueUrl=request["QueueUrl"], **{k: v for k, v in entry.items() if k != "Id"})
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}

    def receive_message(self, **request: Any) -> dict[str, Any]:
        """Hand out visible messages, as SQS's ReceiveMessage; they stay until they are deleted, or too old."""
        with self._lock:
            queue, now = self.queues[request["QueueUrl"]], self._now()
            queue.messages = [
                one for one in queue.messages if one.sent_at is None or now - one.sent_at < queue.kept_for
            ]
            visibility = timedelta(seconds=request.get("VisibilityTimeout", queue.visibility.total_seconds()))
            visible = queue.hand_out(queue.visible(now)[: request["MaxNumberOfMessages"]], now, visibility)
            found = [{"MessageId": m.message_id, "ReceiptHandle": m.message_id, "Body": m.body} for m in visible]
            return {"Messages": found} if found else {}

    def delete_message(self, **request: Any) -> dict[str, Any]:
        """Delete a message, as SQS's DeleteMessage."""
        with self._lock:
            queue = self.queues[request["QueueUrl"]]
            queue.messages = [one for one in queue.messages if one.message_id != request["ReceiptHandle"]]
            return {}

    def deliver(self, url: str, handler: Callable[[dict[str, Any]], Any]) -> int:
        """Hand visible messages to a handler, batch by batch, until none is left; return how many were handed over.

        A handler that raises, and a message that it reports as failed, is delivered again after the visibility.
        """
        handed = 0
        while batch := self._receive(url):
            handed += len(batch)
            failed = self._handle(url, batch, handler)
            with self._lock:
                queue = self.queues[url]
                queue.messages = [m for m in queue.messages if m not in batch or m.message_id in failed]
        return handed

    def is_duplicate(self, queue: VirtualQueue, request: Mapping[str, Any], now: datetime) -> bool:
        key = f"{request['MessageGroupId']}#{request['MessageDeduplicationId']}"
        seen = queue.deduplicated.get(key)
        if seen is not None and now - seen < DEDUPLICATION:
            return True
        queue.deduplicated[key] = now
        return False

    def _receive(self, url: str) -> list[_Message]:
        with self._lock:
            queue, now = self.queues[url], self._now()
            for message in queue.give_up(now):
                if queue.dead_letter_queue:
                    # On a standard queue the days count from when it was sent first.
                    dead = _Message(message.message_id, message.body, now, message.group, sent_at=message.sent_at)
                    self.queues[queue.dead_letter_queue].messages.append(dead)
            visible = queue.visible(now)
            if self.shuffle and not queue.is_fifo:
                self.random.shuffle(visible)
            return queue.hand_out(visible[: queue.batch], now, queue.visibility)

    def _handle(self, url: str, batch: list[_Message], handler: Callable[[dict[str, Any]], Any]) -> set[str]:
        records = [
            {
                "messageId": message.message_id,
                "body": message.body,
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:eu-west-1:000000000000:{self.queues[url].name}",
                "attributes": {
                    "ApproximateReceiveCount": str(message.receives),
                    **({"MessageGroupId": message.group} if message.group else {}),
                },
            }
            for message in batch
        ]
        try:
            report = handler(json.loads(json.dumps({"Records": records})))
        except Crash as crash:
            crash.revive()
            return {message.message_id for message in batch}
        except Exception:  # noqa: BLE001 (a crash of the worker: everything is delivered again)
            return {message.message_id for message in batch}
        return {failure["itemIdentifier"] for failure in (report or {}).get("batchItemFailures", [])}
