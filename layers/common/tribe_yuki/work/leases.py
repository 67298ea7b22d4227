"""One worker at a time on a record (design 3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from tribe_yuki.connections.context import ConnectionContext
from tribe_yuki.core.errors import Retryable
from tribe_yuki.core.waits import WaitReason

# Longer than any invocation of a worker, so that a lease ends by itself only when its holder is gone.
LENGTH = timedelta(seconds=150)
BUSY_PAUSE = timedelta(seconds=10)


@contextmanager
def relation_lease(connection: ConnectionContext, tribe_relation_id: str) -> Iterator[None]:
    """Hold the lease on a relation's link; raise Retryable(relation_busy) while another worker has it."""
    with _lease(connection, f"contact#{tribe_relation_id}", LENGTH):
        yield


@contextmanager
def yuki_contact_lease(connection: ConnectionContext, yuki_contact_id: str) -> Iterator[None]:
    """Hold the lease on a Yuki contact that gets a link; always taken before that on a relation."""
    with _lease(connection, f"yuki#{yuki_contact_id}", LENGTH):
        yield


@contextmanager
def task_lease(connection: ConnectionContext, task: str, length: timedelta) -> Iterator[None]:
    """Hold the lease on a task, so that two of its slices never run at once."""
    with _lease(connection, f"task#{task}", length):
        yield


@contextmanager
def _lease(connection: ConnectionContext, name: str, length: timedelta) -> Iterator[None]:
    token = connection.leases.acquire(name, connection.now(), length)
    if token is None:
        raise Retryable(WaitReason.BUSY, "another worker has this record", retry_after=BUSY_PAUSE)
    try:
        yield
    finally:
        connection.leases.release(name, token)
