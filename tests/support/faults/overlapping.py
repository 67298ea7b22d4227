"""Work that begins while other work is in the middle."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tests.support.world.workers import lambda_context, make_worker
from tests.support.world.world import World
from tests.support.world.world_queues import queue_event
from tribe_yuki.entrypoints.worker import Worker
from tribe_yuki.work.tasks import run_task


@contextmanager
def in_the_middle(call: str, intrude: Callable[[], object]) -> Iterator[list[str]]:
    """Let something else happen right before a worker makes a call to Tribe for the first time; yield when it did."""
    before_tribe_call = Worker.before_tribe_call
    done: list[str] = []

    def hear(worker: Worker, connection_id: str, name: str) -> None:
        if name.startswith(call) and not done:
            done.append(name)
            intrude()
        before_tribe_call(worker, connection_id, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worker, "before_tribe_call", hear)
        yield done


def run_in_new_process(world: World, exits: ExitStack, task: str) -> Any:
    """Run a task now, whatever the queue thinks of it, in a process that shares nothing but the tables."""
    secrets = world.aws_client("secretsmanager")
    worker = make_worker("connection_task", world.clock, world.db, world.sqs, secrets, world.tribe_url, world.yuki_url)
    exits.callback(worker.close)
    return worker.handle_tasks(queue_event([], task=task), lambda_context(), run_task)
