"""What waits in the tables, for the sweep."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tribe_yuki.adapters.aws.calls_of_today import CallsOfToday
from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.links import Links
from tribe_yuki.adapters.aws.pending import PendingEvents
from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.adapters.aws.unlinked import UnlinkedContacts
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.work.due import ConnectionAtRest, DueItem

_IMPORT = "import_contacts"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Reads the `due` index, whose key is the connection, the records in a state, and the connections."""

    db: DynamoDb
    id_map_table: str
    all_connections: Connections

    @property
    def transfers(self) -> Transfers:
        """Return the stored transfers, to read."""
        return Transfers(self.db, self.id_map_table, self._no_journal)

    @property
    def links(self) -> Links:
        """Return the stored links, to read."""
        return Links(self.db, self.id_map_table, self._no_journal)

    @property
    def unlinked(self) -> UnlinkedContacts:
        """Return what is remembered of Yuki contacts without a link, to read."""
        return UnlinkedContacts(self.db, self.id_map_table, self._no_journal)

    @property
    def pending(self) -> PendingEvents:
        """Return the events that were kept, to read."""
        return PendingEvents(self.db, self.id_map_table)

    @property
    def _no_journal(self) -> Journal:
        """Return a journal for those who only read: the sweep may write none."""
        return Journal(self.db, "")

    def due(self, connection_id: str, now: datetime, *, limit: int) -> Iterator[DueItem]:
        """Yield what is due of a connection, longest due first."""
        items = self.db.query(
            self.id_map_table,
            "due_key = :connection AND due_at <= :now",
            {":connection": connection_id, ":now": timestamp(now)},
            index="due",
            limit=limit,
        )
        for item in items:
            record_id = item["item"].rpartition("#")[2]
            yield DueItem(connection_id, item["kind"], record_id, parse_timestamp(item["due_at"]))

    def activated(self) -> Iterator[tuple[str, bool]]:
        """Yield the id of each connection that was activated, and whether it is paused."""
        for connection_id, status in self.all_connections.all_ids():
            if status is not Status.CONNECTED:
                yield connection_id, status is Status.PAUSED

    def connection(self, connection_id: str, now: datetime, *, is_paused: bool) -> ConnectionAtRest | None:
        """Return what is known of a connection; None when it is gone meanwhile."""
        settings = self.all_connections.settings(connection_id)
        if settings is None:
            return None
        return ConnectionAtRest(
            connection_id,
            is_paused,
            settings,
            self.all_connections.marks(connection_id),
            self.all_connections.yuki_probe_at(connection_id),
            self.all_connections.unfinished_tasks(connection_id),
            self._is_importing(connection_id),
            self._yuki_budget_used(settings, now),
        )

    def _is_importing(self, connection_id: str) -> bool:
        progress = self.all_connections.progress(connection_id, _IMPORT)
        return progress is not None and not progress.is_finished

    def _yuki_budget_used(self, settings: ConnectionSettings, now: datetime) -> float:
        count = CallsOfToday(self.db, self.all_connections.table).today(settings.yuki_domain_id, now)
        return 1.0 if count.is_blocked else count.calls / settings.daily_call_limit
