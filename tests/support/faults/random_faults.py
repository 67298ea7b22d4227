"""Faults that strike at random wherever the outside can fail, driven by one seed, and counted.

Yuki and Tribe fail over real HTTP, through the faults of their simulators. Tables and queues fail as DynamoDB and SQS
do and no emulator shows: throttled, in conflict, or with the answer lost after the write. Workers die before any write.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from random import Random
from typing import Any, Protocol, override
from unittest.mock import patch

from botocore.exceptions import ClientError, ReadTimeoutError

from functions.tribe_webhook.app import handle as handle_webhook
from simulators.shared.faults import FAULTS, Faults
from simulators.yuki import YukiSimulator
from tests.support.faults.crashes import TABLE_WRITES, Crashes, dying_before_tribe_writes
from tests.support.world import api_gateway
from tests.support.world.virtual_dynamodb import VirtualDynamoDb
from tests.support.world.virtual_sqs import Crash, VirtualSqs
from tests.support.world.workers import lambda_context, make_worker
from tests.support.world.world import World
from tests.support.world.world_queues import queue_event
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.inbox import Inbox
from tribe_yuki.adapters.aws.queues import AllQueues
from tribe_yuki.adapters.aws.sweep_tables import SweepTables
from tribe_yuki.adapters.yuki.transport import HttpTransport, RawAnswer
from tribe_yuki.core.errors import ConnectorError
from tribe_yuki.entrypoints.poller import Poller
from tribe_yuki.entrypoints.webhook import Ingest
from tribe_yuki.entrypoints.worker import Worker
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.receive import push_invoices

BOOKING_CALL = "ProcessSalesInvoices"
SESSION_EXPIRED = "session_expired"
KILLED, KILLED_AFTER_COMMIT = "killed", "killed_after_commit"
SECOND_WORKER = "a_second_worker_meanwhile"
CONFLICT = "transaction_conflict"
ANSWER_LOST, REPEATED = "answer_lost", "repeated_by_the_sdk"
THROTTLES = ("ThrottlingException", "ProvisionedThroughputExceededException")


class Place(StrEnum):
    """Where a fault strikes."""

    BOOKING = "Yuki, booking"
    YUKI = "Yuki, other calls"
    TRIBE = "Tribe"
    TABLES = "tables"
    QUEUES = "queues"
    WORKERS = "workers"
    BOOKING_WORKERS = "workers, booking"
    OVERLAPS = "calls to Yuki"


type Shares = Mapping[Place, Mapping[str, float]]

# Of all calls to a place (of all writes, for the workers), the share that meets each fault.
SHARES: Shares = {
    Place.BOOKING: {
        "timeout_after_commit": 0.06,
        "timeout_before_commit": 0.06,
        "reset_connection": 0.06,
        "unavailable": 0.06,
        "truncate": 0.06,
        SESSION_EXPIRED: 0.06,
    },
    Place.YUKI: {
        "timeout_after_commit": 0.01,
        "timeout_before_commit": 0.01,
        "reset_connection": 0.01,
        "unavailable": 0.01,
        "truncate": 0.01,
        SESSION_EXPIRED: 0.02,
    },
    Place.TRIBE: {
        "timeout_after_commit": 0.002,
        "timeout_before_commit": 0.002,
        "reset_connection": 0.002,
        "unavailable": 0.002,
        "truncate": 0.002,
        "too_many_requests": 0.001,
    },
    Place.TABLES: {
        # What is left of them after the SDK has tried three times.
        **dict.fromkeys(THROTTLES, 0.0002),
        CONFLICT: 0.0004,
        ANSWER_LOST: 0.0002,
        REPEATED: 0.0004,
    },
    Place.QUEUES: {THROTTLES[0]: 0.01, ANSWER_LOST: 0.01},
    Place.WORKERS: {KILLED: 0.001},
    Place.BOOKING_WORKERS: {KILLED: 0.04, KILLED_AFTER_COMMIT: 0.08},
    Place.OVERLAPS: {SECOND_WORKER: 0.2},
}


@dataclass
class RandomFaults:
    """Decides by chance what strikes; each fault has chances of its own, so that one never changes another's."""

    seed: int
    shares: Shares = field(default_factory=lambda: SHARES)
    is_on: bool = True
    chances: Counter[Place] = field(default_factory=Counter)
    struck: Counter[tuple[Place, str]] = field(default_factory=Counter)
    died: Counter[str] = field(default_factory=Counter)
    _randoms: dict[str, Random] = field(default_factory=dict)

    def strike(self, place: Place) -> str | None:
        """Return what strikes a call, if anything does, and count it."""
        if not self.is_on:
            return None
        self.chances[place] += 1
        for fault, share in self.shares.get(place, {}).items():
            if self.random(f"{place}: {fault}").random() < share:
                self.struck[place, fault] += 1
                return fault
        return None

    def deaths_of(self, function: str) -> Crashes:
        """Return what decides when the workers of a function die."""

        def strikes(_: int) -> bool:
            is_struck = self.strike(Place.WORKERS) is not None
            self.died[function] += is_struck
            return is_struck

        return Crashes(strikes)

    def random(self, name: str) -> Random:
        """Return the random numbers of that name."""
        if name not in self._randoms:
            self._randoms[name] = Random(f"{self.seed} {name}")
        return self._randoms[name]

    def __str__(self) -> str:
        """Return the seed, and how often each fault struck."""
        lines = [f"seed {self.seed}; faults that struck:"]
        for place, faults in self.shares.items():
            lines += [
                f"  {place:<18} {fault:<40} {self.struck[place, fault]:>5} of {self.chances[place]}" for fault in faults
            ]
        return "\n".join([*lines, f"  killed before a write: {dict(self.died)}"])

    @property
    def missing(self) -> list[str]:
        """Return the faults that never struck."""
        return [
            f"{place}: {fault}"
            for place, faults in self.shares.items()
            for fault in faults
            if not self.struck[place, fault]
        ]


def answer_webhook(event: Mapping[str, Any], ingest: Ingest) -> dict[str, Any]:
    """Answer as API Gateway does: with 500 when `tribe_webhook` died before it could."""
    try:
        return handle_webhook(event, ingest)
    except Crash as crash:
        crash.revive()
        return {"statusCode": 500, "headers": {}, "body": ""}


@contextmanager
def random_faults(
    world: World, faults: RandomFaults, *, recent: Callable[[], Sequence[str]] = list
) -> Iterator[RandomFaults]:
    """Let faults strike in a world: the systems, the tables, the queues, and the workers of all functions.

    While `invoice_push` waits for Yuki, a second one may have an event about invoices that are `recent`.
    """
    for system in (world.yuki, world.tribe):
        system.switches["hang_seconds"] = 0
    with ExitStack() as patches:
        patches.enter_context(patch.object(world.yuki, "faults", YukiFaults(world.yuki, faults)))
        patches.enter_context(patch.object(world.tribe, "faults", TribeFaults(faults)))
        patches.enter_context(patch.object(Worker, "open_context", _with_jitter_of(faults)))
        patches.enter_context(patch.object(world, "poller", _poller(world, faults)))
        patches.enter_context(patch.object(api_gateway, "handle_webhook", answer_webhook))
        inbox = Inbox(StruckQueues(world.sqs, faults, faults.deaths_of("tribe_webhook")))  # type: ignore[arg-type]
        patches.enter_context(patch.object(world, "ingest", world.ingest._replace(inbox=inbox)))
        second = patches.enter_context(_second_worker(world))
        for name, worker in world.workers.items():
            killed = faults.deaths_of(name)
            tables, queues = StruckTables(world.dynamodb, faults, killed), StruckQueues(world.sqs, faults, killed)
            meanwhile = partial(_work_meanwhile, second, recent if name == "invoice_push" else list)
            transport = patches.enter_context(closing(StruckTransport(faults, killed, meanwhile)))
            dying = dying_before_tribe_writes(killed, [worker])
            patches.enter_context(patch.object(Worker, "before_tribe_call", dying))
            patches.enter_context(patch.object(worker, "db", DynamoDb(tables)))  # type: ignore[arg-type]
            patches.enter_context(patch.object(worker, "queues", AllQueues(queues, worker.queues.urls)))  # type: ignore[arg-type]
            patches.enter_context(patch.object(worker, "yuki_transport", transport))
        yield faults


class YukiFaults(Faults):
    """What the calls to Yuki meet."""

    def __init__(self, yuki: YukiSimulator, faults: RandomFaults) -> None:
        super().__init__()
        self.random = faults.random("coin of Yuki")
        self._yuki = yuki
        self._faults = faults

    @override
    def strike(self, operation: str) -> str | None:
        fault = self._faults.strike(Place.BOOKING if operation == BOOKING_CALL else Place.YUKI)
        if fault == SESSION_EXPIRED:
            self._yuki.sessions.end()
        return fault if fault in FAULTS else super().strike(operation)


class TribeFaults(Faults):
    """What the calls to Tribe meet."""

    def __init__(self, faults: RandomFaults) -> None:
        super().__init__()
        self.random = faults.random("coin of Tribe")
        self._faults = faults

    @override
    def strike(self, operation: str) -> str | None:
        return self._faults.strike(Place.TRIBE) or super().strike(operation)


class Striking(Protocol):
    """Decides what strikes."""

    def strike(self, place: Place) -> str | None:
        """Return what strikes a call, if anything does."""
        ...


@dataclass
class StruckTables:
    """The client of DynamoDB as a worker has it."""

    tables: VirtualDynamoDb
    faults: Striking
    killed: Crashes

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.tables, name)

        def struck(**request: Any) -> Any:
            if name in TABLE_WRITES:
                self.killed.effect()
            match self.faults.strike(Place.TABLES):
                case None:
                    return call(**request)
                case "transaction_conflict":
                    raise _conflict(name, request)
                case "answer_lost":
                    call(**request)
                    raise ReadTimeoutError(endpoint_url="https://dynamodb")
                case "repeated_by_the_sdk":
                    # A transaction has a token by which DynamoDB knows that it did it already; nothing else has.
                    if name in TABLE_WRITES and name != "transact_write_items":
                        call(**request)
                    return call(**request)
                case code:
                    raise _refusal(code, name)

        return struck


@dataclass
class StruckQueues:
    """The client of SQS as a worker has it."""

    queues: VirtualSqs
    faults: Striking
    killed: Crashes

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.queues, name)

        def struck(**request: Any) -> Any:
            self.killed.effect()
            fault = self.faults.strike(Place.QUEUES)
            if fault is not None and fault != ANSWER_LOST:
                raise _refusal(fault, name)
            answer = call(**request)
            if fault is not None:
                raise ReadTimeoutError(endpoint_url="https://sqs")
            return answer

        return struck


class StruckTransport(HttpTransport):
    """A transport during whose calls a second worker may do the same work.

    Its own worker may die before it asks Yuki to book, or before it reads that Yuki did.
    """

    def __init__(self, faults: RandomFaults, killed: Crashes, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self._faults = faults
        self._killed = killed
        self._meanwhile = meanwhile

    @override
    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
        if self._faults.strike(Place.OVERLAPS):
            self._meanwhile()
        fault = self._faults.strike(Place.BOOKING_WORKERS) if BOOKING_CALL.encode() in body else None
        if fault == KILLED:
            self._killed.kill()
        answer = super().post(url, body, headers)
        if fault == KILLED_AFTER_COMMIT:
            self._killed.kill()
        return answer


class FailingPoller(Poller):
    """A sweep that fails now and then: Lambda then runs the next one a minute later."""

    @override
    def tick(self, time_left: Callable[[], timedelta] = lambda: timedelta.max) -> dict[str, int]:
        try:
            return super().tick(time_left)
        except Crash as crash:
            crash.revive()
        except ConnectorError:
            pass
        return {}


def _poller(world: World, faults: RandomFaults) -> Poller:
    plain, killed = world.poller, faults.deaths_of("yuki_poll")
    tables, queues = StruckTables(world.dynamodb, faults, killed), StruckQueues(world.sqs, faults, killed)
    db = DynamoDb(tables)  # type: ignore[arg-type]
    all_queues = AllQueues(queues, plain.store.tables.queues.urls)  # type: ignore[arg-type]
    return FailingPoller(
        SweepTables(replace(plain.store.tables, db=db, queues=all_queues)),
        plain.clock,
        plain.logger,
    )


@contextmanager
def _second_worker(world: World) -> Iterator[Worker]:
    """Give another `invoice_push`, which nothing disturbs."""
    secrets = world.aws_client("secretsmanager")
    worker = make_worker("invoice_push", world.clock, world.db, world.sqs, secrets, world.tribe_url, world.yuki_url)
    with closing(worker):
        yield worker


def _work_meanwhile(second: Worker, recent: Callable[[], Sequence[str]]) -> None:
    """Have the second worker handle an event about invoices."""
    ids = recent()
    if ids:
        second.handle_ids(queue_event(ids), lambda_context(), push_invoices)


def _with_jitter_of(faults: RandomFaults) -> Callable[..., InvoiceContext]:
    connection_of = Worker.open_context

    def connection(worker: Worker, *rest: Any) -> InvoiceContext:
        return replace(connection_of(worker, *rest), random=faults.random("jitter"))

    return connection


def _conflict(name: str, request: Mapping[str, Any]) -> ClientError:
    if name != "transact_write_items":
        return _refusal("TransactionConflictException", name)
    reasons = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in request["TransactItems"][1:])]
    return _refusal("TransactionCanceledException", name, CancellationReasons=reasons)


def _refusal(code: str, operation: str, **more: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "try again"}, **more}
    return ClientError(response, operation)
