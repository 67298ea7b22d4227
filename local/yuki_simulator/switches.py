"""The switches of the simulator: one for every behaviour of Yuki that is not known for certain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Switch:
    """The default of a switch, and the values it may take (any of the default's type when there are no choices)."""

    default: Any
    choices: tuple[Any, ...] = ()

    def check(self, name: str, value: Any) -> None:
        """Raise ValueError when a value does not suit the switch."""
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"{name}: {value!r} is not one of {', '.join(map(str, self.choices))}")
        elif not _same_kind(value, self.default):
            raise ValueError(f"{name}: give a value like {self.default!r}, not {value!r}")


def _same_kind(value: Any, default: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float) and value >= 0
    return isinstance(value, type(default))


ANSWER_QUIRKS = ("reversed", "omit_last", "skip_last", "extra_invoice", "empty_message")
BUNDLES = ("minimal", "small", "medium", "large")

SWITCHES: Mapping[str, Switch] = {
    # Sessions, rights and limits (yuki-api 2, 6)
    "session_lifetime_seconds": Switch(86_400),
    "session_fault_text": Switch("The session is unknown or has expired"),
    "authenticate_ends_sessions": Switch(default=False),
    "authenticate_counts": Switch(default=True),
    "daily_limit": Switch(1_000),
    "no_right_fault_text": Switch("This access key has no right for this web service"),
    "wrong_region": Switch("data_calls_fault", ("data_calls_fault", "refuse_key")),
    "fault_prefix": Switch(default=False),
    # Requests and answers (yuki-api 1.2, 9)
    "max_request_bytes": Switch(4 * 1024 * 1024),
    "wrong_parameter": Switch("ignore", ("ignore", "fault")),
    "schema_error": Switch("fault", ("fault", "answer")),
    "answer_namespace": Switch("none", ("none", "inside")),
    # Contacts (yuki-api 3)
    "empty_element": Switch("clears", ("clears", "ignored")),
    "update_contact_text": Switch("Succesfully created Contact {id}"),
    "name_match_after_code": Switch(default=True),
    "new_contact_role": Switch("none", ("none", "customer")),
    "role_change_is_modified": Switch(default=True),
    "company_address": Switch("work", ("main", "work", "both")),
    "normalise_phones": Switch(default=False),
    "modified_after_inclusive": Switch(default=False),
    "search_match": Switch("contains", ("contains", "prefix", "exact")),
    "contact_type_both": Switch("either", ("either", "both_roles")),
    "contact_type_none": Switch("without_role", ("without_role", "everyone")),
    # Invoices (yuki-api 4)
    "customer_check": Switch(default=True),
    "role_after_booking": Switch("customer", ("customer", "unchanged")),
    "duplicate_reference": Switch("refuse", ("refuse", "accept")),
    "draft_reference": Switch("dropped", ("dropped", "kept")),
    "skipped_after_stop": Switch("counted", ("counted", "zero")),
    "vat_rounding": Switch("rate", ("rate", "line", "document")),
    "revenue_gl_account_types": Switch([4]),
    "address_required": Switch("new_contact", ("new_contact", "always", "never")),
    "unknown_payment_method": Switch("refuse", ("refuse", "accept")),
    "bundle": Switch("large", BUNDLES),
    "sales_settings_complete": Switch(default=True),
    "peppol_registered": Switch(default=True),
    "closed_until": Switch(""),
    "refuse_invoices": Switch({}),
    "answer_quirks": Switch([]),
    # What is visible when (yuki-api 5)
    "outstanding_delay_seconds": Switch(0),
    "archive_delay_seconds": Switch(0),
    "archive_reference": Switch(default=True),
    "archive_contact_element": Switch("ContactId", ("ContactId", "ContactID")),
}

DEFAULTS: Mapping[str, Any] = {name: switch.default for name, switch in SWITCHES.items()}


def check_switches(wanted: Mapping[str, Any]) -> None:
    """Raise ValueError for a value that its switch cannot take; names that are no switch of Yuki are passed over."""
    for name, value in wanted.items():
        if name in SWITCHES:
            SWITCHES[name].check(name, value)
    for quirk in wanted.get("answer_quirks", []):
        if quirk not in ANSWER_QUIRKS:
            raise ValueError(f"answer_quirks: {quirk!r} is not one of {', '.join(ANSWER_QUIRKS)}")
