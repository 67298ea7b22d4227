"""The stored pair of a Tribe relation and a Yuki contact."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkState(StrEnum):
    """Where a link stands."""

    NEW = "new"
    CREATING = "creating"
    LINKED = "linked"
    HELD = "held"
    GONE_IN_TRIBE = "gone_in_tribe"
    GONE_IN_YUKI = "gone_in_yuki"


TOMBSTONES = frozenset({LinkState.GONE_IN_TRIBE, LinkState.GONE_IN_YUKI})


@dataclass(frozen=True, slots=True)
class Link:
    """A link as stored; instants are UTC.

    `code` is the relationship code last confirmed on the Yuki contact; `is_customer` the customer checkbox once
    seen (None: never seen). `reason`, `detail` and `owner` tell why it is held. `creating_since` is when a contact
    was sent to Yuki whose id we do not know yet.
    """

    connection_id: str
    tribe_relation_id: str
    state: LinkState
    since: datetime
    version: int = 0
    yuki_contact_id: str | None = None
    code: str | None = None
    is_customer: bool | None = None
    reason: str | None = None
    detail: str = ""
    creating_since: datetime | None = None
