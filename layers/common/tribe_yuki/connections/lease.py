"""What a worker leases, so that no other works on it at the same moment, and for how long at most.

A lease ends by itself only when its holder is gone: each is longer than what it covers can take.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

RECORD_LEASE = timedelta(seconds=150)  # an invocation of a function that pushes
TASK_LEASE = timedelta(minutes=6)  # an invocation of `connection_task`
SEND_LEASE = timedelta(seconds=240)  # one sending, with its last call
TOKEN_LEASE = timedelta(minutes=3)  # a renewal of Tribe's tokens, with all its timeouts
LINK_LEASE = timedelta(seconds=30)  # an operator's `link`
ERASE_LEASE = timedelta(minutes=5)  # an operator's `privacy erase`


class LeaseKind(StrEnum):
    """Kinds of what is leased."""

    RELATION = "relation"
    YUKI_CONTACT = "contact"
    TASK = "task"
    SENDING = "sending"
    TRIBE_TOKEN = "tribe token"  # noqa: S105 (a kind of lease)


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease on a relation or contact by its id, on a task by its name, or on what a connection has only once."""

    kind: LeaseKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


SENDING = Lease(LeaseKind.SENDING)
TRIBE_TOKEN = Lease(LeaseKind.TRIBE_TOKEN)
