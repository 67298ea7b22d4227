"""What the phase of an invoice in Tribe means to us: one rule for all who ask (design 6.1; tribe-api 6.3).

Tribe documents Draft, Sent and Paid. Its reminders move an invoice on to phases whose codes are not documented, and
tenants add phases of their own. So every phase but the draft and those that the connection excludes means sent.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

DRAFT_PHASE = "Draft"
# Tribe documents no such phase, and a sent invoice can only be taken back by a credit invoice: who made one of these
# codes for it says that the invoice does not count. The setting `excluded_phases` says otherwise.
CANCELLED_PHASES = ("Cancelled", "Canceled")


class PhaseMeaning(StrEnum):
    """What a phase says of the invoices in it; an unclassified one means sent once they are final and numbered."""

    DRAFT = "draft"
    SENT = "sent"
    EXCLUDED = "excluded"
    UNCLASSIFIED = "unclassified"


class InvoiceWithPhase(Protocol):
    """What is asked of an invoice to tell whether it was sent."""

    @property
    def number(self) -> str | None:
        """Return its number."""
        ...

    @property
    def phase_code(self) -> str:
        """Return the code of its phase; empty where it has none."""
        ...

    @property
    def is_final(self) -> bool:
        """Whether it is marked as final."""
        ...


def meaning_of_phase(code: str, *, sent: str, excluded: Collection[str]) -> PhaseMeaning:
    """Return what a phase means by its code alone, whatever its capitals."""
    wanted = code.casefold()
    if wanted in {one.casefold() for one in excluded}:
        return PhaseMeaning.EXCLUDED
    if wanted == DRAFT_PHASE.casefold():
        return PhaseMeaning.DRAFT
    return PhaseMeaning.SENT if wanted == sent.casefold() else PhaseMeaning.UNCLASSIFIED
