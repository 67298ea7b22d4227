"""Where a booked invoice differs in Yuki's books from what was sent and Tribe shows.

A field differs only while Tribe and Yuki differ in it. What a person corrected in both is settled, whatever was sent.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tribe_yuki.core.details import Detail, DetailCode, Details
from tribe_yuki.invoices.details import booked_otherwise
from tribe_yuki.invoices.reconcile.books import InBooks
from tribe_yuki.invoices.reconcile.findings import EURO
from tribe_yuki.invoices.reconcile.invoice_in_tribe import InvoiceInTribe
from tribe_yuki.invoices.transfer import Transfer

type ContactOf = Callable[[str], str | None]
"""Tells the Yuki contact that a relation is linked to."""


@dataclass(frozen=True, slots=True)
class Booking:
    """An invoice as it was sent, and as Tribe shows it now; `invoice` is None when it is gone or means nothing."""

    transfer: Transfer
    invoice: InvoiceInTribe | None
    contact_of: ContactOf

    def differences(self, record: InBooks) -> Details:
        """Return where a record of the books differs from what was sent and from what Tribe shows now."""
        return tuple(self._each_difference(record))

    def _each_difference(self, record: InBooks) -> Iterator[Detail]:
        sent, now = self.transfer, self.invoice
        if not self._is_same_contact(record):
            yield Detail(DetailCode.OTHER_CONTACT)
        # Outstanding items and documents are in euros.
        if sent.currency in (None, EURO) and _differs(record.amount, sent.total_incl, now and now.total_incl):
            yield booked_otherwise("amount", sent.total_incl, record.amount)
        if _differs(record.date, sent.invoice_date, now and now.invoice_date):
            yield booked_otherwise("date", sent.invoice_date, record.date)
        if _differs(record.due_date, sent.due_date, now and now.due_date):
            yield booked_otherwise("due_date", sent.due_date, record.due_date)

    def _is_same_contact(self, record: InBooks) -> bool:
        if None in (record.yuki_contact_id, self.transfer.yuki_contact_id):
            return True
        if record.yuki_contact_id == self.transfer.yuki_contact_id:
            return True
        # Merged or linked anew since, or corrected in both systems.
        relations = (self.transfer.tribe_relation_id, self.invoice and self.invoice.tribe_relation_id)
        return any(self.contact_of(relation) == record.yuki_contact_id for relation in relations if relation)

    def is_equal(self, record: InBooks) -> bool:
        """Whether a record tells everything that an equal invoice is known by, and all of it is as it was sent."""
        is_amount_known = record.amount is not None and self.transfer.total_incl is not None
        is_whole = record.date is not None and record.yuki_contact_id is not None and is_amount_known
        return is_whole and not self.differences(record)

    def nearest(self, records: Sequence[InBooks]) -> InBooks:
        """Return the record that differs least."""
        return min(records, key=lambda record: len(self.differences(record)))


def _differs[Value](booked: Value | None, sent: Value | None, in_tribe: Value | None) -> bool:
    """Whether a value in the books is known, and is neither what was sent nor what Tribe shows."""
    return booked is not None and sent is not None and booked not in (sent, in_tribe)
