"""Timestamps in the connections table."""

from dataclasses import dataclass
from datetime import datetime
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import parse_timestamp, timestamp
from tribe_yuki.adapters.aws.items import ConnectionItems
from tribe_yuki.connections.store import TimestampStore


@dataclass(frozen=True, slots=True)
class Timestamps(ConnectionItems, TimestampStore):
    """The timestamps of one connection."""

    @override
    def get(self, name: str) -> datetime | None:
        item = self._get(f"{keys.TIMESTAMP}{name}")
        return parse_timestamp(item["at"]) if item else None

    @override
    def set(self, name: str, instant: datetime) -> None:
        self._put(f"{keys.TIMESTAMP}{name}", {"at": timestamp(instant)})

    @override
    def all(self) -> dict[str, datetime]:
        items = self._starting_with(keys.TIMESTAMP)
        return {item["item"].removeprefix(keys.TIMESTAMP): parse_timestamp(item["at"]) for item in items}
