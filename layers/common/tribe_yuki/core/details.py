"""The details of holds and reports: facts as a code with values. What they say to people is in the catalogue.

A function makes each kind of detail with the values that its sentence needs: here those of all features, others in
`invoices/details.py` and `contacts/details.py`. A detail without values is its code alone. Values are numbers, codes,
dates, ids and words of a vocabulary, never personal data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from urllib.parse import parse_qsl, urlencode


class DetailCode(StrEnum):
    """Stable codes of the details."""

    # An invoice that cannot be booked as it is.
    INVOICE_DATE_MISSING = "invoice_date_missing"
    CUSTOMER_MISSING = "customer_missing"
    CUSTOMER_NAMELESS = "customer_nameless"
    COUNTRY_UNKNOWN = "country_unknown"
    NOT_FINAL = "not_final"
    NO_AMOUNTS = "no_amounts"
    NUMBER_TOO_LONG = "number_too_long"
    LINES_CUT_OFF = "lines_cut_off"
    CURRENCY_UNKNOWN = "currency_unknown"
    CHECK_DIGITS_WRONG = "check_digits_wrong"
    PRICE_TOO_PRECISE = "price_too_precise"
    QUANTITY_TOO_PRECISE = "quantity_too_precise"
    PRICE_MISSING = "price_missing"
    ELEMENT_INVALID = "element_invalid"
    FIELD_FIXED = "field_fixed"
    TOO_LARGE = "too_large"
    LINE_TOO_LARGE = "line_too_large"
    YEAR_OUT_OF_RANGE = "year_out_of_range"
    DAYS_OUT_OF_RANGE = "days_out_of_range"
    # An invoice that is not for Yuki.
    SENT_SINCE_ACTIVATION = "sent_since_activation"
    # What cannot be worked with.
    FIELD_MALFORMED = "field_malformed"
    NOTATION_UNKNOWN = "notation_unknown"
    FIELD_MISSING = "field_missing"
    OF_ANOTHER_VERSION = "of_another_version"
    FAILURE = "failure"
    # The ledger and VAT.
    ACCOUNT_MISSING = "account_missing"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_NOT_REVENUE = "account_not_revenue"
    VAT_GROUP_MISSING = "vat_group_missing"
    VAT_GROUP_UNMAPPED = "vat_group_unmapped"
    VAT_CODE_INACTIVE = "vat_code_inactive"
    VAT_CODE_AMBIGUOUS = "vat_code_ambiguous"
    VAT_CODE_NOT_FOR_COUNTRY = "vat_code_not_for_country"
    VAT_CODE_WITHOUT_COUNTRY = "vat_code_without_country"
    VAT_PERCENTAGE_DIFFERS = "vat_percentage_differs"
    EXPORT_TO = "export_to"
    EU_SUPPLY_TO = "eu_supply_to"
    FOREIGN_RATE_TO = "foreign_rate_to"
    OSS_TO_COMPANY = "oss_to_company"
    VAT_NUMBER_OF = "vat_number_of"
    VAT_NUMBER_GOODS_ONLY = "vat_number_goods_only"
    VAT_NUMBER_NOT_EU = "vat_number_not_eu"
    VAT_NUMBER_ELSEWHERE = "vat_number_elsewhere"
    TOTALS_MISSING = "totals_missing"
    TOTAL_DIFFERS = "total_differs"
    VAT_DIFFERS = "vat_differs"
    MORE_THAN_ROUNDING = "more_than_rounding"
    NO_CODE_WITHOUT_VAT = "no_code_without_vat"
    # Contacts.
    CONTACT_NUMBERS = "contact_numbers"
    CONTACT_IDS = "contact_ids"
    KIND = "kind"
    CONTACT_CHANGED = "contact_changed"
    UNLINKED_BY_HAND = "unlinked_by_hand"
    LINKED_ELSEWHERE = "linked_elsewhere"
    RELATIONS = "relations"
    # Numbers and attempts.
    NUMBER_IN_TRIBE = "number_in_tribe"
    NUMBER_BOOKED = "number_booked"
    NUMBER_IN_YUKI = "number_in_yuki"
    ALIKE_IN_YUKI = "alike_in_yuki"
    SENDS = "sends"
    # What is reported of a booked invoice, and found about numbers.
    EDITED = "edited"
    EDITED_VALUE = "edited_value"
    EDITED_AMOUNT = "edited_amount"
    DELETED_IN_TRIBE = "deleted_in_tribe"
    NOT_IN_YUKI = "not_in_yuki"
    TIMES_IN_YUKI = "times_in_yuki"
    OTHER_CONTACT = "other_contact"
    BOOKED_OTHERWISE = "booked_otherwise"
    SAME_NUMBER = "same_number"
    NUMBERS_MISSING = "numbers_missing"
    # Credentials.
    KEY_WRONG = "key_wrong"
    NO_ACCESS = "no_access"
    NO_BOOKS = "no_books"
    MODULE_OFF = "module_off"
    NO_RIGHT = "no_right"
    CONSENT_MISSING = "consent_missing"
    CONSENT_LOST = "consent_lost"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 (a code)
    CLIENT_REFUSED = "client_refused"
    CONSENT_CODE_USED = "consent_code_used"
    GRANT_REFUSED = "grant_refused"
    SCOPE_REFUSED = "scope_refused"
    NO_REFRESH_TOKEN = "no_refresh_token"  # noqa: S105 (a code)
    # What has no sentence of its own: the code of an error, a phase of Tribe, and a text of another system.
    ERROR = "error"
    PHASE = "phase"
    TEXT = "text"

    @property
    def may_name_somebody(self) -> bool:
        """Whether a detail of this kind may hold a name: another system's text may."""
        return self is DetailCode.TEXT

    @property
    def is_mailed(self) -> bool:
        """Whether a mail may say it: codes and ids are of no use there."""
        return self not in _NOT_MAILED


_NOT_MAILED = frozenset(
    {DetailCode.CONTACT_IDS, DetailCode.SAME_NUMBER, DetailCode.ERROR, DetailCode.PHASE, DetailCode.TEXT}
)

# The vocabularies of values; the catalogue has a message for each word.
type Wanted = Literal["text", "number", "date", "record", "records", "guid", "flag"]
type Right = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Detail:
    """One fact; two are the same when code and values are."""

    code: DetailCode
    values: Mapping[str, str] = field(default_factory=dict)


type Details = tuple[Detail, ...]
"""Facts that are said one after the other; most holds have one, or none."""


def nameless(details: Details) -> Details:
    """Return the details that name nobody: a text of another system may."""
    return tuple(detail for detail in details if not detail.code.may_name_somebody)


def listed(parts: Iterable[str]) -> str:
    """Return several words, numbers or ids as one value."""
    return " ".join(parts)


# What cannot be worked with.


def field_malformed(name: str, wanted: Wanted) -> Detail:
    """A field of Tribe holds something else than it does elsewhere."""
    return Detail(DetailCode.FIELD_MALFORMED, {"name": name, "wanted": wanted})


def notation_unknown(name: str) -> Detail:
    """A field of Yuki is written in a way that nobody has seen before."""
    return Detail(DetailCode.NOTATION_UNKNOWN, {"name": name})


def field_missing(name: str) -> Detail:
    """A field without which a record cannot be worked with is not there."""
    return Detail(DetailCode.FIELD_MISSING, {"name": name})


def failure(error: Exception) -> Detail:
    """The connector fails at the record; the text of an exception may hold anything, its type is safe."""
    return Detail(DetailCode.FAILURE, {"error": type(error).__name__})


# Credentials.


def no_books(host: str) -> Detail:
    """A host of Yuki knows the key and has no books for it."""
    return Detail(DetailCode.NO_BOOKS, {"host": host})


def no_right(right: Right, to: str) -> Detail:
    """The application lacks a right in Tribe."""
    return Detail(DetailCode.NO_RIGHT, {"right": right, "to": to})


# What has no sentence of its own.


def error_code(code: str) -> Detail:
    """The code of an error of ours."""
    return Detail(DetailCode.ERROR, {"code": code})


def phase_code(code: str) -> Detail:
    """The phase that the invoice has in Tribe."""
    return Detail(DetailCode.PHASE, {"code": code})


def outside_text(words: str) -> Detail:
    """What another system, or an earlier version, said."""
    return Detail(DetailCode.TEXT, {"text": words})


# The form in which details are stored: `account_missing?line=2`, several with `;` between them.


def to_text(details: Details) -> str:
    """Return the stored form of details; none are an empty text."""
    return ";".join(f"{detail.code}?{urlencode(detail.values)}" for detail in details)


def from_text(stored: str) -> Details | None:
    """Return the details of a stored form; None for a text that is none, or of another version."""
    parts = [part.partition("?") for part in stored.split(";")]
    if not all(mark and code in DetailCode for code, mark, _ in parts):
        return None
    return tuple(Detail(DetailCode(code), dict(parse_qsl(values, keep_blank_values=True))) for code, _, values in parts)
