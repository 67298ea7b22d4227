"""Keep events whose records Tribe could not be asked about, so that no queue has to (design 3)."""

from collections.abc import Callable
from datetime import timedelta

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.model import TribeRelation
from tribe_yuki.core.errors import ConnectorError, Gone, Held, Retryable, Unreadable, as_ours
from tribe_yuki.core.ladder import next_attempt

# Beyond the ladder an event still belongs to somebody: it is asked about twice a day.
LAST_STEP = timedelta(hours=12)


def resolve_or_defer(
    connection: ContactContext, route: Route, record_id: str, resolve: Callable[[], str | None]
) -> str | None:
    """Return what an id resolves to; None when it is nothing of ours, or when it was kept to be asked about later.

    Raises Gone when Tribe does not know the id at all.
    """
    try:
        found = resolve()
    except Gone:
        clear_deferred(connection, route, record_id)
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the matter of this record alone)
        defer_event(connection, route, record_id, as_ours(error))
        return None
    if found != record_id:
        clear_deferred(connection, route, record_id)
    return found


def defer_event(connection: ContactContext, route: Route, record_id: str, error: ConnectorError) -> None:
    """Have an event looked at again after an error: after the pause that it asks for, else by the ladder.

    What waits for a person climbs no ladder: what that person does releases it.
    """
    now = connection.now()
    connection.heed(error)
    known = connection.deferred.get(route, record_id)
    attempt = known.attempt if known else 0
    pause = LAST_STEP if isinstance(error, Held) else error.retry_after if isinstance(error, Retryable) else None
    if pause is None:
        attempt += 1
        pause = (next_attempt(attempt, now, connection.random) or now + LAST_STEP) - now
    since = known.since if known and known.reason == error.code else now
    details = error.details if isinstance(error, Held) else ()
    connection.deferred.save(
        DeferredEvent(connection.connection_id, route, record_id, attempt, now + pause, error.code, since, details)
    )


def defer_unreadable(connection: ContactContext, relation: TribeRelation) -> None:
    """Tell of a relation with flaws, and have it looked at again."""
    error = as_ours(Unreadable("contact_unreadable", *relation.flaws))
    defer_event(connection, Route.CONTACTS, relation.tribe_relation_id, error)


def clear_deferred(connection: ContactContext, route: Route, record_id: str) -> None:
    """Forget that an event was kept, now that it was dealt with."""
    if connection.deferred.get(route, record_id) is not None:
        connection.deferred.delete(route, record_id)
