"""One record that waits for a person, and the kinds of such records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tribe_yuki.core.details import Details
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.invoices.reasons import ReportReason

# What waits without being held: given up, undecided or unsent for a day, reported after booking, not ticked yet.
DEAD = "dead"
LONG_IN_DOUBT = "long_in_doubt"
LONG_WAIT = "long_wait"
UNTICKED = "unticked"
# What is not for Yuki, though somebody may expect it there.
SKIPPED_FOR_DATE = "skipped_for_its_date"
SKIPPED_FOR_MARK = "skipped_for_a_mark"

# In the order of mails: what stops invoices comes before what may stop one.
KINDS: Sequence[str] = (
    HoldReason.CONTACT_NOT_CUSTOMER,
    HoldReason.CONTACT_AMBIGUOUS,
    HoldReason.CODE_IN_USE,
    HoldReason.CONTACT_INACTIVE_IN_YUKI,
    HoldReason.CONTACT_GONE_IN_YUKI,
    HoldReason.CONTACT_TYPE_DIFFERS,
    HoldReason.DEBTOR_NUMBER_MISSING,
    HoldReason.DEBTOR_NUMBER_DUPLICATE,
    HoldReason.NUMBER_MISSING,
    HoldReason.PDF_MISSING,
    HoldReason.VAT_NUMBER_MISSING,
    HoldReason.INVOICE_INVALID,
    HoldReason.VAT_UNMAPPED,
    HoldReason.VAT_IMPLAUSIBLE,
    HoldReason.LEDGER_UNMAPPED,
    HoldReason.TOTALS_DIFFER,
    HoldReason.REFERENCE_IN_USE,
    HoldReason.MAYBE_ALREADY_BOOKED,
    HoldReason.NOT_UNDERSTOOD,
    HoldReason.REFUSED_BY_YUKI,
    HoldReason.PEPPOL_REFUSED,
    HoldReason.NOT_CONFIRMED,
    HoldReason.TRIBE_CONSENT_NEEDED,
    HoldReason.YUKI_KEY_REFUSED,
    DEAD,
    LONG_IN_DOUBT,
    LONG_WAIT,
    ReportReason.EDITED_AFTER_SENT,
    ReportReason.BOOKED_DIFFERENTLY,
    SKIPPED_FOR_DATE,
    SKIPPED_FOR_MARK,
    UNTICKED,
)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One record that waits for a person; `kind` is the reason of its hold, or one of the kinds of this module.

    An invoice has a `tribe_invoice_id`; `yuki_contact` is the number in Yuki's screens of a contact without a relation.
    """

    kind: str
    owner: Owner
    since: datetime
    tribe_invoice_id: str | None = None
    number: str | None = None
    invoice_date: date | None = None
    amount: Decimal | None = None
    currency: str | None = None
    debtor_number: str | None = None
    tribe_relation_id: str | None = None
    yuki_contact: str | None = None
    details: Details = ()
