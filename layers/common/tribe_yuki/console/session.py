"""Sessions of signed-in people: how long they last, and what proves that a form is the person's own (design 12)."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

LONGEST = timedelta(hours=8)
IDLE = timedelta(minutes=30)
# A page more or less in the same minutes needs no further write.
_SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person, by the subject that the user pool knows; nothing else about the person is stored.

    `key` is the digest of the random id that the browser keeps, so that nobody who reads the table can sign in.
    """

    key: str
    subject: str
    started_at: datetime
    seen_at: datetime

    @property
    def ends_at(self) -> datetime:
        """Return when the session ends unless the person goes on."""
        return min(self.started_at + LONGEST, self.seen_at + IDLE)

    def is_to_be_renewed(self, now: datetime) -> bool:
        """Whether it is time to store that the person is still there."""
        return now - self.seen_at >= _SEEN_EVERY


def new_session(subject: str, now: datetime) -> tuple[str, Session]:
    """Return the id for the browser, and the session that is stored."""
    session_id = token_urlsafe(32)
    return session_id, Session(key_of(session_id), subject, now, now)


def key_of(session_id: str) -> str:
    """Return the key under which a session is stored."""
    return hashlib.sha256(session_id.encode()).hexdigest()


def form_token(session_id: str, once: str) -> str:
    """Return what proves that a form was made for this session; `once` tells the forms of a session apart."""
    return hmac.new(session_id.encode(), f"form:{once}".encode(), hashlib.sha256).hexdigest()


def is_form_token(session_id: str, once: str, token: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(form_token(session_id, once), token)
