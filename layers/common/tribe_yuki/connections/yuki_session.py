"""The session of Yuki that all functions of a connection share, or that there is none because its key is refused."""

from dataclasses import dataclass, field
from datetime import datetime

from tribe_yuki.core.details import Details


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session of Yuki and when it was opened (aware, UTC). The id is a credential and never shown."""

    session_id: str = field(repr=False)
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedKey:
    """A key that Yuki does not accept, and why: nobody asks with it again.

    `key_id` tells it from another one without being of any use to whoever reads it.
    """

    key_id: str
    details: Details
    refused_at: datetime
