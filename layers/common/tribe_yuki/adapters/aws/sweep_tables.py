"""What the sweep reads: the connections, what is due of each, and the stores of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import override

from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.dynamodb import parse_timestamp, timestamp
from tribe_yuki.adapters.aws.stores import Tables
from tribe_yuki.adapters.aws.yuki_calls import BreakerTable, BudgetReader
from tribe_yuki.connections.context import IMPORT_CONTACTS
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.invoices.store import InvoiceStores
from tribe_yuki.work.due import ConnectionSnapshot, DueItem
from tribe_yuki.work.sweep import SweepStore


@dataclass(frozen=True, slots=True)
class SweepTables(SweepStore):
    """Reads the list of connections, and the `due` index, whose key is the connection."""

    tables: Tables

    @override
    def activated(self) -> Iterator[tuple[str, bool]]:
        for connection_id, status in self._connections.all_ids():
            if status is not Status.CONNECTED:
                yield connection_id, status is Status.PAUSED

    @override
    def stores(self, connection_id: str) -> InvoiceStores:
        return self.tables.stores(connection_id)

    @override
    def due(self, connection_id: str, now: datetime, *, limit: int) -> Iterator[DueItem]:
        items = self.tables.db.query(
            self.tables.id_map,
            "due_key = :connection AND due_at <= :now",
            {":connection": connection_id, ":now": timestamp(now)},
            index="due",
            limit=limit,
        )
        for item in items:
            record_id = item["item"].rpartition("#")[2]
            yield DueItem(connection_id, item["kind"], record_id, parse_timestamp(item["due_at"]))

    @override
    def snapshot(self, connection_id: str, now: datetime, *, is_paused: bool) -> ConnectionSnapshot | None:
        settings = self._connections.settings(connection_id)
        if settings is None:
            return None
        stores = self.stores(connection_id)
        breaker = BreakerTable(self.tables.db, self.tables.connections, connection_id).read()
        progress = stores.tasks.progress(IMPORT_CONTACTS)
        return ConnectionSnapshot(
            connection_id,
            is_paused,
            settings,
            stores.timestamps.all(),
            breaker.probe_at if breaker else None,
            stores.tasks.unfinished(),
            progress is not None and not progress.is_finished,
            self._yuki_budget_used(settings, now),
        )

    @property
    def _connections(self) -> Connections:
        return Connections(self.tables.db, self.tables.connections, self.tables.id_map)

    def _yuki_budget_used(self, settings: ConnectionSettings, now: datetime) -> float:
        count = BudgetReader(self.tables.db, self.tables.connections).today(settings.yuki_domain_id, now)
        return 1.0 if count.is_blocked else count.calls / settings.daily_call_limit
