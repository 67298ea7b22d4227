"""The state of tasks in the connections table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import override

from pydantic import TypeAdapter

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import Item, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.items import ConnectionItems
from tribe_yuki.connections.store import TaskStore
from tribe_yuki.work.progress import Progress, UnfinishedTask

_PROGRESS = TypeAdapter(Progress)
_VISITED_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tasks(ConnectionItems, TaskStore):
    """The tasks of one connection."""

    @override
    def unfinished(self) -> dict[str, UnfinishedTask]:
        items = self._starting_with(keys.UNFINISHED)
        return {item["item"].removeprefix(keys.UNFINISHED): _unfinished(item) for item in items}

    @override
    def postpone(self, task: str, unfinished: UnfinishedTask) -> None:
        attributes = {
            "at": timestamp(unfinished.again_at),
            "noted_at": timestamp(unfinished.noted_at) if unfinished.noted_at else None,
            "attempt": unfinished.attempt,
            "code": unfinished.code or None,
        }
        self._put(f"{keys.UNFINISHED}{task}", attributes)

    @override
    def clear(self, task: str) -> None:
        self._delete(f"{keys.UNFINISHED}{task}")

    @override
    def progress(self, task: str) -> Progress | None:
        item = self._get(f"{keys.PROGRESS}{task}")
        return _PROGRESS.validate_json(item["progress"]) if item else None

    @override
    def save_progress(self, progress: Progress, former: Progress | None) -> None:
        item = f"{keys.PROGRESS}{progress.task}"
        attributes = {"progress": _PROGRESS.dump_json(progress).decode(), "place": _place(progress)}
        if former is None:
            self._put(item, attributes, condition="attribute_not_exists(place)")
        else:
            self._put(item, attributes, condition="place = :place", values={":place": _place(former)})

    @override
    def save_visited(self, run: str, name: str, ids: Sequence[str], now: datetime) -> None:
        expires_at = int((now + _VISITED_KEPT).timestamp())
        self._put(f"{keys.VISITED}{run}#{name}", {"ids": list(ids), "expires_at": expires_at})

    @override
    def visited(self, run: str) -> Iterator[str]:
        for item in self._starting_with(f"{keys.VISITED}{run}#"):
            yield from item["ids"]

    @override
    def visits_of(self, record_id: str) -> list[str]:
        return [item["item"] for item in self._visits_of(record_id)]

    @override
    def forget_visits_of(self, record_id: str) -> int:
        items = list(self._visits_of(record_id))
        for item in items:
            self.db.put(self.table, {**item, "ids": [each for each in item["ids"] if each != record_id]})
        return len(items)

    def _visits_of(self, record_id: str) -> Iterator[Item]:
        return (item for item in self._starting_with(keys.VISITED) if record_id in item["ids"])


def _place(progress: Progress) -> str:
    return f"{progress.run}#{progress.slice_number}"


def _unfinished(item: Item) -> UnfinishedTask:
    noted_at = parse_timestamp(item["noted_at"]) if "noted_at" in item else None
    return UnfinishedTask(parse_timestamp(item["at"]), noted_at, int(item.get("attempt", 0)), item.get("code", ""))
