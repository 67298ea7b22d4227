"""Every hold reason: why a record waits for a person, who that is, and what releases it (design 6.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Who has to act."""

    SALES = "sales"
    BOOKKEEPER = "bookkeeper"
    OPERATOR = "operator"


class HoldReason(StrEnum):
    """Stable codes of the reasons; one that only a newer version knows reads as `not_understood`."""

    CONTACT_NOT_CUSTOMER = "contact_not_customer"
    CONTACT_AMBIGUOUS = "contact_ambiguous"
    CODE_IN_USE = "code_in_use"
    CONTACT_INACTIVE_IN_YUKI = "contact_inactive_in_yuki"
    CONTACT_GONE_IN_YUKI = "contact_gone_in_yuki"
    CONTACT_TYPE_DIFFERS = "contact_type_differs"
    DEBTOR_NUMBER_MISSING = "debtor_number_missing"
    DEBTOR_NUMBER_DUPLICATE = "debtor_number_duplicate"
    NUMBER_MISSING = "number_missing"
    PDF_MISSING = "pdf_missing"
    VAT_NUMBER_MISSING = "vat_number_missing"
    INVOICE_INVALID = "invoice_invalid"
    VAT_UNMAPPED = "vat_unmapped"
    VAT_IMPLAUSIBLE = "vat_implausible"
    LEDGER_UNMAPPED = "ledger_unmapped"
    TOTALS_DIFFER = "totals_differ"
    REFERENCE_IN_USE = "reference_in_use"
    MAYBE_ALREADY_BOOKED = "maybe_already_booked"
    REFUSED_BY_YUKI = "refused_by_yuki"
    PEPPOL_REFUSED = "peppol_refused"
    NOT_CONFIRMED = "not_confirmed"
    NOT_UNDERSTOOD = "not_understood"
    TRIBE_CONSENT_NEEDED = "tribe_consent_needed"
    YUKI_KEY_REFUSED = "yuki_key_refused"

    @classmethod
    def _missing_(cls, value: object) -> "HoldReason | None":
        return cls.NOT_UNDERSTOOD if isinstance(value, str) else None


class Release(StrEnum):
    """What ends a hold without anybody telling us."""

    CAUSE_GONE_IN_YUKI = "cause_gone_in_yuki"
    RECORD_CHANGED = "record_changed"
    MAPPING_SAVED = "mapping_saved"
    PERSON_DECIDES = "person_decides"
    NEW_CREDENTIALS = "new_credentials"


@dataclass(frozen=True, slots=True)
class Hold:
    """What is known of a reason: who has to act, and what ends it. Its sentence is in the catalogue."""

    owner: Owner
    release: Release


HOLDS: Mapping[HoldReason, Hold] = {
    HoldReason.CONTACT_NOT_CUSTOMER: Hold(Owner.BOOKKEEPER, Release.CAUSE_GONE_IN_YUKI),
    HoldReason.CONTACT_AMBIGUOUS: Hold(Owner.BOOKKEEPER, Release.CAUSE_GONE_IN_YUKI),
    HoldReason.CODE_IN_USE: Hold(Owner.BOOKKEEPER, Release.CAUSE_GONE_IN_YUKI),
    HoldReason.CONTACT_INACTIVE_IN_YUKI: Hold(Owner.BOOKKEEPER, Release.CAUSE_GONE_IN_YUKI),
    HoldReason.CONTACT_GONE_IN_YUKI: Hold(Owner.BOOKKEEPER, Release.PERSON_DECIDES),
    HoldReason.CONTACT_TYPE_DIFFERS: Hold(Owner.BOOKKEEPER, Release.CAUSE_GONE_IN_YUKI),
    HoldReason.DEBTOR_NUMBER_MISSING: Hold(Owner.SALES, Release.RECORD_CHANGED),
    HoldReason.DEBTOR_NUMBER_DUPLICATE: Hold(Owner.SALES, Release.RECORD_CHANGED),
    HoldReason.NUMBER_MISSING: Hold(Owner.SALES, Release.RECORD_CHANGED),
    HoldReason.PDF_MISSING: Hold(Owner.SALES, Release.RECORD_CHANGED),
    HoldReason.VAT_NUMBER_MISSING: Hold(Owner.SALES, Release.RECORD_CHANGED),
    HoldReason.INVOICE_INVALID: Hold(Owner.SALES, Release.RECORD_CHANGED),
    HoldReason.VAT_UNMAPPED: Hold(Owner.BOOKKEEPER, Release.MAPPING_SAVED),
    HoldReason.VAT_IMPLAUSIBLE: Hold(Owner.BOOKKEEPER, Release.MAPPING_SAVED),
    HoldReason.LEDGER_UNMAPPED: Hold(Owner.BOOKKEEPER, Release.MAPPING_SAVED),
    HoldReason.TOTALS_DIFFER: Hold(Owner.BOOKKEEPER, Release.PERSON_DECIDES),
    HoldReason.REFERENCE_IN_USE: Hold(Owner.BOOKKEEPER, Release.PERSON_DECIDES),
    HoldReason.MAYBE_ALREADY_BOOKED: Hold(Owner.BOOKKEEPER, Release.PERSON_DECIDES),
    HoldReason.REFUSED_BY_YUKI: Hold(Owner.BOOKKEEPER, Release.PERSON_DECIDES),
    HoldReason.PEPPOL_REFUSED: Hold(Owner.BOOKKEEPER, Release.PERSON_DECIDES),
    HoldReason.NOT_CONFIRMED: Hold(Owner.BOOKKEEPER, Release.PERSON_DECIDES),
    HoldReason.NOT_UNDERSTOOD: Hold(Owner.OPERATOR, Release.RECORD_CHANGED),
    HoldReason.TRIBE_CONSENT_NEEDED: Hold(Owner.OPERATOR, Release.NEW_CREDENTIALS),
    HoldReason.YUKI_KEY_REFUSED: Hold(Owner.OPERATOR, Release.NEW_CREDENTIALS),
}
