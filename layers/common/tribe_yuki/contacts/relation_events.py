"""Find the relations that events are about, and read them from Tribe."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tribe_yuki.connections.context import OUT_OF_TIME, SOON
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.deferred_event import EventReceipt, Route
from tribe_yuki.contacts.deferred_events import clear_deferred, defer_event, resolve_or_defer
from tribe_yuki.contacts.model import TribeRelation
from tribe_yuki.core.errors import ConnectorError, Defect, Retryable, as_ours


@dataclass(frozen=True, slots=True)
class RelationEvents:
    """When the last event about a relation came, and when the last webhook, if any was one."""

    received_at: datetime
    webhook_at: datetime | None = None

    def with_receipt(self, receipt: EventReceipt) -> "RelationEvents":
        """Return these events with one more."""
        webhook_at = receipt.received_at if receipt.by_webhook else self.webhook_at
        return RelationEvents(max(self.received_at, receipt.received_at), webhook_at)


def events_by_relation(connection: ContactContext, receipts: Iterable[EventReceipt]) -> dict[str, RelationEvents]:
    """Return what came about each relation; what there is no time for, or cannot be asked about now, is kept."""
    events: dict[str, RelationEvents] = {}
    for receipt in receipts:
        if not connection.has_time:
            keep_all(connection, receipt.ids)
            continue
        for tribe_relation_id in relations_behind(connection, receipt.ids):
            earlier = events.get(tribe_relation_id, RelationEvents(receipt.received_at))
            events[tribe_relation_id] = earlier.with_receipt(receipt)
    return events


def keep_all(connection: ContactContext, record_ids: Iterable[str]) -> None:
    """Keep events that this invocation has no time for: the next minute's sweep brings them back."""
    for record_id in record_ids:
        defer_event(connection, Route.CONTACTS, record_id, Retryable(OUT_OF_TIME, retry_after=SOON))


def relations_behind(connection: ContactContext, record_ids: Sequence[str]) -> list[str]:
    """Return the relations that the ids of one event belong to: their own, or those of their roles and addresses.

    When one of them is known, the others are its links and say nothing more.
    """
    by_record = {record_id: _known_relation(connection, record_id) for record_id in record_ids}
    for record_id, relation in by_record.items():
        if relation and relation != record_id:
            # What was kept about an address or role goes on as an event about its relation.
            clear_deferred(connection, Route.CONTACTS, record_id)
    if not any(by_record.values()):
        by_record = {record_id: _asked_relation(connection, record_id) for record_id in record_ids}
    return list(dict.fromkeys(relation for relation in by_record.values() if relation))


def _known_relation(connection: ContactContext, record_id: str) -> str | None:
    if connection.links.get(record_id) is not None:
        return record_id
    return connection.links.relation_of_record(record_id)


def _asked_relation(connection: ContactContext, record_id: str) -> str | None:
    """Ask Tribe for the relation that a record belongs to."""

    def resolve() -> str | None:
        record_type = connection.tribe.resolve(record_id)
        return connection.tribe.relation_of(record_id, record_type) if record_type is not None else None

    return resolve_or_defer(connection, Route.CONTACTS, record_id, resolve)


@dataclass(frozen=True, slots=True)
class RelationsRead:
    """Relations as they were read, by id; those that Tribe could not be asked about are `kept` for later."""

    kept: frozenset[str] = frozenset()
    by_id: Mapping[str, TribeRelation] = field(default_factory=dict)


def read_relations(connection: ContactContext, tribe_relation_ids: Sequence[str]) -> RelationsRead:
    """Read relations together; when something of one of them stops that, by halves, until that one stands alone."""
    try:
        relations = connection.tribe.read_relations(tribe_relation_ids) if tribe_relation_ids else []
    except Exception as error:  # noqa: BLE001 (whatever it is, it may belong to one of them)
        is_of_one = isinstance(error, Defect) or not isinstance(error, ConnectorError)
        if is_of_one and len(tribe_relation_ids) > 1:
            return _read_by_halves(connection, tribe_relation_ids)
        for tribe_relation_id in tribe_relation_ids:
            defer_event(connection, Route.CONTACTS, tribe_relation_id, as_ours(error))
        return RelationsRead(kept=frozenset(tribe_relation_ids))
    return RelationsRead(by_id={relation.tribe_relation_id: relation for relation in relations})


def _read_by_halves(connection: ContactContext, tribe_relation_ids: Sequence[str]) -> RelationsRead:
    middle = len(tribe_relation_ids) // 2
    first = read_relations(connection, tribe_relation_ids[:middle])
    second = read_relations(connection, tribe_relation_ids[middle:])
    return RelationsRead(first.kept | second.kept, {**first.by_id, **second.by_id})
