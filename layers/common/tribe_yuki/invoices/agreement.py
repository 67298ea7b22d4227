"""What a person agreed to about an invoice."""

from dataclasses import dataclass
from enum import StrEnum

from tribe_yuki.core.details import Details


class Agreement(StrEnum):
    """Kinds of agreements."""

    OTHER_TOTALS = "other_totals"
    ROUNDING = "rounding"
    WITHOUT_PDF = "without_pdf"
    WITHOUT_PEPPOL = "without_peppol"
    SAME_NUMBER = "same_number"
    ANOTHER_INVOICE = "another_invoice"
    SEND_AGAIN = "send_again"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Agreed:
    """A person's agreement; it holds for the details that the person saw, and for no others."""

    to: Agreement
    details: Details = ()
