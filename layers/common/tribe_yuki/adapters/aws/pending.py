"""Pending events in the id map table."""

from dataclasses import dataclass

from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item, parse_timestamp, timestamp
from tribe_yuki.contacts.deferred_event import PendingEvent, Route
from tribe_yuki.core.holds import HoldReason


@dataclass(frozen=True, slots=True)
class PendingEvents:
    """Keeps events until Tribe can be asked about them; the `due` index brings them back."""

    db: DynamoDb
    table: str

    def get(self, connection_id: str, route: Route, record_id: str) -> PendingEvent | None:
        """Return a pending event, or None."""
        item = self.db.get(self.table, _key(connection_id, route, record_id))
        return _from_item(item) if item else None

    def held(self, connection_id: str) -> list[PendingEvent]:
        """Return the events that wait for a person, longest first; may lag behind by a moment."""
        condition, values = "state_key = :key", {":key": _held_key(connection_id)}
        return [_from_item(item) for item in self.db.query(self.table, condition, values, index="state")]

    def save(self, event: PendingEvent) -> None:
        """Keep an event, in place of what was known of it."""
        item: Item = {
            **_key(event.connection_id, event.route, event.record_id),
            "kind": f"pending_{event.route}",
            "attempt": event.attempt,
            "reason": event.reason,
            "detail": event.detail or None,
            "since": timestamp(event.since),
            "due_key": event.connection_id,
            "due_at": timestamp(event.due_at),
        }
        if event.reason in HoldReason:
            item["state_key"] = _held_key(event.connection_id)
        self.db.put(self.table, item)

    def delete(self, connection_id: str, route: Route, record_id: str) -> None:
        """Forget an event that was dealt with."""
        self.db.delete(self.table, _key(connection_id, route, record_id))


def _key(connection_id: str, route: Route, record_id: str) -> dict[str, str]:
    return {"connection_id": connection_id, "item": f"pending#{route}#{record_id}"}


def _held_key(connection_id: str) -> str:
    return f"{connection_id}#pending#held"


def _from_item(item: Item) -> PendingEvent:
    _, route, record_id = item["item"].split("#", 2)
    return PendingEvent(
        item["connection_id"],
        Route(route),
        record_id,
        int(item["attempt"]),
        parse_timestamp(item["due_at"]),
        item["reason"],
        parse_timestamp(item["since"]),
        item.get("detail", ""),
    )
