"""DynamoDB tables with plain Python values, conditions, and errors sorted by what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from tribe_yuki.adapters.aws.refusals import AwsError, aws_errors, code_of, say_why
from tribe_yuki.core.errors import Conflict, ConnectorError, Defect, Retryable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = dict[str, Any]

_ITEMS_PER_BATCH = 25
_KEYS_PER_BATCH = 100
_SERIALIZER = TypeSerializer()
_DESERIALIZER = TypeDeserializer()

# Codes after which the same request may be tried again; everything else is a defect of ours or of the set-up.
_RETRYABLE_CODES = frozenset(
    {
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
        "LimitExceededException",
    }
)


class ConditionFailed(Conflict):
    """A condition of a write did not hold; `index` tells which part of a transaction, `item` what stands there."""

    def __init__(self, index: int, item: Item | None) -> None:
        super().__init__("changed_meanwhile", "somebody else changed this at the same moment; do it again")
        self.index = index
        self.item = item


class Condition(TypedDict, total=False):
    """On what a write depends, with the names and values that it mentions."""

    condition: str | None
    names: Mapping[str, str] | None
    values: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Write:
    """A put of one item, possibly under a condition, as part of a transaction; or a delete, when `item` is its key."""

    table: str
    item: Mapping[str, Any]
    condition: str | None = None
    values: Mapping[str, Any] | None = None
    names: Mapping[str, str] | None = None
    is_delete: bool = False

    def as_request(self) -> dict[str, Any]:
        """Return this part of a transaction as DynamoDB takes it."""
        request = {
            "TableName": self.table,
            "Key" if self.is_delete else "Item": serialize(self.item),
            **_optional(self.condition, self.names, self.values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        return {"Delete" if self.is_delete else "Put": request}


class DynamoDb:
    """Read and write items; every method raises Retryable, Conflict or Defect."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self.client = client

    def get(self, table: str, key: Mapping[str, str]) -> Item | None:
        """Return one item, read consistently, or None."""
        with aws_errors(_ours):
            answer = self.client.get_item(TableName=table, Key=serialize(key), ConsistentRead=True)
        return deserialize(answer["Item"]) if "Item" in answer else None

    def get_many(self, table: str, keys: Sequence[Mapping[str, str]]) -> Iterator[Item]:
        """Yield those of some items that are there, in no order, 100 a call; what DynamoDB leaves over, one by one."""
        for start in range(0, len(keys), _KEYS_PER_BATCH):
            wanted: Any = [serialize(key) for key in keys[start : start + _KEYS_PER_BATCH]]
            with aws_errors(_ours):
                answer = self.client.batch_get_item(RequestItems={table: {"Keys": wanted, "ConsistentRead": True}})
            yield from map(deserialize, answer["Responses"].get(table, ()))
            left = answer["UnprocessedKeys"].get(table)
            yield from filter(None, (self.get(table, deserialize(key)) for key in (left["Keys"] if left else ())))

    def read_ahead(self, table: str, keys: Sequence[Mapping[str, str]]) -> None:
        """Read items at once that will be asked for one by one, where what was read is remembered."""

    def forget(self) -> None:
        """Have everything read anew, where what was read is remembered."""

    def put(self, table: str, item: Mapping[str, Any], **condition: Unpack[Condition]) -> None:
        """Put one item; raise ConditionFailed when the condition does not hold."""
        with aws_errors(_ours):
            self.client.put_item(TableName=table, Item=serialize(item), **_optional(**condition))

    def put_many(self, table: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Put items without condition, 25 a call; what DynamoDB leaves over is put one by one."""
        for start in range(0, len(items), _ITEMS_PER_BATCH):
            requests: Any = [
                {"PutRequest": {"Item": serialize(item)}} for item in items[start : start + _ITEMS_PER_BATCH]
            ]
            with aws_errors(_ours):
                answer = self.client.batch_write_item(RequestItems={table: requests})
            for left in answer.get("UnprocessedItems", {}).get(table, []):
                self.put(table, deserialize(left["PutRequest"]["Item"]))

    def update(self, table: str, key: Mapping[str, str], expression: str, **condition: Unpack[Condition]) -> Item:
        """Update one item and return it whole; raise ConditionFailed when the condition does not hold."""
        with aws_errors(_ours):
            answer = self.client.update_item(
                TableName=table,
                Key=serialize(key),
                UpdateExpression=expression,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **_optional(**condition),
            )
        return deserialize(answer.get("Attributes", {}))

    def delete(self, table: str, key: Mapping[str, str], **condition: Unpack[Condition]) -> None:
        """Delete one item; raise ConditionFailed when the condition does not hold."""
        with aws_errors(_ours):
            self.client.delete_item(TableName=table, Key=serialize(key), **_optional(**condition))

    def transact(self, writes: Sequence[Write]) -> None:
        """Put all items or none; raise ConditionFailed naming the first condition that did not hold."""
        items: list[Any] = [write.as_request() for write in writes]
        with aws_errors(_ours):
            self.client.transact_write_items(TransactItems=items)

    def query(
        self,
        table: str,
        condition: str,
        values: Mapping[str, Any],
        *,
        index: str | None = None,
        names: Mapping[str, str] | None = None,
        limit: int | None = None,
        last_first: bool = False,
    ) -> Iterator[Item]:
        """Yield items in the order of the sort key, or from its end, page by page, at most `limit`."""
        request: dict[str, Any] = _optional(None, names, values)
        request |= {"TableName": table, "KeyConditionExpression": condition}
        request |= {"IndexName": index} if index else {"ConsistentRead": True}
        if last_first:
            request["ScanIndexForward"] = False
        left = limit
        while True:
            if left is not None:
                request["Limit"] = left
            with aws_errors(_ours):
                answer = self.client.query(**request)
            yield from (deserialize(item) for item in answer["Items"])
            left = left - len(answer["Items"]) if left is not None else None
            if "LastEvaluatedKey" not in answer or left == 0:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def serialize(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item in DynamoDB's form, without its empty attributes."""
    return {
        name: {"S": value} if type(value) is str else _SERIALIZER.serialize(value)
        for name, value in item.items()
        if value is not None
    }


def deserialize(item: Mapping[str, Any]) -> Item:
    """Return an item with plain Python values; numbers are Decimals."""
    # Nearly all are texts, which the SDK's way through its table of types makes four times as slow.
    return {name: value["S"] if "S" in value else _DESERIALIZER.deserialize(value) for name, value in item.items()}


def timestamp(instant: datetime) -> str:
    """Return an instant as text that sorts by time: UTC, milliseconds, `Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_timestamp(text: str) -> datetime:
    """Return the instant that `timestamp` wrote."""
    return datetime.fromisoformat(text)


def _ours(error: AwsError) -> ConnectorError:
    if not isinstance(error, ClientError):
        return Retryable("aws_unreachable", say_why(error))
    code = code_of(error)
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(0, _old_item(error.response))
    if code == "TransactionCanceledException":
        return _cancelled(error.response.get("CancellationReasons", []))
    if code in _RETRYABLE_CODES:
        return Retryable("aws_throttled", code)
    return Defect("aws_refused", f"{code} at {error.operation_name}; check the function's role and the table")


def _cancelled(reasons: Sequence[Mapping[str, Any]]) -> ConnectorError:
    codes = [reason.get("Code", "None") for reason in reasons]
    for index, code in enumerate(codes):
        if code == "ConditionalCheckFailed":
            return ConditionFailed(index, _old_item(reasons[index]))
    if any(code not in ("None", "ValidationError") for code in codes):
        return Retryable("aws_throttled", ", ".join(sorted(set(codes))))
    return Defect("aws_refused", "a transaction did not validate")


def _old_item(source: Mapping[str, Any]) -> Item | None:
    return deserialize(source["Item"]) if source.get("Item") else None


def _optional(
    condition: str | None = None, names: Mapping[str, str] | None = None, values: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if condition:
        request["ConditionExpression"] = condition
    if names:
        request["ExpressionAttributeNames"] = dict(names)
    if values:
        request["ExpressionAttributeValues"] = serialize(values)
    return request
