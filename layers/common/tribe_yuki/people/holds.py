"""Everything that waits for a person: grouped by reason, with whose turn it is and what to do (design 6.6, 9)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

from tribe_yuki.admin.context import Operator
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner, Release
from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices.reasons import ReportReason
from tribe_yuki.people.open_item import DEAD, KINDS, OpenItem
from tribe_yuki.people.open_items import held_records, skipped_records

# What a person can decide about it, as commands of `tribe-yuki`.
_OF_REPORTED = ("accept",)
_OF_INVOICES = ("retry", "already-booked", "dismiss")
_OF_CONTACTS = ("link", "resync")
_BESIDES: Mapping[str, tuple[str, ...]] = {
    HoldReason.TOTALS_DIFFER: ("accept", "round"),
    HoldReason.PDF_MISSING: ("accept",),
    HoldReason.PEPPOL_REFUSED: ("accept",),
    HoldReason.CONTACT_AMBIGUOUS: ("link",),
    HoldReason.CODE_IN_USE: ("link",),
    HoldReason.CONTACT_GONE_IN_YUKI: ("link",),
    HoldReason.CONTACT_TYPE_DIFFERS: ("link",),
    DEAD: ("redrive",),
}


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """One record that waits: an invoice by its number, a contact by its debtor number or number in Yuki's screens.

    An invoice has its id in Tribe besides.
    """

    record: str
    since: datetime
    days: int
    invoice_date: date | None = None
    amount: Decimal | None = None
    currency: str | None = None
    debtor_number: str | None = None
    detail: str = ""
    tribe_invoice_id: str | None = None


@dataclass(frozen=True, slots=True)
class HoldGroup:
    """All records that wait for one reason, longest waiting first; `commands` are those that decide about them."""

    reason: str
    owner: Owner
    title: str
    what_to_do: str
    released_by: str
    commands: tuple[str, ...]
    records: tuple[HeldRecord, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """What waits for people."""

    connection: str
    waiting: int
    groups: tuple[HoldGroup, ...]


def list_holds(operator: Operator, connection_id: str, *, owner: Owner | None = None, language: str = "en") -> Holds:
    """Return what waits for a person, or for one owner; `language` is one of the texts'."""
    operator.record(connection_id)
    groups: dict[str, list[OpenItem]] = defaultdict(list)
    stores = operator.stores(connection_id)
    for item in chain(held_records(stores), skipped_records(stores)):
        if owner in (None, item.owner):
            groups[item.kind].append(item)
    now = operator.now()
    shown = tuple(_group(kind, groups[kind], now, language) for kind in KINDS if kind in groups)
    return Holds(connection_id, sum(len(group.records) for group in shown), shown)


def _group(kind: str, waiting: Iterable[OpenItem], now: datetime, language: str) -> HoldGroup:
    ordered = sorted(waiting, key=lambda item: item.since)
    texts = Texts(language)
    records = tuple(_record(item, now, texts) for item in ordered)
    release = HOLDS[HoldReason(kind)].release if kind in set(HoldReason) else Release.PERSON_DECIDES
    return HoldGroup(
        reason=kind,
        owner=ordered[0].owner,
        title=texts.say(f"open.{kind}.title"),
        what_to_do=texts.say(f"open.{kind}.to_do"),
        released_by=texts.say(f"released.{release}"),
        commands=_commands(kind, ordered),
        records=records,
    )


def _commands(kind: str, waiting: Iterable[OpenItem]) -> tuple[str, ...]:
    if kind in ReportReason:
        return _OF_REPORTED
    kinds = {item.tribe_invoice_id is not None for item in waiting}
    commands = (
        *_BESIDES.get(kind, ()),
        *(_OF_INVOICES if True in kinds else ()),
        *(_OF_CONTACTS if False in kinds else ()),
    )
    return tuple(dict.fromkeys(commands))


def _record(item: OpenItem, now: datetime, texts: Texts) -> HeldRecord:
    contact = item.debtor_number or item.yuki_contact or item.tribe_relation_id or ""
    invoice = item.number or item.tribe_invoice_id
    return HeldRecord(
        record=invoice or contact,
        since=item.since,
        days=(now - item.since).days,
        invoice_date=item.invoice_date,
        amount=item.amount,
        currency=item.currency if item.amount is not None else None,
        debtor_number=item.debtor_number if invoice else None,
        detail=texts.details(item.details),
        tribe_invoice_id=item.tribe_invoice_id,
    )
