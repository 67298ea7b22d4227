"""The switches of the simulator: one for every behaviour of Yuki that is not known for certain."""

from collections.abc import Mapping
from typing import Any

from simulators.shared import Switch
from simulators.yuki.coding import CODINGS
from simulators.yuki.local_time import parse_date
from simulators.yuki.phones import WRITINGS

ANSWER_QUIRKS = ("reversed", "omit_last", "skip_last", "extra_invoice", "empty_message")
BUNDLES = ("minimal", "small", "medium", "large")

SWITCHES: Mapping[str, Switch] = {
    # Sessions, rights and limits (yuki-api 2, 6)
    "session_lifetime_seconds": Switch("how long a session lives", 86_400),
    "session_fault_text": Switch(
        "the fault for an unknown or expired session; the real words are not known",
        "The session is unknown or has expired",
    ),
    "authenticate_ends_sessions": Switch("a new session ends the older ones of its key", default=False),
    "authenticate_counts": Switch("Authenticate counts for the daily limit", default=True),
    "daily_limit": Switch("calls per domain and day in Amsterdam", 1_000),
    "no_right_fault_text": Switch(
        "the fault for a key without the right; the real words are not known",
        "This access key has no right for this web service",
    ),
    "wrong_region": Switch(
        "what a key meets on the host of the other country", "data_calls_fault", ("data_calls_fault", "refuse_key")
    ),
    "fault_prefix": Switch("the platform's own words stand before the text of a fault", default=False),
    # Requests and answers (yuki-api 1.2, 9)
    "max_request_bytes": Switch("longer requests are refused unread", 4 * 1024 * 1024),
    "wrong_parameter": Switch("what a misnamed or misplaced parameter leads to", "ignore", ("ignore", "fault")),
    "schema_error": Switch("how an invalid xmlDoc is refused", "fault", ("fault", "answer")),
    "compression": Switch(
        "how answers are compressed: when the request does not forbid it (`asked`), or in any case",
        "none",
        ("none", "asked", *CODINGS),
    ),
    "payload_as_text": Switch(
        "an answer in xmlDoc style stands as text, with the declaration of .NET's writer of strings", default=False
    ),
    "answer_namespace": Switch("where the children of the answers in xmlDoc style stand", "none", ("none", "inside")),
    # Contacts (yuki-api 3)
    "empty_element": Switch(
        "what an empty element does to the stored value, in UpdateContact and in an invoice matched by code",
        "clears",
        ("clears", "ignored"),
    ),
    "update_contact_text": Switch("the answer to a creation; {id} becomes the id", "Succesfully created Contact {id}"),
    "code_writing": Switch(
        "how a relation code is stored", "as_given", ("as_given", "without_zeros", "ten_characters")
    ),
    "name_match_after_code": Switch("UpdateContact looks at the name when the code is unknown", default=True),
    "person_name_match": Switch(
        "which names of a person UpdateContact compares with those of other contacts",
        "full_name",
        ("full_name", "parts"),
    ),
    "new_contact_role": Switch("the role of a contact that UpdateContact makes", "none", ("none", "customer")),
    "role_change_is_modified": Switch("ticking a role (or a tag) changes Modified", default=True),
    "company_address": Switch(
        "which of the written addresses of a company reads back", "work", ("main", "work", "both")
    ),
    "normalise_phones": Switch(
        "telephone numbers are stored as digits, also those that a person types in", default=False
    ),
    "phone_writing": Switch("how normalised telephone numbers are written", "national", WRITINGS),
    "new_contact_delay_seconds": Switch("seconds until a new contact is found by anything but its id", 0),
    "modified_after_inclusive": Switch("modifiedAfter includes the moment itself", default=False),
    "search_match": Switch("how the text of a search compares", "contains", ("contains", "prefix", "exact")),
    "contact_type_both": Switch("what contactType Both means", "either", ("either", "both_roles")),
    "contact_type_none": Switch("what contactType None means", "without_role", ("without_role", "everyone")),
    # Invoices (yuki-api 4)
    "customer_check": Switch("invoices for contacts that are inactive or no customer are refused", default=True),
    "role_after_booking": Switch(
        "the role of a contact after its first booked invoice, without the customer check",
        "customer",
        ("customer", "unchanged"),
    ),
    "duplicate_reference": Switch("what happens to a number that is booked already", "refuse", ("refuse", "accept")),
    "same_reference": Switch("which numbers are one number", "as_written", ("as_written", "any_case", "any_writing")),
    "draft_reference": Switch("whether a draft keeps its number", "dropped", ("dropped", "kept")),
    "skipped_after_stop": Switch("what TotalSkipped says after six failures", "counted", ("counted", "zero")),
    "vat_rounding": Switch("where VAT is rounded", "rate", ("rate", "line", "document")),
    "revenue_gl_account_types": Switch("the types of ledger account that take revenue", [4]),
    "address_required": Switch(
        "which contacts need street, city and country", "new_contact", ("new_contact", "always", "never")
    ),
    "unknown_payment_method": Switch(
        "what happens to a payment method that nobody knows", "refuse", ("refuse", "accept")
    ),
    "bundle": Switch("the bundle of the administrations; smaller ones refuse more", "large", BUNDLES),
    "sales_settings_complete": Switch("without them Yuki neither mails nor collects", default=True),
    "peppol_registered": Switch("without it nothing goes over Peppol", default=True),
    "closed_until": Switch("invoices dated up to this day (yyyy-MM-dd) are refused", ""),
    "refuse_invoices": Switch("messages with which to refuse invoices, by reference or `*`", {}),
    "answer_quirks": Switch(f"how the answer departs from what happened: any of {', '.join(ANSWER_QUIRKS)}", []),
    # What is visible when (yuki-api 5)
    "outstanding_delay_seconds": Switch("how late a new invoice shows as outstanding", 0),
    "archive_delay_seconds": Switch("how late a new invoice shows in the archive", 0),
    "archive_reference": Switch("documents carry reference and contact", default=True),
    "archive_contact_element": Switch("how documents name the contact's id", "ContactId", ("ContactId", "ContactID")),
}


def check_switches(wanted: Mapping[str, Any]) -> None:
    """Raise ValueError for a value that its switch cannot take though it is of the right kind."""
    for quirk in wanted.get("answer_quirks", []):
        if quirk not in ANSWER_QUIRKS:
            raise ValueError(f"answer_quirks: {quirk!r} is not one of {', '.join(ANSWER_QUIRKS)}")
    if wanted.get("closed_until"):
        parse_date(wanted["closed_until"], "closed_until")
