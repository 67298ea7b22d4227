"""Tell where a connection stands: its work, its records, and what is left of Yuki's calls today."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.tribe_environment import shared_sentence, sharing
from tribe_yuki.connections.context import CATCH_UP, COMPARE_CONTACTS, IMPORT_CONTACTS, POLL_CONTACTS
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.core.errors import ConnectorError, Defect
from tribe_yuki.invoices.transfer import State
from tribe_yuki.webhooks.rotation import shown_time, unfinished_since
from tribe_yuki.work.progress import Progress

TASKS = (IMPORT_CONTACTS, POLL_CONTACTS, CATCH_UP, COMPARE_CONTACTS)
_WITHOUT_END: Mapping[State, str] = {
    State.WAITING: "Invoices that wait: {count}; `tribe-yuki invoices --state waiting` tells for what.",
    State.HELD: "Invoices that wait for a person: {count}; `tribe-yuki holds` tells for whom.",
    State.DEAD: "Invoices given up after the last attempt: {count}; `tribe-yuki redrive` has them tried again.",
}
YUKI_ANSWERED = "yuki_answered"
# The status of a connection whose settings this version does not take.
UNREADABLE = "settings unreadable"


@dataclass(frozen=True, slots=True)
class TaskShown:
    """The newest run of a task; `done` counts what it did, `expected` how many records there are, where known."""

    task: str
    state: str
    last_run: datetime | None
    done: str
    expected: int | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatusShown:
    """Where a connection stands; links and transfers are counted by state. `release` is what is deployed."""

    connection: str
    status: str
    release: str
    administration: str
    activated_at: datetime | None
    yuki_answered_at: datetime | None
    yuki_does_not_answer_since: datetime | None
    yuki_calls_today: int
    yuki_calls_allowed: int
    yuki_says_limit_reached: bool
    links: Mapping[str, int]
    transfers: Mapping[str, int]
    tasks: tuple[TaskShown, ...]
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """One of several connections."""

    connection: str
    status: str
    administration: str
    yuki_does_not_answer_since: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectionsShown:
    """All connections of a deployment."""

    connections: tuple[ConnectionLine, ...]
    next_steps: tuple[str, ...]


def show_connections(operator: Operator) -> ConnectionsShown:
    """Return all connections."""
    steps = list(_shared_environments(operator))
    lines = [line for known in operator.records.all_ids() if (line := _line(operator, known, steps)) is not None]
    step = "`tribe-yuki status --connection ID` tells more." if lines else "Connect with `tribe-yuki connect`."
    return ConnectionsShown(tuple(lines), (*steps, step))


def _line(operator: Operator, connection_id: str, steps: list[str]) -> ConnectionLine | None:
    """Return the line of a connection; settings that cannot be read stop nobody else, and say so among the steps."""
    away_since = _away_since(operator, connection_id)
    try:
        record = operator.records.get(connection_id)
    except Defect as error:
        steps.append(f"{connection_id} stands still: {error.text}.")
        return ConnectionLine(connection_id, UNREADABLE, "", away_since)
    if record is None:
        return None
    return ConnectionLine(connection_id, record.status or "", record.settings.yuki_administration_name, away_since)


def _away_since(operator: Operator, connection_id: str) -> datetime | None:
    """Return since when Yuki is left alone because it does not answer."""
    breaker = operator.stores(connection_id).breaker.read()
    return breaker.open_since if breaker else None


def show_status(operator: Operator, connection_id: str) -> StatusShown:
    """Return where a connection stands."""
    record = operator.record(connection_id)
    today = operator.calls.today(record.settings.yuki_domain_id, operator.now())
    transfers = {state.value: len(operator.stores(connection_id).transfers.in_state(state)) for state in State}
    links = {state.value: len(operator.stores(connection_id).links.in_state(state)) for state in LinkState}
    return StatusShown(
        connection=connection_id,
        status=record.status or "",
        release=operator.deployment.release,
        administration=record.settings.yuki_administration_name,
        activated_at=record.settings.activated_at if record.status != "connected" else None,
        yuki_answered_at=operator.stores(connection_id).timestamps.get(YUKI_ANSWERED),
        yuki_does_not_answer_since=_away_since(operator, connection_id),
        yuki_calls_today=today.calls,
        yuki_calls_allowed=record.settings.daily_call_limit,
        yuki_says_limit_reached=today.is_blocked,
        links={state: count for state, count in links.items() if count},
        transfers={state: count for state, count in transfers.items() if count},
        tasks=tuple(_task(operator, connection_id, task) for task in TASKS),
        next_steps=(*_of_the_connection(operator, record), *_next_steps(record, transfers)),
    )


def _task(operator: Operator, connection_id: str, task: str) -> TaskShown:
    progress = operator.stores(connection_id).tasks.progress(task)
    last_run = operator.stores(connection_id).timestamps.get(task)
    if progress is None:
        return TaskShown(task, "ran" if last_run else "never ran", last_run, "", None, None)
    done = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in progress.counts.items())
    return TaskShown(
        task, _state(progress), last_run or progress.started_at, done, progress.expected, progress.changed_at
    )


def _state(progress: Progress) -> str:
    return "finished" if progress.finished_at is not None else f"running: {progress.phase}".removesuffix(": ")


def _of_the_connection(operator: Operator, record: ConnectionRecord) -> Iterator[str]:
    others = sharing(operator, record.connection_id, record.settings.tribe_organisation_id)
    if others:
        yield shared_sentence(record.connection_id, others)
    since = unfinished_since(operator, record.connection_id)
    if since is not None:
        yield (
            f"Its webhooks were replaced on {shown_time(since)}, and the former secrets hold still: "
            "`tribe-yuki rotate --finish`."
        )


def _shared_environments(operator: Operator) -> Iterator[str]:
    """Yield a sentence for each Tribe environment that several connections belong to, as far as it is known."""
    by_environment: dict[str, list[str]] = defaultdict(list)
    for known in operator.records.all_ids():
        with suppress(ConnectorError):  # its line says that its settings cannot be read
            record = operator.records.get(known)
            if record is not None and record.settings.tribe_organisation_id is not None:
                by_environment[record.settings.tribe_organisation_id].append(known)
    for first, *others in by_environment.values():
        if others:
            yield shared_sentence(first, others)


def _next_steps(record: ConnectionRecord, transfers: Mapping[str, int]) -> Iterator[str]:
    if record.status == "connected":
        yield "It does nothing yet: review `tribe-yuki settings`, then `tribe-yuki doctor`."
    if record.status == "paused":
        yield "It is paused: `tribe-yuki resume` goes on."
    for state, sentence in _WITHOUT_END.items():
        if transfers[state.value]:
            yield sentence.format(count=transfers[state.value])
