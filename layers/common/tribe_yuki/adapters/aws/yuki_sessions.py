"""Yuki's session in the connections table: the one credential in a table, because all functions share it."""

from dataclasses import dataclass
from datetime import timedelta

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.stored_details import read_details
from tribe_yuki.connections.yuki_session import RefusedKey, StoredSession
from tribe_yuki.core.details import to_text
from tribe_yuki.core.errors import Conflict

# Yuki ends a session after a day (yuki-api 2.1); what is left of its id then serves nobody.
KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class YukiSessions:
    """The session of one connection; replaced only by whoever saw the one that stands."""

    db: DynamoDb
    table: str
    connection_id: str

    def read(self) -> StoredSession | RefusedKey | None:
        """Return the session, or the key that is refused; None when there is neither."""
        item = self.db.get(self.table, self._key)
        if item is None:
            return None
        if "session_id" in item:
            return StoredSession(item["session_id"], parse_timestamp(item["opened_at"]))
        return RefusedKey(item["key_id"], read_details(item["detail"]), parse_timestamp(item["refused_at"]))

    def replace(self, old: str | None, new: StoredSession | RefusedKey) -> bool:
        """Store this if `old` is still the stored id (None: no session is stored); tell whether it was.

        A refused key stays until the connection is connected again, or works with another one.
        """
        condition = "attribute_not_exists(session_id)" if old is None else "session_id = :old"
        try:
            self.db.put(self.table, self._item(new), condition=condition, values={":old": old} if old else None)
        except Conflict:
            return False
        return True

    def _item(self, new: StoredSession | RefusedKey) -> Item:
        if isinstance(new, RefusedKey):
            refused = {"key_id": new.key_id, "detail": to_text(new.details), "refused_at": timestamp(new.refused_at)}
            return {**self._key, **refused}
        return {
            **self._key,
            "session_id": new.session_id,
            "opened_at": timestamp(new.opened_at),
            "expires_at": int((new.opened_at + KEPT).timestamp()),
        }

    @property
    def _key(self) -> dict[str, str]:
        return {"owner": self.connection_id, "item": keys.YUKI_SESSION}
