"""The connections table: settings, status (paused on restored tables), what Yuki offers, leases."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_hex

from pydantic import TypeAdapter, ValidationError

from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item, parse_timestamp, timestamp
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.importable import OwnCompany
from tribe_yuki.core.errors import Conflict, Defect
from tribe_yuki.core.ids import REGISTER, is_connection_id
from tribe_yuki.invoices.document.invoice import Books
from tribe_yuki.work.progress import Progress, UnfinishedTask

_BOOKS = TypeAdapter(Books)
_OWN_COMPANIES = TypeAdapter(tuple[OwnCompany, ...])
_PROGRESS = TypeAdapter(Progress)
SETTINGS_INVALID = "settings_invalid"
_MARK = "mark#"
_UNFINISHED = "unfinished#"
_SEEN = "seen#"
_SEEN_KEPT = timedelta(days=7)


class Status(StrEnum):
    """Whether a connection works; one that is only connected does nothing before it is activated."""

    CONNECTED = "connected"
    ACTIVE = "active"
    PAUSED = "paused"


def breaker_key(connection_id: str) -> dict[str, str]:
    """Return the key of the item that is `open_since` Yuki was found not to answer a connection."""
    return {"owner": connection_id, "item": "breaker"}


@dataclass(frozen=True, slots=True)
class Connections:
    """Reads and stores what belongs to a connection as a whole.

    A connection knows the tables that it was set to work with. In others, which were restored from a backup, it is
    paused until a person resumes it: what was booked since the backup is not in them.
    """

    db: DynamoDb
    table: str
    id_map_table: str = ""

    def register(self, connection_id: str, settings: ConnectionSettings, status: Status, now: datetime) -> None:
        """Store a connection's settings and status, and list it among the connections."""
        settings_item = {
            "owner": connection_id,
            "item": "settings",
            "settings": settings.model_dump_json(),
            "saved_at": timestamp(now),
        }
        self.db.put(self.table, settings_item)
        listed = {"owner": REGISTER, "item": connection_id, "status": status.value, "tables": list(self.tables)}
        self.db.put(self.table, listed)

    def settings(self, connection_id: str) -> ConnectionSettings | None:
        """Return a connection's settings, or None when there is no such connection."""
        saved = self.saved_settings(connection_id)
        return saved[0] if saved else None

    def saved_settings(self, connection_id: str) -> tuple[ConnectionSettings, str] | None:
        """Return a connection's settings, and when it was saved last; None when there is no such connection."""
        item = self.db.get(self.table, {"owner": connection_id, "item": "settings"})
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
        item = self.db.get(self.table, {"owner": REGISTER, "item": connection_id})
        return self._status(item) if item else None

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables that connections work with now."""
        return tuple(filter(None, (self.table, self.id_map_table)))

    def former_tables(self, connection_id: str) -> tuple[str, ...]:
        """Return the tables that a connection was set to work with, when these are others; else nothing."""
        item = self.db.get(self.table, {"owner": REGISTER, "item": connection_id})
        return self._former_tables(item) if item else ()

    def _former_tables(self, item: Item) -> tuple[str, ...]:
        known = tuple(item.get("tables", ()))
        return () if set(self.tables) <= set(known) or not known else known

    def _status(self, item: Item) -> Status | None:
        if "status" not in item:
            return None
        # One that only a newer version knows: take notes and send nothing, until that one is back.
        status = Status(item["status"]) if item["status"] in Status else Status.PAUSED
        return Status.PAUSED if status is Status.ACTIVE and self._former_tables(item) else status

    def all_ids(self) -> Iterator[tuple[str, Status]]:
        """Yield every connection with its status; what else stands under the register's name is none."""
        for item in self.db.query(self.table, "#owner = :owner", {":owner": REGISTER}, names={"#owner": "owner"}):
            if is_connection_id(item["item"]) and (status := self._status(item)) is not None:
                yield item["item"], status

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

    def own_companies(self, connection_id: str, *, not_older_than: datetime) -> tuple[OwnCompany, ...] | None:
        """Return the companies of the administrations when last asked, unless that is too long ago."""
        item = self.db.get(self.table, {"owner": connection_id, "item": "own_companies"})
        if item is None or parse_timestamp(item["read_at"]) < not_older_than:
            return None
        return _OWN_COMPANIES.validate_json(item["companies"])

    def store_own_companies(self, connection_id: str, companies: tuple[OwnCompany, ...], now: datetime) -> None:
        """Remember the companies of the administrations."""
        text = _OWN_COMPANIES.dump_json(companies).decode()
        item = {"owner": connection_id, "item": "own_companies", "companies": text, "read_at": timestamp(now)}
        self.db.put(self.table, item)

    def mark(self, connection_id: str, name: str) -> datetime | None:
        """Return the instant remembered under a name, such as `first_look` or `customer_check`."""
        item = self.db.get(self.table, {"owner": connection_id, "item": f"{_MARK}{name}"})
        return parse_timestamp(item["at"]) if item else None

    def marks(self, connection_id: str) -> dict[str, datetime]:
        """Return all instants remembered of a connection, by name."""
        items = self._query(connection_id, _MARK)
        return {item["item"].removeprefix(_MARK): parse_timestamp(item["at"]) for item in items}

    def set_mark(self, connection_id: str, name: str, instant: datetime) -> None:
        """Remember an instant under a name."""
        self.db.put(self.table, {"owner": connection_id, "item": f"{_MARK}{name}", "at": timestamp(instant)})

    def yuki_away_since(self, connection_id: str) -> datetime | None:
        """Return since when Yuki is left alone because it does not answer, or None."""
        breaker = self._open_breaker(connection_id)
        return parse_timestamp(breaker["open_since"]) if breaker else None

    def yuki_probe_at(self, connection_id: str) -> datetime | None:
        """Return when somebody looks next whether Yuki is back; None while it answers."""
        breaker = self._open_breaker(connection_id)
        return parse_timestamp(breaker["probe_at"]) if breaker else None

    def _open_breaker(self, connection_id: str) -> Item | None:
        item = self.db.get(self.table, breaker_key(connection_id))
        return item if item and "open_since" in item else None

    def note_unfinished_task(self, connection_id: str, task: str, unfinished: UnfinishedTask) -> None:
        """Remember that a task has to be started again, and when."""
        item = {
            "owner": connection_id,
            "item": f"{_UNFINISHED}{task}",
            "at": timestamp(unfinished.again_at),
            "noted_at": timestamp(unfinished.noted_at) if unfinished.noted_at else None,
            "attempt": unfinished.attempt,
            "code": unfinished.code or None,
        }
        self.db.put(self.table, item)

    def forget_unfinished_task(self, connection_id: str, task: str) -> None:
        """Forget a task that is done."""
        self.db.delete(self.table, {"owner": connection_id, "item": f"{_UNFINISHED}{task}"})

    def unfinished_tasks(self, connection_id: str) -> dict[str, UnfinishedTask]:
        """Return the tasks that have to be started again, and when."""
        items = self._query(connection_id, _UNFINISHED)
        return {item["item"].removeprefix(_UNFINISHED): _unfinished(item) for item in items}

    def progress(self, connection_id: str, task: str) -> Progress | None:
        """Return how far the newest run of a task has come, or None when it never ran."""
        item = self.db.get(self.table, {"owner": connection_id, "item": f"progress#{task}"})
        return _PROGRESS.validate_json(item["progress"]) if item else None

    def save_progress(self, connection_id: str, progress: Progress, former: Progress | None) -> None:
        """Move a run on; raise Conflict when another worker moved it on meanwhile."""
        item = {
            "owner": connection_id,
            "item": f"progress#{progress.task}",
            "progress": _PROGRESS.dump_json(progress).decode(),
            "place": f"{progress.run}#{progress.slice_number}",
        }
        if former is None:
            self.db.put(self.table, item, condition="attribute_not_exists(place)")
        else:
            place = f"{former.run}#{former.slice_number}"
            self.db.put(self.table, item, condition="place = :place", values={":place": place})

    def note_seen(self, connection_id: str, run: str, name: str, ids: Sequence[str], now: datetime) -> None:
        """Remember which records a run of a task saw, for a week."""
        self.db.put(
            self.table,
            {
                "owner": connection_id,
                "item": f"{_SEEN}{run}#{name}",
                "ids": list(ids),
                "expires_at": int((now + _SEEN_KEPT).timestamp()),
            },
        )

    def seen(self, connection_id: str, run: str) -> Iterator[str]:
        """Yield which records a run of a task saw."""
        for item in self._query(connection_id, f"{_SEEN}{run}#"):
            yield from item["ids"]

    def seen_with(self, connection_id: str, record_id: str) -> list[str]:
        """Return the notes of what runs saw, such as `seen#<run>#customers#1`, that name a record."""
        return [item["item"] for item in self._query(connection_id, _SEEN) if record_id in item["ids"]]

    def forget_seen(self, connection_id: str, record_id: str) -> int:
        """Take a record out of the notes of what runs saw; return how many named it."""
        found = [item for item in self._query(connection_id, _SEEN) if record_id in item["ids"]]
        for item in found:
            self.db.put(self.table, {**item, "ids": [one for one in item["ids"] if one != record_id]})
        return len(found)

    def told(self, connection_id: str) -> frozenset[str]:
        """Return the kinds of holds that people were told of and that were there ever since."""
        item = self.db.get(self.table, {"owner": connection_id, "item": "told"})
        return frozenset(item["kinds"]) if item else frozenset()

    def store_told(self, connection_id: str, kinds: Collection[str]) -> None:
        """Remember which kinds of holds people were told of."""
        self.db.put(self.table, {"owner": connection_id, "item": "told", "kinds": sorted(kinds)})

    def _query(self, owner: str, prefix: str) -> Iterator[Item]:
        return self.db.query(
            self.table,
            "#owner = :owner AND begins_with(#item, :prefix)",
            {":owner": owner, ":prefix": prefix},
            names={"#owner": "owner", "#item": "item"},
        )

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


def _unfinished(item: Item) -> UnfinishedTask:
    noted_at = parse_timestamp(item["noted_at"]) if "noted_at" in item else None
    return UnfinishedTask(parse_timestamp(item["at"]), noted_at, int(item.get("attempt", 0)), item.get("code", ""))
