"""The tables as the template makes them."""

from collections.abc import Mapping
from typing import Any

CONNECTIONS, ID_MAP, JOURNAL, CONSOLE = "connections", "id-map", "journal", "console"
PROJECTIONS: Mapping[str, Mapping[str, Any]] = {
    "state": {"ProjectionType": "ALL"},
    "due": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["kind", "state"]},
}


def create_tables(dynamodb: Any) -> None:
    """Create the tables as the template does."""
    _create(dynamodb, CONNECTIONS, ("owner", "item"))
    _create(dynamodb, JOURNAL, ("record", "at"))
    _create(dynamodb, CONSOLE, ("owner", "item"))
    _create(
        dynamodb, ID_MAP, ("connection_id", "item"), {"state": ("state_key", "since"), "due": ("due_key", "due_at")}
    )


def _create(
    dynamodb: Any, name: str, key: tuple[str, str], indexes: Mapping[str, tuple[str, str]] | None = None
) -> None:
    attributes = {*key, *(part for pair in (indexes or {}).values() for part in pair)}
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _key_schema(key),
        "AttributeDefinitions": [{"AttributeName": part, "AttributeType": "S"} for part in sorted(attributes)],
    }
    if indexes:
        request["GlobalSecondaryIndexes"] = [
            {"IndexName": index, "KeySchema": _key_schema(pair), "Projection": PROJECTIONS[index]}
            for index, pair in indexes.items()
        ]
    dynamodb.create_table(**request)


def _key_schema(key: tuple[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": key[0], "KeyType": "HASH"}, {"AttributeName": key[1], "KeyType": "RANGE"}]
