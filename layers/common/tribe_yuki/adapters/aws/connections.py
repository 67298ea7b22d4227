"""The list of connections with their settings and status (paused on restored tables), in the connections table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import ValidationError

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item, timestamp
from tribe_yuki.connections.context import FIRST_LOOK, TRIBE_PAUSE
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.ids import CONNECTION_LIST, is_connection_id

SETTINGS_INVALID = "settings_invalid"


class Status(StrEnum):
    """Whether a connection works; one that is only connected does nothing before it is activated."""

    CONNECTED = "connected"
    ACTIVE = "active"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Connections:
    """All connections: their settings and status.

    A connection knows the tables that it was set to work with. In others, which were restored from a backup, it is
    paused until a person resumes it: what was booked since the backup is not in them.
    """

    db: DynamoDb
    table: str
    id_map_table: str = ""

    def save(self, connection_id: str, settings: ConnectionSettings, status: Status, now: datetime) -> None:
        """Store a connection's settings and status, and list it among the connections."""
        settings_item = {
            "owner": connection_id,
            "item": keys.SETTINGS,
            "settings": settings.model_dump_json(),
            "saved_at": timestamp(now),
        }
        self.db.put(self.table, settings_item)
        listed = {"owner": CONNECTION_LIST, "item": connection_id, "status": status.value, "tables": list(self.tables)}
        self.db.put(self.table, listed)

    def read_ahead(self, connection_id: str) -> None:
        """Read together what every piece of work for a connection asks for first."""
        of_connection = (
            keys.SETTINGS,
            keys.BREAKER,
            *(f"{keys.TIMESTAMP}{name}" for name in (FIRST_LOOK, TRIBE_PAUSE)),
        )
        wanted = [{"owner": connection_id, "item": item} for item in of_connection]
        self.db.read_ahead(self.table, [{"owner": CONNECTION_LIST, "item": connection_id}, *wanted])

    def settings(self, connection_id: str) -> ConnectionSettings | None:
        """Return a connection's settings, or None when there is no such connection."""
        saved = self.saved_settings(connection_id)
        return saved[0] if saved else None

    def saved_settings(self, connection_id: str) -> tuple[ConnectionSettings, str] | None:
        """Return a connection's settings, and when it was saved last; None when there is no such connection."""
        item = self.db.get(self.table, {"owner": connection_id, "item": keys.SETTINGS})
        if item is None:
            return None
        try:
            return ConnectionSettings.stored(item["settings"]), str(item["saved_at"])
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
            text = f"this version does not take the settings of {connection_id} ({fields}); deploy the one that does"
            raise Defect(SETTINGS_INVALID, text) from None

    def status(self, connection_id: str) -> Status | None:
        """Return a connection's status, or None when there is no such connection."""
        return self.standing(connection_id)[0]

    def standing(self, connection_id: str) -> tuple[Status | None, tuple[str, ...]]:
        """Return a connection's status, and the other tables that it was set to work with, if these are others."""
        item = self.db.get(self.table, {"owner": CONNECTION_LIST, "item": connection_id})
        return (self._status(item), self.former_tables_of(item)) if item else (None, ())

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables that connections work with now."""
        return tuple(filter(None, (self.table, self.id_map_table)))

    def former_tables_of(self, item: Item) -> tuple[str, ...]:
        """Return the other tables that a connection, as it is stored, was set to work with."""
        known = tuple(item.get("tables", ()))
        return () if set(self.tables) <= set(known) or not known else known

    def _status(self, item: Item) -> Status | None:
        if "status" not in item:
            return None
        # One that only a newer version knows: take notes and send nothing, until that one is back.
        status = Status(item["status"]) if item["status"] in Status else Status.PAUSED
        return Status.PAUSED if status is Status.ACTIVE and self.former_tables_of(item) else status

    def all_ids(self) -> Iterator[tuple[str, Status]]:
        """Yield every connection with its status; what else stands under the list's name is none."""
        for item in self.db.query(
            self.table, "#owner = :owner", {":owner": CONNECTION_LIST}, names={"#owner": "owner"}
        ):
            if is_connection_id(item["item"]) and (status := self._status(item)) is not None:
                yield item["item"], status
