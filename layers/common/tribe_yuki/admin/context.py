"""Everything that the operator's use cases work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.outside import BudgetReader, DeadLetters, OutsideSystems
from tribe_yuki.admin.store import AdminStores, ConnectionRecordStore
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.core.clock import Clock
from tribe_yuki.core.journal import Fact, JournalEntry, JournalKind


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the stack was deployed with: where Tribe posts to (without connection and route), and the header names.

    `release` is what the deployment is called.
    """

    webhook_base: str
    token_header: str
    signature_header: str
    release: str


@dataclass(frozen=True, slots=True)
class Operator:
    """A person at work on one deployment; `who` tells who that is, for the journal.

    `stores` gives what is stored of a connection: `operator.stores(connection_id).links.get(…)`.
    """

    deployment: Deployment
    systems: OutsideSystems
    records: ConnectionRecordStore
    stores: Callable[[str], AdminStores]
    dead_letters: DeadLetters
    calls: BudgetReader
    clock: Clock
    who: Callable[[], str]

    def now(self) -> datetime:
        """Return the current instant."""
        return self.clock.now()

    def record(self, connection_id: str) -> ConnectionRecord:
        """Return a connection; raise Declined when there is none, or it is disconnected."""
        record = self.records.get(connection_id)
        if record is None or record.status is None:
            raise Declined("connection_unknown", f"there is no connection {connection_id}; {self._instead()}")
        return record

    def chosen(self, connection_id: str | None) -> str:
        """Return the connection that was named, else the only connection; raise Declined when that is not clear."""
        if connection_id:
            return connection_id
        known = self.records.all_ids()
        if len(known) == 1:
            return known[0]
        if not known:
            raise Declined("connection_unknown", "there is no connection yet; run `tribe-yuki connect`")
        raise Declined("connection_not_chosen", f"name one of {', '.join(known)} with --connection")

    def _instead(self) -> str:
        """Return which connections there are."""
        known = [
            connection_id
            for connection_id in self.records.all_ids()
            if (record := self.records.get(connection_id)) and record.status
        ]
        return f"there is {', '.join(known)}, or run `tribe-yuki connect`" if known else "run `tribe-yuki connect`"

    def entry(self, code: str, why: str = "", **facts: Fact) -> JournalEntry:
        """Return the journal entry of a decision, with who made it and why."""
        return JournalEntry(JournalKind.DECISION, code, {"who": self.who(), "why": why or None, **facts})
