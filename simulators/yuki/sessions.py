"""Access keys, sessions, and the number of calls a day (yuki-api 2 and 6)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulators.yuki.books import AccessKey, Books, new_id
from simulators.yuki.local_time import to_local
from simulators.yuki.soap import SoapFault

NO_DATABASE = "Domain has no active database"
DAILY_LIMIT = "Daily limit exceeded"


@dataclass
class Session:
    """A session: the key that opened it, on the host of one region, with its chosen domain and language."""

    id: str
    key: AccessKey
    region: str
    started: datetime
    domain_id: str
    language: str


class Sessions:
    """Open and find sessions, and count the calls of each domain per day in Amsterdam."""

    def __init__(self) -> None:
        self._open: dict[str, Session] = {}
        self._calls: Counter[tuple[str, str]] = Counter()
        self.opened = 0

    @property
    def open_count(self) -> int:
        """Return how many sessions have not been ended."""
        return len(self._open)

    def daily_calls(self) -> dict[str, dict[str, int]]:
        """Return the calls per domain and day."""
        days: dict[str, dict[str, int]] = {}
        for (domain_id, day), count in self._calls.items():
            days.setdefault(domain_id, {})[day] = count
        return days

    def authenticate(
        self, books: Books, key: str, *, region: str, now: datetime, switches: Mapping[str, Any]
    ) -> Session:
        """Open a session on the host of a region; raise SoapFault for a wrong or revoked key."""
        known = books.access_keys.get(key.strip().lower())
        wrong_host = known is not None and known.region != region and switches["wrong_region"] == "refuse_key"
        if known is None or known.revoked or wrong_host:
            raise SoapFault("Invalid access key")
        if known.domain_ids:
            self.check_limit(known.domain_ids[0], now, switches, counts=switches["authenticate_counts"])
        if switches["authenticate_ends_sessions"]:
            self.end(known)
        session = Session(
            id=new_id(),
            key=known,
            region=region,
            started=now,
            domain_id=known.domain_ids[0] if known.domain_ids else "",
            language="nl-be" if known.region == "be" else "nl",
        )
        self._open[session.id] = session
        self.opened += 1
        return session

    def find(self, session_id: str, *, region: str, now: datetime, switches: Mapping[str, Any]) -> Session:
        """Return a live session of this host; raise SoapFault for any other."""
        session = self._open.get(session_id.strip().lower())
        lifetime = timedelta(seconds=switches["session_lifetime_seconds"])
        if session is None or session.region != region or now - session.started >= lifetime:
            raise SoapFault(str(switches["session_fault_text"]))
        return session

    def end(self, key: AccessKey | None = None) -> None:
        """End the sessions of a key, or all of them."""
        self._open = {
            session.id: session for session in self._open.values() if key is not None and session.key is not key
        }

    def check_limit(self, domain_id: str, now: datetime, switches: Mapping[str, Any], *, counts: bool = True) -> None:
        """Count a call of a domain; raise SoapFault when the allowance of the Amsterdam day is used up."""
        day = (domain_id, to_local(now).date().isoformat())
        if self._calls[day] >= switches["daily_limit"]:
            raise SoapFault(DAILY_LIMIT)
        self._calls[day] += counts
