"""The Tribe environment of a connection: each has one, and no two have the same (design 3).

Tribe tells every webhook of an environment of every invoice, so two connections would both book all of them. What an
environment is known by is our own organisation in it, the parent of every customer and supplier relationship.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from tribe_yuki.admin.access import open_tribe
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.outside import OwnOrganisation
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.core.errors import Conflict, ConnectorError, Retryable


def check_environment(
    operator: Operator, connection_id: str, former: ConnectionRecord | None, company: OwnOrganisation
) -> None:
    """Raise Declined when a connection belongs to another environment, or this one to another connection.

    One that works already keeps its environment, also where another one has it too: its key must be replaceable.
    """
    known = organisation_of(operator, former) if former is not None else None
    if known is not None and known != company.tribe_relation_id:
        raise Declined(
            "tribe_differs",
            f"{connection_id} belongs to another Tribe environment than {company.name}, which this application opens: "
            f"its invoices would go into the wrong books. Give an application of the environment that it belongs to; "
            f"for {company.name} make another connection (disconnect {connection_id} first, choose another "
            "--connection).",
        )
    others = sharing(operator, connection_id, company.tribe_relation_id, ask=True)
    is_at_work = former is not None and former.status is not None
    if others and not (is_at_work and known is not None):
        raise Declined("tribe_connected", _already_connected(company.name, others))


def _already_connected(company: str, others: list[str]) -> str:
    return (
        f"{company} in Tribe is connected as {' and '.join(others)} already: every invoice would be booked in both "
        "administrations. Rules that say which invoice goes to which administration are not there yet, so a Tribe "
        f"environment has one connection: disconnect {' and '.join(others)} first, or leave it as it is."
    )


def organisation_of(operator: Operator, record: ConnectionRecord) -> str | None:
    """Return by what the environment of a connection is known; asked and stored where it is not known yet.

    None when its Tribe does not let it in. Raises Retryable when it does not answer.
    """
    if record.settings.tribe_organisation_id is not None or record.status is None:
        return record.settings.tribe_organisation_id
    try:
        with open_tribe(operator, record) as tribe:
            found = tribe.own_organisation().tribe_relation_id
    except Retryable:
        raise
    except ConnectorError:
        return None
    remember(operator, record, found)
    return found


def remember(operator: Operator, record: ConnectionRecord, organisation_id: str) -> None:
    """Store by what the environment of a connection is known, unless that is known."""
    if record.settings.tribe_organisation_id is None:
        settings = record.settings.model_copy(update={"tribe_organisation_id": organisation_id})
        with suppress(Conflict):  # somebody stores other settings just now: the next one asks again
            operator.records.save(replace(record, settings=settings), (), operator.now())


def sharing(operator: Operator, connection_id: str, organisation_id: str | None, *, ask: bool = False) -> list[str]:
    """Return the other connections of this deployment that belong to the same environment.

    Of one whose environment is not known yet its Tribe is asked, if wanted. Other deployments cannot be seen.
    """
    if organisation_id is None:
        return []
    return [
        other.connection_id
        for other in _others(operator, connection_id)
        if organisation_id == (organisation_of(operator, other) if ask else other.settings.tribe_organisation_id)
    ]


def _others(operator: Operator, connection_id: str) -> Iterator[ConnectionRecord]:
    """Yield the other connections; one whose settings cannot be read stands still, and shares nothing."""
    for known in operator.records.all_ids():
        if known == connection_id:
            continue
        with suppress(ConnectorError):
            record = operator.records.get(known)
            if record is not None:
                yield record


def shared_sentence(connection_id: str, others: list[str]) -> str:
    """Return what is said of connections that have one environment."""
    names = ", ".join([connection_id, *others[:-1]])
    return (
        f"{names} and {others[-1]} belong to one Tribe environment: every invoice is booked in each of them. "
        "Disconnect all but one."
    )
