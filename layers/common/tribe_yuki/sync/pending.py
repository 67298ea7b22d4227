"""Keep events whose records Tribe could not be asked about, so that no queue has to (design 3)."""

from collections.abc import Callable
from datetime import timedelta

from tribe_yuki.domain.errors import ConnectorError, Gone, Retryable
from tribe_yuki.domain.ladder import next_attempt
from tribe_yuki.domain.pending import PendingEvent, Route
from tribe_yuki.sync.connection import Connection

# Beyond the ladder an event still belongs to somebody: it is asked about twice a day.
LAST_STEP = timedelta(hours=12)


def resolve_or_keep(
    connection: Connection, route: Route, record_id: str, resolve: Callable[[], str | None]
) -> str | None:
    """Return what an id resolves to; None when it is nothing of ours, or when it was kept to be asked about later.

    Raises Gone when Tribe does not know the id at all.
    """
    pending = connection.pending.get(connection.connection_id, route, record_id)
    try:
        found = resolve()
    except Gone:
        found, unknown = None, True
    except ConnectorError as error:
        _keep(connection, route, record_id, error, pending.attempt if pending else 0)
        return None
    else:
        unknown = False
    if pending is not None:
        connection.pending.delete(connection.connection_id, route, record_id)
    if unknown:
        raise Gone("record_unknown")
    return found


def _keep(connection: Connection, route: Route, record_id: str, error: ConnectorError, attempts: int) -> None:
    now = connection.now()
    due_at = next_attempt(attempts + 1, now, connection.random) or now + LAST_STEP
    if isinstance(error, Retryable) and error.retry_after:
        due_at = max(due_at, now + error.retry_after)
    event = PendingEvent(connection.connection_id, route, record_id, attempts + 1, due_at, error.code)
    connection.pending.save(event)
