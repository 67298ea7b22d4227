"""Connections for the operator: settings and status, stored with the journal entry that tells who changed them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.dynamodb import Write, timestamp
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.admin.store import ConnectionRecordStore
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.core.ids import CONNECTION_LIST
from tribe_yuki.core.journal import JournalEntry


@dataclass(frozen=True, slots=True)
class ConnectionRecords(ConnectionRecordStore):
    """Reads connections, and stores what an operator changes about them."""

    connections: Connections
    journal: Callable[[str], Journal]

    def all_ids(self) -> list[str]:
        """Return the ids of all connections that are not disconnected."""
        return [connection_id for connection_id, _ in self.connections.all_ids()]

    def get(self, connection_id: str) -> ConnectionRecord | None:
        """Return a connection, also one that is disconnected; None when there never was one with this id."""
        saved = self.connections.saved_settings(connection_id)
        if saved is None:
            return None
        settings, saved_at = saved
        status, former_tables = self.connections.standing(connection_id)
        return ConnectionRecord(connection_id, settings, status.value if status else None, saved_at, former_tables)

    def save(self, record: ConnectionRecord, entries: Sequence[JournalEntry], now: datetime) -> None:
        """Store settings, status and journal entries at once; raise Conflict when somebody else stored meanwhile."""
        table, connection_id = self.connections.table, record.connection_id
        settings = Write(
            table,
            {
                "owner": connection_id,
                "item": keys.SETTINGS,
                "settings": record.settings.model_dump_json(),
                "saved_at": timestamp(now),
            },
            "saved_at = :read" if record.saved_at else "attribute_not_exists(saved_at)",
            {":read": record.saved_at} if record.saved_at else None,
        )
        listed = {"owner": CONNECTION_LIST, "item": connection_id}
        if record.status is None:
            listing = Write(table, listed, is_delete=True)
        else:
            tables = list(record.former_tables or self.connections.tables)
            listing = Write(table, {**listed, "status": Status(record.status).value, "tables": tables})
        journal = self.journal(connection_id).writes(
            keys.CONNECTION_JOURNAL, entries, now, version=0, keep_for_years=True
        )
        self.connections.db.transact([settings, listing, *journal])

    def note(self, connection_id: str, entry: JournalEntry, now: datetime) -> None:
        """Store a journal entry about the connection alone."""
        writes = self.journal(connection_id).writes(
            keys.CONNECTION_JOURNAL, [entry], now, version=0, keep_for_years=True
        )
        self.connections.db.transact(writes)

    def forget_yuki_session(self, connection_id: str) -> None:
        """Delete the session of a key that is replaced or given up."""
        self.connections.db.delete(self.connections.table, {"owner": connection_id, "item": keys.YUKI_SESSION})
