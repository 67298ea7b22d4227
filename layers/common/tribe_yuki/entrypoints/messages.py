"""Queue messages, and the report of those that could not be handled."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from aws_lambda_powertools.logging import Logger
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tribe_yuki.core.errors import code_of
from tribe_yuki.core.ids import CONNECTION_ID, GUID

RecordId = Annotated[str, StringConstraints(pattern=f"^{GUID.pattern}$")]

type Report = dict[str, list[dict[str, str]]]
"""What Lambda expects of a queue consumer: the ids of the messages to deliver again."""


class Message(BaseModel):
    """The body of every message; `task` only on the task queue, `by` only in messages that are no webhook's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = Field(ge=1, le=1)
    connection_id: Annotated[str, StringConstraints(pattern=f"^{CONNECTION_ID.pattern}$")]
    ids: tuple[RecordId, ...]
    seen_at: AwareDatetime
    task: str | None = None
    by: str | None = None


def handle_by_connection(
    event: Mapping[str, Any], handle: Callable[[str, Sequence[Message]], None], logger: Logger
) -> Report:
    """Hand the messages of an event over, all of one connection at once, and report those that failed.

    An unreadable message fails alone, and ends on the dead-letter queue; a failing connection fails with all its
    messages, and no other connection notices.
    """
    groups: dict[str, list[tuple[str, Message]]] = defaultdict(list)
    failed: list[str] = []
    for record in event["Records"]:
        try:
            message = Message.model_validate_json(record["body"])
        except ValidationError as error:
            logger.warning(
                "message unreadable", extra={"message_id": record["messageId"], "faults": error.error_count()}
            )
            failed.append(record["messageId"])
        else:
            groups[message.connection_id].append((record["messageId"], message))
    for connection_id, messages in groups.items():
        try:
            handle(connection_id, [message for _, message in messages])
        except Exception as error:  # noqa: BLE001 (whatever it is, the other connections go on)
            # The exception's text may hold anything; its type, and the code of our own errors, are safe.
            code = code_of(error)
            logger.warning("messages failed", extra={"connection_id": connection_id, "code": code})
            failed += [message_id for message_id, _ in messages]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def time_left_of(context: Any) -> Callable[[], timedelta]:  # noqa: ANN401 (Lambda's own context)
    """Return what tells how long an invocation may still run."""
    return lambda: timedelta(milliseconds=context.get_remaining_time_in_millis())
