"""What is stored of invoices, as Protocols. Every store is made for one connection.

Writes raise Conflict when the stored version is another than the one given; lists by state may lag behind by a moment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from tribe_yuki.contacts.store import ContactStores
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.invoices.reconcile.findings import Reconciliation
from tribe_yuki.invoices.transfer import State, Transfer

# What holds a number that the books had before the connector's first push.
YUKI_HOLDS_IT = "yuki"


class TransferStore(Protocol):
    """The lives of invoices on their way to Yuki."""

    def get(self, tribe_invoice_id: str) -> Transfer | None:
        """Return an invoice's transfer, or None."""
        ...

    def read_ahead(self, tribe_invoice_ids: Iterable[str]) -> None:
        """Read transfers together that will be asked for one by one."""
        ...

    def save(self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime) -> Transfer:
        """Store a transfer with journal entries, and return it with its new version."""
        ...

    def claim_reference(
        self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime, *, ended: str | None = None
    ) -> Transfer | str:
        """Store a transfer as `save` does, and reserve its number for it in its book year.

        Returns the stored transfer; or, and then nothing is stored, what the number belongs to instead: another Tribe
        invoice's id, or `yuki` when the books held it before the connector's first push. What has `ended` has it no
        longer.
        """
        ...

    def reserve_for_yuki(self, reference: str, day: date | None) -> None:
        """Mark a number as held by Yuki's books already, unless it is reserved; in the book year of a day, if known."""
        ...

    def holder_of_number(self, transfer: Transfer) -> str | None:
        """Return what a transfer's number is reserved for in its book year, as `claim_reference` tells it, or None."""
        ...

    def holders_of_reference(self, reference: str) -> list[str]:
        """Return what a number is reserved for in any book year, as `claim_reference` tells it."""
        ...

    def in_state(self, state: State, *, limit: int | None = None) -> list[Transfer]:
        """Return transfers in a state, longest in it first.

        A held transfer that this version cannot read is `not_understood`. In other states it is left out, here and in
        the other lists: what is due of it stays due, which the alarm about late work tells.
        """
        ...

    def newest(self, state: State, *, since: datetime | None = None, limit: int) -> list[Transfer]:
        """Return the transfers that came into a state last, since an instant if it is given, newest first."""
        ...

    def reported(self) -> list[Transfer]:
        """Return booked transfers of which something is reported, such as a later change in Tribe."""
        ...

    def page(self, *, after: str = "", limit: int) -> list[Transfer]:
        """Return transfers in the order of their invoices' ids, beginning after one of them."""
        ...

    def of_relation(self, tribe_relation_id: str) -> list[Transfer]:
        """Return the transfers of a relation's invoices, in the order of their ids; reads all transfers."""
        ...


class ReconciliationStore(Protocol):
    """The report of the last nightly reconciliation, and the parts of a run under way."""

    def last(self) -> Reconciliation | None:
        """Return the report of the last night that was finished, or None before the first one."""
        ...

    def save(self, report: Reconciliation) -> None:
        """Store a report in place of the last one."""
        ...

    def save_part(self, run: str, name: str, part: Reconciliation, now: datetime) -> None:
        """Store a part of a run, for a week; a part that is done again replaces itself."""
        ...

    def parts(self, run: str) -> list[Reconciliation]:
        """Return the parts of a run."""
        ...


@dataclass(frozen=True, kw_only=True)
class InvoiceStores(ContactStores):
    """The stores of one connection, with what is stored of invoices."""

    transfers: TransferStore
    reconciliations: ReconciliationStore
