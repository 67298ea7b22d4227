"""What each function uses while a busy world runs: what Lambda, DynamoDB, SQS and the logs would charge for.

Nothing of the product is changed: its clients are wrapped, and its handlers are timed. The processor time of a run is
that of its own thread, without the tables, queues and secrets that stand in for those of AWS.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import partial
from io import TextIOBase
from threading import local
from typing import IO, Any, Self, cast, override
from unittest.mock import patch

import boto3
from aws_lambda_powertools.logging import Logger

from benchmarks.metered_tables import MeteredTables
from benchmarks.services import running_services
from functions.tribe_webhook.app import handle as handle_webhook
from tests.support.world.busy_world import BusyWorld, Handler
from tests.support.world.virtual_dynamodb import Index, Item, Table, VirtualDynamoDb
from tests.support.world.world import World
from tests.support.world.world_queues import CONTACT, RETRY, TASK
from tests.support.world.world_tables import CONNECTIONS, ID_MAP
from tribe_yuki.adapters.aws.credentials import CredentialStore
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.inbox import Inbox
from tribe_yuki.adapters.aws.queues import AllQueues, QueueUrls
from tribe_yuki.adapters.aws.stores import Tables
from tribe_yuki.adapters.aws.sweep_tables import SweepTables
from tribe_yuki.adapters.aws.webhook_secrets import WebhookSecrets
from tribe_yuki.adapters.yuki.transport import HttpTransport, RawAnswer
from tribe_yuki.entrypoints.poller import Poller

# The names that a stage of production has in its logs.
_SERVICE = "tribe-yuki-prod"
_WRITE_UNIT = 1024
_REQUESTS = 300


@dataclass(slots=True)
class Usage:
    """What was used.

    `outside_seconds` is simulated: the calls to Tribe and Yuki. `processor_seconds` is measured on this machine.
    `standard_requests` and `fifo_requests` are SQS's, with a receive and a deletion for every batch handed over.
    `yuki_bytes` is what leaves the cloud: the bodies of calls to Yuki.
    """

    invocations: float = 0
    outside_seconds: float = 0
    processor_seconds: float = 0
    table_requests: float = 0
    read_units: float = 0
    write_units: float = 0
    index_units: float = 0
    sent_messages: float = 0
    standard_requests: float = 0
    fifo_requests: float = 0
    secret_requests: float = 0
    log_bytes: float = 0
    yuki_bytes: float = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __sub__(self, other: "Usage") -> "Usage":
        return self + other * -1

    def __mul__(self, factor: float) -> "Usage":
        return Usage(*(getattr(self, one.name) * factor for one in fields(self)))

    @property
    def aws_requests(self) -> float:
        """Return how many requests the functions made to tables, queues and secrets themselves."""
        return self.table_requests + self.sent_messages + self.secret_requests


type UsageByFunction = dict[str, Usage]


class Meter:
    """Measures a busy world from `install` on; `by_function` is a running total."""

    def __init__(self, busy: BusyWorld) -> None:
        self._busy = busy
        self._thread = local()
        self._running: UsageByFunction = {}
        self._tables: dict[str, _IndexedTables] = {}
        self.lines = _Lines(self)
        self.logger = Logger(service=_SERVICE, stream=cast("IO[str]", self.lines), level="INFO")

    @classmethod
    def install(cls, stack: ExitStack, busy: BusyWorld) -> Self:
        """Measure a world until the exit stack ends."""
        meter = cls(busy)
        world = busy.world
        stack.enter_context(redirect_stdout(meter.lines))  # metrics are lines on standard output
        stack.enter_context(patch("tests.support.world.api_gateway.handle_webhook", meter.receive))
        stack.enter_context(patch.object(World, "settle_webhooks", meter.without(World.settle_webhooks)))
        stack.enter_context(patch.object(HttpTransport, "post", meter.counted_post(HttpTransport.post)))
        for handlers in busy.idle.values():
            for place, handler in enumerate(handlers):
                handlers[place] = meter.metered_handler(handler)
        ingest = world.ingest
        world.ingest = ingest._replace(
            inbox=Inbox(meter.client("tribe_webhook", world.sqs)),
            secrets=WebhookSecrets(
                meter.client("tribe_webhook", world.aws_client("secretsmanager")), "local", world.clock.now
            ),
            logger=meter.logger,
        )
        world.poller = meter.metered_poller(world)
        return meter

    @property
    def by_function(self) -> UsageByFunction:
        """Return what each function used so far."""
        return {
            name: usage + (self._tables[name].usage if name in self._tables else Usage())
            for name, usage in self._running.items()
        }

    @property
    def function(self) -> str | None:
        """Return which function this thread runs."""
        return getattr(self._thread, "function", None)

    def of(self, function: str) -> Usage:
        """Return the running figures of a function, to add to."""
        return self._running.setdefault(function, Usage())

    def run[Answer](self, function: str, work: Callable[[], Answer]) -> Answer:
        """Run a function once, and measure it."""
        usage, clock = self.of(function), self._busy.world.clock
        self._thread.function, self._thread.left_out = function, 0.0
        began, began_at = time.thread_time(), clock.instant
        try:
            return work()
        finally:
            usage.invocations += 1
            usage.processor_seconds += time.thread_time() - began - self._thread.left_out
            usage.outside_seconds += (clock.instant - began_at).total_seconds()
            self._thread.function = None

    def without[**Parameters, Answer](self, work: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        """Return work whose processor time is not the function's."""

        def leave_out(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
            began = time.thread_time()
            try:
                return work(*args, **kwargs)
            finally:
                self._thread.left_out = getattr(self._thread, "left_out", 0.0) + time.thread_time() - began

        return leave_out

    def counted_post(self, post: Callable[..., RawAnswer]) -> Callable[..., RawAnswer]:
        """Return how calls to Yuki are posted, with their bytes counted."""

        def count(transport: HttpTransport, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
            if self.function is not None:
                self.of(self.function).yuki_bytes += len(body)
            return post(transport, url, body, headers)

        return count

    def receive(self, event: Mapping[str, Any], ingest: Any) -> Any:  # noqa: ANN401 (what the function takes and answers)
        """Stand for the handler of `tribe_webhook`."""
        return self.run("tribe_webhook", partial(handle_webhook, event, ingest))

    def metered_handler(self, handler: Handler) -> Handler:
        """Return the handler of a queue's function, measured, with a worker whose clients are."""
        function, worker = cast("partial[Any]", handler).args
        worker.db = DynamoDb(self.tables(function))
        worker.queues = AllQueues(self.client(function, worker.queues.client), worker.queues.urls)
        store = worker.credentials
        worker.credentials = CredentialStore(
            self.client(function, store.client), store.stage, self._busy.world.clock.now
        )
        worker.logger = self.logger

        def handle(event: Mapping[str, Any]) -> Any:  # noqa: ANN401 (what the function answers)
            queue = event["Records"][0]["eventSourceARN"].rpartition(":")[2]
            self.count_requests(function, queue, 2)  # one that received the batch, one that deletes it
            return self.run(function, partial(handler, event))

        return handle

    def metered_poller(self, world: World) -> Poller:
        """Return the poller, measured."""
        db = DynamoDb(self.tables("yuki_poll"))
        urls = QueueUrls(contact=CONTACT, invoice_retry=RETRY, task=TASK)
        return _MeteredPoller(
            SweepTables(Tables(db, AllQueues(self.client("yuki_poll", world.sqs), urls), CONNECTIONS, ID_MAP)),
            world.clock,
            self.logger,
            self,
        )

    def tables(self, function: str) -> Any:  # noqa: ANN401 (as much of DynamoDB's client as the adapter uses)
        """Return the client of the tables for a function."""
        if function not in self._tables:
            self._tables[function] = _IndexedTables(self._busy.world.dynamodb)
        return _Client(self, function, self._tables[function])

    def client(self, function: str, client: Any) -> Any:  # noqa: ANN401 (a client of any service)
        """Return a client of the queues or the secrets for a function."""
        return _Client(self, function, client)

    def count_requests(self, function: str, queue: str, number: int) -> None:
        """Count requests to a queue."""
        usage = self.of(function)
        if queue.endswith(".fifo"):
            usage.fifo_requests += number
        else:
            usage.standard_requests += number


class _Client:
    """Passes requests on, counts those to queues and secrets, and leaves their processor time out."""

    def __init__(self, meter: Meter, function: str, client: Any) -> None:  # noqa: ANN401
        self._meter = meter
        self._function = function
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._request, name)

    def _request(self, name: str, **request: Any) -> Any:  # noqa: ANN401
        usage = self._meter.of(self._function)
        if name.startswith("send_message"):
            # No message is over 64 KB, so that each request counts once; a test of the product holds the size.
            usage.sent_messages += 1
            self._meter.count_requests(self._function, request["QueueUrl"], 1)
        elif name == "get_secret_value":
            usage.secret_requests += 1
        return self._meter.without(getattr(self._client, name))(**request)


class _IndexedTables:
    """Tables that count, besides their own units, those of the writes to their indexes."""

    _WRITES = ("put_item", "delete_item", "update_item", "batch_write_item", "transact_write_items")

    def __init__(self, tables: VirtualDynamoDb) -> None:
        self._virtual = tables
        self._metered = MeteredTables(tables, lambda: True)
        self._index_units = 0

    @property
    def usage(self) -> Usage:
        """Return what the tables would charge for."""
        metered = self._metered
        return Usage(
            table_requests=metered.requests.total(),
            read_units=metered.read_units,
            write_units=metered.write_units,
            index_units=self._index_units,
        )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._request, name)

    def _request(self, name: str, **request: Any) -> Any:  # noqa: ANN401
        places = [self._place(*one) for one in _written(request)] if name in self._WRITES else []
        before = [dict(table.items.get(key, {})) for table, key in places]
        answer = getattr(self._metered, name)(**request)
        for (table, key), old in zip(places, before, strict=True):
            new = table.items.get(key, {})
            self._index_units += sum(index_units(index, old, new) for index in table.indexes.values())
        return answer

    def _place(self, name: str, holder: Mapping[str, Any]) -> tuple[Table, tuple[str, str]]:
        table = self._virtual.tables[name]
        return table, table.key_of(holder)


@dataclass(slots=True)
class _MeteredPoller(Poller):
    """The poller, whose ticks are measured."""

    meter: Meter

    @override
    def tick(self, time_left: Callable[[], timedelta] = lambda: timedelta.max) -> dict[str, int]:
        return self.meter.run("yuki_poll", partial(Poller.tick, self, time_left))


class _Lines(TextIOBase):
    """Standard output: counts what a function writes, and keeps nothing."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    @override
    def write(self, text: str, /) -> int:
        function = self._meter.function
        if function is not None:
            self._meter.of(function).log_bytes += len(text.encode())
        return len(text)


def index_units(index: Index, old: Item, new: Item) -> int:
    """Return the write units of an index for a change of an item: two when its place in the index changes."""
    was, becomes = (index_entry(index, item) for item in (old, new))
    if was == becomes:
        return 0
    moves = was and becomes and any(was[name] != becomes[name] for name in (index.hash_name, index.range_name))
    return sum(_units(entry) for entry in ((was, becomes) if moves else (becomes or was,)) if entry)


def request_seconds() -> float:
    """Measure the processor time that boto3 takes for a request to AWS, with SQS on loopback, in seconds."""
    with running_services() as endpoint:
        session: Any = boto3.Session("test", "test", region_name="eu-west-1")
        sqs = session.client("sqs", endpoint_url=endpoint)
        request = {"QueueUrl": f"{endpoint}/123456789012/invoices", "MessageBody": "x" * 200}
        sqs.send_message(**request)
        began = time.thread_time()
        for _ in range(_REQUESTS):
            sqs.send_message(**request)
        return (time.thread_time() - began) / _REQUESTS


def _written(request: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the table and the key or item of each write of a request."""
    if "TransactItems" in request:
        return [pair for write in request["TransactItems"] for one in write.values() for pair in _written(one)]
    if "RequestItems" in request:
        return [
            (name, write["PutRequest"]["Item"]) for name, writes in request["RequestItems"].items() for write in writes
        ]
    return [(request["TableName"], request.get("Item") or request["Key"])]


def index_entry(index: Index, item: Item) -> Item:
    """Return what an index holds of an item; nothing when the item has not both attributes of its key."""
    if index.hash_name not in item or index.range_name not in item:
        return {}
    if index.projected is None:
        return dict(item)
    kept = index.projected | {index.hash_name, index.range_name}
    return {name: value for name, value in item.items() if name in kept}


def item_bytes(item: Mapping[str, Any]) -> int:
    """Return the size of an item, or of what an index holds of one: its names and its values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    """Return the size of an attribute's value, whose type is not stored as text."""
    ((_, content),) = value.items()
    match content:
        case Mapping():
            return item_bytes(content)
        case list():
            return sum(_value_bytes(one) if isinstance(one, Mapping) else len(str(one).encode()) for one in content)
        case _:
            return len(str(content).encode())


def _units(entry: Item) -> int:
    return max(1, -(-item_bytes(entry) // _WRITE_UNIT))
