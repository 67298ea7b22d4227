"""Put messages on a queue before a webhook is answered."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tribe_yuki.adapters.aws.refusals import aws_errors, unavailable
from tribe_yuki.core.errors import Retryable
from tribe_yuki.webhooks.events import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_ENTRIES_PER_CALL = 10  # SQS takes no more in one batch


class Inbox:
    """The queues behind the webhook."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def put(self, queue_url: str, messages: Sequence[Message]) -> None:
        """Return when the queue owns every message.

        Raises Retryable when it does not own them all, or nobody knows: some may be there already, and repeating all
        of them is harmless.
        """
        with aws_errors(unavailable("queue_unavailable", "SQS")):
            self._send(queue_url, messages)

    def _send(self, queue_url: str, messages: Sequence[Message]) -> None:
        if len(messages) == 1:
            self._client.send_message(QueueUrl=queue_url, **_parameters(messages[0]))
            return
        for start in range(0, len(messages), _ENTRIES_PER_CALL):
            self._send_batch(queue_url, messages[start : start + _ENTRIES_PER_CALL])

    def _send_batch(self, queue_url: str, messages: Sequence[Message]) -> None:
        entries: list[Any] = [{"Id": str(number), **_parameters(message)} for number, message in enumerate(messages)]
        failed = self._client.send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", [])
        if failed:
            codes = ", ".join(sorted({entry["Code"] for entry in failed}))
            raise Retryable("queue_unavailable", f"SQS refused {len(failed)} of {len(messages)} messages: {codes}")


def _parameters(message: Message) -> dict[str, Any]:
    parameters = {"MessageBody": message.body, "MessageGroupId": message.group}
    if message.deduplication_id is not None:
        parameters["MessageDeduplicationId"] = message.deduplication_id
    return parameters
