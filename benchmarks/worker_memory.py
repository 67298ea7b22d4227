"""Memory of the worker that imports, in a process of its own: the simulators and the tables are in another one."""

import os
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from benchmarks.many_customers import fill
from tests.support.world.workers import lambda_context, make_worker
from tests.support.world.world import World, open_world
from tests.support.world.world_queues import TASK
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.connections.context import IMPORT_CONTACTS
from tribe_yuki.work.tasks import run_task

_ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes of Python objects since the start-up: the most there were at any time, and what is there at the end."""

    peak: float
    kept: float


def measure(customers: int) -> Memory:
    """Import some customers and return what the worker used."""
    with ExitStack() as stack:
        world = open_world(stack)
        fill(world, customers)
        world.save_settings(daily_call_limit=10 * customers)
        world.switch_yuki(daily_limit=10 * customers)
        world.switch_tribe(echo_webhooks=False)
        ours, its = get_context("spawn").Pipe()
        process = get_context("spawn").Process(target=_work, args=(its, world.tribe_url, world.yuki_url), daemon=True)
        process.start()
        memory = _import(world, ours)
        ours.send(None)
        process.join()
        return memory


def _import(world: World, pipe: Pipe) -> Memory:
    """Have every slice done by the other process; return what it last said about its memory."""
    said: list[Memory] = []
    world.start_import()
    while not _is_finished(world):
        world.sqs.deliver(TASK, lambda event: said.append(_ask(world, pipe, event)))
        world.advance(60)
        world.poller.tick()
    return said[-1]


def _is_finished(world: World) -> bool:
    progress = world.tasks.progress(IMPORT_CONTACTS)
    return progress is not None and progress.is_finished


def _ask(world: World, pipe: Pipe, event: Mapping[str, Any]) -> Memory:
    """Hand an event to the worker and serve what it asks for until it is done."""
    served = {
        "dynamodb": world.dynamodb,
        "sqs": world.sqs,
        "secrets": world.aws_client("secretsmanager"),
        "clock": world.clock,
    }
    pipe.send(event)
    while True:
        target, name, arguments = pipe.recv()
        if target == _ANSWERED:
            memory: Memory = arguments
            return memory
        try:
            pipe.send((True, getattr(served[target], name)(**arguments)))
        except ClientError as error:
            pipe.send((False, error))


class _Remote:
    """Stands for something in the other process."""

    def __init__(self, pipe: Pipe, target: str) -> None:
        self._pipe = pipe
        self._target = target

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._call, name)

    def now(self) -> datetime:
        """Return the instant there."""
        instant: datetime = self._call("now")
        return instant

    def _call(self, name: str, **arguments: Any) -> Any:  # noqa: ANN401 (whatever it is asked)
        self._pipe.send((self._target, name, arguments))
        is_fine, answer = self._pipe.recv()
        if is_fine:
            return answer
        raise answer


def _work(pipe: Pipe, tribe_url: str, yuki_url: str) -> None:
    remote: Callable[[str], Any] = partial(_Remote, pipe)
    worker = make_worker(
        "connection_task",
        remote("clock"),
        DynamoDb(remote("dynamodb")),
        remote("sqs"),
        remote("secrets"),
        tribe_url,
        yuki_url,
    )
    context = lambda_context(lambda: timedelta(minutes=5))
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        tracemalloc.start()
        while (event := pipe.recv()) is not None:
            worker.handle_tasks(event, context, run_task)
            kept, peak = tracemalloc.get_traced_memory()
            pipe.send((_ANSWERED, "", Memory(peak / 2**20, kept / 2**20)))
    worker.close()
