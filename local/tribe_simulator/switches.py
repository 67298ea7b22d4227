"""The switches of the simulator: one for every behaviour of Tribe that is not known for certain (tribe-api 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.tribe_simulator.payload_shapes import SHAPE_NAMES
from local.tribe_simulator.signatures import SIGNATURE_VARIANTS


@dataclass(frozen=True)
class Switch:
    """What a switch is about, its default, and the values it may take (without choices: any of the same kind)."""

    meaning: str
    default: Any
    choices: tuple[Any, ...] = ()
    is_share: bool = False

    def check(self, name: str, value: Any) -> None:
        """Raise ValueError when a value does not suit the switch."""
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"{name}: {value!r} is not one of {', '.join(map(repr, self.choices))}")
        elif not _same_kind(value, self.default) or (self.is_share and value > 1):
            wanted = "a share from 0 to 1" if self.is_share else f"a value like {self.default!r}"
            raise ValueError(f"{name}: give {wanted}, not {value!r}")


def _same_kind(value: Any, default: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float) and value >= 0
    return isinstance(value, type(default))


SWITCHES: Mapping[str, Switch] = {
    # Signing in (tribe-api 2)
    "token_lifetime_seconds": Switch("how long an access token lives", 3599),
    "refresh_lifetime_seconds": Switch("how long a refresh token lives", 2_592_000),
    "refresh_rotation": Switch("a refresh token is used up by using it, and using it again ends all", default=True),
    "scope_error": Switch(
        "how a scope is refused that is not registered", "invalid_grant", ("invalid_grant", "invalid_scope")
    ),
    "scope_required": Switch("client credentials need a scope", default=False),
    "redirect_uri": Switch("the only redirect address that is registered; empty for any", ""),
    "denied": Switch("what the virtual user has no right to, such as `GET Activity_Invoice`", []),
    "rate_limit_per_minute": Switch("calls of one application in any minute", 1_000),
    "retry_after": Switch("429 says when to come back", default=False),
    # Reading (tribe-api 3.2)
    "accept_plus": Switch("a plus in a query stands for a blank, instead of being refused", default=False),
    "next_link": Switch("a list that goes on says where", default=False),
    "nulls": Switch("what booleans read that are not true", "null", ("null", "false")),
    "string_eq": Switch("whether eq looks at upper and lower case", "insensitive", ("insensitive", "sensitive")),
    "lambda_filters": Switch("filters may use any and all", default=False),
    "base_type_expand": Switch("links to a base type expand through to what only subtypes have", default=False),
    "repeat_prefix": Switch('the computed name of a person repeats the prefix ("de de")', default=False),
    "property_names": Switch(
        'other words for properties, such as {"Activity_Invoice.IsFinal": "Final"}; an empty word hides one', {}
    ),
    "module_off": Switch(
        "the status that invoices and lines answer with while the module is off", "", ("", "404", "400", 404, 400)
    ),
    # Writing (tribe-api 3.3)
    "post_status": Switch("the answer to a creation; 204 has no body", 201, (201, 200, 204)),
    "post_unknown_id": Switch("what a POST with an unknown ID does", "create", ("create", "404")),
    "put_status": Switch("the answer to a change; 204 has no body", 200, (200, 204)),
    "delete_status": Switch("the answer to a deletion", 204, (204, 200)),
    "parent_mutation_date": Switch(
        "a change of an address, line or attachment moves LastMutationDate of its owner", default=False
    ),
    "auto_numbering": Switch("who becomes a customer gets a debtor number", default=True),
    "overwrite_imported_numbers": Switch(
        "the automatic debtor number replaces one that came along at the creation", default=False
    ),
    # Webhooks (tribe-api 4)
    "drop_webhooks": Switch("the share of deliveries that get lost", 0.0, is_share=True),
    "duplicate_webhooks": Switch("the share of deliveries that are made twice", 0.0, is_share=True),
    "shuffle_webhooks": Switch("the share of deliveries that come after later ones", 0.0, is_share=True),
    "webhook_delay_seconds": Switch("the longest wait before a delivery", 0.3),
    "webhook_retries": Switch("how often a refused delivery is repeated: after 10, 60 and then 600 seconds", 0),
    "webhook_timeout_seconds": Switch("how long an answer is waited for", 10),
    "webhook_concurrency": Switch(
        "how many deliveries are made at once; with 1 and no delay they keep their order", 16
    ),
    "webhook_secret": Switch("whether the management calls show a webhook's secret", "shown", ("shown", "hidden")),
    "webhook_shape": Switch("the form of the bodies", "rich", SHAPE_NAMES),
    "webhook_author": Switch("bodies of the form `rich` say who did it", default=False),
    "echo_webhooks": Switch("what the API writes fires too", default=True),
    "link_events": Switch(
        "what a changed link fires: both mutations, one of them, or (crm) relationship mutations for CRM relationships",
        "both",
        ("both", "entity", "relationship", "crm"),
    ),
    "base_type_webhooks": Switch("a webhook on a base type fires for its subtypes", default=False),
    "upgrade_event": Switch("what a change of type is told as", "update", ("update", "creation", "none")),
    "signature_header": Switch("the name of the header with the signature", "X-Webhook-Signature"),
    "signature_variant": Switch("how bodies are signed", "A", SIGNATURE_VARIANTS),
    # Invoices (tribe-api 6)
    "line_amounts": Switch(
        "amounts of lines: exact, rounded to cents, or with the noise of binary arithmetic",
        "exact",
        ("exact", "rounded", "binary"),
    ),
    "line_totals_include_document_discount": Switch("amounts of lines are after the document discount", default=False),
    "amount_meaning": Switch("what an invoice's Amount is", "excl", ("excl", "incl")),
    "invoice_totals": Switch("invoices show TotalExcludingVat and TotalIncludingVat", default=False),
    "send_order": Switch("how the Send button does its four things", "gaps", ("gaps", "at_once", "pdf_last", "no_pdf")),
    "send_gap_seconds": Switch("the wait between the things that the Send button does", 0),
    "pdf_link": Switch("how the PDF hangs on its invoice", "both", ("both", "invoice", "attachments")),
    "phase_side": Switch(
        "what setting the phase Sent by API does besides: nothing, all that the Send button does, or it is refused",
        "none",
        ("none", "full", "refused"),
    ),
    "frozen": Switch(
        "what of a sent invoice cannot be changed",
        "numbers_and_lines",
        ("numbers_and_lines", "all_but_phase", "nothing"),
    ),
}

DEFAULTS: Mapping[str, Any] = {name: switch.default for name, switch in SWITCHES.items()}


def check_switches(wanted: Mapping[str, Any]) -> None:
    """Raise ValueError for a value that its switch cannot take; names that are no switch of Tribe are passed over."""
    for name, value in wanted.items():
        if name in SWITCHES:
            SWITCHES[name].check(name, value)
