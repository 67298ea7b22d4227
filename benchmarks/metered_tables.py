"""What the tables would charge for: requests and capacity units, without those of the indexes."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.support.world.virtual_dynamodb import VirtualDynamoDb

_READ_UNIT = 4096
_WRITE_UNIT = 1024
type _Answer = dict[str, Any]


class MeteredTables:
    """Passes requests on to the tables, and counts them and their units while `is_on` says so."""

    def __init__(self, tables: VirtualDynamoDb, is_on: Callable[[], bool]) -> None:
        self._tables = tables
        self._is_on = is_on
        self.requests: Counter[str] = Counter()
        self.read_units = 0.0
        self.write_units = 0

    def get_item(self, **request: Any) -> _Answer:  # noqa: ANN401 (as the client of DynamoDB)
        """Count a consistent read."""
        self._count("GetItem")
        answer = self._tables.get_item(**request)
        self._count(read=_units([answer.get("Item", {})], _READ_UNIT))
        return answer

    def batch_get_item(self, **request: Any) -> _Answer:  # noqa: ANN401
        """Count a batch of consistent reads, each of which takes a unit at least, also of what is not there."""
        self._count("BatchGetItem")
        answer = self._tables.batch_get_item(**request)
        found = [item for items in answer["Responses"].values() for item in items]
        missing = sum(len(wanted["Keys"]) for wanted in request["RequestItems"].values()) - len(found)
        self._count(read=sum(_units([item], _READ_UNIT) for item in found) + missing)
        return answer

    def query(self, **request: Any) -> _Answer:  # noqa: ANN401
        """Count a query; one of an index is not consistent and costs half."""
        self._count("Query")
        answer = self._tables.query(**request)
        self._count(read=_units(answer["Items"], _READ_UNIT) * (1.0 if request.get("ConsistentRead") else 0.5))
        return answer

    def put_item(self, **request: Any) -> _Answer:  # noqa: ANN401
        """Count a put."""
        self._count("PutItem")
        self._count(write=_units([request["Item"]], _WRITE_UNIT))
        return self._tables.put_item(**request)

    def delete_item(self, **request: Any) -> _Answer:  # noqa: ANN401
        """Count a deletion, of an item that is small or not there."""
        self._count("DeleteItem")
        self._count(write=1)
        return self._tables.delete_item(**request)

    def update_item(self, **request: Any) -> _Answer:  # noqa: ANN401
        """Count an update by the whole item that it leaves."""
        self._count("UpdateItem")
        answer = self._tables.update_item(**request)
        self._count(write=_units([answer["Attributes"]], _WRITE_UNIT))
        return answer

    def batch_write_item(self, **request: Any) -> _Answer:  # noqa: ANN401
        """Count the puts of a batch."""
        self._count("BatchWriteItem")
        for writes in request["RequestItems"].values():
            self._count(write=sum(_units([write["PutRequest"]["Item"]], _WRITE_UNIT) for write in writes))
        return self._tables.batch_write_item(**request)

    def transact_write_items(self, **request: Any) -> _Answer:  # noqa: ANN401
        """Count the writes of a transaction, which cost double."""
        self._count("TransactWriteItems")
        for write in request["TransactItems"]:
            self._count(write=2 * _units([write["Put"]["Item"] if "Put" in write else {}], _WRITE_UNIT))
        return self._tables.transact_write_items(**request)

    def _count(self, request: str = "", *, read: float = 0, write: int = 0) -> None:
        if self._is_on():
            self.requests[request] += bool(request)
            self.read_units += read
            self.write_units += write


def _units(items: Sequence[Mapping[str, Any]], unit: int) -> int:
    """Return how many units items take together; even nothing takes one."""
    return max(1, -(-sum(_size(item) for item in items) // unit))


def _size(value: object) -> int:
    match value:
        case Mapping():
            return sum(len(str(name)) + _size(one) for name, one in value.items())
        case list():
            return sum(_size(one) for one in value)
        case _:
            return len(str(value).encode())
