"""What is known of Yuki's administration: its VAT codes, its ledger accounts and the companies of the domain."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class OwnCompany:
    """A company whose books are in the domain."""

    name: str
    vat_number: str | None = None
    coc_number: str | None = None


@dataclass(frozen=True, slots=True)
class VatCode:
    """An active VAT code of a Yuki administration (yuki-api 4.5)."""

    type: int
    percentage: Decimal
    description: str
    country: str | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None

    def is_valid_on(self, day: dt.date) -> bool:
        """Whether the code may be used on this day."""
        return (self.start_date is None or self.start_date <= day) and (self.end_date is None or day <= self.end_date)


@dataclass(frozen=True, slots=True)
class GlAccount:
    """An account of the ledger scheme (yuki-api 1.4)."""

    code: str
    type: int
    subtype: int
    is_enabled: bool
    description: str


@dataclass(frozen=True, slots=True)
class AdministrationCodes:
    """What an invoice line is booked under: the administration's VAT codes and ledger accounts."""

    vat_codes: tuple[VatCode, ...]
    gl_accounts: tuple[GlAccount, ...]
