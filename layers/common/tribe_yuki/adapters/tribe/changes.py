"""Read what changed in Tribe since an instant, without skipping records that change meanwhile (tribe-api 5.1)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from tribe_yuki.adapters.tribe import relation_rows
from tribe_yuki.adapters.tribe.odata import OData, TribeApi, instant_text
from tribe_yuki.adapters.tribe.values import Record, instant, link, record_id
from tribe_yuki.core.errors import Defect

# Whose change counts as the relation's, and the links that lead to it; none for the relation itself. It is not known
# whether a changed address moves the date of its owner (tribe-api 5.1).
_RELATION_CHANGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((entity_set, ()) for entity_set in relation_rows.SETS.values()),
    (relation_rows.ADDRESSES, ("Organization", "Person", "Relation")),
    *(
        (entity_set, (relation_rows.OWNER_LINKS[kind],))
        for kind, sets in relation_rows.ROLE_SETS.items()
        for entity_set in sets.values()
    ),
)


class TribeChanges(TribeApi):
    """Find the relations that changed."""

    def relations_changed_since(self, since: datetime) -> list[str]:
        """Return the ids of relations whose fields, addresses or roles changed since an instant, each once."""
        changed: dict[str, None] = {}
        for entity_set, names in _RELATION_CHANGES:
            options = {"select": "ID,LastMutationDate", "expand": ",".join(f"{name}($select=ID)" for name in names)}
            for row in changed_since(self._odata, entity_set, since, options):
                owner = next((owner for name in names if (owner := link(row, name))), None) if names else row
                if owner is not None:
                    changed[record_id(owner)] = None
        return list(changed)


def changed_since(
    odata: OData, entity_set: str, since: datetime, options: Mapping[str, str], *, condition: str = ""
) -> Iterator[Record]:
    """Yield records of a set in the order of their change; some come more than once.

    Each page asks from the last change of the one before, so that nothing is skipped when records change meanwhile and
    move to the end; rows are counted off only inside one second. `options` must not select LastMutationDate away.
    Raises ValueError for an instant without a zone.
    """
    if since.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    since, skip, target = since.astimezone(UTC).replace(microsecond=0), 0, ""
    while True:
        changed = f"LastMutationDate ge {instant_text(since)}"
        where = f"{condition} and {changed}" if condition else changed
        asked: dict[str, str | int] = {"filter": where, "orderby": "LastMutationDate,ID", **options, "skip": skip}
        page, following = odata.page(entity_set, asked, target)
        yield from page
        if not following and odata.is_last(page):
            return
        if page:
            since, skip, target = *_after(entity_set, page, since, skip), ""
        elif following != target:
            target = following
        else:
            raise Defect("tribe_pages_repeat", f"{entity_set}: an empty page leads to itself")


def _after(entity_set: str, page: Sequence[Record], since: datetime, skip: int) -> tuple[datetime, int]:
    """Return the instant of a page's last change, and how many records of that instant are known."""
    last = instant(page[-1], "LastMutationDate")
    if last is None or last < since:
        raise Defect("tribe_pages_repeat", f"{entity_set}: not sorted by LastMutationDate")
    last = last.replace(microsecond=0)
    return last, skip + len(page) if last == since else 0
