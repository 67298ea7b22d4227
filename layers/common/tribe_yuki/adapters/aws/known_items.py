"""The tables as one invocation works with them: no record is read twice."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Unpack, override

from tribe_yuki.adapters.aws.dynamodb import Condition, DynamoDb, Item, Write, deserialize, serialize
from tribe_yuki.core.errors import ConnectorError

# What a long task knows must not become all records that there are.
MOST_KNOWN = 500
type _Place = tuple[str, str, str]


class KnownItems(DynamoDb):
    """Remembers what was read and written of the id map's items, for the length of one invocation.

    What is known may be older than what is stored: the conditions of writes decide. When one fails, or a lease is
    taken, everything is read anew. What was read ahead of another table is handed out once.
    """

    def __init__(self, db: DynamoDb, id_map: str) -> None:
        super().__init__(db.client)
        self._id_map = id_map
        self._known: dict[_Place, Item | None] = {}
        self._ahead: dict[_Place, Item | None] = {}

    @override
    def get(self, table: str, key: Mapping[str, str]) -> Item | None:
        place = _place(table, key)
        if place in self._ahead:
            return self._ahead.pop(place)
        if place in self._known:
            return self._known[place]
        found = super().get(table, key)
        self._note_read({place: found})
        return found

    @override
    def read_ahead(self, table: str, keys: Sequence[Mapping[str, str]]) -> None:
        wanted = {place: key for key in keys if (place := _place(table, key)) not in self._known}
        found = {_place(table, item): item for item in self.get_many(table, list(wanted.values()))}
        items = {place: found.get(place) for place in wanted}
        if table == self._id_map:
            self._note_read(items)
        else:
            self._ahead |= items

    @override
    def forget(self) -> None:
        self._known.clear()

    @override
    def put(self, table: str, item: Mapping[str, Any], **condition: Unpack[Condition]) -> None:
        with self._writing(Write(table, item)):
            super().put(table, item, **condition)

    @override
    def put_many(self, table: str, items: Sequence[Mapping[str, Any]]) -> None:
        with self._writing(*(Write(table, item) for item in items)):
            super().put_many(table, items)

    @override
    def update(self, table: str, key: Mapping[str, str], expression: str, **condition: Unpack[Condition]) -> Item:
        with self._writing(Write(table, key, is_delete=True)):
            item = super().update(table, key, expression, **condition)
        self._note_written(Write(table, item))
        return item

    @override
    def delete(self, table: str, key: Mapping[str, str], **condition: Unpack[Condition]) -> None:
        with self._writing(Write(table, key, is_delete=True)):
            super().delete(table, key, **condition)

    @override
    def transact(self, writes: Sequence[Write]) -> None:
        with self._writing(*writes):
            super().transact(writes)

    @contextmanager
    def _writing(self, *writes: Write) -> Iterator[None]:
        """Note what was written; when that failed, another worker was faster, or nobody knows what stands there."""
        try:
            yield
        except ConnectorError:
            self.forget()
            raise
        for write in writes:
            self._note_written(write)

    def _note_read(self, items: Mapping[_Place, Item | None]) -> None:
        if len(self._known) > MOST_KNOWN:
            self.forget()
        self._known |= {place: item for place, item in items.items() if place[0] == self._id_map}

    def _note_written(self, write: Write) -> None:
        place = _place(write.table, write.item)
        self._ahead.pop(place, None)
        if place in self._known:
            self._known[place] = None if write.is_delete else deserialize(serialize(write.item))


def _place(table: str, item: Mapping[str, Any]) -> _Place:
    """Return where an item stands: table and key, whatever the table calls the parts of its key."""
    if "item" not in item:
        return table, str(item["record"]), str(item["at"])
    return table, str(item["connection_id"] if "owner" not in item else item["owner"]), str(item["item"])
