"""The session of a connection: one for all processes, renewed by one of them (design 7)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from tribe_yuki.adapters.yuki.ports import SessionStore
from tribe_yuki.domain.session import StoredSession

LONGEST_USE = timedelta(hours=12)  # half of what Yuki allows (yuki-api 2.1)


class InMemorySessionStore:
    """A store for one process: the operator's command, and tests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stored: StoredSession | None = None

    def read(self) -> StoredSession | None:
        """Return the stored session."""
        return self._stored

    def replace(self, old: str | None, new: StoredSession) -> bool:
        """Store a session if `old` is still the stored id."""
        with self._lock:
            if _id_of(self._stored) != old:
                return False
            self._stored = new
            return True


class Sessions:
    """Hand out the session id, and see to a new one when it is old or no longer accepted.

    Of several processes that renew at once, the one whose conditional replace succeeds wins; the others use its
    session.
    """

    def __init__(self, store: SessionStore, authenticate: Callable[[], str], now: Callable[[], datetime]) -> None:
        self._store = store
        self._authenticate = authenticate
        self._now = now
        self._known: StoredSession | None = None
        self._doubted: str | None = None

    def __repr__(self) -> str:
        return "Sessions()"

    def current(self) -> str:
        """Return a session id that should be accepted; may authenticate and raise what that raises."""
        if not self._is_usable(self._known):
            self._known = self._store.read()
        if self._known is not None and self._is_usable(self._known):
            return self._known.session_id
        return self._renew(self._known)

    def renew(self, refused: str) -> str:
        """Return another session id than the one that was refused."""
        self._doubted = refused
        self._known = None
        return self.current()

    def doubt(self, session_id: str) -> None:
        """Do not use this session for the next call: the last one ended in a way that an expired session may cause."""
        self._doubted = session_id

    def _is_usable(self, session: StoredSession | None) -> bool:
        if session is None or session.session_id == self._doubted:
            return False
        return self._now() - session.opened_at < LONGEST_USE

    def _renew(self, old: StoredSession | None) -> str:
        new = StoredSession(self._authenticate(), self._now())
        if not self._store.replace(_id_of(old), new):
            winner = self._store.read()
            new = winner if winner is not None and self._is_usable(winner) else new
        self._known = new
        return new.session_id


def _id_of(session: StoredSession | None) -> str | None:
    return session.session_id if session is not None else None
