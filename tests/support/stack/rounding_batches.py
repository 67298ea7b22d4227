"""Fifty ordinary invoices at a time, sent on a running stack under a way to round, and what became of them on paper."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from random import Random
from typing import Any

import httpx
from pypdf import PdfReader

from local.stack.demo_connection import TRIBE_CLIENT_ID, TRIBE_CLIENT_SECRET
from tests.support.stack.stack_books import state
from tests.support.world.seed_records import HIGH_VAT, customer_named, line
from tribe_yuki.adapters.tribe import Grant, TribeApplication, TribeClient, TribeEndpoints

LOW_VAT = {"ID": "70000000-0000-4000-8000-000000000072"}
CUSTOMER = "Fotografie Lichtval"
MANY = 50
_LARGEST = 1_000_000
_TOTAL = re.compile(r"Totaal incl\. btw € (-?[\d.]+,\d{2})")


@dataclass(frozen=True)
class Ways:
    """How Tribe rounds, by its switch, and how Yuki does, by its own."""

    tribe: str
    yuki: str = "rate"

    def __str__(self) -> str:
        return f"Tribe {self.tribe}, Yuki {self.yuki}"


def steer(http: httpx.Client, stack: Mapping[str, Any], side: str, call: str, **body: Any) -> dict[str, Any]:
    """Do what a call of the control plane of a side does."""
    answer: dict[str, Any] = http.post(f"{stack[f'{side}_url']}/_control/{call}", json=body).raise_for_status().json()
    return answer


def send_batch(http: httpx.Client, stack: Mapping[str, Any], ways: Ways, seed: int) -> list[str]:
    """Send invoices of hours in quarters, of trade with discounts, and of prices with VAT; return their ids."""
    steer(http, stack, "yuki", "switches", vat_rounding=ways.yuki)
    steer(http, stack, "tribe", "switches", rounding=ways.tribe, drop_webhooks=1.0)
    random = Random(seed)
    drafts = [_draft(random, f"{ways} {place}") for place in range(MANY)]
    ids = [str(steer(http, stack, "tribe", "invoices", **draft)["ID"]) for draft in drafts]
    steer(http, stack, "tribe", "switches", drop_webhooks=0.0, send_order="at_once")
    for tribe_invoice_id in ids:
        steer(http, stack, "tribe", f"invoices/{tribe_invoice_id}/send")
    return ids


def _draft(random: Random, subject: str) -> dict[str, Any]:
    kind = random.choice(("hours", "trade", "prices with VAT"))
    lines = [_line(random, kind) for _ in range(random.randrange(1, 7))]
    return {
        "Subject": subject,
        "Currency": "EUR",
        "IsVatIncluded": kind == "prices with VAT",
        "DiscountPercentage": random.choice((0, 0, 5, 7.5)) if kind == "trade" else 0,
        "Relationship": customer_named(CUSTOMER),
        "ProductLines": lines,
    }


def _line(random: Random, kind: str) -> dict[str, Any]:
    price = random.randrange(95, 25_000) / 100
    if kind == "hours":
        return {**line("Uren"), "Quantity": random.randrange(1, 33) / 4, "Price": price}
    discount = random.choice((0, 0, 10, 12.5, 33)) if kind == "trade" else 0
    group = random.choice((HIGH_VAT, HIGH_VAT, LOW_VAT))
    quantity = random.randrange(1, 13)
    return {**line("Goederen"), "Quantity": quantity, "Price": price, "DiscountPercentage": discount, "VatGroup": group}


def printed_totals(
    http: httpx.Client, stack: Mapping[str, Any], tribe_invoice_ids: Sequence[str]
) -> Mapping[str, Decimal]:
    """Return what each paper asks for, by the id of its invoice."""
    attachments = state(http, stack, "tribe")["Attachment"]
    by_invoice = {row["Invoice"]["ID"]: row["ID"] for row in attachments if row["Invoice"]}
    with _client(stack) as tribe:
        contents = {one: tribe.read_document(by_invoice[one], largest=_LARGEST) or b"" for one in tribe_invoice_ids}
    return {one: _total(content) for one, content in contents.items()}


def _client(stack: Mapping[str, Any]) -> TribeClient:
    application = TribeApplication(Grant.CLIENT_CREDENTIALS, TRIBE_CLIENT_ID, TRIBE_CLIENT_SECRET, "read write")
    endpoints = TribeEndpoints(stack["tribe_url"], stack["tribe_url"])
    return TribeClient(application, endpoints, now=lambda: datetime.now(UTC))


def _total(content: bytes) -> Decimal:
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    (written,) = _TOTAL.findall(text)
    return Decimal(written.replace(".", "").replace(",", "."))
