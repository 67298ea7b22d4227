"""Yuki's session in the connections table: the one credential in a table, because all functions share it."""

from dataclasses import dataclass
from datetime import timedelta

from tribe_yuki.adapters.aws.dynamodb import DynamoDb, parse_timestamp, timestamp
from tribe_yuki.domain.errors import Conflict
from tribe_yuki.domain.session import StoredSession

# Yuki ends a session after a day (yuki-api 2.1); what is left of its id then serves nobody.
KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class YukiSessions:
    """The session of one connection; replaced only by whoever saw the one that stands."""

    db: DynamoDb
    table: str
    connection_id: str

    def read(self) -> StoredSession | None:
        """Return the stored session, or None."""
        item = self.db.get(self.table, self._key)
        return StoredSession(item["session_id"], parse_timestamp(item["opened_at"])) if item else None

    def replace(self, old: str | None, new: StoredSession) -> bool:
        """Store a session if `old` is still the stored id (None: nothing is stored); tell whether it was."""
        item = {
            **self._key,
            "session_id": new.session_id,
            "opened_at": timestamp(new.opened_at),
            "expires_at": int((new.opened_at + KEPT).timestamp()),
        }
        condition = "attribute_not_exists(session_id)" if old is None else "session_id = :old"
        try:
            self.db.put(self.table, item, condition=condition, values={":old": old} if old else None)
        except Conflict:
            return False
        return True

    @property
    def _key(self) -> dict[str, str]:
        return {"owner": self.connection_id, "item": "yuki_session"}
