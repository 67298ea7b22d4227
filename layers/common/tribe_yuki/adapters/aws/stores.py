"""The tables, and the stores of a connection in them."""

from dataclasses import dataclass, replace
from typing import TypedDict

from tribe_yuki.adapters.aws.administration import AdministrationData
from tribe_yuki.adapters.aws.deferred_events import DeferredEvents
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.known_items import KnownItems
from tribe_yuki.adapters.aws.leases import Leases
from tribe_yuki.adapters.aws.links import Links
from tribe_yuki.adapters.aws.match_index import MatchIndex
from tribe_yuki.adapters.aws.notices import Notices
from tribe_yuki.adapters.aws.queues import AllQueues, Queues
from tribe_yuki.adapters.aws.reconciliations import Reconciliations
from tribe_yuki.adapters.aws.tasks import Tasks
from tribe_yuki.adapters.aws.timestamps import Timestamps
from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.adapters.aws.unlinked import UnlinkedContacts
from tribe_yuki.invoices.store import InvoiceStores, TransferStore


class StoreArguments(TypedDict):
    """What `InvoiceStores`, and all that extends it, is made of."""

    connection_id: str
    timestamps: Timestamps
    tasks: Tasks
    leases: Leases
    administration: AdministrationData
    notices: Notices
    queues: Queues
    links: Links
    unlinked: UnlinkedContacts
    match_index: MatchIndex
    deferred: DeferredEvents
    transfers: TransferStore
    reconciliations: Reconciliations


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables by their names, and the queues; a function that writes no journal knows none."""

    db: DynamoDb
    queues: AllQueues
    connections: str
    id_map: str = ""
    journal: str = ""

    def for_an_invocation(self) -> "Tables":
        """Return the tables as one invocation works with them, which reads no record twice."""
        return replace(self, db=KnownItems(self.db, self.id_map))

    def journal_of(self, connection_id: str) -> Journal:
        """Return a connection's journal, which keeps entries as long as any."""
        return Journal(self.db, self.journal, connection_id)

    def stores(self, connection_id: str) -> InvoiceStores:
        """Return the stores of a connection."""
        return InvoiceStores(**self.store_arguments(self.journal_of(connection_id)))

    def store_arguments(self, journal: Journal) -> StoreArguments:
        """Return the stores of the connection that a journal belongs to."""
        connection_id = journal.connection_id
        of_connection = (self.db, self.connections, connection_id)
        of_id_map = (self.db, self.id_map, connection_id)
        return {
            "connection_id": connection_id,
            "timestamps": Timestamps(*of_connection),
            "tasks": Tasks(*of_connection),
            "leases": Leases(*of_connection),
            "administration": AdministrationData(*of_connection),
            "notices": Notices(*of_connection),
            "queues": self.queues.of(connection_id),
            "links": Links(*of_id_map, journal),
            "unlinked": UnlinkedContacts(*of_id_map, journal),
            "match_index": MatchIndex(*of_id_map),
            "deferred": DeferredEvents(*of_id_map),
            "transfers": Transfers(*of_id_map, journal),
            "reconciliations": Reconciliations(*of_connection),
        }
