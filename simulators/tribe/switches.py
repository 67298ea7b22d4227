"""The switches of the simulator: one for every behaviour of Tribe that is not known for certain (tribe-api 9)."""

from collections.abc import Mapping

from simulators.shared import Switch
from simulators.tribe.amounts import ARITHMETIC, TO_CENTS
from simulators.tribe.events import SHAPES
from simulators.tribe.paper import NOTATIONS, PASSWORDS, SCAN
from simulators.tribe.query import LARGEST_PAGE
from simulators.tribe.webhooks import SIGNATURES

SWITCHES: Mapping[str, Switch] = {
    # Tokens and limits (tribe-api 2, 3.6)
    "token_lifetime_seconds": Switch("how long an access token lives", 3599),
    "scope_error": Switch(
        "the error for a scope that the application does not have", "invalid_grant", ("invalid_grant", "invalid_scope")
    ),
    "scope_required": Switch("a token request without scope is refused", default=False),
    "rate_limit_per_minute": Switch("calls per application and minute", 1000),
    "retry_after": Switch("429 says how long to wait", default=False),
    # Reading and writing (tribe-api 3)
    "accept_plus": Switch("a `+` in a query is a blank", default=False),
    "page_size": Switch("how many records a page holds at most", LARGEST_PAGE),
    "next_link": Switch("a full page links to the next one", default=False),
    "nulls": Switch("how an empty flag is sent", "null", ("null", "false")),
    "eq_is_case_sensitive": Switch("`eq` tells capitals from small letters", default=False),
    "post_status": Switch("the status of a creation; 204 comes without a body", 201, (201, 200, 204)),
    "put_status": Switch("the status of a change; 204 comes without a body", 200, (200, 204)),
    "delete_status": Switch("the status of a deletion", 204, (204, 200)),
    "module_off": Switch("the status of all invoice calls, as without the module", "", ("", "404", "400", 404, 400)),
    "auto_numbering": Switch(
        "a relation that becomes a customer gets the next debtor number: when it has none (true), also instead of its "
        "own (`overwrite`), or never (false)",
        default=True,
        choices=(True, False, "overwrite"),
    ),
    "address_bumps_owner": Switch("a changed address moves the LastMutationDate of its owner", default=False),
    # Webhooks (tribe-api 4)
    "drop_webhooks": Switch("the share of webhooks that get lost", 0.0),
    "duplicate_webhooks": Switch("the share of webhooks that come twice", 0.0),
    "shuffle_webhooks": Switch("the share of webhooks that come out of order", 0.0),
    "echo_webhooks": Switch("calls of the API have webhooks too", default=True),
    "base_type_webhooks": Switch("a webhook on a base type is told about the types below it", default=False),
    "https_only": Switch("webhooks need an address with https", default=False),
    "link_events": Switch(
        "how a changed link is told: as a Relationship mutation and in the fields (`both`), as one of them, or with "
        "Relationship mutations for CRM relationships only (`crm`)",
        "both",
        ("both", "relationship", "entity", "crm"),
    ),
    "upgrade_event": Switch(
        "how a relationship that becomes one of another type is told", "update", ("update", "creation", "none")
    ),
    "webhook_shape": Switch(f"how the payload looks: {', '.join(SHAPES)}", "rich"),
    "webhook_delay_seconds": Switch("how long after the commit a webhook comes", 0.3),
    "webhook_timeout_seconds": Switch("how long a receiver may take", 10),
    "webhook_retry_seconds": Switch("how long to wait before each further attempt after a failure", []),
    "webhook_concurrency": Switch("how many webhooks are on their way at once, over all receivers", 4),
    "signature_variant": Switch("how a body is signed", "A", (*SIGNATURES, "missing")),
    "signature_header": Switch("the header that carries the signature", "X-Webhook-Signature"),
    "secret_in_answer": Switch("the answer to a registration holds the secret", default=True),
    # Invoices (tribe-api 6)
    "rounding": Switch(
        "what is rounded, on the customer's invoice as in the totals of lines: the totals alone (`none`), also the "
        "lines' amounts, these and their VAT, the VAT of each piece, of each rate, or of the document; of prices with "
        "VAT it is the amount with VAT that is rounded, and VAT is taken out of it",
        "rate",
        ("none", "piece", "line_net", "line_net_and_vat", "rate", "document"),
    ),
    "to_cents": Switch(
        "how amounts become cents: half a cent goes away from zero, to the even cent, or up, also below zero; or all "
        "below a cent is cut off",
        "half_away",
        tuple(TO_CENTS),
    ),
    "arithmetic": Switch("whether amounts are calculated exactly or in IEEE doubles", "exact", tuple(ARITHMETIC)),
    "text_line_totals": Switch(
        "the totals of lines without quantity or price: null, also for a line of 0.00 (`null_when_zero`), or 0",
        "null",
        ("null", "null_when_zero", "zero"),
    ),
    "line_totals_include_document_discount": Switch("totals of lines include the document's discount", default=False),
    "amount_meaning": Switch("whether the amount of an invoice includes VAT", "excl", ("excl", "incl")),
    "send_order": Switch("in which steps an invoice is sent", "gaps", ("gaps", "at_once", "pdf_last", "no_pdf")),
    "pdf_text": Switch(
        "how documents are written: `€ 1.234,56`, `1 234,56 €` or `1234.56`; as a picture without text; closed with a "
        "password; or `protected`, which everybody may read and nobody change",
        "dutch",
        (*NOTATIONS, SCAN, *PASSWORDS),
    ),
    "pdf_bytes": Switch("the least size of the document that Send makes", 0),
    "document_answer": Switch(
        "what comes for the bytes of a document, always with 200: the document, a web page, its first half, or nothing",
        "whole",
        ("whole", "page", "cut", "empty"),
    ),
    "send_gap_seconds": Switch("how long each step waits for the one before", 0),
    "frozen": Switch(
        "what stays writable on a sent invoice: all but numbers and lines, or the phase only",
        "numbers_and_lines",
        ("numbers_and_lines", "all_but_phase"),
    ),
}
