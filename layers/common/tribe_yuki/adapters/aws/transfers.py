"""Transfers in the id map table, with their mirror by invoice number and their journal."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, override

from pydantic import TypeAdapter, ValidationError

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import ConditionFailed, Item, Write, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.items import IdMapItems
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.stored_details import with_read_details, with_stored_details
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Conflict, Defect
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.reasons import DoubtReason, Reason, ReportReason, SkipReason, UnlistedReason
from tribe_yuki.invoices.store import YUKI_HOLDS_IT, TransferStore
from tribe_yuki.invoices.transfer import State, Transfer

_TRANSFER = TypeAdapter(Transfer)
_REASONS: Mapping[State, type[HoldReason | WaitReason | DoubtReason | SkipReason | ReportReason]] = {
    State.WAITING: WaitReason,
    State.DEAD: WaitReason,
    State.HELD: HoldReason,
    State.UNCONFIRMED: DoubtReason,
    State.SKIPPED: SkipReason,
    State.BOOKED: ReportReason,
}
# Keys of the indexes, what is read apart, and the agreements as versions up to 0.1 stored them.
_NOT_OF_THE_TRANSFER = frozenset({"item", "kind", "state_key", "due_key", "reason", "agreed", "also_agreed"})


@dataclass(frozen=True, slots=True)
class Transfers(IdMapItems, TransferStore):
    """Stores transfers; every write is conditional on the version that was read."""

    journal: Journal

    @override
    def get(self, tribe_invoice_id: str) -> Transfer | None:
        item = self._get(f"{keys.INVOICE}{tribe_invoice_id}")
        return transfer_from_item(item) if item else None

    @override
    def read_ahead(self, tribe_invoice_ids: Iterable[str]) -> None:
        self._read_ahead(f"{keys.INVOICE}{tribe_invoice_id}" for tribe_invoice_id in tribe_invoice_ids)

    @override
    def save(self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime) -> Transfer:
        saved = replace(transfer, version=transfer.version + 1)
        self.db.transact(self._writes(transfer, saved, entries, now))
        return saved

    @override
    def claim_reference(
        self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime, *, ended: str | None = None
    ) -> Transfer | str:
        saved = replace(transfer, version=transfer.version + 1)
        if (holder := self._other_holder(transfer, ended)) is not None:
            return holder
        mirror = Write(
            self.table,
            {**self._key(_claim_item(transfer)), "tribe_invoice_id": transfer.tribe_invoice_id},
            "attribute_not_exists(#item) OR tribe_invoice_id = :invoice OR tribe_invoice_id = :ended",
            {":invoice": transfer.tribe_invoice_id, ":ended": ended or transfer.tribe_invoice_id},
            {"#item": "item"},
        )
        first, *journal = self._writes(transfer, saved, entries, now)
        try:
            self.db.transact([first, mirror, *journal])
        except ConditionFailed as failure:
            if failure.index == 1 and failure.item is not None:
                return str(failure.item["tribe_invoice_id"])
            raise
        return saved

    @override
    def reserve_for_yuki(self, reference: str, day: date | None) -> None:
        item = keys.number(reference, day.year if day else None)
        try:
            self._put(
                item,
                {"tribe_invoice_id": YUKI_HOLDS_IT},
                condition="attribute_not_exists(#item)",
                names={"#item": "item"},
            )
        except Conflict:
            return

    @override
    def holders_of_reference(self, reference: str) -> list[str]:
        return list(dict.fromkeys(self._claims(reference).values()))

    @override
    def holder_of_number(self, transfer: Transfer) -> str | None:
        claims = self._claims(transfer.reference or "")
        return claims.get(_claim_item(transfer)) or self._other_holder(transfer, None)

    def _claims(self, reference: str) -> dict[str, str]:
        """Return the holders of a number by their items: one for a book year, one of when claims named no year."""
        prefix = keys.number(reference, None)
        items = self._starting_with(prefix)
        ours = re.compile(rf"{re.escape(prefix)}(?:#\d{{4}})?")
        return {str(item["item"]): str(item["tribe_invoice_id"]) for item in items if ours.fullmatch(str(item["item"]))}

    def _other_holder(self, transfer: Transfer, ended: str | None) -> str | None:
        """Return who has a transfer's number by a claim that is not of its book year, but may concern it still.

        That is one of when claims named no year, and one of Yuki: its invoice may have been typed in with another date.
        """
        claims = self._claims(transfer.reference or "")
        if claims.pop(_claim_item(transfer), None) == transfer.tribe_invoice_id:
            return None
        mine = (transfer.tribe_invoice_id, ended)
        if YUKI_HOLDS_IT in claims.values() and ended != YUKI_HOLDS_IT:
            return YUKI_HOLDS_IT
        former = claims.get(keys.number(transfer.reference or "", None))
        return former if former not in mine and former and self._is_of_year_of(transfer, former) else None

    def _is_of_year_of(self, transfer: Transfer, holder: str) -> bool:
        other = self.get(holder)
        days = (other.invoice_date if other else None, transfer.invoice_date)
        return None in days or len({day.year for day in days if day}) == 1

    @override
    def in_state(self, state: State, *, limit: int | None = None) -> list[Transfer]:
        found = self._indexed(keys.transfer_state(self.connection_id, state), limit)
        if state is not State.BOOKED:
            return found
        both = sorted([*found, *self.reported()], key=lambda transfer: transfer.since)
        return both[:limit]

    @override
    def reported(self) -> list[Transfer]:
        return self._indexed(keys.transfer_reported(self.connection_id), None)

    @override
    def newest(self, state: State, *, since: datetime | None = None, limit: int) -> list[Transfer]:
        state_keys = [keys.transfer_state(self.connection_id, state)]
        if state is State.BOOKED:
            state_keys.append(keys.transfer_reported(self.connection_id))
        found = [transfer for key in state_keys for transfer in self._newest(key, since, limit)]
        return sorted(found, key=lambda transfer: transfer.since, reverse=True)[:limit]

    @override
    def page(self, *, after: str = "", limit: int) -> list[Transfer]:
        return list(_readable(self._after(keys.INVOICE, after, limit)))

    @override
    def of_relation(self, tribe_relation_id: str) -> list[Transfer]:
        items = self._starting_with(keys.INVOICE)
        return list(_readable(item for item in items if item.get("tribe_relation_id") == tribe_relation_id))

    def _indexed(self, state_key: str, limit: int | None) -> list[Transfer]:
        return list(_readable(self._in_state(state_key, limit=limit)))

    def _newest(self, state_key: str, since: datetime | None, limit: int) -> Iterator[Transfer]:
        condition, values = "state_key = :key", {":key": state_key}
        if since is not None:
            condition += " AND #since >= :since"
            values[":since"] = timestamp(since)
        names = {"#since": "since"} if since is not None else None
        items = self.db.query(self.table, condition, values, index="state", names=names, limit=limit, last_first=True)
        return _readable(items)

    def _writes(self, old: Transfer, new: Transfer, entries: Sequence[JournalEntry], now: datetime) -> list[Write]:
        self._demand_own(new.connection_id)
        condition = "attribute_not_exists(version)" if old.version == 0 else "version = :version"
        values = {":version": old.version} if old.version else None
        item = f"{keys.INVOICE}{new.tribe_invoice_id}"
        return [
            Write(self.table, transfer_to_item(new), condition, values),
            *self.journal.writes(item, entries, now, version=new.version, keep_for_years=True),
        ]


def _claim_item(transfer: Transfer) -> str:
    day = transfer.invoice_date
    return keys.number(transfer.reference or "", day.year if day else None)


def transfer_to_item(transfer: Transfer) -> Item:
    """Return the stored form of a transfer, with the keys of the sparse indexes."""
    item: Item = with_stored_details(_TRANSFER.dump_python(transfer, mode="json", exclude_none=True))
    if not transfer.agreements:
        del item["agreements"]
    if not transfer.totals_by_rounding:
        del item["totals_by_rounding"]
    item |= {
        "item": f"{keys.INVOICE}{transfer.tribe_invoice_id}",
        "kind": "invoice",
        "state_key": keys.transfer_reported(transfer.connection_id)
        if transfer.state is State.BOOKED and transfer.reason
        else keys.transfer_state(transfer.connection_id, transfer.state),
        "since": timestamp(transfer.since),
    }
    if transfer.due_at is not None:
        item |= {"due_key": transfer.connection_id, "due_at": timestamp(transfer.due_at)}
    return item


def transfer_from_item(item: Mapping[str, Any]) -> Transfer:
    """Return the transfer that an item holds; raise Defect for what only another version can read."""
    stored = {key: value for key, value in item.items() if key not in _NOT_OF_THE_TRANSFER}
    if "agreed" in item:
        stored["agreements"] = [item["agreed"], *item.get("also_agreed", ())]
    try:
        transfer = _TRANSFER.validate_python(with_read_details(stored))
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
        text = f"this version cannot read {item.get('item')} ({fields}); deploy the one that wrote it"
        raise Defect("transfer_unreadable", text) from None
    return replace(transfer, reason=_reason_in(transfer.state, str(item["reason"]))) if item.get("reason") else transfer


def _reason_in(state: State, code: str) -> Reason:
    """Return what a stored reason means in a state."""
    vocabulary = _REASONS.get(state)
    return vocabulary(code) if vocabulary is not None and code in vocabulary else UnlistedReason(code)


def _readable(items: Iterable[Item]) -> Iterator[Transfer]:
    """Yield the transfers of a list; one that cannot be read must not keep the others from their turn."""
    for item in items:
        try:
            yield transfer_from_item(item)
        except Defect:
            if item.get("state") == State.HELD:
                yield _not_understood(item)


def _not_understood(item: Item) -> Transfer:
    since = parse_timestamp(str(item["since"]))
    return Transfer(
        str(item["connection_id"]),
        str(item["item"]).removeprefix(keys.INVOICE),
        State.HELD,
        since=since,
        first_seen_at=since,
        reference=str(item["reference"]) if "reference" in item else None,
        reason=HoldReason.NOT_UNDERSTOOD,
        details=(Detail(DetailCode.OF_ANOTHER_VERSION),),
    )
