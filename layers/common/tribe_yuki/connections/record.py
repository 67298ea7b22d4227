"""A connection as it is stored: what was chosen, and whether it works."""

from dataclasses import dataclass
from typing import Literal

from tribe_yuki.connections.settings import ConnectionSettings

type ConnectionStatus = Literal["connected", "active", "paused"]
"""What a listed connection does: nothing before it is activated, its work, or only taking notes."""


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """A connection; `status` None means disconnected. `saved_at` is the stored instant that a change must still find.

    `saved_at` is empty for a connection that was never stored. `former_tables` are those that it worked with before
    the tables of today, which were restored: it is paused until a person resumes it.
    """

    connection_id: str
    settings: ConnectionSettings
    status: ConnectionStatus | None
    saved_at: str = ""
    former_tables: tuple[str, ...] = ()
