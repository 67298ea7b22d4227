"""Before the first push: list the sales invoices that Yuki holds since the start date, once (design 6.2)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Protocol

from tribe_yuki.connections.context import FIRST_LOOK
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.model import SalesDocument
from tribe_yuki.invoices.transfer import State


def take_first_look(connection: InvoiceContext) -> None:
    """Reserve every invoice number that is in the books already, so that none of them is ever sent unverified.

    Then have the transfers sent that waited for this. Does nothing when it was done before.
    """
    if connection.had_first_look:
        return
    for reference, day in sorted(numbers_in_yuki(connection.yuki, connection.settings.start_date), key=str):
        connection.transfers.reserve_for_yuki(reference, day)
    now = connection.now()
    connection.timestamps.set(FIRST_LOOK, now)
    waiting = connection.transfers.in_state(State.WAITING)
    ids = [transfer.tribe_invoice_id for transfer in waiting if transfer.reason == WaitReason.FIRST_LOOK]
    if ids:
        connection.queues.enqueue_invoices(ids, now)


class Archive(Protocol):
    """Yuki's archive."""

    def all_sales_documents(self, *, modified_since: datetime) -> Iterator[SalesDocument]:
        """Yield the sales invoices of the archive of the domain."""
        ...


def numbers_in_yuki(yuki: Archive, start_date: date) -> set[tuple[str, date | None]]:
    """Return number and day of the sales invoices that Yuki holds since the start date (one call per 500)."""
    since = datetime(start_date.year, start_date.month, start_date.day, tzinfo=UTC)
    documents = list(yuki.all_sales_documents(modified_since=since))
    numbers = {(document.reference, document.date) for document in documents if document.reference}
    if documents and not numbers:
        raise Defect("archive_without_numbers", "Yuki's archive tells no invoice numbers; check before the first push")
    return numbers
