"""Read what changed in Tribe since an instant, without skipping records that change meanwhile (tribe-api 5.1)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from tribe_yuki.adapters.tribe.odata import PAGE, OData, instant_text
from tribe_yuki.adapters.tribe.values import Record, instant
from tribe_yuki.domain.errors import Defect


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
    since, skip = since.astimezone(UTC).replace(microsecond=0), 0
    while True:
        changed = f"LastMutationDate ge {instant_text(since)}"
        where = f"{condition} and {changed}" if condition else changed
        asked: dict[str, str | int] = {"filter": where, "orderby": "LastMutationDate,ID", **options, "skip": skip}
        page, _ = odata.page(entity_set, asked)
        yield from page
        if len(page) < PAGE:
            return
        last = instant(page[-1], "LastMutationDate")
        if last is None or last < since:
            raise Defect("tribe_pages_repeat", f"{entity_set}: not sorted by LastMutationDate")
        last = last.replace(microsecond=0)
        since, skip = last, skip + len(page) if last == since else 0
