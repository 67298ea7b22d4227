"""Merging two relations: fields and links move to the winner, then the loser is deleted (tribe-api 4.7)."""

from local.tribe_simulator.changes import ADDRESS_LINKS, Work
from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.model import Source, fits
from local.tribe_simulator.store import Fields, Record


def merge(work: Work, winner: Record, loser: Record) -> None:
    """Merge a relation into another of the same type; a role that both have becomes one."""
    if winner is loser or winner.type is not loser.type or not fits(winner.type, "Relation"):
        raise NotAllowed("merge two different organisations, or two different persons")
    for record, link in list(work.environment.store.all_pointing(loser)):
        if (other := _same_role(work, winner, record, link)) is not None:
            _join_roles(work, other, record)
        else:
            work.update(record, {link: {"ID": winner.record_id}}, as_tribe=True)
    missing = _missing(winner, loser)
    if missing:
        work.update(winner, missing, as_tribe=True)
    work.delete(loser, as_tribe=True)


def _missing(winner: Record, loser: Record) -> Fields:
    """Return what only the loser has filled in."""
    moved = {*winner.type.properties, *ADDRESS_LINKS[winner.entity_set]}
    return {name: value for name, value in loser.fields.items() if name in moved and name not in winner.fields}


def _same_role(work: Work, winner: Record, record: Record, link: str) -> Record | None:
    """Return the winner's own role of the same type, when a record is such a role of the loser."""
    if not fits(record.type, "Relationship") or link not in ("Organization", "Person"):
        return None
    return next(work.environment.store.pointing(Source(record.entity_set, link), winner), None)


def _join_roles(work: Work, role: Record, other: Record) -> None:
    for record, link in list(work.environment.store.all_pointing(other)):
        work.update(record, {link: {"ID": role.record_id}}, as_tribe=True)
    work.delete(other, as_tribe=True)
