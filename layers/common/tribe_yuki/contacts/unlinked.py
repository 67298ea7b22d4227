"""What is remembered of a Yuki contact that has no link."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tribe_yuki.core.details import Details


class UnlinkedState(StrEnum):
    """Why a Yuki contact has no link."""

    NOT_IMPORTABLE = "not_importable"
    CREATING = "creating"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class UnlinkedContact:
    """A Yuki contact without a link, as stored; instants are UTC.

    `not_importable` is looked at again when `modified_at` changes; `creating` means that a relation was being created
    in Tribe for it; `held` waits for a person, with `reason` and `details` as on a link, and `tribe_relation_ids` of
    the relations that it might be. `number` is the one that Yuki's screens show.
    """

    connection_id: str
    yuki_contact_id: str
    state: UnlinkedState
    since: datetime
    modified_at: datetime | None = None
    reason: str | None = None
    details: Details = ()
    number: int | None = None
    tribe_relation_ids: tuple[str, ...] = ()
