"""The session of a connection: one for all processes, renewed by one of them (design 7)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from tribe_yuki.adapters.yuki.ports import SessionStore
from tribe_yuki.connections.yuki_session import RefusedKey, StoredSession
from tribe_yuki.core.errors import CredentialsRefused
from tribe_yuki.core.holds import HoldReason

LONGEST_USE = timedelta(hours=12)  # half of what Yuki allows (yuki-api 2.1)


class InMemorySessionStore:
    """A store for one process: the operator's command, and tests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stored: StoredSession | RefusedKey | None = None

    def read(self) -> StoredSession | RefusedKey | None:
        """Return the stored session, or the key that is refused."""
        return self._stored

    def replace(self, old: str | None, new: StoredSession | RefusedKey) -> bool:
        """Store this if `old` is still the stored id."""
        with self._lock:
            if _id_of(self._stored) != old:
                return False
            self._stored = new
            return True


class Sessions:
    """Hand out the session id; renew it when it is old or no longer accepted.

    Of several processes that renew at once, the first whose conditional replace succeeds wins; the others use its
    session. A key that Yuki refused is remembered in the place of a session, and nothing is asked with it again.
    """

    def __init__(
        self, store: SessionStore, authenticate: Callable[[], str], now: Callable[[], datetime], *, key_id: str
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._now = now
        self._key_id = key_id
        self._known: StoredSession | RefusedKey | None = None
        self._doubted: str | None = None

    def __repr__(self) -> str:
        return "Sessions()"

    def current(self) -> str:
        """Return a session id that should be accepted; may authenticate and raise what that raises.

        Raises CredentialsRefused without a call when the key is known to be refused.
        """
        usable = self._usable(self._known)
        if usable is None:
            self._known = self._store.read()
            usable = self._usable(self._known)
        return usable.session_id if usable is not None else self._renew(self._known)

    def renew(self, refused: str) -> str:
        """Return another session id than the refused one."""
        self._doubted = refused
        self._known = None
        return self.current()

    def doubt(self, session_id: str) -> None:
        """Do not use this session again: its last call ended as calls with an expired session may."""
        self._doubted = session_id

    def refuse(self, session_id: str, error: CredentialsRefused) -> None:
        """Remember that Yuki refused the key in a call with this session."""
        self._store.replace(session_id, RefusedKey(self._key_id, error.details, self._now()))
        self._known = None

    def _usable(self, stored: StoredSession | RefusedKey | None) -> StoredSession | None:
        if isinstance(stored, RefusedKey):
            if stored.key_id == self._key_id:
                raise CredentialsRefused(HoldReason.YUKI_KEY_REFUSED, *stored.details)
            return None
        if stored is None or stored.session_id == self._doubted:
            return None
        return stored if self._now() - stored.opened_at < LONGEST_USE else None

    def _renew(self, old: StoredSession | RefusedKey | None) -> str:
        try:
            new = StoredSession(self._authenticate(), self._now())
        except CredentialsRefused as error:
            self._store.replace(_id_of(old), RefusedKey(self._key_id, error.details, self._now()))
            raise
        if not self._store.replace(_id_of(old), new):
            new = self._usable(self._store.read()) or new
        self._known = new
        return new.session_id


def _id_of(stored: StoredSession | RefusedKey | None) -> str | None:
    return stored.session_id if isinstance(stored, StoredSession) else None
