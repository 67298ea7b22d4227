"""Everything a use case works with, for one connection."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tribe_yuki.connections.ports import (
    Clock,
    Connections,
    Links,
    MatchRegister,
    PendingEvents,
    Queues,
    Reconciliations,
    Topics,
    Transfers,
    Tribe,
    UnlinkedContacts,
    Yuki,
    YukiHealth,
)
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.fields.read import ContactMapping, contact_mapping
from tribe_yuki.contacts.importable import OwnCompany
from tribe_yuki.core.errors import ConnectorError, Defect, RateLimited, Retryable
from tribe_yuki.core.fingerprint import FingerprintKey, Fingerprints
from tribe_yuki.invoices.document.invoice import Books

# The tasks of a connection; a mark of the same name tells when each began last.
CATCH_UP = "catch_up"
COMPARE_CONTACTS = "compare_contacts"
CUSTOMER_CHECK = "customer_check"
FIRST_LOOK = "first_look"
IMPORT_CONTACTS = "import_contacts"
POLL_CONTACTS = "poll_contacts"
RECENT_INVOICES = "recent_invoices"
RECONCILE_INVOICES = "reconcile_invoices"
REGISTER_RELATIONS = "register_relations"
SEND_DIGEST = "send_digest"
TELL_FIRST_HOLDS = "tell_first_holds"

CAUGHT_UP_TO = "caught_up_to"
REGISTERED = "registered"
POLL_CURSOR = "poll_cursor"
TRIBE_PAUSE = "tribe_pause"
TRIBE_RATE_LIMITED = "tribe_rate_limited"
BOOKS_KEPT = timedelta(hours=20)
# What one record may take: the longest call, and what has to be stored after it.
TIME_FOR_A_RECORD = timedelta(seconds=70)
OUT_OF_TIME = "out_of_time"
SOON = timedelta(seconds=5)


@dataclass(slots=True)
class Connection:
    """One connection at work, for the length of one invocation.

    `time_left` tells how long the invocation may still run, `tribe_calls` how many calls it made to Tribe. `is_paused`
    means: take notes, send nothing. `topics` are the mails to people, where a function sends any. `note` writes a line
    of the log about the connection itself.
    """

    connection_id: str
    settings: ConnectionSettings
    tribe: Tribe
    yuki: Yuki
    yuki_health: YukiHealth
    transfers: Transfers
    links: Links
    unlinked: UnlinkedContacts
    register: MatchRegister
    pending: PendingEvents
    connections: Connections
    queues: Queues
    clock: Clock
    time_left: Callable[[], timedelta]
    fingerprint_keys: Sequence[FingerprintKey]
    reconciliations: Reconciliations
    topics: Topics | None = None
    tribe_calls: Callable[[], int] = lambda: 0
    is_paused: bool = False
    note: Callable[[str, Mapping[str, str]], None] = lambda _code, _facts: None
    random: Random = field(default_factory=Random)
    _books: Books | None = None
    _own_companies: tuple[OwnCompany, ...] | None = None
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

    def fingerprints(self, tribe_relation_id: str) -> Fingerprints:
        """Return what makes the fingerprints of a relation's link."""
        return self._fingerprints(tribe_relation_id)

    @property
    def match_fingerprints(self) -> Fingerprints:
        """Return what makes the fingerprints by which records are found."""
        return self._fingerprints("match")

    def _fingerprints(self, scope: str) -> Fingerprints:
        if not self.fingerprint_keys:
            raise Defect("hmac_key_missing", "the credentials hold no key for fingerprints; connect again")
        return Fingerprints(f"{self.connection_id}#{scope}", self.fingerprint_keys)

    @property
    def registered_mark(self) -> str:
        """Return the mark that says since when all relations are on the register, under the key of today."""
        return f"{REGISTERED}#{self.match_fingerprints.keys[0].key_id}"

    @property
    def has_time(self) -> bool:
        """Tell whether the invocation lasts long enough for one record more."""
        return self.time_left() >= TIME_FOR_A_RECORD

    def demand_time(self) -> None:
        """Raise Retryable unless there is time for one record more: what is left goes on in the next invocation."""
        if not self.has_time:
            raise Retryable(OUT_OF_TIME, "the rest goes on in a moment", retry_after=SOON)

    def heed(self, error: ConnectorError) -> None:
        """Leave Tribe alone as long as it asked for; all workers of the connection do."""
        if isinstance(error, RateLimited) and error.code == TRIBE_RATE_LIMITED and error.retry_after:
            until, known = self.now() + error.retry_after, self.connections.mark(self.connection_id, TRIBE_PAUSE)
            if known is None or known < until:
                self.connections.set_mark(self.connection_id, TRIBE_PAUSE, until)

    def own_companies(self) -> tuple[OwnCompany, ...]:
        """Return the companies of the administrations, asked once a day (one Yuki call)."""
        if self._own_companies is None:
            now = self.now()
            kept = self.connections.own_companies(self.connection_id, not_older_than=now - BOOKS_KEPT)
            if kept is None:
                found = self.yuki.administrations()
                kept = tuple(OwnCompany(one.name, one.vat_number, one.coc_number) for one in found)
                self.connections.store_own_companies(self.connection_id, kept, now)
            self._own_companies = kept
        return self._own_companies

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
