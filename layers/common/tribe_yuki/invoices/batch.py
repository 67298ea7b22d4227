"""Which ready transfers go to Yuki together in a batch, and how long a batch waits for more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.invoices.model import SalesInvoice
from tribe_yuki.invoices.transfer import Transfer


@dataclass(frozen=True, slots=True)
class Batch:
    """The transfers that go together next, oldest first; `wait` is how long they still wait for others to go with."""

    transfers: tuple[Transfer, ...] = ()
    wait: timedelta = timedelta()

    @property
    def may_go(self) -> bool:
        """Whether there is a transfer to send, and it need not wait."""
        return bool(self.transfers) and not self.wait


@dataclass(frozen=True, slots=True)
class Sending:
    """A transfer in state `sending`, with the document that goes out."""

    transfer: Transfer
    document: SalesInvoice


def next_batch(ready: Iterable[Transfer], settings: ConnectionSettings, now: datetime) -> Batch:
    """Return the oldest ready transfers that may go together; a transfer that goes alone waits until it is the oldest.

    A full batch goes at once, a smaller one when any of them has waited long enough.
    """
    ordered = sorted(ready, key=lambda transfer: transfer.since)
    if not ordered:
        return Batch()
    if ordered[0].goes_alone:
        chosen = ordered[:1]
    else:
        chosen = [transfer for transfer in ordered if not transfer.goes_alone][: settings.batch_size]
    if len(chosen) >= settings.batch_size:
        return Batch(tuple(chosen))
    left = min(_waits_until(transfer, settings) for transfer in chosen) - now
    return Batch(tuple(chosen), max(left, timedelta()))


def _waits_until(transfer: Transfer, settings: ConnectionSettings) -> datetime:
    """Return until when a transfer waits for others to go with; what Yuki was just asked about goes at once."""
    longest = transfer.since + timedelta(seconds=settings.batch_wait_seconds)
    return min(longest, transfer.due_at or longest)
