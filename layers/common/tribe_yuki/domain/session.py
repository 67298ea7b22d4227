"""The session of Yuki that all functions of a connection share."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session of Yuki and when it was opened (aware, UTC). The id is a credential and never shown."""

    session_id: str = field(repr=False)
    opened_at: datetime
