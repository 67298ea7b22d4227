"""Sessions of the console, and attempts to sign in, in the console's table; DynamoDB deletes what has ended."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item, timestamp
from tribe_yuki.console.session import LONGEST, Session
from tribe_yuki.console.sign_in import Attempt, digest
from tribe_yuki.console.store import SessionStore
from tribe_yuki.core.errors import Conflict


@dataclass(frozen=True, slots=True)
class ConsoleSessions(SessionStore):
    """What is stored of browsers: digests instead of what they keep, and the person's subject."""

    db: DynamoDb
    table: str

    @override
    def find(self, key: str, now: datetime) -> Session | None:
        item = self.db.get(self.table, keys.session(key))
        if item is None:
            return None
        started_at, seen_at = (datetime.fromisoformat(item[name]) for name in ("started_at", "seen_at"))
        session = Session(key, item["subject"], started_at, seen_at)
        return session if now < session.ends_at else None

    @override
    def save(self, session: Session) -> None:
        self.db.put(
            self.table,
            {
                **keys.session(session.key),
                "subject": session.subject,
                "started_at": timestamp(session.started_at),
                "seen_at": timestamp(session.seen_at),
                "expires_at": int(session.ends_at.timestamp()),
            },
        )

    @override
    def end(self, key: str) -> None:
        self.db.delete(self.table, keys.session(key))

    @override
    def save_attempt(self, attempt: Attempt, until: datetime) -> None:
        kept = {name: value for name, value in asdict(attempt).items() if name != "state"}
        key = keys.sign_in(digest(attempt.state))
        self.db.put(self.table, {**key, **kept, "expires_at": int(until.timestamp())})

    @override
    def take_attempt(self, state: str, now: datetime) -> Attempt | None:
        key = keys.sign_in(digest(state))
        item = self.db.get(self.table, key)
        if item is None or _has_ended(item, now):
            return None
        try:
            self.db.delete(self.table, key, condition="attribute_exists(verifier)")
        except Conflict:  # another request took it at the same moment
            return None
        return Attempt(state, item["verifier"], item["nonce"], item["browser"], item["target"])

    @override
    def take_form(self, key: str, once: str, now: datetime) -> bool:
        item = {**keys.session_form(key, digest(once)), "expires_at": int((now + LONGEST).timestamp())}
        try:
            self.db.put(self.table, item, condition="attribute_not_exists(expires_at)")
        except Conflict:
            return False
        return True


def _has_ended(item: Item, now: datetime) -> bool:
    return datetime.fromtimestamp(int(item["expires_at"]), UTC) <= now
