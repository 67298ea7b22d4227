"""One worker at a time on a record (design 3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from tribe_yuki.connections.context import ConnectionContext
from tribe_yuki.connections.lease import RECORD_LEASE, TASK_LEASE, Lease, LeaseKind
from tribe_yuki.connections.store import LeaseStore
from tribe_yuki.core.errors import Retryable
from tribe_yuki.core.waits import WaitReason

BUSY_PAUSE = timedelta(seconds=10)


@contextmanager
def relation_lease(connection: ConnectionContext, tribe_relation_id: str) -> Iterator[None]:
    """Hold the lease on a relation's link; raise Retryable(relation_busy) while another worker has it."""
    with _held(connection, Lease(LeaseKind.RELATION, tribe_relation_id), RECORD_LEASE):
        yield


@contextmanager
def yuki_contact_lease(connection: ConnectionContext, yuki_contact_id: str) -> Iterator[None]:
    """Hold the lease on a Yuki contact that gets a link; always taken before that on a relation."""
    with _held(connection, Lease(LeaseKind.YUKI_CONTACT, yuki_contact_id), RECORD_LEASE):
        yield


@contextmanager
def task_lease(connection: ConnectionContext, task: str) -> Iterator[None]:
    """Hold the lease on a task, so that two of its slices never run at once."""
    with _held(connection, Lease(LeaseKind.TASK, task), TASK_LEASE):
        yield


@contextmanager
def lease_if_free(leases: LeaseStore, lease: Lease, now: datetime, length: timedelta) -> Iterator[bool]:
    """Hold a lease for a block unless another worker has it; give whether it is held."""
    token = leases.acquire(lease, now, length)
    try:
        yield token is not None
    finally:
        if token is not None:
            leases.release(lease, token)


@contextmanager
def _held(connection: ConnectionContext, lease: Lease, length: timedelta) -> Iterator[None]:
    with lease_if_free(connection.leases, lease, connection.now(), length) as is_held:
        if not is_held:
            raise Retryable(WaitReason.BUSY, "another worker has this record", retry_after=BUSY_PAUSE)
        yield
