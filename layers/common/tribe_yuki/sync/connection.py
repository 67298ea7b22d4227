"""Everything a use case works with, for one connection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tribe_yuki.domain.errors import ConnectorError, Defect, RateLimited
from tribe_yuki.domain.settings import ConnectionSettings
from tribe_yuki.mapping.contact_fields import ContactMapping, contact_mapping
from tribe_yuki.mapping.sales_invoice import Books
from tribe_yuki.sync.ports import Clock, Connections, Links, PendingEvents, Queues, Transfers, Tribe, Yuki, YukiHealth

FIRST_LOOK = "first_look"
TRIBE_PAUSE = "tribe_pause"
TRIBE_RATE_LIMITED = "tribe_rate_limited"
BOOKS_KEPT = timedelta(hours=20)


@dataclass(slots=True)
class Connection:
    """One connection at work, for the length of one invocation.

    `time_left` tells how long the invocation may still run. `is_paused` means: take notes, send nothing. `note` writes
    a line of the log about the connection itself.
    """

    connection_id: str
    settings: ConnectionSettings
    tribe: Tribe
    yuki: Yuki
    yuki_health: YukiHealth
    transfers: Transfers
    links: Links
    pending: PendingEvents
    connections: Connections
    queues: Queues
    clock: Clock
    time_left: Callable[[], timedelta]
    is_paused: bool = False
    pause_tribe: Callable[[datetime], None] = lambda _until: None
    note: Callable[[str, Mapping[str, str]], None] = lambda _code, _facts: None
    random: Random = field(default_factory=Random)
    _books: Books | None = None
    _had_first_look: bool = False

    def now(self) -> datetime:
        """Return the current instant."""
        return self.clock.now()

    @property
    def had_first_look(self) -> bool:
        """Tell whether the invoices that Yuki held before the first push are known."""
        if not self._had_first_look:
            self._had_first_look = self.connections.mark(self.connection_id, FIRST_LOOK) is not None
        return self._had_first_look

    @property
    def contact_mapping(self) -> ContactMapping:
        """Return what the connection chose about contacts."""
        return contact_mapping(self.settings)

    def heed(self, error: ConnectorError) -> None:
        """Leave Tribe alone as long as it asked for; all workers of the connection do."""
        if isinstance(error, RateLimited) and error.code == TRIBE_RATE_LIMITED and error.retry_after:
            self.connections.set_mark(self.connection_id, TRIBE_PAUSE, self.now() + error.retry_after)
            self.pause_tribe(self.now() + error.retry_after)

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
