"""What a Tribe webhook is worth: the ids in its payload, and the queue messages that carry them.

A payload is a hint. Which records it names is read from it; everything else is read back from Tribe.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from tribe_yuki.core.ids import is_guid

# Tribe documents `entityId` and `relationshipId`; the ids of a link's two ends are assumed (tribe-api 4.4). Letters'
# case is not compared, because Tribe's own pages disagree about it (tribe-api 3.1). `webhookId` is no record.
_ID_KEYS = frozenset({"entityid", "relationshipid", "parententityid", "childentityid"})

IDS_PER_MESSAGE = 50


class Message(NamedTuple):
    """One message for a queue; a standard queue takes no `deduplication_id`, there it is None."""

    body: str
    group: str
    deduplication_id: str | None


def find_ids(payload: object) -> tuple[str, ...]:
    """Return the record ids in a payload: lower case, each once, in document order, at any depth.

    The walk does not recurse, so only the size of the payload bounds it.
    """
    return tuple(dict.fromkeys(_ids(payload)))


def _ids(payload: object) -> Iterator[str]:
    pending: list[tuple[str, Any]] = [("", payload)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, dict):
            pending.extend(reversed(value.items()))
        elif isinstance(value, list):
            pending.extend((key, item) for item in reversed(value))
        elif isinstance(value, str) and key.lower() in _ID_KEYS and is_guid(value):
            yield value.lower()


def contact_messages(
    connection_id: str, ids: tuple[str, ...], seen_at: datetime, window_seconds: int
) -> tuple[Message, ...]:
    """Return the messages for the contact queue (FIFO): a burst about the same ids becomes one message per window.

    The queue delivers a message one window and a second after it was sent. What is dropped as a duplicate was seen in
    the same window, so before that delivery, and the record is read back only then: no change is lost. For the same
    reason a message's `seen_at` is the last instant of its window.
    """
    window = int(seen_at.timestamp() // window_seconds)
    last_seen_at = datetime.fromtimestamp((window + 1) * window_seconds, UTC) - timedelta(milliseconds=1)
    return tuple(
        Message(
            body=message_body(connection_id, some, last_seen_at),
            group=f"{connection_id}#{some[0]}",
            deduplication_id=f"{window}-{_digest(connection_id, some)}",
        )
        for some in _portions(ids)
    )


def _digest(connection_id: str, ids: tuple[str, ...]) -> str:
    """Return what tells these ids of this connection from all others, also where groups do not part duplicates."""
    return sha256(" ".join((connection_id, *ids)).encode()).hexdigest()


def invoice_messages(connection_id: str, ids: tuple[str, ...], seen_at: datetime) -> tuple[Message, ...]:
    """Return the messages for the invoice queue (standard), grouped so that no connection can starve another."""
    return tuple(Message(message_body(connection_id, some, seen_at), connection_id, None) for some in _portions(ids))


def message_body(connection_id: str, ids: tuple[str, ...], seen_at: datetime) -> str:
    """Return the body that every queue message has; `seen_at` is aware, in UTC."""
    instant = seen_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"v": 1, "connection_id": connection_id, "ids": ids, "seen_at": instant}, separators=(",", ":"))


def _portions(ids: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [ids[start : start + IDS_PER_MESSAGE] for start in range(0, len(ids), IDS_PER_MESSAGE)]
