"""How long VAT codes and ledger accounts of Yuki are believed, and what is not kept at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.support.memory.stores import MemoryAdministration
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.codes_of_yuki import kept_since, read_codes
from tribe_yuki.connections.outside import Administration
from tribe_yuki.core.errors import Defect

CODE = VatCode(1, Decimal(21), "Hoog")
ACCOUNT = GlAccount("80000", 4, 0, is_enabled=True, description="Omzet")


@dataclass
class Books:
    """A Yuki that has codes and accounts, and counts how often it was asked for them."""

    codes: list[VatCode] = field(default_factory=lambda: [CODE])
    accounts: list[GlAccount] = field(default_factory=lambda: [ACCOUNT])
    asked: int = 0

    def administrations(self) -> Sequence[Administration]:
        """Return none: nobody asks."""
        return ()

    def vat_codes(self) -> list[VatCode]:
        """Return the codes."""
        self.asked += 1
        return self.codes

    def gl_accounts(self) -> list[GlAccount]:
        """Return the accounts."""
        return self.accounts


@pytest.mark.parametrize(
    ("read_at", "now", "is_kept"),
    [
        # Four in the morning in Amsterdam is three in UTC in winter, and two in summer.
        (datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 24, 2, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 24, 3, 1, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 2, 59, tzinfo=UTC), datetime(2026, 11, 24, 3, 1, tzinfo=UTC), False),
        (datetime(2026, 7, 1, 2, 1, tzinfo=UTC), datetime(2026, 7, 1, 22, tzinfo=UTC), True),
        (datetime(2026, 7, 1, 1, 59, tzinfo=UTC), datetime(2026, 7, 1, 22, tzinfo=UTC), False),
    ],
)
def test_codes_are_read_anew_each_morning(read_at: datetime, now: datetime, *, is_kept: bool) -> None:
    kept, yuki = MemoryAdministration(), Books()
    codes = read_codes(lambda: yuki, kept, read_at, not_older_than=kept_since(read_at))
    assert codes == AdministrationCodes((CODE,), (ACCOUNT,))
    assert read_codes(lambda: yuki, kept, now, not_older_than=kept_since(now)) == codes
    assert yuki.asked == (1 if is_kept else 2)


@pytest.mark.parametrize("yuki", [Books(codes=[]), Books(accounts=[])])
def test_books_without_codes_or_accounts_are_not_kept_for_a_day(yuki: Books) -> None:
    kept, now = MemoryAdministration(), datetime(2026, 11, 23, 9, tzinfo=UTC)
    with pytest.raises(Defect, match="no VAT codes or no ledger accounts"):
        read_codes(lambda: yuki, kept, now, not_older_than=kept_since(now))
    assert kept.codes(not_older_than=kept_since(now)) is None
