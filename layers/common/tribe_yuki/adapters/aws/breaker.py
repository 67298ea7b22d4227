"""Whether Yuki is left alone, as the item in the connections table says that `yuki_calls` writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import parse_timestamp
from tribe_yuki.adapters.aws.items import ConnectionItems
from tribe_yuki.connections.store import BreakerStore


@dataclass(frozen=True, slots=True)
class Breaker(ConnectionItems, BreakerStore):
    """The breaker of one connection, to read."""

    @override
    def open_since(self) -> datetime | None:
        return self._instant("open_since")

    @override
    def probe_at(self) -> datetime | None:
        return self._instant("probe_at")

    def _instant(self, name: str) -> datetime | None:
        item = self._get(keys.BREAKER)
        return parse_timestamp(item[name]) if item and "open_since" in item else None
