"""Pause, resume and end a connection, and start its work by hand."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tribe_yuki.admin.access import CREDENTIALS, TRIBE_TOKEN, open_tribe, stored_access
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined, explain
from tribe_yuki.connections.context import CATCH_UP, CAUGHT_UP_TO, COMPARE_CONTACTS, CUSTOMER_CHECK, POLL_CONTACTS
from tribe_yuki.connections.record import ConnectionRecord, ConnectionStatus
from tribe_yuki.core.errors import CredentialsRefused
from tribe_yuki.webhooks.rotation import note_forgotten
from tribe_yuki.webhooks.subscriptions import SECRET, delete_webhooks, our_address

# Several starts within this time are one.
START_WINDOW_SECONDS = 5


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """What a connection does from now on."""

    connection: str
    before: ConnectionStatus
    status: ConnectionStatus
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """What was put on a queue."""

    connection: str
    started: str
    records: int
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disconnected:
    """What was removed; the links are kept."""

    connection: str
    webhooks_removed: int
    next_steps: tuple[str, ...]


def pause(operator: Operator, connection_id: str, why: str = "") -> StatusChanged:
    """Have a connection take notes only; raise Declined when it is not activated."""
    changed = _move(operator, connection_id, "paused", why)
    step = f"Events are kept and nothing is sent. `tribe-yuki resume --connection {connection_id}` goes on."
    return replace(changed, next_steps=(step,))


def resume(operator: Operator, connection_id: str, why: str = "") -> StatusChanged:
    """Have a paused connection go on; raise Declined when it is not activated.

    With tables that were restored from a backup it begins as if it were activated now: an invoice that was sent before
    and is not known to be booked is looked for in Yuki before it is sent.
    """
    record = _activated(operator, connection_id)
    if record.former_tables:
        now = operator.now()
        settings = record.settings.model_copy(update={"activated_at": now})
        resumed = replace(record, status="active", settings=settings, former_tables=())
        entry = operator.entry("resumed_after_restore", why, former_tables=", ".join(record.former_tables))
        operator.records.save(resumed, [entry], now)
        operator.stores(connection_id).timestamps.set(CAUGHT_UP_TO, _start_of_work(record))
        operator.stores(connection_id).queues.start_task(CATCH_UP, now, window_seconds=START_WINDOW_SECONDS)
        step = "Everything sent since the start date is compared now, and asked for in Yuki before it is sent."
        return StatusChanged(connection_id, "paused", "active", (step,))
    changed = _move(operator, connection_id, "active", why)
    return replace(changed, next_steps=("What waited goes within a minute or two; see `tribe-yuki status`.",))


def _start_of_work(record: ConnectionRecord) -> datetime:
    day = record.settings.start_date
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _move(operator: Operator, connection_id: str, status: ConnectionStatus, why: str) -> StatusChanged:
    record = _activated(operator, connection_id)
    before = record.status or status
    if before != status:
        code = "paused" if status == "paused" else "resumed"
        operator.records.save(replace(record, status=status), [operator.entry(code, why)], operator.now())
    return StatusChanged(connection_id, before, status, ())


def poll(operator: Operator, connection_id: str, why: str = "") -> Started:
    """Start looking for what changed in Yuki, now; raise Declined unless the connection is active.

    That is contacts, and the ticks at Customer that held invoices wait for: Yuki tells of both apart.
    """
    _working(operator, connection_id)
    started = _start_task(operator, connection_id, POLL_CONTACTS, why)
    operator.stores(connection_id).queues.start_task(
        CUSTOMER_CHECK, operator.now(), window_seconds=START_WINDOW_SECONDS
    )
    step = "Invoices that wait for a tick at Customer go within a minute or two, when it is there."
    return replace(started, next_steps=(*started.next_steps, step))


def resync(operator: Operator, connection_id: str, debtor_number: str | None = None, why: str = "") -> Started:
    """Compare all contacts of both systems, or push one relation of Tribe; raise Declined when there is none such."""
    record = _working(operator, connection_id)
    if debtor_number is None:
        return _start_task(operator, connection_id, COMPARE_CONTACTS, why)
    with open_tribe(operator, record) as tribe:
        relations = tribe.find_relations_by_debtor_number(debtor_number)
    if not relations:
        raise Declined("relation_unknown", f"no relation in Tribe has debtor number {debtor_number}")
    now = operator.now()
    operator.records.note(connection_id, operator.entry("resync_started", why, relations=len(relations)), now)
    for relation in relations:
        operator.stores(connection_id).queues.enqueue_relation(relation, now)
    step = "It is looked at within half a minute."
    return Started(connection_id, f"relation with debtor number {debtor_number}", len(relations), (step,))


def _start_task(operator: Operator, connection_id: str, task: str, why: str) -> Started:
    now = operator.now()
    operator.records.note(connection_id, operator.entry("task_started", why, task=task), now)
    operator.stores(connection_id).queues.start_task(task, now, window_seconds=START_WINDOW_SECONDS)
    return Started(connection_id, task, 0, ("Watch it with `tribe-yuki status`.",))


def disconnect(operator: Operator, connection_id: str, why: str = "") -> Disconnected:
    """Remove a connection's webhooks in Tribe and its secrets, at once; links, transfers and settings are kept.

    The webhooks go first, while there are credentials to remove them with; where Tribe no longer takes these, they have
    to be removed by hand. What fails may be run again.
    """
    record = operator.record(connection_id)
    removed, problem = _remove_webhooks(operator, record)
    operator.records.save(replace(record, status=None), [operator.entry("disconnected", why)], operator.now())
    for kind in (SECRET, CREDENTIALS, TRIBE_TOKEN):
        operator.stores(connection_id).secrets.delete(kind)
    note_forgotten(operator, connection_id)
    operator.records.forget_yuki_session(connection_id)
    by_hand = f"{problem} Remove the webhooks to {our_address(operator, connection_id)} on Tribe's page by hand."
    steps = (
        *((by_hand,) if problem else ()),
        f"Withdraw the API key in Yuki. `tribe-yuki connect --connection {connection_id}` connects it again.",
    )
    return Disconnected(connection_id, removed, steps)


def _remove_webhooks(operator: Operator, record: ConnectionRecord) -> tuple[int, str]:
    """Return how many were removed, and why they could not be."""
    if stored_access(operator, record.connection_id) is None:
        return 0, "There are no credentials any more."
    try:
        with open_tribe(operator, record) as tribe:
            return delete_webhooks(operator, record.connection_id, tribe), ""
    except CredentialsRefused as error:
        return 0, explain(error)


def _activated(operator: Operator, connection_id: str) -> ConnectionRecord:
    record = operator.record(connection_id)
    if record.status == "connected":
        raise Declined("not_activated", f"{connection_id} is not activated yet: it does nothing that could wait")
    return record


def _working(operator: Operator, connection_id: str) -> ConnectionRecord:
    record = _activated(operator, connection_id)
    if record.status == "paused":
        raise Declined("paused", f"{connection_id} is paused; run `tribe-yuki resume` first")
    return record
