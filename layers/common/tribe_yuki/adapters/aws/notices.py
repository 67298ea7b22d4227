"""What people were told at once, in the connections table."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.items import ConnectionItems
from tribe_yuki.connections.store import NoticeStore


@dataclass(frozen=True, slots=True)
class Notices(ConnectionItems, NoticeStore):
    """The notices of one connection."""

    @override
    def announced(self) -> frozenset[str]:
        item = self._get(keys.ANNOUNCED)
        return frozenset(item["kinds"]) if item else frozenset()

    @override
    def save_announced(self, kinds: Collection[str]) -> None:
        self._put(keys.ANNOUNCED, {"kinds": sorted(kinds)})
