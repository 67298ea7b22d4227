"""Messages that no function could handle, on the three dead-letter queues."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tribe_yuki.adapters.aws.queues import QUEUE_UNAVAILABLE
from tribe_yuki.adapters.aws.refusals import aws_errors
from tribe_yuki.admin.dead_letter import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_AT_ONCE = 10
# Without a wait SQS asks only some of its servers, and a queue that holds a few messages may look empty (API reference,
# ReceiveMessage); with any wait it asks all of them. The second look is for what came between.
_WAIT_SECONDS = 1
_EMPTY_ANSWERS = 2
# Long enough to put a message where it belongs; whoever stops halfway finds it again after this.
_HIDDEN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Reads the dead-letter queues, by the kind of work that ends there: `invoices`, `contacts`, `tasks`."""

    client: "SQSClient"
    urls: Mapping[str, str]

    def receive(self, *, most: int) -> Iterator[DeadLetter]:
        """Yield messages, each hidden for a minute; one that is not deleted stays. Raises Retryable."""
        left = most
        for kind, url in self.urls.items():
            empty = 0
            while left > 0 and empty < _EMPTY_ANSWERS:
                messages = self._receive(url, min(left, _AT_ONCE))
                empty = 0 if messages else empty + 1
                left -= len(messages)
                for message in messages:
                    yield _read(kind, message)

    def delete(self, letter: DeadLetter) -> None:
        """Delete a message whose work is safe elsewhere."""
        self._call("delete_message", QueueUrl=self.urls[letter.kind], ReceiptHandle=letter.receipt)

    def _receive(self, url: str, most: int) -> list[dict[str, Any]]:
        answer = self._call(
            "receive_message",
            QueueUrl=url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 (as boto3 takes them)
        with aws_errors(QUEUE_UNAVAILABLE):
            answer: dict[str, Any] = getattr(self.client, operation)(**request)
        return answer


def _read(kind: str, message: Mapping[str, Any]) -> DeadLetter:
    """Return a message; one that is not ours, or of another connection's making, names nothing."""
    receipt = str(message["ReceiptHandle"])
    try:
        body = json.loads(message["Body"])
        connection_id, ids, task = body["connection_id"], tuple(body.get("ids", [])), body.get("task")
    except (ValueError, TypeError, KeyError, AttributeError):
        return DeadLetter(kind, receipt)
    return DeadLetter(kind, receipt, str(connection_id), tuple(map(str, ids)), str(task) if task else None)
