"""Press Send in the Tribe of a running stack, and look into the books of both sides."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.support.world.seed_records import customer_named, line


def state(http: httpx.Client, stack: Mapping[str, Any], side: str) -> dict[str, Any]:
    shown: dict[str, Any] = http.get(f"{stack[f'{side}_url']}/_control/state").raise_for_status().json()
    return shown


def new_sent_invoice(
    http: httpx.Client, stack: Mapping[str, Any], subject: str, *, customer: str = "Fotografie Lichtval"
) -> dict[str, Any]:
    """Make an invoice for a customer whom Yuki knows, and press Send; return it as Tribe shows it."""
    relation = customer_named(customer)
    draft = {"Subject": subject, "Currency": "EUR", "Relationship": relation, "ProductLines": [line(subject)]}
    made = http.post(f"{stack['tribe_url']}/_control/invoices", json=draft).raise_for_status().json()
    send = f"{stack['tribe_url']}/_control/invoices/{made['ID']}/send"
    sent: dict[str, Any] = http.post(send).raise_for_status().json()
    return sent


def booked(http: httpx.Client, stack: Mapping[str, Any], number: str) -> list[dict[str, Any]]:
    return [invoice for invoice in state(http, stack, "yuki")["invoices"] if invoice["reference"] == number]
