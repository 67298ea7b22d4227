"""The stored pair of a Tribe relation and a Yuki contact."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.details import Detail, DetailCode, Details


class Side(StrEnum):
    """One of the two systems."""

    TRIBE = "tribe"
    YUKI = "yuki"


class LinkState(StrEnum):
    """Where a link stands."""

    NEW = "new"
    CREATING = "creating"
    LINKED = "linked"
    HELD = "held"
    GONE_IN_TRIBE = "gone_in_tribe"
    GONE_IN_YUKI = "gone_in_yuki"
    ERASED = "erased"


# The details of a link that a person took away: nothing but a person links its relation again.
UNLINKED_BY_HAND: Details = (Detail(DetailCode.UNLINKED_BY_HAND),)
TOMBSTONES = frozenset({LinkState.GONE_IN_TRIBE, LinkState.GONE_IN_YUKI, LinkState.ERASED})


@dataclass(frozen=True, slots=True)
class FieldBase:
    """What both sides held when a field was last synchronised, as fingerprints of the raw values; "" was empty.

    `expected` is the fingerprint of the normalised value that we wrote to `expected_on` and have not read back yet;
    "" when nothing of ours waits to be seen. `expected_since` is when we wrote it.
    """

    tribe: str = ""
    yuki: str = ""
    expected: str = ""
    expected_on: Side | None = None
    expected_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link as stored; instants are UTC.

    `code` is the relationship code last confirmed on the Yuki contact; `is_customer` the customer checkbox once
    seen (None: never seen). `reason` and `details` tell why it is held. `creating_since` is when a contact
    was sent to Yuki whose id we do not know yet, `creating_as` the mark that it is called until it has its own name.

    `base` has one entry per field of the field tables that was synchronised; before there is any, `prefers` tells
    whose values stand: Yuki's after the initial import, else Tribe's. `warnings` are fields that cannot be carried, as
    `field:code`. `number` is the debtor number (of a pure supplier: creditor number) when last read, which the code has
    to be; `code_at_import` the code that the contact had at the import, until that is settled; `code_put_back` the code
    that was put back in Yuki, which is not done again. `record_ids` are the relation's addresses and roles.
    `changed_at` is when the link was last stored, `read_at` when its relation was last read in Tribe.
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
    details: Details = ()
    creating_since: datetime | None = None
    creating_as: str | None = None
    kind: ContactKind | None = None
    base: Mapping[str, FieldBase] = field(default_factory=dict)
    prefers: Side = Side.TRIBE
    warnings: tuple[str, ...] = ()
    number: str | None = None
    code_at_import: str | None = None
    code_put_back: str | None = None
    record_ids: tuple[str, ...] = ()
    changed_at: datetime | None = None
    read_at: datetime | None = None


def was_read_later(link: Link, read_at: datetime) -> bool:
    """Whether another worker knows a relation as it was after `read_at`: what was read then is old."""
    return link.read_at is not None and link.read_at > read_at


def erased_link(
    connection_id: str, tribe_relation_id: str | None, yuki_contact_id: str | None, now: datetime, version: int = 0
) -> Link:
    """Return the tombstone of a person whose data was erased: ids, so that it is never matched or linked again.

    A contact that had no relation gets an id in its place that no relation has: `yuki:<contact>`.
    """
    in_tribe = tribe_relation_id or f"yuki:{yuki_contact_id}"
    return Link(connection_id, in_tribe, LinkState.ERASED, since=now, version=version, yuki_contact_id=yuki_contact_id)
