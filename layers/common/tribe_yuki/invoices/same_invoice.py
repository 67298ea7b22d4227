"""Whether an invoice in Yuki's books may be one of ours, typed in under another number or a little differently."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tribe_yuki.core.details import Detail, Details
from tribe_yuki.invoices.agreement import Agreement
from tribe_yuki.invoices.details import alike_in_yuki
from tribe_yuki.invoices.model import OutstandingItem, SalesDocument
from tribe_yuki.invoices.number_writing import bare_number
from tribe_yuki.invoices.transfer import Transfer

# Yuki's own screens warn of a second invoice when three of contact, number, date and amount are equal.
EQUAL_ENOUGH = 3
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


def shown_number(number: str | None) -> str:
    """Return a number that somebody typed, as far as it is one."""
    text = (number or "").strip()
    return text if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) else "?"


@dataclass(frozen=True, slots=True)
class TypedIn:
    """The invoices in Yuki that have a number of nobody's in Tribe, by what three equal parts of four always hold."""

    by_number: Mapping[str, list[Booked]]
    by_the_rest: Mapping[tuple[str | None, date | None, Decimal | None], list[Booked]]

    @classmethod
    def of(cls, records: Iterable[OutstandingItem | SalesDocument]) -> "TypedIn":
        """Return the records, each once: what is open is in the archive, too."""
        by_number: dict[str, list[Booked]] = defaultdict(list)
        by_the_rest: dict[tuple[str | None, date | None, Decimal | None], list[Booked]] = defaultdict(list)
        for booked in dict.fromkeys(map(Booked.of, records)):
            by_number[bare_number(booked.number)].append(booked)
            by_the_rest[booked.yuki_contact_id, booked.date, booked.euros].append(booked)
        return cls(by_number, by_the_rest)

    def alike(self, transfer: Transfer) -> Details:
        """Return those that may be a transfer's invoice, and that nobody said are other invoices."""
        rest = (transfer.yuki_contact_id, transfer.invoice_date, transfer.total_incl)
        near = (*self.by_number.get(bare_number(transfer.reference), ()), *self.by_the_rest.get(rest, ()))
        found = [booked.detail for booked in dict.fromkeys(near) if is_alike(transfer, booked)]
        told = transfer.agreed_to(Agreement.ANOTHER_INVOICE)
        return tuple(detail for detail in found if detail not in told)
