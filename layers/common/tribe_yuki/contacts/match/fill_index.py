"""Fill the match index with what Tribe's relations can be recognised by (design 5, "Matching")."""

from collections.abc import Iterable, Mapping

from tribe_yuki.connections.context import FILL_MATCH_INDEX
from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.deferred_events import defer_unreadable
from tribe_yuki.contacts.erased import erased_ids
from tribe_yuki.contacts.match.index import index_relations
from tribe_yuki.contacts.model import ContactKind, TribeRelation
from tribe_yuki.contacts.outside import RELATIONS_PER_PAGE
from tribe_yuki.work.progress import Progress
from tribe_yuki.work.slices import SlicedTask

PAGES_PER_SLICE = 5
FIRST_PHASE = "organisations"
# The phases of this part of a task, and what comes after each; "" is the end of the part.
_PHASES: Mapping[str, tuple[ContactKind, str]] = {
    FIRST_PHASE: (ContactKind.ORGANISATION, "persons"),
    "persons": (ContactKind.PERSON, ""),
}


def run_fill_slice(connection: ContactContext, progress: Progress) -> Progress:
    """Do one slice of this part as a task of its own."""
    moved = fill_slice(connection, progress, then="")
    return moved if moved.phase else moved.finish(connection.now())


def is_indexed(connection: ContactContext) -> bool:
    """Whether the match index has all relations; from then on events and the catch-up keep it complete."""
    return connection.timestamps.get(connection.indexed_since) is not None


def is_index_phase(progress: Progress) -> bool:
    """Whether the next slice of a task belongs to this part."""
    return progress.phase in _PHASES


def fill_slice(connection: ContactContext, progress: Progress, *, then: str) -> Progress:
    """Index a few pages of relations; `then` is the task's phase after the last one."""
    kind, following = _PHASES[progress.phase]
    skip = int(progress.cursor or 0)
    for _ in range(PAGES_PER_SLICE):
        relations = connection.tribe.relation_page(kind, skip=skip)
        _index(connection, relations)
        skip += len(relations)
        progress = progress.count(registered=len(relations))
        if len(relations) < RELATIONS_PER_PAGE:
            return progress.go_on(following) if following else _end(connection, progress, then)
    return progress.go_on(progress.phase, str(skip))


def _end(connection: ContactContext, progress: Progress, then: str) -> Progress:
    connection.timestamps.set(connection.indexed_since, progress.started_at)
    return progress.go_on(then)


def _index(connection: ContactContext, page: Iterable[TribeRelation]) -> None:
    relations, erased = [relation for relation in page if relation.tribe_relation_id], erased_ids(connection)
    for relation in relations:
        if relation.flaws:
            defer_unreadable(connection, relation)
    index_relations(connection, (relation for relation in relations if relation.tribe_relation_id not in erased))


fill_match_index = SlicedTask(FILL_MATCH_INDEX, FIRST_PHASE, run_fill_slice)
