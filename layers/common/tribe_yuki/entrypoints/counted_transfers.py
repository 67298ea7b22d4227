"""Transfers that count how invoices end, for the dashboard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import override

from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.entrypoints.metrics import Metric
from tribe_yuki.invoices.transfer import State, Transfer


@dataclass(frozen=True)
class CountedTransfers(Transfers):
    """Stored transfers; `count` is told of every ending that was stored, never of one that was not."""

    count: Callable[[Metric, float], None]

    @override
    def save(self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime) -> Transfer:
        return self._counted(super().save(transfer, entries, now), entries)

    @override
    def claim_reference(
        self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime, *, ended: str | None = None
    ) -> Transfer | str:
        claimed = super().claim_reference(transfer, entries, now, ended=ended)
        return claimed if isinstance(claimed, str) else self._counted(claimed, entries)

    def _counted(self, saved: Transfer, entries: Sequence[JournalEntry]) -> Transfer:
        # A booked transfer is stored again, for its mark in Tribe; the entry tells the booking itself.
        codes = {entry.code for entry in entries}
        if saved.state is State.BOOKED and State.BOOKED.value in codes and saved.booked_at is not None:
            self.count(Metric.INVOICES_BOOKED, 1)
            if saved.rounding:
                self.count(Metric.INVOICES_ROUNDED, 1)
            self.count(Metric.SECONDS_TO_BOOKED, (saved.booked_at - saved.first_seen_at).total_seconds())
        if saved.hold_reason is HoldReason.REFUSED_BY_YUKI and State.HELD.value in codes:
            self.count(Metric.INVOICES_REFUSED, 1)
        return saved
