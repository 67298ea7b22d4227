"""What waits in the tables, for the sweep."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.transfers import DUE
from tribe_yuki.domain.due import ConnectionAtRest, DueItem


@dataclass(frozen=True, slots=True)
class Waiting:
    """Reads the `due` index and the connections."""

    db: DynamoDb
    id_map_table: str
    all_connections: Connections

    def due(self, now: datetime, *, limit: int) -> Iterator[DueItem]:
        """Yield what is due, longest due first."""
        items = self.db.query(
            self.id_map_table,
            "due_key = :due AND due_at <= :now",
            {":due": DUE, ":now": timestamp(now)},
            index="due",
            limit=limit,
        )
        for item in items:
            record_id = item["item"].rpartition("#")[2]
            yield DueItem(item["connection_id"], item["kind"], record_id, parse_timestamp(item["due_at"]))

    def connections(self, now: datetime) -> Iterator[ConnectionAtRest]:
        """Yield the connections that were activated."""
        for connection_id, status in self.all_connections.all_ids():
            settings = self.all_connections.settings(connection_id)
            if settings is not None and status is not Status.CONNECTED:
                yield ConnectionAtRest(
                    connection_id,
                    status is Status.PAUSED,
                    settings,
                    self.all_connections.marks(connection_id),
                    self._breaker_probe_at(connection_id),
                    self.all_connections.unfinished_tasks(connection_id, now),
                )

    def _breaker_probe_at(self, connection_id: str) -> datetime | None:
        item = self.db.get(self.all_connections.table, {"owner": connection_id, "item": "breaker"})
        return parse_timestamp(item["probe_at"]) if item and "open_since" in item else None
