"""The items of one connection in a table, by the second part of their key."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Unpack

from tribe_yuki.adapters.aws.dynamodb import Condition, DynamoDb, Item
from tribe_yuki.core.errors import Defect


@dataclass(frozen=True, slots=True)
class ConnectionItems:
    """The items of one connection in the connections table."""

    db: DynamoDb
    table: str
    connection_id: str
    partition: ClassVar[str] = "owner"

    def _key(self, item: str) -> dict[str, str]:
        return {self.partition: self.connection_id, "item": item}

    def _get(self, item: str) -> Item | None:
        return self.db.get(self.table, self._key(item))

    def _read_ahead(self, items: Iterable[str]) -> None:
        self.db.read_ahead(self.table, [self._key(item) for item in items])

    def _put(self, item: str, attributes: Mapping[str, Any], **condition: Unpack[Condition]) -> None:
        self.db.put(self.table, {**self._key(item), **attributes}, **condition)

    def _delete(self, item: str) -> None:
        self.db.delete(self.table, self._key(item))

    def _starting_with(self, prefix: str) -> Iterator[Item]:
        return self.db.query(
            self.table,
            "#partition = :partition AND begins_with(#item, :prefix)",
            {":partition": self.connection_id, ":prefix": prefix},
            names={"#partition": self.partition, "#item": "item"},
        )


@dataclass(frozen=True, slots=True)
class IdMapItems(ConnectionItems):
    """The items of one connection in the id map table."""

    partition: ClassVar[str] = "connection_id"

    def _demand_own(self, connection_id: str) -> None:
        """Raise Defect for a record of another connection, whose journal is another, too."""
        if connection_id != self.connection_id:
            raise Defect("connection_mixed_up", f"a record of {connection_id} is not stored for {self.connection_id}")

    def _after(self, prefix: str, after: str, limit: int) -> Iterator[Item]:
        """Yield items of a kind in the order of their keys, beginning after a record's."""
        return self.db.query(
            self.table,
            "connection_id = :connection AND #item BETWEEN :first AND :last",
            {":connection": self.connection_id, ":first": f"{prefix}{after} ", ":last": f"{prefix}~"},
            names={"#item": "item"},
            limit=limit,
        )

    def _in_state(self, state_key: str, *, limit: int | None = None) -> Iterator[Item]:
        """Yield items in a state, longest in it first; the index may lag behind by a moment."""
        return self.db.query(self.table, "state_key = :key", {":key": state_key}, index="state", limit=limit)
