"""What every use case asks of the outside systems, as Protocols; the features extend them.

Every call may raise the errors of `core.errors`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tribe_yuki.connections.administration import GlAccount, VatCode
from tribe_yuki.core.holds import Owner


class Administration(Protocol):
    """A company whose books are in Yuki."""

    @property
    def name(self) -> str:
        """Return its name."""
        ...

    @property
    def coc_number(self) -> str | None:
        """Return its Chamber of Commerce number."""
        ...

    @property
    def vat_number(self) -> str | None:
        """Return its VAT number."""
        ...


class Yuki(Protocol):
    """Yuki's administration and its domain.

    Reads raise Retryable (also BudgetSpent), CredentialsRefused or Defect. Writes raise these only when nothing was
    done for certain, and OutcomeUnknown otherwise.
    """

    def administrations(self) -> Sequence[Administration]:
        """Return the administrations that the key gives access to."""
        ...

    def vat_codes(self) -> list[VatCode]:
        """Return the active VAT codes of the administration."""
        ...

    def gl_accounts(self) -> list[GlAccount]:
        """Return the ledger scheme of the administration."""
        ...


class YukiHealth(Protocol):
    """Whether Yuki is there."""

    @property
    def answered_at(self) -> datetime | None:
        """Return when Yuki last answered this connection."""
        ...

    @property
    def is_away(self) -> bool:
        """Whether Yuki is being left alone, because it did not answer several times in a row."""
        ...

    @property
    def recovered(self) -> bool:
        """Whether this worker saw Yuki come back after it was away or blocked."""
        ...


class Topics(Protocol):
    """The mails to those who have to act. Raises Retryable when a mail was not taken."""

    @property
    def console_url(self) -> str:
        """Return where what is mailed can be seen and decided, without a closing slash; empty without a console."""
        ...

    def has(self, owner: Owner) -> bool:
        """Whether there is a topic for an owner."""
        ...

    def publish(self, owner: Owner, subject: str, text: str) -> None:
        """Send a mail to everybody who subscribed to an owner's topic."""
        ...
