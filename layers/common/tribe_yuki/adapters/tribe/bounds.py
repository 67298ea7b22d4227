"""What the values of an invoice may be: what lies beyond was mistyped, and holds that invoice until it is corrected.

Beyond it dates cannot be added to, amounts cannot be rounded or stored, and nobody would want them booked.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Self

from tribe_yuki.adapters.tribe.values import Record, day, number
from tribe_yuki.core.details import Detail
from tribe_yuki.invoices.details import TribeDay, TribeNumber, too_large, year_out_of_range

FIRST_YEAR, LAST_YEAR = 1990, 2100
TOO_LARGE = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Bounded:
    """Read the numbers and days of one invoice; beyond the bounds they are None, and a flaw in `flaws`."""

    flaws: list[Detail] = field(default_factory=list)
    line: int | None = None

    def of_line(self, line: int) -> Self:
        """Return what reads a line of the same invoice."""
        return replace(self, line=line)

    def number(self, record: Record, name: str, what: TribeNumber) -> Decimal | None:
        """Return a number, such as the price of a line; `what` it is to people."""
        value = number(record, name)
        if value is not None and abs(value) >= TOO_LARGE:
            self.flaws.append(too_large(what, self.line))
            return None
        return value

    def day(self, record: Record, name: str, what: TribeDay) -> date | None:
        """Return a day; `what` it is to people."""
        value = day(record, name)
        if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.flaws.append(year_out_of_range(what, FIRST_YEAR, LAST_YEAR))
            return None
        return value
