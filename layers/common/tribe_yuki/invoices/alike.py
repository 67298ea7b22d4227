"""What in Yuki's books may be an invoice under another number: somebody typed it in (design 6.2)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tribe_yuki.core.details import Detail, Details
from tribe_yuki.core.errors import Defect
from tribe_yuki.invoices.agreement import Agreement
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.details import alike_in_yuki
from tribe_yuki.invoices.model import OutstandingItem, SalesDocument
from tribe_yuki.invoices.number_writing import bare_number
from tribe_yuki.invoices.transfer import MAY_BE_IN_YUKI, Transfer

# Yuki's own screens warn of a second invoice when three of contact, number, date and amount are equal.
EQUAL_ENOUGH = 3
MOST_SHOWN = 5
# What people typed as a number may be a name, which nothing stores.
_NUMBER = re.compile(r"(?=.*\d)[^\W\d_]{0,6}(?:[\W\d_]+[^\W\d_]{0,4})*", re.DOTALL)
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Booked:
    """An invoice in Yuki's books by what it can be compared; what its list does not tell is None."""

    number: str | None
    date: date | None
    euros: Decimal | None
    yuki_contact_id: str | None

    @classmethod
    def of(cls, record: OutstandingItem | SalesDocument) -> "Booked":
        """Return what a record tells."""
        euros = record.original_amount if isinstance(record, OutstandingItem) else record.amount
        return cls(record.reference, record.date, euros, record.yuki_contact_id)

    @property
    def detail(self) -> Detail:
        """The detail that shows it to a person."""
        return alike_in_yuki(shown_number(self.number), self.date, self.euros)


def alike_in_books(
    connection: InvoiceContext, transfer: Transfer, records: Iterable[OutstandingItem | SalesDocument]
) -> Details:
    """Return the invoices in Yuki that may be this invoice, and that nobody said are other invoices.

    What bears the number of another invoice of Tribe is that invoice (a call to Tribe for what is not ours).
    """
    told = transfer.agreed_to(Agreement.ANOTHER_INVOICE)
    found = dict.fromkeys(booked for booked in map(Booked.of, records) if is_alike(transfer, booked))
    unknown = (booked for booked in found if booked.detail not in told)
    return tuple(booked.detail for booked in unknown if not _is_another(connection, transfer, booked))[:MOST_SHOWN]


def is_alike(transfer: Transfer, booked: Booked) -> bool:
    """Whether three of contact, number, date and amount are equal."""
    return sum(_equals(transfer, booked)) >= EQUAL_ENOUGH


def _equals(transfer: Transfer, booked: Booked) -> Iterator[bool]:
    number = bare_number(transfer.reference)
    yield bool(number) and number == bare_number(booked.number)
    yield transfer.yuki_contact_id is not None and transfer.yuki_contact_id == booked.yuki_contact_id
    yield transfer.invoice_date is not None and transfer.invoice_date == booked.date
    # The books are in euros.
    yield transfer.currency == "EUR" and transfer.total_incl is not None and transfer.total_incl == booked.euros


def _is_another(connection: InvoiceContext, transfer: Transfer, booked: Booked) -> bool:
    """Whether a number in the books is that of another invoice in Tribe, or of one that we booked."""
    if not booked.number:
        return False
    holders = map(connection.transfers.get, connection.transfers.holders_of_reference(booked.number))
    own = transfer.tribe_invoice_id
    if any(other and other.tribe_invoice_id != own and other.state in MAY_BE_IN_YUKI for other in holders):
        return True
    try:
        found = connection.tribe.invoices_with_numbers([booked.number])
    except Defect:
        return False  # how Tribe compares numbers is not certain (tribe-api 11): a person compares the two
    return any(head.tribe_invoice_id != own for head in found)


def shown_number(number: str | None) -> str:
    """Return a number that somebody typed, as far as it is one."""
    text = (number or "").strip()
    return text if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) else "?"
