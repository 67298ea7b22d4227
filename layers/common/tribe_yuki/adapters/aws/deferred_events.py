"""Deferred events in the id map table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import Item, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.items import IdMapItems
from tribe_yuki.adapters.aws.stored_details import read_details
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.store import DeferredEventStore
from tribe_yuki.core.details import to_text
from tribe_yuki.core.holds import HoldReason


@dataclass(frozen=True, slots=True)
class DeferredEvents(IdMapItems, DeferredEventStore):
    """Keeps events until Tribe can be asked about them; the `due` index brings them back."""

    @override
    def get(self, route: Route, record_id: str) -> DeferredEvent | None:
        item = self._get(keys.deferred(route, record_id))
        return _from_item(item) if item else None

    @override
    def read_ahead(self, route: Route, record_ids: Iterable[str]) -> None:
        self._read_ahead(keys.deferred(route, record_id) for record_id in record_ids)

    @override
    def held(self) -> list[DeferredEvent]:
        return [_from_item(item) for item in self._in_state(keys.deferred_held(self.connection_id))]

    @override
    def save(self, event: DeferredEvent) -> None:
        self._demand_own(event.connection_id)
        item: Item = {
            "kind": f"pending_{event.route}",
            "attempt": event.attempt,
            "reason": event.reason,
            "detail": to_text(event.details) or None,
            "since": timestamp(event.since),
            "due_key": event.connection_id,
            "due_at": timestamp(event.due_at),
        }
        if event.reason in HoldReason:
            item["state_key"] = keys.deferred_held(event.connection_id)
        self._put(keys.deferred(event.route, event.record_id), item)

    @override
    def delete(self, route: Route, record_id: str) -> None:
        self._delete(keys.deferred(route, record_id))


def _from_item(item: Item) -> DeferredEvent:
    _, route, record_id = item["item"].split("#", 2)
    return DeferredEvent(
        item["connection_id"],
        Route(route),
        record_id,
        int(item["attempt"]),
        parse_timestamp(item["due_at"]),
        item["reason"],
        parse_timestamp(item["since"]),
        read_details(item.get("detail", "")),
    )
