"""Everything a use case works with, for one connection."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tribe_yuki.connections.administration import AdministrationCodes, OwnCompany
from tribe_yuki.connections.codes_of_yuki import BETWEEN_READINGS, kept_since, read_codes
from tribe_yuki.connections.outside import Topics, Yuki, YukiHealth
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.connections.store import ConnectionStores
from tribe_yuki.core.clock import Clock
from tribe_yuki.core.errors import ConnectorError, Defect, RateLimited, Retryable
from tribe_yuki.core.fingerprint import FingerprintKey, Fingerprints

# The tasks of a connection; a timestamp of the same name tells when each began last.
CATCH_UP = "catch_up"
COMPARE_CONTACTS = "compare_contacts"
CUSTOMER_CHECK = "customer_check"
FIRST_LOOK = "first_look"
IMPORT_CONTACTS = "import_contacts"
POLL_CONTACTS = "poll_contacts"
RECENT_INVOICES = "recent_invoices"
RECONCILE_INVOICES = "reconcile_invoices"
FILL_MATCH_INDEX = "register_relations"
SEND_DIGEST = "send_digest"
TELL_FIRST_HOLDS = "tell_first_holds"

CAUGHT_UP_TO = "caught_up_to"
INDEXED = "registered"
LOOKED_AT_CONTACTS = "looked_at_contacts"
POLL_CURSOR = "poll_cursor"
TRIBE_PAUSE = "tribe_pause"
TRIBE_RATE_LIMITED = "tribe_rate_limited"
# What one record may take: the longest call, and what has to be stored after it.
TIME_FOR_A_RECORD = timedelta(seconds=70)
OUT_OF_TIME = "out_of_time"
SOON = timedelta(seconds=5)


@dataclass(slots=True)
class _Known:
    """What was read already in this invocation."""

    codes: AdministrationCodes | None = None
    codes_since: datetime | None = None
    own_companies: tuple[OwnCompany, ...] | None = None
    had_first_look: bool = False


@dataclass(frozen=True, kw_only=True)
class ConnectionContext(ConnectionStores):
    """A connection at work, for the length of one invocation.

    `time_left` tells how long the invocation may still run, `tribe_calls` how many calls it made to Tribe. `is_paused`
    means: take notes, send nothing. `topics` are the mails to people, where a function sends any. `log_warning` writes
    a line of the log about the connection itself.
    """

    settings: ConnectionSettings
    yuki: Yuki
    yuki_health: YukiHealth
    clock: Clock
    time_left: Callable[[], timedelta]
    fingerprint_keys: Sequence[FingerprintKey]
    topics: Topics | None = None
    tribe_calls: Callable[[], int] = lambda: 0
    is_paused: bool = False
    log_warning: Callable[[str, Mapping[str, str]], None] = lambda _code, _facts: None
    random: Random = field(default_factory=Random)
    _known: _Known = field(default_factory=_Known, repr=False)

    def now(self) -> datetime:
        """Return the current instant."""
        return self.clock.now()

    @property
    def had_first_look(self) -> bool:
        """Whether the invoices that Yuki held before the first push are known."""
        if not self._known.had_first_look:
            self._known.had_first_look = self.timestamps.get(FIRST_LOOK) is not None
        return self._known.had_first_look

    def fingerprints(self, scope: str) -> Fingerprints:
        """Return what makes the fingerprints of a relation's link, by the relation's id, or of another scope."""
        if not self.fingerprint_keys:
            raise Defect("hmac_key_missing", "the credentials hold no key for fingerprints; connect again")
        return Fingerprints(f"{self.connection_id}#{scope}", self.fingerprint_keys)

    @property
    def has_time(self) -> bool:
        """Whether the invocation lasts long enough for one record more."""
        return self.time_left() >= TIME_FOR_A_RECORD

    def demand_time(self) -> None:
        """Raise Retryable unless there is time for one record more: what is left goes on in the next invocation."""
        if not self.has_time:
            raise Retryable(OUT_OF_TIME, "the rest goes on in a moment", retry_after=SOON)

    def heed(self, error: ConnectorError) -> None:
        """Leave Tribe alone as long as it asked for; all workers of the connection do."""
        if isinstance(error, RateLimited) and error.code == TRIBE_RATE_LIMITED and error.retry_after:
            until, known = self.now() + error.retry_after, self.timestamps.get(TRIBE_PAUSE)
            if known is None or known < until:
                self.timestamps.set(TRIBE_PAUSE, until)

    def own_companies(self) -> tuple[OwnCompany, ...]:
        """Return the companies of the administrations, asked once a day (one Yuki call)."""
        if self._known.own_companies is None:
            now = self.now()
            kept = self.administration.own_companies(not_older_than=kept_since(now))
            if kept is None:
                found = self.yuki.administrations()
                kept = tuple(OwnCompany(each.name, each.vat_number, each.coc_number) for each in found)
                self.administration.save_own_companies(kept, now)
            self._known.own_companies = kept
        return self._known.own_companies

    def codes(self) -> AdministrationCodes:
        """Return VAT codes and ledger accounts of the administration, asked each morning (two Yuki calls)."""
        if self._known.codes is None:
            now = self.now()
            self._known.codes = read_codes(lambda: self.yuki, self.administration, now, not_older_than=kept_since(now))
        return self._known.codes

    def newest_codes(self, patience: timedelta = BETWEEN_READINGS) -> AdministrationCodes:
        """Return the same, not older than `patience`, because something is missing (two Yuki calls).

        However much is missing, that is once in an invocation, and once in five minutes for all workers.
        """
        now = self.now()
        since = now - max(patience, BETWEEN_READINGS)
        if self._known.codes_since is None or self._known.codes_since < since:
            self._known.codes = read_codes(lambda: self.yuki, self.administration, now, not_older_than=since)
            self._known.codes_since = since
        return self.codes()
