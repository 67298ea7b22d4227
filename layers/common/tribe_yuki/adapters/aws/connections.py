"""The connections table: settings, status, what Yuki offers, leases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_hex

from pydantic import TypeAdapter, ValidationError

from tribe_yuki.adapters.aws.dynamodb import DynamoDb, parse_timestamp, timestamp
from tribe_yuki.domain.errors import Conflict, Defect
from tribe_yuki.domain.settings import ConnectionSettings
from tribe_yuki.mapping.sales_invoice import Books

_BOOKS = TypeAdapter(Books)
_REGISTER = "connections"
_UNFINISHED = "unfinished#"


class Status(StrEnum):
    """Whether a connection works."""

    ACTIVE = "active"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Connections:
    """Reads and stores what belongs to a connection as a whole."""

    db: DynamoDb
    table: str

    def register(self, connection_id: str, settings: ConnectionSettings, status: Status, now: datetime) -> None:
        """Store a connection's settings and status, and list it among the connections."""
        settings_item = {
            "owner": connection_id,
            "item": "settings",
            "settings": settings.model_dump_json(),
            "saved_at": timestamp(now),
        }
        self.db.put(self.table, settings_item)
        self.db.put(self.table, {"owner": _REGISTER, "item": connection_id, "status": status.value})

    def settings(self, connection_id: str) -> ConnectionSettings | None:
        """Return a connection's settings, or None when there is no such connection."""
        item = self.db.get(self.table, {"owner": connection_id, "item": "settings"})
        if item is None:
            return None
        try:
            return ConnectionSettings.model_validate_json(item["settings"])
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
            raise Defect("settings_invalid", f"save the settings of {connection_id} again; wrong: {fields}") from None

    def status(self, connection_id: str) -> Status | None:
        """Return a connection's status, or None when there is no such connection."""
        item = self.db.get(self.table, {"owner": _REGISTER, "item": connection_id})
        return Status(item["status"]) if item else None

    def all_ids(self) -> Iterator[tuple[str, Status]]:
        """Yield every connection with its status."""
        for item in self.db.query(self.table, "#owner = :owner", {":owner": _REGISTER}, names={"#owner": "owner"}):
            yield item["item"], Status(item["status"])

    def books(self, connection_id: str, *, not_older_than: datetime) -> Books | None:
        """Return what Yuki's administration offered when last asked, unless that is too long ago."""
        item = self.db.get(self.table, {"owner": connection_id, "item": "books"})
        if item is None or parse_timestamp(item["read_at"]) < not_older_than:
            return None
        return _BOOKS.validate_json(item["books"])

    def store_books(self, connection_id: str, books: Books, now: datetime) -> None:
        """Remember what Yuki's administration offers."""
        text = _BOOKS.dump_json(books).decode()
        self.db.put(self.table, {"owner": connection_id, "item": "books", "books": text, "read_at": timestamp(now)})

    def mark(self, connection_id: str, name: str) -> datetime | None:
        """Return the instant remembered under a name, such as `first_look` or `customer_check`."""
        item = self.db.get(self.table, {"owner": connection_id, "item": f"mark#{name}"})
        return parse_timestamp(item["at"]) if item else None

    def set_mark(self, connection_id: str, name: str, instant: datetime) -> None:
        """Remember an instant under a name."""
        self.db.put(self.table, {"owner": connection_id, "item": f"mark#{name}", "at": timestamp(instant)})

    def note_unfinished_task(self, connection_id: str, task: str, now: datetime) -> None:
        """Remember that a task has to be started again."""
        self.db.put(self.table, {"owner": connection_id, "item": f"{_UNFINISHED}{task}", "at": timestamp(now)})

    def forget_unfinished_task(self, connection_id: str, task: str) -> None:
        """Forget a task that is done."""
        self.db.delete(self.table, {"owner": connection_id, "item": f"{_UNFINISHED}{task}"})

    def unfinished_tasks(self, connection_id: str) -> tuple[str, ...]:
        """Return the tasks that have to be started again."""
        items = self.db.query(
            self.table,
            "#owner = :owner AND begins_with(#item, :prefix)",
            {":owner": connection_id, ":prefix": _UNFINISHED},
            names={"#owner": "owner", "#item": "item"},
        )
        return tuple(item["item"].removeprefix(_UNFINISHED) for item in items)

    def acquire_lease(self, connection_id: str, name: str, now: datetime, length: timedelta) -> str | None:
        """Return a token when nobody else holds the lease, else None. A lease ends by itself after its length."""
        token = token_hex(8)
        item = {
            "owner": connection_id,
            "item": f"lease#{name}",
            "token": token,
            "until": timestamp(now + length),
            "expires_at": int((now + length + timedelta(hours=1)).timestamp()),
        }
        try:
            self.db.put(
                self.table,
                item,
                condition="attribute_not_exists(#until) OR #until <= :now",
                names={"#until": "until"},
                values={":now": timestamp(now)},
            )
        except Conflict:
            return None
        return token

    def release_lease(self, connection_id: str, name: str, token: str) -> None:
        """End a lease early, unless somebody else holds it by now."""
        key = {"owner": connection_id, "item": f"lease#{name}"}
        try:
            self.db.delete(
                self.table, key, condition="#token = :token", names={"#token": "token"}, values={":token": token}
            )
        except Conflict:
            return
