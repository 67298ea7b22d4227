"""Pending events in the id map table."""

from dataclasses import dataclass

from tribe_yuki.adapters.aws.dynamodb import DynamoDb, parse_timestamp, timestamp
from tribe_yuki.domain.pending import PendingEvent, Route


@dataclass(frozen=True, slots=True)
class PendingEvents:
    """Keeps events until Tribe can be asked about them; the `due` index brings them back."""

    db: DynamoDb
    table: str

    def get(self, connection_id: str, route: Route, record_id: str) -> PendingEvent | None:
        """Return a pending event, or None."""
        item = self.db.get(self.table, _key(connection_id, route, record_id))
        if item is None:
            return None
        due_at = parse_timestamp(item["due_at"])
        return PendingEvent(connection_id, route, record_id, int(item["attempt"]), due_at, item["reason"])

    def save(self, event: PendingEvent) -> None:
        """Keep an event, in place of what was known of it."""
        self.db.put(
            self.table,
            {
                **_key(event.connection_id, event.route, event.record_id),
                "kind": f"pending_{event.route}",
                "attempt": event.attempt,
                "reason": event.reason,
                "due_key": event.connection_id,
                "due_at": timestamp(event.due_at),
            },
        )

    def delete(self, connection_id: str, route: Route, record_id: str) -> None:
        """Forget an event that was dealt with."""
        self.db.delete(self.table, _key(connection_id, route, record_id))


def _key(connection_id: str, route: Route, record_id: str) -> dict[str, str]:
    return {"connection_id": connection_id, "item": f"pending#{route}#{record_id}"}
