"""Everything a use case works with, for one connection."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tribe_yuki.domain.errors import Defect
from tribe_yuki.domain.settings import ConnectionSettings
from tribe_yuki.mapping.contact_fields import ContactMapping, contact_mapping
from tribe_yuki.mapping.sales_invoice import Books
from tribe_yuki.sync.ports import Clock, Connections, Links, Queues, Transfers, Tribe, Yuki, YukiHealth

BOOKS_KEPT = timedelta(hours=20)


@dataclass(slots=True)
class Connection:
    """One connection at work, for the length of one invocation.

    `time_left` tells how long the invocation may still run. `is_paused` means: take notes, send nothing.
    """

    connection_id: str
    settings: ConnectionSettings
    tribe: Tribe
    yuki: Yuki
    yuki_health: YukiHealth
    transfers: Transfers
    links: Links
    connections: Connections
    queues: Queues
    clock: Clock
    time_left: Callable[[], timedelta]
    is_paused: bool = False
    random: Random = field(default_factory=Random)
    _books: Books | None = None

    def now(self) -> datetime:
        """Return the current instant."""
        return self.clock.now()

    @property
    def contact_mapping(self) -> ContactMapping:
        """Return what the connection chose about contacts."""
        return contact_mapping(self.settings)

    def books(self) -> Books:
        """Return VAT codes and ledger accounts of the administration, asked once a day (two Yuki calls)."""
        if self._books is None:
            now = self.now()
            self._books = self.connections.books(self.connection_id, not_older_than=now - BOOKS_KEPT)
            if self._books is None:
                self._books = Books(tuple(self.yuki.vat_codes()), tuple(self.yuki.gl_accounts()))
                if not self._books.vat_codes or not self._books.gl_accounts:
                    raise Defect("books_empty", "the administration shows no VAT codes or no ledger accounts")
                self.connections.store_books(self.connection_id, self._books, now)
        return self._books
