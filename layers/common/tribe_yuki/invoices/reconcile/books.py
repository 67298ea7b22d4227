"""Yuki's books: the outstanding items of our administration and the archive of its domain, by number."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tribe_yuki.invoices.model import OutstandingItem, SalesDocument


@dataclass(frozen=True, slots=True)
class InBooks:
    """An invoice as Yuki shows it; what its list does not tell is None."""

    date: dt.date | None
    due_date: dt.date | None
    amount: Decimal | None
    yuki_contact_id: str | None
    yuki_document_id: str | None = None


@dataclass(frozen=True, slots=True)
class YukiBooks:
    """Both lists by number.

    `is_ours_alone` says that the domain has no other administration, `tells_numbers` that the archive names numbers.
    """

    items: Mapping[str, Sequence[OutstandingItem]]
    documents: Mapping[str, Sequence[SalesDocument]]
    is_ours_alone: bool
    tells_numbers: bool

    @classmethod
    def of(
        cls, items: Sequence[OutstandingItem], documents: Sequence[SalesDocument], *, is_ours_alone: bool
    ) -> "YukiBooks":
        """Return the books that two lists show."""
        by_item: dict[str, list[OutstandingItem]] = defaultdict(list)
        for item in items:
            by_item[item.reference].append(item)
        by_document: dict[str, list[SalesDocument]] = defaultdict(list)
        for document in documents:
            by_document[document.reference or ""].append(document)
        nameless = len(by_document.pop("", []))
        by_item.pop("", None)
        return cls(by_item, by_document, is_ours_alone, nameless < len(documents) or not documents)

    def holds(self, reference: str) -> bool:
        """Whether either list shows a number."""
        return reference in self.items or reference in self.documents

    def open(self, reference: str) -> list[InBooks]:
        """Return the outstanding items with a number: they are certainly our administration's."""
        return [
            InBooks(item.date, item.due_date, item.original_amount, item.yuki_contact_id, item.yuki_document_id)
            for item in self.items.get(reference, ())
        ]

    def archived(self, reference: str) -> list[InBooks]:
        """Return the archive's documents with a number: those of every administration of the domain."""
        return [
            InBooks(document.date, None, document.amount, document.yuki_contact_id, document.yuki_document_id)
            for document in self.documents.get(reference, ())
        ]
